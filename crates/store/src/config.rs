//! Where the data lives and the few limits of the writer.

use std::path::PathBuf;
use std::time::Duration;

use crate::Clock;

/// Which database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Database {
    /// Embedded SQLite in a data directory that this process locks.
    Sqlite {
        /// The data directory; created when missing. The database is `tandem.db` inside.
        dir: PathBuf,
    },
    /// A PostgreSQL server, shared by any number of nodes.
    Postgres {
        /// A connection string or `postgres://` URL.
        url: String,
    },
}

/// Settings of a [`Store`](crate::Store). The defaults suit a small server.
#[derive(Debug, Clone)]
pub struct StoreConfig {
    /// Which database.
    pub database: Database,
    /// Commands that may wait before further ones are refused as busy.
    pub queue: usize,
    /// Most commands in one group commit.
    pub group_rows: usize,
    /// Longest time a group stays open for further commands.
    pub group_time: Duration,
    /// Reader threads (connections on PostgreSQL).
    pub readers: usize,
    /// Writer connections on PostgreSQL. SQLite always has one writer.
    pub writers: usize,
    /// Upper bound of the database file in bytes on SQLite; beyond it writes are refused as if the
    /// disk were full.
    pub max_bytes: Option<u64>,
    /// Room in bytes that SQLite keeps free for urgent commands ([`Store::write_urgent`]), so that an
    /// emergency stop can be written when the disk is full. `max_bytes` holds it too.
    ///
    /// [`Store::write_urgent`]: crate::Store::write_urgent
    pub reserve: u64,
    /// Longest time between two sealings on PostgreSQL.
    pub seal_every: Duration,
    /// The clock.
    pub clock: Clock,
}

impl StoreConfig {
    /// Defaults over SQLite in `dir`.
    pub fn sqlite(dir: impl Into<PathBuf>) -> Self {
        Self::new(Database::Sqlite { dir: dir.into() })
    }

    /// Defaults over PostgreSQL at `url`.
    pub fn postgres(url: impl Into<String>) -> Self {
        Self::new(Database::Postgres { url: url.into() })
    }

    /// Defaults over `database`.
    pub fn new(database: Database) -> Self {
        Self {
            database,
            queue: 8_192,
            group_rows: 2_000,
            group_time: Duration::from_millis(5),
            readers: 4,
            writers: 8,
            max_bytes: None,
            reserve: 0,
            seal_every: Duration::from_millis(100),
            clock: Clock::system(),
        }
    }
}
