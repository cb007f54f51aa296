//! Applies commands to one locked run inside a transaction, and writes what they cause.

use tandem_domain::run::machine::decide;
use tandem_domain::run::{RunCommand, RunContext, RunOutcome, RunStatus, WhenSpent};
use tandem_domain::{RunId, refusal};
use tandem_store::{Tx, runs};

use super::record::{self, CONTROLS, RUNS, STEPS, note};
use super::{Standing, no_run, pending};
use crate::errors::{EngineError, Result};
use crate::record::{By, canonical_text};

/// A run that this transaction has locked.
pub(super) struct Turn {
    pub(super) run: runs::Run,
    pub(super) loop_name: String,
    /// The canonical state, once a command changed it.
    changed: Option<String>,
    /// How long the orders took that were acknowledged in this turn, for the metrics.
    pub(super) obeyed: Vec<std::time::Duration>,
}

impl Turn {
    /// Locks a run.
    pub(super) fn begin(tx: &mut dyn Tx, id: RunId) -> Result<Self> {
        let run = runs::lock(tx, id)?.ok_or_else(|| no_run(id))?;
        let loop_name = super::loop_name(tx, &run.core)?;
        Ok(Self { run, loop_name, changed: None, obeyed: Vec::new() })
    }

    /// Runs one command.
    pub(super) fn apply(
        &mut self,
        tx: &mut dyn Tx,
        command: RunCommand,
        by: &By,
    ) -> Result<RunOutcome> {
        let now = tx.now().max(self.run.state.updated_at);
        let ctx = RunContext { now, granted: self.granted(tx, &command)? };
        let (core, state) = (&self.run.core, self.run.state.clone());
        let outcome = match decide(core, state, command, ctx) {
            Ok(outcome) => outcome,
            Err(refusal) if refusal.code == refusal::Code::InvalidTransition => {
                return Err(self.refusal(tx, "run_not_running", refusal.message)?);
            }
            Err(refusal) => return Err(refusal.into()),
        };
        if outcome.events.is_empty() {
            return Ok(outcome);
        }
        self.run.state = outcome.state.clone();
        self.write(tx, &outcome, by)?;
        Ok(outcome)
    }

    /// Grants given so far, where what may follow names them.
    fn granted(&self, tx: &mut dyn Tx, command: &RunCommand) -> Result<u64> {
        let state = &self.run.state;
        let named = !matches!(command, RunCommand::CheckIn { .. } | RunCommand::Step { .. })
            || state.status == RunStatus::Stopping
            || state.budget.then == WhenSpent::Stop;
        if named { Ok(runs::count_granted(tx, self.run.core.id)?) } else { Ok(0) }
    }

    fn write(&mut self, tx: &mut dyn Tx, outcome: &RunOutcome, by: &By) -> Result<()> {
        let (core, id) = (&self.run.core, self.run.core.id);
        let text = canonical_text(&self.run.state)?;
        let mut rows = vec![note(core, RUNS, id.to_string(), &text)?];
        if let Some(step) = &outcome.step {
            let body = canonical_text(step)?;
            rows.push(note(core, STEPS, record::step_id(id, step.n), &body)?);
            runs::add_step(tx, &self.run, step.n, &body)?;
        }
        let now = outcome.state.updated_at;
        if let Some((after, upto)) = outcome.acknowledged {
            for known in runs::controls(tx, id, after, u32::MAX)? {
                let mut control = known.value;
                if control.epoch > upto {
                    break;
                }
                control.acknowledged_at = Some(now);
                let took = u64::try_from((now - control.at).0).unwrap_or(0);
                self.obeyed.push(std::time::Duration::from_micros(took));
                let body = canonical_text(&control)?;
                rows.push(note(core, CONTROLS, record::control_id(id, control.epoch), &body)?);
                runs::put_control(tx, &self.run, control.epoch, &body)?;
            }
        }
        for control in &outcome.controls {
            let body = canonical_text(control)?;
            rows.push(note(core, CONTROLS, record::control_id(id, control.epoch), &body)?);
            runs::put_control(tx, &self.run, control.epoch, &body)?;
        }
        let by = (by, now);
        let revision = outcome.state.revision;
        for event in record::events(core, &self.loop_name, revision, &outcome.events, by, &rows)? {
            tx.append_event(event);
        }
        self.changed = Some(text);
        Ok(())
    }

    /// Writes the run, where a command changed it. Returns whether one did.
    pub(super) fn save(&mut self, tx: &mut dyn Tx) -> Result<bool> {
        let status = self.run.state.status;
        if status.is_final() || status == RunStatus::Lost {
            self.run.lease_until = None;
        }
        let Some(text) = self.changed.take() else { return Ok(false) };
        runs::save(tx, &self.run, &text)?;
        Ok(true)
    }

    /// Notes a sign of life: the agent has the lease for another while.
    pub(super) fn seen(&mut self, tx: &mut dyn Tx) {
        let now = tx.now();
        self.run.seen_at = now;
        let live = !self.run.state.status.is_final() && self.run.state.status != RunStatus::Lost;
        self.run.lease_until = live.then(|| now + self.run.core.lease);
    }

    /// A refusal that says where the run stands and what it was told.
    pub(super) fn refusal(
        &self,
        tx: &mut dyn Tx,
        code: &'static str,
        message: String,
    ) -> Result<EngineError> {
        let state = &self.run.state;
        let standing = Standing {
            id: self.run.core.id,
            status: state.status,
            epoch: state.epoch,
            obeyed: state.obeyed,
            pending: pending(tx, self.run.core.id, state.obeyed)?,
        };
        Ok(EngineError::Run { code, message, run: Box::new(standing) })
    }
}
