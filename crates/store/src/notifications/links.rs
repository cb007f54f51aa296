//! Links in messages, accounts of the chat, and which of its requests were taken.

use crate::types::{MemberId, RowExt, Timestamp};
use crate::{Result, Tx, TxExt, params};

/// What a link is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The space.
    pub space: String,
    /// Whose it is.
    pub member: MemberId,
    /// `case` or `slack`.
    pub purpose: String,
    /// The case, or the account.
    pub target: String,
}

/// Adds a link that works once.
pub fn add_link(tx: &mut dyn Tx, hash: &[u8], link: &Link, expires_at: Timestamp) -> Result<()> {
    tx.exec_one(
        "INSERT INTO notification_links (hash, space_id, member_id, purpose, target, expires_at, used_at) \
         VALUES ($1, $2, $3, $4, $5, $6, NULL)",
        params![hash, &link.space, &link.member, &link.purpose, &link.target, expires_at],
    )
}

/// Uses a member's own link up; `None` when it is unknown, used, expired, another's or for
/// something else. Another's stays unused.
pub fn use_link(
    tx: &mut dyn Tx,
    hash: &[u8],
    member: MemberId,
    purpose: &str,
) -> Result<Option<String>> {
    let now = tx.now();
    tx.query_opt(
        "UPDATE notification_links SET used_at = $4 WHERE hash = $1 AND member_id = $2 \
         AND purpose = $3 AND used_at IS NULL AND expires_at > $4 RETURNING target",
        params![hash, &member, purpose, now],
        |row| row.string(0),
    )
}

/// The account of the chat that is a member's.
pub fn account_of(tx: &mut dyn Tx, member: MemberId) -> Result<Option<String>> {
    tx.query_opt(
        "SELECT account FROM slack_accounts WHERE member_id = $1",
        params![&member],
        |row| row.string(0),
    )
}

/// Whose an account of the chat is.
pub fn member_of_account(tx: &mut dyn Tx, space: &str, account: &str) -> Result<Option<MemberId>> {
    tx.query_opt(
        "SELECT member_id FROM slack_accounts WHERE space_id = $1 AND account = $2",
        params![space, account],
        |row| row.id(0),
    )
}

/// Ties an account to a member, in place of the one before. False when it is another member's.
pub fn link_account(tx: &mut dyn Tx, space: &str, member: MemberId, account: &str) -> Result<bool> {
    if member_of_account(tx, space, account)?.is_some_and(|other| other != member) {
        return Ok(false);
    }
    let now = tx.now();
    tx.exec(
        "INSERT INTO slack_accounts (member_id, space_id, account, linked_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (member_id) DO UPDATE SET account = excluded.account, \
         linked_at = excluded.linked_at",
        params![&member, space, account, now],
    )?;
    Ok(true)
}

/// Unties a member's account. False when there was none.
pub fn unlink_account(tx: &mut dyn Tx, member: MemberId) -> Result<bool> {
    Ok(tx.exec("DELETE FROM slack_accounts WHERE member_id = $1", params![&member])? == 1)
}

/// Takes a signed request of the chat. False when it was taken before.
pub fn accept(tx: &mut dyn Tx, hash: &[u8]) -> Result<bool> {
    let now = tx.now();
    let added = tx.exec(
        "INSERT INTO slack_requests (hash, at) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING",
        params![hash, now],
    )?;
    Ok(added == 1)
}

/// Forgets links that ended and requests that are too old to come again.
pub fn forget_old(tx: &mut dyn Tx, requests_before: Timestamp) -> Result<()> {
    let now = tx.now();
    tx.exec("DELETE FROM notification_links WHERE expires_at <= $1", params![now])?;
    tx.exec("DELETE FROM slack_requests WHERE at < $1", params![requests_before])?;
    Ok(())
}
