//! Channels: ways in and out beside HTTP, and what became of their messages.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tandem_domain::{CaseId, ChannelId, CommentId, MessageId, Timestamp};
use tandem_engine::channels::{
    Broker, Call, ChannelChange, ChannelView, Config, Desk, Direction, Kind, MessageView,
    NewChannel, Replay, Replayed, SyncAt, Synced, Tested,
};
use utoipa::{IntoParams, ToSchema};

use super::webhooks::{DeliveryState, WebhookPayload};
use crate::problem::{Problem, Result};

/// A way in or out beside HTTP.
#[derive(Debug, Serialize, ToSchema)]
pub struct Channel {
    /// Its id.
    #[schema(value_type = String)]
    pub id: ChannelId,
    /// What it speaks: `nats`, `amqp`, `helpdesk`.
    #[schema(example = "nats")]
    pub kind: String,
    /// What people call it.
    pub name: String,
    /// Which way messages go.
    #[schema(value_type = ChannelDirection)]
    pub direction: String,
    /// Inward: the loop that its cases go to.
    #[serde(rename = "loop")]
    pub loop_name: Option<String>,
    /// Outward: the kinds of messages it wants, as in `case.decided`; empty for all.
    pub kinds: Vec<String>,
    /// Outward: the loops it wants; empty for all.
    pub loops: Vec<String>,
    /// Outward: how much a message says.
    #[schema(value_type = WebhookPayload)]
    pub payload: String,
    /// `active`, or `paused` by a person.
    #[schema(value_type = ChannelState)]
    pub state: String,
    /// How it is.
    pub health: ChannelHealth,
    /// Of a broker: where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub broker: Option<BrokerAt>,
    /// Of a help desk: its templates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub desk: Option<DeskAt>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When a person last changed it.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
}

/// How a channel is.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChannelHealth {
    /// In one word.
    #[schema(value_type = ChannelStatus)]
    pub status: &'static str,
    /// Since when it is connected; null while it is not.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub connected_at: Option<Timestamp>,
    /// When a message last went through.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_at: Option<Timestamp>,
    /// What failed last; null once something succeeded.
    pub error: Option<String>,
    /// When.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub error_at: Option<Timestamp>,
    /// Failures since the last success.
    pub failures: u64,
    /// When it is tried next.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub retry_at: Option<Timestamp>,
    /// Messages that went through since it was made.
    pub done: u64,
    /// Messages that were given up or refused, and are kept.
    pub dead: u64,
    /// Messages that wait: outward here, inward at the broker when it was last asked.
    pub waiting: Option<u64>,
    /// Outward: since when the oldest of them waits.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub oldest_at: Option<Timestamp>,
}

/// How a channel is, in one word.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum ChannelStatus {
    /// Connected.
    Up,
    /// Something failed; it is tried again.
    Down,
    /// Not connected yet.
    Connecting,
    /// A person stopped it; messages wait.
    Paused,
    /// This build does not speak its protocol.
    Unavailable,
}

/// Whether a channel works.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum ChannelState {
    /// It does.
    Active,
    /// A person stopped it.
    Paused,
}

/// Which way messages go.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(rename_all = "snake_case")]
pub enum ChannelDirection {
    /// Messages become cases.
    In,
    /// Messages tell of cases.
    Out,
}

/// A broker, and the place at it.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BrokerAt {
    /// Where it is: `nats://`, `tls://` (NATS), `amqp://` or `amqps://`, without user and password.
    #[schema(example = "tls://mq.example.org:4222")]
    pub url: String,
    /// Who signs in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The name of the secret (`serve --secret NAME=VARIABLE`): a password, or, without a user, a
    /// token of NATS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// NATS inward: the stream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<String>,
    /// NATS: inward, only messages of this subject; outward, where messages go. `{loop}` and `{kind}`
    /// stand for what a message is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// NATS inward: name of the durable consumer; `tandem-` and the channel's name if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub durable: Option<String>,
    /// AMQP inward: the queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    /// AMQP outward: the exchange; the default one if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange: Option<String>,
    /// AMQP outward: the routing key; `{loop}` and `{kind}` stand for what a message is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub routing_key: Option<String>,
}

/// A help desk: how it is told of a case, and where its answers say what.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeskAt {
    /// The request that makes a ticket, once for each case that waits for people.
    pub create: DeskCall,
    /// The request that tells what became of the case; left out where the desk is not to hear of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub update: Option<DeskCall>,
    /// JSON pointer of the ticket's id in the answer to `create`.
    #[schema(example = "/ticket/id")]
    pub id_at: String,
    /// JSON pointer of the ticket's address in that answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url_at: Option<String>,
    /// Where the desk's own messages (`POST …/sync`) say what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sync: Option<DeskSync>,
}

/// A request with placeholders such as `{{case.id}}`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeskCall {
    /// `POST`, `PUT` or `PATCH`.
    pub method: String,
    /// The address; placeholders stand behind the host and are percent-encoded.
    pub url: String,
    /// Headers by name; secrets by name: `Bearer {{secret.NAME}}`, `Basic {{secret.NAME|base64}}`.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The body; a text that is one placeholder becomes its value.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub body: Value,
}

/// Where a message of the desk says what: JSON pointers into it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeskSync {
    /// The ticket's id.
    #[schema(example = "/ticket/id")]
    pub ticket_at: String,
    /// Its state.
    #[schema(example = "/ticket/status")]
    pub status_at: String,
    /// What was said last, if the desk sends that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment_at: Option<String>,
}

impl Channel {
    /// A channel as it is shown.
    pub fn new(view: ChannelView) -> Self {
        let ChannelView { channel, config, status, health, waiting, oldest, dead } = view;
        let (broker, desk) = match config {
            Config::Broker(broker) => (Some(from_broker(*broker)), None),
            Config::Desk(desk) => (None, Some(from_desk(*desk))),
        };
        Self {
            id: channel.id,
            kind: channel.kind,
            name: channel.name,
            direction: channel.direction,
            loop_name: channel.loop_name,
            kinds: channel.kinds,
            loops: channel.loops,
            payload: channel.payload,
            state: channel.state,
            health: ChannelHealth {
                status,
                connected_at: health.connected_at,
                last_at: health.last_at,
                error: health.error,
                error_at: health.error_at,
                failures: health.failures,
                retry_at: health.retry_at,
                done: health.done,
                dead,
                waiting,
                oldest_at: oldest,
            },
            broker,
            desk,
            created_at: channel.created_at,
            updated_at: channel.updated_at,
        }
    }
}

fn from_broker(broker: Broker) -> BrokerAt {
    let Broker { url, user, secret, stream, subject, durable, queue, exchange, routing_key } =
        broker;
    BrokerAt { url, user, secret, stream, subject, durable, queue, exchange, routing_key }
}

fn to_broker(broker: BrokerAt) -> Broker {
    let BrokerAt { url, user, secret, stream, subject, durable, queue, exchange, routing_key } =
        broker;
    Broker { url, user, secret, stream, subject, durable, queue, exchange, routing_key }
}

fn from_call(call: Call) -> DeskCall {
    DeskCall { method: call.method, url: call.url, headers: call.headers, body: call.body }
}

fn to_call(call: DeskCall) -> Call {
    Call { method: call.method, url: call.url, headers: call.headers, body: call.body }
}

fn from_desk(desk: Desk) -> DeskAt {
    DeskAt {
        create: from_call(desk.create),
        update: desk.update.map(from_call),
        id_at: desk.id_at,
        url_at: desk.url_at,
        sync: desk.sync.map(|sync| DeskSync {
            ticket_at: sync.ticket_at,
            status_at: sync.status_at,
            comment_at: sync.comment_at,
        }),
    }
}

fn to_desk(desk: DeskAt) -> Desk {
    Desk {
        create: to_call(desk.create),
        update: desk.update.map(to_call),
        id_at: desk.id_at,
        url_at: desk.url_at,
        sync: desk.sync.map(|sync| SyncAt {
            ticket_at: sync.ticket_at,
            status_at: sync.status_at,
            comment_at: sync.comment_at,
        }),
    }
}

fn to_config(broker: Option<BrokerAt>, desk: Option<DeskAt>) -> Result<Option<Config>> {
    match (broker, desk) {
        (Some(broker), None) => Ok(Some(Config::Broker(Box::new(to_broker(broker))))),
        (None, Some(desk)) => Ok(Some(Config::Desk(Box::new(to_desk(desk))))),
        (None, None) => Ok(None),
        (Some(_), Some(_)) => {
            Err(Problem::invalid("invalid_input", "/desk", "give either `broker` or `desk`"))
        }
    }
}

/// A channel to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewChannel)]
pub struct ChannelIn {
    /// What people call it; unique.
    pub name: String,
    /// `nats`, `amqp` or `helpdesk`.
    #[schema(example = "nats")]
    pub kind: String,
    /// Which way messages go.
    pub direction: ChannelDirection,
    /// Inward: the loop that its cases go to; it may be published later.
    #[serde(default, rename = "loop")]
    pub loop_name: Option<String>,
    /// Outward: the kinds of messages it wants; none for all.
    #[serde(default)]
    pub kinds: Vec<String>,
    /// Outward: the loops it wants; none for all.
    #[serde(default)]
    pub loops: Vec<String>,
    /// Outward: how much a message says.
    #[serde(default)]
    pub payload: WebhookPayload,
    /// Of a broker: where it is.
    #[serde(default)]
    pub broker: Option<BrokerAt>,
    /// Of a help desk: its templates.
    #[serde(default)]
    pub desk: Option<DeskAt>,
}

impl ChannelIn {
    /// The channel as the engine takes it.
    ///
    /// # Errors
    /// 422 unless exactly one of `broker` and `desk` is given.
    pub fn into_domain(self) -> Result<NewChannel> {
        let config = to_config(self.broker, self.desk)?.ok_or_else(|| {
            Problem::invalid("invalid_input", "", "give `broker` or, for a help desk, `desk`")
        })?;
        Ok(NewChannel {
            name: self.name,
            kind: self.kind,
            direction: match self.direction {
                ChannelDirection::In => Direction::In,
                ChannelDirection::Out => Direction::Out,
            },
            loop_name: self.loop_name,
            kinds: self.kinds,
            loops: self.loops,
            payload: self.payload.into(),
            config,
        })
    }
}

/// What to change about a channel; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChannelPatch {
    /// What people call it.
    #[serde(default)]
    pub name: Option<String>,
    /// Inward: the loop that its cases go to.
    #[serde(default, rename = "loop")]
    pub loop_name: Option<String>,
    /// Outward: the kinds of messages it wants.
    #[serde(default)]
    pub kinds: Option<Vec<String>>,
    /// Outward: the loops it wants.
    #[serde(default)]
    pub loops: Option<Vec<String>>,
    /// Outward: how much a message says.
    #[serde(default)]
    pub payload: Option<WebhookPayload>,
    /// Of a broker: where it is, as a whole.
    #[serde(default)]
    pub broker: Option<BrokerAt>,
    /// Of a help desk: its templates, as a whole.
    #[serde(default)]
    pub desk: Option<DeskAt>,
    /// Whether messages wait.
    #[serde(default)]
    pub paused: Option<bool>,
}

impl ChannelPatch {
    /// The change as the engine takes it.
    ///
    /// # Errors
    /// 422 where both `broker` and `desk` are given.
    pub fn into_domain(self) -> Result<ChannelChange> {
        Ok(ChannelChange {
            name: self.name,
            loop_name: self.loop_name,
            kinds: self.kinds,
            loops: self.loops,
            payload: self.payload.map(Into::into),
            config: to_config(self.broker, self.desk)?,
            paused: self.paused,
        })
    }
}

/// A kind of channel, and whether this build has it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChannelKind {
    /// As in `nats`.
    pub kind: &'static str,
    /// What it is, in words.
    pub title: &'static str,
    /// Whether this build has it.
    pub available: bool,
    /// How to get a build that has it; null where this one does.
    pub enable: Option<&'static str>,
    /// Which ways its channels go.
    #[schema(value_type = Vec<ChannelDirection>)]
    pub directions: Vec<&'static str>,
}

impl From<Kind> for ChannelKind {
    fn from(kind: Kind) -> Self {
        Self {
            kind: kind.name,
            title: kind.title,
            available: kind.available,
            enable: kind.enable,
            directions: kind.directions.iter().map(|direction| direction.as_str()).collect(),
        }
    }
}

/// What a test met.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChannelTest {
    /// Whether the other side took it.
    pub ok: bool,
    /// In words.
    pub detail: String,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
}

impl From<Tested> for ChannelTest {
    fn from(told: Tested) -> Self {
        Self { ok: told.good, detail: told.detail, took_ms: told.took_ms }
    }
}

/// A message of a channel: outward any that is kept, inward one that was no good.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChannelMessage {
    /// Its id: the same at every attempt.
    #[schema(value_type = String)]
    pub id: MessageId,
    /// What kind of message, as in `case.decided`; inward `case`.
    pub kind: String,
    /// Outward the case or loop it is about; inward its subject or routing key.
    pub subject: String,
    /// Inward: what its sender named it.
    pub source: Option<String>,
    /// `waiting`, `done` or `dead`.
    #[schema(value_type = DeliveryState)]
    pub state: String,
    /// Attempts so far; inward, deliveries.
    pub attempts: u64,
    /// Stable code of what failed.
    pub code: Option<String>,
    /// JSON pointer to the part of the message at fault.
    pub path: Option<String>,
    /// What failed, in words.
    pub error: Option<String>,
    /// Inward: the beginning of what it says, at most 2000 characters.
    pub body: Option<String>,
    /// Inward: the case it became when it was replayed.
    #[schema(value_type = Option<String>)]
    pub case: Option<CaseId>,
    /// When it is tried next.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub next_attempt_at: Option<Timestamp>,
    /// When it was made, or came.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was delivered, given up or replayed.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub finished_at: Option<Timestamp>,
}

/// How much of a message is shown, in characters.
const SHOWN: usize = 2_000;

impl From<MessageView> for ChannelMessage {
    fn from(message: MessageView) -> Self {
        let inward = message.kind == "case";
        let text = || String::from_utf8_lossy(&message.body).chars().take(SHOWN).collect();
        Self {
            id: message.id,
            body: inward.then(text),
            subject: message.lane,
            source: message.source,
            next_attempt_at: (message.state == "waiting").then_some(message.available_at),
            kind: message.kind,
            state: message.state,
            attempts: message.attempts,
            code: message.fault.code,
            path: message.fault.path,
            error: message.fault.error,
            case: message.case,
            created_at: message.created_at,
            finished_at: message.finished_at,
        }
    }
}

/// Which messages.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ChannelMessageQuery {
    /// Only those in this state.
    pub state: Option<DeliveryState>,
    /// Most items on the page, 1 to 500.
    #[param(default = 50, minimum = 1, maximum = 500)]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// What to send or hand in again: one message by `id`, or all that were given up since a time.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChannelReplay {
    /// The message.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub id: Option<MessageId>,
    /// Messages that were given up and made at this time or later.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub since: Option<Timestamp>,
}

impl ChannelReplay {
    /// What to replay, as the engine takes it.
    ///
    /// # Errors
    /// 422 unless exactly one of `id` and `since` is given.
    pub fn into_domain(self) -> Result<Replay> {
        match (self.id, self.since) {
            (Some(id), None) => Ok(Replay::One(id)),
            (None, Some(since)) => Ok(Replay::Since(since)),
            _ => Err(Problem::invalid("invalid_input", "", "give either `id` or `since`")),
        }
    }
}

/// What became of what was replayed.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChannelReplayed {
    /// How many are sent again, or became cases.
    pub count: u64,
    /// How many were no good again.
    pub refused: u64,
    /// The case, where one message was handed in.
    #[schema(value_type = Option<String>)]
    pub case: Option<CaseId>,
}

impl From<Replayed> for ChannelReplayed {
    fn from(replayed: Replayed) -> Self {
        Self { count: replayed.count, refused: replayed.refused, case: replayed.case }
    }
}

/// What became of what a help desk told.
#[derive(Debug, Serialize, ToSchema)]
pub struct TicketSynced {
    /// The case.
    #[schema(value_type = String)]
    pub case: CaseId,
    /// The ticket's state as the desk tells it.
    pub status: Option<String>,
    /// The comment on the case; null where the desk told nothing new.
    #[schema(value_type = Option<String>)]
    pub comment: Option<CommentId>,
}

impl From<Synced> for TicketSynced {
    fn from(synced: Synced) -> Self {
        Self { case: synced.case, status: synced.status, comment: synced.comment }
    }
}
