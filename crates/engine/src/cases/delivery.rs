//! That a decision was handed out is written down a moment after the answer: whoever takes the grant within it
//! shows as much, and one write of the case is enough for both.
//!
//! What a crash loses here is recorded when the decision is asked for again: delivery is at least once.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tandem_domain::CaseId;
use tandem_domain::case::{Case, DecisionState, Delivery};
use tandem_domain::command::Command;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::engine::Engine;
use crate::record::By;

/// How long an agent has for taking its grant before the delivery is written down by itself.
const PATIENCE: Duration = Duration::from_millis(250);

/// Cases whose decision was handed out, oldest first, until it is written down.
#[derive(Debug, Default)]
pub(crate) struct Deliveries {
    handed: Mutex<Handed>,
    /// Held from taking some until they are written down, so that whoever shuts down waits for them.
    writing: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct Handed {
    /// When each is due, and what: what is in `open` no more was consumed meanwhile.
    due: VecDeque<(Instant, CaseId)>,
    open: HashSet<CaseId>,
    /// Whether somebody writes them down.
    attended: bool,
}

impl Deliveries {
    /// Notes a case once. True where somebody must attend to them from now on.
    fn note(&self, id: CaseId, at: Instant) -> bool {
        let mut handed = self.lock();
        if handed.open.insert(id) {
            handed.due.push_back((at, id));
        }
        !std::mem::replace(&mut handed.attended, true)
    }

    /// The case was consumed: that says it all.
    pub(crate) fn settled(&self, id: CaseId) {
        self.lock().open.remove(&id);
    }

    /// Takes what is due, and says when the next is. `None` when nothing is left and nobody attends any more.
    fn take(&self, now: Instant) -> (Vec<CaseId>, Option<Instant>) {
        let mut handed = self.lock();
        let mut taken = Vec::new();
        while let Some((_, id)) = handed.due.pop_front_if(|(at, _)| *at <= now) {
            if handed.open.remove(&id) {
                taken.push(id);
            }
        }
        let next = handed.due.front().map(|(at, _)| *at);
        handed.attended = next.is_some() || !taken.is_empty();
        (taken, next)
    }

    /// Takes all, due or not.
    fn take_all(&self) -> Vec<CaseId> {
        let mut handed = self.lock();
        handed.due.clear();
        handed.open.drain().collect()
    }

    fn lock(&self) -> MutexGuard<'_, Handed> {
        self.handed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Engine {
    /// Records, after the answer, that the decision was handed out for the first time.
    pub(super) fn deliver(&self, case: &Case) {
        let pending = case.state.decisions.iter().any(|decision| {
            decision.state == DecisionState::Effective && decision.delivery == Delivery::Pending
        });
        if pending && self.inner.deliveries.note(case.core.id, Instant::now() + PATIENCE) {
            let engine = self.clone();
            tokio::spawn(async move { engine.attend_deliveries().await });
        }
    }

    async fn attend_deliveries(&self) {
        let mut stop = self.stopping();
        loop {
            let writing = self.inner.deliveries.writing.lock().await;
            let (due, next) = self.inner.deliveries.take(Instant::now());
            let idle = due.is_empty();
            self.record_deliveries(due).await;
            drop(writing);
            match next {
                Some(at) => tokio::select! {
                    () = tokio::time::sleep_until(at) => {}
                    // Whoever shuts down writes the rest.
                    _ = stop.wait_for(|stop| *stop) => return,
                },
                None if idle => return,
                None => {}
            }
        }
    }

    /// Writes down, at the end, what was handed out and is not due yet.
    pub(crate) async fn finish_deliveries(&self) {
        let _writing = self.inner.deliveries.writing.lock().await;
        self.record_deliveries(self.inner.deliveries.take_all()).await;
    }

    async fn record_deliveries(&self, cases: Vec<CaseId>) {
        // Handed to the writer together, they share its commit.
        let mut writes = JoinSet::new();
        for id in cases {
            let engine = self.clone();
            writes.spawn(async move {
                let deliver = |_: &_, _: &_| Ok(Command::Deliver);
                if let Err(error) = engine.order(None, id, By::machine(), false, deliver).await {
                    tracing::debug!(case = %id, %error, "the delivery was not recorded");
                }
            });
        }
        while writes.join_next().await.is_some() {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn id(n: u128) -> CaseId {
        CaseId(Uuid::from_u128(n))
    }

    #[test]
    fn each_is_taken_once_when_it_is_due_and_never_when_it_was_consumed() {
        let (list, start) = (Deliveries::default(), Instant::now());
        let after = |ms| start + Duration::from_millis(ms);
        assert!(list.note(id(1), after(10)), "somebody must attend");
        assert!(!list.note(id(1), after(11)) && !list.note(id(2), after(20)), "somebody does");
        assert_eq!(list.take(after(9)), (Vec::new(), Some(after(10))));
        assert_eq!(list.take(after(10)), (vec![id(1)], Some(after(20))));
        list.settled(id(2));
        assert_eq!(list.take(after(30)), (Vec::new(), None));
        assert!(list.note(id(3), after(40)), "nobody attends after the last one");
        // One that was consumed and handed out anew is due at its first time.
        assert_eq!(list.take_all(), vec![id(3)]);
        assert_eq!(list.take(after(50)), (Vec::new(), None));
    }
}
