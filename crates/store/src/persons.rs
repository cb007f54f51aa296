//! Who is which natural person: aliases, and changes that two admins agree on.

use crate::types::{MemberId, PersonChangeId, PersonId, RowExt, Timestamp};
use crate::{Result, Tx, TxExt, params};

/// Other ids of a person, for a case that was created at `created`.
pub fn aliases(tx: &mut dyn Tx, person: PersonId, created: Timestamp) -> Result<Vec<PersonId>> {
    tx.query_all(
        "SELECT alias_id FROM person_aliases \
         WHERE person_id = $1 AND (before_at IS NULL OR before_at > $2) ORDER BY alias_id LIMIT 100",
        params![&person, created],
        |row| row.id(0),
    )
}

/// Says that a person was known under another id, too; `before`: for cases from before then alone.
pub fn add_alias(
    tx: &mut dyn Tx,
    space: &str,
    person: PersonId,
    alias: PersonId,
    before: Option<Timestamp>,
) -> Result<()> {
    tx.exec(
        "INSERT INTO person_aliases (person_id, alias_id, space_id, before_at) \
         VALUES ($1, $2, $3, $4) ON CONFLICT (person_id, alias_id) DO UPDATE SET \
         before_at = CASE WHEN excluded.before_at IS NULL THEN NULL ELSE person_aliases.before_at END",
        params![&person, &alias, space, before],
    )?;
    Ok(())
}

/// Gives one person's aliases to another as well; `until`: for cases from before then alone.
pub fn copy_aliases(
    tx: &mut dyn Tx,
    space: &str,
    from: PersonId,
    to: PersonId,
    until: Option<Timestamp>,
) -> Result<()> {
    let found = tx.query_all(
        "SELECT alias_id, before_at FROM person_aliases WHERE person_id = $1",
        params![&from],
        |row| Ok((row.id::<PersonId>(0)?, row.opt_time(1)?)),
    )?;
    for (alias, before) in found {
        let before = match (before, until) {
            (Some(before), Some(until)) => Some(before.min(until)),
            (before, until) => before.or(until),
        };
        add_alias(tx, space, to, alias, before)?;
    }
    Ok(())
}

/// The accounts of a person.
pub fn members_of(tx: &mut dyn Tx, space: &str, person: PersonId) -> Result<Vec<MemberId>> {
    tx.query_all(
        "SELECT id FROM members WHERE space_id = $1 AND person_id = $2 ORDER BY id",
        params![space, &person],
        |row| row.id(0),
    )
}

/// Says whose an account is.
pub fn set_person(tx: &mut dyn Tx, member: MemberId, person: PersonId) -> Result<()> {
    tx.exec_one("UPDATE members SET person_id = $2 WHERE id = $1", params![&member, &person])
}

/// Adds a change that waits for a second admin. `body` is a JSON document.
pub fn insert_change(
    tx: &mut dyn Tx,
    id: PersonChangeId,
    space: &str,
    state: &str,
    body: &str,
) -> Result<()> {
    tx.exec_one(
        "INSERT INTO person_changes (id, space_id, state, body) VALUES ($1, $2, $3, $4)",
        params![&id, space, state, body],
    )
}

/// A change of a space, locked: its state and document.
pub fn lock_change(
    tx: &mut dyn Tx,
    space: &str,
    id: PersonChangeId,
) -> Result<Option<(String, String)>> {
    let lock = tx.dialect().pick("", " FOR UPDATE");
    let sql =
        format!("SELECT state, body FROM person_changes WHERE id = $1 AND space_id = $2{lock}");
    tx.query_opt(&sql, params![&id, space], |row| Ok((row.string(0)?, row.string(1)?)))
}

/// Writes what became of a change.
pub fn save_change(tx: &mut dyn Tx, id: PersonChangeId, state: &str, body: &str) -> Result<()> {
    tx.exec_one(
        "UPDATE person_changes SET state = $2, body = $3 WHERE id = $1",
        params![&id, state, body],
    )
}

/// The newest changes of a space: id, state and document.
pub fn changes(
    tx: &mut dyn Tx,
    space: &str,
    limit: u32,
) -> Result<Vec<(PersonChangeId, String, String)>> {
    tx.query_all(
        "SELECT id, state, body FROM person_changes WHERE space_id = $1 ORDER BY id DESC LIMIT $2",
        params![space, limit],
        |row| Ok((row.id(0)?, row.string(1)?, row.string(2)?)),
    )
}
