//! Tasks as reviewers meet them: what to claim next, at a cost that does not grow with the backlog.

use tandem_domain::TaskId;

use crate::types::{CaseId, LoopId, MemberId, RowExt, Timestamp};
use crate::{Param, Result, Row, Tx, TxExt, params};

/// The stored score of a task that nobody scored: below every real one.
pub const UNSCORED: f64 = -1e300;

/// A queue of a loop that the reviewer may take from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lane {
    /// The loop.
    pub loop_id: LoopId,
    /// The queue; `None` for every queue of the loop that has something.
    pub queue: Option<String>,
}

/// Which task comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ClaimOrder {
    /// Highest priority, then highest score where scored, then oldest.
    #[default]
    Policy,
    /// Oldest.
    Oldest,
}

impl ClaimOrder {
    const fn sql(self) -> &'static str {
        match self {
            Self::Policy => "t.priority DESC, t.score DESC, t.created_at, t.case_id, t.n",
            Self::Oldest => "t.created_at, t.case_id, t.n",
        }
    }
}

/// A claimable task with what it is ordered by.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Candidate {
    task: TaskId,
    priority: i64,
    score: f64,
    created_at: Timestamp,
}

impl Candidate {
    fn read(row: &dyn Row) -> Result<Self> {
        Ok(Self {
            task: read_task(row)?,
            priority: row.int(2)?,
            score: row.real(3)?,
            created_at: row.time(4)?,
        })
    }

    fn cmp(&self, other: &Self, order: ClaimOrder) -> std::cmp::Ordering {
        let age = self.created_at.cmp(&other.created_at).then(self.task.cmp(&other.task));
        match order {
            ClaimOrder::Policy => other
                .priority
                .cmp(&self.priority)
                .then(other.score.total_cmp(&self.score))
                .then(age),
            ClaimOrder::Oldest => age,
        }
    }
}

/// Reads a task's id from columns 0 and 1.
fn read_task(row: &dyn Row) -> Result<TaskId> {
    Ok(TaskId { case: row.id(0)?, n: row.small(1)? })
}

/// Who asks for work, and for which.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    let mut best = Vec::new();
    for lane in &query.lanes {
        let queues = match &lane.queue {
            Some(queue) => vec![queue.clone()],
            None => open_queues(tx, lane.loop_id)?,
        };
        for queue in &queues {
            best.extend(on_rung(tx, query, lane.loop_id, queue, 0)?);
            if query.arbiter {
                best.extend(on_rung(tx, query, lane.loop_id, queue, 1)?);
            }
        }
    }
    best.sort_by(|a, b| a.cmp(b, query.order));
    best.truncate(query.limit as usize);
    Ok(best.into_iter().map(|candidate| candidate.task).collect())
}

fn on_rung(
    tx: &mut dyn Tx,
    query: &ClaimQuery,
    loop_id: LoopId,
    queue: &str,
    rung: i64,
) -> Result<Vec<Candidate>> {
    // The case is locked rather than the task: every command locks its case first.
    let join = tx.dialect().pick("", "JOIN cases c ON c.id = t.case_id");
    let skip = tx.dialect().pick("", "FOR UPDATE OF c SKIP LOCKED");
    let sql = format!(
        "SELECT t.case_id, t.n, t.priority, t.score, t.created_at FROM tasks t {join} \
         WHERE t.loop_id = $1 AND t.queue = $2 AND t.rung = $5 AND t.free > 0 \
         AND NOT EXISTS (SELECT 1 FROM bars b WHERE b.case_id = t.case_id AND b.member_id = $3) \
         AND NOT EXISTS (SELECT 1 FROM claims k WHERE k.case_id = t.case_id AND k.member_id = $3) \
         ORDER BY {} LIMIT $4 {skip}",
        query.order.sql()
    );
    let values = params![&loop_id, queue, &query.member, query.limit, rung];
    tx.query_all(&sql, values, Candidate::read)
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
                "SELECT case_id, n, priority, score, created_at FROM tasks \
                 WHERE loop_id = $1 AND queue = $2 AND rung = $4 AND free > 0 \
                 ORDER BY priority DESC, score DESC, created_at, case_id, n LIMIT $3",
                params![&loop_id, &queue, limit, rung],
                Candidate::read,
            )?);
        }
    }
    best.sort_by(|a, b| a.cmp(b, ClaimOrder::Policy));
    best.truncate(limit as usize);
    Ok(best.into_iter().map(|candidate| candidate.task).collect())
}

/// Sets scores (higher comes first) of open tasks; closed ones are left alone. Call it with a few
/// hundred at a time, so that claims come in between.
pub fn set_scores(tx: &mut dyn Tx, loop_id: LoopId, scores: &[(TaskId, f64)]) -> Result<()> {
    let mut sorted: Vec<_> = scores.iter().collect();
    // One order everywhere, so that two scorers cannot block each other.
    sorted.sort_by_key(|(task, _)| *task);
    for (task, score) in sorted {
        let score = if score.is_finite() { *score } else { UNSCORED };
        tx.exec(
            "UPDATE tasks SET score = $3 WHERE case_id = $1 AND n = $2",
            params![&task.case, task.n, score],
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
