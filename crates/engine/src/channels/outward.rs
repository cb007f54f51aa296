//! Messages go out.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tandem_connect::broker::{BrokerError, Outgoing, Sender, WriteTo};
use tandem_domain::Timestamp;
use tandem_store::Topic;
use tandem_store::channels::{self, Channel, Fault, Message};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::work::Ended;
use super::{Broker, Config, config_of, pause_after, text};
use crate::engine::Engine;
use crate::errors::{EngineError, Result};
use crate::outbox::{Payload as Told, Stopped};
use crate::webhooks::Payload;

/// Messages looked at in one go; as many are under way at most.
const MOST: u32 = 1_024;
/// How long the right to send lasts unless it is renewed, in microseconds.
const LEASE: i64 = 20_000_000;
/// When it is renewed: early enough for what is under way then to end within it.
const RENEW: Duration = Duration::from_secs(5);
/// The longest sleep.
const LONGEST: Duration = Duration::from_millis(500);
/// The longest pause of one message, in microseconds.
const LONGEST_WAIT: i64 = 300_000_000;

/// What became of an attempt.
pub(super) enum Sent {
    /// The other side has it.
    Done,
    /// It is tried again; not before so many seconds, where the other side said so.
    Again(String, Option<u32>),
    /// It fails however often it is tried.
    Dead(Fault),
}

impl Engine {
    /// Sends until something fails. `held` says which right to send is held meanwhile.
    pub(super) async fn write_on(&self, channel: &Channel, held: &AtomicU64) -> Ended {
        let mut wakes = self.store().subscribe();
        let token = loop {
            match self.hold(channel, None).await {
                Ok(Some(token)) => break token,
                // Another node sends; or one that ended a moment ago.
                Ok(None) => tokio::time::sleep(LONGEST).await,
                Err(error) => return Ended::at_once(error),
            }
        };
        held.store(token, Ordering::Relaxed);
        let ended = self.write_held(channel, token, &mut wakes).await;
        held.store(0, Ordering::Relaxed);
        let id = channel.id;
        let given = self.inner.store.write(move |tx| {
            channels::unlease(tx, id, token)?;
            Ok::<_, EngineError>(())
        });
        drop(given.await);
        ended
    }

    async fn write_held(
        &self,
        channel: &Channel,
        token: u64,
        wakes: &mut Receiver<Topic>,
    ) -> Ended {
        let config = match config_of(channel) {
            Ok(config) => config,
            Err(error) => return Ended::at_once(error),
        };
        let mut sender = match &config {
            Config::Desk(_) => None,
            Config::Broker(_) => match self.open_sender(channel).await {
                Ok(sender) => Some(sender),
                Err(why) => return Ended::at_once(why),
            },
        };
        if let Err(error) = self.note_connected(channel.id).await {
            return Ended::at_once(error);
        }
        let mut renewed = Instant::now();
        loop {
            // Not at every turn: an idle channel writes little.
            if renewed.elapsed() > RENEW {
                match self.hold(channel, Some(token)).await {
                    Ok(Some(held)) if held == token => renewed = Instant::now(),
                    Ok(_) => return Ended::later("another node sends now"),
                    Err(error) => return Ended::later(error),
                }
            }
            let sent = match (&mut sender, &config) {
                (Some(sender), Config::Broker(broker)) => {
                    self.send_some(channel, broker, sender.as_mut()).await
                }
                (_, Config::Desk(desk)) => self.tell_desk(channel, desk).await,
                _ => return Ended::at_once("the channel's settings do not fit its kind"),
            };
            match sent {
                Ok(0) => rest(wakes).await,
                Ok(_) => {}
                Err(why) => return Ended::later(why),
            }
        }
    }

    /// Takes or keeps the right to send.
    async fn hold(&self, channel: &Channel, held: Option<u64>) -> Result<Option<u64>> {
        let id = channel.id;
        let leased = self.inner.store.write(move |tx| {
            let until = Timestamp(tx.now().0 + LEASE);
            Ok::<_, EngineError>(channels::lease(tx, id, held, until)?)
        });
        leased.await
    }

    /// Connects to what a channel writes to.
    pub(super) async fn open_sender(&self, channel: &Channel) -> Result<Box<dyn Sender>, String> {
        let Config::Broker(broker) = config_of(channel).map_err(text)? else {
            return Err("a help desk is no broker".to_owned());
        };
        let setup = self.setup(channel, &broker).await?;
        let to = match &broker.routing_key {
            Some(_) => WriteTo::Exchange(broker.exchange.clone().unwrap_or_default()),
            None => WriteTo::Subjects,
        };
        self.inner.channels.settings.connector.sender(setup, to).await.map_err(text)
    }

    /// Messages that may be sent now: of each case the oldest that waits, and only once it is due.
    pub(super) async fn due(&self, channel: &Channel) -> Result<Vec<Message>> {
        let (id, space) = (channel.id, channel.space.clone());
        let found = self.inner.store.read(move |tx| {
            let stopped = Stopped::read(tx, &space)?;
            // What a halt holds back stands before what it does not.
            let most = if stopped.any() { MOST * 16 } else { MOST };
            Ok::<_, EngineError>((channels::waiting(tx, id, most)?, stopped, tx.now()))
        });
        let (waiting, stopped, now) = found.await?;
        let mut lanes = HashSet::new();
        let mut due = waiting;
        due.retain(|message| {
            lanes.insert(message.lane.clone())
                && message.available_at <= now
                && !stopped.holds(&message.kind, &message.body)
        });
        due.truncate(MOST as usize);
        Ok(due)
    }

    /// Sends what is due, once; returns how many messages went out or were given up.
    async fn send_some(
        &self,
        channel: &Channel,
        broker: &Broker,
        sender: &mut dyn Sender,
    ) -> Result<usize, String> {
        let due = self.due(channel).await.map_err(text)?;
        if due.is_empty() {
            return Ok(0);
        }
        let mut outgoing = Vec::with_capacity(due.len());
        for message in &due {
            outgoing.push(self.outgoing(channel, broker, message).await.map_err(text)?);
        }
        // A connection that is lost leaves all of it waiting.
        let told = sender.send(outgoing).await.map_err(text)?;
        let mut lost = None;
        let sent: Vec<Sent> = told
            .into_iter()
            .map(|told| match told {
                Ok(()) => Sent::Done,
                Err(error @ BrokerError::Message(_)) => Sent::Dead(Fault {
                    code: Some("refused".to_owned()),
                    path: None,
                    error: Some(error.to_string()),
                }),
                Err(error @ BrokerError::Missing(_)) => Sent::Again(error.to_string(), None),
                Err(error) => {
                    lost.get_or_insert_with(|| error.to_string());
                    Sent::Again(error.to_string(), Some(0))
                }
            })
            .collect();
        let passed = self.settle_sent(channel, due, sent).await.map_err(text)?;
        lost.map_or(Ok(passed), Err)
    }

    /// A message as it goes to a broker.
    pub(super) async fn outgoing(
        &self,
        channel: &Channel,
        broker: &Broker,
        message: &Message,
    ) -> Result<Outgoing> {
        let told: Told = serde_json::from_slice(&message.body).map_err(EngineError::internal)?;
        let id = message.id.to_string();
        let template = broker.routing_key.as_ref().or(broker.subject.as_ref());
        let template = template.map_or("", String::as_str);
        let subject = template.replace("{loop}", &told.loop_name).replace("{kind}", &message.kind);
        let full = (channel.payload == Payload::Full.as_str()).then_some(channel.made_by.as_str());
        let body = self.event_body(&channel.space, &id, &message.kind, told, full).await?;
        Ok(Outgoing { id, subject, kind: format!("tandem.{}", message.kind), body: body.into() })
    }

    /// Writes down what became of messages; returns how many went out or were given up.
    pub(super) async fn settle_sent(
        &self,
        channel: &Channel,
        due: Vec<Message>,
        sent: Vec<Sent>,
    ) -> Result<usize> {
        let id = channel.id;
        let mut done = Vec::with_capacity(due.len());
        let (mut dead, mut again) = (Vec::new(), Vec::new());
        for (message, sent) in due.into_iter().zip(sent) {
            match sent {
                Sent::Done => done.push(message.seq),
                Sent::Dead(fault) => dead.push((message, fault)),
                Sent::Again(why, asked) => again.push((message, why, asked)),
            }
        }
        let (passed, failed) = (done.len() as u64, again.len() as u64);
        let first = again.first().map(|(message, why, _)| (message.attempts, why.clone()));
        let given_up = dead.len();
        let settled = self.inner.store.write(move |tx| {
            let now = tx.now();
            channels::done(tx, id, &done)?;
            for (message, fault) in &dead {
                channels::dead(tx, message, fault)?;
            }
            for (message, why, asked) in &again {
                let drawn = wait(message.attempts);
                let at = asked.map_or(drawn, |asked| i64::from(asked) * 1_000_000);
                channels::retry(tx, message, Timestamp(now.0 + at), why)?;
            }
            Ok::<_, EngineError>(channels::passed(tx, id, done.len() as u64, dead.len() as u64)?)
        });
        settled.await?;
        self.inner.metrics.channels_sent.add(passed);
        self.inner.metrics.channels_failed.add(failed);
        if let Some((attempts, why)) = first {
            let pause = pause_after(u32::try_from(attempts).unwrap_or(u32::MAX));
            self.note_failure(id, why, Some(pause), false).await;
        }
        Ok(passed as usize + given_up)
    }
}

/// The pause of a message after its n-th attempt, in microseconds: a second, doubled, five minutes at
/// most.
fn wait(attempts: u64) -> i64 {
    (1_000_000_i64 << attempts.min(20)).min(LONGEST_WAIT)
}

/// Waits until there may be something to send.
async fn rest(wakes: &mut Receiver<Topic>) {
    let waiting = async {
        loop {
            match wakes.recv().await {
                Ok(Topic::Outbox | Topic::All) | Err(RecvError::Lagged(_)) => return,
                Ok(_) => {}
                Err(RecvError::Closed) => tokio::time::sleep(LONGEST).await,
            }
        }
    };
    drop(tokio::time::timeout(LONGEST, waiting).await);
}
