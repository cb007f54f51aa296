//! Members who are away, who is asked to stand in for them, and who said yes.

use crate::types::{MemberId, RowExt, Timestamp};
use crate::{Result, Row, Tx, TxExt, params};

/// A member who is away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Absence {
    /// Who is away.
    pub member: MemberId,
    /// Who is asked to stand in.
    pub delegate: MemberId,
    /// Until when.
    pub until: Timestamp,
    /// Since when the delegate is asked.
    pub asked_at: Timestamp,
    /// When the delegate said yes; nobody stands in before.
    pub accepted_at: Option<Timestamp>,
}

const COLUMNS: &str = "member_id, delegate_id, until_at, asked_at, accepted_at";

impl Absence {
    fn read(row: &dyn Row) -> Result<Self> {
        Ok(Self {
            member: row.id(0)?,
            delegate: row.id(1)?,
            until: row.time(2)?,
            asked_at: row.time(3)?,
            accepted_at: row.opt_time(4)?,
        })
    }
}

/// Says that a member is away and asks the delegate, in the place of what was said before.
pub fn ask(tx: &mut dyn Tx, space: &str, absence: Absence) -> Result<()> {
    tx.exec_one(
        "INSERT INTO absences (member_id, space_id, delegate_id, until_at, asked_at) \
         VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (member_id) DO UPDATE SET delegate_id = excluded.delegate_id, \
         until_at = excluded.until_at, asked_at = excluded.asked_at, accepted_at = NULL, \
         assertion = NULL",
        params![&absence.member, space, &absence.delegate, absence.until, absence.asked_at],
    )
}

/// Notes that the delegate said yes, with what their passkey signed; false where it was answered, or
/// changed, meanwhile.
pub fn accept(tx: &mut dyn Tx, absence: &Absence, assertion: Option<&str>) -> Result<bool> {
    let now = tx.now();
    let accepted = tx.exec(
        "UPDATE absences SET accepted_at = $4, assertion = $5 WHERE member_id = $1 \
         AND delegate_id = $2 AND asked_at = $3 AND accepted_at IS NULL",
        params![&absence.member, &absence.delegate, absence.asked_at, now, assertion],
    )?;
    Ok(accepted == 1)
}

/// Says that a member is back, or that nobody is asked to stand in any more.
pub fn clear(tx: &mut dyn Tx, member: MemberId) -> Result<()> {
    tx.exec("DELETE FROM absences WHERE member_id = $1", params![&member])?;
    Ok(())
}

/// A member's absence, if it lasts, whether or not anybody stands in.
pub fn of(tx: &mut dyn Tx, member: MemberId) -> Result<Option<Absence>> {
    let now = tx.now();
    let sql = format!("SELECT {COLUMNS} FROM absences WHERE member_id = $1 AND until_at > $2");
    tx.query_opt(&sql, params![&member, now], Absence::read)
}

/// The absences for which a member stands in, or is asked to.
pub fn of_delegate(tx: &mut dyn Tx, delegate: MemberId) -> Result<Vec<Absence>> {
    let now = tx.now();
    let sql = format!(
        "SELECT {COLUMNS} FROM absences WHERE delegate_id = $1 AND until_at > $2 ORDER BY member_id"
    );
    tx.query_all(&sql, params![&delegate, now], Absence::read)
}

/// The absences in which a member stands in: they said yes.
pub fn delegated_to(tx: &mut dyn Tx, delegate: MemberId) -> Result<Vec<Absence>> {
    let mut found = of_delegate(tx, delegate)?;
    found.retain(|absence| absence.accepted_at.is_some());
    Ok(found)
}

/// The absences of a space that last.
pub fn of_space(tx: &mut dyn Tx, space: &str) -> Result<Vec<Absence>> {
    let now = tx.now();
    let sql = format!(
        "SELECT {COLUMNS} FROM absences WHERE space_id = $1 AND until_at > $2 \
         ORDER BY member_id LIMIT 1000"
    );
    tx.query_all(&sql, params![space, now], Absence::read)
}

/// The absences of a space in which somebody stands in: they said yes.
pub fn accepted(tx: &mut dyn Tx, space: &str) -> Result<Vec<Absence>> {
    let now = tx.now();
    let sql = format!(
        "SELECT {COLUMNS} FROM absences WHERE space_id = $1 AND until_at > $2 \
         AND accepted_at IS NOT NULL ORDER BY member_id"
    );
    tx.query_all(&sql, params![space, now], Absence::read)
}
