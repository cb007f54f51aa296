//! What decisions teach.

use crate::types::{CaseId, LoopId, RowExt, Timestamp};
use crate::{Param, Result, Row, Tx, TxExt, params};

/// One example.
#[derive(Debug, Clone, PartialEq)]
pub struct ExampleRow {
    /// The loop.
    pub loop_id: LoopId,
    /// The case it came from.
    pub case_id: CaseId,
    /// The decision or judgment within the case.
    pub n: u64,
    /// `labelled`, `correction`, `sft`, `preference`, `failure`.
    pub kind: String,
    /// The space.
    pub space: String,
    /// The example as JSON.
    pub body: String,
    /// How it came about, such as `model_suggested`, `human_only`, `audit`.
    pub origin: String,
    /// Its weight in training.
    pub weight: f64,
    /// Kept out of training, for evaluation.
    pub held_out: bool,
    /// When.
    pub at: Timestamp,
}

/// Where a page ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExampleCursor {
    at: Timestamp,
    case_id: CaseId,
    n: u64,
    kind: String,
}

impl ExampleRow {
    /// The cursor of the page after this row.
    pub fn cursor(&self) -> ExampleCursor {
        ExampleCursor { at: self.at, case_id: self.case_id, n: self.n, kind: self.kind.clone() }
    }

    fn read(row: &dyn Row) -> Result<Self> {
        Ok(Self {
            loop_id: row.id(0)?,
            case_id: row.id(1)?,
            n: row.count(2)?,
            kind: row.string(3)?,
            space: row.string(4)?,
            body: row.string(5)?,
            origin: row.string(6)?,
            weight: row.real(7)?,
            held_out: row.flag(8)?,
            at: row.time(9)?,
        })
    }
}

/// Adds or replaces examples.
pub fn upsert(tx: &mut dyn Tx, rows: &[ExampleRow]) -> Result<()> {
    let values: Vec<Param<'_>> = rows
        .iter()
        .flat_map(|row| {
            [
                Param::from(&row.loop_id),
                Param::from(&row.case_id),
                Param::from(row.n),
                Param::from(&row.kind),
                Param::from(&row.space),
                Param::from(&row.body),
                Param::from(&row.origin),
                Param::from(row.weight),
                Param::from(row.held_out),
                Param::from(row.at),
            ]
        })
        .collect();
    tx.insert_many(
        "INSERT INTO examples (loop_id, case_id, n, kind, space_id, body, origin, weight, held_out, at)",
        10,
        &values,
        "ON CONFLICT (loop_id, case_id, n, kind) DO UPDATE SET body = excluded.body, \
         origin = excluded.origin, weight = excluded.weight, held_out = excluded.held_out, at = excluded.at",
    )?;
    Ok(())
}

/// Removes the examples of one decision (withdrawn, erased). `n` of `None` removes all of the case.
pub fn delete(tx: &mut dyn Tx, loop_id: LoopId, case_id: CaseId, n: Option<u64>) -> Result<u64> {
    match n {
        Some(n) => tx.exec(
            "DELETE FROM examples WHERE loop_id = $1 AND case_id = $2 AND n = $3",
            params![&loop_id, &case_id, n],
        ),
        None => tx.exec(
            "DELETE FROM examples WHERE loop_id = $1 AND case_id = $2",
            params![&loop_id, &case_id],
        ),
    }
}

/// A page of a loop's examples in order of time.
pub fn page(
    tx: &mut dyn Tx,
    loop_id: LoopId,
    after: Option<&ExampleCursor>,
    limit: u32,
) -> Result<Vec<ExampleRow>> {
    let (at, case_id, n, kind) = after.map_or((i64::MIN, [0; 16], 0, ""), |cursor| {
        (cursor.at.0, *cursor.case_id.as_bytes(), cursor.n, cursor.kind.as_str())
    });
    tx.query_all(
        "SELECT loop_id, case_id, n, kind, space_id, body, origin, weight, held_out, at FROM examples \
         WHERE loop_id = $1 AND (at, case_id, n, kind) > ($2, $3, $4, $5) \
         ORDER BY at, case_id, n, kind LIMIT $6",
        params![&loop_id, at, &case_id, n, kind, limit],
        ExampleRow::read,
    )
}
