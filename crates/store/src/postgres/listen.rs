//! Wakes between nodes: coalesced notifications out, notifications in.

use std::collections::HashSet;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use postgres::fallible_iterator::FallibleIterator as _;

use super::session::Session;
use super::{Node, from_postgres};
use crate::types::{CaseId, Id as _, LoopId, MemberId, RunId};
use crate::{Result, StoreError, Topic};

const CHANNEL: &str = "tandem_wakes";
/// The server takes payloads below 8,000 bytes.
const MOST_BYTES: usize = 7_000;
/// Beyond this many waiting topics, one "read everything again" says as much.
const MOST_TOPICS: usize = 4_096;

/// Topics on their way to the other nodes.
pub(super) struct Outgoing {
    /// Marks our own notifications, whose wakes were given locally.
    node: String,
    waiting: Mutex<HashSet<Topic>>,
    filled: Condvar,
}

impl Outgoing {
    pub(super) fn new() -> Result<Self> {
        let mut bytes = [0_u8; 8];
        getrandom::fill(&mut bytes)
            .map_err(|error| StoreError::Setup(format!("no randomness: {error}")))?;
        Ok(Self { node: hex::encode(bytes), waiting: Mutex::default(), filled: Condvar::new() })
    }

    pub(super) fn add(&self, topic: Topic) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() >= MOST_TOPICS {
            waiting.clear();
            waiting.insert(Topic::All);
        }
        if !waiting.contains(&Topic::All) {
            waiting.insert(topic);
        }
        drop(waiting);
        self.filled.notify_one();
    }

    fn take(&self) -> HashSet<Topic> {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let longest = Duration::from_millis(200);
        let waited = self.filled.wait_timeout_while(waiting, longest, |set| set.is_empty());
        std::mem::take(&mut *waited.unwrap_or_else(PoisonError::into_inner).0)
    }
}

/// Sends what is waiting until the store closes. While one notification is on its way, the next
/// topics gather. What cannot be sent is dropped: a wake is a hint.
pub(super) fn notify(node: &Node) {
    let mut session: Option<Session> = None;
    loop {
        let closing = node.is_closed();
        let topics = node.notices.take();
        if !topics.is_empty() {
            if session.as_ref().is_none_or(Session::is_broken) {
                session = Session::connect_patiently(node).ok();
            }
            if let Some(session) = &mut session {
                for payload in encode(&node.notices.node, &topics) {
                    let sent =
                        session.client.execute("SELECT pg_notify($1, $2)", &[&CHANNEL, &payload]);
                    if let Err(error) = sent {
                        tracing::warn!(error = %from_postgres(&error), "a wake was not sent");
                    }
                }
            }
        }
        if closing {
            return;
        }
    }
}

/// Receives the other nodes' wakes until the store closes. After a lost connection everybody is
/// woken, since anything may have been missed.
pub(super) fn listen(node: &Node) {
    let mut first = true;
    while !node.is_closed() {
        let Ok(mut session) = Session::connect_patiently(node) else { continue };
        if session.run(&format!("LISTEN {CHANNEL}")).is_err() {
            continue;
        }
        if !first {
            node.shared.wake(Topic::All);
        }
        first = false;
        while !node.is_closed() && receive(node, &mut session).is_ok() {}
    }
}

/// Waits a moment for notifications.
fn receive(node: &Node, session: &mut Session) -> Result<()> {
    let mut notifications = session.client.notifications();
    let mut waiting = notifications.timeout_iter(Duration::from_millis(200));
    while let Some(notification) = waiting.next().map_err(|error| from_postgres(&error))? {
        if let Some((sender, topics)) = notification.payload().split_once(';')
            && sender != node.notices.node
        {
            topics.split(',').for_each(|text| {
                node.shared.wake(decode(text).unwrap_or(Topic::All));
            });
        }
    }
    drop(waiting);
    drop(notifications);
    if session.is_broken() {
        return Err(StoreError::Unavailable("the listening connection broke".to_owned()));
    }
    Ok(())
}

/// Payloads `node;topic,topic,…`.
fn encode(node: &str, topics: &HashSet<Topic>) -> Vec<String> {
    let mut payloads = Vec::new();
    let mut payload = String::new();
    for topic in topics {
        payload.push(if payload.is_empty() { ';' } else { ',' });
        let (kind, id) = match topic {
            Topic::Case(id) => ('c', Some(id.as_bytes())),
            Topic::Run(id) => ('r', Some(id.as_bytes())),
            Topic::Loop(id) => ('l', Some(id.as_bytes())),
            Topic::Queue(id) => ('q', Some(id.as_bytes())),
            Topic::Member(id) => ('m', Some(id.as_bytes())),
            Topic::Jobs => ('j', None),
            Topic::Timers => ('t', None),
            Topic::Outbox => ('o', None),
            Topic::Webhooks => ('w', None),
            Topic::Chain => ('n', None),
            Topic::Ledger => ('e', None),
            Topic::Halts => ('h', None),
            Topic::All => ('a', None),
        };
        payload.push(kind);
        payload.push_str(&id.map(hex::encode).unwrap_or_default());
        if payload.len() > MOST_BYTES {
            payloads.push(format!("{node}{}", std::mem::take(&mut payload)));
        }
    }
    if !payload.is_empty() {
        payloads.push(format!("{node}{payload}"));
    }
    payloads
}

fn decode(text: &str) -> Option<Topic> {
    let (kind, id) = text.split_at_checked(1)?;
    let id = || -> Option<[u8; 16]> {
        let mut bytes = [0; 16];
        hex::decode_to_slice(id, &mut bytes).ok().map(|()| bytes)
    };
    Some(match kind {
        "c" => Topic::Case(CaseId::from_array(id()?)),
        "r" => Topic::Run(RunId::from_array(id()?)),
        "l" => Topic::Loop(LoopId::from_array(id()?)),
        "q" => Topic::Queue(LoopId::from_array(id()?)),
        "m" => Topic::Member(MemberId::from_array(id()?)),
        "j" => Topic::Jobs,
        "t" => Topic::Timers,
        "o" => Topic::Outbox,
        "w" => Topic::Webhooks,
        "n" => Topic::Chain,
        "e" => Topic::Ledger,
        "h" => Topic::Halts,
        _ => Topic::All,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_survive_the_wire_in_short_payloads() {
        let topics: HashSet<Topic> = (0..1000_u16)
            .map(|n| {
                let mut bytes = [0; 16];
                bytes[..2].copy_from_slice(&n.to_be_bytes());
                Topic::Case(CaseId::from_array(bytes))
            })
            .chain([Topic::Jobs, Topic::Webhooks, Topic::Chain, Topic::Halts, Topic::Ledger])
            .collect();
        let payloads = encode("me", &topics);
        assert!(payloads.iter().all(|payload| payload.len() < 8_000));
        let back: HashSet<Topic> = payloads
            .iter()
            .flat_map(|payload| payload.split_once(';').unwrap().1.split(','))
            .map(|text| decode(text).unwrap())
            .collect();
        assert_eq!(back, topics);
    }
}
