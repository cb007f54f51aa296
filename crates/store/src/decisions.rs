//! Decisions across cases, for exports and statistics.

use tandem_domain::{Decision, DecisionId};

use crate::types::{LoopId, RowExt, Timestamp};
use crate::{Result, Row, Tx, TxExt, params};

/// A decision as an export needs it.
#[derive(Debug, Clone, PartialEq)]
pub struct DecisionRow {
    /// Its id.
    pub id: DecisionId,
    /// When it takes or took effect; pages are in this order.
    pub effective_at: Timestamp,
    /// The decision as JSON, exactly as stored: exports that copy it need not read it.
    pub body: String,
}

impl DecisionRow {
    fn read(row: &dyn Row) -> Result<Self> {
        Ok(Self {
            id: DecisionId { case: row.id(0)?, n: row.small(1)? },
            effective_at: row.time(2)?,
            body: row.string(3)?,
        })
    }

    /// The decision.
    pub fn decision(&self) -> Result<Decision> {
        serde_json::from_str(&self.body).map_err(crate::StoreError::corrupt)
    }
}

/// A page of a loop's effective decisions in order of effect, after the one given by its time and
/// id. Superseded and suspended ones are among them, withdrawn and held ones are not. Rows that take effect
/// at times already paged over do not exist: `effective_at` is never in the past when a decision is made.
pub fn page(
    tx: &mut dyn Tx,
    loop_id: LoopId,
    after: Option<(Timestamp, DecisionId)>,
    limit: u32,
) -> Result<Vec<DecisionRow>> {
    let (at, case, n) =
        after.map_or((i64::MIN, [0; 16], 0), |(at, id)| (at.0, *id.case.as_bytes(), id.n));
    tx.query_all(
        "SELECT case_id, n, effective_at, body FROM decisions WHERE loop_id = $1 \
         AND (effective_at, case_id, n) > ($2, $3, $4) AND \
         state IN ('effective', 'superseded', 'suspended') \
         ORDER BY effective_at, case_id, n LIMIT $5",
        params![&loop_id, at, &case, n, limit],
        DecisionRow::read,
    )
}

/// How the newest live decisions of a loop were made, newest first: `machine`, `people`, `deadline` or
/// `import`.
pub fn newest_by(tx: &mut dyn Tx, loop_id: LoopId, limit: u32) -> Result<Vec<String>> {
    tx.query_all(
        "SELECT by_kind FROM decisions WHERE loop_id = $1 AND state IN ('held', 'effective') \
         ORDER BY effective_at DESC, case_id DESC, n DESC LIMIT $2",
        params![&loop_id, limit],
        |row| row.string(0),
    )
}
