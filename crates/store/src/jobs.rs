//! Background jobs: at most one queued and one running of a kind per loop.

use crate::types::{JobId, LoopId, RowExt, Timestamp, to_id};
use crate::{Param, Result, Row, Tx, TxExt, params};

/// A job.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// The space.
    pub space: String,
    /// The loop, where it belongs to one.
    pub loop_id: Option<LoopId>,
    /// What it does, such as `train`.
    pub kind: String,
    /// What it needs to know, as JSON.
    pub payload: String,
    /// `queued`, `running`, `done` or `failed`.
    pub state: String,
    /// 0 to 1.
    pub progress: f64,
    /// The fencing token of the current lease.
    pub token: u64,
    /// Times it was started.
    pub attempts: u64,
    /// Why it failed.
    pub error: Option<String>,
    /// When it was queued.
    pub created_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

const COLUMNS: &str = "id, space_id, loop_id, kind, payload, state, progress, token, attempts, error, \
                       created_at, finished_at";

impl Job {
    fn read(row: &dyn Row) -> Result<Self> {
        Ok(Self {
            id: row.id(0)?,
            space: row.string(1)?,
            loop_id: Some(row.blob(2)?).filter(|id| !id.is_empty()).map(to_id).transpose()?,
            kind: row.string(3)?,
            payload: row.string(4)?,
            state: row.string(5)?,
            progress: row.real(6)?,
            token: row.count(7)?,
            attempts: row.count(8)?,
            error: row.opt_string(9)?,
            created_at: row.time(10)?,
            finished_at: row.opt_time(11)?,
        })
    }
}

/// Jobs of no loop carry empty bytes instead of `NULL`, so that they too are unique by kind.
fn loop_or_none(loop_id: Option<&LoopId>) -> Param<'_> {
    loop_id.map_or(Param::Blob(&[]), Param::from)
}

/// Queues a job. False when one of its kind already waits for the loop, which will do as well.
pub fn enqueue(
    tx: &mut dyn Tx,
    id: JobId,
    space: &str,
    loop_id: Option<LoopId>,
    kind: &str,
    payload: &str,
) -> Result<bool> {
    let now = tx.now();
    tx.wake(crate::Topic::Jobs);
    let added = tx.exec(
        "INSERT INTO jobs (id, space_id, loop_id, kind, payload, state, progress, lease_until, token, \
         attempts, error, created_at, finished_at) \
         VALUES ($1, $2, $3, $4, $5, 'queued', 0, 0, 0, 0, NULL, $6, NULL) \
         ON CONFLICT (loop_id, kind) WHERE state = 'queued' DO NOTHING",
        params![&id, space, loop_or_none(loop_id.as_ref()), kind, payload, now],
    )?;
    Ok(added == 1)
}

/// Leases the oldest job of one of `kinds` that may start: queued with none of its kind running in
/// the loop, or running with its lease expired (its worker died).
pub fn lease(tx: &mut dyn Tx, kinds: &[&str], lease_until: Timestamp) -> Result<Option<Job>> {
    let now = tx.now();
    let skip = tx.dialect().pick("", " FOR UPDATE SKIP LOCKED");
    let sql = format!(
        "UPDATE jobs SET state = 'running', lease_until = $2, token = token + 1, attempts = attempts + 1 \
         WHERE id = (SELECT j.id FROM jobs j WHERE j.kind = $3 AND \
           ((j.state = 'running' AND j.lease_until <= $1) OR (j.state = 'queued' AND NOT EXISTS \
            (SELECT 1 FROM jobs r WHERE r.state = 'running' AND r.kind = j.kind AND r.loop_id = j.loop_id))) \
         ORDER BY j.created_at LIMIT 1{skip}) RETURNING {COLUMNS}"
    );
    for kind in kinds {
        let job = tx.query_opt(&sql, params![now, lease_until, *kind], Job::read)?;
        if job.is_some() {
            return Ok(job);
        }
    }
    Ok(None)
}

/// Prolongs a lease and notes progress. False when the lease was lost: stop working.
pub fn heartbeat(
    tx: &mut dyn Tx,
    id: JobId,
    token: u64,
    lease_until: Timestamp,
    progress: f64,
) -> Result<bool> {
    let changed = tx.exec(
        "UPDATE jobs SET lease_until = $3, progress = $4 WHERE id = $1 AND token = $2 AND state = 'running'",
        params![&id, token, lease_until, progress],
    )?;
    Ok(changed == 1)
}

/// Ends a job, with `error` when it failed. False when the lease was lost.
pub fn finish(tx: &mut dyn Tx, id: JobId, token: u64, error: Option<&str>) -> Result<bool> {
    let now = tx.now();
    tx.wake(crate::Topic::Jobs);
    let state = if error.is_some() { "failed" } else { "done" };
    let changed = tx.exec(
        "UPDATE jobs SET state = $3, error = $4, finished_at = $5, \
         progress = CASE WHEN $3 = 'done' THEN 1.0 ELSE progress END \
         WHERE id = $1 AND token = $2 AND state = 'running'",
        params![&id, token, state, error, now],
    )?;
    Ok(changed == 1)
}

/// Ends an attempt that failed: the job keeps `error` for everybody to see and may be started again
/// from `at` on. False when the lease was lost.
pub fn retry(tx: &mut dyn Tx, id: JobId, token: u64, at: Timestamp, error: &str) -> Result<bool> {
    let changed = tx.exec(
        "UPDATE jobs SET lease_until = $3, error = $4 WHERE id = $1 AND token = $2 AND state = 'running'",
        params![&id, token, at, error],
    )?;
    Ok(changed == 1)
}

/// One job.
pub fn get(tx: &mut dyn Tx, id: JobId) -> Result<Option<Job>> {
    let sql = format!("SELECT {COLUMNS} FROM jobs WHERE id = $1");
    tx.query_opt(&sql, params![&id], Job::read)
}

/// A loop's jobs, newest first.
pub fn list(tx: &mut dyn Tx, loop_id: LoopId, limit: u32) -> Result<Vec<Job>> {
    let sql =
        format!("SELECT {COLUMNS} FROM jobs WHERE loop_id = $1 ORDER BY created_at DESC LIMIT $2");
    tx.query_all(&sql, params![&loop_id, limit], Job::read)
}

/// True when a job of this kind waits or runs for the loop.
pub fn is_active(tx: &mut dyn Tx, loop_id: LoopId, kind: &str) -> Result<bool> {
    let found = tx.query_opt(
        "SELECT 1 FROM jobs WHERE loop_id = $1 AND kind = $2 AND state = 'queued' \
         UNION ALL SELECT 1 FROM jobs WHERE loop_id = $1 AND kind = $2 AND state = 'running' LIMIT 1",
        params![&loop_id, kind],
        |_| Ok(()),
    )?;
    Ok(found.is_some())
}

/// True when a job of one of `kinds` waits or runs anywhere: two probes of small indexes, so that an
/// idle worker need not write to find out.
pub fn any_unfinished(tx: &mut dyn Tx, kinds: &[&str]) -> Result<bool> {
    for kind in kinds {
        let found = tx.query_opt(
            "SELECT 1 FROM jobs WHERE state = 'queued' AND kind = $1 \
             UNION ALL SELECT 1 FROM jobs WHERE state = 'running' AND kind = $1 LIMIT 1",
            params![*kind],
            |_| Ok(()),
        )?;
        if found.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Forgets jobs that ended before `before`.
pub fn purge(tx: &mut dyn Tx, before: Timestamp) -> Result<u64> {
    tx.exec("DELETE FROM jobs WHERE finished_at IS NOT NULL AND finished_at < $1", params![before])
}
