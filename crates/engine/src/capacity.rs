//! Capacity: what people can look at, what waits, and which lesser work gives way meanwhile.
//!
//! What gives way is handed out later, and for a stated time at most; nothing is decided for it, no
//! audit that was drawn is dropped, and no call of a tool gives way. It is looked at with the alerts,
//! the loop's row locked; claims read the rows of their space.

use serde_json::json;
use tandem_domain::loops::{CalendarSpec, CapacitySpec, Lesser, giving_way};
use tandem_domain::{EventId, Timestamp};
use tandem_store::overloads::{self, Looks, Overload};
use tandem_store::tasks::GivesWay;
use tandem_store::{Tx, tasks};

use crate::engine::Inner;
use crate::errors::Result;
use crate::loops::LoopHandle;
use crate::outbox::{self, Payload};
use crate::queues::pace_of;
use crate::record::{self, By, Place};

/// More gives way, as messages and the ledger name it.
pub(crate) const OVERLOADED: &str = "queue.overloaded";
/// Less gives way, or nothing any more.
pub(crate) const RELIEVED: &str = "queue.relieved";
/// Looks are counted over this many tasks, and reckoned from them for more.
const MOST_TASKS: u32 = 10_000;
/// What a look costs is measured over this.
const MEASURED: i64 = 7 * 24 * 3_600 * 1_000_000;
/// Judgments from which a cost is told.
const LEAST_JUDGED: u64 = 5;

/// What people can look at in a queue, and whether that is enough.
#[derive(Debug, Clone, PartialEq)]
pub struct CapacityView {
    /// Looks that wait.
    pub looks: u64,
    /// Looks an hour that people work; `None` where nothing says.
    pub looks_per_hour: Option<f64>,
    /// Whether the loop file says it; else it was measured.
    pub said: bool,
    /// Seconds that a look costs; `None` where nothing says.
    pub look_s: Option<f64>,
    /// Seconds that what waits last may be expected to wait, in time that people work.
    pub wait_s: Option<f64>,
    /// The bound.
    pub bound_s: f64,
    /// That the queue is overloaded: since when.
    pub overloaded_at: Option<Timestamp>,
    /// What gives way now.
    pub gives_way: Vec<&'static str>,
    /// What would give way next, first to last.
    pub next: Vec<&'static str>,
}

/// What a queue can do and has to.
struct Figures {
    looks: Looks,
    per_hour: Option<f64>,
    said: bool,
    look_s: Option<f64>,
}

impl Figures {
    /// Seconds until this many looks are given.
    fn wait_s(&self, looks: u64) -> Option<f64> {
        if looks == 0 {
            return Some(0.0);
        }
        self.per_hour.filter(|pace| *pace > 0.0).map(|pace| looks as f64 / pace * 3_600.0)
    }
}

fn measure(
    tx: &mut dyn Tx,
    handle: &LoopHandle,
    spec: &CapacitySpec,
    queue: &str,
) -> Result<Figures> {
    let low_doubt = handle.spec().low_value_doubt().unwrap_or(-1.0);
    let mut looks = overloads::looks(tx, handle.id, queue, low_doubt, MOST_TASKS)?;
    let open = tandem_store::counters::get(tx, handle.id, &format!("queue.{queue}"))?;
    if open > f64::from(MOST_TASKS) {
        // Of what was not counted the shares are taken to be the same.
        looks.scale(open / f64::from(MOST_TASKS));
    }
    let look_s = if let Some(look) = spec.look {
        Some(look.0 as f64 / 1e6)
    } else {
        let since = Timestamp(tx.now().0 - MEASURED);
        let (n, ms) = overloads::look_cost(tx, handle.id, queue, since)?;
        (n >= LEAST_JUDGED).then(|| ms as f64 / n as f64 / 1e3)
    };
    let hours_a_day = |calendar: &CalendarSpec| calendar.compile().ok().map(|it| it.hours_a_day());
    let hours = handle.spec().calendar_of(queue).and_then(hours_a_day).unwrap_or(24.0);
    let day = spec.queues.get(queue).and_then(|day| day.looks(look_s.unwrap_or(0.0)));
    let said = day.map(|day| day / hours);
    let per_hour = match said {
        Some(said) => Some(said),
        None => pace_of(tx, handle.id, queue)?,
    };
    Ok(Figures { looks, per_hour, said: said.is_some(), look_s })
}

/// The capacity of a queue; `None` where the loop does not watch it.
pub(crate) fn view(
    tx: &mut dyn Tx,
    handle: &LoopHandle,
    queue: &str,
) -> Result<Option<CapacityView>> {
    let review = &handle.spec().review;
    let Some(spec) = &review.capacity else { return Ok(None) };
    let found = measure(tx, handle, spec, queue)?;
    let overload = overloads::of_queue(tx, handle.id, queue)?;
    let level = overload.as_ref().map_or(0, |overload| overload.level as usize);
    let words = |kinds: &[Lesser]| kinds.iter().map(|lesser| lesser.as_str()).collect();
    let (gone, next) = review.overload.split_at(level.min(review.overload.len()));
    Ok(Some(CapacityView {
        looks: found.looks.all,
        looks_per_hour: found.per_hour,
        said: found.said,
        look_s: found.look_s,
        wait_s: found.wait_s(found.looks.all),
        bound_s: spec.wait.0 as f64 / 1e6,
        overloaded_at: overload.map(|overload| overload.since),
        gives_way: words(gone),
        next: words(next),
    }))
}

/// The expected waits when the first 0, 1, … kinds of work have given way.
fn waits(found: &Figures, overload: &[Lesser]) -> Option<Vec<f64>> {
    let mut left = found.looks.all;
    let mut waits = vec![found.wait_s(left)?];
    // The last kind needs no further wait: nothing comes after it.
    for lesser in overload.iter().take(overload.len().saturating_sub(1)) {
        left = left.saturating_sub(match lesser {
            Lesser::Exploration => 0,
            Lesser::SecondLooks => found.looks.second_looks,
            Lesser::Audits => found.looks.audits,
            Lesser::LowValue => found.looks.low_value,
        });
        waits.push(found.wait_s(left)?);
    }
    Some(waits)
}

/// Looks at each queue of a loop whose row is locked, and writes down where more or less gives way.
pub(crate) fn settle(tx: &mut dyn Tx, inner: &Inner, handle: &LoopHandle) -> Result<()> {
    let mut standing = overloads::of_loop(tx, handle.id)?;
    let review = &handle.spec().review;
    if let Some(spec) = &review.capacity {
        let mut names: Vec<String> = tasks::open_queues(tx, handle.id)?;
        names.extend(standing.iter().map(|overload| overload.queue.clone()));
        names.sort();
        names.dedup();
        for queue in names {
            let at = standing.iter().position(|overload| overload.queue == queue);
            let before = at.map(|at| standing.swap_remove(at));
            let found = measure(tx, handle, spec, &queue)?;
            // Where nobody can say how long it takes, what was so stays so.
            let Some(waits) = waits(&found, &review.overload) else { continue };
            let level = before.as_ref().map_or(0, |overload| overload.level);
            let next = giving_way(level as usize, &waits, spec.wait.0 as f64 / 1e6);
            let next = u32::try_from(next).unwrap_or(u32::MAX);
            if next != level {
                let since = before.map_or_else(|| tx.now(), |overload| overload.since);
                let wait_s = waits[0];
                let overload = Overload { loop_id: handle.id, queue, level: next, wait_s, since };
                change(tx, inner, handle, level, &overload)?;
            }
        }
    }
    // What nobody watches any more does not stand for ever.
    for overload in standing {
        let (level, over) = (overload.level, Overload { level: 0, ..overload });
        change(tx, inner, handle, level, &over)?;
    }
    Ok(())
}

fn change(
    tx: &mut dyn Tx,
    inner: &Inner,
    handle: &LoopHandle,
    before: u32,
    overload: &Overload,
) -> Result<()> {
    if overload.level == 0 {
        overloads::clear(tx, handle.id, &overload.queue)?;
    } else {
        overloads::set(tx, &handle.space, overload)?;
    }
    let review = &handle.spec().review;
    let gone = review.overload.iter().take(overload.level as usize);
    let bound = review.capacity.as_ref().map(|spec| spec.wait.0 as f64 / 1e6);
    let data = json!({
        "queue": overload.queue,
        "gives_way": gone.map(|lesser| lesser.as_str()).collect::<Vec<_>>(),
        "overloaded": overload.level > 0,
        "wait_s": overload.wait_s.round(),
        "bound_s": bound,
        "since": overload.since,
    });
    let kind = if overload.level > before { OVERLOADED } else { RELIEVED };
    let now = tx.now();
    let id = EventId(inner.ids.uuid(now)?).to_string();
    let map = data.as_object().cloned().unwrap_or_default();
    let place =
        Place { space: &handle.space, of_loop: Some((handle.id, &handle.name)), case: None };
    tx.append_event(record::event_record(place, &id, kind, &By::machine(), now, &map, &[])?);
    tx.wake(tandem_store::Topic::Queue(handle.id));
    let told = Payload { loop_name: handle.name.clone(), case: None, at: now, data };
    outbox::publish(tx, inner, &handle.space, &handle.id.to_string(), kind, &told)
}

/// What gives way in a queue to whoever claims there now; `None` where nothing does.
pub(crate) fn gives_way(
    handle: &LoopHandle,
    overloaded: &[Overload],
    queue: &str,
    now: Timestamp,
) -> Option<GivesWay> {
    let known = |it: &&Overload| it.loop_id == handle.id && it.queue == queue;
    let level = overloaded.iter().find(known)?.level as usize;
    let review = &handle.spec().review;
    let gone = &review.overload[..level.min(review.overload.len())];
    let low = gone.contains(&Lesser::LowValue);
    let found = GivesWay {
        audits: gone.contains(&Lesser::Audits),
        second_looks: gone.contains(&Lesser::SecondLooks),
        doubt_up_to: if low { handle.spec().low_value_doubt() } else { None },
        made_after: Timestamp(now.0 - review.capacity.as_ref()?.postpone.0),
    };
    (found.audits || found.second_looks || found.doubt_up_to.is_some()).then_some(found)
}

/// Whether a share of the front of the loop's queues is still drawn by chance.
pub(crate) fn explores(handle: &LoopHandle, overloaded: &[Overload]) -> bool {
    let order = &handle.spec().review.overload;
    let at = order.iter().position(|lesser| *lesser == Lesser::Exploration);
    at.is_none_or(|at| !overloaded.iter().any(|overload| overload.level as usize > at))
}
