//! Whole tables in the order of their keys, a page at a time: what a bundle of the ledger is made of.
//!
//! Documents come back as the text that is stored, so that nothing an edit added is lost on the way.

use crate::events::EventRow;
use crate::types::{CaseId, CommentId, LoopId, MediaId, OutcomeId, RowExt};
use crate::{Result, Tx, TxExt, params};
use crate::{comments::Comment, media::Media, outcomes::Outcome};

/// A case as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawCase {
    /// Its id.
    pub id: CaseId,
    /// What came in, as JSON; `input` is null there where it is kept apart.
    pub core: String,
    /// The input, where it is kept apart.
    pub input: Option<String>,
    /// The state, as JSON.
    pub state: String,
}

/// Cases of every loop by id, after `after`.
pub fn cases(tx: &mut dyn Tx, after: Option<CaseId>, limit: u32) -> Result<Vec<RawCase>> {
    let after = after.map_or([0; 16], |id| *id.as_bytes());
    tx.query_all(
        "SELECT c.id, c.core, i.input, c.state FROM cases c LEFT JOIN case_inputs i ON i.case_id = c.id \
         WHERE c.id > $1 ORDER BY c.id LIMIT $2",
        params![&after, limit],
        |row| {
            Ok(RawCase {
                id: row.id(0)?,
                core: row.string(1)?,
                input: row.opt_string(2)?,
                state: row.string(3)?,
            })
        },
    )
}

/// Comments by id, after `after`.
pub fn comments(tx: &mut dyn Tx, after: Option<CommentId>, limit: u32) -> Result<Vec<Comment>> {
    let after = after.map_or([0; 16], |id| *id.as_bytes());
    tx.query_all(
        "SELECT id, space_id, case_id, member_id, body, at FROM comments WHERE id > $1 \
         ORDER BY id LIMIT $2",
        params![&after, limit],
        |row| {
            Ok(Comment {
                id: row.id(0)?,
                space: row.string(1)?,
                case_id: row.id(2)?,
                member_id: row.opt_id(3)?,
                body: row.string(4)?,
                at: row.time(5)?,
            })
        },
    )
}

/// Outcomes by id, after `after`.
pub fn outcomes(tx: &mut dyn Tx, after: Option<OutcomeId>, limit: u32) -> Result<Vec<Outcome>> {
    let after = after.map_or([0; 16], |id| *id.as_bytes());
    tx.query_all(
        "SELECT id, space_id, case_id, body, trusted, at FROM outcomes WHERE id > $1 \
         ORDER BY id LIMIT $2",
        params![&after, limit],
        |row| {
            Ok(Outcome {
                id: row.id(0)?,
                space: row.string(1)?,
                case_id: row.id(2)?,
                body: row.string(3)?,
                trusted: row.flag(4)?,
                at: row.time(5)?,
            })
        },
    )
}

/// Files by id, after `after`, with their bytes: ask for a few at a time.
pub fn media(tx: &mut dyn Tx, after: Option<MediaId>, limit: u32) -> Result<Vec<Media>> {
    let after = after.map_or([0; 16], |id| *id.as_bytes());
    tx.query_all(
        "SELECT id, space_id, sha256, mime, bytes, created_at FROM media WHERE id > $1 \
         ORDER BY id LIMIT $2",
        params![&after, limit],
        |row| {
            Ok(Media {
                id: row.id(0)?,
                space: row.string(1)?,
                sha256: row.bytes(2)?,
                mime: row.string(3)?,
                bytes: row.bytes(4)?,
                created_at: row.time(5)?,
            })
        },
    )
}

/// Loops of every space: their ids.
pub fn loops(tx: &mut dyn Tx) -> Result<Vec<LoopId>> {
    tx.query_all("SELECT id FROM loops ORDER BY id", &[], |row| row.id(0))
}

/// Events that wait for their index, in the order in which they will get it.
pub fn unsealed(tx: &mut dyn Tx) -> Result<Vec<EventRow>> {
    tx.query_all(
        "SELECT space_id, loop_id, case_id, kind, at, body FROM unsealed ORDER BY seq",
        &[],
        |row| {
            Ok(EventRow {
                idx: None,
                space: row.string(0)?,
                loop_id: row.opt_id(1)?,
                case_id: row.opt_id(2)?,
                kind: row.string(3)?,
                at: row.time(4)?,
                body: row.string(5)?,
                leaf: None,
            })
        },
    )
}
