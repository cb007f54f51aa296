//! The one handle everybody holds: runs commands in transactions and wakes waiters after commits.

use std::sync::Arc;

use tokio::sync::{broadcast, oneshot};

use crate::config::Database;
use crate::job::{Call, Job, Urgent};
use crate::queue::Queue;
use crate::{Clock, Dialect, Result, StoreConfig, StoreError, Topic, Tx, postgres, sqlite};

/// A database, open. Cheap to clone; the last clone dropped finishes what is queued and closes it.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    shared: Arc<Shared>,
    dialect: Dialect,
    driver: Driver,
}

enum Driver {
    Sqlite(sqlite::Driver),
    Postgres(postgres::Driver),
}

/// What callers and driver threads share.
pub(crate) struct Shared {
    pub(crate) config: StoreConfig,
    pub(crate) writes: Queue,
    /// Commands that may join one transaction; the same queue as `writes` on SQLite.
    pub(crate) grouped: Queue,
    pub(crate) reads: Queue,
    pub(crate) wakes: broadcast::Sender<Topic>,
}

impl Shared {
    pub(crate) fn clock(&self) -> &Clock {
        &self.config.clock
    }

    /// Wakes local subscribers.
    pub(crate) fn wake(&self, topic: Topic) {
        // No subscriber is fine.
        drop(self.wakes.send(topic));
    }

    fn close(&self) {
        self.writes.close();
        self.grouped.close();
        self.reads.close();
    }
}

impl Store {
    /// Opens (and creates or migrates) the database. Blocks; call it outside the async runtime or in
    /// a blocking task.
    pub fn open(config: StoreConfig) -> Result<Self> {
        let shared = Arc::new(Shared {
            writes: Queue::new(config.queue),
            grouped: Queue::new(config.queue),
            reads: Queue::new(config.queue),
            wakes: broadcast::Sender::new(16_384),
            config,
        });
        let (driver, dialect) = match &shared.config.database {
            Database::Sqlite { dir } => {
                (Driver::Sqlite(sqlite::Driver::open(dir, &shared)?), Dialect::Sqlite)
            }
            Database::Postgres { url } => {
                (Driver::Postgres(postgres::Driver::open(url, &shared)?), Dialect::Postgres)
            }
        };
        Ok(Self { inner: Arc::new(Inner { shared, dialect, driver }) })
    }

    /// Runs `command` in a transaction and returns its result after the commit is durable. An `Err`
    /// rolls its writes back. The command may be run again (a lost race, a lost connection), so it
    /// must have no effects but through `tx`.
    pub async fn write<T, E, F>(&self, command: F) -> Result<T, E>
    where
        F: FnMut(&mut dyn Tx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        answer(submit(&self.inner.shared.writes, command)).await
    }

    /// Like [`Store::write`] for submissions and other commands that never wait for each other's
    /// locks: on PostgreSQL many of them share one transaction. On SQLite all commands do.
    pub async fn write_grouped<T, E, F>(&self, command: F) -> Result<T, E>
    where
        F: FnMut(&mut dyn Tx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        answer(submit(self.grouped_queue(), command)).await
    }

    /// Like [`Store::write`] for what must not wait and must not fail for want of room: it goes before
    /// all that waits, in a transaction of its own, and on SQLite may use the
    /// [reserve](crate::StoreConfig::reserve). For emergency stops and nothing else.
    pub async fn write_urgent<T, E, F>(&self, command: F) -> Result<T, E>
    where
        F: FnMut(&mut dyn Tx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        answer(submit_urgent(&self.inner.shared.writes, command)).await
    }

    /// [`Store::write_urgent`] for callers outside the async runtime.
    pub fn write_urgent_blocking<T, E, F>(&self, command: F) -> Result<T, E>
    where
        F: FnMut(&mut dyn Tx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        answer_blocking(submit_urgent(&self.inner.shared.writes, command))
    }

    /// Runs `query` on a reader, on one consistent snapshot. Keep it short: page instead of holding
    /// a snapshot over a second. Writes fail.
    pub async fn read<T, E, F>(&self, query: F) -> Result<T, E>
    where
        F: FnMut(&mut dyn Tx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        answer(submit(&self.inner.shared.reads, query)).await
    }

    /// [`Store::write`] for callers outside the async runtime.
    pub fn write_blocking<T, E, F>(&self, command: F) -> Result<T, E>
    where
        F: FnMut(&mut dyn Tx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        answer_blocking(submit(&self.inner.shared.writes, command))
    }

    /// [`Store::write_grouped`] for callers outside the async runtime.
    pub fn write_grouped_blocking<T, E, F>(&self, command: F) -> Result<T, E>
    where
        F: FnMut(&mut dyn Tx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        answer_blocking(submit(self.grouped_queue(), command))
    }

    /// [`Store::read`] for callers outside the async runtime.
    pub fn read_blocking<T, E, F>(&self, query: F) -> Result<T, E>
    where
        F: FnMut(&mut dyn Tx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        answer_blocking(submit(&self.inner.shared.reads, query))
    }

    /// Receives every wake from now on, of this node and (on PostgreSQL) of the others. A lagged
    /// receiver must treat it as [`Topic::All`].
    pub fn subscribe(&self) -> broadcast::Receiver<Topic> {
        self.inner.shared.wakes.subscribe()
    }

    /// Which database this is.
    pub fn dialect(&self) -> Dialect {
        self.inner.dialect
    }

    /// The clock in use. Commands take [`Tx::now`] instead.
    pub fn clock(&self) -> &Clock {
        self.inner.shared.clock()
    }

    /// Commands waiting for a writer.
    pub fn backlog(&self) -> usize {
        self.inner.shared.writes.len() + self.inner.shared.grouped.len()
    }

    /// Writes a consistent, compact copy of a SQLite database to `file`, which must not exist, while
    /// the store goes on. Blocks. PostgreSQL has its own tools for this.
    pub fn backup(&self, file: &std::path::Path) -> Result<()> {
        match &self.inner.driver {
            Driver::Sqlite(driver) => driver.backup(file),
            Driver::Postgres(_) => Err(StoreError::Setup(
                "back a PostgreSQL database up with pg_dump or your provider's snapshots"
                    .to_owned(),
            )),
        }
    }

    /// Finishes queued commands, ends all threads and releases the database. Later commands are
    /// refused as closed. Blocks.
    pub fn close(&self) {
        self.inner.close();
    }

    fn grouped_queue(&self) -> &Queue {
        match self.inner.dialect {
            Dialect::Sqlite => &self.inner.shared.writes,
            Dialect::Postgres => &self.inner.shared.grouped,
        }
    }
}

impl Inner {
    fn close(&self) {
        self.shared.close();
        match &self.driver {
            Driver::Sqlite(driver) => driver.join(),
            Driver::Postgres(driver) => driver.join(),
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.close();
    }
}

fn submit<T, E, F>(queue: &Queue, command: F) -> oneshot::Receiver<Result<T, E>>
where
    F: FnMut(&mut dyn Tx) -> Result<T, E> + Send + 'static,
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    let (job, receiver): (Box<dyn Job>, _) = Call::boxed(command);
    if let Err((job, error)) = queue.push(job) {
        job.settle(Err(error));
    }
    receiver
}

fn submit_urgent<T, E, F>(queue: &Queue, command: F) -> oneshot::Receiver<Result<T, E>>
where
    F: FnMut(&mut dyn Tx) -> Result<T, E> + Send + 'static,
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    let (job, receiver) = Call::boxed(command);
    if let Err((job, error)) = queue.push_urgent(Box::new(Urgent(job))) {
        job.settle(Err(error));
    }
    receiver
}

async fn answer<T, E: From<StoreError>>(receiver: oneshot::Receiver<Result<T, E>>) -> Result<T, E> {
    receiver.await.unwrap_or_else(|_| Err(E::from(StoreError::Closed)))
}

fn answer_blocking<T, E: From<StoreError>>(
    receiver: oneshot::Receiver<Result<T, E>>,
) -> Result<T, E> {
    receiver.blocking_recv().unwrap_or_else(|_| Err(E::from(StoreError::Closed)))
}

/// Waits for driver threads; the one that dropped the last handle cannot wait for itself.
pub(crate) fn join_all(threads: Vec<std::thread::JoinHandle<()>>) {
    for thread in threads {
        if thread.thread().id() != std::thread::current().id() && thread.join().is_err() {
            tracing::error!("a store thread panicked");
        }
    }
}
