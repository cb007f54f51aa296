//! Standing permissions, and what they covered.

use crate::types::{CaseId, LoopId, RowExt, StandingId, Timestamp};
use crate::{Result, Row, Tx, TxExt, params};

/// A permission. `body` is the document of what was signed.
#[derive(Debug, Clone, PartialEq)]
pub struct StandingRow {
    /// Its id.
    pub id: StandingId,
    /// The space.
    pub space: String,
    /// The loop whose calls it covers.
    pub loop_id: LoopId,
    /// `asked`, `active`, `revoked`, `expired` or `spent`.
    pub state: String,
    /// When it ends.
    pub until: Timestamp,
    /// Calls it covered.
    pub used: u64,
    /// The sum over them.
    pub used_sum: f64,
    /// What was signed and by whom, as JSON.
    pub body: String,
}

/// A call that a permission covered.
#[derive(Debug, Clone, PartialEq)]
pub struct StandingUse {
    /// Its number, from 1.
    pub n: u64,
    /// The case.
    pub case: CaseId,
    /// The decision's number in the case.
    pub decision: u32,
    /// The decision's digest.
    pub digest: String,
    /// What it added to the sum.
    pub amount: Option<f64>,
    /// When.
    pub at: Timestamp,
}

const COLUMNS: &str = "id, space_id, loop_id, state, until_at, used, used_sum, body";

fn read(row: &dyn Row) -> Result<StandingRow> {
    Ok(StandingRow {
        id: row.id(0)?,
        space: row.string(1)?,
        loop_id: row.id(2)?,
        state: row.string(3)?,
        until: row.time(4)?,
        used: row.count(5)?,
        used_sum: row.real(6)?,
        body: row.string(7)?,
    })
}

/// Adds a permission.
pub fn insert(tx: &mut dyn Tx, row: &StandingRow) -> Result<()> {
    tx.exec_one(
        "INSERT INTO standing_grants (id, space_id, loop_id, state, until_at, used, used_sum, body) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        params![
            &row.id, &row.space, &row.loop_id, &row.state, row.until, row.used, row.used_sum, &row.body
        ],
    )
}

/// Writes what changes about one.
pub fn save(tx: &mut dyn Tx, row: &StandingRow) -> Result<()> {
    tx.exec_one(
        "UPDATE standing_grants SET state = $2, used = $3, used_sum = $4, body = $5 WHERE id = $1",
        params![&row.id, &row.state, row.used, row.used_sum, &row.body],
    )
}

/// One.
pub fn get(tx: &mut dyn Tx, id: StandingId) -> Result<Option<StandingRow>> {
    let sql = format!("SELECT {COLUMNS} FROM standing_grants WHERE id = $1");
    tx.query_opt(&sql, params![&id], read)
}

/// One, locked against changes until the transaction ends.
pub fn get_shared(tx: &mut dyn Tx, id: StandingId) -> Result<Option<StandingRow>> {
    let lock = tx.dialect().pick("", " FOR SHARE");
    let sql = format!("SELECT {COLUMNS} FROM standing_grants WHERE id = $1{lock}");
    tx.query_opt(&sql, params![&id], read)
}

/// Whether a loop has any in force.
pub fn any(tx: &mut dyn Tx, loop_id: LoopId) -> Result<bool> {
    let found = tx.query_opt(
        "SELECT 1 FROM standing_grants WHERE loop_id = $1 AND state = 'active' LIMIT 1",
        params![&loop_id],
        |row| row.int(0),
    )?;
    Ok(found.is_some())
}

/// Those of a loop in a state, oldest first.
pub fn of_loop(
    tx: &mut dyn Tx,
    loop_id: LoopId,
    state: &str,
    limit: u32,
) -> Result<Vec<StandingRow>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM standing_grants WHERE loop_id = $1 AND state = $2 ORDER BY id LIMIT $3"
    );
    tx.query_all(&sql, params![&loop_id, state, limit], read)
}

/// Those of a space, newest first, before `before`.
pub fn list(
    tx: &mut dyn Tx,
    space: &str,
    before: Option<StandingId>,
    limit: u32,
) -> Result<Vec<StandingRow>> {
    let end = StandingId::from_bytes([0xff; 16]);
    let before = before.unwrap_or(end);
    let sql = format!(
        "SELECT {COLUMNS} FROM standing_grants WHERE space_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3"
    );
    tx.query_all(&sql, params![space, &before, limit], read)
}

/// Those whose time is over.
pub fn ended(tx: &mut dyn Tx, at: Timestamp, limit: u32) -> Result<Vec<(StandingId, LoopId)>> {
    tx.query_all(
        "SELECT id, loop_id FROM standing_grants \
         WHERE state IN ('asked', 'active') AND until_at <= $1 ORDER BY until_at LIMIT $2",
        params![at, limit],
        |row| Ok((row.id(0)?, row.id(1)?)),
    )
}

/// When the next one ends.
pub fn next_end(tx: &mut dyn Tx) -> Result<Option<Timestamp>> {
    tx.query_opt(
        "SELECT until_at FROM standing_grants WHERE state IN ('asked', 'active') \
         ORDER BY until_at LIMIT 1",
        params![],
        |row| row.time(0),
    )
}

/// Adds a call that it covered.
pub fn add_use(tx: &mut dyn Tx, row: &StandingRow, used: &StandingUse) -> Result<()> {
    tx.exec_one(
        "INSERT INTO standing_uses (grant_id, n, space_id, case_id, decision, digest, amount, at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        params![
            &row.id,
            used.n,
            &row.space,
            &used.case,
            used.decision,
            &used.digest,
            used.amount,
            used.at
        ],
    )
}

/// What it covered, newest first, before number `before`.
pub fn uses(
    tx: &mut dyn Tx,
    id: StandingId,
    before: Option<u64>,
    limit: u32,
) -> Result<Vec<StandingUse>> {
    tx.query_all(
        "SELECT n, case_id, decision, digest, amount, at FROM standing_uses \
         WHERE grant_id = $1 AND n < $2 ORDER BY n DESC LIMIT $3",
        params![&id, before.unwrap_or(u64::MAX), limit],
        |row| {
            Ok(StandingUse {
                n: row.count(0)?,
                case: row.id(1)?,
                decision: row.small(2)?,
                digest: row.string(3)?,
                amount: row.opt_real(4)?,
                at: row.time(5)?,
            })
        },
    )
}
