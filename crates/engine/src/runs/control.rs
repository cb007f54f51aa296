//! What people order: one run, or all of them.

use std::collections::BTreeMap;

use tandem_domain::refusal::{Code, Refusal};
use tandem_domain::run::{AlertKind, ControlKind, NewControl, RunCommand, RunCore, RunStatus};
use tandem_domain::{LoopId, RunId};
use tandem_store::{Tx, halts, loops, runs};

use super::start::budget;
use super::turn::Turn;
use super::{LONGEST_VALUE, RunView, constraints, in_space, text, view};
use crate::access::{Action, allow, allow_somewhere};
use crate::cases::{IdemKey, remember, replayed};
use crate::engine::Engine;
use crate::errors::{EngineError, Result};
use crate::loops::no_loop;
use crate::principal::Principal;
use crate::record::By;

/// Runs ordered in one transaction.
const PAGE: u32 = 100;

/// An order to many runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bulk {
    /// Pause, resume or stop.
    pub kind: ControlKind,
    /// Why.
    pub reason: String,
    /// Only this loop's; all of the space where absent.
    pub loop_name: Option<String>,
    /// Only these; whatever the order applies to where empty.
    pub statuses: Vec<RunStatus>,
}

/// What became of an order to many runs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Controlled {
    /// Runs that got it, in the order of their ids.
    pub runs: Vec<RunId>,
}

impl Engine {
    /// Orders one run. The order is in force for its gates when this returns; the agent learns of it
    /// with its next check-in.
    pub async fn control_run(
        &self,
        principal: &Principal,
        id: RunId,
        new: NewControl,
        idem: Option<IdemKey>,
    ) -> Result<RunView> {
        let action = action_of(new.kind);
        allow_somewhere(principal, action)?;
        check(&new)?;
        self.order_run(principal, id, action, idem, move |by| RunCommand::Control {
            new: Box::new(new.clone()),
            by,
        })
        .await
    }

    /// Clears an alert of a run.
    pub async fn clear_alert(
        &self,
        principal: &Principal,
        id: RunId,
        kind: AlertKind,
        reason: &str,
        idem: Option<IdemKey>,
    ) -> Result<RunView> {
        allow_somewhere(principal, Action::RunControl)?;
        text("/reason", reason, 1)?;
        let reason = reason.to_owned();
        self.order_run(principal, id, Action::RunControl, idem, move |by| RunCommand::ClearAlert {
            kind,
            reason: reason.clone(),
            by,
        })
        .await
    }

    /// Orders every run that fits. A run started meanwhile is not among them: a halt keeps its gates
    /// shut. An idempotency key is remembered with the last page: an order that was cut off and is
    /// given again goes on with the runs that it has not reached.
    pub async fn control_runs(
        &self,
        principal: &Principal,
        bulk: Bulk,
        idem: Option<IdemKey>,
    ) -> Result<Controlled> {
        let action = action_of(bulk.kind);
        allow(principal, action, bulk.loop_name.as_deref())?;
        text("/reason", &bulk.reason, 1)?;
        let applies = applies(bulk.kind)?;
        let mut done: Vec<RunId> = Vec::new();
        let mut cursor = None;
        loop {
            let (asker, bulk, applies) = (principal.clone(), bulk.clone(), applies.clone());
            let (idem, so_far) = (idem.clone(), done.clone());
            let page = self.inner.store.write(move |tx| {
                if cursor.is_none()
                    && let Some(known) = replayed(tx, &asker, idem.as_ref())?
                {
                    let known: std::result::Result<Vec<RunId>, _> =
                        known.split_whitespace().map(str::parse).collect();
                    return Ok((known.map_err(EngineError::internal)?, None));
                }
                let (ordered, next) = order_page(tx, &asker, &bulk, &applies, cursor)?;
                let mut all = so_far.clone();
                all.extend(ordered);
                all.sort_unstable();
                if next.is_none() {
                    let ids: Vec<_> = all.iter().map(RunId::to_string).collect();
                    remember(tx, &asker, idem.as_ref(), &ids.join(" "))?;
                }
                Ok::<_, EngineError>((all, next))
            });
            let (all, next) = page.await?;
            done = all;
            match next {
                Some(next) => cursor = Some(next),
                None => return Ok(Controlled { runs: done }),
            }
        }
    }

    async fn order_run(
        &self,
        principal: &Principal,
        id: RunId,
        action: Action,
        idem: Option<IdemKey>,
        command: impl Fn(String) -> RunCommand + Send + 'static,
    ) -> Result<RunView> {
        let (asker, by) = (principal.clone(), By::principal(principal));
        let ordered = self.inner.store.write(move |tx| {
            // Halts are locked before runs. To go on is what a halt forbids; to clear an alert is not.
            let known = runs::get(tx, id)?;
            let halted = match &known {
                Some(run) if !matches!(command(String::new()), RunCommand::ClearAlert { .. }) => {
                    action == Action::RunControl && is_halted(tx, &run.core)?
                }
                _ => false,
            };
            let mut turn = Turn::begin(tx, id)?;
            in_space(&asker, id, Some(turn.run.clone()))?;
            allow(&asker, action, Some(&turn.loop_name))?;
            if replayed(tx, &asker, idem.as_ref())?.is_none() {
                if halted {
                    return Err(under_halt());
                }
                turn.apply(tx, command(asker.id()), &by)?;
                turn.save(tx)?;
                remember(tx, &asker, idem.as_ref(), &id.to_string())?;
            }
            view(tx, turn.run, turn.loop_name)
        });
        ordered.await
    }
}

/// Orders the runs of one page that it applies to, and says where the next begins.
fn order_page(
    tx: &mut dyn Tx,
    asker: &Principal,
    bulk: &Bulk,
    applies: &[RunStatus],
    cursor: Option<RunId>,
) -> Result<(Vec<RunId>, Option<RunId>)> {
    let loop_id: Option<LoopId> = match &bulk.loop_name {
        Some(name) => {
            Some(loops::by_name(tx, &asker.space, name)?.ok_or_else(|| no_loop(name))?.id)
        }
        None => None,
    };
    let wanted = |status: &&RunStatus| bulk.statuses.is_empty() || bulk.statuses.contains(status);
    let statuses: Vec<_> = applies.iter().filter(wanted).copied().collect();
    if statuses.is_empty() {
        return Ok((Vec::new(), None));
    }
    let space = asker.space.clone();
    let filter = runs::RunFilter { space, loop_id, statuses, ..runs::RunFilter::default() };
    let page = runs::list(tx, &filter, cursor, PAGE)?;
    let next = (page.len() == PAGE as usize).then(|| page.last().map(|run| run.core.id)).flatten();
    let mut ids: Vec<_> = Vec::with_capacity(page.len());
    let mut halted: BTreeMap<LoopId, bool> = BTreeMap::new();
    for run in &page {
        let goes_on = action_of(bulk.kind) == Action::RunControl;
        let stays = match halted.get(&run.core.loop_id) {
            Some(known) => *known,
            None => goes_on && is_halted(tx, &run.core)?,
        };
        halted.insert(run.core.loop_id, stays);
        if stays && loop_id.is_some() {
            return Err(under_halt());
        }
        // Those of halted loops stay as they are; the others are told.
        if !stays {
            ids.push(run.core.id);
        }
    }
    // Locked in the order of ids, as everywhere where there are several.
    ids.sort_unstable();
    let by = By::principal(asker);
    let mut done = Vec::with_capacity(ids.len());
    for id in ids {
        let mut turn = Turn::begin(tx, id)?;
        // It may have moved on since the page was read.
        if !filter.statuses.contains(&turn.run.state.status) {
            continue;
        }
        let new = Box::new(NewControl::plain(bulk.kind, bulk.reason.clone()));
        match turn.apply(tx, RunCommand::Control { new, by: asker.id() }, &by) {
            Ok(_) => {
                turn.save(tx)?;
                done.push(id);
            }
            // A spent budget is not resumed by an order to all.
            Err(EngineError::Run { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok((done, next))
}

/// Under a halt agents are paused and stopped, and nothing else is ordered of them.
fn under_halt() -> EngineError {
    let message =
        "a halt is in force: runs are paused and stopped, nothing else, until it is lifted";
    Refusal::new(Code::Halted, message).into()
}

fn is_halted(tx: &mut dyn Tx, core: &RunCore) -> Result<bool> {
    Ok(halts::read_shared(tx, &core.space, core.loop_id)?.halted)
}

/// Pausing and stopping are the safe direction: whoever may halt may do it.
fn action_of(kind: ControlKind) -> Action {
    match kind {
        ControlKind::Pause | ControlKind::Stop => Action::RunStop,
        _ => Action::RunControl,
    }
}

fn applies(kind: ControlKind) -> Result<Vec<RunStatus>> {
    match kind {
        ControlKind::Pause => Ok(vec![RunStatus::Running]),
        ControlKind::Resume => Ok(vec![RunStatus::Pausing, RunStatus::Paused]),
        ControlKind::Stop => {
            Ok(vec![RunStatus::Running, RunStatus::Pausing, RunStatus::Paused, RunStatus::Lost])
        }
        _ => Err(EngineError::invalid(
            "invalid_input",
            "/kind",
            "many runs are told to pause, resume or stop; the rest is one run's",
        )),
    }
}

fn check(new: &NewControl) -> Result<()> {
    text("/reason", &new.reason, 1)?;
    if let Some(goal) = &new.goal {
        text("/goal", goal, 1)?;
    }
    if let Some(given) = &new.constraints {
        constraints("/constraints", given)?;
    }
    if let Some(given) = &new.budget {
        budget("/budget", given)?;
    }
    if let Some(result) = &new.result
        && tandem_ledger::canonical::to_string(result)?.len() > LONGEST_VALUE
    {
        let message = format!("a result has at most {LONGEST_VALUE} bytes");
        return Err(EngineError::invalid("invalid_input", "/result", message));
    }
    let redirects = new.kind == ControlKind::Redirect;
    let misplaced = [
        ("/goal", new.goal.is_some() && !redirects),
        ("/constraints", new.constraints.is_some() && !redirects),
        ("/step", new.step.is_some() && new.kind != ControlKind::Override),
        ("/result", new.result.is_some() && new.kind != ControlKind::Override),
        ("/budget", new.budget.is_some() && !redirects && new.kind != ControlKind::Resume),
    ];
    match misplaced.into_iter().find(|(_, wrong)| *wrong) {
        Some((path, _)) => {
            let message = format!("this does not go with `{}`", new.kind.as_str());
            Err(EngineError::invalid("invalid_input", path, message))
        }
        None => Ok(()),
    }
}
