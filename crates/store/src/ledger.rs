//! The ledger's rows: head, tree nodes for proofs, checkpoints.

use tandem_ledger::Hash;
use tandem_ledger::merkle::{Frontier, NodeSource, TILE_HEIGHT};

use crate::types::{RowExt, Timestamp};
use crate::{Result, Row, StoreError, Tx, TxExt, params};

/// The sealed ledger as of this transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerHead {
    /// The tree's right edge: its size and root.
    pub frontier: Frontier,
    /// The name that checkpoints carry; empty until set.
    pub origin: String,
    /// The newest time sealed.
    pub at: Timestamp,
}

/// A signed checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The tree size it signs.
    pub size: u64,
    /// The signed note.
    pub note: String,
    /// When.
    pub at: Timestamp,
}

impl Checkpoint {
    fn read(row: &dyn Row) -> Result<Self> {
        Ok(Self { size: row.count(0)?, note: row.string(1)?, at: row.time(2)? })
    }
}

/// Reads the head.
pub fn head(tx: &mut dyn Tx) -> Result<LedgerHead> {
    let row =
        tx.query_opt("SELECT frontier, origin, at FROM ledger_head WHERE one = 1", &[], |row| {
            Ok((row.bytes(0)?, row.string(1)?, row.time(2)?))
        })?;
    let Some((bytes, origin, at)) = row else {
        let frontier = Frontier::new();
        return Ok(LedgerHead { frontier, origin: String::new(), at: Timestamp(0) });
    };
    let frontier = Frontier::from_bytes(&bytes).map_err(StoreError::corrupt)?;
    Ok(LedgerHead { frontier, origin, at })
}

/// Sets the origin that checkpoints carry.
pub fn set_origin(tx: &mut dyn Tx, origin: &str) -> Result<()> {
    tx.exec_one("UPDATE ledger_head SET origin = $1 WHERE one = 1", params![origin])
}

/// Adds a checkpoint; one of the same size is replaced.
pub fn insert_checkpoint(tx: &mut dyn Tx, checkpoint: &Checkpoint) -> Result<()> {
    tx.exec_one(
        "INSERT INTO checkpoints (size, note, at) VALUES ($1, $2, $3) \
         ON CONFLICT (size) DO UPDATE SET note = excluded.note, at = excluded.at",
        params![checkpoint.size, &checkpoint.note, checkpoint.at],
    )
}

/// The newest checkpoint.
pub fn latest_checkpoint(tx: &mut dyn Tx) -> Result<Option<Checkpoint>> {
    tx.query_opt(
        "SELECT size, note, at FROM checkpoints ORDER BY size DESC LIMIT 1",
        &[],
        Checkpoint::read,
    )
}

/// Checkpoints of at least size `from`, smallest first.
pub fn checkpoints(tx: &mut dyn Tx, from: u64, limit: u32) -> Result<Vec<Checkpoint>> {
    tx.query_all(
        "SELECT size, note, at FROM checkpoints WHERE size >= $1 ORDER BY size LIMIT $2",
        params![from, limit],
        Checkpoint::read,
    )
}

/// Removes all checkpoints: they name another log than the one that begins now.
pub fn drop_checkpoints(tx: &mut dyn Tx) -> Result<u64> {
    tx.exec("DELETE FROM checkpoints", &[])
}

/// The stored tree, for proofs: leaf hashes from the events, higher nodes from the tiles.
pub struct Nodes<'a>(pub &'a mut dyn Tx);

impl NodeSource for Nodes<'_> {
    type Error = StoreError;

    fn node(&mut self, level: u32, index: u64) -> Result<Option<Hash>> {
        Ok(self.nodes(level, index, 1)?.pop())
    }

    fn nodes(&mut self, level: u32, first: u64, count: u64) -> Result<Vec<Hash>> {
        let last = first + count - 1;
        let read = |row: &dyn Row| Hash::from_slice(row.blob(0)?).map_err(StoreError::corrupt);
        if level == 0 {
            return self.0.query_all(
                "SELECT leaf FROM events WHERE idx BETWEEN $1 AND $2 ORDER BY idx",
                params![first, last],
                read,
            );
        }
        if !level.is_multiple_of(TILE_HEIGHT) {
            return Ok(Vec::new());
        }
        self.0.query_all(
            "SELECT hash FROM tiles WHERE level = $1 AND n BETWEEN $2 AND $3 ORDER BY n",
            params![level, first, last],
            read,
        )
    }
}
