//! Examples for a trainer outside: when enough of them are new, a message says so, with a manifest of
//! what stands.
//!
//! The mark of what was told is written with the message, so no example is announced twice, whatever
//! happens to the process; a message that is delivered again has the same id.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tandem_domain::{EventId, LoopId, Timestamp};
use tandem_store::{Tx, counters, evaluations, loops, meta};

use super::examples::{HELD_OUT, TOTAL};
use crate::engine::Inner;
use crate::errors::{EngineError, Result};
use crate::exports::{self, ExampleCounts};
use crate::loops::LoopHandle;
use crate::outbox::{self, Payload};
use crate::record::{self, By, Place};

/// What happened, as messages and the ledger name it.
pub(crate) const TOPIC: &str = "examples.ready";

/// What was told so far.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct Told {
    /// Number of the message.
    sequence: u64,
    /// Labelled rows then.
    examples: f64,
    /// Rows up to then.
    until: Option<Timestamp>,
}

fn mark(loop_id: LoopId) -> String {
    format!("learner.{loop_id}.told")
}

fn told(tx: &mut dyn Tx, loop_id: LoopId) -> Result<Told> {
    match meta::get(tx, &mark(loop_id))? {
        Some(bytes) => serde_json::from_slice(&bytes).map_err(EngineError::internal),
        None => Ok(Told::default()),
    }
}

/// Announces the examples of a loop if enough are new; true if it did. Blocks.
pub(crate) fn tell_if_due(inner: &Arc<Inner>, handle: &Arc<LoopHandle>) -> Result<bool> {
    let loop_id = handle.id;
    let every = f64::from(handle.spec().learner.retrain.every.max(1));
    let (before, total, until, set) = inner.store.read_blocking(move |tx| {
        let set = evaluations::newest(tx, loop_id)?;
        let total = counters::get(tx, loop_id, TOTAL)?;
        Ok::<_, EngineError>((told(tx, loop_id)?, total, tx.now(), set))
    })?;
    if total < before.examples + every {
        return Ok(false);
    }
    let (export, counts) = exports::examples_manifest(&inner.store, handle, until)?;
    let next = Told { sequence: before.sequence + 1, examples: total, until: Some(until) };
    let manifest = json!({
        "loop": handle.name,
        "loop_version": handle.version,
        "sequence": next.sequence,
        "since": before.until,
        "until": until,
        "examples": total,
        "new_examples": total - before.examples,
        "counts": counts_in_words(&counts),
        "export": {
            "path": format!("/v1/loops/{}/exports/examples?format=jsonl&until={until}", handle.name),
            "rows": export.rows,
            "bytes": export.bytes,
            "sha256": export.sha256,
        },
        "held_out": {
            "share": HELD_OUT,
            "rule": "rows with held_out true are for evaluation: never train on them",
        },
        "evaluation_set": set.map(|set| json!({
            "set": set.n, "size": set.size, "digest": set.digest,
            "path": format!("/v1/loops/{}/evaluation-sets/{}/cases", handle.name, set.n),
        })),
    });
    let (inner, handle) = (Arc::clone(inner), Arc::clone(handle));
    let store = inner.store.clone();
    store.write_blocking(move |tx| {
        loops::lock(tx, loop_id)?;
        if told(tx, loop_id)? != before {
            return Ok(false);
        }
        let text = serde_json::to_vec(&next).map_err(EngineError::internal)?;
        meta::set(tx, &mark(loop_id), &text)?;
        announce(tx, &inner, &handle, &manifest)?;
        Ok(true)
    })
}

fn counts_in_words(counts: &ExampleCounts) -> BTreeMap<&'static str, u64> {
    BTreeMap::from([
        ("labelled", counts.labelled),
        ("correction", counts.corrections),
        ("failure", counts.failures),
        ("held_out", counts.held_out),
    ])
}

fn announce(tx: &mut dyn Tx, inner: &Inner, handle: &LoopHandle, manifest: &Value) -> Result<()> {
    let now = tx.now();
    let id = EventId(inner.ids.uuid(now)?).to_string();
    let place =
        Place { space: &handle.space, of_loop: Some((handle.id, &handle.name)), case: None };
    let data: Map<String, Value> = manifest.as_object().cloned().unwrap_or_default();
    tx.append_event(record::event_record(place, &id, TOPIC, &By::machine(), now, &data, &[])?);
    let payload =
        Payload { loop_name: handle.name.clone(), case: None, at: now, data: manifest.clone() };
    outbox::publish(tx, inner, &handle.space, &handle.id.to_string(), TOPIC, &payload)
}
