//! Alerts: raised once, and over once.

use crate::types::{AlertId, CaseId, LoopId, RowExt, Timestamp};
use crate::{Result, Row, Tx, TxExt, params};

/// An alert of a loop.
#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    /// Its id.
    pub id: AlertId,
    /// The space.
    pub space: String,
    /// The loop.
    pub loop_id: LoopId,
    /// What is watched.
    pub name: String,
    /// The queue; empty where it is about the whole loop.
    pub queue: String,
    /// What was measured when it was raised: seconds, or a share.
    pub value: f64,
    /// The bound.
    pub above: f64,
    /// When it was raised.
    pub raised_at: Timestamp,
    /// When it was over.
    pub cleared_at: Option<Timestamp>,
}

const COLUMNS: &str = "id, space_id, loop_id, name, queue, value, above, raised_at, cleared_at";

impl Alert {
    fn read(row: &dyn Row) -> Result<Self> {
        Ok(Self {
            id: row.id(0)?,
            space: row.string(1)?,
            loop_id: row.id(2)?,
            name: row.string(3)?,
            queue: row.string(4)?,
            value: row.real(5)?,
            above: row.real(6)?,
            raised_at: row.time(7)?,
            cleared_at: row.opt_time(8)?,
        })
    }
}

/// The alerts of a loop that stand.
pub fn open(tx: &mut dyn Tx, loop_id: LoopId) -> Result<Vec<Alert>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM alerts WHERE loop_id = $1 AND cleared_at IS NULL \
         ORDER BY raised_at, id LIMIT 1000"
    );
    tx.query_all(&sql, params![&loop_id], Alert::read)
}

/// The newest alerts of a space, those that are over among them, newest first.
pub fn newest(tx: &mut dyn Tx, space: &str, limit: u32) -> Result<Vec<Alert>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM alerts WHERE space_id = $1 ORDER BY raised_at DESC, id LIMIT $2"
    );
    tx.query_all(&sql, params![space, limit], Alert::read)
}

/// Raises an alert. The caller has locked the loop and seen that it does not stand.
pub fn raise(tx: &mut dyn Tx, alert: &Alert) -> Result<()> {
    tx.exec_one(
        "INSERT INTO alerts (id, space_id, loop_id, name, queue, value, above, raised_at, cleared_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, NULL)",
        params![
            &alert.id,
            &alert.space,
            &alert.loop_id,
            &alert.name,
            &alert.queue,
            alert.value,
            alert.above,
            alert.raised_at
        ],
    )
}

/// Says that an alert is over.
pub fn clear(tx: &mut dyn Tx, id: AlertId) -> Result<()> {
    let now = tx.now();
    tx.exec_one(
        "UPDATE alerts SET cleared_at = $2 WHERE id = $1 AND cleared_at IS NULL",
        params![&id, now],
    )
}

/// An approved call that somebody should look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateAlarm {
    /// The case.
    pub case: CaseId,
    /// `unconsumed` or `execution_unknown`.
    pub alarm: String,
    /// When the decision was made.
    pub decided_at: Timestamp,
}

/// Approved calls of a loop that were not run, or of which nobody knows what became.
pub fn of_gates(tx: &mut dyn Tx, loop_id: LoopId, limit: u32) -> Result<Vec<GateAlarm>> {
    tx.query_all(
        "SELECT case_id, alarm, decided_at FROM decisions \
         WHERE loop_id = $1 AND alarm IS NOT NULL ORDER BY case_id, n LIMIT $2",
        params![&loop_id, limit],
        |row| Ok(GateAlarm { case: row.id(0)?, alarm: row.string(1)?, decided_at: row.time(2)? }),
    )
}
