//! Cases that wait for somebody outside: leased rows with a fencing token.

use crate::types::{CaseId, LoopId, RowExt, Timestamp};
use crate::{Result, Tx, TxExt, params};

/// A case whose chain somebody is to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainJob {
    /// The case.
    pub case: CaseId,
    /// The fencing token of the lease.
    pub token: u64,
}

/// Lets a case wait. Where it waited already, whoever has it has lost it.
pub fn enqueue(tx: &mut dyn Tx, case: CaseId, loop_id: LoopId, space: &str) -> Result<()> {
    let now = tx.now();
    tx.wake(crate::Topic::Chain);
    tx.exec(
        "INSERT INTO chain_jobs (case_id, loop_id, space_id, available_at, token) \
         VALUES ($1, $2, $3, $4, 0) ON CONFLICT (case_id) DO UPDATE \
         SET available_at = excluded.available_at, token = chain_jobs.token + 1",
        params![&case, &loop_id, space, now],
    )?;
    Ok(())
}

/// Loops with cases that may be taken.
pub fn loops_due(tx: &mut dyn Tx, now: Timestamp) -> Result<Vec<LoopId>> {
    tx.query_all(
        "SELECT DISTINCT loop_id FROM chain_jobs WHERE available_at <= $1",
        params![now],
        |row| row.id(0),
    )
}

/// Leases up to `limit` cases of a loop until `until`.
pub fn lease(
    tx: &mut dyn Tx,
    loop_id: LoopId,
    until: Timestamp,
    limit: u32,
) -> Result<Vec<ChainJob>> {
    let now = tx.now();
    let skip = tx.dialect().pick("", " FOR UPDATE SKIP LOCKED");
    let sql = format!(
        "WITH due AS MATERIALIZED (SELECT case_id FROM chain_jobs WHERE loop_id = $1 \
         AND available_at <= $2 ORDER BY available_at LIMIT $4{skip}) \
         UPDATE chain_jobs SET available_at = $3, token = token + 1 \
         WHERE case_id IN (SELECT case_id FROM due) RETURNING case_id, token"
    );
    tx.query_all(&sql, params![&loop_id, now, until, limit], |row| {
        Ok(ChainJob { case: row.id(0)?, token: row.count(1)? })
    })
}

/// Whether the lease still holds, in the transaction that writes what came of it.
pub fn holds(tx: &mut dyn Tx, job: ChainJob) -> Result<bool> {
    let found = tx.query_opt(
        "SELECT 1 FROM chain_jobs WHERE case_id = $1 AND token = $2",
        params![&job.case, job.token],
        |_| Ok(()),
    )?;
    Ok(found.is_some())
}

/// Moves the end of a lease; with the time now, it is given back. False when it was lost.
pub fn prolong(tx: &mut dyn Tx, job: ChainJob, until: Timestamp) -> Result<bool> {
    let changed = tx.exec(
        "UPDATE chain_jobs SET available_at = $3 WHERE case_id = $1 AND token = $2",
        params![&job.case, job.token, until],
    )?;
    Ok(changed == 1)
}

/// Ends a job. False when its lease was lost.
pub fn finish(tx: &mut dyn Tx, job: ChainJob) -> Result<bool> {
    let removed = tx.exec(
        "DELETE FROM chain_jobs WHERE case_id = $1 AND token = $2",
        params![&job.case, job.token],
    )?;
    Ok(removed == 1)
}

/// Ends all leases: for a database that only this process can have open, at its start.
pub fn release_all(tx: &mut dyn Tx) -> Result<u64> {
    let now = tx.now();
    tx.exec("UPDATE chain_jobs SET available_at = $1, token = token + 1", params![now])
}

/// How many cases of a loop wait.
pub fn waiting(tx: &mut dyn Tx, loop_id: LoopId) -> Result<u64> {
    let found = tx.query_opt(
        "SELECT COUNT(*) FROM chain_jobs WHERE loop_id = $1",
        params![&loop_id],
        |row| row.count(0),
    )?;
    Ok(found.unwrap_or(0))
}
