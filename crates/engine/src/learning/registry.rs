//! The registry of a loop's models: a new version comes in, takes over, or steps back.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use tandem_domain::loops::{LoopSpec, OnNewModel};
use tandem_domain::{JobId, LoopId, ModelId};
use tandem_ledger::event::commit;
use tandem_store::models::{self, ModelRow};
use tandem_store::outside::ModelNote;
use tandem_store::{Tx, evaluations, jobs, outside};

use super::evaluation;
use super::fit::Metrics;
use super::outside::unscored;
use super::score::Score;
use crate::errors::{EngineError, Result};
use crate::ids::IdGen;
use crate::loops::LoopHandle;
use crate::record::{self, By, Place, RowNote};

/// Table of models in the ledger's commitments.
pub(crate) const TABLE: &str = "models";

/// Why a version may not be promoted: it has no score on the newest evaluation set.
pub(crate) const NOT_EVALUATED: &str = "not_evaluated";

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

/// A model about to be registered.
pub(crate) struct NewModel<'a> {
    /// The model, or the document that was registered of one from outside.
    pub(crate) bytes: &'a [u8],
    pub(crate) metrics: &'a Metrics,
    pub(crate) trained_on: u64,
    pub(crate) kind: &'a str,
    /// Of a model from outside.
    pub(crate) name: Option<&'a str>,
    /// Its score on the newest evaluation set, with which cases were right.
    pub(crate) score: Option<(Score, String)>,
    pub(crate) by: &'a By,
}

/// The stage that a new model begins in, as the loop's `on_new_model` says: `promote` live at once,
/// `shadow_first` in the shadow, `full_review` as a canary that nothing but its own certificate lets
/// act. Nothing takes over unmeasured where a set to measure it on is frozen, and no model from
/// outside takes over from a built-in learner unasked.
fn first_stage(spec: &LoopSpec, outside: bool, unscored: bool) -> &'static str {
    match spec.new_models() {
        _ if outside && spec.learned_field().is_some() => "shadow",
        OnNewModel::Promote if unscored => "shadow",
        OnNewModel::Promote => "live",
        OnNewModel::ShadowFirst => "shadow",
        OnNewModel::FullReview => "canary",
    }
}

/// Registers a model and gives it its first stage.
pub(crate) fn register(
    tx: &mut dyn Tx,
    ids: &IdGen,
    handle: &LoopHandle,
    new: &NewModel<'_>,
) -> Result<ModelRow> {
    let now = tx.now();
    let set = evaluations::newest(tx, handle.id)?.map(|set| set.n);
    let score = new.score.as_ref().filter(|(score, _)| Some(score.set) == set);
    let outside = new.name.is_some();
    let stage = first_stage(handle.spec(), outside, set.is_some() && score.is_none());
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
    // A canary from outside acts on nothing, so what is live goes on until one is promoted.
    let takes_over = stage == "live" || (stage == "canary" && !outside);
    if takes_over {
        retire_others(tx, ids, handle, row.version)?;
    }
    models::insert(tx, &row, new.bytes)?;
    let mut data = describe(&row);
    data.insert("trained_on".to_owned(), json!(row.trained_on));
    data.insert("sha256".to_owned(), json!(new.metrics.sha256));
    if let Some(name) = new.name {
        if !outside::name(tx, handle.id, name, row.version)? {
            return Err(EngineError::Busy { retry_after_s: 1 });
        }
        data.insert("name".to_owned(), json!(name));
        data.insert("kind".to_owned(), json!(row.kind));
    }
    note(tx, ids, handle, &row, "model.registered", new.by, data)?;
    if let Some((score, hits)) = score {
        evaluation::record(tx, ids, handle, &row, (score, hits), new.by)?;
    }
    if takes_over && !outside {
        queue_rescore(tx, ids, handle)?;
    }
    Ok(row)
}

/// Who moves a model, and why.
pub(crate) struct Mover<'a> {
    pub(crate) by: &'a By,
    pub(crate) id: String,
    pub(crate) reason: Option<&'a str>,
    /// Whether a missing score is no obstacle: somebody answers for it.
    pub(crate) forced: bool,
}

/// Makes a version live; what was live or canary steps back.
pub(crate) fn promote(
    tx: &mut dyn Tx,
    ids: &IdGen,
    handle: &LoopHandle,
    mut row: ModelRow,
    mover: &Mover<'_>,
) -> Result<ModelRow> {
    let version = row.version;
    if row.stage == "live" {
        return Ok(row);
    }
    let unscored = unscored(tx, handle.id, version)?;
    if let Some(set) = unscored.filter(|_| !mover.forced) {
        return Err(EngineError::Conflict {
            code: NOT_EVALUATED,
            message: format!(
                "evaluation set {set} of loop `{}` is frozen and this version has no score on it; \
                 push its predictions (`POST …/models/{version}/evaluation`) and promote it then",
                handle.name
            ),
            resource: Some(row.id.to_string()),
        });
    }
    retire_others(tx, ids, handle, version)?;
    models::set_stage(tx, handle.id, version, "live")?;
    "live".clone_into(&mut row.stage);
    let mut data = describe(&row);
    if let Some(set) = unscored {
        data.insert("forced".to_owned(), json!(true));
        data.insert("unscored_on".to_owned(), json!(set));
    }
    moved(tx, ids, handle, &row, "model.promoted", mover, data)?;
    if !is_outside(&row) {
        queue_rescore(tx, ids, handle)?;
    }
    Ok(row)
}

/// Moves a version back: into the shadow, or out of use.
pub(crate) fn step_back(
    tx: &mut dyn Tx,
    ids: &IdGen,
    handle: &LoopHandle,
    mut row: ModelRow,
    stage: &str,
    mover: &Mover<'_>,
) -> Result<ModelRow> {
    if row.stage == stage {
        return Ok(row);
    }
    models::set_stage(tx, handle.id, row.version, stage)?;
    stage.clone_into(&mut row.stage);
    let kind = if stage == "retired" { "model.retired" } else { "model.demoted" };
    moved(tx, ids, handle, &row, kind, mover, describe(&row))?;
    Ok(row)
}

/// Whether a version runs elsewhere.
pub(crate) fn is_outside(row: &ModelRow) -> bool {
    matches!(row.kind.as_str(), "external" | "prompt")
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

/// Records a move that a person made, with their reason: the ledger gets a commitment to it.
fn moved(
    tx: &mut dyn Tx,
    ids: &IdGen,
    handle: &LoopHandle,
    row: &ModelRow,
    kind: &str,
    mover: &Mover<'_>,
    mut data: Map<String, Value>,
) -> Result<()> {
    if let Some(reason) = mover.reason.filter(|reason| !reason.is_empty()) {
        let at = tx.now();
        let id = tandem_domain::EventId(ids.uuid(at)?).to_string();
        let salt = handle.key.salt("model_notes", &id);
        data.insert("note".to_owned(), json!(id));
        data.insert("reason".to_owned(), json!(commit(&salt, reason.as_bytes())));
        let kept = ModelNote {
            id,
            at,
            kind: kind.to_owned(),
            by: mover.id.clone(),
            reason: reason.to_owned(),
        };
        outside::note(tx, handle.id, row.version, &kept)?;
    }
    note(tx, ids, handle, row, kind, mover.by, data)
}

pub(super) fn describe(row: &ModelRow) -> Map<String, Value> {
    let mut data = Map::new();
    data.insert("version".to_owned(), json!(row.version));
    data.insert("stage".to_owned(), json!(row.stage));
    data
}

/// Records a change of a model in the ledger.
pub(super) fn note(
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
