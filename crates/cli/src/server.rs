//! Opens the database, starts the engine and listens: shared by `serve` and the demo's server.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use tandem_api::{ApiConfig, AppState, DemoHooks};
use tandem_connect::FileSink;
use tandem_engine::accounts::Accounts;
use tandem_engine::outbox::Outlet;
use tandem_engine::{Engine, EngineConfig};
use tandem_store::{Database, Store, StoreConfig};
use tokio::net::TcpListener;

use crate::config::Settings;
use crate::{keyfile, random};

/// A server that listens but does not answer yet.
pub(crate) struct Server {
    listener: TcpListener,
    address: SocketAddr,
    engine: Engine,
    first_key: Option<String>,
    api: ApiConfig,
}

impl Server {
    /// Opens the database, takes the port and sets the first key on an empty data directory: `admin_key`, or a fresh
    /// one.
    pub(crate) async fn start(
        settings: &Settings,
        admin_key: Option<String>,
    ) -> anyhow::Result<Self> {
        let api = ApiConfig { mcp_hold: mcp_hold(settings)?, ..ApiConfig::default() };
        let listener = listen(&settings.listen.value, settings.allow_remote.value).await?;
        let address = listener.local_addr().context("the socket has no address")?;
        let engine = open_engine(settings, true).await?;
        let own = format!("http://localhost:{}", address.port());
        engine.reached_at(settings.public_url.value.as_deref().unwrap_or(&own))?;
        let first_key = first_key(engine.accounts(), admin_key).await?;
        Ok(Self { listener, address, engine, first_key, api })
    }

    /// The address for browsers and clients on this machine.
    pub(crate) fn url(&self) -> String {
        let ip = self.address.ip();
        let host = if ip.is_unspecified() { "127.0.0.1".to_owned() } else { ip.to_string() };
        let host = if ip.is_ipv6() && !ip.is_unspecified() { format!("[{host}]") } else { host };
        format!("http://{host}:{}", self.address.port())
    }

    /// The admin key, where this start set it or it was given and is good.
    pub(crate) fn first_key(&self) -> Option<&str> {
        self.first_key.as_deref()
    }

    /// The engine.
    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Answers requests until the process is told to stop or `also` ends, then finishes what is under way.
    pub(crate) async fn run(
        self,
        demo: Option<Arc<dyn DemoHooks>>,
        also: impl Future<Output = ()> + Send + 'static,
    ) -> anyhow::Result<()> {
        let state = AppState::with_demo(self.engine.clone(), self.api, demo);
        let stop = async move {
            tokio::select! {
                () = told_to_stop() => {}
                () = also => {}
            }
        };
        let served = tandem_api::serve(self.listener, state, stop).await;
        self.engine.shutdown().await;
        served.context("the server ended")
    }
}

/// How long calls over MCP are held.
fn mcp_hold(settings: &Settings) -> anyhow::Result<Duration> {
    let hold = settings.mcp_hold.value;
    if !(1.0..=120.0).contains(&hold.as_seconds()) {
        bail!("`mcp_hold` is a time from 1s to 2m, not {hold}");
    }
    Ok(Duration::from_secs_f64(hold.as_seconds()))
}

/// Opens the store and starts an engine over it; `workers` runs timers, outbox, training and checkpoints.
pub(crate) async fn open_engine(settings: &Settings, workers: bool) -> anyhow::Result<Engine> {
    let dir = &settings.data_dir.value;
    let database = match &settings.database.value {
        Some(url) => Database::Postgres { url: url.clone() },
        None => Database::Sqlite { dir: dir.clone() },
    };
    let own_dir = settings.database.value.is_none().then_some(dir.as_path());
    let key = keyfile::load_or_create(&settings.key_file.value, own_dir)?;
    if let Some(witness) = &settings.witness.value {
        prepare_witness(witness, own_dir)?;
    }
    let store = open_store(database).await?;
    let mut config = EngineConfig::new(store);
    config.checkpoint_key = Some(key);
    let grant_file = keyfile::grants_beside(&settings.key_file.value);
    config.grant_key = Some(keyfile::load_or_create(&grant_file, own_dir)?);
    config.witness.clone_from(&settings.witness.value);
    config.workers = workers;
    config.webhooks.guard.allow_private = settings.webhook_allow_private.value;
    config.chain.guard.allow_private = settings.model_allow_private.value;
    config.channels.guard.allow_private = settings.channel_allow_private.value;
    config.channels.connector = Arc::new(tandem_brokers::Brokers);
    config.channels.read = tandem_api::read_case;
    config.chain.secrets = crate::secrets::read(&settings.secrets.value)?;
    let private = settings.webhook_allow_private.value;
    config.notify = settings.notify.settings(&mut config.chain.secrets, private)?;
    if let Some(file) = settings.publish.value.as_ref().filter(|_| workers) {
        let sink = FileSink::open(file)
            .with_context(|| format!("cannot write messages to {}", file.display()))?;
        config.sinks.push(Outlet::new("file", sink));
    }
    Ok(Engine::start(config).await?)
}

/// Room kept for an emergency stop on a full disk: far more than one takes, little beside a database.
const RESERVE: u64 = 8 << 20;

/// Opens a store off the runtime.
pub(crate) async fn open_store(database: Database) -> anyhow::Result<Store> {
    let config = StoreConfig { reserve: RESERVE, ..StoreConfig::new(database) };
    let opened = tokio::task::spawn_blocking(move || Store::open(config)).await;
    Ok(opened.context("opening the database failed")??)
}

fn prepare_witness(witness: &Path, data: Option<&Path>) -> anyhow::Result<()> {
    if let Some(data) = data {
        keyfile::refuse_inside(witness, data)?;
    }
    if let Some(parent) = witness.parent() {
        std::fs::create_dir_all(parent)
            .with_context(|| format!("cannot make the witness's directory {}", parent.display()))?;
    }
    // There from the start, so that whoever verifies before the first checkpoint reads "nothing is
    // anchored yet" and not "there is no witness".
    std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(witness)
        .with_context(|| format!("cannot open the witness {}", witness.display()))?;
    Ok(())
}

async fn listen(wanted: &str, allow_remote: bool) -> anyhow::Result<TcpListener> {
    let addresses: Vec<SocketAddr> = tokio::net::lookup_host(wanted)
        .await
        .with_context(|| {
            format!("`{wanted}` is no address to listen on; give one as 127.0.0.1:8460")
        })?
        .collect();
    if !allow_remote && let Some(remote) = addresses.iter().find(|a| !a.ip().is_loopback()) {
        bail!(
            "{remote} can be reached from other machines; add --allow-remote if you want that, and put TLS in front"
        );
    }
    TcpListener::bind(addresses.as_slice()).await.with_context(|| {
        format!("cannot listen on {wanted}; is another server running? --listen 127.0.0.1:0 picks a free port")
    })
}

/// Sets the first key where there is none. Returns the key where it is known to be good.
async fn first_key(accounts: &Accounts, given: Option<String>) -> anyhow::Result<Option<String>> {
    let fresh = given.is_none();
    let key = match given {
        Some(key) => key,
        None => new_key()?,
    };
    if accounts.bootstrap(&key).await?.is_some() {
        return Ok(Some(key));
    }
    Ok((!fresh && accounts.by_key(&key).await.is_ok()).then_some(key))
}

/// A fresh secret in the form of an API key.
pub(crate) fn new_key() -> anyhow::Result<String> {
    Ok(format!("tdm_{}", hex::encode(random::secret::<32>()?)))
}

/// Ends with Ctrl-C or a request to terminate.
async fn told_to_stop() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => {
                tokio::select! {
                    _ = interrupt => {}
                    _ = terminate.recv() => {}
                }
            }
            Err(error) => {
                tracing::warn!(%error, "requests to terminate cannot be received");
                drop(interrupt.await);
            }
        }
    }
    #[cfg(not(unix))]
    drop(interrupt.await);
}
