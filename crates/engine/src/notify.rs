//! Telling members what happened: in the app, by e-mail, and in a chat that speaks Slack's API.
//!
//! A worker reads the sealed ledger from where it last was (`follow`), works out who is to be told
//! of an event (`drafts`), and writes the notifications together with its new place: each is told
//! once, and no use case knows of it. What goes outside the app is a row of a queue of its own,
//! due when the member wants it; everything due of one member and way is one message (`send`).
//!
//! A notification says what the loop file says (title, tool, risk) and which case, never what is in
//! the case. Whether its member may know of it is asked when it is made, shown and sent.
//!
//! Times: a message is tried 10 times over about 4 h, with pauses that double from 30 s to 4 h. What
//! the other side refuses for good is not tried again.

mod audience;
mod channels;
mod drafts;
mod follow;
mod links;
mod own;
mod send;
mod slack;
mod words;

use std::fmt;

use serde::{Deserialize, Serialize};
use tandem_connect::http::{Client, Guard};
use tandem_connect::mail::{MailSettings, Mailer};
use tandem_connect::slack::{Slack, SlackSettings};
use tandem_domain::notify::Way;
use tandem_domain::{CaseId, NotificationId, Span, Timestamp};

pub use channels::{ChannelView, ChannelWord, DeliveryLine, TestView};
pub(crate) use follow::{begin, work};
pub use links::{LINK_VALID, Opened};
pub use own::{Feed, Told};
pub(crate) use send::deliver;
pub use slack::Pressed;

use crate::engine::Engine;
use crate::errors::{EngineError, Result};

/// The kind of the event that tells of a message that was given up.
pub(crate) const DEAD: &str = "notification.dead";
/// How long notifications and finished messages are kept.
pub(crate) const KEPT: i64 = 90 * 86_400 * 1_000_000;

/// What notifications run with.
#[derive(Clone, Default)]
pub struct Settings {
    /// Where mail is handed in; without it nobody is told by e-mail.
    pub mail: Option<MailSettings>,
    /// The chat; without it nobody is told there.
    pub slack: Option<SlackSettings>,
    /// How old an event is before somebody is told: whoever sits at the inbox decides most of what comes
    /// before others need to know.
    pub grace: Span,
    /// Which addresses the chat may have.
    pub guard: Guard,
    /// Certificates (DER) trusted besides those of the system.
    pub extra_roots: Vec<Vec<u8>>,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("mail", &self.mail)
            .field("slack", &self.slack)
            .finish_non_exhaustive()
    }
}

/// The ways outside the app.
#[derive(Debug)]
pub(crate) struct Notifier {
    mail: Option<Mailer>,
    slack: Option<Slack>,
    grace: Span,
}

impl Notifier {
    /// Reads the settings; connects to nothing.
    pub(crate) fn new(settings: Settings) -> Result<Self> {
        let mailer = |mail: &MailSettings| {
            Mailer::new(mail).map_err(|error| {
                EngineError::invalid("invalid_input", "/smtp_url", error.to_string())
            })
        };
        let mail = settings.mail.as_ref().map(mailer).transpose()?;
        let client = Client::with_roots(settings.guard, settings.extra_roots);
        let slack = settings.slack.map(|slack| Slack::new(client, slack));
        Ok(Self { mail, slack, grace: settings.grace })
    }

    /// What a way is called: where it goes.
    fn name(&self, way: Way) -> String {
        match way {
            Way::App => "In the app".to_owned(),
            Way::Email => self
                .mail
                .as_ref()
                .map_or("E-mail".to_owned(), |mail| format!("E-mail by {}", mail.place())),
            Way::Slack => self
                .slack
                .as_ref()
                .map_or("Chat".to_owned(), |slack| format!("Chat at {}", slack.url())),
        }
    }

    /// Whether a way is set up.
    fn has(&self, way: Way) -> bool {
        match way {
            Way::App => true,
            Way::Email => self.mail.is_some(),
            Way::Slack => self.slack.is_some(),
        }
    }
}

/// What a notification says besides what it is about. No content of a case.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Details {
    /// The loop's title.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// The tool that is to be called, as the loop calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    /// What a wrong call may cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub risk: Option<String>,
    /// What is watched, for alerts; the way, for channels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<String>,
    /// The queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    /// The run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// When the case is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Timestamp>,
    /// Cases that wait, for digests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<u64>,
    /// Notifications that are unread, for digests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unread: Option<u64>,
}

/// A notification on its way.
#[derive(Debug, Clone, PartialEq)]
struct Item {
    id: NotificationId,
    about: tandem_domain::notify::About,
    loop_name: String,
    case: Option<CaseId>,
    details: Details,
    at: Timestamp,
}

impl Engine {
    /// Where browsers reach the server, without a slash at its end.
    fn own_address(&self) -> Option<&str> {
        self.inner.party.get().map(|party| party.origin.as_str())
    }
}
