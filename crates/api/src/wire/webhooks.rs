//! Webhooks and what became of their messages.

use serde::{Deserialize, Serialize};
use tandem_domain::{MessageId, Timestamp, WebhookId};
use tandem_engine::webhooks::{
    DeliveryView, Finished, NewWebhook, OVERLAP_S, Payload, Replay, WebhookChange, WebhookView,
};
use utoipa::{IntoParams, ToSchema};

use crate::problem::{Problem, Result};

/// An endpoint that messages are sent to.
#[derive(Debug, Serialize, ToSchema)]
pub struct Webhook {
    /// Its id.
    #[schema(value_type = String)]
    pub id: WebhookId,
    /// Where messages go.
    pub url: String,
    /// The kinds it wants, as in `case.decided`; empty for all.
    pub kinds: Vec<String>,
    /// The loops it wants, by name; empty for all.
    pub loops: Vec<String>,
    /// `thin` or `full`.
    #[schema(value_type = WebhookPayload)]
    pub payload: String,
    /// `active`, `paused` by a person, or `disabled` by the server.
    #[schema(value_type = WebhookState)]
    pub state: String,
    /// Why the server disabled it.
    pub why: Option<String>,
    /// Failures since the last success.
    pub failures: u64,
    /// When they began.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub failing_since: Option<Timestamp>,
    /// While it fails: when the next message is tried.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub next_probe_at: Option<Timestamp>,
    /// Until when the secret before signs as well.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub old_secret_until: Option<Timestamp>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When a person last changed it.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
    /// The secret that signs, `whsec_…`; only in the answer that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

impl Webhook {
    /// An endpoint, with its secret where it was just made.
    pub fn new(view: WebhookView, secret: Option<String>) -> Self {
        Self {
            id: view.id,
            url: view.url,
            kinds: view.kinds,
            loops: view.loops,
            payload: view.payload,
            state: view.state,
            why: view.why,
            failures: view.failures,
            failing_since: view.failing_since,
            next_probe_at: view.next_probe_at,
            old_secret_until: view.old_secret_until,
            created_at: view.created_at,
            updated_at: view.updated_at,
            secret,
        }
    }
}

/// How much a message says.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(rename_all = "snake_case")]
pub enum WebhookPayload {
    /// Ids, status and outcome.
    #[default]
    Thin,
    /// Input, proposal and answer as well, while whoever chose it may read the case.
    Full,
}

impl From<WebhookPayload> for Payload {
    fn from(payload: WebhookPayload) -> Self {
        match payload {
            WebhookPayload::Thin => Self::Thin,
            WebhookPayload::Full => Self::Full,
        }
    }
}

/// Whether messages are sent.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum WebhookState {
    /// They are.
    Active,
    /// A person stopped it; messages wait.
    Paused,
    /// The server stopped it after failures; messages wait.
    Disabled,
}

/// An endpoint to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewWebhook)]
pub struct WebhookIn {
    /// Where messages go; `https`, and not an address inside, unless the server allows it.
    #[schema(example = "https://example.org/tandem")]
    pub url: String,
    /// The kinds it wants: `case.decided`, `case.cancelled`; none for all.
    #[serde(default)]
    pub kinds: Vec<String>,
    /// The loops it wants, by name; none for all.
    #[serde(default)]
    pub loops: Vec<String>,
    /// How much a message says.
    #[serde(default)]
    pub payload: WebhookPayload,
}

impl WebhookIn {
    /// The endpoint as the engine takes it.
    pub fn into_domain(self) -> NewWebhook {
        NewWebhook {
            url: self.url,
            kinds: self.kinds,
            loops: self.loops,
            payload: self.payload.into(),
        }
    }
}

/// What to change about an endpoint; what is left out stays. Any change ends a pause after failures.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookPatch {
    /// Where messages go.
    #[serde(default)]
    pub url: Option<String>,
    /// The kinds it wants.
    #[serde(default)]
    pub kinds: Option<Vec<String>>,
    /// The loops it wants.
    #[serde(default)]
    pub loops: Option<Vec<String>>,
    /// How much a message says.
    #[serde(default)]
    pub payload: Option<WebhookPayload>,
    /// Whether messages wait; `false` also sets a disabled endpoint to work again.
    #[serde(default)]
    pub paused: Option<bool>,
}

impl WebhookPatch {
    /// The change as the engine takes it.
    pub fn into_domain(self) -> WebhookChange {
        WebhookChange {
            url: self.url,
            kinds: self.kinds,
            loops: self.loops,
            payload: self.payload.map(Into::into),
            paused: self.paused,
        }
    }
}

/// How the secret is changed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rotation {
    /// For how many seconds the secret before signs as well, 0 to a week; a day if left out.
    #[serde(default = "a_day")]
    #[schema(default = 86400, maximum = 604_800)]
    pub overlap_s: u32,
}

fn a_day() -> u32 {
    OVERLAP_S
}

/// What to send again: one message by `id`, or all since a time.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplayIn {
    /// The message.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub id: Option<MessageId>,
    /// Messages made at this time or later.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub since: Option<Timestamp>,
    /// With `since`: only those that were given up.
    #[serde(default)]
    pub only_dead: bool,
}

impl ReplayIn {
    /// What to send again, as the engine takes it.
    ///
    /// # Errors
    /// 422 unless exactly one of `id` and `since` is given.
    pub fn into_domain(self) -> Result<Replay> {
        let which = if self.only_dead { Finished::Dead } else { Finished::All };
        match (self.id, self.since) {
            (Some(id), None) => Ok(Replay::One(id)),
            (None, Some(since)) => Ok(Replay::Since(since, which)),
            _ => Err(Problem::invalid("invalid_input", "", "give either `id` or `since`")),
        }
    }
}

/// How many messages are sent again.
#[derive(Debug, Serialize, ToSchema)]
pub struct Replayed {
    /// How many.
    pub count: u64,
}

/// A message for an endpoint, and what became of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Delivery {
    /// Its id: the header `webhook-id` of every attempt.
    #[schema(value_type = String)]
    pub id: MessageId,
    /// What kind of message.
    #[schema(example = "case.decided")]
    pub kind: String,
    /// The case, or the endpoint itself for a test.
    pub subject: String,
    /// `waiting`, `done` or `dead`.
    #[schema(value_type = DeliveryState)]
    pub state: String,
    /// Attempts so far.
    pub attempts: u64,
    /// When it is tried next, or when the attempt under way is given up.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub next_attempt_at: Option<Timestamp>,
    /// The HTTP status of the newest attempt; null where there was no answer.
    pub status: Option<u32>,
    /// How long the newest attempt took, in milliseconds.
    pub took_ms: Option<u64>,
    /// Why the newest attempt failed.
    pub error: Option<String>,
    /// The first bytes of the newest answer, at most 512.
    pub response: Option<String>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was delivered or given up.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub finished_at: Option<Timestamp>,
}

impl From<DeliveryView> for Delivery {
    fn from(view: DeliveryView) -> Self {
        Self {
            id: view.id,
            kind: view.kind,
            subject: view.subject,
            state: view.state,
            attempts: view.attempts,
            next_attempt_at: view.next_attempt_at,
            status: view.last.status,
            took_ms: view.last.took_ms,
            error: view.last.error,
            response: view.last.response,
            created_at: view.created_at,
            finished_at: view.finished_at,
        }
    }
}

/// What became of a message.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(rename_all = "snake_case")]
pub enum DeliveryState {
    /// It is to be sent, or under way.
    Waiting,
    /// It arrived.
    Done,
    /// It was given up.
    Dead,
}

impl DeliveryState {
    /// As the engine has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Done => "done",
            Self::Dead => "dead",
        }
    }
}

/// Which messages.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DeliveryQuery {
    /// Only those in this state.
    pub state: Option<DeliveryState>,
    /// Most items on the page, 1 to 500.
    #[param(default = 50, minimum = 1, maximum = 500)]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}
