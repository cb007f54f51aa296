//! A server of ours that runs, and what tests ask of it.

use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tandem_brokers::Brokers;
use tandem_domain::roles::Role;
use tandem_engine::LoopScope;
use tandem_engine::chain::Secret;
use tandem_testkit::{Client, TestApp};

/// A loop where confident proposals pass at once.
pub(crate) const LOOP: &str = "loop: tickets
coverage: selective
input: { text: { kind: text } }
answer: { intent: { kind: choice, options: [card_arrival, lost_card, other] } }
policy: { confidence: { auto_at: 0.9, audit_rate: 0.0 } }
review: { undo: 0s }
";

/// The certificate of the authority that signed the brokers' certificates.
pub(crate) const AUTHORITY: &[u8] = include_bytes!("tls/ca.der");

/// A running server with an administrator.
pub(crate) struct World {
    pub(crate) app: TestApp,
    pub(crate) admin: Client,
}

impl World {
    pub(crate) async fn new() -> Self {
        let world = Self::without_loop().await;
        world.app.publish(LOOP).await;
        world
    }

    pub(crate) async fn without_loop() -> Self {
        let app = TestApp::builder().running().engine(|config| {
            config.channels.connector = Arc::new(Brokers);
            config.channels.extra_roots = vec![AUTHORITY.to_vec()];
            for (name, value) in [("MQ", "right"), ("WRONG", "wrong"), ("GUEST", "guest")] {
                let secret = Secret { value: value.to_owned(), only: None };
                config.chain.secrets.insert(name.to_owned(), secret);
            }
        });
        let app = app.start().await;
        let admin = app.machine(LoopScope::All, Role::Admin).await;
        Self { app, admin }
    }

    /// Adds a channel; returns its id.
    pub(crate) async fn channel(&self, body: Value) -> String {
        let made = self.admin.post("/v1/channels", body).await.expect(201);
        made["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn health(&self, channel: &str) -> Value {
        let seen = self.admin.get(&format!("/v1/channels/{channel}")).await.expect(200);
        seen["health"].clone()
    }

    /// The texts of all cases of the loop.
    pub(crate) async fn texts(&self) -> Vec<String> {
        let mut texts = Vec::new();
        let mut cursor = String::new();
        loop {
            let path = format!("/v1/loops/tickets/cases?limit=500{cursor}");
            let page = self.admin.get(&path).await.expect(200);
            let items = page["items"].as_array().unwrap();
            texts.extend(
                items.iter().map(|case| case["input"]["text"].as_str().unwrap().to_owned()),
            );
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        texts.sort();
        texts
    }

    /// Waits until as many cases are there; then a little longer, for repeats to show.
    pub(crate) async fn cases(&self, count: usize) -> Vec<String> {
        let begun = Instant::now();
        let mut texts = self.texts().await;
        while texts.len() < count {
            assert!(begun.elapsed() < LIMIT, "{} of {count} cases came", texts.len());
            tokio::time::sleep(Duration::from_millis(100)).await;
            texts = self.texts().await;
        }
        texts
    }

    /// Waits until the health of a channel is as wanted.
    pub(crate) async fn until(
        &self,
        channel: &str,
        what: &str,
        good: impl Fn(&Value) -> bool,
    ) -> Value {
        let begun = Instant::now();
        loop {
            let health = self.health(channel).await;
            if good(&health) {
                return health;
            }
            assert!(begun.elapsed() < LIMIT, "{what}: {health}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    pub(crate) async fn up(&self, channel: &str) {
        self.until(channel, "it connects", |health| health["status"] == "up").await;
    }

    pub(crate) async fn messages(&self, channel: &str, state: &str) -> Vec<Value> {
        let path = format!("/v1/channels/{channel}/messages?state={state}&limit=500");
        self.admin.get(&path).await.expect(200)["items"].as_array().unwrap().clone()
    }

    /// Hands in a case that passes at once; returns its id.
    pub(crate) async fn decide(&self, text: &str) -> String {
        let made = self.admin.post("/v1/loops/tickets/cases", case(text, 0.95)).await.expect(201);
        made["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn stop(self) {
        self.app.engine.shutdown().await;
    }
}

/// How long anything may take on a busy machine.
pub(crate) const LIMIT: Duration = Duration::from_secs(90);

pub(crate) fn case(text: &str, confidence: f64) -> Value {
    json!({"input": {"text": text},
        "proposal": {"output": {"intent": "card_arrival"}, "confidence": confidence, "model": "m@1"}})
}

/// A case as a CloudEvent.
pub(crate) fn event(id: &str, text: &str) -> Vec<u8> {
    json!({"specversion": "1.0", "id": id, "source": "/shop", "type": "shop.ticket",
        "data": case(text, 0.1)})
    .to_string()
    .into_bytes()
}

pub(crate) fn names(prefix: &str, count: usize) -> Vec<String> {
    (0..count).map(|n| format!("{prefix} {n:04}")).collect()
}

/// A free port of this machine, outside the range that the system draws from for anybody: it is bound later.
pub(crate) fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    loop {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        let place = (std::process::id() as u16).wrapping_mul(61).wrapping_add(step) % 20_000;
        if std::net::TcpListener::bind(("127.0.0.1", 10_000 + place)).is_ok() {
            return 10_000 + place;
        }
    }
}

/// A process that ends with its handle.
pub(crate) struct Process(pub(crate) Child);

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// A program of this machine; servers lie where the path of ordinary users does not go.
pub(crate) fn program(name: &str, package: &str, more: &[&str]) -> Command {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let dirs = std::env::split_paths(&path).chain(more.iter().map(PathBuf::from));
    let found = dirs.map(|dir| dir.join(name)).find(|file| file.is_file());
    let found = found.unwrap_or_else(|| {
        panic!("`{name}` is missing: apt-get install {package} (or `cargo xtask test` as root)")
    });
    Command::new(found)
}

/// Waits until a port answers.
pub(crate) fn await_port(host: &str, port: u16, log: &Path) {
    let begun = Instant::now();
    while std::net::TcpStream::connect((host, port)).is_err() {
        let said = || std::fs::read_to_string(log).unwrap_or_default();
        assert!(begun.elapsed() < LIMIT * 3, "nothing listens on {port}: {}", said());
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A file of this directory.
pub(crate) fn tls(name: &str) -> String {
    format!("{}/tests/it/tls/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// Whether a channel is down, or was, for this reason. What is slow may fail otherwise first, and is tried again.
pub(crate) fn says(health: &Value, why: &str) -> bool {
    health["error"].as_str().is_some_and(|error| error.contains(why))
}
