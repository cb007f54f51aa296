//! Queues for whoever owns them: what waits, pausing, moving cases between queues, changing their
//! priority, one at a time or many at once, and freeing what a person holds.

mod bulk;
mod change;
mod list;
mod pause;
mod seats;

use serde_json::{Map, Value, json};
use tandem_domain::loops::{DEFAULT_QUEUE, LoopSpec};
use tandem_domain::{EventId, LoopId};
use tandem_ledger::event::commit;
use tandem_store::Tx;
use tandem_store::queues::Pause;

pub use bulk::{BulkFilter, BulkPreview, BulkView, Change};
pub(crate) use list::pace_of;
pub use list::{DeskView, QueueView};
pub use pause::PauseView;
pub use seats::SeatsView;

use crate::engine::Inner;
use crate::errors::{EngineError, Result};
use crate::loops::LoopHandle;
use crate::outbox::{self, Payload};
use crate::principal::Principal;
use crate::record::{self, By, Place};

/// Longest reason in bytes.
const LONGEST_REASON: usize = 4_096;

fn check_reason(reason: &str) -> Result<()> {
    if reason.trim().is_empty() || reason.len() > LONGEST_REASON {
        let message = "say why, in 1 to 4096 bytes";
        return Err(EngineError::invalid("invalid_input", "/reason", message));
    }
    Ok(())
}

/// Refuses a queue that tasks cannot be put into.
fn check_target(spec: &LoopSpec, version: u32, queue: &str) -> Result<()> {
    if queue == DEFAULT_QUEUE || spec.queues.contains_key(queue) {
        return Ok(());
    }
    let known: Vec<_> = spec.queues.keys().map(String::as_str).chain([DEFAULT_QUEUE]).collect();
    let message = format!(
        "version {version} of the loop has no queue `{queue}`; it has {}",
        known.join(", ")
    );
    Err(EngineError::invalid("invalid_input", "/queue", message))
}

/// Whether a queue is among the paused.
pub(crate) fn is_paused(pauses: &[Pause], loop_id: LoopId, queue: &str) -> bool {
    pauses.iter().any(|pause| pause.loop_id == loop_id && pause.queue == queue)
}

/// The refusal of a claim on a paused queue.
pub(crate) fn paused(queue: &str) -> EngineError {
    let message =
        format!("the queue `{queue}` is paused: it hands out nothing until it is resumed");
    tandem_domain::Refusal::new(tandem_domain::refusal::Code::QueuePaused, message).into()
}

/// Writes down what happened to a queue, for the ledger and for the outside. The reason is kept as a
/// salted commitment only.
fn note(
    tx: &mut dyn Tx,
    inner: &Inner,
    by: &Principal,
    handle: &LoopHandle,
    kind: &str,
    mut data: Map<String, Value>,
    reason: &str,
) -> Result<()> {
    let now = tx.now();
    let id = EventId(inner.ids.uuid(now)?).to_string();
    let told = Payload {
        loop_name: handle.name.clone(),
        case: None,
        at: now,
        data: Value::Object(data.clone()),
    };
    let salt = inner.record_key.salt("queue_reasons", &id);
    data.insert("reason".to_owned(), json!(commit(&salt, reason.as_bytes())));
    let place = Place { space: &by.space, of_loop: Some((handle.id, &handle.name)), case: None };
    tx.append_event(record::event_record(place, &id, kind, &By::principal(by), now, &data, &[])?);
    outbox::publish(tx, inner, &by.space, &handle.id.to_string(), kind, &told)
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
