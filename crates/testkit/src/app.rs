//! A server in the process.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use tandem_api::{ApiConfig, AppState, DemoHooks};
use tandem_domain::roles::Role;
use tandem_domain::{MemberId, PersonId};
use tandem_engine::accounts::{NewKey, NewMember};
use tandem_engine::{Engine, EngineConfig, LoopScope, Principal};
use tandem_ledger::note::SigningKey;
use tandem_store::{Clock, Store};
use tempfile::TempDir;

use crate::client::Client;
use crate::database;

/// 2026-01-01T00:00:00Z, where every test's clock begins.
pub const START: i64 = 1_767_225_600_000_000;

/// A server in the process, over a database of its own.
pub struct TestApp {
    /// Its engine; workers are off, so that tests fire timers themselves.
    pub engine: Engine,
    /// The base of clients, without credentials.
    pub client: Client,
    /// What its handlers share, for tests that serve it on a socket.
    pub state: AppState,
    time: Arc<AtomicI64>,
    _dir: TempDir,
}

/// Changes what the engine runs with.
type Adjust = Box<dyn FnOnce(&mut EngineConfig) + Send>;

/// How a [`TestApp`] is made.
#[derive(Default)]
pub struct Builder {
    config: ApiConfig,
    demo: Option<Arc<dyn DemoHooks>>,
    max_bytes: Option<u64>,
    running: bool,
    adjust: Option<Adjust>,
}

impl Builder {
    /// Lets workers run, over the system's clock.
    pub fn running(mut self) -> Self {
        self.running = true;
        self
    }

    /// Changes what the engine runs with.
    pub fn engine(mut self, adjust: impl FnOnce(&mut EngineConfig) + Send + 'static) -> Self {
        self.adjust = Some(Box::new(adjust));
        self
    }

    /// Changes limits and settings of the HTTP server.
    pub fn config(mut self, change: impl FnOnce(&mut ApiConfig)) -> Self {
        change(&mut self.config);
        self
    }

    /// Adds the demonstration.
    pub fn demo(mut self, demo: Arc<dyn DemoHooks>) -> Self {
        self.demo = Some(demo);
        self
    }

    /// Bounds the database, as if the disk were small (SQLite).
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = Some(bytes);
        self
    }

    /// Starts the server.
    pub async fn start(self) -> TestApp {
        let dir = tempfile::tempdir().expect("a directory");
        let time = Arc::new(AtomicI64::new(START));
        let source = Arc::clone(&time);
        let mut config = database::config(dir.path());
        if !self.running {
            config.clock = Clock::custom(move || source.load(Ordering::Relaxed));
        }
        config.readers = 2;
        config.writers = 4;
        config.max_bytes = self.max_bytes;
        config.reserve = self.max_bytes.map_or(0, |_| 256 << 10);
        let store = tokio::task::spawn_blocking(move || Store::open(config).expect("a store"));
        let mut config = EngineConfig::new(store.await.expect("an open store"));
        config.workers = self.running;
        config.webhooks.guard.allow_private = true;
        config.channels.guard.allow_private = true;
        config.channels.read = tandem_api::read_case;
        let key = SigningKey::from_seed("tandem.test/ledger", &[7; 32]).expect("a key");
        config.checkpoint_key = Some(key);
        config.grant_key = SigningKey::from_seed("tandem.test/grants", &[8; 32]).ok();
        if let Some(adjust) = self.adjust {
            adjust(&mut config);
        }
        let engine = Engine::start(config).await.expect("an engine");
        let state = AppState::with_demo(engine.clone(), self.config, self.demo);
        let client = Client::new(tandem_api::router(state.clone()));
        TestApp { engine, client, state, time, _dir: dir }
    }
}

impl TestApp {
    /// A server with default settings.
    pub async fn new() -> Self {
        Self::builder().start().await
    }

    /// A server to be set up first.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Moves the clock.
    pub fn advance(&self, micros: i64) {
        self.time.fetch_add(micros, Ordering::Relaxed);
    }

    /// Moves the clock and fires the timers that are due then.
    pub async fn pass(&self, micros: i64) {
        self.advance(micros);
        while self.engine.fire_due().await.expect("timers") > 0 {}
    }

    /// A client with a key of no person.
    pub async fn machine(&self, scope: LoopScope, role: Role) -> Client {
        let new = NewKey {
            name: format!("{role} machine"),
            grants: vec![(scope, role)],
            ..NewKey::default()
        };
        self.with_key(new).await
    }

    /// A client with a key of a new member, who is a new person.
    pub async fn person(&self, email: &str, scope: LoopScope, role: Role) -> (MemberId, Client) {
        let (id, _, client) = self.account(email, scope, role, None).await;
        (id, client)
    }

    /// A client with a key of a new member, of a new person or of one who has another account.
    pub async fn account(
        &self,
        email: &str,
        scope: LoopScope,
        role: Role,
        person: Option<PersonId>,
    ) -> (MemberId, PersonId, Client) {
        let new = NewMember {
            name: email.split('@').next().unwrap_or(email).to_owned(),
            email: email.to_owned(),
            password: None,
            grants: vec![(scope, role)],
            person,
        };
        let added = self.engine.accounts().add_member(&system(), new).await.expect("a member");
        let member = added.member;
        let name = format!("key of {email}");
        let new = NewKey { name, member: Some(member.id), ..NewKey::default() };
        (member.id, member.person, self.with_key(new).await)
    }

    /// A client with a key.
    pub async fn with_key(&self, new: NewKey) -> Client {
        let made = self.engine.accounts().make_key(&system(), new).await.expect("a key");
        self.client.with("authorization", &format!("Bearer {}", made.secret))
    }

    /// Publishes a loop file.
    pub async fn publish(&self, source: &str) {
        let name = source
            .lines()
            .find_map(|line| line.strip_prefix("loop:"))
            .expect("a loop file names its loop");
        let admin = self.machine(LoopScope::All, Role::Admin).await;
        let reply = admin.put_yaml(&format!("/v1/loops/{}", name.trim()), source).await;
        assert!(reply.status.is_success(), "{}", reply.text());
    }
}

/// The server itself.
fn system() -> Principal {
    Principal::system("default")
}
