//! Browser sessions and sign-in links, both stored as hashes of their secrets.

use crate::types::{MemberId, RowExt, Timestamp};
use crate::{Result, Row, Tx, TxExt, params};

/// A signed-in browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// SHA-256 of the cookie's secret.
    pub hash: Vec<u8>,
    /// The space.
    pub space: String,
    /// Who.
    pub member_id: MemberId,
    /// The token that unsafe requests must repeat.
    pub csrf: String,
    /// When it began.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

impl Session {
    fn read(row: &dyn Row) -> Result<Self> {
        Ok(Self {
            hash: row.bytes(0)?,
            space: row.string(1)?,
            member_id: row.id(2)?,
            csrf: row.string(3)?,
            created_at: row.time(4)?,
            expires_at: row.time(5)?,
        })
    }
}

/// Adds a session.
pub fn insert(tx: &mut dyn Tx, session: &Session) -> Result<()> {
    tx.exec_one(
        "INSERT INTO sessions (hash, space_id, member_id, csrf, created_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6)",
        params![
            &session.hash,
            &session.space,
            &session.member_id,
            &session.csrf,
            session.created_at,
            session.expires_at
        ],
    )
}

/// The session with this hash, unless it has expired.
pub fn get(tx: &mut dyn Tx, hash: &[u8]) -> Result<Option<Session>> {
    let now = tx.now();
    tx.query_opt(
        "SELECT hash, space_id, member_id, csrf, created_at, expires_at FROM sessions \
         WHERE hash = $1 AND expires_at > $2",
        params![hash, now],
        Session::read,
    )
}

/// Ends a session. False when there was none.
pub fn delete(tx: &mut dyn Tx, hash: &[u8]) -> Result<bool> {
    Ok(tx.exec("DELETE FROM sessions WHERE hash = $1", params![hash])? == 1)
}

/// Ends all sessions of a member.
pub fn delete_of_member(tx: &mut dyn Tx, member: MemberId) -> Result<u64> {
    tx.exec("DELETE FROM sessions WHERE member_id = $1", params![&member])
}

/// Removes what expired.
pub fn purge(tx: &mut dyn Tx) -> Result<u64> {
    let now = tx.now();
    tx.exec("DELETE FROM signin_links WHERE expires_at <= $1", params![now])?;
    tx.exec("DELETE FROM sessions WHERE expires_at <= $1", params![now])
}

/// Adds a sign-in link that works once.
pub fn insert_link(
    tx: &mut dyn Tx,
    hash: &[u8],
    space: &str,
    member: MemberId,
    expires_at: Timestamp,
) -> Result<()> {
    tx.exec_one(
        "INSERT INTO signin_links (hash, space_id, member_id, expires_at, used_at) \
         VALUES ($1, $2, $3, $4, NULL)",
        params![hash, space, &member, expires_at],
    )
}

/// Uses a link up and returns whose it was; `None` when unknown, used or expired.
pub fn use_link(tx: &mut dyn Tx, hash: &[u8]) -> Result<Option<(String, MemberId)>> {
    let now = tx.now();
    tx.query_opt(
        "UPDATE signin_links SET used_at = $2 WHERE hash = $1 AND used_at IS NULL AND expires_at > $2 \
         RETURNING space_id, member_id",
        params![hash, now],
        |row| Ok((row.string(0)?, row.id(1)?)),
    )
}
