//! What models suggested to people at work on a text.

use crate::types::{CaseId, RowExt, SuggestionId, Timestamp};
use crate::{Result, Row, Tx, TxExt, params};

const COLUMNS: &str = "id, space_id, case_id, field, kind, link, model, asked_by, body, added, at";

/// A suggestion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// Its id.
    pub id: SuggestionId,
    /// The space.
    pub space: String,
    /// The case.
    pub case_id: CaseId,
    /// The field of the answer.
    pub field: String,
    /// `continue` or `revise`.
    pub kind: String,
    /// The link of the chain that was asked.
    pub link: String,
    /// Model and version.
    pub model: Option<String>,
    /// Who asked: member or key, as text.
    pub asked_by: String,
    /// The words.
    pub body: String,
    /// Those of them that were not in the text before, as a JSON list.
    pub added: String,
    /// When.
    pub at: Timestamp,
}

fn read(row: &dyn Row) -> Result<Suggestion> {
    Ok(Suggestion {
        id: row.id(0)?,
        space: row.string(1)?,
        case_id: row.id(2)?,
        field: row.string(3)?,
        kind: row.string(4)?,
        link: row.string(5)?,
        model: row.opt_string(6)?,
        asked_by: row.string(7)?,
        body: row.string(8)?,
        added: row.string(9)?,
        at: row.time(10)?,
    })
}

/// Adds a suggestion. The case must be locked.
pub fn insert(tx: &mut dyn Tx, suggestion: &Suggestion) -> Result<()> {
    tx.exec_one(
        "INSERT INTO suggestions (id, space_id, case_id, field, kind, link, model, asked_by, body, added, at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        params![
            &suggestion.id,
            &suggestion.space,
            &suggestion.case_id,
            &suggestion.field,
            &suggestion.kind,
            &suggestion.link,
            suggestion.model.as_deref(),
            &suggestion.asked_by,
            &suggestion.body,
            &suggestion.added,
            suggestion.at
        ],
    )
}

/// What was suggested on a case, oldest first.
pub fn of_case(tx: &mut dyn Tx, case_id: CaseId) -> Result<Vec<Suggestion>> {
    let sql = format!("SELECT {COLUMNS} FROM suggestions WHERE case_id = $1 ORDER BY id");
    tx.query_all(&sql, params![&case_id], read)
}

/// How many suggestions a case has.
pub fn count(tx: &mut dyn Tx, case_id: CaseId) -> Result<u64> {
    let found = tx.query_opt(
        "SELECT COUNT(*) FROM suggestions WHERE case_id = $1",
        params![&case_id],
        |row| row.count(0),
    )?;
    Ok(found.unwrap_or(0))
}

/// All suggestions by id, after `after`.
pub fn scan(tx: &mut dyn Tx, after: Option<SuggestionId>, limit: u32) -> Result<Vec<Suggestion>> {
    let after = after.map_or([0; 16], |id| *id.as_bytes());
    let sql = format!("SELECT {COLUMNS} FROM suggestions WHERE id > $1 ORDER BY id LIMIT $2");
    tx.query_all(&sql, params![&after, limit], read)
}
