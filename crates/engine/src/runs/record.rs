//! How a run is written down for the ledger.
//!
//! The last event of a change of a run is named by the run and its revision, and commits to every row
//! that the change wrote: the run's state, a step, controls. A row keeps the revision that wrote it,
//! so its event is known from the row alone.

use serde_json::Value;
use tandem_domain::run::{RunCore, RunEvent};
use tandem_domain::{CaseId, RunId, Timestamp};
use tandem_ledger::event::commit;
use tandem_store::NewEvent;

use crate::errors::{EngineError, Result};
use crate::record::{By, Place, RowNote, event_record};

/// Table of what never changes about runs.
pub(crate) const CORES: &str = "run_cores";
/// Table of the states of runs.
pub(crate) const RUNS: &str = "runs";
/// Table of steps.
pub(crate) const STEPS: &str = "run_steps";
/// Table of controls.
pub(crate) const CONTROLS: &str = "run_controls";

/// The id of the event that carries revision `revision` of a run.
pub(crate) fn event_id(id: RunId, revision: u64) -> String {
    let run = id.to_string();
    format!("evt_{}-{revision}", run.trim_start_matches("run_"))
}

/// The name of a step in the ledger.
pub(crate) fn step_id(id: RunId, n: u64) -> String {
    format!("{id}-{n}")
}

/// The name of a control in the ledger.
pub(crate) fn control_id(id: RunId, epoch: u64) -> String {
    format!("{id}-{epoch}")
}

/// The salt of a run.
pub(crate) fn salt_of(core: &RunCore) -> Result<[u8; 16]> {
    let mut salt = [0; 16];
    hex::decode_to_slice(&core.salt, &mut salt)
        .map_err(|error| EngineError::internal(format!("the salt of {}: {error}", core.id)))?;
    Ok(salt)
}

/// A row as its event names it.
pub(super) fn note(
    core: &RunCore,
    table: &'static str,
    id: String,
    text: &str,
) -> Result<RowNote<'static>> {
    Ok(RowNote { table, id, commitment: Some(commit(&salt_of(core)?, text.as_bytes())) })
}

/// The events of one change; the last one names its rows.
pub(super) fn events(
    core: &RunCore,
    loop_name: &str,
    revision: u64,
    events: &[RunEvent],
    (by, at): (&By, Timestamp),
    rows: &[RowNote<'_>],
) -> Result<Vec<NewEvent>> {
    let place = Place { space: &core.space, of_loop: Some((core.loop_id, loop_name)), case: None };
    let mut written = Vec::with_capacity(events.len());
    for (n, event) in events.iter().enumerate() {
        let last = n + 1 == events.len();
        let id = event_id(core.id, revision);
        let id = if last { id } else { format!("{id}.{}", n + 1) };
        let mut data = event.data.as_object().cloned().unwrap_or_default();
        data.insert("run".to_owned(), Value::String(core.id.to_string()));
        let rows = if last { rows } else { &[] };
        let mut event = event_record(place, &id, event.kind, by, at, &data, rows)?;
        // The column of the case is where events are looked up by what they are about.
        event.case_id = Some(CaseId(core.id.0));
        written.push(event);
    }
    Ok(written)
}
