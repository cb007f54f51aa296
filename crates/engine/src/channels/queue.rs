//! From the outbox into the queues of channels.

use std::collections::BTreeMap;

use tandem_domain::{CaseId, Timestamp};
use tandem_store::Tx;
use tandem_store::channels::{self, Channel, Fault, Message};
use tandem_store::outbox::Message as Published;

use super::{DESK, Direction, MOST_CHANNELS, QUEUED};
use crate::errors::{EngineError, Result};
use crate::outbox::Payload;

/// Copies messages of the outbox into the queue of every channel that wants them, once each. A case
/// gets one ticket at a help desk, however often it waits.
pub(crate) fn copy(tx: &mut dyn Tx, messages: &[Published]) -> Result<()> {
    let mut spaces: BTreeMap<&str, Vec<Channel>> = BTreeMap::new();
    let mut rows = Vec::new();
    for message in messages {
        if !spaces.contains_key(message.space.as_str()) {
            let mut out = channels::list(tx, &message.space, "", MOST_CHANNELS)?;
            out.retain(|channel| channel.direction == Direction::Out.as_str());
            spaces.insert(&message.space, out);
        }
        let wanting = spaces.get(message.space.as_str()).map_or(&[][..], Vec::as_slice);
        if wanting.is_empty() {
            continue;
        }
        let told: Payload =
            serde_json::from_str(&message.payload).map_err(EngineError::internal)?;
        let kind = message.topic.split_once(':').map_or("", |(_, kind)| kind);
        for channel in wanting.iter().filter(|channel| wants(channel, kind, &told.loop_name)) {
            let case = told.case.as_ref().and_then(|case| case.parse::<CaseId>().ok());
            if kind == QUEUED
                && !case.map_or(Ok(false), |case| channels::open_ticket(tx, channel.id, case))?
            {
                continue;
            }
            rows.push(row(channel, message, kind, &told, tx.now()));
        }
    }
    channels::insert(tx, &rows)?;
    Ok(())
}

fn wants(channel: &Channel, kind: &str, loop_name: &str) -> bool {
    let among = |wanted: &[String], one: &str| wanted.is_empty() || wanted.iter().any(|w| w == one);
    if !among(&channel.loops, loop_name) {
        return false;
    }
    if channel.kind == DESK {
        // It makes tickets for what waits, and hears what became of them.
        return kind == QUEUED || (kind.starts_with("case.") && among(&channel.kinds, kind));
    }
    kind != QUEUED && among(&channel.kinds, kind)
}

fn row(
    channel: &Channel,
    message: &Published,
    kind: &str,
    told: &Payload,
    now: Timestamp,
) -> Message {
    Message {
        seq: 0,
        channel: channel.id,
        id: message.id,
        lane: told.case.clone().unwrap_or_else(|| told.loop_name.clone()),
        kind: kind.to_owned(),
        source: None,
        body: message.payload.clone().into_bytes(),
        state: "waiting".to_owned(),
        available_at: now,
        attempts: 0,
        fault: Fault::default(),
        case: None,
        created_at: now,
        finished_at: None,
    }
}
