//! Changes of many cases at once: a row says which and how far it is.

use crate::types::{BulkId, CaseId, LoopId, RowExt, Timestamp, to_json};
use crate::{Result, Row, Tx, TxExt, params};

/// A change of many cases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bulk {
    /// Its id.
    pub id: BulkId,
    /// The space.
    pub space: String,
    /// The loop.
    pub loop_id: LoopId,
    /// What is changed, why and by whom, as JSON.
    pub body: String,
    /// How many cases.
    pub total: u64,
    /// How many were looked at.
    pub next: u64,
    /// How many were changed.
    pub changed: u64,
    /// How many were not: they had moved on.
    pub skipped: u64,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When the last one was looked at.
    pub done_at: Option<Timestamp>,
}

const COLUMNS: &str =
    "id, space_id, loop_id, body, total, next, changed, skipped, created_at, done_at";

impl Bulk {
    fn read(row: &dyn Row) -> Result<Self> {
        Ok(Self {
            id: row.id(0)?,
            space: row.string(1)?,
            loop_id: row.id(2)?,
            body: row.string(3)?,
            total: row.count(4)?,
            next: row.count(5)?,
            changed: row.count(6)?,
            skipped: row.count(7)?,
            created_at: row.time(8)?,
            done_at: row.opt_time(9)?,
        })
    }
}

/// Writes a change down, with the cases it is about, in order.
pub fn insert(tx: &mut dyn Tx, bulk: &Bulk, cases: &[CaseId]) -> Result<()> {
    tx.exec_one(
        "INSERT INTO bulk_changes (id, space_id, loop_id, body, cases, total, next, changed, \
         skipped, created_at, done_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        params![
            &bulk.id,
            &bulk.space,
            &bulk.loop_id,
            &bulk.body,
            &to_json(&cases)?,
            bulk.total,
            bulk.next,
            bulk.changed,
            bulk.skipped,
            bulk.created_at,
            bulk.done_at
        ],
    )?;
    tx.wake(crate::Topic::Timers);
    Ok(())
}

/// A change.
pub fn get(tx: &mut dyn Tx, id: BulkId) -> Result<Option<Bulk>> {
    let sql = format!("SELECT {COLUMNS} FROM bulk_changes WHERE id = $1");
    tx.query_opt(&sql, params![&id], Bulk::read)
}

/// The newest changes of a space, newest first.
pub fn newest(tx: &mut dyn Tx, space: &str, limit: u32) -> Result<Vec<Bulk>> {
    let sql =
        format!("SELECT {COLUMNS} FROM bulk_changes WHERE space_id = $1 ORDER BY id DESC LIMIT $2");
    tx.query_all(&sql, params![space, limit], Bulk::read)
}

/// Whether any change has cases left.
pub fn any_open(tx: &mut dyn Tx) -> Result<bool> {
    let found =
        tx.query_opt("SELECT 1 FROM bulk_changes WHERE done_at IS NULL LIMIT 1", &[], |_| Ok(()))?;
    Ok(found.is_some())
}

/// The oldest change that has cases left, locked, with its next `limit` cases. One that another node
/// works on is passed over.
pub fn take(tx: &mut dyn Tx, limit: usize) -> Result<Option<(Bulk, Vec<CaseId>)>> {
    let lock = tx.dialect().pick("", " FOR UPDATE SKIP LOCKED");
    let sql = format!(
        "SELECT {COLUMNS}, cases FROM bulk_changes WHERE done_at IS NULL ORDER BY id LIMIT 1{lock}"
    );
    tx.query_opt(&sql, &[], |row| {
        let bulk = Bulk::read(row)?;
        let cases: Vec<CaseId> = row.json(10)?;
        let next = usize::try_from(bulk.next).unwrap_or(usize::MAX);
        Ok((bulk, cases.into_iter().skip(next).take(limit).collect()))
    })
}

/// Says how far a change is.
pub fn advance(tx: &mut dyn Tx, bulk: &Bulk) -> Result<()> {
    tx.exec_one(
        "UPDATE bulk_changes SET next = $2, changed = $3, skipped = $4, done_at = $5 WHERE id = $1",
        params![&bulk.id, bulk.next, bulk.changed, bulk.skipped, bulk.done_at],
    )
}
