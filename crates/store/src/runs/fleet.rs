//! Many runs at once: lists, counts, and what is read for a page of them.

use std::collections::HashMap;

use tandem_domain::run::{AlertKind, RunState, RunStatus, Step};

use super::{COLUMNS, Run, read, status};
use crate::types::{CaseId, LoopId, RowExt, RunId};
use crate::{Param, Result, Tx, TxExt, params};

/// Which runs to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunFilter {
    /// The space.
    pub space: String,
    /// Only this loop's.
    pub loop_id: Option<LoopId>,
    /// Only these; empty for all.
    pub statuses: Vec<RunStatus>,
    /// Only those that this key or member started.
    pub agent: Option<String>,
    /// Only those on which one of these alerts stands; empty for all.
    pub alerts: Vec<AlertKind>,
}

/// Runs that are counted together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted<T> {
    /// Their loop.
    pub loop_id: LoopId,
    /// The key or member that started them.
    pub agent: String,
    /// What is counted.
    pub of: T,
    /// How many.
    pub count: u64,
}

/// The bit of a kind of alert in the column `alerts`.
pub fn alert_bit(kind: AlertKind) -> i64 {
    1 << match kind {
        AlertKind::Stuck => 0,
        AlertKind::Looping => 1,
        AlertKind::Errors => 2,
        AlertKind::BudgetNear => 3,
        AlertKind::BudgetSpent => 4,
        AlertKind::Lost => 5,
    }
}

/// The bits of alerts that stand; none once the run has ended.
pub(super) fn standing(state: &RunState) -> i64 {
    if state.status.is_final() {
        return 0;
    }
    let standing = state.alerts.iter().filter(|alert| alert.cleared.is_none());
    standing.fold(0, |bits, alert| bits | alert_bit(alert.kind))
}

/// `$1, $2, …` for these ids, and the ids.
pub(super) fn among(ids: &[RunId]) -> (String, Vec<Param<'_>>) {
    let marks: Vec<String> = (1..=ids.len()).map(|n| format!("${n}")).collect();
    (marks.join(", "), ids.iter().map(Param::from).collect())
}

/// Runs, newest first, after the run `cursor`.
///
/// Each status is looked up by itself in an index that has its runs in order, and no more than
/// `limit` of each are read: whatever is asked for, the cost is that of the page.
pub fn list(
    tx: &mut dyn Tx,
    filter: &RunFilter,
    cursor: Option<RunId>,
    limit: u32,
) -> Result<Vec<Run>> {
    let mut values = vec![Param::from(&filter.space), Param::from(limit)];
    let mut conditions = vec!["space_id = $1".to_owned()];
    if let Some(loop_id) = &filter.loop_id {
        values.push(Param::from(loop_id));
        conditions.push(format!("loop_id = ${}", values.len()));
    }
    if let Some(agent) = &filter.agent {
        values.push(Param::from(agent));
        conditions.push(format!("agent = ${}", values.len()));
    }
    if !filter.alerts.is_empty() {
        let bits = filter.alerts.iter().fold(0, |bits, kind| bits | alert_bit(*kind));
        // The first half is what the partial index is for.
        conditions.push(format!("alerts <> 0 AND (alerts & {bits}) <> 0"));
    }
    if let Some(cursor) = &cursor {
        values.push(Param::from(cursor));
        conditions.push(format!("id < ${}", values.len()));
    }
    let conditions = conditions.join(" AND ");
    let page = |status: &str| {
        format!(
            "SELECT id, {COLUMNS} FROM runs WHERE {conditions}{status} ORDER BY id DESC LIMIT $2"
        )
    };
    let sql = if filter.statuses.is_empty() {
        page("")
    } else {
        let mut parts = Vec::with_capacity(filter.statuses.len());
        for status in &filter.statuses {
            values.push(Param::from(status.as_str()));
            let one = page(&format!(" AND status = ${}", values.len()));
            parts.push(format!("SELECT * FROM ({one}) AS part"));
        }
        format!("{} ORDER BY id DESC LIMIT $2", parts.join(" UNION ALL "))
    };
    let sql = format!("SELECT {COLUMNS} FROM ({sql}) AS page");
    let mut found = tx.query_all(&sql, &values, read)?;
    // The inner order is not promised to survive the outer selection.
    found.sort_unstable_by_key(|run| std::cmp::Reverse(run.core.id));
    Ok(found)
}

/// Runs of a space by loop, agent and status.
pub fn count_fleet(tx: &mut dyn Tx, space: &str) -> Result<Vec<Counted<RunStatus>>> {
    tx.query_all(
        "SELECT loop_id, agent, status, COUNT(*) FROM runs WHERE space_id = $1 \
         GROUP BY loop_id, agent, status",
        params![space],
        |row| {
            Ok(Counted {
                loop_id: row.id(0)?,
                agent: row.string(1)?,
                of: status(row, 2)?,
                count: row.count(3)?,
            })
        },
    )
}

/// Runs of a space that have not ended and on which alerts stand, by loop, agent and the bits of
/// their alerts.
pub fn count_alerts(tx: &mut dyn Tx, space: &str) -> Result<Vec<Counted<i64>>> {
    tx.query_all(
        "SELECT loop_id, agent, alerts, COUNT(*) FROM runs WHERE space_id = $1 AND alerts <> 0 \
         GROUP BY loop_id, agent, alerts",
        params![space],
        |row| {
            let bits = row.count(2)? as i64;
            Ok(Counted {
                loop_id: row.id(0)?,
                agent: row.string(1)?,
                of: bits,
                count: row.count(3)?,
            })
        },
    )
}

/// Gates of runs that have not ended, by loop and agent: how many nobody has decided, and how many
/// were approved and have not given their grant.
pub fn count_gates(tx: &mut dyn Tx, space: &str) -> Result<Vec<Counted<(u64, u64)>>> {
    tx.query_all(
        "SELECT r.loop_id, r.agent, COUNT(*), \
         SUM(CASE WHEN c.status NOT IN ('decided', 'cancelled') THEN 1 ELSE 0 END), \
         SUM(CASE WHEN c.status = 'decided' AND EXISTS (SELECT 1 FROM decisions d \
             WHERE d.case_id = c.id AND d.state = 'effective' \
             AND d.outcome IN ('approved', 'modified')) THEN 1 ELSE 0 END) \
         FROM runs r JOIN run_gates g ON g.run_id = r.id JOIN cases c ON c.id = g.case_id \
         WHERE r.space_id = $1 AND r.status IN ('running', 'pausing', 'paused', 'stopping', 'lost') \
         AND g.granted_at IS NULL GROUP BY r.loop_id, r.agent",
        params![space],
        |row| {
            Ok(Counted {
                loop_id: row.id(0)?,
                agent: row.string(1)?,
                of: (row.count(3)?, row.count(4)?),
                count: row.count(2)?,
            })
        },
    )
}

/// The newest step of each of these runs, where there is one.
pub fn last_steps(tx: &mut dyn Tx, ids: &[RunId]) -> Result<HashMap<RunId, Step>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let (marks, values) = among(ids);
    let sql = format!(
        "SELECT s.run_id, s.body FROM runs r JOIN run_steps s ON s.run_id = r.id \
         AND s.n = (SELECT MAX(n) FROM run_steps WHERE run_id = r.id) WHERE r.id IN ({marks})"
    );
    let found = tx.query_all(&sql, &values, |row| Ok((row.id(0)?, row.json(1)?)))?;
    Ok(found.into_iter().collect())
}

/// How many gates of each of these runs nobody has decided finally; runs without one are left out.
pub fn count_open_gates_of(tx: &mut dyn Tx, ids: &[RunId]) -> Result<HashMap<RunId, u64>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let (marks, values) = among(ids);
    let sql = format!(
        "SELECT g.run_id, COUNT(*) FROM run_gates g JOIN cases c ON c.id = g.case_id \
         WHERE g.run_id IN ({marks}) AND c.status NOT IN ('decided', 'cancelled') GROUP BY g.run_id"
    );
    let found = tx.query_all(&sql, &values, |row| Ok((row.id(0)?, row.count(1)?)))?;
    Ok(found.into_iter().collect())
}

/// Gates of these runs that nobody has decided finally.
pub fn open_gates_of(tx: &mut dyn Tx, ids: &[RunId], limit: u32) -> Result<Vec<CaseId>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let (marks, mut values) = among(ids);
    values.push(Param::from(limit));
    let sql = format!(
        "SELECT g.case_id FROM run_gates g JOIN cases c ON c.id = g.case_id \
         WHERE g.run_id IN ({marks}) AND c.status NOT IN ('decided', 'cancelled') \
         ORDER BY g.case_id LIMIT ${}",
        values.len()
    );
    tx.query_all(&sql, &values, |row| row.id(0))
}
