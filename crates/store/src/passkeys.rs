//! Passkeys of members, and the numbers they are asked to sign.

use crate::types::{MemberId, PasskeyId, RowExt, Timestamp};
use crate::{Result, Row, Tx, TxExt, params};

/// A passkey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passkey {
    /// Its id.
    pub id: PasskeyId,
    /// The space.
    pub space: String,
    /// Whose it is.
    pub member: MemberId,
    /// The authenticator's id of it.
    pub credential: Vec<u8>,
    /// `es256` or `ed25519`.
    pub algorithm: String,
    /// The public key.
    pub public_key: Vec<u8>,
    /// The authenticator's counter when it signed last.
    pub counter: u64,
    /// What its owner calls it.
    pub name: String,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it signed last.
    pub last_used_at: Option<Timestamp>,
}

const COLUMNS: &str = "id, space_id, member_id, credential, algorithm, public_key, counter, name, created_at, last_used_at";

fn read(row: &dyn Row) -> Result<Passkey> {
    Ok(Passkey {
        id: row.id(0)?,
        space: row.string(1)?,
        member: row.id(2)?,
        credential: row.bytes(3)?,
        algorithm: row.string(4)?,
        public_key: row.bytes(5)?,
        counter: row.count(6)?,
        name: row.string(7)?,
        created_at: row.time(8)?,
        last_used_at: row.opt_time(9)?,
    })
}

/// Adds a passkey; false where its credential is there already.
pub fn insert(tx: &mut dyn Tx, key: &Passkey) -> Result<bool> {
    let added = tx.exec(
        "INSERT INTO passkeys (id, space_id, member_id, credential, algorithm, public_key, counter, \
         name, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
         ON CONFLICT (credential) DO NOTHING",
        params![
            &key.id,
            &key.space,
            &key.member,
            &key.credential,
            &key.algorithm,
            &key.public_key,
            key.counter,
            &key.name,
            key.created_at
        ],
    )?;
    Ok(added == 1)
}

/// The passkeys of a member that were not removed.
pub fn of_member(tx: &mut dyn Tx, member: MemberId) -> Result<Vec<Passkey>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM passkeys WHERE member_id = $1 AND removed_at IS NULL ORDER BY id LIMIT 100"
    );
    tx.query_all(&sql, params![&member], read)
}

/// The passkey of a credential that was not removed, locked.
pub fn lock(tx: &mut dyn Tx, credential: &[u8]) -> Result<Option<Passkey>> {
    let lock = tx.dialect().pick("", " FOR UPDATE");
    let sql = format!(
        "SELECT {COLUMNS} FROM passkeys WHERE credential = $1 AND removed_at IS NULL{lock}"
    );
    tx.query_opt(&sql, params![credential], read)
}

/// Notes that a passkey signed.
pub fn used(tx: &mut dyn Tx, id: PasskeyId, counter: u64) -> Result<()> {
    let now = tx.now();
    tx.exec_one(
        "UPDATE passkeys SET counter = $2, last_used_at = $3 WHERE id = $1",
        params![&id, counter, now],
    )
}

/// Removes a passkey of a member; false where there is none.
pub fn remove(tx: &mut dyn Tx, member: MemberId, id: PasskeyId) -> Result<bool> {
    let now = tx.now();
    let removed = tx.exec(
        "UPDATE passkeys SET removed_at = $3 WHERE id = $1 AND member_id = $2 AND removed_at IS NULL",
        params![&id, &member, now],
    )?;
    Ok(removed == 1)
}

/// Remembers a number that a member is asked to have signed, and forgets those whose time is over.
pub fn add_nonce(
    tx: &mut dyn Tx,
    nonce: &[u8],
    space: &str,
    member: MemberId,
    purpose: &str,
    expires_at: Timestamp,
) -> Result<()> {
    let now = tx.now();
    tx.exec("DELETE FROM passkey_nonces WHERE expires_at < $1", params![now])?;
    tx.exec_one(
        "INSERT INTO passkey_nonces (nonce, space_id, member_id, purpose, expires_at) \
         VALUES ($1, $2, $3, $4, $5)",
        params![nonce, space, &member, purpose, expires_at],
    )
}

/// Uses a number up; false where the member was not asked for it, or its time is over.
pub fn take_nonce(tx: &mut dyn Tx, nonce: &[u8], member: MemberId, purpose: &str) -> Result<bool> {
    let now = tx.now();
    let taken = tx.exec(
        "DELETE FROM passkey_nonces \
         WHERE nonce = $1 AND member_id = $2 AND purpose = $3 AND expires_at >= $4",
        params![nonce, &member, purpose, now],
    )?;
    Ok(taken == 1)
}
