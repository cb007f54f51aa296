//! How well each way of telling members does, and a test of it.

use std::sync::Arc;

use tandem_connect::mail::Mail;
use tandem_domain::notify::Way;
use tandem_domain::{MessageId, Timestamp};
use tandem_store::members;
use tandem_store::notifications::{self as rows, Channel};

use super::own::own;
use super::words;
use crate::access::{Action, allow_somewhere};
use crate::engine::Engine;
use crate::errors::{EngineError, Result};
use crate::principal::Principal;

/// How well a way does, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChannelWord {
    /// The last message arrived, or none was sent yet.
    Good,
    /// Messages failed lately and are tried again.
    Failing,
    /// It is not set up on this server.
    Off,
}

impl ChannelWord {
    /// As it is sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Failing => "failing",
            Self::Off => "off",
        }
    }
}

/// A message of a way and what became of it. Not whose it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryLine {
    /// `waiting`, `done` or `dead`.
    pub state: String,
    /// Attempts so far.
    pub attempts: u64,
    /// What the last attempt met.
    pub error: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was sent or given up.
    pub finished_at: Option<Timestamp>,
}

/// A way of telling members, as pages show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelView {
    /// `app`, `email` or `slack`.
    pub way: Way,
    /// What it is called: the server's name, where there is one.
    pub name: String,
    /// How well it does.
    pub health: ChannelWord,
    /// What is counted since the last success.
    pub channel: Channel,
    /// Messages that wait.
    pub waiting: u64,
    /// Messages that were given up and are kept.
    pub dead: u64,
    /// The newest messages, for whoever may read statistics; newest first.
    pub newest: Vec<DeliveryLine>,
}

/// What a test met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestView {
    /// Whether it was taken.
    pub delivered: bool,
    /// Why not.
    pub error: Option<String>,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
}

/// Newest messages that are listed.
const NEWEST: u32 = 10;

impl Engine {
    /// Each way, with its health. Errors and messages are for whoever may read statistics.
    pub async fn notification_channels(&self, principal: &Principal) -> Result<Vec<ChannelView>> {
        allow_somewhere(principal, Action::NotifyOwn)?;
        let whole = allow_somewhere(principal, Action::NotifyHealth).is_ok();
        let inner = Arc::clone(&self.inner);
        let found = self.inner.store.read(move |tx| {
            let mut views = Vec::new();
            for &way in Way::ALL {
                let mut channel = rows::channel(tx, way.as_str())?;
                let (waiting, dead) = rows::counts(tx, way.as_str())?;
                let health = match (inner.notifier.has(way), channel.failures) {
                    (false, _) => ChannelWord::Off,
                    (true, 0) => ChannelWord::Good,
                    (true, _) => ChannelWord::Failing,
                };
                let newest =
                    if whole { rows::newest(tx, way.as_str(), NEWEST)? } else { Vec::new() };
                if !whole {
                    channel.last_error = None;
                }
                let line = |(state, attempts, error, created_at, finished_at)| DeliveryLine {
                    state,
                    attempts,
                    error,
                    created_at,
                    finished_at,
                };
                views.push(ChannelView {
                    way,
                    name: inner.notifier.name(way),
                    health,
                    channel,
                    waiting,
                    dead,
                    newest: newest.into_iter().map(line).collect(),
                });
            }
            Ok::<_, EngineError>(views)
        });
        found.await
    }

    /// Sends a test to the member themself, now, once, and says what it met.
    pub async fn test_notification(&self, principal: &Principal, way: Way) -> Result<TestView> {
        let member = own(principal)?;
        let begun = std::time::Instant::now();
        let off = || EngineError::Conflict {
            code: "channel_off",
            message: format!("`{}` is not set up on this server", way.as_str()),
            resource: None,
        };
        let text = "This is a test: nothing happened.";
        let address = self.own_address().unwrap_or_default().to_owned();
        let sent = match way {
            Way::App => Ok(()),
            Way::Email => {
                let mailer = self.inner.notifier.mail.as_ref().ok_or_else(off)?;
                let found = self.inner.store.read(move |tx| members::get(tx, member)).await?;
                let found = found.ok_or_else(|| EngineError::not_found("member"))?;
                let id = MessageId(self.inner.ids.uuid(self.now())?);
                let subject = "[Tandem] Test".to_owned();
                let text = format!("{text}\n{address}/settings/notifications\n");
                let mail = Mail { to: found.email, subject, text, id: id.to_string() };
                mailer.send(&mail).await.map_err(|error| error.to_string())
            }
            Way::Slack => {
                let slack = self.inner.notifier.slack.as_ref().ok_or_else(off)?;
                let account = self.slack_account(principal).await?;
                let account = account.ok_or_else(|| EngineError::Conflict {
                    code: "no_account",
                    message: "tie your account of the chat first".to_owned(),
                    resource: None,
                })?;
                let blocks = words::settled(text, &format!("{address}/settings/notifications"));
                let posted = slack.post(&account, text, &blocks).await;
                posted.map(drop).map_err(|error| error.to_string())
            }
        };
        let (good, error) = (sent.is_ok(), sent.err());
        if way != Way::App {
            let failure = error.clone();
            let noted = self.inner.store.write(move |tx| {
                match &failure {
                    None => rows::well(tx, way.as_str())?,
                    Some(why) => drop(rows::failed(tx, way.as_str(), why)?),
                }
                Ok::<_, EngineError>(())
            });
            noted.await?;
        }
        let took_ms = begun.elapsed().as_millis() as u64;
        Ok(TestView { delivered: good, error, took_ms })
    }
}
