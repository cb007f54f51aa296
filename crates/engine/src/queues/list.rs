//! What waits where, how long, and when it will be empty at the pace of the last hour.

use std::collections::BTreeSet;
use std::sync::Arc;

use tandem_domain::loops::{ARBITER_QUEUE, DEFAULT_QUEUE};
use tandem_domain::{LoopId, Timestamp};
use tandem_store::queues::{self, OfPurpose, Pause};
use tandem_store::{Tx, counters, loops, tasks};

use super::PauseView;
use crate::access::{Action, allow};
use crate::alerts::AlertView;
use crate::capacity::{self, CapacityView};
use crate::engine::Engine;
use crate::errors::{EngineError, Result};
use crate::loops::LoopHandle;
use crate::principal::Principal;

/// Most loops of a listing.
const MOST_LOOPS: u32 = 1_000;
/// Free tasks are counted up to this many.
const MOST_FREE: u32 = 10_000;
/// Who judged within this, or holds a seat, is working now.
const WORKING: i64 = 10 * 60 * 1_000_000;
/// The pace is measured over this, or since the first judgment in it.
const PACE: i64 = 3_600 * 1_000_000;
/// The least time and the fewest judgments that a pace is told from.
const LEAST_TIME: i64 = 5 * 60 * 1_000_000;
const LEAST_JUDGED: u64 = 5;

/// A queue of a loop.
#[derive(Debug, Clone, PartialEq)]
pub struct QueueView {
    /// The loop's name.
    pub loop_name: String,
    /// The queue.
    pub queue: String,
    /// Tasks with a free seat; beyond ten thousand, all open tasks.
    pub waiting: u64,
    /// Open tasks without a free seat.
    pub claimed: u64,
    /// Since when the oldest task with a free seat waits.
    pub oldest_at: Option<Timestamp>,
    /// Waiting tasks whose case has a deadline.
    pub with_deadline: u64,
    /// Those of them whose deadline has passed.
    pub overdue: u64,
    /// Waiting tasks by purpose, for those who may see it.
    pub by_purpose: Option<Vec<OfPurpose>>,
    /// That it is paused.
    pub paused: Option<PauseView>,
    /// Members who judged here in the last ten minutes, or hold a seat.
    pub working: u64,
    /// Judgments an hour, from the last hour; `None` where too few were made to say.
    pub per_hour: Option<f64>,
    /// Seconds until nothing waits at this pace, if nothing comes in.
    pub empty_in_s: Option<u64>,
    /// What people can look at, where the loop watches it.
    pub capacity: Option<CapacityView>,
}

/// How a loop's desk does: its queues, and what somebody should look at.
#[derive(Debug, Clone, PartialEq)]
pub struct DeskView {
    /// The queues.
    pub queues: Vec<QueueView>,
    /// What stands, and what is over lately.
    pub alerts: Vec<AlertView>,
}

impl Engine {
    /// The queues of a loop with what stands in them.
    pub async fn desk(&self, principal: &Principal, loop_name: &str) -> Result<DeskView> {
        allow(principal, Action::StatsRead, Some(loop_name))?;
        let known = self.compiled(&principal.space, loop_name).await?;
        let mut queues = self.queues(principal).await?;
        queues.retain(|view| view.loop_name == known.name);
        let mut alerts = self.alerts(principal).await?;
        alerts.retain(|alert| alert.loop_name == known.name);
        Ok(DeskView { queues, alerts })
    }

    /// The queues of the loops that the principal may look at.
    pub async fn queues(&self, principal: &Principal) -> Result<Vec<QueueView>> {
        crate::access::allow_somewhere(principal, Action::QueueRead)?;
        let (space, asker) = (principal.space.clone(), principal.clone());
        let inner = Arc::clone(&self.inner);
        let found = self.inner.store.read(move |tx| {
            let pauses = queues::pauses(tx, &space)?;
            let mut views = Vec::new();
            for row in loops::list(tx, &space, None, MOST_LOOPS)? {
                let allowed = allow(&asker, Action::QueueRead, Some(&row.name)).is_ok();
                if allowed && row.head > 0 {
                    let handle = inner.loops.head(tx, row.id)?;
                    views.extend(of_loop(tx, &asker, &handle, &pauses)?);
                }
            }
            Ok::<_, EngineError>(views)
        });
        found.await
    }
}

fn of_loop(
    tx: &mut dyn Tx,
    asker: &Principal,
    handle: &LoopHandle,
    pauses: &[Pause],
) -> Result<Vec<QueueView>> {
    let mut names: BTreeSet<String> = handle.spec().queues.keys().cloned().collect();
    names.insert(DEFAULT_QUEUE.to_owned());
    names.extend(tasks::open_queues(tx, handle.id)?);
    let here: Vec<_> = pauses.iter().filter(|pause| pause.loop_id == handle.id).collect();
    names.extend(here.iter().map(|pause| pause.queue.clone()));
    let mut views = Vec::new();
    for queue in names {
        let pause = here.iter().find(|pause| pause.queue == queue).copied();
        let open = counters::get(tx, handle.id, &total(&queue))?.max(0.0) as u64;
        if queue == ARBITER_QUEUE && open == 0 && pause.is_none() {
            continue;
        }
        views.push(view(tx, asker, handle, queue, open, pause)?);
    }
    Ok(views)
}

fn total(queue: &str) -> String {
    format!("queue.{queue}")
}

/// One queue.
pub(super) fn one(
    tx: &mut dyn Tx,
    asker: &Principal,
    handle: &LoopHandle,
    queue: &str,
) -> Result<QueueView> {
    let pause = queues::pause_of(tx, handle.id, queue)?;
    let open = counters::get(tx, handle.id, &total(queue))?.max(0.0) as u64;
    view(tx, asker, handle, queue.to_owned(), open, pause.as_ref())
}

fn view(
    tx: &mut dyn Tx,
    asker: &Principal,
    handle: &LoopHandle,
    queue: String,
    open: u64,
    pause: Option<&Pause>,
) -> Result<QueueView> {
    let now = tx.now();
    let found = queues::by_purpose(tx, handle.id, &queue, MOST_FREE)?;
    let sum = |of: fn(&OfPurpose) -> u64| found.iter().map(of).sum::<u64>();
    let free = sum(|found| found.tasks);
    // Counting stops where it would cost more than it tells.
    let waiting = if free < u64::from(MOST_FREE) { free } else { open.max(free) };
    let per_hour = pace_of(tx, handle.id, &queue)?;
    Ok(QueueView {
        loop_name: handle.name.clone(),
        waiting,
        claimed: open.saturating_sub(waiting),
        oldest_at: tasks::oldest(tx, handle.id, &queue)?,
        with_deadline: sum(|found| found.with_deadline),
        overdue: sum(|found| found.overdue),
        by_purpose: allow(asker, Action::StatsRead, Some(&handle.name)).is_ok().then_some(found),
        paused: pause.map(|pause| PauseView::of(tx, pause)).transpose()?,
        working: queues::working(tx, handle.id, &queue, Timestamp(now.0 - WORKING))?,
        per_hour,
        capacity: capacity::view(tx, handle, &queue)?,
        empty_in_s: per_hour.map(|pace| (waiting as f64 / pace * 3_600.0).ceil() as u64),
        queue,
    })
}

/// Judgments an hour in a queue, from the last hour.
pub(crate) fn pace_of(tx: &mut dyn Tx, loop_id: LoopId, queue: &str) -> Result<Option<f64>> {
    let now = tx.now();
    let (judged, first) = queues::pace(tx, loop_id, queue, Timestamp(now.0 - PACE))?;
    Ok(first.and_then(|first| pace(judged, now.0 - first.0)))
}

/// Judgments an hour; `None` where too few were made in too short a time to tell.
fn pace(judged: u64, micros: i64) -> Option<f64> {
    let enough = judged >= LEAST_JUDGED && micros > 0;
    enough.then(|| judged as f64 * 3_600e6 / micros.max(LEAST_TIME) as f64)
}

#[cfg(test)]
mod tests {
    use super::pace;

    #[test]
    fn a_pace_needs_judgments_and_time() {
        assert_eq!(pace(4, 3_600_000_000), None);
        assert_eq!(pace(60, 3_600_000_000), Some(60.0));
        // Five within a second are no five thousand an hour.
        assert_eq!(pace(5, 1_000_000), Some(60.0));
    }
}
