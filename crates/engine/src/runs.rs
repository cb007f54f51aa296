//! Runs: agents at work, the orders people give them, and the gates that depend on both.
//!
//! Everything an agent sends is a check-in: it carries the epoch it has obeyed, prolongs the lease,
//! and is answered with the orders it has not. A gate of a run opens only while the run is running,
//! its lease holds and its epoch is obeyed; [`gates`] looks at the run's row in the gate's own
//! transaction, so an order that has committed is in force at once.

mod control;
mod fleet;
pub(crate) mod gates;
mod lease;
mod read;
mod record;
mod report;
mod start;
mod turn;

use std::collections::HashMap;

use serde_json::Value;
use tandem_domain::run::{Control, RunCore, RunState, RunStatus, Step, StepKind};
use tandem_domain::{KeyId, LoopId, MemberId, RunId, Timestamp};
use tandem_store::halts::Halt;
use tandem_store::{Tx, keys, loops, members, runs};

use crate::access::{self, Action};
use crate::errors::{EngineError, Result};
use crate::principal::Principal;

pub use control::{Bulk, Controlled};
pub use fleet::{Agent, Fleet, LoopGates};
pub use read::RunQuery;
pub(crate) use record::{CONTROLS, CORES, RUNS, STEPS, event_id, step_id};
pub use report::CheckedIn;
pub use start::{NewRun, StartedRun};

/// Longest goal, reason or summary in bytes.
const LONGEST_TEXT: usize = 4_096;
/// Longest constraint in bytes, and most of them.
const LONGEST_CONSTRAINT: usize = 1_024;
const MOST_CONSTRAINTS: usize = 32;
/// Longest input or output of a step in bytes of canonical JSON.
const LONGEST_VALUE: usize = 32_768;
/// Longest name of a step, or key of a run, in bytes.
const LONGEST_NAME: usize = 200;
/// Most steps reported at once.
const MOST_STEPS: usize = 100;
/// Most controls handed out at once.
const MOST_CONTROLS: u32 = 256;

/// A run as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct RunView {
    /// What never changes.
    pub core: RunCore,
    /// What does.
    pub state: RunState,
    /// Its loop's name.
    pub loop_name: String,
    /// The name of the key or member that started it.
    pub agent: String,
    /// Its last sign of life.
    pub seen_at: Timestamp,
    /// Until when it counts as alive; `None` once nobody waits for it.
    pub lease_until: Option<Timestamp>,
    /// Controls that it has not acknowledged, oldest first.
    pub pending: Vec<Control>,
    /// Its newest step.
    pub last_step: Option<Step>,
    /// Cases of the run that nobody has decided.
    pub open_gates: u64,
    /// The time of this view.
    pub now: Timestamp,
}

/// A halt that is in force over a run: none of its gates opens, whatever it was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InForce {
    /// The loop that is halted; `None` where everything is.
    pub loop_name: Option<String>,
    /// Why.
    pub reason: String,
    /// Since when.
    pub at: Timestamp,
}

impl InForce {
    fn new(halt: Halt, loop_name: &str) -> Self {
        let of_loop = halt.scope != tandem_store::halts::EVERYTHING;
        let loop_name = of_loop.then(|| loop_name.to_owned());
        Self { loop_name, reason: halt.reason, at: halt.at }
    }
}

/// A step as an agent reports it, not yet checked.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportedStep {
    /// Its kind.
    pub kind: StepKind,
    /// The tool, or a short title.
    pub name: String,
    /// What went in.
    pub input: Value,
    /// What came out.
    pub output: Value,
    /// Whether it failed.
    pub failed: bool,
    /// What it cost.
    pub cost: f64,
    /// How long it took, in milliseconds.
    pub elapsed_ms: Option<u64>,
}

/// Why a run takes no steps or opens no gate: where it stands, and what it was told.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// The run.
    pub id: RunId,
    /// Where it stands.
    pub status: RunStatus,
    /// The newest control.
    pub epoch: u64,
    /// The newest control that was obeyed.
    pub obeyed: u64,
    /// Controls that it has not acknowledged, oldest first.
    pub pending: Vec<Control>,
}

pub(crate) fn no_run(id: RunId) -> EngineError {
    EngineError::not_found(format!("run {id}"))
}

/// Whether the principal started the run: the same key or account, or the same natural person.
fn owns(principal: &Principal, core: &RunCore) -> bool {
    let person = principal.member().map(|(_, person)| person);
    (person.is_some() && person == core.started_by_person) || principal.id() == core.started_by
}

/// Allows an action on one run: `action` by role, or `own` when the principal started it.
fn allow_run(
    principal: &Principal,
    action: Action,
    own: Action,
    loop_name: &str,
    core: &RunCore,
) -> Result<()> {
    if owns(principal, core) && access::allow(principal, own, Some(loop_name)).is_ok() {
        return Ok(());
    }
    access::allow(principal, action, Some(loop_name))
}

/// Refuses a run of another space as one that is not there.
fn in_space(principal: &Principal, id: RunId, run: Option<runs::Run>) -> Result<runs::Run> {
    run.filter(|run| run.core.space == principal.space).ok_or_else(|| no_run(id))
}

/// The name of a run's loop.
fn loop_name(tx: &mut dyn Tx, core: &RunCore) -> Result<String> {
    let row = loops::get(tx, core.loop_id)?;
    Ok(row.ok_or_else(|| EngineError::internal("the loop of a run went missing"))?.name)
}

/// Controls after epoch `after`.
fn pending(tx: &mut dyn Tx, id: RunId, after: u64) -> Result<Vec<Control>> {
    let found = runs::controls(tx, id, after, MOST_CONTROLS)?;
    Ok(found.into_iter().map(|written| written.value).collect())
}

/// Everything that is shown of a run.
fn view(tx: &mut dyn Tx, run: runs::Run, loop_name: String) -> Result<RunView> {
    let mut views = views(tx, vec![(run, loop_name)])?;
    views.pop().ok_or_else(|| EngineError::internal("a run has no view"))
}

/// Everything that is shown of these runs, read for all of them together.
fn views(tx: &mut dyn Tx, found: Vec<(runs::Run, String)>) -> Result<Vec<RunView>> {
    let ids: Vec<_> = found.iter().map(|(run, _)| run.core.id).collect();
    let stepped = found.iter().filter(|(run, _)| run.state.steps > 0);
    let stepped: Vec<_> = stepped.map(|(run, _)| run.core.id).collect();
    let mut last_steps = runs::last_steps(tx, &stepped)?;
    let gates = runs::count_open_gates_of(tx, &ids)?;
    let mut names = Names::default();
    let mut shown = Vec::with_capacity(found.len());
    for (run, loop_name) in found {
        let id = run.core.id;
        let behind = run.state.epoch > run.state.obeyed;
        let controls = if behind { pending(tx, id, run.state.obeyed)? } else { Vec::new() };
        shown.push(RunView {
            last_step: last_steps.remove(&id),
            open_gates: gates.get(&id).copied().unwrap_or(0),
            pending: controls,
            agent: names.agent(tx, &run.core.started_by)?,
            core: run.core,
            state: run.state,
            loop_name,
            seen_at: run.seen_at,
            lease_until: run.lease_until,
            now: tx.now(),
        });
    }
    Ok(shown)
}

/// Names that were looked up in one transaction.
#[derive(Default)]
struct Names {
    agents: HashMap<String, String>,
    loops: HashMap<LoopId, String>,
}

impl Names {
    /// The name of the key or member with this id; the id where there is none.
    fn agent(&mut self, tx: &mut dyn Tx, id: &str) -> Result<String> {
        if let Some(known) = self.agents.get(id) {
            return Ok(known.clone());
        }
        let name = if let Ok(key) = id.parse::<KeyId>() {
            keys::get(tx, key)?.map(|key| key.name)
        } else if let Ok(member) = id.parse::<MemberId>() {
            members::get(tx, member)?.map(|member| member.name)
        } else {
            None
        };
        let name = name.unwrap_or_else(|| id.to_owned());
        self.agents.insert(id.to_owned(), name.clone());
        Ok(name)
    }

    /// The name of a loop that runs belong to.
    fn of_loop(&mut self, tx: &mut dyn Tx, id: LoopId) -> Result<String> {
        if let Some(known) = self.loops.get(&id) {
            return Ok(known.clone());
        }
        let row = loops::get(tx, id)?;
        let row = row.ok_or_else(|| EngineError::internal("the loop of a run went missing"))?;
        self.loops.insert(id, row.name.clone());
        Ok(row.name)
    }
}

fn text(path: &str, text: &str, least: usize) -> Result<()> {
    if text.trim().len() < least || text.len() > LONGEST_TEXT {
        let message = format!("write {least} to {LONGEST_TEXT} bytes");
        return Err(EngineError::invalid("invalid_input", path, message));
    }
    Ok(())
}

fn constraints(path: &str, given: &[String]) -> Result<()> {
    if given.len() > MOST_CONSTRAINTS {
        let message = format!("give at most {MOST_CONSTRAINTS} constraints");
        return Err(EngineError::invalid("invalid_input", path, message));
    }
    for (at, constraint) in given.iter().enumerate() {
        if constraint.trim().is_empty() || constraint.len() > LONGEST_CONSTRAINT {
            let message = format!("write 1 to {LONGEST_CONSTRAINT} bytes");
            return Err(EngineError::invalid("invalid_input", format!("{path}/{at}"), message));
        }
    }
    Ok(())
}
