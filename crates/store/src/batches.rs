//! Sign-offs over many cases at once.

use crate::types::{BatchId, LoopId, RowExt};
use crate::{Result, Tx, TxExt, params};

/// Adds one. `body` is a JSON document.
pub fn insert(
    tx: &mut dyn Tx,
    id: BatchId,
    space: &str,
    loop_id: LoopId,
    body: &str,
) -> Result<()> {
    tx.exec_one(
        "INSERT INTO batches (id, space_id, loop_id, body) VALUES ($1, $2, $3, $4)",
        params![&id, space, &loop_id, body],
    )
}

/// One of a space.
pub fn get(tx: &mut dyn Tx, space: &str, id: BatchId) -> Result<Option<String>> {
    tx.query_opt(
        "SELECT body FROM batches WHERE id = $1 AND space_id = $2",
        params![&id, space],
        |row| row.string(0),
    )
}

/// Those of a loop, newest first.
pub fn list(tx: &mut dyn Tx, loop_id: LoopId, limit: u32) -> Result<Vec<String>> {
    tx.query_all(
        "SELECT body FROM batches WHERE loop_id = $1 ORDER BY id DESC LIMIT $2",
        params![&loop_id, limit],
        |row| row.string(0),
    )
}
