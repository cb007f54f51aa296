//! The bounded queue between callers and driver threads.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::job::Job;
use crate::{Result, StoreError};

/// Commands waiting for a thread. Full means busy, closed means no further ones.
pub(crate) struct Queue {
    state: Mutex<State>,
    filled: Condvar,
    closing: Condvar,
    capacity: usize,
}

struct State {
    jobs: VecDeque<Box<dyn Job>>,
    closed: bool,
}

impl Queue {
    pub(crate) fn new(capacity: usize) -> Self {
        let state = State { jobs: VecDeque::new(), closed: false };
        Self { state: Mutex::new(state), filled: Condvar::new(), closing: Condvar::new(), capacity }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing that can panic runs under this lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a command; a full or closed queue gives it back with the reason.
    pub(crate) fn push(&self, job: Box<dyn Job>) -> Result<(), (Box<dyn Job>, StoreError)> {
        let mut state = self.lock();
        if state.closed {
            return Err((job, StoreError::Closed));
        }
        if state.jobs.len() >= self.capacity {
            let retry_after = Duration::from_millis(250);
            return Err((job, StoreError::Busy { retry_after }));
        }
        state.jobs.push_back(job);
        drop(state);
        self.filled.notify_one();
        Ok(())
    }

    /// Adds a command in front of all others, though the queue be full; a closed one gives it back.
    pub(crate) fn push_urgent(&self, job: Box<dyn Job>) -> Result<(), (Box<dyn Job>, StoreError)> {
        let mut state = self.lock();
        if state.closed {
            return Err((job, StoreError::Closed));
        }
        state.jobs.push_front(job);
        drop(state);
        self.filled.notify_one();
        Ok(())
    }

    /// Waits for the next command; `None` once closed and empty.
    pub(crate) fn pop(&self) -> Option<Box<dyn Job>> {
        let mut state = self.lock();
        loop {
            if let Some(job) = state.jobs.pop_front() {
                return Some(job);
            }
            if state.closed {
                return None;
            }
            state = self.filled.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Takes up to `most` waiting commands without blocking.
    pub(crate) fn take(&self, most: usize) -> VecDeque<Box<dyn Job>> {
        let mut state = self.lock();
        if state.jobs.len() <= most {
            return std::mem::take(&mut state.jobs);
        }
        state.jobs.drain(..most).collect()
    }

    /// Waits until the queue closes or `deadline` passes.
    pub(crate) fn wait_closed(&self, deadline: Instant) {
        let mut state = self.lock();
        while !state.closed {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            let waited = self.closing.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Commands waiting now.
    pub(crate) fn len(&self) -> usize {
        self.lock().jobs.len()
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// Refuses further commands; those already queued still run.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.filled.notify_all();
        self.closing.notify_all();
    }
}
