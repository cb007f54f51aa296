//! What agents say: steps, signs of life, the end. Each is a check-in.

use std::time::Duration;

use sha2::{Digest, Sha256};
use tandem_domain::run::{Control, NewStep, RunCommand, RunState, StepKind};
use tandem_domain::{RunId, Timestamp};
use tandem_ledger::canonical;
use tandem_store::{Tx, halts, runs};
use tokio::time::Instant;

use super::turn::Turn;
use super::{
    InForce, LONGEST_NAME, LONGEST_VALUE, MOST_STEPS, ReportedStep, RunView, allow_run, in_space,
    loop_name, no_run, pending, text, view,
};
use crate::access::{Action, allow_somewhere};
use crate::cases::{IdemKey, remember, replayed};
use crate::engine::Engine;
use crate::errors::{EngineError, Result};
use crate::principal::Principal;
use crate::record::By;

/// What an agent is told when it checks in.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckedIn {
    /// The run.
    pub id: RunId,
    /// Its state.
    pub state: RunState,
    /// Until when it counts as alive; `None` once nobody waits for it.
    pub lease_until: Option<Timestamp>,
    /// Controls that it has not acknowledged, oldest first.
    pub pending: Vec<Control>,
    /// A halt over its loop or over everything: it should do nothing until that is over.
    pub halt: Option<InForce>,
}

impl Engine {
    /// A sign of life, and the orders that wait. With `wait` the answer comes when there is one, or
    /// after a third of the lease at most: a process that dies is missed in time.
    pub async fn heartbeat(
        &self,
        principal: &Principal,
        id: RunId,
        epoch: u64,
        wait: Duration,
    ) -> Result<CheckedIn> {
        self.running()?;
        let started = std::time::Instant::now();
        let waiter = self.inner.run_waiters.register(id);
        let notified = waiter.notify.notified();
        tokio::pin!(notified);
        // From here on no wake is missed; only then is the run looked at.
        notified.as_mut().enable();
        let asker = principal.clone();
        let (checked, last, lease, obeyed) = self
            .inner
            .store
            .write(move |tx| {
                let mut turn = begin(tx, &asker, id)?;
                turn.apply(tx, RunCommand::CheckIn { epoch }, &By::principal(&asker))?;
                let last = turn.run.seen_at;
                turn.seen(tx);
                if !turn.save(tx)?
                    && let Some(until) = turn.run.lease_until
                {
                    runs::seen(tx, id, turn.run.seen_at, until)?;
                }
                let lease = turn.run.core.lease;
                let checked = checked_in(tx, turn.run, &turn.loop_name)?;
                Ok::<_, EngineError>((checked, last, lease, turn.obeyed))
            })
            .await?;
        self.count_check_in(started, &obeyed);
        let third = Duration::from_micros((lease.0 / 3).max(0) as u64);
        let deadline = Instant::now() + wait.min(third);
        // A halt since the last sign of life: nobody has told the agent.
        let halted = checked.halt.as_ref().is_some_and(|halt| halt.at >= last);
        let told = halted || !checked.pending.is_empty();
        if wait.is_zero() || told || checked.state.status.is_final() {
            return Ok(checked);
        }
        let mut stop = self.stopping();
        loop {
            let woken = tokio::select! {
                () = &mut notified => true,
                () = tokio::time::sleep_until(deadline) => false,
                _ = stop.wait_for(|stop| *stop) => false,
            };
            notified.set(waiter.notify.notified());
            notified.as_mut().enable();
            let now = self.inner.store.read(move |tx| {
                let run = runs::get(tx, id)?.ok_or_else(|| no_run(id))?;
                let name = loop_name(tx, &run.core)?;
                checked_in(tx, run, &name)
            });
            let now = now.await?;
            // An order that another process has obeyed already waits no longer and was news all the same.
            let moved = now.halt != checked.halt || now.state.obeyed != checked.state.obeyed;
            let told = moved || !now.pending.is_empty();
            if !woken || told || now.state.status != checked.state.status {
                return Ok(now);
            }
        }
    }

    /// Records steps, all or none. The answer says what the agent was told meanwhile.
    pub async fn report_steps(
        &self,
        principal: &Principal,
        id: RunId,
        epoch: u64,
        steps: Vec<ReportedStep>,
        idem: Option<IdemKey>,
    ) -> Result<CheckedIn> {
        self.running()?;
        let steps = checked(steps)?;
        self.agent_says(principal, id, idem, move |tx, turn, by| {
            for step in &steps {
                let step = Box::new(step.clone());
                turn.apply(tx, RunCommand::Step { epoch, step }, by)?;
            }
            Ok(())
        })
        .await
        .map(|(_, checked)| checked)
    }

    /// The run ended by itself.
    pub async fn finish_run(
        &self,
        principal: &Principal,
        id: RunId,
        epoch: u64,
        (failed, summary): (bool, Option<String>),
        idem: Option<IdemKey>,
    ) -> Result<RunView> {
        if let Some(summary) = &summary {
            text("/summary", summary, 0)?;
        }
        let (view, _) = self
            .agent_says(principal, id, idem, move |tx, turn, by| {
                let summary = summary.clone();
                turn.apply(tx, RunCommand::Finish { epoch, failed, summary }, by)?;
                Ok(())
            })
            .await?;
        Ok(view)
    }

    async fn agent_says(
        &self,
        principal: &Principal,
        id: RunId,
        idem: Option<IdemKey>,
        mut say: impl FnMut(&mut dyn Tx, &mut Turn, &By) -> Result<()> + Send + 'static,
    ) -> Result<(RunView, CheckedIn)> {
        let (asker, by) = (principal.clone(), By::principal(principal));
        let started = std::time::Instant::now();
        let said = self.inner.store.write(move |tx| {
            let mut turn = begin(tx, &asker, id)?;
            if replayed(tx, &asker, idem.as_ref())?.is_none() {
                say(tx, &mut turn, &by)?;
                turn.seen(tx);
                turn.save(tx)?;
                remember(tx, &asker, idem.as_ref(), &id.to_string())?;
            }
            let checked = checked_in(tx, turn.run.clone(), &turn.loop_name)?;
            Ok::<_, EngineError>((view(tx, turn.run, turn.loop_name)?, checked, turn.obeyed))
        });
        let (view, checked, obeyed) = said.await?;
        self.count_check_in(started, &obeyed);
        Ok((view, checked))
    }

    fn count_check_in(&self, started: std::time::Instant, obeyed: &[Duration]) {
        self.inner.metrics.checkin_seconds.record(started.elapsed());
        for took in obeyed {
            self.inner.metrics.obeyed_seconds.record(*took);
        }
    }
}

/// Locks a run that the principal may report on.
fn begin(tx: &mut dyn Tx, asker: &Principal, id: RunId) -> Result<Turn> {
    if allow_somewhere(asker, Action::RunReport).is_err() {
        allow_somewhere(asker, Action::RunReportAny)?;
    }
    let turn = Turn::begin(tx, id)?;
    in_space(asker, id, Some(turn.run.clone()))?;
    let (any, own) = (Action::RunReportAny, Action::RunReport);
    allow_run(asker, any, own, &turn.loop_name, &turn.run.core)?;
    Ok(turn)
}

fn checked_in(tx: &mut dyn Tx, run: runs::Run, loop_name: &str) -> Result<CheckedIn> {
    let id = run.core.id;
    let behind = run.state.epoch > run.state.obeyed;
    let told = if behind { pending(tx, id, run.state.obeyed)? } else { Vec::new() };
    let halt = halts::in_force(tx, &run.core.space, run.core.loop_id)?;
    Ok(CheckedIn {
        id,
        state: run.state,
        lease_until: run.lease_until,
        pending: told,
        halt: halt.map(|halt| InForce::new(halt, loop_name)),
    })
}

fn checked(steps: Vec<ReportedStep>) -> Result<Vec<NewStep>> {
    if steps.is_empty() || steps.len() > MOST_STEPS {
        let message = format!("report 1 to {MOST_STEPS} steps at once");
        return Err(EngineError::invalid("invalid_input", "/steps", message));
    }
    steps.into_iter().enumerate().map(|(at, step)| check_step(at, step)).collect()
}

fn check_step(at: usize, step: ReportedStep) -> Result<NewStep> {
    let bad = |part: &str, message: String| {
        Err(EngineError::invalid("invalid_input", format!("/steps/{at}/{part}"), message))
    };
    if step.name.is_empty() || step.name.len() > LONGEST_NAME {
        return bad("name", format!("give 1 to {LONGEST_NAME} bytes"));
    }
    if !step.cost.is_finite() || step.cost < 0.0 {
        return bad("cost", "a cost is a number of at least 0".to_owned());
    }
    let input = canonical::to_string(&step.input)?;
    let output = canonical::to_string(&step.output)?;
    for (part, text) in [("input", &input), ("output", &output)] {
        if text.len() > LONGEST_VALUE {
            let message = format!(
                "{} bytes; at most {LONGEST_VALUE} are kept of a step: send a summary, or a file as media",
                text.len()
            );
            return bad(part, message);
        }
    }
    let digest = match step.kind {
        StepKind::ToolCall => {
            // A canonical text holds no bare newline, so name and arguments cannot run together.
            hex::encode(&Sha256::digest(format!("{}\n{input}", step.name).as_bytes())[..8])
        }
        _ => String::new(),
    };
    Ok(NewStep {
        kind: step.kind,
        name: step.name,
        input: step.input,
        output: step.output,
        failed: step.failed,
        cost: step.cost,
        elapsed_ms: step.elapsed_ms,
        digest,
    })
}
