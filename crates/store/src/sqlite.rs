//! The embedded driver: one writer thread with group commit, reader threads, a checkpointer.

mod checkpoint;
mod conn;
mod lock;
mod readers;
mod reserve;
mod tx;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

pub(crate) use conn::from_sqlite;
pub(crate) use lock::DirLock;

use crate::store::Shared;
use crate::{Result, StoreError};

/// The running threads of an open data directory. Dropping the lock file releases the directory.
pub(crate) struct Driver {
    path: PathBuf,
    threads: Mutex<Vec<JoinHandle<()>>>,
    lock: Mutex<Option<lock::DirLock>>,
}

impl Driver {
    /// Locks `dir`, migrates the database and starts the threads.
    pub(crate) fn open(dir: &Path, shared: &Arc<Shared>) -> Result<Self> {
        let lock = lock::DirLock::take(dir)?;
        let path = dir.join("tandem.db");
        conn::prepare(&path, shared)?;
        let mut threads = Vec::new();
        threads.push(spawn("store-writer", {
            let (path, shared) = (path.clone(), Arc::clone(shared));
            move || writer::run(&path, &shared)
        })?);
        for _ in 0..shared.config.readers.max(1) {
            let (path, shared) = (path.clone(), Arc::clone(shared));
            threads.push(spawn("store-reader", move || readers::run(&path, &shared))?);
        }
        let shared = Arc::clone(shared);
        threads.push(spawn("store-checkpoint", {
            let path = path.clone();
            move || checkpoint::run(&path, &shared)
        })?);
        Ok(Self { path, threads: Mutex::new(threads), lock: Mutex::new(Some(lock)) })
    }

    /// Copies the database as of now, without its free pages, and flushes the copy.
    pub(crate) fn backup(&self, file: &Path) -> Result<()> {
        let failed = |error: std::io::Error| {
            StoreError::Setup(format!("cannot write the backup {}: {error}", file.display()))
        };
        if file.exists() {
            return Err(failed(std::io::ErrorKind::AlreadyExists.into()));
        }
        let target =
            file.to_str().ok_or_else(|| failed(std::io::ErrorKind::InvalidInput.into()))?;
        conn::open(&self.path)?.execute("VACUUM INTO ?1", [target]).map_err(conn::from_sqlite)?;
        std::fs::File::open(file).and_then(|copy| copy.sync_all()).map_err(failed)
    }

    /// Waits for the threads, whose queues have been closed, then releases the directory.
    pub(crate) fn join(&self) {
        let threads =
            std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        crate::store::join_all(threads);
        self.lock.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(body)
        .map_err(|error| StoreError::Setup(format!("cannot start a thread: {error}")))
}
