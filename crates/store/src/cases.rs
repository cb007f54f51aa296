//! Cases: the aggregate as one row, read and written whole, its projections beside it.

use std::borrow::Cow;
use std::collections::HashMap;

use tandem_domain::case::{AppealState, Case, CaseCore, CaseState, Status};

use crate::projections;
use crate::types::{CaseId, LoopId, RowExt, to_json};
use crate::{Param, Result, Row, StoreError, Tx, TxExt, params};

/// A core longer than this keeps its input in a table of its own.
const INLINE_BYTES: usize = 4_096;

/// A case about to be stored, with the digest that tells whether a repeated key means the same case.
#[derive(Debug, Clone, Copy)]
pub struct NewCase<'a> {
    /// The case in its first state.
    pub case: &'a Case,
    /// Digest of the canonical form of what was submitted.
    pub body_digest: &'a [u8],
}

/// Who has a key already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyHolder {
    /// The case.
    pub id: CaseId,
    /// Digest of what was submitted with it.
    pub body_digest: Vec<u8>,
}

/// Which cases to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseFilter {
    /// The loop.
    pub loop_id: LoopId,
    /// Only these; empty for all.
    pub statuses: Vec<Status>,
    /// Only those with an open task in this queue.
    pub queue: Option<String>,
    /// Only those with this tag.
    pub tag: Option<String>,
    /// Only those whose newest appeal is in this state.
    pub appeal: Option<AppealState>,
    /// Newest first instead of oldest first.
    pub newest_first: bool,
}

impl CaseFilter {
    /// All cases of a loop, oldest first.
    pub fn all(loop_id: LoopId) -> Self {
        Self {
            loop_id,
            statuses: Vec::new(),
            queue: None,
            tag: None,
            appeal: None,
            newest_first: false,
        }
    }
}

/// A page of a listing.
#[derive(Debug, Clone, PartialEq)]
pub struct CasePage {
    /// The cases. May be fewer than asked for, even none, while `next` is set: rare tags are looked
    /// for a bounded number of rows at a time.
    pub cases: Vec<Case>,
    /// Pass it as `after` for the next page; `None` at the end.
    pub next: Option<CaseId>,
}

/// Adds a case. [`StoreError::Contended`] when its key was taken a moment ago: look with [`by_key`]
/// first, in the same transaction.
pub fn insert(tx: &mut dyn Tx, case: &Case, body_digest: &[u8]) -> Result<()> {
    insert_many(tx, &[NewCase { case, body_digest }])
}

/// A case about to be stored whose documents the caller has written already, as JSON.
#[derive(Debug, Clone, Copy)]
pub struct WrittenCase<'a> {
    /// The case and its digest.
    pub new: NewCase<'a>,
    /// The text of its core.
    pub core: &'a str,
    /// The text of its state.
    pub state: &'a str,
}

/// Adds many cases at once: a few statements for all of them. Either all are added or none.
pub fn insert_many(tx: &mut dyn Tx, cases: &[NewCase<'_>]) -> Result<()> {
    let write = |new: &NewCase<'_>| Ok((to_json(&new.case.core)?, to_json(&new.case.state)?));
    let texts = cases.iter().map(write).collect::<Result<Vec<_>>>()?;
    let written: Vec<WrittenCase<'_>> = cases
        .iter()
        .zip(&texts)
        .map(|(new, (core, state))| WrittenCase { new: *new, core, state })
        .collect();
    insert_written(tx, &written)
}

/// [`insert_many`] with documents that are written already: the texts are stored as they are.
pub fn insert_written(tx: &mut dyn Tx, cases: &[WrittenCase<'_>]) -> Result<()> {
    let mut inputs = Vec::new();
    let mut documents = Vec::with_capacity(cases.len());
    for written in cases {
        let core = &written.new.case.core;
        if written.core.len() > INLINE_BYTES {
            inputs.push((&core.id, to_json(&core.input)?));
            documents.push((Cow::Owned(to_json(&without_input(core))?), written.state));
        } else {
            documents.push((Cow::Borrowed(written.core), written.state));
        }
    }
    let mut values = Vec::with_capacity(cases.len() * 13);
    for (WrittenCase { new, .. }, (core_text, state_text)) in cases.iter().zip(&documents) {
        let (core, state) = (&new.case.core, &new.case.state);
        values.extend([
            Param::from(&core.id),
            Param::from(&core.space),
            Param::from(&core.loop_id),
            Param::from(core.loop_version),
            Param::from(core.key.as_ref()),
            Param::from(new.body_digest),
            Param::from(core.subject.as_ref()),
            Param::from(state.status.as_str()),
            Param::from(state.revision),
            Param::from(core.created_at),
            Param::from(state.updated_at),
            Param::from(core_text.as_ref()),
            Param::from(*state_text),
        ]);
    }
    let added = tx.insert_many(
        "INSERT INTO cases (id, space_id, loop_id, loop_version, key, body_digest, subject, status, \
         revision, created_at, updated_at, core, state)",
        13,
        &values,
        "ON CONFLICT (loop_id, key) WHERE key IS NOT NULL DO NOTHING",
    )?;
    if added != cases.len() as u64 {
        return Err(tx.poison(StoreError::Contended("a case key is being used".to_owned())));
    }
    let values: Vec<Param<'_>> =
        inputs.iter().flat_map(|(id, input)| [Param::from(*id), Param::from(input)]).collect();
    tx.insert_many("INSERT INTO case_inputs (case_id, input)", 2, &values, "")?;
    projections::insert(tx, cases.iter().map(|written| written.new.case))
}

fn without_input(core: &CaseCore) -> CaseCore {
    CaseCore { input: serde_json::Value::Null, ..core.clone() }
}

/// Reads a case and locks it until the transaction ends. Every command on a case begins with this.
/// Lock several in order of id.
pub fn lock(tx: &mut dyn Tx, id: CaseId) -> Result<Option<Case>> {
    let lock = tx.dialect().pick("", " FOR UPDATE");
    read_one(tx, id, lock)
}

/// Reads a case.
pub fn get(tx: &mut dyn Tx, id: CaseId) -> Result<Option<Case>> {
    read_one(tx, id, "")
}

fn read_one(tx: &mut dyn Tx, id: CaseId, lock: &str) -> Result<Option<Case>> {
    let sql = format!("SELECT core, state FROM cases WHERE id = $1{lock}");
    let found = tx.query_opt(&sql, params![&id], read)?;
    found.map(|case| with_input(tx, case)).transpose()
}

fn read(row: &dyn Row) -> Result<Case> {
    Ok(Case { core: row.json(0)?, state: row.json(1)? })
}

/// Puts a long input back in its place.
fn with_input(tx: &mut dyn Tx, mut case: Case) -> Result<Case> {
    if case.core.input.is_null() {
        let found = tx.query_opt(
            "SELECT input FROM case_inputs WHERE case_id = $1",
            params![&case.core.id],
            |row| row.json(0),
        )?;
        case.core.input = found.unwrap_or_default();
    }
    Ok(case)
}

/// The state of a case without its content: enough for waiters.
pub fn state(tx: &mut dyn Tx, id: CaseId) -> Result<Option<CaseState>> {
    tx.query_opt("SELECT state FROM cases WHERE id = $1", params![&id], |row| row.json(0))
}

/// Stores what a command made of a locked case: the state, and of the projections only what changed.
/// [`StoreError::Conflict`] when the stored case is not the one in `before`.
pub fn save(tx: &mut dyn Tx, before: &Case, after: &Case) -> Result<()> {
    let text = to_json(&after.state)?;
    save_written(tx, before, after, &text)
}

/// [`save`] with a state that is written already as JSON: the text is stored as it is.
pub fn save_written(tx: &mut dyn Tx, before: &Case, after: &Case, state_text: &str) -> Result<()> {
    let state = &after.state;
    tx.exec_one(
        "UPDATE cases SET status = $2, revision = $3, updated_at = $4, state = $5 \
         WHERE id = $1 AND revision = $6",
        params![
            &after.core.id,
            state.status.as_str(),
            state.revision,
            state.updated_at,
            state_text,
            before.state.revision
        ],
    )?;
    projections::update(tx, before, after)
}

/// The holder of a key in a loop.
pub fn by_key(tx: &mut dyn Tx, loop_id: LoopId, key: &str) -> Result<Option<KeyHolder>> {
    tx.query_opt(
        "SELECT id, body_digest FROM cases WHERE loop_id = $1 AND key = $2",
        params![&loop_id, key],
        |row| Ok(KeyHolder { id: row.id(0)?, body_digest: row.bytes(1)? }),
    )
}

/// The holders of many keys; keys that nobody holds are left out.
pub fn by_keys(
    tx: &mut dyn Tx,
    loop_id: LoopId,
    keys: &[&str],
) -> Result<HashMap<String, KeyHolder>> {
    let mut holders = HashMap::new();
    for chunk in keys.chunks(64) {
        // One statement text for every chunk: a short one repeats its last key.
        let Some(last) = chunk.last() else { continue };
        let mut values = vec![Param::from(&loop_id)];
        values.extend((0..64).map(|at| Param::from(*chunk.get(at).unwrap_or(last))));
        let marks: Vec<String> = (2..66).map(|n| format!("${n}")).collect();
        let sql = format!(
            "SELECT key, id, body_digest FROM cases WHERE loop_id = $1 AND key IN ({})",
            marks.join(", ")
        );
        tx.query(&sql, &values, &mut |row| {
            let holder = KeyHolder { id: row.id(1)?, body_digest: row.bytes(2)? };
            holders.insert(row.string(0)?, holder);
            Ok(())
        })?;
    }
    Ok(holders)
}

/// Rows looked at for one page at most.
const SCAN: u32 = 2_000;

/// A page of cases in order of id, after `after`, at most `limit`.
pub fn list(
    tx: &mut dyn Tx,
    filter: &CaseFilter,
    after: Option<CaseId>,
    limit: u32,
) -> Result<CasePage> {
    let statuses = if filter.statuses.is_empty() { &Status::ALL[..] } else { &filter.statuses[..] };
    let scan = if filter.tag.is_some() { SCAN.max(limit) } else { limit };
    let mut cases = Vec::new();
    for status in statuses {
        cases.extend(in_status(tx, filter, *status, after, scan)?);
    }
    cases.sort_by_key(|case| case.core.id);
    if filter.newest_first {
        cases.reverse();
    }
    cases.truncate(scan as usize);
    let more = cases.len() == scan as usize;
    let mut last = cases.last().map(|case| case.core.id);
    let mut page = Vec::new();
    for case in cases {
        if filter.tag.as_ref().is_some_and(|tag| !case.core.tags.contains(tag)) {
            continue;
        }
        if page.len() == limit as usize {
            // Not everything that was read fits: the next page begins after what does.
            last = page.last().map(|case: &Case| case.core.id);
            return Ok(CasePage { cases: page, next: last });
        }
        page.push(with_input(tx, case)?);
    }
    Ok(CasePage { cases: page, next: last.filter(|_| more) })
}

fn in_status(
    tx: &mut dyn Tx,
    filter: &CaseFilter,
    status: Status,
    after: Option<CaseId>,
    limit: u32,
) -> Result<Vec<Case>> {
    let (bound, order) = if filter.newest_first { ("<", "DESC") } else { (">", "ASC") };
    let start = if filter.newest_first { [0xff; 16] } else { [0; 16] };
    let after = after.map_or(start, |id| *id.as_bytes());
    let queue = filter.queue.as_deref();
    let in_queue = match queue {
        Some(_) => "AND EXISTS (SELECT 1 FROM tasks t WHERE t.case_id = c.id AND t.queue = $5)",
        None => "",
    };
    let state = filter.appeal.map(AppealState::as_str);
    let mark = if queue.is_some() { "$6" } else { "$5" };
    // Contested cases are few: they are found by their appeals, not by a look at every case.
    let contested = match state {
        Some(_) => format!(
            "AND c.id IN (SELECT a.case_id FROM appeals a WHERE a.loop_id = $1 AND a.state = {mark} \
             AND NOT EXISTS (SELECT 1 FROM appeals b WHERE b.case_id = a.case_id AND b.n > a.n))"
        ),
        None => String::new(),
    };
    let sql = format!(
        "SELECT c.core, c.state FROM cases c WHERE c.loop_id = $1 AND c.status = $2 \
         AND c.id {bound} $3 {in_queue} {contested} ORDER BY c.id {order} LIMIT $4"
    );
    let mut values = vec![
        Param::from(&filter.loop_id),
        Param::from(status.as_str()),
        Param::from(&after),
        Param::from(limit),
    ];
    values.extend(queue.map(Param::from));
    values.extend(state.map(Param::from));
    tx.query_all(&sql, &values, read)
}
