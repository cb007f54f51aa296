//! Spaces: what owns loops, members, keys and retention.

use crate::types::{RowExt, Timestamp};
use crate::{Result, Row, Tx, TxExt, params};

/// A space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Space {
    /// Its name in `space_id` columns.
    pub id: String,
    /// What people see.
    pub title: String,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Space {
    fn read(row: &dyn Row) -> Result<Self> {
        Ok(Self { id: row.string(0)?, title: row.string(1)?, created_at: row.time(2)? })
    }
}

/// Adds a space and its halt row; false when the id is taken.
pub fn insert(tx: &mut dyn Tx, id: &str, title: &str) -> Result<bool> {
    let now = tx.now();
    let added = tx.exec(
        "INSERT INTO spaces (id, title, created_at) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING",
        params![id, title, now],
    )?;
    crate::halts::ensure_row(tx, id, crate::halts::EVERYTHING)?;
    Ok(added == 1)
}

/// One space.
pub fn get(tx: &mut dyn Tx, id: &str) -> Result<Option<Space>> {
    tx.query_opt("SELECT id, title, created_at FROM spaces WHERE id = $1", params![id], Space::read)
}

/// All spaces by id.
pub fn list(tx: &mut dyn Tx) -> Result<Vec<Space>> {
    tx.query_all("SELECT id, title, created_at FROM spaces ORDER BY id", &[], Space::read)
}
