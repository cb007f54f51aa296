//! The audited stratum: one row per automatically decided case.

use crate::types::{CaseId, LoopId, RowExt, Timestamp};
use crate::{Param, Result, Row, Tx, TxExt, params};

/// A case the machine decided.
#[derive(Debug, Clone, PartialEq)]
pub struct AutomaticRow {
    /// The loop.
    pub loop_id: LoopId,
    /// The case.
    pub case_id: CaseId,
    /// When it was decided.
    pub at: Timestamp,
    /// The autonomy epoch it was decided in.
    pub epoch: u64,
    /// The probability with which it was drawn for audit.
    pub propensity: f64,
    /// Whether it was drawn.
    pub drawn: bool,
    /// What the audit found, 0 (right) to 1 (wrong); `None` until then.
    pub error: Option<f64>,
    /// Model and version that proposed.
    pub model: Option<String>,
}

/// Running total of results of audits that were changed or taken back.
pub const REVISED: &str = "automatic.revised";

const COLUMNS: &str = "loop_id, case_id, at, epoch, propensity, drawn, error, model";

impl AutomaticRow {
    fn read(row: &dyn Row) -> Result<Self> {
        Ok(Self {
            loop_id: row.id(0)?,
            case_id: row.id(1)?,
            at: row.time(2)?,
            epoch: row.count(3)?,
            propensity: row.real(4)?,
            drawn: row.flag(5)?,
            error: row.opt_real(6)?,
            model: row.opt_string(7)?,
        })
    }
}

/// Adds rows; the row of a case that was decided before is replaced. Totals `automatic` and
/// `automatic.drawn` count what was added.
pub fn insert_many(tx: &mut dyn Tx, rows: &[AutomaticRow]) -> Result<()> {
    let values: Vec<Param<'_>> = rows
        .iter()
        .flat_map(|row| {
            [
                Param::from(&row.loop_id),
                Param::from(&row.case_id),
                Param::from(row.at),
                Param::from(row.epoch),
                Param::from(row.propensity),
                Param::from(row.drawn),
                Param::from(row.error),
                Param::from(row.model.as_ref()),
            ]
        })
        .collect();
    for row in rows {
        tx.count(row.loop_id, "automatic", 1.0);
        tx.count(row.loop_id, "automatic.drawn", f64::from(u8::from(row.drawn)));
    }
    tx.insert_many(
        "INSERT INTO automatic (loop_id, case_id, at, epoch, propensity, drawn, error, model)",
        8,
        &values,
        "ON CONFLICT (loop_id, case_id) DO UPDATE SET at = excluded.at, epoch = excluded.epoch, \
         propensity = excluded.propensity, drawn = excluded.drawn, error = excluded.error, model = excluded.model",
    )?;
    Ok(())
}

/// Adds one row.
pub fn insert(tx: &mut dyn Tx, row: &AutomaticRow) -> Result<()> {
    insert_many(tx, std::slice::from_ref(row))
}

/// Removes a case's row: its decision was withdrawn before it took effect. False when there is none.
pub fn delete(tx: &mut dyn Tx, loop_id: LoopId, case_id: CaseId) -> Result<bool> {
    let drawn = tx.query_opt(
        "DELETE FROM automatic WHERE loop_id = $1 AND case_id = $2 RETURNING drawn",
        params![&loop_id, &case_id],
        |row| row.flag(0),
    )?;
    if let Some(drawn) = drawn {
        tx.count(loop_id, "automatic", -1.0);
        tx.count(loop_id, "automatic.drawn", -f64::from(u8::from(drawn)));
    }
    Ok(drawn.is_some())
}

/// Records what an audit found, 0 to 1; `None` takes it back. False when there is no such row.
pub fn set_error(
    tx: &mut dyn Tx,
    loop_id: LoopId,
    case_id: CaseId,
    error: Option<f64>,
) -> Result<bool> {
    tx.wake(crate::Topic::Loop(loop_id));
    let changed = tx.exec(
        "UPDATE automatic SET error = $3 WHERE loop_id = $1 AND case_id = $2",
        params![&loop_id, &case_id, error],
    )?;
    Ok(changed == 1)
}

/// One row.
pub fn get(tx: &mut dyn Tx, loop_id: LoopId, case_id: CaseId) -> Result<Option<AutomaticRow>> {
    let sql = format!("SELECT {COLUMNS} FROM automatic WHERE loop_id = $1 AND case_id = $2");
    tx.query_opt(&sql, params![&loop_id, &case_id], AutomaticRow::read)
}

/// A page of a loop's rows in order of time, after the one given by its time and case.
pub fn page(
    tx: &mut dyn Tx,
    loop_id: LoopId,
    after: Option<(Timestamp, CaseId)>,
    limit: u32,
) -> Result<Vec<AutomaticRow>> {
    select(tx, loop_id, after, limit, "")
}

/// Like [`page`], of the rows drawn for audit only: a small share, read through its own index.
pub fn page_drawn(
    tx: &mut dyn Tx,
    loop_id: LoopId,
    after: Option<(Timestamp, CaseId)>,
    limit: u32,
) -> Result<Vec<AutomaticRow>> {
    select(tx, loop_id, after, limit, "AND drawn = 1")
}

fn select(
    tx: &mut dyn Tx,
    loop_id: LoopId,
    after: Option<(Timestamp, CaseId)>,
    limit: u32,
    condition: &str,
) -> Result<Vec<AutomaticRow>> {
    let (at, case) = after.map_or((i64::MIN, [0; 16]), |(at, id)| (at.0, *id.as_bytes()));
    let sql = format!(
        "SELECT {COLUMNS} FROM automatic WHERE loop_id = $1 {condition} AND (at, case_id) > ($2, $3) \
         ORDER BY at, case_id LIMIT $4"
    );
    tx.query_all(&sql, params![&loop_id, at, &case, limit], AutomaticRow::read)
}
