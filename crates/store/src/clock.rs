//! The store's clock: never decreasing, and replaceable in tests.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Microseconds since the epoch, never decreasing within a process; drivers raise it to the newest
/// time found in the database when they open it.
#[derive(Clone)]
pub struct Clock {
    source: Arc<dyn Fn() -> i64 + Send + Sync>,
    last: Arc<AtomicI64>,
    replaced: bool,
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self { source: Arc::new(system_micros), last: Arc::default(), replaced: false }
    }

    /// A clock under the caller's control (tests, simulation). It also replaces the database's clock
    /// on PostgreSQL.
    pub fn custom(source: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        Self { source: Arc::new(source), last: Arc::default(), replaced: true }
    }

    /// True when the clock is not the system's.
    pub fn is_custom(&self) -> bool {
        self.replaced
    }

    /// Microseconds since the epoch; at least every value returned before.
    pub fn now_micros(&self) -> i64 {
        let now = (self.source)();
        self.last.fetch_max(now, Ordering::AcqRel).max(now)
    }

    /// Never return less than `floor` from now on.
    pub fn raise(&self, floor: i64) {
        self.last.fetch_max(floor, Ordering::AcqRel);
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clock").field("custom", &self.replaced).finish_non_exhaustive()
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the store's clock")]
fn system_micros() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
