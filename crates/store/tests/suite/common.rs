//! An open store for one test, and the macro that tells a story on both databases.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use tandem_store::{Clock, Store, StoreConfig, StoreError, Tx};
use tempfile::TempDir;

/// Which database a story runs on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

/// A database of its own with a store on it and a clock the test moves.
pub(crate) struct Db {
    pub(crate) store: Store,
    pub(crate) config: StoreConfig,
    pub(crate) time: Arc<AtomicI64>,
    _dir: Option<TempDir>,
}

/// 2026-01-01T00:00:00Z.
pub(crate) const START: i64 = 1_767_225_600_000_000;
/// One second.
pub(crate) const SECOND: i64 = 1_000_000;

impl Db {
    pub(crate) fn new(kind: Kind) -> Self {
        Self::with(kind, |_| ())
    }

    pub(crate) fn with(kind: Kind, adjust: impl FnOnce(&mut StoreConfig)) -> Self {
        let (mut config, dir) = match kind {
            Kind::Sqlite => {
                let dir = tempfile::tempdir().unwrap();
                (StoreConfig::sqlite(dir.path()), Some(dir))
            }
            Kind::Postgres => (StoreConfig::postgres(super::cluster::fresh_database()), None),
        };
        let time = Arc::new(AtomicI64::new(START));
        let source = Arc::clone(&time);
        config.clock = Clock::custom(move || source.load(Ordering::Relaxed));
        config.readers = 2;
        config.writers = 4;
        adjust(&mut config);
        Self { store: Store::open(config.clone()).unwrap(), config, time, _dir: dir }
    }

    pub(crate) fn advance(&self, micros: i64) {
        self.time.fetch_add(micros, Ordering::Relaxed);
    }

    pub(crate) fn write<T: Send + 'static>(
        &self,
        command: impl FnMut(&mut dyn Tx) -> Result<T, StoreError> + Send + 'static,
    ) -> T {
        self.store.write_blocking(command).unwrap()
    }

    pub(crate) fn read<T: Send + 'static>(
        &self,
        query: impl FnMut(&mut dyn Tx) -> Result<T, StoreError> + Send + 'static,
    ) -> T {
        self.store.read_blocking(query).unwrap()
    }

    /// Waits until everything committed is sealed.
    pub(crate) fn settle(&self) {
        for _ in 0..6_000 {
            if self.read(|tx| tandem_store::events::tail(tx)).count == 0 {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        panic!("events were not sealed within a minute");
    }
}

/// 16 bytes that differ each time and grow.
pub(crate) fn fresh_id() -> [u8; 16] {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let mut bytes = [0; 16];
    bytes[8..].copy_from_slice(&NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    bytes
}

/// Tells each story once per database.
macro_rules! on_both {
    ($($(#[$meta:meta])* fn $name:ident($db:ident: $kind:ty) $body:block)*) => { $(
        mod $name {
            use super::*;
            fn story($db: $kind) $body
            #[test]
            fn sqlite() { story(<$kind>::from($crate::common::Kind::Sqlite)); }
            #[test]
            fn postgres() { story(<$kind>::from($crate::common::Kind::Postgres)); }
        }
    )* };
}
pub(crate) use on_both;

impl From<Kind> for Db {
    fn from(kind: Kind) -> Self {
        Self::new(kind)
    }
}
