//! A run begins, or is taken over by its key.

use std::sync::Arc;

use tandem_domain::run::{Budget, RunCommand, RunCore, machine};
use tandem_domain::{RunId, Span};
use tandem_store::{Tx, loops, runs};

use super::record::{self, CORES, RUNS, note};
use super::turn::Turn;
use super::{LONGEST_NAME, RunView, constraints, no_run, owns, text, view};
use crate::access::{Action, allow};
use crate::cases::{IdemKey, remember, replayed};
use crate::engine::{Engine, Inner};
use crate::errors::{EngineError, Result};
use crate::loops::no_loop;
use crate::principal::Principal;
use crate::record::{By, canonical_text};

/// How long a check-in is good for where nobody says.
const LEASE: Span = Span::seconds(30);
/// Without a step for so long a run counts as stuck where nobody says.
const STUCK_AFTER: Span = Span::seconds(300);
/// Bounds of a lease.
const LEASES: (Span, Span) = (Span::seconds(1), Span::seconds(86_400));

/// A run to start.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NewRun {
    /// Names it within its loop: starting it again by this key takes it over.
    pub key: Option<String>,
    /// What it is to reach.
    pub goal: String,
    /// What it must keep to.
    pub constraints: Vec<String>,
    /// What it may use.
    pub budget: Budget,
    /// How long a check-in is good for; 30 s where absent.
    pub lease: Option<Span>,
    /// Without a step for so long it counts as stuck; 5 min where absent.
    pub stuck_after: Option<Span>,
}

/// A run that was started.
#[derive(Debug, Clone, PartialEq)]
pub struct StartedRun {
    /// The run.
    pub run: RunView,
    /// False when it was there and was taken over.
    pub created: bool,
}

impl Engine {
    /// Starts a run. One that is there under the same key and is not over is taken over: its epoch
    /// rises, so that the process that had it opens no gate any more.
    pub async fn start_run(
        &self,
        principal: &Principal,
        loop_name: &str,
        new: NewRun,
        idem: Option<IdemKey>,
    ) -> Result<StartedRun> {
        self.running()?;
        allow(principal, Action::RunStart, Some(loop_name))?;
        check(&new)?;
        let (inner, asker, name) =
            (Arc::clone(&self.inner), principal.clone(), loop_name.to_owned());
        let started = self.inner.store.write(move |tx| {
            if let Some(id) = replayed(tx, &asker, idem.as_ref())? {
                let id: RunId = id.parse().map_err(EngineError::internal)?;
                let run = runs::get(tx, id)?.ok_or_else(|| no_run(id))?;
                return Ok(StartedRun { run: view(tx, run, name.clone())?, created: false });
            }
            let started = start(tx, &inner, &asker, &name, &new)?;
            remember(tx, &asker, idem.as_ref(), &started.run.core.id.to_string())?;
            Ok(started)
        });
        started.await
    }
}

fn start(
    tx: &mut dyn Tx,
    inner: &Inner,
    asker: &Principal,
    name: &str,
    new: &NewRun,
) -> Result<StartedRun> {
    let row = loops::by_name(tx, &asker.space, name)?.ok_or_else(|| no_loop(name))?;
    let by = By::principal(asker);
    if let Some(key) = &new.key
        && let Some(id) = runs::by_key(tx, row.id, key)?
    {
        let mut turn = Turn::begin(tx, id)?;
        if !owns(asker, &turn.run.core) {
            allow(asker, Action::RunReportAny, Some(name))?;
        }
        if !turn.run.state.status.is_final() {
            turn.apply(tx, RunCommand::Attach { by: asker.id() }, &by)?;
            turn.seen(tx);
            turn.save(tx)?;
        }
        return Ok(StartedRun { run: view(tx, turn.run, turn.loop_name)?, created: false });
    }
    let now = tx.now();
    let core = RunCore {
        id: RunId(inner.ids.uuid(now)?),
        space: asker.space.clone(),
        loop_id: row.id,
        key: new.key.clone(),
        lease: new.lease.unwrap_or(LEASE),
        stuck_after: new.stuck_after.unwrap_or(STUCK_AFTER),
        started_by: asker.id(),
        started_by_person: asker.member().map(|(_, person)| person),
        salt: hex::encode(inner.ids.bytes::<16>()?),
        created_at: now,
    };
    let outcome = machine::start(&core, new.goal.clone(), new.constraints.clone(), new.budget);
    let (core_text, state_text) = (canonical_text(&core)?, canonical_text(&outcome.state)?);
    let id = core.id.to_string();
    let rows = [note(&core, RUNS, id.clone(), &state_text)?, note(&core, CORES, id, &core_text)?];
    for event in record::events(&core, name, 1, &outcome.events, (&by, now), &rows)? {
        tx.append_event(event);
    }
    let lease_until = Some(now + core.lease);
    let run = runs::Run { core, state: outcome.state, seen_at: now, lease_until };
    runs::insert(tx, &run, &core_text, &state_text)?;
    Ok(StartedRun { run: view(tx, run, name.to_owned())?, created: true })
}

fn check(new: &NewRun) -> Result<()> {
    text("/goal", &new.goal, 1)?;
    constraints("/constraints", &new.constraints)?;
    budget("/budget", &new.budget)?;
    if new.key.as_ref().is_some_and(|key| key.is_empty() || key.len() > LONGEST_NAME) {
        let message = format!("give 1 to {LONGEST_NAME} bytes");
        return Err(EngineError::invalid("invalid_input", "/key", message));
    }
    for (path, span) in [("/lease", new.lease), ("/stuck_after", new.stuck_after)] {
        if span.is_some_and(|span| span < LEASES.0 || span > LEASES.1) {
            return Err(EngineError::invalid("invalid_input", path, "give 1s to 24h"));
        }
    }
    Ok(())
}

/// Checks the parts of a budget.
pub(super) fn budget(path: &str, budget: &Budget) -> Result<()> {
    let bad = |part: &str, message: &str| {
        Err(EngineError::invalid("invalid_input", format!("{path}/{part}"), message))
    };
    if budget.steps == Some(0) {
        return bad("steps", "give at least 1 step");
    }
    if budget.cost.is_some_and(|cost| !cost.is_finite() || cost <= 0.0) {
        return bad("cost", "give a number above 0");
    }
    if budget.time.is_some_and(|time| time.0 <= 0) {
        return bad("time", "give a duration above 0");
    }
    Ok(())
}
