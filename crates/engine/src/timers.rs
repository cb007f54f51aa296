//! Timers: rows that fire commands, and leases of claims that run out.
//!
//! One worker per engine sleeps until the next row is due, but never longer than a second, so that
//! what other nodes set is seen. A row is leased, then fired as a command in a transaction of its
//! own, which removes the row; a command whose case moved on changes nothing. What fails is left to
//! its lease and tried again.

use std::sync::Arc;
use std::time::Duration;

use tandem_domain::case::Case;
use tandem_domain::command::{Command, Timer as CaseTimer};
use tandem_domain::refusal::Code;
use tandem_domain::{CaseId, ClaimId, Timestamp};
use tandem_store::queues::Pause;
use tandem_store::timers::{self, Timer};
use tandem_store::{
    Topic, Tx, bulk, claims, idempotency, limits, outbox, queues, runs, standing, watches,
};
use tokio::sync::broadcast::error::RecvError;
use tokio::task::JoinSet;

use crate::engine::Engine;
use crate::errors::{EngineError, Result};
use crate::loops::LoopHandle;
use crate::queues::{is_paused, paused};
use crate::record::By;
use crate::runner::{self, Order};

/// Rows leased at a time.
const BATCH: u32 = 256;
/// How long a lease on a timer lasts.
const LEASE: i64 = 15_000_000;
/// How long after a halt or a failure a timer is tried again.
const PUT_OFF: i64 = 1_000_000;
/// How long after a look at a paused queue a time limit in it is looked at again.
const PAUSED: i64 = 15_000_000;
/// The pause after a look that found nothing of its own.
const IDLE: Duration = Duration::from_millis(100);
/// The longest sleep.
const LONGEST: Duration = Duration::from_secs(1);
/// How long idempotency keys are kept.
const KEYS_KEPT: i64 = 24 * 3_600 * 1_000_000;
/// How long delivered messages are kept.
const MESSAGES_KEPT: i64 = 7 * 24 * 3_600 * 1_000_000;
/// How often it is noted that the server is up.
const ALIVE_EVERY: i64 = 5_000_000;
/// How often the bounds of alerts are looked at.
const ALERTS_EVERY: i64 = 10_000_000;
/// How often it is noted who watches held decisions.
const WATCHERS_EVERY: i64 = 1_500_000;
/// How long it is kept when somebody watched.
const WATCHES_KEPT: i64 = 30 * 24 * 3_600 * 1_000_000;
/// The longest window of a limit.
const LIMITS_KEPT: i64 = 367 * 24 * 3_600 * 1_000_000;
/// Rows forgotten at a time.
const PURGE: u32 = 1_000;

/// Fires timers until the engine stops.
pub(crate) async fn work(engine: Engine) {
    if let Err(error) = engine.spare_runs().await {
        tracing::warn!(%error, "leases of runs were not prolonged");
    }
    let mut wakes = engine.store().subscribe();
    let mut stop = engine.stopping();
    let mut cleaned = Timestamp(0);
    let mut alive = Timestamp(0);
    let mut looked = Timestamp(0);
    let mut watched = Timestamp(0);
    let mut least = Duration::ZERO;
    loop {
        // The look is a read; only what is due costs a write.
        let sleep = tokio::time::sleep(engine.until_next().await.max(least));
        tokio::pin!(sleep);
        let due = loop {
            tokio::select! {
                () = &mut sleep => break true,
                _ = stop.wait_for(|stop| *stop) => return,
                topic = wakes.recv() => match topic {
                    Ok(Topic::Timers | Topic::All) | Err(RecvError::Lagged(_)) => break false,
                    Ok(_) => {}
                    Err(RecvError::Closed) => return,
                },
            }
        };
        if !due {
            // A burst of new timers is one look, and nodes do not look at the same instant.
            least = Duration::ZERO;
            tokio::time::sleep(engine.jitter()).await;
            continue;
        }
        least = match engine.fire_due().await {
            // What is due and leased by another worker is not ours: no hurry.
            Ok(0) => IDLE,
            Ok(_) => Duration::ZERO,
            Err(error) => {
                tracing::warn!(%error, "timers could not be looked at");
                LONGEST
            }
        };
        let now = engine.now();
        if now.0 - alive.0 > ALIVE_EVERY {
            alive = now;
            engine.note_alive_now().await;
        }
        if now.0 - watched.0 > WATCHERS_EVERY {
            watched = now;
            if let Err(error) = engine.note_watchers().await {
                tracing::warn!(%error, "it was not noted who watches");
            }
        }
        if now.0 - looked.0 > ALERTS_EVERY {
            looked = now;
            if let Err(error) = engine.look_at_alerts().await {
                tracing::warn!(%error, "alerts could not be looked at");
            }
        }
        if now.0 - cleaned.0 > 60_000_000 {
            cleaned = now;
            if let Err(error) = engine.clean_up(now).await {
                tracing::warn!(%error, "old keys and messages could not be removed");
            }
        }
    }
}

impl Engine {
    /// Fires everything that is due now, once; returns how many rows were leased. The worker calls
    /// it; tests and simulations may, too.
    pub async fn fire_due(&self) -> Result<usize> {
        let due = self.inner.store.write(|tx| {
            let until = Timestamp(tx.now().0 + LEASE);
            timers::lease_due(tx, until, BATCH)
        });
        let due = due.await?;
        let now = self.now();
        let lapsed = self.inner.store.read(move |tx| claims::expired(tx, now, BATCH)).await?;
        let tended = self.tend_runs(now, BATCH).await? + self.tend_bulk().await?;
        let tended = tended + self.tend_standing(now, BATCH).await?;
        let found = due.len() + lapsed.len() + tended;
        let mut firing = JoinSet::new();
        for timer in due {
            let engine = self.clone();
            firing.spawn(async move { engine.fire(timer).await });
        }
        for claim in lapsed {
            let engine = self.clone();
            firing.spawn(async move { engine.lapse(claim).await });
        }
        while let Some(ended) = firing.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "a timer failed");
            }
        }
        Ok(found)
    }

    async fn fire(&self, timer: Timer) {
        let name = timer.name.clone();
        let (Some(case), Some(command)) = (timer.case_id, CaseTimer::command(&name)) else {
            tracing::error!(%name, "nobody knows this timer; it is removed");
            let removed =
                self.inner.store.write(move |tx| timers::finish(tx, timer.id, timer.token));
            if let Err(error) = removed.await {
                tracing::warn!(%error, "the timer stays");
            }
            return;
        };
        match self.fire_command(timer.clone(), case, command).await {
            Ok(()) => self.inner.metrics.timers_fired.add(1),
            Err(error) => {
                self.inner.metrics.timers_failed.add(1);
                let code = if let EngineError::Refused(r) = &error { Some(r.code) } else { None };
                if !matches!(code, Some(Code::Halted | Code::QueuePaused | Code::Unwatched)) {
                    tracing::warn!(%case, %name, %error, "a timer is put off");
                }
                let by = match code {
                    Some(Code::QueuePaused) => PAUSED,
                    Some(Code::Unwatched) => self.watched_again_in(case, PAUSED).await,
                    _ => PUT_OFF,
                };
                self.put_off(timer, by).await;
            }
        }
    }

    async fn fire_command(&self, timer: Timer, case: CaseId, command: Command) -> Result<()> {
        let inner = Arc::clone(&self.inner);
        let fired = self.inner.store.write(move |tx| {
            let limits = matches!(command, Command::Deadline | Command::ClimbLadder { .. });
            let stopped = if limits { stopped(tx, &timer.space)? } else { Vec::new() };
            let make = |case: &Case, handle: &LoopHandle| match case.state.open_deciding_task() {
                Some(task) if is_paused(&stopped, handle.id, &task.queue) => {
                    Err(paused(&task.queue))
                }
                _ => Ok(command.clone()),
            };
            let order = Order {
                case,
                space: None,
                decides: true,
                make: &make,
                facts: None,
                by: &By::timer(),
            };
            // The case is locked before its timers change, as everywhere.
            runner::run(tx, &inner, &order)?;
            timers::finish(tx, timer.id, timer.token)?;
            Ok::<_, EngineError>(())
        });
        fired.await
    }

    /// Makes a timer due again in a moment, unless it was moved meanwhile.
    async fn put_off(&self, mut timer: Timer, by: i64) {
        let again = self.inner.store.write(move |tx| {
            if timers::finish(tx, timer.id, timer.token)? {
                timer.fire_at = Timestamp(tx.now().0 + by);
                timers::set(tx, &timer)?;
            }
            Ok::<_, EngineError>(())
        });
        if let Err(error) = again.await {
            tracing::warn!(%error, "the timer waits for the end of its lease");
        }
    }

    /// Frees the seat of a lease that ran out.
    async fn lapse(&self, claim: ClaimId) {
        let expire = self.order(None, claim.case, By::timer(), false, move |_, _| {
            Ok(Command::ExpireClaim { claim: claim.n })
        });
        match expire.await {
            Ok(changed) => self.inner.metrics.timers_fired.add(u64::from(changed)),
            Err(error) => {
                self.inner.metrics.timers_failed.add(1);
                tracing::warn!(%claim, %error, "a lease that ran out could not be ended");
            }
        }
    }

    async fn until_next(&self) -> Duration {
        let next = self.inner.store.read(|tx| {
            let (timer, claim) = (timers::next_due(tx)?, claims::next_expiry(tx)?);
            let more = bulk::any_open(tx)? || !runs::to_sweep(tx, 1)?.is_empty();
            let over = more.then_some(Timestamp(0));
            let times = [timer, claim, runs::next_expiry(tx)?, over, standing::next_end(tx)?];
            Ok::<_, EngineError>(times.into_iter().flatten().min())
        });
        match next.await {
            Ok(Some(at)) => {
                let micros = u64::try_from(at.0 - self.now().0).unwrap_or(0);
                Duration::from_micros(micros).min(LONGEST)
            }
            Ok(None) | Err(_) => LONGEST,
        }
    }

    async fn clean_up(&self, now: Timestamp) -> Result<()> {
        loop {
            let removed = self.inner.store.write(move |tx| {
                let keys = idempotency::purge(tx, Timestamp(now.0 - KEYS_KEPT), PURGE)?;
                watches::purge(tx, Timestamp(now.0 - WATCHES_KEPT))?;
                limits::purge(tx, Timestamp(now.0 - LIMITS_KEPT))?;
                let messages = outbox::purge(tx, Timestamp(now.0 - MESSAGES_KEPT), PURGE)?;
                Ok::<_, EngineError>(keys.max(messages))
            });
            let removed = removed.await?.max(self.tidy_webhooks(now, PURGE).await?);
            let removed = removed.max(self.tidy_channels(now, PURGE).await?);
            if removed < u64::from(PURGE) {
                return Ok(());
            }
        }
    }

    /// The store's time, outside a transaction.
    pub fn now(&self) -> Timestamp {
        Timestamp(self.inner.store.clock().now_micros())
    }

    fn jitter(&self) -> Duration {
        let random = self.inner.ids.bytes::<2>().map_or(0, u16::from_be_bytes);
        Duration::from_micros(500 + u64::from(random % 1_500))
    }
}

/// The paused queues whose clock stands.
fn stopped(tx: &mut dyn Tx, space: &str) -> Result<Vec<Pause>> {
    let mut pauses = queues::pauses(tx, space)?;
    pauses.retain(|pause| pause.stops_clock);
    Ok(pauses)
}
