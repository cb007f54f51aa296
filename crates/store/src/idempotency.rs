//! Idempotency keys: one effect per key, in the command's own transaction.

use crate::types::{RowExt, Timestamp};
use crate::{Result, StoreError, Tx, TxExt, params};

/// Whose key on which route.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// The space.
    pub space: &'a str,
    /// The caller: a key's or member's id.
    pub principal: &'a str,
    /// The route, such as `POST /v1/claims`.
    pub route: &'a str,
    /// The caller's key.
    pub key: &'a str,
}

/// What a key was used for before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Used {
    /// Digest of the body it came with.
    pub digest: Vec<u8>,
    /// The resource it made, as the command wrote it.
    pub resource: String,
    /// When.
    pub created_at: Timestamp,
}

/// Looks a key up. Callers compare the digest: another one is a conflict.
pub fn get(tx: &mut dyn Tx, scope: Scope<'_>) -> Result<Option<Used>> {
    tx.query_opt(
        "SELECT digest, resource, created_at FROM idempotency \
         WHERE space_id = $1 AND principal = $2 AND route = $3 AND key = $4",
        params![scope.space, scope.principal, scope.route, scope.key],
        |row| {
            Ok(Used { digest: row.bytes(0)?, resource: row.string(1)?, created_at: row.time(2)? })
        },
    )
}

/// Records a key's use. When another node used it a moment ago this is
/// [`StoreError::Contended`]: run the command again and it finds the use.
pub fn insert(tx: &mut dyn Tx, scope: Scope<'_>, digest: &[u8], resource: &str) -> Result<()> {
    let now = tx.now();
    let added = tx.exec(
        "INSERT INTO idempotency (space_id, principal, route, key, digest, resource, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (space_id, principal, route, key) DO NOTHING",
        params![scope.space, scope.principal, scope.route, scope.key, digest, resource, now],
    )?;
    if added == 0 {
        return Err(tx.poison(StoreError::Contended(format!("key {} is being used", scope.key))));
    }
    Ok(())
}

/// Forgets keys used before `before`, at most `limit` at a time; returns how many.
pub fn purge(tx: &mut dyn Tx, before: Timestamp, limit: u32) -> Result<u64> {
    tx.exec(
        "DELETE FROM idempotency WHERE (space_id, principal, route, key) IN \
         (SELECT space_id, principal, route, key FROM idempotency WHERE created_at < $1 \
          ORDER BY created_at LIMIT $2)",
        params![before, limit],
    )
}
