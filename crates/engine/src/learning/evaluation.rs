//! Frozen evaluation sets: held-out reviewed cases that every version can be measured on before it
//! is promoted.
//!
//! A set never changes, and its cases never teach: no model here is trained on them and no export of
//! examples has them. Built-in models are scored here. A model from outside is scored by what it says
//! about the inputs, once for a version and a set: scoring again and again would give the answers
//! away.

mod freeze;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tandem_domain::case::Answer;
use tandem_domain::command::NewProposal;
use tandem_domain::{CaseId, LoopId, Timestamp};
use tandem_store::evaluations::{self, EvaluationRow, EvaluationSet};
use tandem_store::models::{self, ModelRow};
use tandem_store::{Store, Tx, cases, loops};

use super::model::Model;
use super::score::{self, Guess, Score};
use super::views::{self, ModelView};
use super::{outside, registry};
use crate::access::{Action, allow};
use crate::cases::{IdemKey, remember, replayed};
use crate::engine::Engine;
use crate::errors::{EngineError, Result};
use crate::ids::IdGen;
use crate::loops::LoopHandle;
use crate::principal::Principal;
use crate::record::By;

/// Rows read at once.
const PAGE: u32 = 500;

/// A frozen set as pages and clients see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SetView {
    /// 1, 2, 3, … within the loop.
    pub set: u64,
    /// What people call it.
    pub name: String,
    /// Number of its cases.
    pub size: u64,
    /// SHA-256 over its cases and the commitments to their answers, hex; in the ledger, too.
    pub digest: String,
    /// When it was frozen.
    pub created_at: Timestamp,
}

impl From<EvaluationSet> for SetView {
    fn from(set: EvaluationSet) -> Self {
        let EvaluationSet { n, name, size, digest, created_at, .. } = set;
        Self { set: n, name, size, digest, created_at }
    }
}

/// A case of a set, without its answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EvaluationCase {
    /// The case.
    pub case: CaseId,
    /// What came in.
    pub input: Value,
}

/// What a model says of a case of a set.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction {
    /// The case.
    pub case: CaseId,
    /// The answer.
    pub output: Answer,
    /// Probabilities of options by field.
    pub probabilities: BTreeMap<String, BTreeMap<String, f64>>,
}

/// A case of a set with people's answer.
struct Frozen {
    case: CaseId,
    input: Value,
    answer: Answer,
}

/// Records a score and tells the ledger; false where the version has one on the set already.
pub(super) fn record(
    tx: &mut dyn Tx,
    ids: &IdGen,
    handle: &LoopHandle,
    row: &ModelRow,
    (score, hits): (&Score, &String),
    by: &By,
) -> Result<bool> {
    let kept = EvaluationRow {
        set: score.set,
        version: row.version,
        at: tx.now(),
        score: serde_json::to_string(score).map_err(EngineError::internal)?,
        hits: hits.clone(),
    };
    if !evaluations::insert_score(tx, handle.id, &kept)? {
        return Ok(false);
    }
    let mut data = registry::describe(row);
    data.insert("set".to_owned(), json!(score.set));
    data.insert("cases".to_owned(), json!(score.accuracy.n));
    data.insert("right".to_owned(), json!(hits.bytes().filter(|hit| *hit == b'1').count()));
    data.insert("hits".to_owned(), json!(hex::encode(Sha256::digest(hits))));
    registry::note(tx, ids, handle, row, "model.evaluated", by, data)?;
    Ok(true)
}

/// Reads a set with inputs and answers, in order. Blocks.
fn load(store: &Store, loop_id: LoopId, set: u64) -> Result<Vec<Frozen>> {
    let mut out: Vec<Frozen> = Vec::new();
    loop {
        let after = out.last().map(|frozen| frozen.case);
        let page = store.read_blocking(move |tx| {
            let mut page = Vec::new();
            for (case, answer) in evaluations::cases(tx, loop_id, set, after, PAGE)? {
                let input = cases::get(tx, case)?.map_or(Value::Null, |case| case.core.input);
                let answer = serde_json::from_str(&answer).map_err(EngineError::internal)?;
                page.push(Frozen { case, input, answer });
            }
            Ok::<_, EngineError>(page)
        })?;
        let more = page.len() == PAGE as usize;
        out.extend(page);
        if !more {
            return Ok(out);
        }
    }
}

/// Scores a built-in model on frozen cases; `None` where it does not fit the loop (any more).
fn score_model(
    handle: &LoopHandle,
    model: &Model,
    set: u64,
    frozen: &[Frozen],
) -> Result<Option<(Score, String)>> {
    if !model.fits(handle.spec()) {
        return Ok(None);
    }
    let rows: Vec<_> = frozen.iter().map(|f| model.header.layout.read(&f.input)).collect();
    let (_, p) = model.predict(&rows).map_err(EngineError::internal)?;
    let mut guesses = Vec::with_capacity(rows.len());
    for at in 0..p.rows() {
        let proposal = model.proposal(p.row(at), "", true);
        let NewProposal { output, probabilities, .. } =
            proposal.ok_or_else(|| EngineError::internal("a model said nothing"))?;
        guesses.push(Guess { output, probabilities });
    }
    let truth: Vec<Answer> = frozen.iter().map(|f| f.answer.clone()).collect();
    Ok(score::score(handle.spec(), set, &truth, &guesses))
}

/// Scores a model that was trained a moment ago on the newest set, if there is one. Blocks.
pub(super) fn score_trained(
    store: &Store,
    handle: &LoopHandle,
    model: &Model,
) -> Result<Option<(Score, String)>> {
    let loop_id = handle.id;
    let set = store
        .read_blocking(move |tx| evaluations::newest(tx, loop_id).map_err(EngineError::from))?;
    match set {
        Some(set) => score_model(handle, model, set.n, &load(store, loop_id, set.n)?),
        None => Ok(None),
    }
}

impl Engine {
    /// Scores a built-in version on the newest set, outside any transaction, and records it.
    async fn measure_now(&self, handle: &Arc<LoopHandle>, version: u64) -> Result<()> {
        let Some((score, hits)) = self.measure(handle, &version.to_string()).await? else {
            return Ok(());
        };
        let (inner, handle) = (Arc::clone(&self.inner), Arc::clone(handle));
        self.store()
            .write(move |tx| {
                let Some(row) = models::get(tx, handle.id, version)? else { return Ok(()) };
                record(tx, &inner.ids, &handle, &row, (&score, &hits), &By::machine())?;
                Ok(())
            })
            .await
    }

    /// The score of a built-in version on the newest set; `None` where it has one, where there is no
    /// set, and for models from outside.
    pub(super) async fn measure(
        &self,
        handle: &Arc<LoopHandle>,
        version: &str,
    ) -> Result<Option<(Score, String)>> {
        let (store, handle, version) =
            (self.store().clone(), Arc::clone(handle), version.to_owned());
        let work = move || {
            let of_loop = Arc::clone(&handle);
            let found = store.read_blocking(move |tx| {
                let row = outside::resolve(tx, &of_loop, &version)?;
                if registry::is_outside(&row) {
                    return Ok(None);
                }
                let Some(set) = outside::unscored(tx, of_loop.id, row.version)? else {
                    return Ok(None);
                };
                let bytes = models::bytes(tx, of_loop.id, row.version)?;
                Ok::<_, EngineError>(bytes.map(|bytes| (set, bytes)))
            })?;
            let Some((set, bytes)) = found else { return Ok(None) };
            let model = Model::from_bytes(&bytes).map_err(EngineError::internal)?;
            score_model(&handle, &model, set, &load(&store, handle.id, set)?)
        };
        tokio::task::spawn_blocking(work).await.map_err(EngineError::internal)?
    }

    /// The loop's evaluation sets, newest first.
    pub async fn evaluation_sets(
        &self,
        principal: &Principal,
        loop_name: &str,
    ) -> Result<Vec<SetView>> {
        allow(principal, Action::ModelRead, Some(loop_name))?;
        let handle = self.compiled(&principal.space, loop_name).await?;
        let sets = self.store().read(move |tx| evaluations::sets(tx, handle.id)).await?;
        Ok(sets.into_iter().map(SetView::from).collect())
    }

    /// Cases of a set after `after`, with their inputs and without their answers; the second value
    /// is where to go on.
    pub async fn evaluation_cases(
        &self,
        principal: &Principal,
        loop_name: &str,
        set: u64,
        after: Option<CaseId>,
        limit: u32,
    ) -> Result<(Vec<EvaluationCase>, Option<CaseId>)> {
        allow(principal, Action::Export, Some(loop_name))?;
        let handle = self.compiled(&principal.space, loop_name).await?;
        let limit = limit.clamp(1, PAGE);
        self.store()
            .read(move |tx| {
                if !evaluations::sets(tx, handle.id)?.iter().any(|known| known.n == set) {
                    return Err(EngineError::not_found(format!("evaluation set {set}")));
                }
                let rows = evaluations::cases(tx, handle.id, set, after, limit)?;
                let next = rows.last().map(|(case, _)| *case);
                let next = next.filter(|_| rows.len() == limit as usize);
                let mut out = Vec::with_capacity(rows.len());
                for (case, _) in rows {
                    let input = cases::get(tx, case)?.map(|case| case.core.input);
                    out.push(EvaluationCase { case, input: input.unwrap_or_default() });
                }
                Ok((out, next))
            })
            .await
    }

    /// Scores a version from outside by what it says about the newest set: one prediction for every
    /// case of it.
    pub async fn evaluate_model(
        &self,
        principal: &Principal,
        loop_name: &str,
        version: &str,
        predictions: Vec<Prediction>,
        idem: Option<IdemKey>,
    ) -> Result<ModelView> {
        allow(principal, Action::ModelWrite, Some(loop_name))?;
        let handle = self.compiled(&principal.space, loop_name).await?;
        let (store, of_loop, named) =
            (self.store().clone(), Arc::clone(&handle), version.to_owned());
        let asker = principal.clone();
        let again = idem.clone();
        let work =
            move || measure_outside(&store, &of_loop, &asker, again.as_ref(), &named, predictions);
        let done = tokio::task::spawn_blocking(work).await.map_err(EngineError::internal)??;
        let (inner, by) = (Arc::clone(&self.inner), By::principal(principal));
        let (asker, version) = (principal.clone(), version.to_owned());
        self.store()
            .write(move |tx| {
                let row = outside::resolve(tx, &handle, &version)?;
                let Some((score, hits)) = &done else { return views::view(tx, &handle, &row) };
                loops::lock(tx, handle.id)?;
                if evaluations::newest(tx, handle.id)?.map(|set| set.n) != Some(score.set) {
                    return Err(EngineError::Stale);
                }
                if !record(tx, &inner.ids, &handle, &row, (score, hits), &by)? {
                    return Err(already_scored(&row, score.set));
                }
                remember(tx, &asker, idem.as_ref(), &row.id.to_string())?;
                views::view(tx, &handle, &row)
            })
            .await
    }
}

fn already_scored(row: &ModelRow, set: u64) -> EngineError {
    EngineError::Conflict {
        code: "already_scored",
        message: format!(
            "this version has its score on evaluation set {set}; a version is scored once, so push \
             the better one under a new name"
        ),
        resource: Some(row.id.to_string()),
    }
}

/// Scores predictions from outside; `None` where this very request was carried out before. Blocks.
fn measure_outside(
    store: &Store,
    handle: &Arc<LoopHandle>,
    asker: &Principal,
    idem: Option<&IdemKey>,
    named: &str,
    predictions: Vec<Prediction>,
) -> Result<Option<(Score, String)>> {
    let (of_loop, named, asker, idem) =
        (Arc::clone(handle), named.to_owned(), asker.clone(), idem.cloned());
    let set = store.read_blocking(move |tx| {
        let row = outside::resolve(tx, &of_loop, &named)?;
        if replayed(tx, &asker, idem.as_ref())?.is_some() {
            return Ok(None);
        }
        if !registry::is_outside(&row) {
            let message =
                "the loop's own models are scored here, when they are trained or promoted";
            return Err(EngineError::invalid("not_outside", "", message));
        }
        let set = evaluations::newest(tx, of_loop.id)?.ok_or_else(|| EngineError::Conflict {
            code: "no_evaluation_set",
            message: format!(
                "loop `{}` has no frozen evaluation set; freeze one first",
                of_loop.name
            ),
            resource: None,
        })?;
        match outside::unscored(tx, of_loop.id, row.version)? {
            Some(_) => Ok(Some(set.n)),
            None => Err(already_scored(&row, set.n)),
        }
    })?;
    let Some(set) = set else { return Ok(None) };
    let frozen = load(store, handle.id, set)?;
    let guesses = guesses(handle, &frozen, predictions)?;
    let truth: Vec<Answer> = frozen.into_iter().map(|frozen| frozen.answer).collect();
    Ok(score::score(handle.spec(), set, &truth, &guesses))
}

/// Predictions in order of the cases: one for each, and nothing else.
fn guesses(
    handle: &LoopHandle,
    frozen: &[Frozen],
    predictions: Vec<Prediction>,
) -> Result<Vec<Guess>> {
    let place: HashMap<CaseId, usize> =
        frozen.iter().enumerate().map(|(at, frozen)| (frozen.case, at)).collect();
    let mut out: Vec<Option<Guess>> = (0..frozen.len()).map(|_| None).collect();
    for (at, prediction) in predictions.into_iter().enumerate() {
        let path = format!("/predictions/{at}");
        let refuse = |message: String| {
            EngineError::invalid("invalid_predictions", format!("{path}/case"), message)
        };
        let Prediction { case, output, probabilities } = prediction;
        let Some(slot) = place.get(&case).map(|at| &mut out[*at]) else {
            return Err(refuse(format!("{case} is not in the newest evaluation set")));
        };
        if slot.is_some() {
            return Err(refuse(format!("{case} has a prediction already")));
        }
        let proposal = NewProposal {
            output,
            probabilities,
            confidence: BTreeMap::new(),
            model: None,
            evidence: Vec::new(),
            by: String::new(),
        };
        handle.compiled().check_proposal(&proposal, &path)?;
        let NewProposal { output, probabilities, .. } = proposal;
        *slot = Some(Guess { output, probabilities });
    }
    let missing = out.iter().filter(|guess| guess.is_none()).count();
    if let Some(first) = out.iter().position(Option::is_none) {
        let message = format!(
            "{missing} of {} cases have no prediction, {} for one; what a model leaves out would \
             make it look better than it is",
            frozen.len(),
            frozen[first].case
        );
        return Err(EngineError::invalid("invalid_predictions", "/predictions", message));
    }
    Ok(out.into_iter().flatten().collect())
}
