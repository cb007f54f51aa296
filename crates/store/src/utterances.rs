//! What is said in the conversation beside a case, and which cases a person has taken over.

use tandem_domain::case::Speaker;

use crate::types::{CaseId, MemberId, RowExt, RunId, Timestamp};
use crate::{Result, Row, StoreError, Tx, TxExt, params};

const COLUMNS: &str = "case_id, n, space_id, client_id, speaker, said_by, member_id, body, at";

/// Something that was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The case.
    pub case_id: CaseId,
    /// Its number in the case, from 1, without gaps.
    pub n: u64,
    /// The space.
    pub space: String,
    /// The sender's own id for it, one per case and sender.
    pub client_id: String,
    /// Who speaks.
    pub speaker: Speaker,
    /// Who sent it: member or key, as text.
    pub said_by: String,
    /// The member; `None` for a machine's key.
    pub member_id: Option<MemberId>,
    /// The words.
    pub body: String,
    /// When.
    pub at: Timestamp,
}

fn read(row: &dyn Row) -> Result<Said> {
    let speaker = row.string(4)?;
    Ok(Said {
        case_id: row.id(0)?,
        n: row.count(1)?,
        space: row.string(2)?,
        client_id: row.string(3)?,
        speaker: speaker.parse().map_err(StoreError::Corrupt)?,
        said_by: row.string(5)?,
        member_id: row.opt_id(6)?,
        body: row.string(7)?,
        at: row.time(8)?,
    })
}

/// Adds what was said, with the next number of the case. The case must be locked.
pub fn insert(tx: &mut dyn Tx, said: &Said) -> Result<()> {
    tx.wake(crate::Topic::Case(said.case_id));
    tx.exec_one(
        "INSERT INTO utterances (case_id, n, space_id, client_id, speaker, said_by, member_id, body, at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        params![
            &said.case_id,
            said.n,
            &said.space,
            &said.client_id,
            said.speaker.as_str(),
            &said.said_by,
            said.member_id.as_ref(),
            &said.body,
            said.at
        ],
    )
}

/// What a sender said under its own id.
pub fn by_client(
    tx: &mut dyn Tx,
    case_id: CaseId,
    said_by: &str,
    client_id: &str,
) -> Result<Option<Said>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM utterances WHERE case_id = $1 AND said_by = $2 AND client_id = $3"
    );
    tx.query_opt(&sql, params![&case_id, said_by, client_id], read)
}

/// What was said on a case after number `after`, in order.
pub fn of_case(tx: &mut dyn Tx, case_id: CaseId, after: u64, limit: u32) -> Result<Vec<Said>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM utterances WHERE case_id = $1 AND n > $2 ORDER BY n LIMIT $3"
    );
    tx.query_all(&sql, params![&case_id, after, limit], read)
}

/// The number of the last thing that was said on a case; 0 for none.
pub fn last(tx: &mut dyn Tx, case_id: CaseId) -> Result<u64> {
    let found = tx.query_opt(
        "SELECT n FROM utterances WHERE case_id = $1 ORDER BY n DESC LIMIT 1",
        params![&case_id],
        |row| row.count(0),
    )?;
    Ok(found.unwrap_or(0))
}

/// Everything that was said anywhere, by case and number, after `after`.
pub fn scan(tx: &mut dyn Tx, after: Option<(CaseId, u64)>, limit: u32) -> Result<Vec<Said>> {
    let (case, n) = after.map_or(([0; 16], 0), |(case, n)| (*case.as_bytes(), n));
    let sql = format!(
        "SELECT {COLUMNS} FROM utterances WHERE case_id > $1 OR (case_id = $1 AND n > $2) \
         ORDER BY case_id, n LIMIT $3"
    );
    tx.query_all(&sql, params![&case, n, limit], read)
}

/// Remembers that a person has the turn on a case of `run`.
pub fn take_over(tx: &mut dyn Tx, case_id: CaseId, run: Option<RunId>, space: &str) -> Result<()> {
    tx.exec_one(
        "INSERT INTO take_overs (case_id, run_id, space_id) VALUES ($1, $2, $3)",
        params![&case_id, run.as_ref(), space],
    )
}

/// Forgets that a person has the turn on a case.
pub fn hand_back(tx: &mut dyn Tx, case_id: CaseId) -> Result<()> {
    tx.exec("DELETE FROM take_overs WHERE case_id = $1", params![&case_id])?;
    Ok(())
}

/// A case of a run whose conversation a person has taken over.
pub fn taken_over(tx: &mut dyn Tx, run: RunId) -> Result<Option<CaseId>> {
    tx.query_opt(
        "SELECT case_id FROM take_overs WHERE run_id = $1 ORDER BY case_id LIMIT 1",
        params![&run],
        |row| row.id(0),
    )
}
