//! What cases hold of the limits of their loop.

use crate::types::{CaseId, LoopId, Timestamp};
use crate::{Result, Tx, TxExt, params};

/// What a case holds of one limit.
#[derive(Debug, Clone, PartialEq)]
pub struct LimitUse {
    /// The limit's name.
    pub name: String,
    /// A keyed digest of what is counted together.
    pub key: String,
    /// How much.
    pub amount: f64,
    /// Whether it was approved; reserved otherwise.
    pub counted: bool,
}

/// Locks the limits of a loop until the transaction ends, so that sums and what follows from them
/// are one step.
pub fn lock(tx: &mut dyn Tx, space: &str, loop_id: LoopId) -> Result<()> {
    tx.exec(
        "INSERT INTO limit_locks (loop_id, space_id) VALUES ($1, $2) ON CONFLICT (loop_id) DO NOTHING",
        params![&loop_id, space],
    )?;
    let lock = tx.dialect().pick("", " FOR UPDATE");
    let sql = format!("SELECT 1 FROM limit_locks WHERE loop_id = $1{lock}");
    tx.query_one(&sql, params![&loop_id], |row| row.int(0))?;
    Ok(())
}

/// What other cases hold of a limit, under one key: what was approved since `since`, and what still waits, however
/// long it has.
pub fn used(
    tx: &mut dyn Tx,
    loop_id: LoopId,
    name: &str,
    key: &str,
    since: Timestamp,
    but: CaseId,
) -> Result<f64> {
    tx.query_one(
        "SELECT (SELECT COALESCE(SUM(amount), 0.0) FROM limit_uses \
         WHERE loop_id = $1 AND name = $2 AND key = $3 AND at > $4 AND counted = 1 AND case_id <> $5) \
         + (SELECT COALESCE(SUM(amount), 0.0) FROM limit_uses \
         WHERE loop_id = $1 AND name = $2 AND key = $3 AND counted = 0 AND case_id <> $5)",
        params![&loop_id, name, key, since, &but],
        |row| row.real(0),
    )
}

/// Puts what a case holds in the place of what it held.
pub fn replace(
    tx: &mut dyn Tx,
    space: &str,
    loop_id: LoopId,
    case: CaseId,
    uses: &[LimitUse],
) -> Result<()> {
    tx.exec(
        "DELETE FROM limit_uses WHERE loop_id = $1 AND case_id = $2",
        params![&loop_id, &case],
    )?;
    let now = tx.now();
    for held in uses {
        tx.exec_one(
            "INSERT INTO limit_uses (loop_id, name, case_id, space_id, key, amount, counted, at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            params![&loop_id, &held.name, &case, space, &held.key, held.amount, held.counted, now],
        )?;
    }
    Ok(())
}

/// Forgets what is older than any window looks back.
pub fn purge(tx: &mut dyn Tx, before: Timestamp) -> Result<u64> {
    tx.exec("DELETE FROM limit_uses WHERE at < $1 AND counted = 1", params![before])
}
