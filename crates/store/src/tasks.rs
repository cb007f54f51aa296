//! Tasks as reviewers meet them: what to claim next, at a cost that does not grow with the backlog.

use std::cmp::Ordering;
use std::collections::HashSet;

use tandem_domain::{Span, TaskId};

use crate::types::{CaseId, LoopId, MemberId, RowExt, Timestamp};
use crate::{Param, Result, Row, Tx, TxExt, params};

/// The stored score of a task that nobody scored: below every real one.
pub const UNSCORED: f64 = -1e300;

/// How many tasks `Grouped` puts into groups, first of all by `Policy`.
const WINDOW: u32 = 2_000;
/// `Value` puts cases first that are due within this.
const DUE_SOON: Span = Span::seconds(15 * 60);

/// A queue of a loop that the reviewer may take from.
#[derive(Debug, Clone, PartialEq)]
pub struct Lane {
    /// The loop.
    pub loop_id: LoopId,
    /// The queue; `None` for every queue of the loop that has something.
    pub queue: Option<String>,
    /// What a wrong answer that passes costs; only [`ClaimOrder::Value`] asks.
    pub error_cost: f64,
    /// What a look costs, in the same unit.
    pub review_cost: f64,
    /// What is passed over for now.
    pub gives_way: Option<GivesWay>,
}

/// Lesser work that is passed over while more waits than people can look at. What is due soon never is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GivesWay {
    /// Audits.
    pub audits: bool,
    /// Second looks.
    pub second_looks: bool,
    /// Cases to decide with no more doubt than this.
    pub doubt_up_to: Option<f64>,
    /// Only what was made after this.
    pub made_after: Timestamp,
}

impl GivesWay {
    /// The condition on `tasks t` of what is not passed over.
    fn condition(&self, soon: Timestamp) -> String {
        let mut which = Vec::new();
        if self.audits {
            which.push("t.purpose = 'audit'".to_owned());
        }
        if self.second_looks {
            which.push("t.purpose = 'cross_check'".to_owned());
        }
        if let Some(doubt) = self.doubt_up_to.filter(|doubt| doubt.is_finite()) {
            which.push(format!("(t.purpose = 'decide' AND t.doubt <= {doubt:?})"));
        }
        if which.is_empty() {
            return String::new();
        }
        format!(
            "AND NOT (({}) AND t.created_at > {} AND (t.due IS NULL OR t.due > {}))",
            which.join(" OR "),
            self.made_after.0,
            soon.0
        )
    }
}

impl Lane {
    /// A lane where an error costs one and a look nothing.
    pub fn new(loop_id: LoopId, queue: Option<String>) -> Self {
        Self { loop_id, queue, error_cost: 1.0, review_cost: 0.0, gives_way: None }
    }
}

/// Which task comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ClaimOrder {
    /// Highest priority, then highest score where scored, then oldest.
    #[default]
    Policy,
    /// Oldest.
    Oldest,
    /// Most doubtful, whatever its priority: one minus the weakest confidence.
    Uncertain,
    /// Highest score, whatever its priority: the model's front of unsure cases that differ.
    Diverse,
    /// Due soon, earliest first; then the largest expected value of a look, `doubt * error_cost -
    /// review_cost`.
    Value,
    /// Highest priority, then those with the same answer proposed one after the other, among the
    /// first 2,000 by `Policy` of each queue.
    Grouped,
}

/// A claimable task with what it is ordered by.
#[derive(Debug, Clone, PartialEq)]
struct Candidate {
    task: TaskId,
    priority: i64,
    score: f64,
    created_at: Timestamp,
    doubt: f64,
    alike: String,
    due: Option<Timestamp>,
    /// Expected value of a look.
    value: f64,
}

const COLUMNS: &str = "t.case_id, t.n, t.priority, t.score, t.created_at, t.doubt, t.alike, t.due";

impl Candidate {
    fn read(row: &dyn Row) -> Result<Self> {
        let doubt = row.real(5)?;
        Ok(Self {
            task: read_task(row)?,
            priority: row.int(2)?,
            score: row.real(3)?,
            created_at: row.time(4)?,
            doubt,
            alike: row.string(6)?,
            due: row.opt_time(7)?,
            value: doubt,
        })
    }

    fn in_lane(mut self, lane: &Lane) -> Self {
        self.value = self.doubt * lane.error_cost - lane.review_cost;
        self
    }

    fn cmp(&self, other: &Self, order: ClaimOrder, soon: Timestamp) -> Ordering {
        let age = || self.created_at.cmp(&other.created_at).then(self.task.cmp(&other.task));
        let priority = || other.priority.cmp(&self.priority);
        let score = || other.score.total_cmp(&self.score);
        match order {
            ClaimOrder::Policy => priority().then_with(score).then_with(age),
            ClaimOrder::Oldest => age(),
            ClaimOrder::Uncertain => other.doubt.total_cmp(&self.doubt).then_with(age),
            ClaimOrder::Diverse => score().then_with(age),
            ClaimOrder::Value => {
                let due = |it: &Self| it.due.filter(|due| *due <= soon).unwrap_or(Timestamp::MAX);
                let value = || other.value.total_cmp(&self.value);
                due(self).cmp(&due(other)).then_with(value).then_with(age)
            }
            ClaimOrder::Grouped => priority()
                .then_with(|| self.alike.cmp(&other.alike))
                .then_with(score)
                .then_with(age),
        }
    }
}

/// Reads a task's id from columns 0 and 1.
fn read_task(row: &dyn Row) -> Result<TaskId> {
    Ok(TaskId { case: row.id(0)?, n: row.small(1)? })
}

/// Who asks for work, and for which.
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimQuery {
    /// Who.
    pub member: MemberId,
    /// Whether arbitration tasks are for them too.
    pub arbiter: bool,
    /// Where from.
    pub lanes: Vec<Lane>,
    /// What first.
    pub order: ClaimOrder,
    /// How many at most.
    pub limit: u32,
}

/// Tasks with a free seat that the member may take, best first over all lanes, at most `limit`. On
/// PostgreSQL their cases are now locked by this transaction, and cases locked by others were
/// passed over, so claimers do not wait for each other. The caller runs the domain's command on
/// each case, which may still refuse: a candidate is a hint. A refusal that will stand is noted
/// with [`bar`], so that the next claim does not meet the case again.
pub fn claim_candidates(tx: &mut dyn Tx, query: &ClaimQuery) -> Result<Vec<TaskId>> {
    let soon = tx.now() + DUE_SOON;
    let mut best: Vec<Candidate> = Vec::new();
    for lane in &query.lanes {
        let queues = match &lane.queue {
            Some(queue) => vec![queue.clone()],
            None => open_queues(tx, lane.loop_id)?,
        };
        for queue in &queues {
            for rung in 0..=i64::from(query.arbiter) {
                let gives_way = lane.gives_way.as_ref();
                let passed_over = gives_way.map(|it| it.condition(soon)).unwrap_or_default();
                let probe = Probe { query, loop_id: lane.loop_id, queue, rung, passed_over };
                let found = probe.run(tx, soon)?;
                best.extend(found.into_iter().map(|candidate| candidate.in_lane(lane)));
            }
        }
    }
    best.sort_by(|a, b| a.cmp(b, query.order, soon));
    let mut seen = HashSet::new();
    best.retain(|candidate| seen.insert(candidate.task));
    best.truncate(query.limit as usize);
    Ok(best.into_iter().map(|candidate| candidate.task).collect())
}

/// A look at one rung of a queue: each is answered by an index in order.
struct Probe<'a> {
    query: &'a ClaimQuery,
    loop_id: LoopId,
    queue: &'a str,
    rung: i64,
    /// What is not passed over, as a condition.
    passed_over: String,
}

impl Probe<'_> {
    fn run(&self, tx: &mut dyn Tx, soon: Timestamp) -> Result<Vec<Candidate>> {
        const BY_POLICY: &str = "t.priority DESC, t.score DESC, t.created_at, t.case_id, t.n";
        const BY_DOUBT: &str = "t.doubt DESC, t.created_at, t.case_id, t.n";
        match self.query.order {
            ClaimOrder::Policy => self.first(tx, "", BY_POLICY),
            ClaimOrder::Oldest => self.first(tx, "", "t.created_at, t.case_id, t.n"),
            ClaimOrder::Uncertain => self.first(tx, "", BY_DOUBT),
            ClaimOrder::Diverse => {
                // The index begins with the priority: one probe each.
                let mut found = Vec::new();
                for priority in 0..=9 {
                    let at = format!("AND t.priority = {priority}");
                    found.extend(self.first(tx, &at, BY_POLICY)?);
                }
                Ok(found)
            }
            ClaimOrder::Value => {
                let due = format!("AND t.due <= {}", soon.0);
                let mut found = self.first(tx, &due, "t.due, t.case_id, t.n")?;
                found.extend(self.first(tx, "", BY_DOUBT)?);
                Ok(found)
            }
            ClaimOrder::Grouped => {
                let within = format!(
                    "AND (t.case_id, t.n) IN (SELECT w.case_id, w.n FROM tasks w \
                     WHERE w.loop_id = $1 AND w.queue = $2 AND w.rung = $5 AND w.free > 0 \
                     ORDER BY w.priority DESC, w.score DESC, w.created_at, w.case_id, w.n LIMIT {WINDOW})"
                );
                let order = "t.priority DESC, t.alike, t.score DESC, t.created_at, t.case_id, t.n";
                self.first(tx, &within, order)
            }
        }
    }

    fn first(&self, tx: &mut dyn Tx, which: &str, order: &str) -> Result<Vec<Candidate>> {
        // The case is locked rather than the task: every command locks its case first.
        let join = tx.dialect().pick("", "JOIN cases c ON c.id = t.case_id");
        let skip = tx.dialect().pick("", "FOR UPDATE OF c SKIP LOCKED");
        let passed = &self.passed_over;
        let sql = format!(
            "SELECT {COLUMNS} FROM tasks t {join} \
             WHERE t.loop_id = $1 AND t.queue = $2 AND t.rung = $5 AND t.free > 0 {which} {passed} \
             AND NOT EXISTS (SELECT 1 FROM bars b WHERE b.case_id = t.case_id AND b.member_id = $3) \
             AND NOT EXISTS (SELECT 1 FROM claims k WHERE k.case_id = t.case_id AND k.member_id = $3) \
             ORDER BY {order} LIMIT $4 {skip}"
        );
        let (member, limit) = (&self.query.member, self.query.limit);
        let values = params![&self.loop_id, self.queue, member, limit, self.rung];
        tx.query_all(&sql, values, Candidate::read)
    }
}

/// The queues of a loop that hold a claimable task: one index probe each.
pub fn open_queues(tx: &mut dyn Tx, loop_id: LoopId) -> Result<Vec<String>> {
    let mut queues: Vec<String> = Vec::new();
    loop {
        let last = queues.last().map_or("", String::as_str);
        let next = tx.query_opt(
            "SELECT queue FROM tasks WHERE loop_id = $1 AND free > 0 AND queue > $2 \
             ORDER BY queue LIMIT 1",
            params![&loop_id, last],
            |row| row.string(0),
        )?;
        match next {
            Some(queue) => queues.push(queue),
            None => return Ok(queues),
        }
    }
}

/// The first `limit` claimable tasks of a loop in claim order: the pool that a new model scores.
pub fn pool(tx: &mut dyn Tx, loop_id: LoopId, limit: u32) -> Result<Vec<TaskId>> {
    let mut best = Vec::new();
    for queue in open_queues(tx, loop_id)? {
        for rung in [0_i64, 1] {
            best.extend(tx.query_all(
                &format!(
                    "SELECT {COLUMNS} FROM tasks t \
                     WHERE t.loop_id = $1 AND t.queue = $2 AND t.rung = $4 AND t.free > 0 \
                     ORDER BY t.priority DESC, t.score DESC, t.created_at, t.case_id, t.n LIMIT $3"
                ),
                params![&loop_id, &queue, limit, rung],
                Candidate::read,
            )?);
        }
    }
    best.sort_by(|a, b| a.cmp(b, ClaimOrder::Policy, Timestamp::MAX));
    best.truncate(limit as usize);
    Ok(best.into_iter().map(|candidate| candidate.task).collect())
}

/// What a model says of an open task.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// The task.
    pub task: TaskId,
    /// Its place in the queue: higher comes first.
    pub place: f64,
    /// One minus the weakest confidence, 0..=1.
    pub doubt: f64,
}

/// Sets scores of open tasks; closed ones are left alone. Call it with a few hundred at a time, so
/// that claims come in between.
pub fn set_scores(tx: &mut dyn Tx, loop_id: LoopId, scores: &[Score]) -> Result<()> {
    let mut sorted: Vec<_> = scores.iter().collect();
    // One order everywhere, so that two scorers cannot block each other.
    sorted.sort_by_key(|score| score.task);
    for Score { task, place, doubt } in sorted {
        let place = if place.is_finite() { *place } else { UNSCORED };
        let doubt = if doubt.is_finite() { *doubt } else { 1.0 };
        tx.exec(
            "UPDATE tasks SET score = $3, doubt = $4 WHERE case_id = $1 AND n = $2",
            params![&task.case, task.n, place, doubt],
        )?;
    }
    tx.wake(crate::Topic::Loop(loop_id));
    Ok(())
}

/// How many tasks of a queue can be claimed, counted up to `most`.
pub fn count_open(tx: &mut dyn Tx, loop_id: LoopId, queue: &str, most: u32) -> Result<u64> {
    tx.query_one(
        "SELECT COUNT(*) FROM (SELECT 1 FROM tasks WHERE loop_id = $1 AND queue = $2 AND free > 0 LIMIT $3) AS found",
        params![&loop_id, queue, most],
        |row| row.count(0),
    )
}

/// When the oldest task of a queue that can be claimed was made: an index probe per rung.
pub fn oldest(tx: &mut dyn Tx, loop_id: LoopId, queue: &str) -> Result<Option<Timestamp>> {
    let mut oldest: Option<Timestamp> = None;
    for rung in [0_i64, 1] {
        let on_rung = tx.query_opt(
            "SELECT created_at FROM tasks WHERE loop_id = $1 AND queue = $2 AND rung = $3 AND free > 0 \
             ORDER BY created_at LIMIT 1",
            params![&loop_id, queue, rung],
            |row| row.time(0),
        )?;
        oldest = oldest.into_iter().chain(on_rung).min();
    }
    Ok(oldest)
}

/// Which cases with an open task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenFilter {
    /// The loop.
    pub loop_id: LoopId,
    /// Only those in this queue.
    pub queue: Option<String>,
    /// Only those whose task was made before.
    pub made_before: Option<Timestamp>,
    /// Only those where somebody holds a seat.
    pub held: bool,
    /// Only those that can be put into this queue and are not there.
    pub movable_to: Option<String>,
}

const OPEN: &str = "FROM tasks t WHERE t.loop_id = $1 AND t.case_id > $2 AND t.case_id <= $3 \
                    AND ($4 = '' OR t.queue = $4) AND t.created_at <= $5 \
                    AND ($6 = 0 OR EXISTS (SELECT 1 FROM claims k WHERE k.case_id = t.case_id)) \
                    AND ($7 = '' OR (t.rung = 0 AND t.queue <> $7))";

fn open_ids(
    tx: &mut dyn Tx,
    filter: &OpenFilter,
    (after, until): ([u8; 16], [u8; 16]),
    limit: u32,
) -> Result<Vec<CaseId>> {
    let (queue, to) = (filter.queue.as_deref(), filter.movable_to.as_deref());
    let before = filter.made_before.unwrap_or(Timestamp::MAX);
    let sql = format!("SELECT DISTINCT t.case_id {OPEN} ORDER BY t.case_id LIMIT $8");
    tx.query_all(
        &sql,
        params![
            &filter.loop_id,
            &after,
            &until,
            queue.unwrap_or(""),
            before,
            i64::from(filter.held),
            to.unwrap_or(""),
            limit
        ],
        |row| row.id(0),
    )
}

/// A page of cases with an open task, by id, after the one named.
pub fn open_cases(
    tx: &mut dyn Tx,
    filter: &OpenFilter,
    after: Option<CaseId>,
    limit: u32,
) -> Result<Vec<CaseId>> {
    let after = after.map_or([0; 16], |id| *id.as_bytes());
    open_ids(tx, filter, (after, [0xff; 16]), limit)
}

/// Whether a case has an open task that the filter fits.
pub fn is_open(tx: &mut dyn Tx, filter: &OpenFilter, case: CaseId) -> Result<bool> {
    let id = u128::from_be_bytes(*case.as_bytes());
    let before = id.saturating_sub(1).to_be_bytes();
    Ok(!open_ids(tx, filter, (before, *case.as_bytes()), 1)?.is_empty())
}

/// Bars members from a case: they will not be offered it (again).
pub fn bar(tx: &mut dyn Tx, case_id: CaseId, members: &[MemberId]) -> Result<()> {
    let values: Vec<Param<'_>> =
        members.iter().flat_map(|member| [Param::from(&case_id), Param::from(member)]).collect();
    tx.insert_many(
        "INSERT INTO bars (case_id, member_id)",
        2,
        &values,
        "ON CONFLICT (case_id, member_id) DO NOTHING",
    )?;
    Ok(())
}

/// Lifts a bar.
pub fn unbar(tx: &mut dyn Tx, case_id: CaseId, member: MemberId) -> Result<()> {
    tx.exec("DELETE FROM bars WHERE case_id = $1 AND member_id = $2", params![&case_id, &member])?;
    Ok(())
}
