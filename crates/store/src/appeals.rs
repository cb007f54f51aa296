//! Appeals across cases: the rows beside the documents, for lists and statistics.

use tandem_domain::case::{Appeal, AppealState, Case};

use crate::types::{CaseId, LoopId, RowExt, Timestamp};
use crate::{Param, Result, Tx, TxExt, params};

/// Most open appeals that are counted as overdue.
const MOST: u32 = 100_000;

/// What became of the appeals of a loop.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AppealFigures {
    /// Open ones.
    pub open: u64,
    /// Of these, those past their deadline.
    pub overdue: u64,
    /// Decided: the outcome stayed.
    pub upheld: u64,
    /// Decided: the outcome changed.
    pub overturned: u64,
    /// Taken back.
    pub withdrawn: u64,
    /// From lodging to the decision in force, in microseconds, of the newest decided ones, newest first.
    pub took: Vec<i64>,
}

/// Name of the running total of a state.
fn total(state: AppealState) -> &'static str {
    match state {
        AppealState::Open => "appeals.open",
        AppealState::Upheld => "appeals.upheld",
        AppealState::Overturned => "appeals.overturned",
        AppealState::Withdrawn => "appeals.withdrawn",
    }
}

/// Brings the rows of a case's appeals from `before` to `after`.
pub(crate) fn update(tx: &mut dyn Tx, before: &Case, after: &Case) -> Result<()> {
    let loop_id = after.core.loop_id;
    for (at, appeal) in after.state.appeals.iter().enumerate() {
        match before.state.appeals.get(at) {
            None => {
                insert(tx, after, appeal)?;
                tx.count(loop_id, total(appeal.state), 1.0);
            }
            Some(old) if old.state != appeal.state => {
                tx.count(loop_id, total(old.state), -1.0);
                tx.count(loop_id, total(appeal.state), 1.0);
                tx.exec_one(
                    "UPDATE appeals SET state = $3, closed_at = $4 WHERE case_id = $1 AND n = $2",
                    params![&after.core.id, appeal.n, appeal.state.as_str(), appeal.closed_at],
                )?;
            }
            Some(_) => {}
        }
    }
    Ok(())
}

fn insert(tx: &mut dyn Tx, case: &Case, appeal: &Appeal) -> Result<()> {
    let values: [Param<'_>; 8] = [
        Param::from(&case.core.id),
        Param::from(appeal.n),
        Param::from(&case.core.space),
        Param::from(&case.core.loop_id),
        Param::from(appeal.state.as_str()),
        Param::from(appeal.at),
        Param::from(appeal.deadline),
        Param::from(appeal.closed_at),
    ];
    tx.insert_many(
        "INSERT INTO appeals (case_id, n, space_id, loop_id, state, lodged_at, due, closed_at)",
        8,
        &values,
        "",
    )?;
    Ok(())
}

/// Those of the cases `ids` that have an open appeal: one look at an index, for a page of events.
pub fn open_among(tx: &mut dyn Tx, ids: &[CaseId]) -> Result<Vec<CaseId>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let marks: Vec<String> = (1..=ids.len()).map(|n| format!("${n}")).collect();
    let sql = format!(
        "SELECT DISTINCT case_id FROM appeals WHERE state = 'open' AND case_id IN ({})",
        marks.join(", ")
    );
    let values: Vec<Param<'_>> = ids.iter().map(Param::from).collect();
    tx.query_all(&sql, &values, |row| row.id(0))
}

/// The figures of a loop; `newest` decided appeals say how long it takes.
pub fn figures(
    tx: &mut dyn Tx,
    loop_id: LoopId,
    now: Timestamp,
    newest: u32,
) -> Result<AppealFigures> {
    let mut of = |state| -> Result<u64> {
        Ok(crate::counters::get(tx, loop_id, total(state))?.max(0.0).round() as u64)
    };
    let (open, upheld) = (of(AppealState::Open)?, of(AppealState::Upheld)?);
    let (overturned, withdrawn) = (of(AppealState::Overturned)?, of(AppealState::Withdrawn)?);
    let overdue = tx.query_one(
        "SELECT COUNT(*) FROM (SELECT 1 FROM appeals WHERE loop_id = $1 AND state = 'open' \
         AND due <= $2 LIMIT $3) AS found",
        params![&loop_id, now, MOST],
        |row| row.count(0),
    )?;
    let took = tx.query_all(
        "SELECT closed_at - lodged_at FROM appeals WHERE loop_id = $1 \
         AND state IN ('upheld', 'overturned') ORDER BY closed_at DESC LIMIT $2",
        params![&loop_id, newest],
        |row| row.int(0),
    )?;
    Ok(AppealFigures { open, overdue, upheld, overturned, withdrawn, took })
}
