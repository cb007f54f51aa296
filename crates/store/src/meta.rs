//! Small facts about the installation.

use crate::{Result, Tx, TxExt, params};

/// A value.
pub fn get(tx: &mut dyn Tx, key: &str) -> Result<Option<Vec<u8>>> {
    tx.query_opt("SELECT value FROM meta WHERE key = $1", params![key], |row| {
        Ok(row.blob(0)?.to_vec())
    })
}

/// Sets a value.
pub fn set(tx: &mut dyn Tx, key: &str, value: &[u8]) -> Result<()> {
    tx.exec_one(
        "INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        params![key, value],
    )
}

/// Sets a value unless there is one; returns the value in force.
pub fn get_or_set(tx: &mut dyn Tx, key: &str, value: &[u8]) -> Result<Vec<u8>> {
    tx.exec(
        "INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING",
        params![key, value],
    )?;
    Ok(get(tx, key)?.unwrap_or_else(|| value.to_vec()))
}

/// Removes a value.
pub fn remove(tx: &mut dyn Tx, key: &str) -> Result<()> {
    tx.exec("DELETE FROM meta WHERE key = $1", params![key])?;
    Ok(())
}
