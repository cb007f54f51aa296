//! Queues: what waits where.

use std::collections::BTreeSet;
use std::sync::Arc;

use tandem_domain::Timestamp;
use tandem_domain::loops::{ARBITER_QUEUE, DEFAULT_QUEUE};
use tandem_store::{Tx, counters, loops, tasks};

use crate::access::{Action, allow};
use crate::engine::Engine;
use crate::errors::{EngineError, Result};
use crate::loops::LoopHandle;
use crate::principal::Principal;

/// Most loops of a listing.
const MOST_LOOPS: u32 = 1_000;
/// Free tasks are counted up to this many.
const MOST_FREE: u32 = 1_000;

/// A queue of a loop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueView {
    /// The loop's name.
    pub loop_name: String,
    /// The queue.
    pub queue: String,
    /// Tasks with a free seat; beyond a thousand, all open tasks.
    pub waiting: u64,
    /// Open tasks without a free seat.
    pub claimed: u64,
    /// Since when the oldest task with a free seat waits.
    pub oldest_at: Option<Timestamp>,
}

impl Engine {
    /// The queues of the loops that the principal may look at.
    pub async fn queues(&self, principal: &Principal) -> Result<Vec<QueueView>> {
        crate::access::allow_somewhere(principal, Action::QueueRead)?;
        let (space, asker) = (principal.space.clone(), principal.clone());
        let inner = Arc::clone(&self.inner);
        let found = self.inner.store.read(move |tx| {
            let mut views = Vec::new();
            for row in loops::list(tx, &space, None, MOST_LOOPS)? {
                let allowed = allow(&asker, Action::QueueRead, Some(&row.name)).is_ok();
                if allowed && row.head > 0 {
                    let handle = inner.loops.head(tx, row.id)?;
                    views.extend(of_loop(tx, &handle)?);
                }
            }
            Ok::<_, EngineError>(views)
        });
        found.await
    }
}

fn of_loop(tx: &mut dyn Tx, handle: &LoopHandle) -> Result<Vec<QueueView>> {
    let mut names: BTreeSet<String> = handle.spec().queues.keys().cloned().collect();
    names.insert(DEFAULT_QUEUE.to_owned());
    names.extend(tasks::open_queues(tx, handle.id)?);
    let mut views = Vec::new();
    for queue in names {
        let open = counters::get(tx, handle.id, &format!("queue.{queue}"))?.max(0.0) as u64;
        if queue == ARBITER_QUEUE && open == 0 {
            continue;
        }
        let free = tasks::count_open(tx, handle.id, &queue, MOST_FREE)?;
        // Counting stops where it would cost more than it tells.
        let waiting = if free < u64::from(MOST_FREE) { free } else { open.max(free) };
        let oldest_at = tasks::oldest(tx, handle.id, &queue)?;
        views.push(QueueView {
            loop_name: handle.name.clone(),
            queue,
            waiting,
            claimed: open.saturating_sub(waiting),
            oldest_at,
        });
    }
    Ok(views)
}
