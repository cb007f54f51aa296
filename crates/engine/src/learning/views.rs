//! Models as pages and clients see them: what was registered, how each scores, how each compares.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use tandem_domain::{ModelId, Timestamp};
use tandem_learn::experiment::paired::{Discordance, exact_p_value};
use tandem_store::models::ModelRow;
use tandem_store::outside::ModelNote;
use tandem_store::{Tx, evaluations, models, outside, shadow};

use super::fit::{Metrics, Share};
use super::outside::Outside;
use super::registry;
use super::score::Score;
use crate::errors::{EngineError, Result};
use crate::loops::LoopHandle;

/// Models from outside and notes that are shown.
const SHOWN: u32 = 500;
/// Discordant cases that a comparison looks at.
const DISCORDANT: u32 = 100_000;

/// A model version as pages and clients see it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ModelView {
    /// Its id.
    pub id: ModelId,
    /// 1, 2, 3, … within the loop.
    pub version: u64,
    /// As proposals name it: `<loop>@<version>`, or what it was registered as.
    pub name: String,
    /// The kind of learner, or `external` or `prompt`.
    pub kind: String,
    /// `shadow`, `canary`, `live` or `retired`.
    pub stage: String,
    /// Rows it was trained on.
    pub trained_on: u64,
    /// Figures of the training here.
    pub metrics: Metrics,
    /// How long its training took, in milliseconds.
    pub duration_ms: u64,
    /// When it was registered.
    pub created_at: Timestamp,
    /// What was registered of a model from outside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outside: Option<Outside>,
    /// Its score on the newest evaluation set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<Score>,
    /// That score beside the live model's, case by case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compared: Option<Compared>,
    /// How it did in the shadow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shadow: Option<ShadowView>,
    /// Why promotion would be refused now, as a stable code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<&'static str>,
    /// Why it was last moved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<NoteView>,
}

/// Two models on the same frozen cases: only those tell where exactly one is right.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Compared {
    /// The live model.
    pub against: String,
    /// Cases where only this model is right.
    pub candidate: u64,
    /// Cases where only the live one is right.
    pub current: u64,
    /// Two-sided p-value of the exact sign test of "neither is better".
    pub p_value: f64,
}

/// A model in the shadow beside what people were shown.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ShadowView {
    /// Share of cases where it had people's answer.
    pub right: Share,
    /// What it is compared with below.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub against: Option<String>,
    /// Cases compared with that.
    pub cases: u64,
    /// Cases where only this model is right.
    pub candidate: u64,
    /// Cases where only the other is right.
    pub current: u64,
    /// Accuracy of this model less that of the other.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<f64>,
    /// Anytime-valid p-value of "this model is not better".
    pub p_better: f64,
    /// Anytime-valid p-value of "this model is not worse".
    pub p_worse: f64,
}

/// Why a model was moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NoteView {
    /// When.
    pub at: Timestamp,
    /// The event, such as `model.promoted`.
    pub kind: String,
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
}

impl From<ModelNote> for NoteView {
    fn from(note: ModelNote) -> Self {
        let ModelNote { at, kind, by, reason, .. } = note;
        Self { at, kind, by, reason }
    }
}

impl ModelView {
    /// A version by what its row says.
    pub(crate) fn of(loop_name: &str, row: &ModelRow) -> Result<Self> {
        let metrics: Metrics = serde_json::from_str(&row.metrics)
            .map_err(|error| EngineError::internal(format!("figures of {}: {error}", row.id)))?;
        Ok(Self {
            id: row.id,
            version: row.version,
            name: registry::name(loop_name, row.version),
            kind: row.kind.clone(),
            stage: row.stage.clone(),
            trained_on: row.trained_on,
            duration_ms: metrics.duration_ms,
            metrics,
            created_at: row.created_at,
            outside: None,
            score: None,
            compared: None,
            shadow: None,
            refusal: None,
            note: None,
        })
    }
}

/// Versions with everything that is known of them.
pub(crate) fn views(
    tx: &mut dyn Tx,
    handle: &LoopHandle,
    rows: &[ModelRow],
) -> Result<Vec<ModelView>> {
    let mut outside: HashMap<u64, (String, Vec<u8>)> = outside::list(tx, handle.id, SHOWN)?
        .into_iter()
        .map(|known| (known.version, (known.name, known.document)))
        .collect();
    let mut notes: HashMap<u64, ModelNote> = HashMap::new();
    for (version, note) in outside::notes(tx, handle.id, SHOWN)? {
        notes.entry(version).or_insert(note);
    }
    let mut out = Vec::with_capacity(rows.len());
    for row in rows {
        let mut view = ModelView::of(&handle.name, row)?;
        if let Some((name, document)) = outside.remove(&row.version) {
            view.name = name;
            view.outside = Some(Outside::parse(&document)?);
        }
        view.note = notes.remove(&row.version).map(NoteView::from);
        out.push(view);
    }
    let live = match models::in_stage(tx, handle.id, "live")? {
        Some(row) => Some((row.version, name_of(tx, handle, row.version)?)),
        None => None,
    };
    scored(tx, handle, &mut out, live.as_ref())?;
    shadowed(tx, handle, &mut out, live.as_ref().map(|(_, name)| name.as_str()))?;
    Ok(out)
}

/// One version with everything that is known of it.
pub(crate) fn view(tx: &mut dyn Tx, handle: &LoopHandle, row: &ModelRow) -> Result<ModelView> {
    let found = views(tx, handle, std::slice::from_ref(row))?.pop();
    found.ok_or_else(|| EngineError::internal("a model went missing"))
}

/// As proposals name a version.
pub(crate) fn name_of(tx: &mut dyn Tx, handle: &LoopHandle, version: u64) -> Result<String> {
    let outside = outside::name_of(tx, handle.id, version)?;
    Ok(outside.unwrap_or_else(|| registry::name(&handle.name, version)))
}

fn scored(
    tx: &mut dyn Tx,
    handle: &LoopHandle,
    views: &mut [ModelView],
    live: Option<&(u64, String)>,
) -> Result<()> {
    let Some(set) = evaluations::newest(tx, handle.id)? else { return Ok(()) };
    let scores: BTreeMap<u64, (String, String)> = evaluations::scores(tx, handle.id, set.n)?
        .into_iter()
        .map(|row| (row.version, (row.score, row.hits)))
        .collect();
    for view in views {
        let Some((score, hits)) = scores.get(&view.version) else {
            view.refusal = (view.stage != "live").then_some(registry::NOT_EVALUATED);
            continue;
        };
        view.score = Some(serde_json::from_str(score).map_err(EngineError::internal)?);
        let other = live.filter(|(version, _)| *version != view.version);
        let Some((version, against)) = other else { continue };
        let Some((_, current)) = scores.get(version) else { continue };
        let only = |ours: char, theirs: char| {
            hits.chars().zip(current.chars()).filter(|pair| *pair == (ours, theirs)).count() as u64
        };
        let (candidate, current) = (only('1', '0'), only('0', '1'));
        let p_value = exact_p_value(candidate, current);
        view.compared = Some(Compared { against: against.clone(), candidate, current, p_value });
    }
    Ok(())
}

fn shadowed(
    tx: &mut dyn Tx,
    handle: &LoopHandle,
    views: &mut [ModelView],
    live: Option<&str>,
) -> Result<()> {
    let counts = shadow::counts(tx, handle.id)?;
    for view in views {
        let own: Vec<_> = counts.iter().filter(|count| count.model == view.name).collect();
        let (cases, right) = own.iter().fold((0, 0), |(n, k), c| (n + c.cases, k + c.right));
        let Some(right) = Share::of(right, cases) else { continue };
        // With the live model; before there is one, with whatever was shown most.
        let with_live = own.iter().find(|count| Some(count.against.as_str()) == live);
        let pair = with_live
            .or_else(|| own.iter().filter(|_| live.is_none()).max_by_key(|count| count.cases));
        let mut test = Discordance::new();
        let (mut against, mut cases) = (live.map(str::to_owned), 0);
        if let Some(pair) = pair {
            against = Some(pair.against.clone()).filter(|name| !name.is_empty());
            cases = pair.cases;
            let found = shadow::discordant(tx, handle.id, &view.name, &pair.against, DISCORDANT)?;
            for candidate in found {
                test.add(candidate, !candidate);
            }
        }
        let gap = test.candidate as f64 - test.current as f64;
        view.shadow = Some(ShadowView {
            right,
            against,
            cases,
            candidate: test.candidate,
            current: test.current,
            difference: (cases > 0).then(|| gap / cases as f64),
            p_better: test.p_value_better(),
            p_worse: test.p_value_worse(),
        });
    }
    Ok(())
}
