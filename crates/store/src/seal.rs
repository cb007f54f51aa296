//! Sealing: events get their dense index and their leaf in the Merkle tree.

use tandem_ledger::merkle::{Frontier, leaf_hash};

use crate::types::Timestamp;
use crate::{NewEvent, Param, Result, StoreError, Tx, TxExt};

/// The ledger's head: how many events are sealed, and the tree's right edge.
#[derive(Debug, Clone, Default)]
pub(crate) struct Head {
    pub(crate) frontier: Frontier,
    /// The newest time sealed.
    pub(crate) at: i64,
}

impl Head {
    /// Reads the head row, locking it on PostgreSQL so that one node seals at a time.
    pub(crate) fn load(tx: &mut dyn Tx) -> Result<Self> {
        let lock = tx.dialect().pick("", " FOR UPDATE");
        let sql = format!("SELECT size, frontier, at FROM ledger_head WHERE one = 1{lock}");
        let row =
            tx.query_opt(&sql, &[], |row| Ok((row.count(0)?, row.blob(1)?.to_vec(), row.int(2)?)))?;
        let Some((size, bytes, at)) = row else {
            let empty = Self::default();
            tx.exec(
                "INSERT INTO ledger_head (one, size, frontier, origin, at) VALUES (1, 0, $1, '', 0)",
                crate::params![&empty.frontier.to_bytes()],
            )?;
            return Ok(empty);
        };
        let frontier = Frontier::from_bytes(&bytes).map_err(StoreError::corrupt)?;
        if frontier.size() != size {
            return Err(StoreError::corrupt("the ledger's head and frontier differ in size"));
        }
        Ok(Self { frontier, at })
    }

    /// Seals `events` in order: event rows, finished tree nodes, then the head by compare-and-set.
    pub(crate) fn seal(&mut self, tx: &mut dyn Tx, events: &[(Timestamp, NewEvent)]) -> Result<()> {
        let old_size = self.frontier.size();
        let mut leaves = Vec::with_capacity(events.len());
        let mut nodes = Vec::new();
        for (at, event) in events {
            let leaf = leaf_hash(event.body.as_bytes());
            self.frontier.append_with(leaf, |level, n, hash| nodes.push((level, n, hash)));
            self.at = self.at.max(at.0);
            leaves.push(leaf);
        }
        let mut params = Vec::with_capacity(events.len() * 8);
        for (index, ((at, event), leaf)) in events.iter().zip(&leaves).enumerate() {
            params.extend([
                Param::from(old_size + index as u64),
                Param::from(&event.space),
                Param::from(event.loop_id.as_ref()),
                Param::from(event.case_id.as_ref()),
                Param::from(&event.kind),
                Param::from(*at),
                Param::from(&event.body),
                Param::Blob(leaf.as_bytes()),
            ]);
        }
        tx.insert_many(
            "INSERT INTO events (idx, space_id, loop_id, case_id, kind, at, body, leaf)",
            8,
            &params,
            "",
        )?;
        for (level, n, hash) in &nodes {
            tx.exec(
                "INSERT INTO tiles (level, n, hash) VALUES ($1, $2, $3)",
                crate::params![*level, *n, hash.as_bytes()],
            )?;
        }
        tx.exec_one(
            "UPDATE ledger_head SET size = $1, frontier = $2, at = $3 WHERE one = 1 AND size = $4",
            crate::params![self.frontier.size(), &self.frontier.to_bytes(), self.at, old_size],
        )
    }
}
