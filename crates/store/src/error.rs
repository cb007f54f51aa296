//! What can go wrong between a command and its rows, told so that a caller can act on it.

use std::time::Duration;

/// Result of everything in this crate.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// A failure of the store. `Clone`, because a failed group commit answers many callers at once.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The queue of waiting commands is full. Nothing was written. HTTP 429 or 503 with `Retry-After`.
    #[error("the store is busy; try again in {} ms", retry_after.as_millis())]
    Busy {
        /// How long to wait before the next try.
        retry_after: Duration,
    },
    /// The disk (or the configured size limit) is full. Nothing was written. HTTP 507.
    #[error("no space left for the database: {0}; free some disk space and retry")]
    DiskFull(String),
    /// Another process holds the data directory.
    #[error("{0} is in use by another process; talk to the running server or stop it first")]
    Locked(String),
    /// A row or file does not hold what the schema promises.
    #[error("stored data is damaged: {0}")]
    Corrupt(String),
    /// A uniqueness or foreign constraint refused the write, or a row that must exist was gone.
    #[error("conflicting write: {0}")]
    Conflict(String),
    /// Serialization failures or deadlocks went on for all retries. Nothing was written.
    #[error("gave up after repeated write conflicts: {0}")]
    Contended(String),
    /// The database cannot be reached, or a commit failed. When the connection broke during the
    /// commit itself the outcome is unknown: retry with the same idempotency key. HTTP 503.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// The data directory or database cannot be used with this binary's schema or settings.
    #[error("{0}")]
    Setup(String),
    /// A statement the database refuses: a defect in this program, never a user's fault.
    #[error("the database refused a statement: {0}")]
    Statement(String),
    /// The command panicked and was rolled back: a defect in this program.
    #[error("a command failed inside the store: {0}")]
    Panicked(String),
    /// The store was closed.
    #[error("the store is shut down")]
    Closed,
}

impl StoreError {
    /// Shorthand for a damaged row.
    pub fn corrupt(what: impl std::fmt::Display) -> Self {
        Self::Corrupt(what.to_string())
    }

    /// True when a retry with the same idempotency key can help.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Busy { .. } | Self::Contended(_) | Self::Unavailable(_))
    }
}
