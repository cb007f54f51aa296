//! Callers parked until something happens to a case or a run, woken by the commit and never by polling.
//!
//! A waiter registers first and reads then, so that no wake falls between. Slots are shared by the
//! waiters of one of them and freed by the last of them; ten thousand of them take a few megabytes.

pub use tandem_store::Topic;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tandem_domain::CaseId;
use tokio::sync::Notify;

const SHARDS: usize = 64;

/// Everybody who waits for a case, or for whatever else has an id.
pub struct Waiters<K = CaseId> {
    shards: Box<[Mutex<HashMap<K, Slot>>]>,
    hasher: RandomState,
}

struct Slot {
    notify: Arc<Notify>,
    waiting: usize,
}

impl<K> Default for Waiters<K> {
    fn default() -> Self {
        Self { shards: (0..SHARDS).map(|_| Mutex::default()).collect(), hasher: RandomState::new() }
    }
}

/// One registered waiter; dropping it takes it off the list.
pub struct Waiter<'a, K: Copy + Eq + Hash = CaseId> {
    list: &'a Waiters<K>,
    id: K,
    /// Notified on every commit that changed it.
    pub notify: Arc<Notify>,
}

impl<K: Copy + Eq + Hash> Waiters<K> {
    /// Registers a waiter. Enable its `notified()` future before reading the case.
    pub fn register(&self, id: K) -> Waiter<'_, K> {
        let mut shard = self.shard(id);
        let slot =
            shard.entry(id).or_insert_with(|| Slot { notify: Arc::new(Notify::new()), waiting: 0 });
        slot.waiting += 1;
        Waiter { list: self, id, notify: Arc::clone(&slot.notify) }
    }

    /// Wakes the waiters of one.
    pub fn wake(&self, id: K) {
        if let Some(slot) = self.shard(id).get(&id) {
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

    fn shard(&self, id: K) -> MutexGuard<'_, HashMap<K, Slot>> {
        lock(&self.shards[self.hasher.hash_one(id) as usize % SHARDS])
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<K: Copy + Eq + Hash> Drop for Waiter<'_, K> {
    fn drop(&mut self) {
        if let Entry::Occupied(mut slot) = self.list.shard(self.id).entry(self.id) {
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
        let waiters = Arc::new(Waiters::<CaseId>::default());
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
