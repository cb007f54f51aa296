//! A loop's registry of models.

use crate::types::{LoopId, ModelId, RowExt, Timestamp};
use crate::{Result, Row, StoreError, Tx, TxExt, params};

/// A model version without its bytes.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelRow {
    /// Its id.
    pub id: ModelId,
    /// The space.
    pub space: String,
    /// The loop.
    pub loop_id: LoopId,
    /// 1, 2, 3, … within the loop.
    pub version: u64,
    /// The kind of learner, such as `text_linear`.
    pub kind: String,
    /// `shadow`, `canary`, `live` or `retired`.
    pub stage: String,
    /// Figures as JSON.
    pub metrics: String,
    /// Number of examples it was trained on.
    pub trained_on: u64,
    /// When.
    pub created_at: Timestamp,
}

const COLUMNS: &str =
    "id, space_id, loop_id, version, kind, stage, metrics, trained_on, created_at";

impl ModelRow {
    fn read(row: &dyn Row) -> Result<Self> {
        Ok(Self {
            id: row.id(0)?,
            space: row.string(1)?,
            loop_id: row.id(2)?,
            version: row.count(3)?,
            kind: row.string(4)?,
            stage: row.string(5)?,
            metrics: row.string(6)?,
            trained_on: row.count(7)?,
            created_at: row.time(8)?,
        })
    }
}

/// Adds a model with its bytes. [`StoreError::Contended`] when the version was taken a moment ago.
pub fn insert(tx: &mut dyn Tx, model: &ModelRow, bytes: &[u8]) -> Result<()> {
    let added = tx.exec(
        "INSERT INTO models (id, space_id, loop_id, version, kind, stage, metrics, trained_on, \
         created_at, bytes) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
         ON CONFLICT (loop_id, version) DO NOTHING",
        params![
            &model.id,
            &model.space,
            &model.loop_id,
            model.version,
            &model.kind,
            &model.stage,
            &model.metrics,
            model.trained_on,
            model.created_at,
            bytes
        ],
    )?;
    if added == 0 {
        return Err(
            tx.poison(StoreError::Contended(format!("model version {} is taken", model.version)))
        );
    }
    tx.wake(crate::Topic::Loop(model.loop_id));
    Ok(())
}

/// One version.
pub fn get(tx: &mut dyn Tx, loop_id: LoopId, version: u64) -> Result<Option<ModelRow>> {
    let sql = format!("SELECT {COLUMNS} FROM models WHERE loop_id = $1 AND version = $2");
    tx.query_opt(&sql, params![&loop_id, version], ModelRow::read)
}

/// The bytes of one version.
pub fn bytes(tx: &mut dyn Tx, loop_id: LoopId, version: u64) -> Result<Option<Vec<u8>>> {
    tx.query_opt(
        "SELECT bytes FROM models WHERE loop_id = $1 AND version = $2",
        params![&loop_id, version],
        |row| row.bytes(0),
    )
}

/// The newest version in a stage.
pub fn in_stage(tx: &mut dyn Tx, loop_id: LoopId, stage: &str) -> Result<Option<ModelRow>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM models WHERE loop_id = $1 AND stage = $2 ORDER BY version DESC LIMIT 1"
    );
    tx.query_opt(&sql, params![&loop_id, stage], ModelRow::read)
}

/// The newest version number; 0 when there is none.
pub fn newest_version(tx: &mut dyn Tx, loop_id: LoopId) -> Result<u64> {
    tx.query_one(
        "SELECT COALESCE(MAX(version), 0) FROM models WHERE loop_id = $1",
        params![&loop_id],
        |row| row.count(0),
    )
}

/// Versions, newest first, before `before`.
pub fn list(
    tx: &mut dyn Tx,
    loop_id: LoopId,
    before: Option<u64>,
    limit: u32,
) -> Result<Vec<ModelRow>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM models WHERE loop_id = $1 AND version < $2 ORDER BY version DESC LIMIT $3"
    );
    let before = before.unwrap_or(i64::MAX as u64);
    tx.query_all(&sql, params![&loop_id, before, limit], ModelRow::read)
}

/// Moves a version to another stage. False when there is no such version.
pub fn set_stage(tx: &mut dyn Tx, loop_id: LoopId, version: u64, stage: &str) -> Result<bool> {
    tx.wake(crate::Topic::Loop(loop_id));
    let changed = tx.exec(
        "UPDATE models SET stage = $3 WHERE loop_id = $1 AND version = $2",
        params![&loop_id, version, stage],
    )?;
    Ok(changed == 1)
}

/// Replaces a version's figures. False when there is no such version.
pub fn set_metrics(tx: &mut dyn Tx, loop_id: LoopId, version: u64, metrics: &str) -> Result<bool> {
    tx.wake(crate::Topic::Loop(loop_id));
    let changed = tx.exec(
        "UPDATE models SET metrics = $3 WHERE loop_id = $1 AND version = $2",
        params![&loop_id, version, metrics],
    )?;
    Ok(changed == 1)
}
