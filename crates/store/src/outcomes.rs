//! What the world said later about a case.

use crate::types::{CaseId, OutcomeId, RowExt, Timestamp};
use crate::{Result, Row, Tx, TxExt, params};

/// An outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Its id.
    pub id: OutcomeId,
    /// The space.
    pub space: String,
    /// The case.
    pub case_id: CaseId,
    /// What was said, as JSON.
    pub body: String,
    /// Whether it counts without confirmation.
    pub trusted: bool,
    /// When it was recorded.
    pub at: Timestamp,
}

impl Outcome {
    fn read(row: &dyn Row) -> Result<Self> {
        Ok(Self {
            id: row.id(0)?,
            space: row.string(1)?,
            case_id: row.id(2)?,
            body: row.string(3)?,
            trusted: row.flag(4)?,
            at: row.time(5)?,
        })
    }
}

/// Adds an outcome.
pub fn insert(tx: &mut dyn Tx, outcome: &Outcome) -> Result<()> {
    tx.exec_one(
        "INSERT INTO outcomes (id, space_id, case_id, body, trusted, at) VALUES ($1, $2, $3, $4, $5, $6)",
        params![
            &outcome.id,
            &outcome.space,
            &outcome.case_id,
            &outcome.body,
            outcome.trusted,
            outcome.at
        ],
    )
}

/// Outcomes of a case, oldest first.
pub fn of_case(tx: &mut dyn Tx, case_id: CaseId, limit: u32) -> Result<Vec<Outcome>> {
    tx.query_all(
        "SELECT id, space_id, case_id, body, trusted, at FROM outcomes WHERE case_id = $1 \
         ORDER BY id LIMIT $2",
        params![&case_id, limit],
        Outcome::read,
    )
}

/// Confirms an outcome. False when there is none or it already counts.
pub fn confirm(tx: &mut dyn Tx, id: OutcomeId) -> Result<bool> {
    Ok(tx.exec("UPDATE outcomes SET trusted = 1 WHERE id = $1 AND trusted = 0", params![&id])? == 1)
}
