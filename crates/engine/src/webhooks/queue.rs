//! From the outbox into the queues of endpoints, and from there on their way.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use tandem_domain::{Timestamp, WebhookId};
use tandem_store::Topic;
use tandem_store::outbox::{self, Message};
use tandem_store::webhooks::{self, Attempt, Delivery, Webhook};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::deliver::Verdict;
use super::settle::TRIPS_AT;
use super::{KEPT, MOST_HOOKS};
use crate::channels;
use crate::engine::Engine;
use crate::errors::{EngineError, Result};
use crate::outbox::{Payload as Told, Stopped};

/// How long a message may be under way before somebody else takes it over, in microseconds: an
/// attempt, and the wait for a free slot.
pub(super) const LEASE: i64 = 40_000_000;
/// How often the queue of an endpoint is looked into for what no halt holds back.
const ROUNDS: usize = 64;
/// When what a halt holds back is looked at again, in microseconds.
const HALTED: i64 = 2_000_000;
/// How long a slot is waited for.
const PATIENCE: Duration = Duration::from_secs(15);
/// Messages of one endpoint under way at a time, at first and at most: one more with each success,
/// and anew with a failure.
const FIRST: usize = 4;
const MOST: usize = 32;
/// Endpoints looked at in one go.
const BATCH: u32 = 500;
/// The longest sleep.
const LONGEST: Duration = Duration::from_millis(500);
/// How long attempts under way may take once the server stops.
const FAREWELL: Duration = Duration::from_secs(3);

impl Engine {
    /// Copies messages of the outbox into the queue of every endpoint and channel that wants them, and marks
    /// them done, in one transaction: each arrives there once.
    pub(crate) async fn fan_out(&self, messages: Vec<Message>) -> Result<()> {
        let copied = self.inner.store.write(move |tx| {
            let now = tx.now();
            let mut spaces: BTreeMap<String, Vec<Webhook>> = BTreeMap::new();
            let mut rows = Vec::new();
            for message in &messages {
                if !spaces.contains_key(&message.space) {
                    let hooks = webhooks::list(tx, &message.space, None, MOST_HOOKS)?;
                    spaces.insert(message.space.clone(), hooks);
                }
                let hooks = spaces.get(&message.space).map_or(&[][..], Vec::as_slice);
                rows.extend(copies(hooks, message, now)?);
            }
            webhooks::insert(tx, &rows)?;
            channels::copy(tx, &messages)?;
            for message in &messages {
                outbox::done(tx, message.id, message.token)?;
            }
            Ok::<_, EngineError>(())
        });
        copied.await
    }

    /// Sends, once, everything that is due to every endpoint, and waits for the answers; returns how
    /// many attempts there were.
    pub async fn send_webhooks_due(&self) -> Result<usize> {
        let mut sent = 0;
        for id in self.hooks_due().await? {
            let (hook, leased) = self.lease_for(id, MOST).await?;
            sent += leased.len();
            let Some(hook) = hook else { continue };
            let mut flying = JoinSet::new();
            for delivery in leased {
                flying.spawn(self.clone().fly(hook.clone(), delivery));
            }
            while flying.join_next().await.is_some() {}
        }
        Ok(sent)
    }

    async fn hooks_due(&self) -> Result<Vec<WebhookId>> {
        let now = self.now();
        self.inner.store.read(move |tx| Ok::<_, EngineError>(webhooks::due(tx, now, BATCH)?)).await
    }

    /// Leases up to `room` messages of an endpoint; one, where it is failing.
    async fn lease_for(
        &self,
        id: WebhookId,
        room: usize,
    ) -> Result<(Option<Webhook>, Vec<Delivery>)> {
        let leased = self.inner.store.write(move |tx| {
            let now = tx.now();
            let hook = webhooks::get(tx, id)?;
            let open = |hook: &Webhook| hook.state == "active" && hook.open_until <= now;
            let Some(hook) = hook.filter(open) else { return Ok((None, Vec::new())) };
            let room = if hook.failures >= TRIPS_AT { room.min(1) } else { room };
            let until = Timestamp(now.0 + LEASE);
            let mut leased = Vec::new();
            // What a halt holds back makes room for what it does not.
            for _ in 0..ROUNDS {
                let got = webhooks::lease(tx, id, until, (room - leased.len()) as u32)?;
                let stopped = Stopped::for_kinds(tx, &hook.space, got.iter().map(|d| &*d.kind))?;
                let (held, free): (Vec<_>, Vec<_>) =
                    got.into_iter().partition(|d| stopped.holds(&d.kind, d.payload.as_bytes()));
                for delivery in &held {
                    webhooks::put_off(tx, delivery, Timestamp(now.0 + HALTED))?;
                }
                leased.extend(free);
                if held.is_empty() || leased.len() >= room {
                    break;
                }
            }
            Ok::<_, EngineError>((Some(hook), leased))
        });
        leased.await
    }

    /// Sends one message and writes down what came of it. True when it was delivered.
    async fn fly(self, hook: Webhook, delivery: Delivery) -> bool {
        let slot = tokio::time::timeout(PATIENCE, self.inner.hooks.slots.acquire()).await;
        let Ok(Ok(_slot)) = slot else {
            let given = self
                .inner
                .store
                .write(move |tx| Ok::<_, EngineError>(webhooks::unlease(tx, &delivery)?));
            drop(given.await);
            return false;
        };
        let (verdict, met) = self.attempt(&hook, &delivery).await;
        let good = verdict == Verdict::Delivered;
        match self.settle_attempt(&delivery, verdict, met).await {
            Ok(kept) => good && kept,
            Err(error) => {
                tracing::warn!(%error, message = %delivery.id, "not recorded; it may repeat");
                false
            }
        }
    }

    /// Serves one endpoint until nothing is due; also says whether anything was.
    async fn serve_hook(self, id: WebhookId) -> (WebhookId, bool) {
        let mut stop = self.stopping();
        let mut flying = JoinSet::new();
        let mut window = FIRST;
        let mut any = false;
        loop {
            if flying.len() <= window / 2 {
                match self.lease_for(id, window - flying.len()).await {
                    Ok((Some(hook), leased)) if !leased.is_empty() => {
                        // Only one probe at a time where it fails.
                        if hook.failures >= TRIPS_AT {
                            window = 1;
                        }
                        any = true;
                        for delivery in leased {
                            flying.spawn(self.clone().fly(hook.clone(), delivery));
                        }
                    }
                    Ok(_) if flying.is_empty() => return (id, any),
                    Ok(_) => {}
                    Err(error) => {
                        tracing::warn!(%error, webhook = %id, "a queue could not be looked at");
                        if flying.is_empty() {
                            return (id, any);
                        }
                    }
                }
            }
            tokio::select! {
                done = flying.join_next() => match done {
                    Some(Ok(true)) => window = (window + 1).clamp(FIRST, MOST),
                    Some(_) => window = FIRST,
                    None => {}
                },
                () = stopped(&mut stop) => {
                    let rest = async { while flying.join_next().await.is_some() {} };
                    drop(tokio::time::timeout(FAREWELL, rest).await);
                    return (id, any);
                }
            }
        }
    }

    /// Gives up what waits for too long, and forgets what is finished for long. Returns the larger
    /// number of rows.
    pub(crate) async fn tidy_webhooks(&self, now: Timestamp, limit: u32) -> Result<u64> {
        let before = Timestamp(now.0 - KEPT);
        let tidied = self.inner.store.write(move |tx| {
            let gone = webhooks::purge(tx, before, limit)?;
            Ok::<_, EngineError>(gone.max(webhooks::give_up_old(tx, before, limit)?))
        });
        tidied.await
    }
}

/// The rows of one message, for the endpoints that want it.
fn copies(hooks: &[Webhook], message: &Message, now: Timestamp) -> Result<Vec<Delivery>> {
    let told: Told = serde_json::from_str(&message.payload).map_err(EngineError::internal)?;
    let kind = message.topic.split_once(':').map_or("", |(_, kind)| kind);
    if kind == channels::QUEUED {
        return Ok(Vec::new());
    }
    let all = |wanted: &[String], one: &str| wanted.is_empty() || wanted.iter().any(|w| w == one);
    let wanting =
        hooks.iter().filter(|hook| all(&hook.kinds, kind) && all(&hook.loops, &told.loop_name));
    let copy = |hook: &Webhook| Delivery {
        seq: 0,
        webhook: hook.id,
        id: message.id,
        lane: told.case.clone().unwrap_or_else(|| told.loop_name.clone()),
        kind: kind.to_owned(),
        payload: message.payload.clone(),
        state: "waiting".to_owned(),
        available_at: now,
        attempts: 0,
        token: 0,
        last: Attempt::default(),
        created_at: now,
        finished_at: None,
    };
    Ok(wanting.map(copy).collect())
}

/// Gives every endpoint with something due a task of its own, until the engine stops.
pub(crate) async fn work(engine: Engine) {
    let mut wakes = engine.store().subscribe();
    let mut stop = engine.stopping();
    let mut serving: JoinSet<(WebhookId, bool)> = JoinSet::new();
    let mut busy: HashSet<WebhookId> = HashSet::new();
    loop {
        if engine.inner.hooks.any() {
            match engine.hooks_due().await {
                Ok(due) => {
                    for id in due.into_iter().filter(|id| busy.insert(*id)).collect::<Vec<_>>() {
                        serving.spawn(engine.clone().serve_hook(id));
                    }
                }
                Err(error) => tracing::warn!(%error, "webhooks could not be looked at"),
            }
        }
        let sleep = tokio::time::sleep(LONGEST);
        tokio::pin!(sleep);
        loop {
            tokio::select! {
                () = &mut sleep => break,
                () = stopped(&mut stop) => {
                    while serving.join_next().await.is_some() {}
                    return;
                }
                Some(served) = serving.join_next(), if !serving.is_empty() => {
                    match served {
                        Ok((id, any)) => {
                            busy.remove(&id);
                            // What came while it was busy woke nobody.
                            if any {
                                break;
                            }
                        }
                        // A task that panicked does not say whose it was: all may be served again,
                        // and leases keep two tasks apart.
                        Err(error) => {
                            tracing::error!(%error, "serving a webhook failed");
                            busy.clear();
                        }
                    }
                }
                topic = wakes.recv() => match topic {
                    Ok(Topic::Outbox | Topic::All) | Err(RecvError::Lagged(_)) => break,
                    Ok(_) => {}
                    Err(RecvError::Closed) => return,
                },
            }
        }
    }
}

/// Waits for the engine to stop. The guard of the value is not kept: it may not cross an `await`.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    drop(stop.wait_for(|stop| *stop).await);
}
