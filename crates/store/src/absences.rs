//! Members who are away, and who stands in for them.

use crate::types::{MemberId, RowExt, Timestamp};
use crate::{Result, Row, Tx, TxExt, params};

/// A member who is away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Absence {
    /// Who is away.
    pub member: MemberId,
    /// Who stands in.
    pub delegate: MemberId,
    /// Until when.
    pub until: Timestamp,
}

impl Absence {
    fn read(row: &dyn Row) -> Result<Self> {
        Ok(Self { member: row.id(0)?, delegate: row.id(1)?, until: row.time(2)? })
    }
}

/// Says that a member is away, in the place of what was said before.
pub fn set(tx: &mut dyn Tx, space: &str, absence: Absence) -> Result<()> {
    tx.exec_one(
        "INSERT INTO absences (member_id, space_id, delegate_id, until_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (member_id) DO UPDATE SET delegate_id = excluded.delegate_id, \
         until_at = excluded.until_at",
        params![&absence.member, space, &absence.delegate, absence.until],
    )
}

/// Says that a member is back.
pub fn clear(tx: &mut dyn Tx, member: MemberId) -> Result<()> {
    tx.exec("DELETE FROM absences WHERE member_id = $1", params![&member])?;
    Ok(())
}

/// A member's absence, if it lasts.
pub fn of(tx: &mut dyn Tx, member: MemberId) -> Result<Option<Absence>> {
    let now = tx.now();
    tx.query_opt(
        "SELECT member_id, delegate_id, until_at FROM absences WHERE member_id = $1 AND until_at > $2",
        params![&member, now],
        Absence::read,
    )
}

/// The absences in which a member stands in.
pub fn delegated_to(tx: &mut dyn Tx, delegate: MemberId) -> Result<Vec<Absence>> {
    let now = tx.now();
    tx.query_all(
        "SELECT member_id, delegate_id, until_at FROM absences \
         WHERE delegate_id = $1 AND until_at > $2 ORDER BY member_id",
        params![&delegate, now],
        Absence::read,
    )
}
