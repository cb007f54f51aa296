//! Webhooks: signed messages about cases and loops, sent to addresses that administrators choose.
//!
//! A message enters the outbox with the change it tells of (`runner`), and is copied from there into
//! the queue of every endpoint that wants it (`queue`), once each. Each endpoint with something due
//! has a task of its own that leases rows with a fencing token, sends a few at a time (`deliver`)
//! and writes down what it met (`settle`), so an endpoint that hangs keeps nobody else waiting.
//!
//! Times: an attempt takes at most 10 s. A message is tried 12 times; the pause after the n-th is
//! drawn uniformly from 0 to min(24 h, 5 s · 4^(n−1)), and not shorter than a `Retry-After` that was
//! sent. After five failures in a row nothing but a probe is sent to the endpoint, with pauses of
//! half the time that it has been failing, 5 s to 15 min. It is disabled when a message was given up
//! and nothing has succeeded meanwhile, when nothing succeeded for five days, and by `410 Gone`.

mod change;
mod deliver;
mod message;
mod queue;
mod read;
mod settle;

use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Map, Value};
use tandem_connect::http::{Client, Guard, Target};
use tandem_domain::{EventId, MessageId, Timestamp, WebhookId};
use tandem_ledger::event::commit;
use tandem_store::webhooks::{Delivery, Webhook};
use tandem_store::{Tx, webhooks};
use tokio::sync::Semaphore;

use crate::engine::{Engine, Inner};
use crate::errors::{EngineError, Result};
use crate::record::{By, Place, event_record};

pub use change::OVERLAP_S;
pub(crate) use queue::work;
pub use read::Replay;
pub use tandem_store::webhooks::{Attempt, Finished};

/// The name of the lane in the outbox from which endpoints are served.
pub(crate) const OUTLET: &str = "webhooks";
/// What an endpoint can ask for.
pub const KINDS: [&str; 21] = [
    "case.decided",
    "case.cancelled",
    "case.unconsumed",
    "case.expired",
    "case.execution_unknown",
    "case.execution_failed",
    "case.taken_over",
    "case.handed_back",
    "appeal.lodged",
    "appeal.decided",
    "appeal.withdrawn",
    "appeal.overdue",
    crate::learning::READY,
    crate::alerts::RAISED,
    crate::alerts::CLEARED,
    crate::capacity::OVERLOADED,
    crate::capacity::RELIEVED,
    "queue.paused",
    "queue.resumed",
    "queue.released",
    "queue.bulk",
];
/// The kind of a test.
pub const TEST: &str = "webhook.test";
/// Most endpoints of a space.
const MOST_HOOKS: u32 = 100;
/// Messages under way at a time, over all endpoints.
const MOST_FLYING: usize = 512;
/// How long finished messages are kept, and how long others wait at most.
pub(crate) const KEPT: i64 = 30 * 86_400 * 1_000_000;

/// What webhooks run with.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Which addresses may be reached.
    pub guard: Guard,
    /// Certificates (DER) trusted besides those of the system.
    pub extra_roots: Vec<Vec<u8>>,
}

/// What all endpoints share.
pub(crate) struct Hooks {
    client: Client,
    /// Whether there is any endpoint; messages are queued only then.
    any: AtomicBool,
    slots: Semaphore,
}

impl Hooks {
    pub(crate) fn new(settings: Settings) -> Self {
        Self {
            client: Client::with_roots(settings.guard, settings.extra_roots),
            any: AtomicBool::new(false),
            slots: Semaphore::new(MOST_FLYING),
        }
    }

    /// Whether there is any endpoint, as far as is known here.
    pub(crate) fn any(&self) -> bool {
        self.any.load(Ordering::Acquire)
    }
}

/// How much a message says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Payload {
    /// Ids, status and outcome.
    #[default]
    Thin,
    /// The input, the proposal and the answer as well, while whoever chose it may read the case.
    Full,
}

impl Payload {
    /// As it is stored and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Thin => "thin",
            Self::Full => "full",
        }
    }
}

/// An endpoint to make.
#[derive(Debug, Clone, Default)]
pub struct NewWebhook {
    /// Where messages go.
    pub url: String,
    /// The kinds it wants; empty for all.
    pub kinds: Vec<String>,
    /// The loops it wants, by name; empty for all.
    pub loops: Vec<String>,
    /// How much a message says.
    pub payload: Payload,
}

/// What to change about an endpoint.
#[derive(Debug, Clone, Default)]
pub struct WebhookChange {
    /// Where messages go.
    pub url: Option<String>,
    /// The kinds it wants.
    pub kinds: Option<Vec<String>>,
    /// The loops it wants.
    pub loops: Option<Vec<String>>,
    /// How much a message says.
    pub payload: Option<Payload>,
    /// Whether it waits; `false` also sets a disabled one to work again.
    pub paused: Option<bool>,
}

/// An endpoint as pages show it: without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookView {
    /// Its id.
    pub id: WebhookId,
    /// Where messages go.
    pub url: String,
    /// The kinds it wants; empty for all.
    pub kinds: Vec<String>,
    /// The loops it wants; empty for all.
    pub loops: Vec<String>,
    /// `thin` or `full`.
    pub payload: String,
    /// `active`, `paused` or `disabled`.
    pub state: String,
    /// Why the server disabled it.
    pub why: Option<String>,
    /// Failures since the last success.
    pub failures: u64,
    /// When they began.
    pub failing_since: Option<Timestamp>,
    /// While it fails: when the next message is tried.
    pub next_probe_at: Option<Timestamp>,
    /// Until when the secret before signs as well.
    pub old_secret_until: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When a person last changed it.
    pub updated_at: Timestamp,
}

/// An endpoint that was made, or whose secret was changed.
#[derive(Debug, Clone)]
pub struct MadeWebhook {
    /// The endpoint.
    pub hook: WebhookView,
    /// Its secret: shown now and never again. `None` when an idempotency key was replayed.
    pub secret: Option<String>,
}

/// A message for an endpoint, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryView {
    /// The message's id: `webhook-id` of every attempt.
    pub id: MessageId,
    /// What kind of message.
    pub kind: String,
    /// What it is about: the case, or the endpoint itself for a test.
    pub subject: String,
    /// `waiting`, `done` or `dead`.
    pub state: String,
    /// Attempts so far.
    pub attempts: u64,
    /// When it is tried next, or when the attempt under way is given up.
    pub next_attempt_at: Option<Timestamp>,
    /// What the newest attempt met.
    pub last: Attempt,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was delivered or given up.
    pub finished_at: Option<Timestamp>,
}

fn view(hook: &Webhook, now: Timestamp) -> WebhookView {
    WebhookView {
        id: hook.id,
        url: hook.url.clone(),
        kinds: hook.kinds.clone(),
        loops: hook.loops.clone(),
        payload: hook.payload.clone(),
        state: hook.state.clone(),
        why: hook.why.clone(),
        failures: hook.failures,
        failing_since: hook.failing_since,
        next_probe_at: Some(hook.open_until).filter(|at| *at > now),
        old_secret_until: Some(hook.old_until).filter(|at| *at > now && hook.old_secret.is_some()),
        created_at: hook.created_at,
        updated_at: hook.updated_at,
    }
}

fn view_delivery(delivery: Delivery) -> DeliveryView {
    DeliveryView {
        id: delivery.id,
        kind: delivery.kind,
        subject: delivery.lane,
        next_attempt_at: (delivery.state == "waiting").then_some(delivery.available_at),
        state: delivery.state,
        attempts: delivery.attempts,
        last: delivery.last,
        created_at: delivery.created_at,
        finished_at: delivery.finished_at,
    }
}

fn no_hook(id: WebhookId) -> EngineError {
    EngineError::not_found(format!("webhook {id}"))
}

/// Records that an endpoint changed: the host, and a commitment to the whole address, which may hold
/// a secret.
fn note<const N: usize>(
    tx: &mut dyn Tx,
    inner: &Inner,
    by: &By,
    hook: &Webhook,
    kind: &str,
    more: [(&str, Value); N],
) -> Result<()> {
    let now = tx.now();
    let id = EventId(inner.ids.uuid(now)?).to_string();
    let salt = inner.record_key.salt(OUTLET, &hook.id.to_string());
    let place = hook.url.parse::<Target>().map(|target| target.place().to_owned());
    let mut data: Map<String, Value> =
        more.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    data.insert("webhook".to_owned(), hook.id.to_string().into());
    data.insert("host".to_owned(), place.unwrap_or_default().into());
    data.insert("url_commitment".to_owned(), commit(&salt, hook.url.as_bytes()).into());
    let place = Place { space: &hook.space, of_loop: None, case: None };
    tx.append_event(event_record(place, &id, kind, by, now, &data, &[])?);
    Ok(())
}

impl Engine {
    /// Looks whether there is any endpoint.
    pub(crate) async fn look_at_webhooks(&self) -> Result<()> {
        let _alone = self.inner.looking.lock().await;
        let any = self.inner.store.read(|tx| Ok::<_, EngineError>(webhooks::any(tx)?)).await?;
        self.inner.hooks.any.store(any, Ordering::Release);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::KINDS;

    /// What the domain tells the outside can be asked for, and nothing else can.
    #[test]
    fn kinds_are_what_is_published() {
        let sources = [
            include_str!("../../domain/src/machine/gates.rs"),
            include_str!("../../domain/src/machine/routing.rs"),
            include_str!("../../domain/src/machine/lifecycle.rs"),
            include_str!("../../domain/src/machine/conversation.rs"),
            include_str!("../../domain/src/machine/appeals.rs"),
        ];
        let topics = sources.iter().flat_map(|source| source.split("Publish { topic: \"").skip(1));
        let mut published: Vec<&str> =
            topics.filter_map(|rest| rest.split_once('"')).map(|(topic, _)| topic).collect();
        published.push(crate::learning::READY);
        published.extend([crate::alerts::RAISED, crate::alerts::CLEARED]);
        published.extend([crate::capacity::OVERLOADED, crate::capacity::RELIEVED]);
        let desk = [
            include_str!("queues/pause.rs"),
            include_str!("queues/change.rs"),
            include_str!("queues/bulk.rs"),
        ];
        let told = desk.iter().flat_map(|source| source.split("\"queue.").skip(1));
        let told: Vec<String> = told
            .filter_map(|rest| rest.split_once('"'))
            .map(|(kind, _)| format!("queue.{kind}"))
            .collect();
        published.extend(told.iter().map(String::as_str));
        published.sort_unstable();
        published.dedup();
        let mut kinds = KINDS;
        kinds.sort_unstable();
        assert_eq!(kinds.as_slice(), published);
    }
}
