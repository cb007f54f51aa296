//! Models from outside by name, and what people said when they moved a model.

use crate::types::{LoopId, RowExt, Timestamp};
use crate::{Result, Tx, TxExt, params};

/// A model from outside, with what was registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutsideModel {
    /// Its number in the loop's registry.
    pub version: u64,
    /// As proposals name it.
    pub name: String,
    /// What was registered, as canonical JSON.
    pub document: Vec<u8>,
}

/// Why a model was moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelNote {
    /// Its id: that of the ledger's event.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// The event, such as `model.promoted`.
    pub kind: String,
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// Gives a version its name. False when the name is taken.
pub fn name(tx: &mut dyn Tx, loop_id: LoopId, name: &str, version: u64) -> Result<bool> {
    let added = tx.exec(
        "INSERT INTO outside_models (loop_id, name, version) VALUES ($1, $2, $3) \
         ON CONFLICT (loop_id, name) DO NOTHING",
        params![&loop_id, name, version],
    )?;
    Ok(added == 1)
}

/// The version with a name, and its stage.
pub fn by_name(tx: &mut dyn Tx, loop_id: LoopId, name: &str) -> Result<Option<(u64, String)>> {
    tx.query_opt(
        "SELECT m.version, m.stage FROM outside_models o JOIN models m \
         ON m.loop_id = o.loop_id AND m.version = o.version WHERE o.loop_id = $1 AND o.name = $2",
        params![&loop_id, name],
        |row| Ok((row.count(0)?, row.string(1)?)),
    )
}

/// The name of a version, where it is a model from outside.
pub fn name_of(tx: &mut dyn Tx, loop_id: LoopId, version: u64) -> Result<Option<String>> {
    tx.query_opt(
        "SELECT name FROM outside_models WHERE loop_id = $1 AND version = $2",
        params![&loop_id, version],
        |row| row.string(0),
    )
}

/// Models from outside, newest first.
pub fn list(tx: &mut dyn Tx, loop_id: LoopId, limit: u32) -> Result<Vec<OutsideModel>> {
    tx.query_all(
        "SELECT o.version, o.name, m.bytes FROM outside_models o JOIN models m \
         ON m.loop_id = o.loop_id AND m.version = o.version WHERE o.loop_id = $1 \
         ORDER BY o.version DESC LIMIT $2",
        params![&loop_id, limit],
        |row| {
            Ok(OutsideModel {
                version: row.count(0)?,
                name: row.string(1)?,
                document: row.bytes(2)?,
            })
        },
    )
}

/// Keeps why a version was moved.
pub fn note(tx: &mut dyn Tx, loop_id: LoopId, version: u64, note: &ModelNote) -> Result<()> {
    tx.exec_one(
        "INSERT INTO model_notes (loop_id, version, at, id, kind, by_id, reason) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        params![&loop_id, version, note.at, &note.id, &note.kind, &note.by, &note.reason],
    )
}

/// Why versions were moved, newest first.
pub fn notes(tx: &mut dyn Tx, loop_id: LoopId, limit: u32) -> Result<Vec<(u64, ModelNote)>> {
    tx.query_all(
        "SELECT version, at, id, kind, by_id, reason FROM model_notes WHERE loop_id = $1 \
         ORDER BY at DESC, id DESC LIMIT $2",
        params![&loop_id, limit],
        |row| {
            let note = ModelNote {
                at: row.time(1)?,
                id: row.string(2)?,
                kind: row.string(3)?,
                by: row.string(4)?,
                reason: row.string(5)?,
            };
            Ok((row.count(0)?, note))
        },
    )
}
