//! The registry of a loop's models: a new version comes in, takes over, or steps back.

use serde::Serialize;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use tandem_domain::loops::OnNewModel;
use tandem_domain::{JobId, LoopId, ModelId, Timestamp};
use tandem_ledger::event::commit;
use tandem_store::models::{self, ModelRow};
use tandem_store::{Tx, jobs};

use super::fit::Metrics;
use crate::errors::{EngineError, Result};
use crate::ids::IdGen;
use crate::loops::LoopHandle;
use crate::record::{self, By, Place, RowNote};

/// Table of models in the ledger's commitments.
pub(crate) const TABLE: &str = "models";

/// A model version as pages and clients see it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ModelView {
    /// Its id.
    pub id: ModelId,
    /// 1, 2, 3, … within the loop.
    pub version: u64,
    /// `<loop>@<version>`, as proposals name it.
    pub name: String,
    /// The kind of learner.
    pub kind: String,
    /// `shadow`, `canary`, `live` or `retired`.
    pub stage: String,
    /// Rows it was trained on.
    pub trained_on: u64,
    /// Figures.
    pub metrics: Metrics,
    /// How long its training took, in milliseconds.
    pub duration_ms: u64,
    /// When it was registered.
    pub created_at: Timestamp,
}

impl ModelView {
    pub(crate) fn of(loop_name: &str, row: &ModelRow) -> Result<Self> {
        let metrics: Metrics = serde_json::from_str(&row.metrics)
            .map_err(|error| EngineError::internal(format!("figures of {}: {error}", row.id)))?;
        Ok(Self {
            id: row.id,
            version: row.version,
            name: name(loop_name, row.version),
            kind: row.kind.clone(),
            stage: row.stage.clone(),
            trained_on: row.trained_on,
            duration_ms: metrics.duration_ms,
            metrics,
            created_at: row.created_at,
        })
    }
}

/// `<loop>@<version>`.
pub(crate) fn name(loop_name: &str, version: u64) -> String {
    format!("{loop_name}@{version}")
}

/// What a model row commits to in the ledger: canonical JSON with the hash of its bytes in the
/// figures. The salt is derived from the loop's secret: a model is about no single person.
pub(crate) fn commitment(handle: &LoopHandle, row: &ModelRow) -> Result<String> {
    let metrics: Value = serde_json::from_str(&row.metrics).map_err(EngineError::internal)?;
    let content = content(row, &metrics["sha256"]);
    let salt = handle.key.salt(TABLE, &row.id.to_string());
    Ok(commit(&salt, record::canonical_text(&content)?.as_bytes()))
}

/// What a model row commits to, with the hash of the bytes that are stored.
pub(crate) fn model_record(row: &ModelRow, bytes: &[u8]) -> Value {
    content(row, &hex::encode(Sha256::digest(bytes)).into())
}

fn content(row: &ModelRow, sha256: &Value) -> Value {
    json!({
        "id": row.id,
        "version": row.version,
        "kind": row.kind,
        "stage": row.stage,
        "trained_on": row.trained_on,
        "created_at": row.created_at,
        "sha256": sha256,
    })
}

/// A model that was trained, about to be registered.
pub(crate) struct NewModel<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) metrics: &'a Metrics,
    pub(crate) trained_on: u64,
    pub(crate) kind: &'a str,
}

/// Registers a model and gives it the stage that the loop's `on_new_model` says: `promote` live at
/// once, `shadow_first` in the shadow, `full_review` as a canary whose confidence nobody believes.
pub(crate) fn register(
    tx: &mut dyn Tx,
    ids: &IdGen,
    handle: &LoopHandle,
    new: &NewModel<'_>,
) -> Result<ModelRow> {
    let now = tx.now();
    let stage = match handle.spec().on_new_model {
        OnNewModel::Promote => "live",
        OnNewModel::ShadowFirst => "shadow",
        OnNewModel::FullReview => "canary",
    };
    let row = ModelRow {
        id: ModelId(ids.uuid(now)?),
        space: handle.space.clone(),
        loop_id: handle.id,
        version: models::newest_version(tx, handle.id)? + 1,
        kind: new.kind.to_owned(),
        stage: stage.to_owned(),
        metrics: serde_json::to_string(new.metrics).map_err(EngineError::internal)?,
        trained_on: new.trained_on,
        created_at: now,
    };
    if stage != "shadow" {
        retire_others(tx, ids, handle, row.version)?;
    }
    models::insert(tx, &row, new.bytes)?;
    let mut data = describe(&row);
    data.insert("trained_on".to_owned(), json!(row.trained_on));
    data.insert("sha256".to_owned(), json!(new.metrics.sha256));
    note(tx, ids, handle, &row, "model.registered", &By::machine(), data)?;
    if stage != "shadow" {
        queue_rescore(tx, ids, handle)?;
    }
    Ok(row)
}

/// Makes a version live; what was live or canary steps back.
pub(crate) fn promote(
    tx: &mut dyn Tx,
    ids: &IdGen,
    handle: &LoopHandle,
    version: u64,
    by: &By,
) -> Result<ModelRow> {
    let missing = || EngineError::not_found(format!("model {}", name(&handle.name, version)));
    let mut row = models::get(tx, handle.id, version)?.ok_or_else(missing)?;
    if row.stage == "live" {
        return Ok(row);
    }
    retire_others(tx, ids, handle, version)?;
    models::set_stage(tx, handle.id, version, "live")?;
    "live".clone_into(&mut row.stage);
    note(tx, ids, handle, &row, "model.promoted", by, describe(&row))?;
    queue_rescore(tx, ids, handle)?;
    Ok(row)
}

/// Retires whatever proposes now, except `version`.
fn retire_others(tx: &mut dyn Tx, ids: &IdGen, handle: &LoopHandle, version: u64) -> Result<()> {
    for stage in ["live", "canary"] {
        while let Some(mut old) =
            models::in_stage(tx, handle.id, stage)?.filter(|old| old.version != version)
        {
            models::set_stage(tx, handle.id, old.version, "retired")?;
            "retired".clone_into(&mut old.stage);
            note(tx, ids, handle, &old, "model.retired", &By::machine(), describe(&old))?;
        }
    }
    Ok(())
}

fn describe(row: &ModelRow) -> Map<String, Value> {
    let mut data = Map::new();
    data.insert("version".to_owned(), json!(row.version));
    data.insert("stage".to_owned(), json!(row.stage));
    data
}

/// Records a change of a model in the ledger.
fn note(
    tx: &mut dyn Tx,
    ids: &IdGen,
    handle: &LoopHandle,
    row: &ModelRow,
    kind: &str,
    by: &By,
    data: Map<String, Value>,
) -> Result<()> {
    let now = tx.now();
    let place =
        Place { space: &handle.space, of_loop: Some((handle.id, &handle.name)), case: None };
    let commitment = Some(commitment(handle, row)?);
    let rows = [RowNote { table: TABLE, id: row.id.to_string(), commitment }];
    let id = tandem_domain::EventId(ids.uuid(now)?).to_string();
    tx.append_event(record::event_record(place, &id, kind, by, now, &data, &rows)?);
    Ok(())
}

/// Queues the job that brings open cases up to date with the live model.
fn queue_rescore(tx: &mut dyn Tx, ids: &IdGen, handle: &LoopHandle) -> Result<()> {
    let id = JobId(ids.uuid(tx.now())?);
    jobs::enqueue(tx, id, &handle.space, Some(handle.id), super::RESCORE, "{}")?;
    Ok(())
}

/// Queues a training. Returns the id of the new job, or `None` where one waits already.
pub(crate) fn queue_train(
    tx: &mut dyn Tx,
    ids: &IdGen,
    space: &str,
    loop_id: LoopId,
    why: &str,
) -> Result<Option<JobId>> {
    let id = JobId(ids.uuid(tx.now())?);
    let payload = json!({"why": why}).to_string();
    let added = jobs::enqueue(tx, id, space, Some(loop_id), super::TRAIN, &payload)?;
    Ok(added.then_some(id))
}
