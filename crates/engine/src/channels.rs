//! Channels: ways in and out beside HTTP. A broker that brings cases in, a broker that hears of
//! decisions, a help desk that keeps a ticket for every case that waits.
//!
//! Inward (`inward`), a message is a case. It is acknowledged after its case is committed and named by
//! what its sender named it, so a message that comes again is the same case. One that is no good is
//! kept with its error until somebody replays it. Outward (`outward`), messages come from the outbox
//! as those of webhooks do, wait in a queue of each channel, and count once the other side has
//! confirmed them. What a help desk tells (`sync`) becomes a comment, never a judgment.
//!
//! A supervisor (`work`) gives each active channel a task of its own. Inward every node reads; outward
//! the one that holds the channel's lease sends, so that messages about a case keep their order.

mod change;
mod desk;
mod inward;
mod outward;
mod queue;
mod read;
mod sync;
mod work;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tandem_connect::broker::{Address, Connector, NoBrokers, Protocol, Setup};
use tandem_connect::http::{Client, Guard, Target};
use tandem_domain::{ChannelId, EventId, Timestamp};
use tandem_store::Tx;
use tandem_store::channels::{self, Channel, Health};

use crate::cases::{LineError, Submission};
use crate::engine::{Engine, Inner};
use crate::errors::{EngineError, Result};
use crate::record::{By, Place as At, event_record};

pub use change::{ChannelChange, NewChannel};
pub(crate) use queue::copy;
pub use read::{MessageView, Replay, Replayed, Tested};
pub use sync::Synced;
pub(crate) use work::work;

/// The kind of a test.
pub const TEST: &str = "channel.test";
/// A case waits for people; told to help desks alone.
pub const QUEUED: &str = "case.queued";
/// Most channels of a space.
const MOST_CHANNELS: u32 = 100;
/// How long finished messages are kept, and how long others wait at most.
const KEPT: i64 = 30 * 86_400 * 1_000_000;
/// Bound for connecting to a broker and for each of its answers.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The first and the longest pause after a failure.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Reads a case as callers write it over HTTP; the second argument names who proposes.
pub type ReadCase = fn(&[u8], &str) -> Result<Submission, LineError>;

/// What channels run with.
#[derive(Clone)]
pub struct Settings {
    /// Which addresses may be reached.
    pub guard: Guard,
    /// Certificates (DER) trusted besides those of the system.
    pub extra_roots: Vec<Vec<u8>>,
    /// The protocols of brokers that are built in.
    pub connector: Arc<dyn Connector>,
    /// Reads what comes in.
    pub read: ReadCase,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            guard: Guard { option: "--channel-allow-private", ..Guard::default() },
            extra_roots: Vec::new(),
            connector: Arc::new(NoBrokers),
            read: |_, _| {
                let message = "this process reads no cases".to_owned();
                Err(LineError { code: "unavailable", path: None, message })
            },
        }
    }
}

/// What all channels share.
pub(crate) struct Channels {
    settings: Settings,
    client: Client,
    /// Whether any channel goes outward; messages are queued only then.
    any_out: AtomicBool,
    /// Whether any is a help desk.
    any_desk: AtomicBool,
}

impl Channels {
    pub(crate) fn new(settings: Settings) -> Self {
        let client = Client::with_roots(settings.guard.clone(), settings.extra_roots.clone());
        let (any_out, any_desk) = (AtomicBool::new(false), AtomicBool::new(false));
        Self { settings, client, any_out, any_desk }
    }

    /// Whether any channel goes outward, as far as is known here.
    pub(crate) fn any_out(&self) -> bool {
        self.any_out.load(Ordering::Acquire)
    }

    /// Whether any channel is a help desk, as far as is known here.
    pub(crate) fn any_desk(&self) -> bool {
        self.any_desk.load(Ordering::Acquire)
    }
}

/// Which way messages go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Messages become cases.
    In,
    /// Messages tell of cases.
    Out,
}

impl Direction {
    /// As it is stored and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
        }
    }
}

/// What a kind of channel needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Config {
    /// A broker.
    Broker(Box<Broker>),
    /// A help desk.
    Desk(Box<Desk>),
}

/// A broker, and the place at it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Broker {
    /// Where it is, as in `tls://mq.example:4222`.
    pub url: String,
    /// Who signs in.
    pub user: Option<String>,
    /// The name of the secret: a password, or a token where there is no user.
    pub secret: Option<String>,
    /// NATS inward: the stream.
    pub stream: Option<String>,
    /// NATS: inward, only messages of this subject; outward, where they go. `{loop}` and `{kind}` stand
    /// for what a message is about.
    pub subject: Option<String>,
    /// NATS inward: the durable consumer's name.
    pub durable: Option<String>,
    /// AMQP inward: the queue.
    pub queue: Option<String>,
    /// AMQP outward: the exchange; the default one where absent.
    pub exchange: Option<String>,
    /// AMQP outward: the routing key; `{loop}` and `{kind}` stand for what a message is about.
    pub routing_key: Option<String>,
}

/// A help desk: how it is told of a case, and where its answers say what.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Desk {
    /// The request that makes a ticket.
    pub create: Call,
    /// The request that tells what became of the case; none where the desk is not to hear of it.
    pub update: Option<Call>,
    /// JSON pointer of the ticket's id in the answer to `create`.
    pub id_at: String,
    /// JSON pointer of the ticket's address in it.
    pub url_at: Option<String>,
    /// Where the desk's own messages say what.
    pub sync: Option<SyncAt>,
}

/// A request with placeholders.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// `POST`, `PUT` or `PATCH`.
    pub method: String,
    /// The address.
    pub url: String,
    /// Headers by name.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: Value,
}

/// Where a message of the desk says what: JSON pointers into it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncAt {
    /// The ticket's id.
    pub ticket_at: String,
    /// Its state.
    pub status_at: String,
    /// What was said last, if the desk sends that.
    pub comment_at: Option<String>,
}

/// A kind of channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// As in `nats`.
    pub name: &'static str,
    /// What it is, in words.
    pub title: &'static str,
    /// Whether this build has it.
    pub available: bool,
    /// How to get a build that has it.
    pub enable: Option<&'static str>,
    /// Which ways its channels go.
    pub directions: &'static [Direction],
}

/// A channel as pages show it: secrets by name only.
#[derive(Debug, Clone)]
pub struct ChannelView {
    /// The channel.
    pub channel: Channel,
    /// What its kind needs.
    pub config: Config,
    /// In one word: `up`, `down`, `connecting`, `paused` or `unavailable`.
    pub status: &'static str,
    /// How it is.
    pub health: Health,
    /// Outward: messages that wait here. Inward: at the broker, when it was last asked.
    pub waiting: Option<u64>,
    /// Outward: since when the oldest of them waits.
    pub oldest: Option<Timestamp>,
    /// Messages that were given up or refused, and are kept.
    pub dead: u64,
}

impl Engine {
    /// Every kind of channel, whether this build has it or not.
    pub fn channel_kinds(&self) -> Vec<Kind> {
        let both: &[Direction] = &[Direction::In, Direction::Out];
        let speaks = |protocol| self.inner.channels.settings.connector.speaks(protocol);
        let broker = |protocol: Protocol, title, enable| Kind {
            name: protocol.as_str(),
            title,
            available: speaks(protocol),
            enable: Some(enable).filter(|_| !speaks(protocol)),
            directions: both,
        };
        vec![
            broker(Protocol::Nats, "NATS JetStream", "cargo build --release --features nats"),
            broker(
                Protocol::Amqp,
                "AMQP 0.9.1 (RabbitMQ)",
                "cargo build --release --features amqp",
            ),
            Kind {
                name: DESK,
                title: "Help desk (Zendesk, Jira and others by template)",
                available: true,
                enable: None,
                directions: &[Direction::Out],
            },
        ]
    }

    /// Looks whether any channel goes outward.
    pub(crate) async fn look_at_channels(&self) -> Result<()> {
        let _alone = self.inner.looking.lock().await;
        let all = self.every_channel().await?;
        let out = all.iter().any(|channel| channel.direction == Direction::Out.as_str());
        let desk = all.iter().any(|channel| channel.kind == DESK);
        self.inner.channels.any_out.store(out, Ordering::Release);
        self.inner.channels.any_desk.store(desk, Ordering::Release);
        Ok(())
    }

    async fn every_channel(&self) -> Result<Vec<Channel>> {
        self.inner.store.read(|tx| Ok::<_, EngineError>(channels::all(tx, 10_000)?)).await
    }

    /// Forgets finished messages of channels, and gives up what waits for too long. Returns the larger
    /// number of rows.
    pub(crate) async fn tidy_channels(&self, now: Timestamp, limit: u32) -> Result<u64> {
        let before = Timestamp(now.0 - KEPT);
        let tidied = self
            .inner
            .store
            .write(move |tx| Ok::<_, EngineError>(channels::purge(tx, before, limit)?));
        tidied.await
    }

    /// Resolves the address of a broker and gathers what a connection needs.
    async fn setup(&self, channel: &Channel, broker: &Broker) -> Result<Setup, String> {
        let settings = &self.inner.channels.settings;
        let address: Address = broker.url.parse().map_err(text)?;
        let secret = match &broker.secret {
            Some(name) => Some(self.secret(name, &address.origin())?),
            None => None,
        };
        let resolved = address.resolve(&settings.guard).await.map_err(text)?;
        Ok(Setup {
            address,
            resolved,
            extra_roots: settings.extra_roots.clone(),
            user: broker.user.clone(),
            secret,
            name: format!("Tandem channel {}", channel.name),
            timeout: TIMEOUT,
        })
    }

    /// A secret by its name, where it may be sent to `origin`.
    fn secret(&self, name: &str, origin: &str) -> Result<String, String> {
        let found = self.inner.chains.secrets.get(name).ok_or_else(|| {
            format!("the server knows no secret `{name}`; start it with --secret {name}=VARIABLE")
        })?;
        match &found.only {
            Some(only) if only != origin => {
                Err(format!("the secret `{name}` is sent to {only} only, not to {origin}"))
            }
            _ => Ok(found.value.clone()),
        }
    }
}

/// The kind of help desks.
pub const DESK: &str = "helpdesk";

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

fn config_of(channel: &Channel) -> Result<Config> {
    serde_json::from_str(&channel.config).map_err(EngineError::internal)
}

/// Host and port that a configuration names: what may be recorded.
fn place_of(config: &Config) -> String {
    match config {
        Config::Broker(broker) => {
            broker.url.parse::<Address>().map(|address| address.place()).unwrap_or_default()
        }
        Config::Desk(desk) => {
            let url = desk.create.url.split("{{").next().unwrap_or_default();
            url.parse::<Target>().map(|target| target.place().to_owned()).unwrap_or_default()
        }
    }
}

fn no_channel(id: ChannelId) -> EngineError {
    EngineError::not_found(format!("channel {id}"))
}

/// Records that a channel changed: kind, direction, loops and host, nothing that may hold a secret.
fn note<const N: usize>(
    tx: &mut dyn Tx,
    inner: &Inner,
    by: &By,
    channel: &Channel,
    event: &str,
    more: [(&str, Value); N],
) -> Result<()> {
    let now = tx.now();
    let id = EventId(inner.ids.uuid(now)?).to_string();
    let mut data: Map<String, Value> =
        more.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    data.insert("channel".to_owned(), channel.id.to_string().into());
    data.insert("kind".to_owned(), channel.kind.as_str().into());
    data.insert("direction".to_owned(), channel.direction.as_str().into());
    data.insert("host".to_owned(), place_of(&config_of(channel)?).into());
    let place = At { space: &channel.space, of_loop: None, case: None };
    tx.append_event(event_record(place, &id, event, by, now, &data, &[])?);
    Ok(())
}

/// The pause after `failures` failures in a row.
fn pause_after(failures: u32) -> Duration {
    FIRST_PAUSE.saturating_mul(1 << failures.min(10)).min(LONGEST_PAUSE)
}
