//! The handle that everybody holds, its configuration, its start and its end.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tandem_domain::RunId;
use tandem_ledger::note::SigningKey;
use tandem_store::{Store, Topic, meta, outages};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{Mutex, watch};
use tokio::task::JoinHandle;

use crate::accounts::Accounts;
use crate::cases::Deliveries;
use crate::chain;
use crate::channels::{self, Channels};
use crate::conformal::Calibrations;
use crate::errors::{EngineError, Result};
use crate::gates::TOLERATED;
use crate::ids::{DrawKey, IdGen};
use crate::learning::Learning;
use crate::loops::LoopCache;
use crate::metrics::Metrics;
use crate::notify;
use crate::outbox::Outlet;
use crate::stats::Stats;
use crate::waiters::Waiters;
use crate::webhooks::{self, Hooks};

/// What an engine runs with.
#[derive(Clone)]
pub struct EngineConfig {
    /// The database.
    pub store: Store,
    /// Signs checkpoints; without it nothing is signed and every page says so.
    pub checkpoint_key: Option<SigningKey>,
    /// Signs grants; another key than the checkpoints'. Without it grants are not signed.
    pub grant_key: Option<SigningKey>,
    /// Name of the log; the name of the key where there is one.
    pub origin: String,
    /// File outside the data directory to which signed checkpoints are appended.
    pub witness: Option<PathBuf>,
    /// Whether timers, outbox, checkpoints and housekeeping run here.
    pub workers: bool,
    /// How often a checkpoint is signed while the ledger grows.
    pub checkpoint_every: Duration,
    /// Where messages of the outbox go.
    pub sinks: Vec<Outlet>,
    /// Which addresses webhooks may have.
    pub webhooks: webhooks::Settings,
    /// What links of chains may reach, and their secrets.
    pub chain: chain::Settings,
    /// What channels may reach, and how they speak.
    pub channels: channels::Settings,
    /// How members are told outside the app.
    pub notify: notify::Settings,
}

impl EngineConfig {
    /// Defaults over a store: workers on, no key, no witness, no sinks.
    pub fn new(store: Store) -> Self {
        Self {
            store,
            checkpoint_key: None,
            grant_key: None,
            origin: String::new(),
            witness: None,
            workers: true,
            checkpoint_every: Duration::from_secs(1),
            sinks: Vec::new(),
            webhooks: webhooks::Settings::default(),
            chain: chain::Settings::default(),
            channels: channels::Settings::default(),
            notify: notify::Settings::default(),
        }
    }
}

/// The engine: every use case is a method. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    pub(crate) inner: Arc<Inner>,
}

/// What the use cases and workers share.
pub(crate) struct Inner {
    pub(crate) store: Store,
    pub(crate) ids: IdGen,
    pub(crate) loops: LoopCache,
    pub(crate) waiters: Waiters,
    pub(crate) deliveries: Deliveries,
    pub(crate) run_waiters: Waiters<RunId>,
    pub(crate) metrics: Metrics,
    pub(crate) accounts: Accounts,
    pub(crate) watchers: crate::veto::Watchers,
    pub(crate) learning: Learning,
    pub(crate) stats: Stats,
    pub(crate) calibrations: Calibrations,
    /// Salts of records that belong to no case and no loop.
    pub(crate) record_key: DrawKey,
    pub(crate) sinks: Vec<Outlet>,
    pub(crate) hooks: Hooks,
    pub(crate) chains: chain::Chains,
    /// How often each asked the co-pilot.
    pub(crate) copilot: crate::copilot::Buckets,
    pub(crate) channels: Channels,
    pub(crate) notifier: notify::Notifier,
    pub(crate) checkpoint_key: Option<SigningKey>,
    pub(crate) grant_key: Option<SigningKey>,
    /// Where browsers reach the server: what passkeys are bound to.
    pub(crate) party: std::sync::OnceLock<crate::passkeys::RelyingParty>,
    pub(crate) origin: String,
    pub(crate) witness: Option<PathBuf>,
    pub(crate) checkpoint_every: Duration,
    /// What the last look at the halt rows said; a hint that transactions check.
    pub(crate) halt_hint: AtomicBool,
    /// Held by whoever reads rows and keeps what they say as a hint: of two looks the later is kept.
    pub(crate) looking: tokio::sync::Mutex<()>,
    /// Whether this process wrote to the witness already.
    pub(crate) witness_seen: AtomicBool,
    pub(crate) stop: watch::Sender<bool>,
    workers: Mutex<Vec<JoinHandle<()>>>,
}

impl Engine {
    /// Starts an engine over an open store. Call it inside a tokio runtime.
    pub async fn start(config: EngineConfig) -> Result<Self> {
        let origin = match &config.checkpoint_key {
            Some(key) => key.name().to_owned(),
            None => config.origin.clone(),
        };
        let inner = Arc::new(Inner {
            accounts: Accounts::start(config.store.clone()),
            watchers: crate::veto::Watchers::default(),
            learning: Learning::new(config.store.clone()),
            stats: Stats::default(),
            calibrations: Calibrations::default(),
            record_key: record_key(&config.store).await?,
            store: config.store,
            ids: IdGen::default(),
            loops: LoopCache::default(),
            waiters: Waiters::default(),
            deliveries: Deliveries::default(),
            run_waiters: Waiters::default(),
            metrics: Metrics::default(),
            sinks: config.sinks,
            hooks: Hooks::new(config.webhooks),
            chains: chain::Chains::new(config.chain),
            copilot: crate::copilot::Buckets::default(),
            channels: Channels::new(config.channels),
            notifier: notify::Notifier::new(config.notify)?,
            checkpoint_key: config.checkpoint_key,
            grant_key: config.grant_key,
            party: std::sync::OnceLock::new(),
            origin,
            witness: config.witness,
            checkpoint_every: config.checkpoint_every,
            halt_hint: AtomicBool::new(false),
            looking: tokio::sync::Mutex::new(()),
            witness_seen: AtomicBool::new(false),
            stop: watch::Sender::new(false),
            workers: Mutex::default(),
        });
        let engine = Self { inner };
        // Subscribed before anything is read, so that no wake falls between.
        let wakes = engine.inner.store.subscribe();
        let begun = engine.inner.store.write(|tx| {
            outages::begin(tx, TOLERATED)?;
            notify::begin(tx)
        });
        begun.await?;
        engine.look_at_halts().await?;
        engine.look_at_webhooks().await?;
        engine.look_at_channels().await?;
        engine.adopt_origin().await?;
        engine.spawn(engine.clone().listen(wakes)).await;
        if config.workers {
            engine.spawn(crate::timers::work(engine.clone())).await;
            engine.spawn(crate::outbox::work(engine.clone())).await;
            engine.spawn(crate::webhooks::work(engine.clone())).await;
            engine.spawn(chain::work(engine.clone())).await;
            engine.spawn(channels::work(engine.clone())).await;
            engine.spawn(notify::work(engine.clone())).await;
            engine.spawn(notify::deliver(engine.clone())).await;
            engine.spawn(crate::sealing::work(engine.clone())).await;
            engine.spawn(crate::learning::work::work(engine.clone())).await;
        } else {
            engine.spawn(crate::learning::work::listen(engine.clone())).await;
        }
        Ok(engine)
    }

    /// Ends the workers, signs a last checkpoint, and closes the store.
    pub async fn shutdown(&self) {
        self.inner.stop.send_replace(true);
        let workers = std::mem::take(&mut *self.inner.workers.lock().await);
        for worker in workers {
            if let Err(error) = worker.await {
                tracing::error!(%error, "a worker failed");
            }
        }
        self.inner.waiters.wake_all();
        self.inner.run_waiters.wake_all();
        self.finish_deliveries().await;
        if let Err(error) = self.checkpoint_now().await {
            tracing::warn!(%error, "no last checkpoint");
        }
        let store = self.inner.store.clone();
        if let Err(error) = tokio::task::spawn_blocking(move || store.close()).await {
            tracing::error!(%error, "closing the store failed");
        }
    }

    /// The store, for use cases of other modules.
    pub fn store(&self) -> &Store {
        &self.inner.store
    }

    /// Members, keys, sessions and sign-in links.
    pub fn accounts(&self) -> &Accounts {
        &self.inner.accounts
    }

    /// Counters and timings.
    pub fn metrics(&self) -> &Metrics {
        &self.inner.metrics
    }

    /// A code (HMAC-SHA256) over what is handed to a client and comes back, so that it need not be
    /// stored and cannot be forged. It holds over restarts and on every node over the same database.
    pub fn tag(&self, purpose: &str, message: &[u8]) -> [u8; 32] {
        self.inner.record_key.tag(purpose, message)
    }

    /// Where browsers reach the server, as in `https://tandem.example.org`, once it is known.
    pub fn public_url(&self) -> Option<&str> {
        self.inner.party.get().map(|party| party.origin.as_str())
    }

    /// How many callers are parked.
    pub fn waiting(&self) -> usize {
        self.inner.waiters.len()
    }

    /// A receiver that turns true when the engine stops.
    pub fn stopping(&self) -> watch::Receiver<bool> {
        self.inner.stop.subscribe()
    }

    /// Adds a worker that `shutdown` waits for. It must end soon after [`Engine::stopping`].
    pub async fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.inner.workers.lock().await.push(tokio::spawn(work));
    }

    /// Hands wakes of commits to waiters and caches.
    async fn listen(self, mut wakes: tokio::sync::broadcast::Receiver<Topic>) {
        let mut stop = self.stopping();
        loop {
            let topic = tokio::select! {
                topic = wakes.recv() => topic,
                _ = stop.wait_for(|stop| *stop) => return,
            };
            match topic {
                Ok(Topic::Case(case)) => self.inner.waiters.wake(case),
                Ok(Topic::Run(run)) => self.inner.run_waiters.wake(run),
                Ok(Topic::Loop(id)) => self.inner.loops.forget(id),
                Ok(Topic::Halts) => {
                    self.refresh_halts().await;
                    // Agents that wait for orders are told of a halt as of one.
                    self.inner.run_waiters.wake_all();
                }
                Ok(Topic::Webhooks) => self.refresh_webhooks().await,
                Ok(Topic::All) | Err(RecvError::Lagged(_)) => {
                    self.inner.loops.forget_all();
                    self.inner.waiters.wake_all();
                    self.inner.run_waiters.wake_all();
                    self.refresh_halts().await;
                    self.refresh_webhooks().await;
                }
                Ok(_) => {}
                Err(RecvError::Closed) => return,
            }
        }
    }

    async fn refresh_halts(&self) {
        if let Err(error) = self.look_at_halts().await {
            tracing::warn!(%error, "the halt rows could not be read; submissions look for themselves");
        }
    }

    async fn refresh_webhooks(&self) {
        if let Err(error) = self.look_at_webhooks().await {
            tracing::warn!(%error, "whether there are webhooks could not be read");
        }
        if let Err(error) = self.look_at_channels().await {
            tracing::warn!(%error, "whether there are channels could not be read");
        }
    }

    /// Refuses when the engine is stopping.
    pub(crate) fn running(&self) -> Result<()> {
        if *self.inner.stop.borrow() {
            return Err(EngineError::Unavailable("the server is shutting down".to_owned()));
        }
        Ok(())
    }
}

/// Name under which that key's secret is kept.
pub(crate) const RECORD_SECRET: &str = "record.secret";

/// The key of salts that are not stored beside their record; made on the first start.
async fn record_key(store: &Store) -> Result<DrawKey> {
    let fresh = IdGen::default().bytes::<32>()?;
    let secret = store
        .write(move |tx| Ok::<_, EngineError>(meta::get_or_set(tx, RECORD_SECRET, &fresh)?))
        .await?;
    DrawKey::new(&secret)
}

impl Inner {
    pub(crate) fn any_halt(&self) -> bool {
        self.halt_hint.load(Ordering::Acquire)
    }
}
