//! Models in the shadow, compared with what people found.

use crate::types::{CaseId, LoopId, RowExt, Timestamp};
use crate::{Result, Tx, TxExt, params};

/// One case where a candidate proposed beside what people were shown, and people's answer stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShadowRow {
    /// The loop.
    pub loop_id: LoopId,
    /// The candidate.
    pub model: String,
    /// The case.
    pub case_id: CaseId,
    /// The decision or audit that the answer is from.
    pub n: u64,
    /// When people's answer took effect.
    pub at: Timestamp,
    /// The model whose proposal people were shown; empty where it has no name.
    pub against: String,
    /// Whether the candidate had people's answer.
    pub candidate_right: bool,
    /// Whether the proposal that people were shown had it.
    pub current_right: bool,
}

/// Counts of a candidate against one model.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ShadowCount {
    /// The candidate.
    pub model: String,
    /// What it was compared with.
    pub against: String,
    /// Cases.
    pub cases: u64,
    /// Cases where the candidate had people's answer.
    pub right: u64,
    /// Cases where exactly one of the two had it.
    pub discordant: u64,
}

/// Adds a result; a case counts once for each candidate, with the newest answer.
pub fn upsert(tx: &mut dyn Tx, row: &ShadowRow) -> Result<()> {
    tx.exec_one(
        "INSERT INTO shadow_results (loop_id, model, case_id, n, at, against, candidate_right, current_right) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (loop_id, model, case_id) DO UPDATE \
         SET n = excluded.n, at = excluded.at, against = excluded.against, \
         candidate_right = excluded.candidate_right, current_right = excluded.current_right",
        params![
            &row.loop_id,
            &row.model,
            &row.case_id,
            row.n,
            row.at,
            &row.against,
            row.candidate_right,
            row.current_right
        ],
    )
}

/// Takes back what one answer said; returns how many results went.
pub fn delete(tx: &mut dyn Tx, loop_id: LoopId, case_id: CaseId, n: u64) -> Result<u64> {
    tx.exec(
        "DELETE FROM shadow_results WHERE loop_id = $1 AND case_id = $2 AND n = $3",
        params![&loop_id, &case_id, n],
    )
}

/// Counts of every candidate of a loop.
pub fn counts(tx: &mut dyn Tx, loop_id: LoopId) -> Result<Vec<ShadowCount>> {
    tx.query_all(
        "SELECT model, against, COUNT(*), CAST(SUM(candidate_right) AS BIGINT), \
         CAST(SUM(CASE WHEN candidate_right <> current_right THEN 1 ELSE 0 END) AS BIGINT) \
         FROM shadow_results WHERE loop_id = $1 GROUP BY model, against ORDER BY model, against",
        params![&loop_id],
        |row| {
            Ok(ShadowCount {
                model: row.string(0)?,
                against: row.string(1)?,
                cases: row.count(2)?,
                right: row.count(3)?,
                discordant: row.count(4)?,
            })
        },
    )
}

/// Whether the candidate was the right one, for the discordant cases of a pair in order of time.
pub fn discordant(
    tx: &mut dyn Tx,
    loop_id: LoopId,
    model: &str,
    against: &str,
    limit: u32,
) -> Result<Vec<bool>> {
    tx.query_all(
        "SELECT candidate_right FROM shadow_results WHERE loop_id = $1 AND model = $2 AND against = $3 \
         AND candidate_right <> current_right ORDER BY at, case_id LIMIT $4",
        params![&loop_id, model, against, limit],
        |row| row.flag(0),
    )
}
