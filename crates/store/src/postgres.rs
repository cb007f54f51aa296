//! The PostgreSQL driver: the blocking client on plain threads, one sealer, a notifier, a listener.

mod convert;
mod listen;
mod sealer;
mod session;
mod setup;
mod tx;
mod workers;

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use crate::store::Shared;
use crate::{Result, StoreError, Topic};

/// The running threads. The client panics inside an async runtime, so it lives on these alone.
pub(crate) struct Driver {
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// What the driver's threads share.
struct Node {
    shared: Arc<Shared>,
    config: postgres::Config,
    notices: listen::Outgoing,
    sealing: sealer::Bell,
}

impl Node {
    fn is_closed(&self) -> bool {
        self.shared.writes.is_closed()
    }

    /// Wakes local waiters at once and tells the other nodes soon.
    fn wake(&self, topics: impl Iterator<Item = Topic>) {
        for topic in topics {
            self.shared.wake(topic);
            self.notices.add(topic);
        }
    }
}

impl Driver {
    /// Migrates the database and starts the threads.
    pub(crate) fn open(url: &str, shared: &Arc<Shared>) -> Result<Self> {
        let config: postgres::Config = url.parse().map_err(|error: postgres::Error| {
            StoreError::Setup(format!("cannot read the database URL: {}", reason(&error)))
        })?;
        if config.get_ssl_mode() == postgres::config::SslMode::Require {
            return Err(StoreError::Setup(
                "sslmode=require is not supported yet; use a local socket, a private network or a tunnel"
                    .to_owned(),
            ));
        }
        let node = Arc::new(Node {
            shared: Arc::clone(shared),
            config,
            notices: listen::Outgoing::new()?,
            sealing: sealer::Bell::default(),
        });
        let preparing = Arc::clone(&node);
        let prepared = spawn("store-migrate", move || setup::prepare(&preparing))?;
        prepared
            .join()
            .unwrap_or_else(|_| Err(StoreError::Setup("the migration panicked".to_owned())))?;
        let mut threads = Vec::new();
        let mut start = |name: &str, body: fn(&Node)| -> Result<()> {
            let node = Arc::clone(&node);
            threads.push(spawn(name, move || body(&node))?);
            Ok(())
        };
        for _ in 0..shared.config.writers.max(1) {
            start("store-writer", workers::write)?;
        }
        for _ in 0..shared.config.readers.max(1) {
            start("store-reader", workers::read)?;
        }
        start("store-group", workers::group)?;
        start("store-sealer", sealer::run)?;
        start("store-notifier", listen::notify)?;
        start("store-listener", listen::listen)?;
        Ok(Self { threads: Mutex::new(threads) })
    }

    /// Waits for the threads, whose queues have been closed.
    pub(crate) fn join(&self) {
        let threads =
            std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        crate::store::join_all(threads);
    }
}

fn spawn<T: Send + 'static>(
    name: &str,
    body: impl FnOnce() -> T + Send + 'static,
) -> Result<JoinHandle<T>> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(body)
        .map_err(|error| StoreError::Setup(format!("cannot start a thread: {error}")))
}

/// An error with its causes: the client's own text often says no more than "db error".
fn reason(error: &postgres::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}

/// PostgreSQL's errors in the store's words.
fn from_postgres(error: &postgres::Error) -> StoreError {
    let text = reason(error);
    let Some(code) = error.code() else {
        return StoreError::Unavailable(text);
    };
    match code.code() {
        "40001" | "40P01" | "55P03" => StoreError::Contended(text),
        "53100" => StoreError::DiskFull(text),
        "XX001" | "XX002" => StoreError::Corrupt(text),
        code if code.starts_with("23") => StoreError::Conflict(text),
        code if ["08", "53", "57", "58"].iter().any(|class| code.starts_with(class)) => {
            StoreError::Unavailable(text)
        }
        _ => StoreError::Statement(text),
    }
}
