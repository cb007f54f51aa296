//! The outbox: messages to the outside, written with the change they tell of, delivered later.
//!
//! Delivery is at least once: a message that was delivered and not marked comes again, with the same
//! id. Messages of one lane (one sink and case) are delivered in order.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tandem_domain::Timestamp;
use tandem_store::outbox::{self, Message};
use tandem_store::Topic;
use tokio::sync::broadcast::error::RecvError;
use tokio::task::JoinSet;

use crate::engine::Engine;
use crate::errors::{EngineError, Result};

/// Messages leased at a time.
const BATCH: u32 = 64;
/// How long a delivery may take.
const LEASE: i64 = 60_000_000;
/// Tries before a message is given up: about a day.
const MOST_TRIES: u64 = 16;
/// The longest pause between two tries.
const LONGEST_PAUSE: i64 = 4 * 3_600 * 1_000_000;
/// The longest sleep.
const LONGEST: Duration = Duration::from_secs(1);

/// What a delivery comes to.
pub type Delivery<'a> = Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'a>>;

/// Where messages go.
pub trait Sink: Send + Sync {
    /// Its name, unique among the sinks of an engine and stable over restarts.
    fn name(&self) -> &str;

    /// Whether it wants messages of a topic, as in `case.decided`.
    fn wants(&self, topic: &str) -> bool;

    /// Delivers one message: its id (receivers drop repeats by it), topic and JSON payload. An error
    /// is a reason to try again.
    fn deliver<'a>(&'a self, id: String, topic: &'a str, payload: &'a str) -> Delivery<'a>;
}

/// Delivers messages until the engine stops.
pub(crate) async fn work(engine: Engine) {
    let mut wakes = engine.store().subscribe();
    let mut stop = engine.stopping();
    if engine.inner.sinks.is_empty() {
        return;
    }
    loop {
        let pause = match engine.deliver_due().await {
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
        let mut sending = JoinSet::new();
        for message in due {
            let engine = self.clone();
            sending.spawn(async move { engine.send(message).await });
        }
        while let Some(ended) = sending.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "a delivery failed");
            }
        }
        Ok(leased)
    }

    async fn send(&self, message: Message) {
        let (name, topic) = message.topic.split_once(':').unwrap_or((&message.topic, ""));
        let sink = self.inner.sinks.iter().find(|sink| sink.name() == name).map(Arc::clone);
        let sent = match sink {
            Some(sink) => {
                let limit = Duration::from_micros(LEASE as u64 / 2);
                let id = message.id.to_string();
                match tokio::time::timeout(limit, sink.deliver(id, topic, &message.payload)).await {
                    Ok(sent) => sent,
                    Err(_) => Err("the delivery took too long".to_owned()),
                }
            }
            None => Err(format!("there is no sink `{name}` here")),
        };
        if let Err(error) = self.settle(&message, sent).await {
            tracing::warn!(%error, message = %message.id, "a delivery was not recorded; it may repeat");
        }
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
