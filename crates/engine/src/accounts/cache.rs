//! What authentication found out, kept for two seconds at most.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

/// How long an entry is believed.
const FRESH: Duration = Duration::from_secs(2);
/// Entries kept; beyond it everything is forgotten, which costs one read each.
const MOST: usize = 20_000;

/// Since when, and what.
type Entry<T> = (Instant, Arc<T>);

/// A map from the hash of a secret to whose it is.
pub(super) struct Cache<T> {
    entries: RwLock<HashMap<[u8; 32], Entry<T>>>,
    /// Grows with every [`Cache::clear`], so that what was read before one is not put in after it.
    generation: AtomicU64,
}

impl<T> Default for Cache<T> {
    fn default() -> Self {
        Self { entries: RwLock::default(), generation: AtomicU64::new(0) }
    }
}

impl<T> Cache<T> {
    pub(super) fn get(&self, hash: &[u8; 32]) -> Option<Arc<T>> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        let (since, found) = entries.get(hash)?;
        (since.elapsed() < FRESH).then(|| Arc::clone(found))
    }

    /// To be read before the database is.
    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    pub(super) fn put(&self, hash: [u8; 32], generation: u64, value: Arc<T>) {
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        if self.generation.load(Ordering::Acquire) != generation {
            return;
        }
        if entries.len() >= MOST {
            entries.clear();
        }
        entries.insert(hash, (Instant::now(), value));
    }

    pub(super) fn clear(&self) {
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        self.generation.fetch_add(1, Ordering::AcqRel);
        entries.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_before_a_clear_is_not_kept_after_it() {
        let cache = Cache::default();
        let generation = cache.generation();
        cache.clear();
        cache.put([0; 32], generation, Arc::new(1));
        assert_eq!(cache.get(&[0; 32]), None);
        cache.put([0; 32], cache.generation(), Arc::new(2));
        assert_eq!(cache.get(&[0; 32]).as_deref(), Some(&2));
    }
}
