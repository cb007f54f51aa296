//! Frozen sets of reviewed cases, and the scores of models on them.

use crate::types::{CaseId, LoopId, RowExt, Timestamp};
use crate::{Param, Result, Row, Tx, TxExt, params};

/// A frozen set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvaluationSet {
    /// The loop.
    pub loop_id: LoopId,
    /// 1, 2, 3, … within the loop.
    pub n: u64,
    /// The space.
    pub space: String,
    /// What people call it.
    pub name: String,
    /// Number of its cases.
    pub size: u64,
    /// SHA-256 over its cases and the commitments to their answers, hex.
    pub digest: String,
    /// When it was frozen.
    pub created_at: Timestamp,
}

/// A version's score on a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvaluationRow {
    /// The set.
    pub set: u64,
    /// The version.
    pub version: u64,
    /// When it was scored.
    pub at: Timestamp,
    /// Figures as JSON.
    pub score: String,
    /// A `1` for each case that was right, else a `0`, in order of the cases.
    pub hits: String,
}

const SET: &str = "loop_id, n, space_id, name, size, digest, created_at";

fn read_set(row: &dyn Row) -> Result<EvaluationSet> {
    Ok(EvaluationSet {
        loop_id: row.id(0)?,
        n: row.count(1)?,
        space: row.string(2)?,
        name: row.string(3)?,
        size: row.count(4)?,
        digest: row.string(5)?,
        created_at: row.time(6)?,
    })
}

/// Adds a set with its cases and their answers as JSON, in order of the cases.
pub fn insert(tx: &mut dyn Tx, set: &EvaluationSet, cases: &[(CaseId, String)]) -> Result<()> {
    tx.exec_one(
        "INSERT INTO evaluation_sets (loop_id, n, space_id, name, size, digest, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        params![&set.loop_id, set.n, &set.space, &set.name, set.size, &set.digest, set.created_at],
    )?;
    for chunk in cases.chunks(200) {
        let values: Vec<Param<'_>> = chunk
            .iter()
            .flat_map(|(case, answer)| {
                [
                    Param::from(&set.loop_id),
                    Param::from(case),
                    Param::from(set.n),
                    Param::from(answer),
                ]
            })
            .collect();
        tx.insert_many(
            "INSERT INTO evaluation_cases (loop_id, case_id, set_n, answer)",
            4,
            &values,
            "",
        )?;
    }
    tx.wake(crate::Topic::Loop(set.loop_id));
    Ok(())
}

/// The loop's sets, newest first.
pub fn sets(tx: &mut dyn Tx, loop_id: LoopId) -> Result<Vec<EvaluationSet>> {
    let sql = format!("SELECT {SET} FROM evaluation_sets WHERE loop_id = $1 ORDER BY n DESC");
    tx.query_all(&sql, params![&loop_id], read_set)
}

/// The newest set: what models are measured on.
pub fn newest(tx: &mut dyn Tx, loop_id: LoopId) -> Result<Option<EvaluationSet>> {
    let sql =
        format!("SELECT {SET} FROM evaluation_sets WHERE loop_id = $1 ORDER BY n DESC LIMIT 1");
    tx.query_opt(&sql, params![&loop_id], read_set)
}

/// Cases of a set with their answers, in order, after `after`.
pub fn cases(
    tx: &mut dyn Tx,
    loop_id: LoopId,
    n: u64,
    after: Option<CaseId>,
    limit: u32,
) -> Result<Vec<(CaseId, String)>> {
    let after = after.unwrap_or(CaseId::from_bytes([0; 16]));
    tx.query_all(
        "SELECT case_id, answer FROM evaluation_cases WHERE loop_id = $1 AND set_n = $2 \
         AND case_id > $3 ORDER BY case_id LIMIT $4",
        params![&loop_id, n, &after, limit],
        |row| Ok((row.id(0)?, row.string(1)?)),
    )
}

/// Every frozen case of a loop, whatever its set.
pub fn frozen(tx: &mut dyn Tx, loop_id: LoopId) -> Result<Vec<CaseId>> {
    tx.query_all(
        "SELECT case_id FROM evaluation_cases WHERE loop_id = $1",
        params![&loop_id],
        |row| row.id(0),
    )
}

/// Records a score. False when the version has one on this set already.
pub fn insert_score(tx: &mut dyn Tx, loop_id: LoopId, row: &EvaluationRow) -> Result<bool> {
    tx.wake(crate::Topic::Loop(loop_id));
    let added = tx.exec(
        "INSERT INTO evaluations (loop_id, set_n, version, at, score, hits) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (loop_id, set_n, version) DO NOTHING",
        params![&loop_id, row.set, row.version, row.at, &row.score, &row.hits],
    )?;
    Ok(added == 1)
}

/// Scores on a set, newest version first.
pub fn scores(tx: &mut dyn Tx, loop_id: LoopId, n: u64) -> Result<Vec<EvaluationRow>> {
    tx.query_all(
        "SELECT set_n, version, at, score, hits FROM evaluations WHERE loop_id = $1 AND set_n = $2 \
         ORDER BY version DESC",
        params![&loop_id, n],
        |row| {
            Ok(EvaluationRow {
                set: row.count(0)?,
                version: row.count(1)?,
                at: row.time(2)?,
                score: row.string(3)?,
                hits: row.string(4)?,
            })
        },
    )
}
