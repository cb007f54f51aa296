//! The emergency stop. Whatever decides or consumes reads it shared in its own transaction, first.

use crate::types::{LoopId, MemberId, PersonId, RowExt, Timestamp};
use crate::{Result, Row, Tx, TxExt, params};

/// The scope that covers every loop of a space.
pub const EVERYTHING: &str = "*";

/// One halt row. It exists for every space and every loop, halted or not, so that it can be locked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Halt {
    /// [`EVERYTHING`], or a loop's id in text form.
    pub scope: String,
    /// Whether gates stay shut.
    pub halted: bool,
    /// Counts every halt and resume.
    pub epoch: u64,
    /// Who set it last.
    pub by_member: Option<MemberId>,
    /// The natural person behind who set it last, where there is one.
    pub by_person: Option<PersonId>,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// What a command needs to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HaltState {
    /// The space or the loop is halted.
    pub halted: bool,
    /// The sum of both epochs: it changes whenever either row does.
    pub epoch: u64,
}

const COLUMNS: &str = "scope, halted, epoch, by_member, reason, at, by_person";

impl Halt {
    fn read(row: &dyn Row) -> Result<Self> {
        Ok(Self {
            scope: row.string(0)?,
            halted: row.flag(1)?,
            epoch: row.count(2)?,
            by_member: row.opt_id(3)?,
            reason: row.string(4)?,
            at: row.time(5)?,
            by_person: row.opt_id(6)?,
        })
    }
}

/// The scope of one loop.
pub fn scope_of(loop_id: LoopId) -> String {
    loop_id.to_string()
}

/// Reads the space's and the loop's rows and locks them shared until the transaction ends: a halt
/// that wants to commit waits for this transaction, and this one sees every halt committed before.
pub fn read_shared(tx: &mut dyn Tx, space: &str, loop_id: LoopId) -> Result<HaltState> {
    let lock = tx.dialect().pick("", " FOR SHARE");
    let sql = format!(
        "SELECT halted, epoch FROM halts WHERE space_id = $1 AND scope IN ('*', $2) ORDER BY scope{lock}"
    );
    let mut state = HaltState { halted: false, epoch: 0 };
    tx.query(&sql, params![space, &scope_of(loop_id)], &mut |row| {
        state.halted |= row.flag(0)?;
        state.epoch += row.count(1)?;
        Ok(())
    })?;
    Ok(state)
}

/// Halts or resumes a scope and returns the new row.
pub fn set(
    tx: &mut dyn Tx,
    space: &str,
    scope: &str,
    halted: bool,
    (by_member, by_person): (Option<MemberId>, Option<PersonId>),
    reason: &str,
) -> Result<Halt> {
    ensure_row(tx, space, scope)?;
    let now = tx.now();
    let sql = format!(
        "UPDATE halts SET halted = $3, epoch = epoch + 1, by_member = $4, reason = $5, at = $6, by_person = $7 \
         WHERE space_id = $1 AND scope = $2 RETURNING {COLUMNS}"
    );
    tx.wake(crate::Topic::Halts);
    tx.query_one(
        &sql,
        params![space, scope, halted, by_member.as_ref(), reason, now, by_person.as_ref()],
        Halt::read,
    )
}

/// The halt that is in force over a loop now, the space's before the loop's own. A hint for whoever
/// wants to know: what decides or consumes reads the rows shared instead.
pub fn in_force(tx: &mut dyn Tx, space: &str, loop_id: LoopId) -> Result<Option<Halt>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM halts WHERE space_id = $1 AND scope IN ('*', $2) AND halted = 1"
    );
    let found = tx.query_all(&sql, params![space, &scope_of(loop_id)], Halt::read)?;
    Ok(found.into_iter().min_by_key(|halt| halt.scope != EVERYTHING))
}

/// All rows of a space, the halted ones and those that could be.
pub fn list(tx: &mut dyn Tx, space: &str) -> Result<Vec<Halt>> {
    let sql = format!("SELECT {COLUMNS} FROM halts WHERE space_id = $1 ORDER BY scope");
    tx.query_all(&sql, params![space], Halt::read)
}

/// Makes the row, not halted, when it is missing.
pub(crate) fn ensure_row(tx: &mut dyn Tx, space: &str, scope: &str) -> Result<()> {
    let now = tx.now();
    tx.exec(
        "INSERT INTO halts (space_id, scope, halted, epoch, by_member, reason, at) \
         VALUES ($1, $2, 0, 0, NULL, '', $3) ON CONFLICT (space_id, scope) DO NOTHING",
        params![space, scope, now],
    )?;
    Ok(())
}
