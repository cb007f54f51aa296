//! Reading channels and what became of their messages, replaying them, and tests.

use std::time::Instant;

use serde_json::json;
use tandem_connect::broker::Outgoing;
use tandem_domain::{CaseId, ChannelId, MessageId, Timestamp};
use tandem_store::channels::{self, Channel, Message};

use super::change::own;
use super::inward::{fault_of, submission};
use super::{ChannelView, Config, Direction, TEST, config_of, no_channel, note};
use crate::access::{Action, allow};
use crate::cases::Page;
use crate::engine::Engine;
use crate::errors::{EngineError, Result};
use crate::outbox::Payload as Told;
use crate::principal::Principal;
use crate::record::By;

/// A message of a channel, and what became of it.
pub type MessageView = Message;

/// What to hand in or send again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replay {
    /// One message.
    One(MessageId),
    /// Those that were given up and made at this time or later.
    Since(Timestamp),
}

/// What became of what was replayed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replayed {
    /// How many are sent again, or became cases.
    pub count: u64,
    /// How many were no good again.
    pub refused: u64,
    /// The case, where one message was handed in.
    pub case: Option<CaseId>,
}

/// What a test met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tested {
    /// Whether the other side took it.
    pub good: bool,
    /// In words.
    pub detail: String,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
}

impl Engine {
    /// The channels of the space by name, after `after`.
    pub async fn channels(
        &self,
        by: &Principal,
        after: &str,
        limit: u32,
    ) -> Result<Vec<ChannelView>> {
        allow(by, Action::ChannelRead, None)?;
        let (space, after) = (by.space.clone(), after.to_owned());
        let kinds = self.channel_kinds();
        let listed = self.inner.store.read(move |tx| {
            let rows = channels::list(tx, &space, &after, limit)?;
            rows.into_iter().map(|row| view(tx, row, &kinds)).collect::<Result<Vec<_>>>()
        });
        listed.await
    }

    /// One channel.
    pub async fn channel(&self, by: &Principal, id: ChannelId) -> Result<ChannelView> {
        allow(by, Action::ChannelRead, None)?;
        let space = by.space.clone();
        let kinds = self.channel_kinds();
        let found = self.inner.store.read(move |tx| {
            let row = channels::get(tx, id)?.filter(|channel| channel.space == space);
            view(tx, row.ok_or_else(|| no_channel(id))?, &kinds)
        });
        found.await
    }

    pub(super) async fn own_channel(&self, by: &Principal, id: ChannelId) -> Result<Channel> {
        let space = by.space.clone();
        let found = self.inner.store.read(move |tx| Ok::<_, EngineError>(channels::get(tx, id)?));
        found.await?.filter(|channel| channel.space == space).ok_or_else(|| no_channel(id))
    }

    /// Messages of a channel, newest first: outward all that are kept, inward those that were no good.
    pub async fn channel_messages(
        &self,
        by: &Principal,
        id: ChannelId,
        state: Option<&'static str>,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Page<MessageView, u64>> {
        allow(by, Action::ChannelRead, None)?;
        self.own_channel(by, id).await?;
        let found = self.inner.store.read(move |tx| {
            Ok::<_, EngineError>(channels::messages(tx, id, state, before, limit)?)
        });
        let items = found.await?;
        let full = items.len() == limit as usize;
        let next = items.last().filter(|_| full).map(|message| message.seq);
        Ok(Page { items, next })
    }

    /// Outward, sends finished messages again, with the ids they had; inward, hands in once more what
    /// was no good.
    pub async fn replay_channel(
        &self,
        by: &Principal,
        id: ChannelId,
        what: Replay,
    ) -> Result<Replayed> {
        allow(by, Action::ChannelWrite, None)?;
        let channel = self.own_channel(by, id).await?;
        let replayed = if channel.direction == Direction::In.as_str() {
            self.hand_in_again(&channel, what).await?
        } else {
            self.send_again(id, what).await?
        };
        let (inner, asker) = (self.inner.clone(), by.clone());
        let (count, refused) = (replayed.count, replayed.refused);
        let noted = self.inner.store.write(move |tx| {
            let channel = own(tx, &asker, id)?;
            let more = [("count", json!(count)), ("refused", json!(refused))];
            note(tx, &inner, &By::principal(&asker), &channel, "channel.replayed", more)
        });
        noted.await?;
        Ok(replayed)
    }

    async fn send_again(&self, id: ChannelId, what: Replay) -> Result<Replayed> {
        let written = self.inner.store.write(move |tx| match what {
            Replay::One(message) => {
                if channels::message(tx, id, message)?.is_none() {
                    return Err(EngineError::not_found(format!(
                        "message {message} of this channel"
                    )));
                }
                Ok(u64::from(channels::replay(tx, id, message)?))
            }
            Replay::Since(since) => Ok(channels::replay_since(tx, id, since)?),
        });
        Ok(Replayed { count: written.await?, ..Replayed::default() })
    }

    async fn hand_in_again(&self, channel: &Channel, what: Replay) -> Result<Replayed> {
        let id = channel.id;
        let ids = match what {
            Replay::One(message) => vec![message],
            Replay::Since(since) => {
                let dead = self.inner.store.read(move |tx| {
                    let dead = channels::messages(tx, id, Some("dead"), None, 1_000)?;
                    Ok::<_, EngineError>(dead)
                });
                let dead = dead.await?.into_iter().filter(|letter| letter.created_at >= since);
                dead.rev().map(|letter| letter.id).collect()
            }
        };
        let mut replayed = Replayed::default();
        // Each is read by itself: together they may be more than fits.
        for message in ids {
            let found = self
                .inner
                .store
                .read(move |tx| Ok::<_, EngineError>(channels::message(tx, id, message)?));
            let missing = || EngineError::not_found(format!("message {message} of this channel"));
            let letter = match (found.await?, what) {
                (Some(letter), _) => letter,
                (None, Replay::One(_)) => return Err(missing()),
                // Forgotten meanwhile.
                (None, Replay::Since(_)) => continue,
            };
            if letter.state != "dead" {
                continue;
            }
            let became = self.hand_in_one(channel, &letter).await?;
            match became {
                Some(case) => {
                    replayed.count += 1;
                    replayed.case = Some(case);
                }
                None => replayed.refused += 1,
            }
        }
        Ok(replayed)
    }

    /// Hands one message in once more; the case, or `None` where it is no good still.
    async fn hand_in_one(&self, channel: &Channel, letter: &Message) -> Result<Option<CaseId>> {
        let loop_name = channel.loop_name.clone().unwrap_or_default();
        let who = Principal::channel(
            channel.id,
            channel.made_by_person,
            &channel.name,
            &channel.space,
            &loop_name,
        );
        let read = self.inner.channels.settings.read;
        let source = letter.source.clone().unwrap_or_else(|| letter.id.to_string());
        let submission = submission(read, &who, &letter.body, Some(&source));
        let inside = submission.as_ref().is_ok_and(|(_, inside)| *inside);
        let became = match submission {
            Ok((submission, _)) => self.submit(&who, &loop_name, submission, None).await,
            Err(bad) => Err(bad.into()),
        };
        let became = match became {
            Ok(submitted) => Ok(submitted.case.core.id),
            Err(
                error @ (EngineError::Invalid { .. }
                | EngineError::Refused(_)
                | EngineError::Conflict { .. }),
            ) => Err(fault_of(&error, inside)),
            Err(error) => return Err(error),
        };
        let (id, message) = (channel.id, letter.id);
        let case = became.as_ref().ok().copied();
        let written = self.inner.store.write(move |tx| {
            channels::replayed(tx, id, message, became.as_ref().copied())?;
            Ok::<_, EngineError>(())
        });
        written.await?;
        Ok(case)
    }

    /// Tries a channel now, whatever its state: inward it connects and looks, outward a test is sent.
    /// At a help desk that makes a ticket.
    pub async fn test_channel(&self, by: &Principal, id: ChannelId) -> Result<Tested> {
        allow(by, Action::ChannelWrite, None)?;
        let channel = self.own_channel(by, id).await?;
        let begun = Instant::now();
        let met = match config_of(&channel)? {
            Config::Desk(desk) => {
                self.test_desk(&desk).await.map(|ticket| format!("the desk made ticket {ticket}"))
            }
            Config::Broker(_) if channel.direction == Direction::In.as_str() => {
                self.test_source(&channel).await
            }
            Config::Broker(broker) => {
                let message = self.test_message(&channel)?;
                let outgoing = self.outgoing(&channel, &broker, &message).await?;
                self.test_sender(&channel, outgoing).await
            }
        };
        let took_ms = begun.elapsed().as_millis() as u64;
        Ok(match met {
            Ok(detail) => Tested { good: true, detail, took_ms },
            Err(detail) => Tested { good: false, detail, took_ms },
        })
    }

    async fn test_source(&self, channel: &Channel) -> Result<String, String> {
        let mut source = self.open_source(channel).await?;
        match source.waiting().await.map_err(super::text)? {
            Some(waiting) => Ok(format!("connected; {waiting} messages wait at the broker")),
            None => Ok("connected".to_owned()),
        }
    }

    async fn test_sender(&self, channel: &Channel, message: Outgoing) -> Result<String, String> {
        let mut sender = self.open_sender(channel).await?;
        let place = message.subject.clone();
        let told = sender.send(vec![message]).await.map_err(super::text)?;
        match told.into_iter().next() {
            Some(Err(error)) => Err(error.to_string()),
            _ => Ok(format!("the broker has confirmed a {TEST} to `{place}`")),
        }
    }

    fn test_message(&self, channel: &Channel) -> Result<Message> {
        let now = self.now();
        let told = Told { loop_name: "test".to_owned(), case: None, at: now, data: json!({}) };
        Ok(Message {
            seq: 0,
            channel: channel.id,
            id: MessageId(self.inner.ids.uuid(now)?),
            lane: TEST.to_owned(),
            kind: TEST.to_owned(),
            source: None,
            body: serde_json::to_vec(&told).map_err(EngineError::internal)?,
            state: "waiting".to_owned(),
            available_at: now,
            attempts: 0,
            fault: channels::Fault::default(),
            case: None,
            created_at: now,
            finished_at: None,
        })
    }
}

fn view(
    tx: &mut dyn tandem_store::Tx,
    channel: Channel,
    kinds: &[super::Kind],
) -> Result<ChannelView> {
    let health = channels::health(tx, channel.id)?;
    let (waiting, oldest, dead) = channels::counts(tx, channel.id)?;
    let config = config_of(&channel)?;
    let inward = channel.direction == Direction::In.as_str();
    let available = kinds.iter().any(|kind| kind.name == channel.kind && kind.available);
    let status = match (channel.state.as_str(), available) {
        ("paused", _) => "paused",
        (_, false) => "unavailable",
        _ if health.failures > 0 => "down",
        _ if health.connected_at.is_some() => "up",
        _ => "connecting",
    };
    let waiting = if inward { health.lag } else { Some(waiting) };
    Ok(ChannelView { channel, config, status, health, waiting, oldest, dead })
}
