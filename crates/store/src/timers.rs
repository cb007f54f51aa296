//! Timers: rows leased for firing with a fencing token. Firing is a command of its own.

use crate::types::{CaseId, RowExt, TimerId, Timestamp};
use crate::{Result, Row, Tx, TxExt, params};

/// A timer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timer {
    /// Its id.
    pub id: TimerId,
    /// The space.
    pub space: String,
    /// The case, where it belongs to one.
    pub case_id: Option<CaseId>,
    /// What it is for, such as `deadline` or `effect:1`; unique within a case.
    pub name: String,
    /// When it is due.
    pub fire_at: Timestamp,
    /// The fencing token of the current lease.
    pub token: u64,
    /// What firing needs to know, as JSON.
    pub payload: String,
}

const COLUMNS: &str = "id, space_id, case_id, name, fire_at, token, payload";

impl Timer {
    fn read(row: &dyn Row) -> Result<Self> {
        Ok(Self {
            id: row.id(0)?,
            space: row.string(1)?,
            case_id: row.opt_id(2)?,
            name: row.string(3)?,
            fire_at: row.time(4)?,
            token: row.count(5)?,
            payload: row.string(6)?,
        })
    }
}

/// Sets a timer. One of the same case and name is moved instead: its time and payload change and a
/// lease on it ends.
pub fn set(tx: &mut dyn Tx, timer: &Timer) -> Result<()> {
    tx.wake(crate::Topic::Timers);
    let conflict = if timer.case_id.is_some() {
        "ON CONFLICT (case_id, name) WHERE case_id IS NOT NULL"
    } else {
        "ON CONFLICT (id)"
    };
    let sql = format!(
        "INSERT INTO timers (id, space_id, case_id, name, fire_at, lease_until, token, payload) \
         VALUES ($1, $2, $3, $4, $5, 0, 0, $6) {conflict} DO UPDATE SET \
         fire_at = excluded.fire_at, payload = excluded.payload, lease_until = 0, token = timers.token + 1"
    );
    tx.exec(
        &sql,
        params![
            &timer.id,
            &timer.space,
            timer.case_id.as_ref(),
            &timer.name,
            timer.fire_at,
            &timer.payload
        ],
    )?;
    Ok(())
}

/// Removes a case's timer. False when there was none.
pub fn cancel(tx: &mut dyn Tx, case_id: CaseId, name: &str) -> Result<bool> {
    let removed =
        tx.exec("DELETE FROM timers WHERE case_id = $1 AND name = $2", params![&case_id, name])?;
    Ok(removed == 1)
}

/// Removes all timers of a case.
pub fn cancel_all(tx: &mut dyn Tx, case_id: CaseId) -> Result<u64> {
    tx.exec("DELETE FROM timers WHERE case_id = $1", params![&case_id])
}

/// Leases up to `limit` due timers until `lease_until`; nobody else gets them before.
pub fn lease_due(tx: &mut dyn Tx, lease_until: Timestamp, limit: u32) -> Result<Vec<Timer>> {
    let now = tx.now();
    let skip = tx.dialect().pick("", " FOR UPDATE SKIP LOCKED");
    // A CTE, because PostgreSQL may run an `IN (… LIMIT … FOR UPDATE)` more than once.
    let sql = format!(
        "WITH due AS MATERIALIZED (SELECT id FROM timers WHERE fire_at <= $1 AND lease_until <= $1 \
         ORDER BY fire_at LIMIT $3{skip}) \
         UPDATE timers SET lease_until = $2, token = token + 1 WHERE id IN (SELECT id FROM due) \
         RETURNING {COLUMNS}"
    );
    let mut due = tx.query_all(&sql, params![now, lease_until, limit], Timer::read)?;
    due.sort_by_key(|timer| timer.fire_at);
    Ok(due)
}

/// Removes a fired timer, if the lease with `token` still holds. The command that fires does this in
/// its own transaction; false means that somebody else has it or it was moved: do nothing.
pub fn finish(tx: &mut dyn Tx, id: TimerId, token: u64) -> Result<bool> {
    Ok(tx.exec("DELETE FROM timers WHERE id = $1 AND token = $2", params![&id, token])? == 1)
}

/// When the next timer is due.
pub fn next_due(tx: &mut dyn Tx) -> Result<Option<Timestamp>> {
    tx.query_opt("SELECT fire_at FROM timers ORDER BY fire_at LIMIT 1", &[], |row| row.time(0))
}
