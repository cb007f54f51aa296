//! The outbox: messages to the outside, written with the change they tell of, delivered later.
//!
//! Delivery is at least once: a message that was delivered and not marked comes again, with the same
//! id. Messages of one lane (one sink and case) are delivered in order.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tandem_connect::{CloudEvent, Sink};
use tandem_domain::{LoopId, MessageId, Timestamp};
use tandem_store::outbox::{self, Message};
use tandem_store::{Topic, Tx, halts, loops};
use tokio::sync::broadcast::error::RecvError;

use crate::channels::QUEUED;
use crate::engine::{Engine, Inner};
use crate::errors::{EngineError, Result};
use crate::webhooks::OUTLET;

/// Messages leased at a time.
const BATCH: u32 = 256;
/// How long a delivery may take.
const LEASE: i64 = 60_000_000;
/// Tries before a message is given up: about a day.
const MOST_TRIES: u64 = 16;
/// The longest pause between two tries.
const LONGEST_PAUSE: i64 = 4 * 3_600 * 1_000_000;
/// The longest sleep.
const LONGEST: Duration = Duration::from_secs(1);

/// A sink with its name and what it wants.
#[derive(Clone)]
pub struct Outlet {
    /// Unique among the outlets of an engine, without a colon, and stable over restarts.
    pub name: String,
    /// Topics it wants, as in `case.decided`; empty for all.
    pub topics: Vec<String>,
    /// Where they go.
    pub sink: Arc<Mutex<dyn Sink>>,
}

impl Outlet {
    /// An outlet for every topic.
    pub fn new(name: &str, sink: impl Sink + 'static) -> Self {
        Self { name: name.to_owned(), topics: Vec::new(), sink: Arc::new(Mutex::new(sink)) }
    }

    pub(crate) fn wants(&self, topic: &str) -> bool {
        self.topics.is_empty() || self.topics.iter().any(|wanted| wanted == topic)
    }
}

/// What a row of the outbox says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Payload {
    #[serde(rename = "loop")]
    pub(crate) loop_name: String,
    /// The case it is about; the loop itself where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) case: Option<String>,
    pub(crate) at: Timestamp,
    pub(crate) data: Value,
}

/// Kinds of messages by which machines act on what was decided.
const ACTED_ON: [&str; 2] = ["case.decided", "appeal.decided"];

/// What halts keep from going out: what would let somebody outside act on a decision waits until they are lifted;
/// what people are to hear of goes on.
#[derive(Debug, Default)]
pub(crate) struct Stopped {
    all: bool,
    loops: Vec<String>,
}

impl Stopped {
    /// The halts of a space, as they are now.
    pub(crate) fn read(tx: &mut dyn Tx, space: &str) -> Result<Self> {
        let mut stopped = Self::default();
        for halt in halts::list(tx, space)?.into_iter().filter(|halt| halt.halted) {
            match halt.scope.parse::<LoopId>() {
                Ok(id) => stopped.loops.extend(loops::get(tx, id)?.map(|found| found.name)),
                Err(_) => stopped.all = true,
            }
        }
        Ok(stopped)
    }

    /// As [`Stopped::read`], and without a look where no message of these kinds would have to wait.
    pub(crate) fn for_kinds<'a>(
        tx: &mut dyn Tx,
        space: &str,
        mut kinds: impl Iterator<Item = &'a str>,
    ) -> Result<Self> {
        if kinds.any(|kind| ACTED_ON.contains(&kind)) {
            Self::read(tx, space)
        } else {
            Ok(Self::default())
        }
    }

    /// Whether any halt is in force.
    pub(crate) fn any(&self) -> bool {
        self.all || !self.loops.is_empty()
    }

    /// Whether a message has to wait.
    pub(crate) fn holds(&self, kind: &str, payload: &[u8]) -> bool {
        if !ACTED_ON.contains(&kind) || !self.any() {
            return false;
        }
        let told = serde_json::from_slice::<Payload>(payload);
        self.all || told.is_ok_and(|told| self.loops.contains(&told.loop_name))
    }
}

/// Puts a message in the outbox for every sink that wants the topic, and one for all webhooks and channels.
/// Messages about the same `subject` go out in order.
pub(crate) fn publish(
    tx: &mut dyn Tx,
    inner: &Inner,
    space: &str,
    subject: &str,
    topic: &str,
    payload: &Payload,
) -> Result<()> {
    let sinks = inner.sinks.iter().filter(|sink| sink.wants(topic));
    let hooks = (inner.hooks.any() || inner.channels.any_out()).then_some(OUTLET);
    for name in sinks.map(|sink| sink.name.as_str()).chain(hooks) {
        push(tx, inner, name, space, subject, topic, payload)?;
    }
    Ok(())
}

/// Tells help desks that a case waits for people; nobody else hears of it.
pub(crate) fn publish_queued(
    tx: &mut dyn Tx,
    inner: &Inner,
    space: &str,
    subject: &str,
    payload: &Payload,
) -> Result<()> {
    push(tx, inner, OUTLET, space, subject, QUEUED, payload)
}

fn push(
    tx: &mut dyn Tx,
    inner: &Inner,
    name: &str,
    space: &str,
    subject: &str,
    topic: &str,
    payload: &Payload,
) -> Result<()> {
    let now = tx.now();
    let message = Message {
        id: MessageId(inner.ids.uuid(now)?),
        space: space.to_owned(),
        lane: format!("{name}:{subject}"),
        topic: format!("{name}:{topic}"),
        payload: serde_json::to_string(payload).map_err(EngineError::internal)?,
        available_at: now,
        attempts: 0,
        token: 0,
    };
    Ok(outbox::push(tx, &message)?)
}

/// Delivers messages until the engine stops.
pub(crate) async fn work(engine: Engine) {
    let mut wakes = engine.store().subscribe();
    let mut stop = engine.stopping();
    loop {
        let inner = &engine.inner;
        let anybody = inner.hooks.any() || inner.channels.any_out() || !inner.sinks.is_empty();
        let sent = if anybody { engine.deliver_due().await } else { Ok(0) };
        let pause = match sent {
            Ok(sent) if sent > 0 => Duration::ZERO,
            Ok(_) => LONGEST,
            Err(error) => {
                tracing::warn!(%error, "the outbox could not be looked at");
                LONGEST
            }
        };
        let sleep = tokio::time::sleep(pause);
        tokio::pin!(sleep);
        loop {
            tokio::select! {
                () = &mut sleep => break,
                _ = stop.wait_for(|stop| *stop) => return,
                topic = wakes.recv() => match topic {
                    Ok(Topic::Outbox | Topic::All) | Err(RecvError::Lagged(_)) => break,
                    Ok(_) => {}
                    Err(RecvError::Closed) => return,
                },
            }
        }
    }
}

impl Engine {
    /// Delivers what is due, once; returns how many messages were leased.
    pub async fn deliver_due(&self) -> Result<usize> {
        let due = self.inner.store.write(|tx| {
            let until = Timestamp(tx.now().0 + LEASE);
            outbox::lease_due(tx, until, BATCH)
        });
        let due = due.await?;
        let leased = due.len();
        let mut outlets: BTreeMap<String, Vec<Message>> = BTreeMap::new();
        for message in due {
            let name = message.topic.split(':').next().unwrap_or_default().to_owned();
            outlets.entry(name).or_default().push(message);
        }
        for (name, messages) in outlets {
            if name == OUTLET {
                self.fan_out(messages).await?;
                continue;
            }
            let sent = self.send(&name, &messages).await;
            for message in &messages {
                if let Err(error) = self.settle(message, sent.clone()).await {
                    tracing::warn!(%error, message = %message.id, "not recorded; it may repeat");
                }
            }
        }
        Ok(leased)
    }

    /// Gives messages to one sink, all or none.
    async fn send(&self, name: &str, messages: &[Message]) -> Result<(), String> {
        let outlet = self.inner.sinks.iter().find(|outlet| outlet.name == name);
        let sink = outlet.map(|outlet| Arc::clone(&outlet.sink));
        let sink = sink.ok_or_else(|| format!("there is no sink `{name}` here"))?;
        let events: Vec<CloudEvent> = messages.iter().map(event_of).collect::<Result<_, _>>()?;
        let sent = tokio::task::spawn_blocking(move || {
            let mut sink = sink.lock().unwrap_or_else(PoisonError::into_inner);
            sink.deliver(&events).map_err(|error| error.to_string())
        });
        sent.await.map_err(|error| error.to_string())?
    }

    async fn settle(&self, message: &Message, sent: Result<(), String>) -> Result<()> {
        let (id, token, tries) = (message.id, message.token, message.attempts);
        let metrics = &self.inner.metrics;
        match &sent {
            Ok(()) => metrics.messages_delivered.add(1),
            Err(_) if tries >= MOST_TRIES => metrics.messages_dead.add(1),
            Err(_) => metrics.messages_retried.add(1),
        }
        let settled = self.inner.store.write(move |tx| {
            match &sent {
                Ok(()) => outbox::done(tx, id, token)?,
                Err(why) if tries >= MOST_TRIES => outbox::dead(tx, id, token, why)?,
                Err(why) => {
                    let doubled = 1_000_000_i64 << tries.min(20);
                    let at = Timestamp(tx.now().0 + doubled.min(LONGEST_PAUSE));
                    outbox::retry(tx, id, token, at, why)?
                }
            };
            Ok::<_, EngineError>(())
        });
        settled.await
    }
}

fn event_of(message: &Message) -> Result<CloudEvent, String> {
    let payload: Payload = serde_json::from_str(&message.payload).map_err(|e| e.to_string())?;
    let topic = message.topic.split_once(':').map_or("", |(_, topic)| topic);
    let id = message.id.to_string();
    let Payload { loop_name, case, at, data } = payload;
    let subject = case.as_deref().unwrap_or(&loop_name);
    Ok(CloudEvent::about(id, &message.space, &loop_name, topic, subject, at, data))
}
