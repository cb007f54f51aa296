//! Callers parked until something happens to a case, woken by the commit and never by polling.
//!
//! A waiter registers first and reads then, so that no wake falls between. Slots are shared by the
//! waiters of one case and freed by the last of them; ten thousand of them take a few megabytes.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tandem_domain::CaseId;
use tokio::sync::Notify;

const SHARDS: usize = 64;

/// Everybody who waits for a case.
pub struct Waiters {
    shards: Box<[Mutex<HashMap<CaseId, Slot>>]>,
    hasher: RandomState,
}

struct Slot {
    notify: Arc<Notify>,
    waiting: usize,
}

impl Default for Waiters {
    fn default() -> Self {
        Self { shards: (0..SHARDS).map(|_| Mutex::default()).collect(), hasher: RandomState::new() }
    }
}

/// One registered waiter; dropping it takes it off the list.
pub struct Waiter<'a> {
    list: &'a Waiters,
    case: CaseId,
    /// Notified on every commit that changed the case.
    pub notify: Arc<Notify>,
}

impl Waiters {
    /// Registers a waiter. Enable its `notified()` future before reading the case.
    pub fn register(&self, case: CaseId) -> Waiter<'_> {
        let mut shard = self.shard(case);
        let slot = shard
            .entry(case)
            .or_insert_with(|| Slot { notify: Arc::new(Notify::new()), waiting: 0 });
        slot.waiting += 1;
        Waiter { list: self, case, notify: Arc::clone(&slot.notify) }
    }

    /// Wakes the waiters of a case.
    pub fn wake(&self, case: CaseId) {
        if let Some(slot) = self.shard(case).get(&case) {
            slot.notify.notify_waiters();
        }
    }

    /// Wakes everybody: wakes may have been missed.
    pub fn wake_all(&self) {
        for shard in &self.shards {
            for slot in lock(shard).values() {
                slot.notify.notify_waiters();
            }
        }
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.shards
            .iter()
            .map(|shard| lock(shard).values().map(|slot| slot.waiting).sum::<usize>())
            .sum()
    }

    /// Whether nobody waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn shard(&self, case: CaseId) -> MutexGuard<'_, HashMap<CaseId, Slot>> {
        lock(&self.shards[self.hasher.hash_one(case) as usize % SHARDS])
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        if let Entry::Occupied(mut slot) = self.list.shard(self.case).entry(self.case) {
            slot.get_mut().waiting -= 1;
            if slot.get().waiting == 0 {
                slot.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tandem_domain::Timestamp;

    #[tokio::test]
    async fn a_wake_reaches_every_waiter_and_slots_are_freed() {
        let waiters = Arc::new(Waiters::default());
        let ids = crate::ids::IdGen::default();
        let case = CaseId(ids.uuid(Timestamp(1)).unwrap());
        let parked: Vec<_> = (0..100)
            .map(|_| {
                let waiters = Arc::clone(&waiters);
                tokio::spawn(async move {
                    let waiter = waiters.register(case);
                    waiter.notify.notified().await;
                })
            })
            .collect();
        while waiters.len() < 100 {
            tokio::task::yield_now().await;
        }
        waiters.wake(CaseId(ids.uuid(Timestamp(1)).unwrap()));
        assert_eq!(waiters.len(), 100);
        waiters.wake(case);
        for task in parked {
            task.await.unwrap();
        }
        assert!(waiters.is_empty());
        assert!(waiters.shard(case).is_empty());
    }
}
