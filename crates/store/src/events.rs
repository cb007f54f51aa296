//! Events: the sealed ones by their dense index, and those that still wait for one.

use tandem_ledger::Hash;

use crate::types::{CaseId, LoopId, RowExt, RunId, Timestamp};
use crate::{Param, Result, Row, StoreError, Tx, TxExt, params};

/// A stored event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow {
    /// Its position in the ledger; `None` while it is unsealed.
    pub idx: Option<u64>,
    /// The space.
    pub space: String,
    /// The loop, where there is one.
    pub loop_id: Option<LoopId>,
    /// The case, where there is one.
    pub case_id: Option<CaseId>,
    /// Its kind.
    pub kind: String,
    /// The time of its transaction.
    pub at: Timestamp,
    /// Canonical JSON, exactly as hashed.
    pub body: String,
    /// Hash of the leaf; `None` while it is unsealed.
    pub leaf: Option<Hash>,
}

/// Which events to read. All given conditions must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Only this space's.
    pub space: Option<String>,
    /// Only this loop's.
    pub loop_id: Option<LoopId>,
    /// Only this case's.
    pub case_id: Option<CaseId>,
    /// Only this run's, and those of its gates. Events of a run stand where those of a case do.
    pub run_id: Option<RunId>,
    /// Only these kinds.
    pub kinds: Vec<String>,
}

/// What is recorded but not yet proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tail {
    /// Unsealed events.
    pub count: u64,
    /// The time of the oldest of them.
    pub oldest_at: Option<Timestamp>,
}

const COLUMNS: &str = "space_id, loop_id, case_id, kind, at, body, idx, leaf";

impl EventRow {
    fn read(row: &dyn Row) -> Result<Self> {
        let idx = row.opt_int(6)?;
        Ok(Self {
            idx: idx.map(|idx| u64::try_from(idx).map_err(StoreError::corrupt)).transpose()?,
            space: row.string(0)?,
            loop_id: row.opt_id(1)?,
            case_id: row.opt_id(2)?,
            kind: row.string(3)?,
            at: row.time(4)?,
            body: row.string(5)?,
            leaf: row
                .opt_blob(7)?
                .map(Hash::from_slice)
                .transpose()
                .map_err(StoreError::corrupt)?,
        })
    }
}

/// A page of sealed events from index `from` on, in order. At most `limit`.
pub fn page(tx: &mut dyn Tx, filter: &EventFilter, from: u64, limit: u32) -> Result<Vec<EventRow>> {
    select(tx, filter, "idx >= $1", "ASC", from, limit)
}

/// A page of sealed events before index `before`, newest first.
pub fn page_back(
    tx: &mut dyn Tx,
    filter: &EventFilter,
    before: Option<u64>,
    limit: u32,
) -> Result<Vec<EventRow>> {
    select(tx, filter, "idx < $1", "DESC", before.unwrap_or(i64::MAX as u64), limit)
}

fn select(
    tx: &mut dyn Tx,
    filter: &EventFilter,
    bound: &str,
    order: &str,
    at: u64,
    limit: u32,
) -> Result<Vec<EventRow>> {
    let mut values = vec![Param::from(at), Param::from(limit)];
    let mut conditions = vec![bound.to_owned()];
    let columns = [
        ("space_id", filter.space.as_ref().map(Param::from)),
        ("loop_id", filter.loop_id.as_ref().map(Param::from)),
        ("case_id", filter.case_id.as_ref().map(Param::from)),
    ];
    for (column, value) in columns {
        if let Some(value) = value {
            values.push(value);
            conditions.push(format!("{column} = ${}", values.len()));
        }
    }
    if let Some(run) = &filter.run_id {
        values.push(Param::from(run));
        let n = values.len();
        conditions.push(format!(
            "(case_id = ${n} OR case_id IN (SELECT case_id FROM run_gates WHERE run_id = ${n}))"
        ));
    }
    if !filter.kinds.is_empty() {
        let first = values.len() + 1;
        values.extend(filter.kinds.iter().map(Param::from));
        let marks: Vec<String> = (first..=values.len()).map(|n| format!("${n}")).collect();
        conditions.push(format!("kind IN ({})", marks.join(", ")));
    }
    let sql = format!(
        "SELECT {COLUMNS} FROM events WHERE {} ORDER BY idx {order} LIMIT $2",
        conditions.join(" AND ")
    );
    tx.query_all(&sql, &values, EventRow::read)
}

/// All events of a case, oldest first, the unsealed ones last.
pub fn of_case(tx: &mut dyn Tx, case_id: CaseId, limit: u32) -> Result<Vec<EventRow>> {
    let filter = EventFilter { case_id: Some(case_id), ..EventFilter::default() };
    let mut events = page(tx, &filter, 0, limit)?;
    let room = limit.saturating_sub(events.len() as u32);
    events.extend(tx.query_all(
        "SELECT space_id, loop_id, case_id, kind, at, body, NULL, NULL FROM unsealed \
         WHERE case_id = $1 ORDER BY seq LIMIT $2",
        params![&case_id, room],
        EventRow::read,
    )?);
    Ok(events)
}

/// One sealed event.
pub fn get(tx: &mut dyn Tx, idx: u64) -> Result<Option<EventRow>> {
    let sql = format!("SELECT {COLUMNS} FROM events WHERE idx = $1");
    tx.query_opt(&sql, params![idx], EventRow::read)
}

/// True when every committed event of the case is sealed: only then may a grant be consumed.
pub fn is_sealed(tx: &mut dyn Tx, case_id: CaseId) -> Result<bool> {
    let waiting = tx.query_opt(
        "SELECT 1 FROM unsealed WHERE case_id = $1 LIMIT 1",
        params![&case_id],
        |_| Ok(()),
    )?;
    Ok(waiting.is_none())
}

/// The unsealed tail.
pub fn tail(tx: &mut dyn Tx) -> Result<Tail> {
    tx.query_one("SELECT COUNT(*), MIN(at) FROM unsealed", &[], |row| {
        Ok(Tail { count: row.count(0)?, oldest_at: row.opt_time(1)? })
    })
}
