//! API keys, stored as hashes.

use crate::members::RoleGrant;
use crate::types::{KeyId, MemberId, PersonId, RowExt, Timestamp, to_json};
use crate::{Result, Row, Tx, TxExt, params};

/// A key. The secret itself is never stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Its id.
    pub id: KeyId,
    /// The space it opens.
    pub space: String,
    /// What people see.
    pub name: String,
    /// The first characters of the secret, to recognise it by.
    pub prefix: String,
    /// SHA-256 of the secret.
    pub hash: Vec<u8>,
    /// The person it belongs to; `None` for a machine's.
    pub member_id: Option<MemberId>,
    /// A machine's roles.
    pub roles: Vec<RoleGrant>,
    /// What it may be used for.
    pub scopes: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// When it was last seen, roughly.
    pub last_used_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// The natural person who made it.
    pub made_by: Option<PersonId>,
}

const COLUMNS: &str = "id, space_id, name, prefix, hash, member_id, roles, scopes, created_at, \
                       expires_at, last_used_at, revoked_at, made_by";

impl Key {
    fn read(row: &dyn Row) -> Result<Self> {
        Ok(Self {
            id: row.id(0)?,
            space: row.string(1)?,
            name: row.string(2)?,
            prefix: row.string(3)?,
            hash: row.bytes(4)?,
            member_id: row.opt_id(5)?,
            roles: row.json(6)?,
            scopes: row.json(7)?,
            created_at: row.time(8)?,
            expires_at: row.opt_time(9)?,
            last_used_at: row.opt_time(10)?,
            revoked_at: row.opt_time(11)?,
            made_by: row.opt_id(12)?,
        })
    }
}

/// Adds a key.
pub fn insert(tx: &mut dyn Tx, key: &Key) -> Result<()> {
    tx.exec_one(
        "INSERT INTO keys (id, space_id, name, prefix, hash, member_id, roles, scopes, created_at, \
         expires_at, last_used_at, revoked_at, made_by) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        params![
            &key.id,
            &key.space,
            &key.name,
            &key.prefix,
            &key.hash,
            key.member_id.as_ref(),
            &to_json(&key.roles)?,
            &to_json(&key.scopes)?,
            key.created_at,
            key.expires_at,
            key.last_used_at,
            key.revoked_at,
            key.made_by.as_ref()
        ],
    )
}

/// The key with this SHA-256, whatever its state.
pub fn by_hash(tx: &mut dyn Tx, hash: &[u8]) -> Result<Option<Key>> {
    let sql = format!("SELECT {COLUMNS} FROM keys WHERE hash = $1");
    tx.query_opt(&sql, params![hash], Key::read)
}

/// One key.
pub fn get(tx: &mut dyn Tx, id: KeyId) -> Result<Option<Key>> {
    let sql = format!("SELECT {COLUMNS} FROM keys WHERE id = $1");
    tx.query_opt(&sql, params![&id], Key::read)
}

/// Keys in order of id, after `after`.
pub fn list(tx: &mut dyn Tx, space: &str, after: Option<KeyId>, limit: u32) -> Result<Vec<Key>> {
    let sql =
        format!("SELECT {COLUMNS} FROM keys WHERE space_id = $1 AND id > $2 ORDER BY id LIMIT $3");
    let after = after.map_or([0; 16], |id| *id.as_bytes());
    tx.query_all(&sql, params![space, &after, limit], Key::read)
}

/// How many keys the space has: zero on an empty data directory.
pub fn exists_any(tx: &mut dyn Tx, space: &str) -> Result<bool> {
    let found =
        tx.query_opt("SELECT 1 FROM keys WHERE space_id = $1 LIMIT 1", params![space], |_| Ok(()))?;
    Ok(found.is_some())
}

/// Revokes a key. False when it is unknown or already revoked.
pub fn revoke(tx: &mut dyn Tx, id: KeyId) -> Result<bool> {
    let now = tx.now();
    let changed = tx.exec(
        "UPDATE keys SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL",
        params![&id, now],
    )?;
    Ok(changed == 1)
}

/// Notes that a key was used. Callers do this rarely, never per request.
pub fn touch(tx: &mut dyn Tx, id: KeyId) -> Result<()> {
    let now = tx.now();
    tx.exec("UPDATE keys SET last_used_at = $2 WHERE id = $1", params![&id, now])?;
    Ok(())
}
