//! Queues: what waits, pauses, and changes of many cases.

use serde::{Deserialize, Serialize};
use tandem_domain::{AlertId, BulkId, CaseId, MemberId, Span, Status, Timestamp};
use tandem_engine::QueueView;
use tandem_engine::alerts::AlertView;
use tandem_engine::capacity::CapacityView;
use tandem_engine::queues::{self as engine, BulkView, PauseView};
use utoipa::ToSchema;

use crate::problem::{Problem, Result};

/// A queue of a loop: what waits in it, and how it goes.
#[derive(Debug, Serialize, ToSchema)]
pub struct Queue {
    /// The loop.
    #[serde(rename = "loop")]
    pub loop_name: String,
    /// The queue.
    pub queue: String,
    /// Tasks with a free seat.
    pub waiting: u64,
    /// Open tasks without a free seat.
    pub claimed: u64,
    /// Since when the oldest waits.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub oldest_at: Option<Timestamp>,
    /// Waiting tasks whose case has a deadline.
    pub with_deadline: u64,
    /// Those of them whose deadline has passed.
    pub overdue: u64,
    /// Share of waiting tasks with a deadline that are not overdue, 0 to 1; null where none has one.
    pub within_deadline: Option<f64>,
    /// Waiting tasks by purpose; only for orchestrators, auditors and admins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_purpose: Option<Vec<OfPurpose>>,
    /// That it hands out nothing; null where it does.
    pub paused: Option<QueuePause>,
    /// People who judged here in the last ten minutes, or hold a seat.
    pub working: u64,
    /// Judgments an hour, measured over the last hour; null where too few were made to say.
    pub per_hour: Option<f64>,
    /// Seconds until nothing waits at that pace, if nothing comes in.
    pub empty_in_s: Option<u64>,
    /// What people can look at, and what gives way; null where the loop has no `review.capacity`.
    pub capacity: Option<QueueCapacity>,
}

/// What people can look at in a queue, and whether that is enough.
#[derive(Debug, Serialize, ToSchema)]
pub struct QueueCapacity {
    /// Looks that wait: free seats.
    pub looks: u64,
    /// Looks in an hour that people work; null where nothing says.
    pub looks_per_hour: Option<f64>,
    /// `said` in the loop file, or `measured`.
    pub source: &'static str,
    /// Seconds that a look costs; null where nothing says.
    pub look_s: Option<f64>,
    /// Seconds that what waits last may be expected to wait, in time that people work.
    pub wait_s: Option<f64>,
    /// The bound of it.
    pub bound_s: f64,
    /// Since when more waits than people can look at; null where they keep up.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub overloaded_at: Option<Timestamp>,
    /// What gives way now: `exploration`, `second_looks`, `audits`, `low_value`.
    pub gives_way: Vec<&'static str>,
    /// What would give way next, first to last.
    pub next: Vec<&'static str>,
}

impl From<CapacityView> for QueueCapacity {
    fn from(view: CapacityView) -> Self {
        Self {
            looks: view.looks,
            looks_per_hour: view.looks_per_hour,
            source: if view.said { "said" } else { "measured" },
            look_s: view.look_s,
            wait_s: view.wait_s,
            bound_s: view.bound_s,
            overloaded_at: view.overloaded_at,
            gives_way: view.gives_way,
            next: view.next,
        }
    }
}

/// Seats that a member holds in a loop.
#[derive(Debug, Serialize, ToSchema)]
pub struct Seats {
    /// The loop.
    #[serde(rename = "loop")]
    pub loop_name: String,
    /// Who.
    #[schema(value_type = String)]
    pub member: MemberId,
    /// Their name.
    pub name: String,
    /// How many.
    pub seats: u64,
    /// Since when they hold the oldest.
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
}

impl From<engine::SeatsView> for Seats {
    fn from(view: engine::SeatsView) -> Self {
        let engine::SeatsView { loop_name, member, name, seats, since } = view;
        Self { loop_name, member, name, seats, since }
    }
}

/// How the desk of a loop does.
#[derive(Debug, Serialize, ToSchema)]
pub struct Desk {
    /// Its queues.
    pub queues: Vec<Queue>,
    /// What somebody should look at: what stands first, then what is over lately.
    pub alerts: Vec<Alert>,
}

/// Waiting tasks of one purpose.
#[derive(Debug, Serialize, ToSchema)]
pub struct OfPurpose {
    /// `decide`, `arbitrate`, `audit` or `cross_check`.
    pub purpose: String,
    /// How many.
    pub tasks: u64,
}

/// That a queue is paused.
#[derive(Debug, Serialize, ToSchema)]
pub struct QueuePause {
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
    /// `runs` where deadlines go on, `stops` where the time does not count.
    pub clock: &'static str,
    /// Why.
    pub reason: String,
    /// Who paused it; null for a machine.
    #[schema(value_type = Option<String>)]
    pub by: Option<MemberId>,
    /// Their name.
    pub by_name: Option<String>,
}

impl From<PauseView> for QueuePause {
    fn from(view: PauseView) -> Self {
        Self {
            since: view.since,
            clock: if view.stops_clock { "stops" } else { "runs" },
            reason: view.reason,
            by: view.by,
            by_name: view.by_name,
        }
    }
}

impl From<QueueView> for Queue {
    fn from(view: QueueView) -> Self {
        let due = view.with_deadline;
        Self {
            within_deadline: (due > 0).then(|| (due - view.overdue) as f64 / due as f64),
            loop_name: view.loop_name,
            queue: view.queue,
            waiting: view.waiting,
            claimed: view.claimed,
            oldest_at: view.oldest_at,
            with_deadline: due,
            overdue: view.overdue,
            by_purpose: view.by_purpose.map(|found| {
                let found = found.into_iter();
                found.map(|it| OfPurpose { purpose: it.purpose, tasks: it.tasks }).collect()
            }),
            paused: view.paused.map(QueuePause::from),
            working: view.working,
            per_hour: view.per_hour,
            empty_in_s: view.empty_in_s,
            capacity: view.capacity.map(QueueCapacity::from),
        }
    }
}

/// Something that somebody should look at.
#[derive(Debug, Serialize, ToSchema)]
pub struct Alert {
    /// Its id; null for what gates raised.
    #[schema(value_type = Option<String>)]
    pub id: Option<AlertId>,
    /// The loop.
    #[serde(rename = "loop")]
    pub loop_name: String,
    /// `oldest_wait`, `overdue`, `errors`, `unsealed` or `unwatched`; of gates, `unconsumed` or
    /// `execution_unknown`.
    pub on: String,
    /// The queue, where it is about one.
    pub queue: Option<String>,
    /// The case, where it is about one.
    #[schema(value_type = Option<String>)]
    pub case: Option<CaseId>,
    /// What was measured when it was raised: seconds for `oldest_wait`, `unsealed` and `unwatched`, a share for
    /// `overdue` and `errors`.
    pub value: Option<f64>,
    /// The bound, in the same unit.
    pub above: Option<f64>,
    /// When it was raised.
    #[schema(value_type = String, format = DateTime)]
    pub raised_at: Timestamp,
    /// When it was over; null while it stands.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub cleared_at: Option<Timestamp>,
}

impl From<AlertView> for Alert {
    fn from(view: AlertView) -> Self {
        Self {
            id: view.id,
            loop_name: view.loop_name,
            on: view.on,
            queue: view.queue,
            case: view.case,
            value: view.value,
            above: view.above,
            raised_at: view.raised_at,
            cleared_at: view.cleared_at,
        }
    }
}

/// Whether deadlines go on while a queue is paused.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PauseClock {
    /// They go on.
    #[default]
    Runs,
    /// The time of the pause does not count.
    Stops,
}

/// Which queue to pause, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PauseIn {
    /// The loop.
    #[serde(rename = "loop")]
    pub loop_name: String,
    /// The queue.
    pub queue: String,
    /// Whether deadlines go on: `runs` (default) or `stops`.
    #[serde(default)]
    pub clock: PauseClock,
    /// Why.
    pub reason: String,
}

/// Which queue to resume, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResumeIn {
    /// The loop.
    #[serde(rename = "loop")]
    pub loop_name: String,
    /// The queue.
    pub queue: String,
    /// Why.
    pub reason: String,
}

/// Whose claims to free, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReleaseIn {
    /// The member.
    #[schema(value_type = String)]
    pub member: MemberId,
    /// Only in this loop; in all where one may, when absent.
    #[serde(rename = "loop")]
    pub loop_name: Option<String>,
    /// Why.
    pub reason: String,
}

/// How many claims were freed.
#[derive(Debug, Serialize, ToSchema)]
pub struct Released {
    /// How many.
    pub released: u64,
}

/// Where a case goes, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TransferIn {
    /// The queue.
    pub queue: String,
    /// Why; kept as a comment.
    pub reason: String,
}

/// How urgent a case is, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PriorityIn {
    /// 0 to 9, 9 first.
    pub priority: u8,
    /// Why; kept as a comment.
    pub reason: String,
}

/// Which waiting cases of the loop; what is absent does not matter.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BulkFilter {
    /// Only these, at most 500.
    #[schema(value_type = Vec<String>)]
    pub cases: Vec<CaseId>,
    /// Only those in this queue.
    pub queue: Option<String>,
    /// Only in these states: `queued`, `claimed`, `reopened`, …
    pub status: Vec<String>,
    /// Only those with this tag.
    pub tag: Option<String>,
    /// Only those that have waited for longer, as in `2h`.
    #[schema(value_type = Option<String>)]
    pub older_than: Option<Span>,
    /// Only those that this model proposed on last, as in `intent@7`.
    pub model: Option<String>,
    /// Only those whose key holds this text.
    pub key_contains: Option<String>,
}

/// What is done to each of them.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Change {
    /// Put into another queue; seats that are held are freed.
    Transfer {
        /// The queue.
        queue: String,
    },
    /// Another priority.
    Reprioritise {
        /// 0 to 9, 9 first.
        priority: u8,
    },
    /// Free the seats that are held.
    Release,
}

impl From<Change> for engine::Change {
    fn from(change: Change) -> Self {
        match change {
            Change::Transfer { queue } => Self::Transfer { queue },
            Change::Reprioritise { priority } => Self::Reprioritise { priority },
            Change::Release => Self::Release,
        }
    }
}

impl From<engine::Change> for Change {
    fn from(change: engine::Change) -> Self {
        match change {
            engine::Change::Transfer { queue } => Self::Transfer { queue },
            engine::Change::Reprioritise { priority } => Self::Reprioritise { priority },
            engine::Change::Release => Self::Release,
        }
    }
}

/// A change of many cases: counted with `dry_run`, done with the count confirmed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkIn {
    /// The loop.
    #[serde(rename = "loop")]
    pub loop_name: String,
    /// Which cases.
    #[serde(default)]
    pub filter: BulkFilter,
    /// What is done.
    pub change: Change,
    /// Only count.
    #[serde(default)]
    pub dry_run: bool,
    /// The number that the dry run counted; another number now is refused.
    pub expect: Option<u64>,
    /// Why; not needed to count.
    #[serde(default)]
    pub reason: String,
}

impl BulkFilter {
    /// As the engine takes it.
    ///
    /// # Errors
    /// 422 for a state that there is not.
    pub fn into_engine(self) -> Result<engine::BulkFilter> {
        let status = |(at, name): (usize, &String)| {
            let place = format!("/filter/status/{at}");
            let known = name.parse::<Status>();
            known.map_err(|why| Problem::invalid("invalid_input", place.as_str(), why.as_str()))
        };
        let statuses = self.status.iter().enumerate().map(status).collect::<Result<_>>()?;
        Ok(engine::BulkFilter {
            statuses,
            cases: self.cases,
            queue: self.queue,
            tag: self.tag,
            older_than: self.older_than,
            model: self.model,
            key_contains: self.key_contains,
        })
    }
}

/// What a change comes to: only counted, under way, or done.
#[derive(Debug, Serialize, ToSchema)]
pub struct Bulk {
    /// Its id; null where it was only counted.
    #[schema(value_type = Option<String>)]
    pub id: Option<BulkId>,
    /// `counted`, `running` or `done`.
    pub state: &'static str,
    /// The loop.
    #[serde(rename = "loop")]
    pub loop_name: String,
    /// What is done.
    pub change: Change,
    /// How many cases.
    pub count: u64,
    /// Some of them, the oldest first; only where they were counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<String>>)]
    pub sample: Option<Vec<CaseId>>,
    /// How many were changed so far.
    pub changed: u64,
    /// How many were left alone, because they had moved on.
    pub skipped: u64,
    /// Why.
    pub reason: Option<String>,
    /// Who asked.
    pub by: Option<String>,
    /// When it was asked for.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub created_at: Option<Timestamp>,
    /// When it was done.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub done_at: Option<Timestamp>,
}

impl Bulk {
    /// What would be changed.
    pub fn counted(loop_name: String, change: Change, found: engine::BulkPreview) -> Self {
        Self {
            id: None,
            state: "counted",
            loop_name,
            change,
            count: found.count,
            sample: Some(found.sample),
            changed: 0,
            skipped: 0,
            reason: None,
            by: None,
            created_at: None,
            done_at: None,
        }
    }
}

impl From<BulkView> for Bulk {
    fn from(view: BulkView) -> Self {
        Self {
            id: Some(view.id),
            state: if view.done_at.is_some() { "done" } else { "running" },
            loop_name: view.loop_name,
            change: view.change.into(),
            count: view.total,
            sample: None,
            changed: view.changed,
            skipped: view.skipped,
            reason: Some(view.reason),
            by: Some(view.by),
            created_at: Some(view.created_at),
            done_at: view.done_at,
        }
    }
}
