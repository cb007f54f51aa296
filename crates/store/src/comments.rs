//! What people say to each other beside a case.

use crate::types::{CaseId, CommentId, MemberId, RowExt, Timestamp};
use crate::{Result, Row, Tx, TxExt, params};

/// A comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Its id.
    pub id: CommentId,
    /// The space.
    pub space: String,
    /// The case.
    pub case_id: CaseId,
    /// Who; `None` for a machine.
    pub member_id: Option<MemberId>,
    /// The text.
    pub body: String,
    /// When.
    pub at: Timestamp,
}

impl Comment {
    fn read(row: &dyn Row) -> Result<Self> {
        Ok(Self {
            id: row.id(0)?,
            space: row.string(1)?,
            case_id: row.id(2)?,
            member_id: row.opt_id(3)?,
            body: row.string(4)?,
            at: row.time(5)?,
        })
    }
}

/// Adds a comment.
pub fn insert(tx: &mut dyn Tx, comment: &Comment) -> Result<()> {
    tx.wake(crate::Topic::Case(comment.case_id));
    tx.exec_one(
        "INSERT INTO comments (id, space_id, case_id, member_id, body, at) VALUES ($1, $2, $3, $4, $5, $6)",
        params![
            &comment.id,
            &comment.space,
            &comment.case_id,
            comment.member_id.as_ref(),
            &comment.body,
            comment.at
        ],
    )
}

/// Comments of a case, oldest first, after `after`.
pub fn of_case(
    tx: &mut dyn Tx,
    case_id: CaseId,
    after: Option<CommentId>,
    limit: u32,
) -> Result<Vec<Comment>> {
    let after = after.map_or([0; 16], |id| *id.as_bytes());
    tx.query_all(
        "SELECT id, space_id, case_id, member_id, body, at FROM comments WHERE case_id = $1 AND id > $2 \
         ORDER BY id LIMIT $3",
        params![&case_id, &after, limit],
        Comment::read,
    )
}
