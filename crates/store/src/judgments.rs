//! Judgments across cases, for exports and statistics.

use tandem_domain::{Judgment, JudgmentId};

use crate::types::{LoopId, MemberId, RowExt, Timestamp};
use crate::{Result, Row, Tx, TxExt, params};

/// A judgment with what its case adds to it.
#[derive(Debug, Clone, PartialEq)]
pub struct JudgmentRow {
    /// Its id.
    pub id: JudgmentId,
    /// What the task was for.
    pub purpose: String,
    /// Whether the answer is what the proposal said; `None` where one of them is missing.
    pub agrees: Option<bool>,
    /// The judgment.
    pub judgment: Judgment,
}

const COLUMNS: &str = "case_id, n, purpose, agrees, body";

impl JudgmentRow {
    fn read(row: &dyn Row) -> Result<Self> {
        Ok(Self {
            id: JudgmentId { case: row.id(0)?, n: row.small(1)? },
            purpose: row.string(2)?,
            agrees: row.opt_int(3)?.map(|agrees| agrees != 0),
            judgment: row.json(4)?,
        })
    }
}

/// A page of a loop's judgments in order of time, after the one given by its time and id.
pub fn page(
    tx: &mut dyn Tx,
    loop_id: LoopId,
    after: Option<(Timestamp, JudgmentId)>,
    limit: u32,
) -> Result<Vec<JudgmentRow>> {
    let (at, case, n) =
        after.map_or((i64::MIN, [0; 16], 0), |(at, id)| (at.0, *id.case.as_bytes(), id.n));
    let sql = format!(
        "SELECT {COLUMNS} FROM judgments WHERE loop_id = $1 AND (at, case_id, n) > ($2, $3, $4) \
         ORDER BY at, case_id, n LIMIT $5"
    );
    tx.query_all(&sql, params![&loop_id, at, &case, n, limit], JudgmentRow::read)
}

/// A member's newest judgments, in all loops.
pub fn of_member(tx: &mut dyn Tx, member: MemberId, limit: u32) -> Result<Vec<JudgmentRow>> {
    let sql =
        format!("SELECT {COLUMNS} FROM judgments WHERE member_id = $1 ORDER BY at DESC LIMIT $2");
    tx.query_all(&sql, params![&member, limit], JudgmentRow::read)
}
