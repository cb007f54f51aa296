//! The training job: loads examples in pages, fits, registers.

use std::collections::{HashMap, HashSet};

use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tandem_domain::case::Answer;
use tandem_domain::{CaseId, LoopId};
use tandem_store::{Store, cases, counters, evaluations, examples, jobs, meta, models, tasks};

use super::evaluation;
use super::fit::{self, FitError, Labelled};
use super::layout::{Layout, Row};
use super::lease::Held;
use super::registry::{self, NewModel};
use crate::engine::Inner;
use crate::errors::{EngineError, Result};
use crate::loops::LoopHandle;
use crate::record::By;

/// Examples read at once.
const PAGE: u32 = 1_000;
/// Unlabelled cases whose words a vocabulary may learn, at most.
const VOCABULARY_POOL: u32 = 2_000;
/// Cases read at once for it.
const CASES: usize = 100;

/// Why a job ended without its result.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JobError {
    /// Trying again would not help.
    #[error("{0}")]
    Final(String),
    /// Another worker holds the job now.
    #[error("the job was taken over by another worker")]
    Lost,
    /// The engine stops; whoever comes next begins the job again.
    #[error("the server was stopped while the job ran")]
    Stopped,
    /// It may go better next time.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl From<tandem_store::StoreError> for JobError {
    fn from(error: tandem_store::StoreError) -> Self {
        Self::Engine(error.into())
    }
}

impl From<FitError> for JobError {
    fn from(error: FitError) -> Self {
        Self::Final(error.to_string())
    }
}

/// The part of an example that training reads.
#[derive(Deserialize)]
struct Body {
    input: Value,
    answer: Answer,
}

/// Name of the fact that says how many examples the last training saw.
pub(crate) fn mark(loop_id: LoopId) -> String {
    format!("learner.{loop_id}.trained_at")
}

/// Reads that number; 0 before the first training.
pub(crate) fn marked(tx: &mut dyn tandem_store::Tx, loop_id: LoopId) -> Result<f64> {
    let bytes = meta::get(tx, &mark(loop_id))?;
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    Ok(text.and_then(|text| text.parse().ok()).unwrap_or(0.0))
}

/// Trains and registers a model of the job's loop.
pub(crate) fn run(inner: &std::sync::Arc<Inner>, held: &Held) -> Result<(), JobError> {
    let store = &inner.store;
    let started = store.clock().now_micros();
    let loop_id = held.job.loop_id.ok_or_else(|| JobError::Final("no loop".to_owned()))?;
    let handle = inner.handle_blocking(loop_id)?;
    let spec = handle.spec();
    let layout = Layout::of(spec).map_err(JobError::Final)?;
    let field = spec.learned_field().ok_or(FitError::NoField)?.0.to_owned();
    // Marked before the rows are read, so that what comes in meanwhile counts for the next one.
    let judgments = store.write_blocking(move |tx| {
        let seen = counters::get(tx, loop_id, super::examples::TOTAL)?;
        meta::set(tx, &mark(loop_id), seen.to_string().as_bytes())?;
        Ok::<_, EngineError>(counters::get(tx, loop_id, "judgments")?)
    })?;
    let (rows, below) = {
        let ordered = Ordered::read(store, &handle)?;
        (load(store, &ordered, &layout, &field, held)?, ordered.least_waiting)
    };
    held.progress(0.3);
    let pool = if layout.has_text() {
        unlabelled(store, loop_id, &layout, spec.learner.pool.min(VOCABULARY_POOL))?
    } else {
        Vec::new()
    };
    let live = inner.learning.cache.get_blocking(loop_id)?;
    let warm = live.as_ref().map(|live| &live.model);
    let seed = seed(loop_id, rows.len());
    held.go_on()?;
    let fitted = fit::fit(spec, layout.clone(), &rows, &pool, warm, seed)?;
    held.progress(0.8);
    let random =
        below.and_then(|below| fit::random_slice(spec, &layout, &rows, &pool, below, seed));
    held.progress(0.9);
    let bytes = fitted.model.to_bytes().map_err(FitError::Model)?;
    let mut metrics = fitted.metrics;
    metrics.warm_from = live.as_ref().map(|live| live.version);
    metrics.judgments = judgments.max(0.0) as u64;
    metrics.random = random;
    metrics.sha256 = hex::encode(Sha256::digest(&bytes));
    let took = store.clock().now_micros().saturating_sub(started);
    metrics.duration_ms = (took.max(0) as u64).div_ceil(1_000);
    let kind = serde_json::to_value(spec.learner.kind).map_err(EngineError::internal)?;
    let kind = kind.as_str().unwrap_or("linear").to_owned();
    let (id, token) = (held.job.id, held.job.token);
    let score = evaluation::score_trained(store, &handle, &fitted.model)?;
    let (inner, trained_on) = (std::sync::Arc::clone(inner), fitted.trained_on);
    let row = store.write_blocking(move |tx| {
        // The fence: whoever lost the lease changes nothing.
        if !jobs::finish(tx, id, token, None)? {
            return Err(JobError::Lost);
        }
        let new = NewModel {
            bytes: &bytes,
            metrics: &metrics,
            trained_on,
            kind: &kind,
            name: None,
            score: score.clone(),
            by: &By::machine(),
        };
        Ok(registry::register(tx, &inner.ids, &handle, &new)?)
    })?;
    tracing::info!(version = row.version, stage = row.stage, trained_on, "a model was registered");
    Ok(())
}

/// Training differs from run to run by what it saw, and by nothing else.
fn seed(loop_id: LoopId, rows: usize) -> u64 {
    let mut first = [0; 8];
    first.copy_from_slice(&loop_id.as_bytes()[8..]);
    u64::from_le_bytes(first) ^ rows as u64
}

/// The cases that the live model has put in order: those that came before it.
struct Ordered<'a> {
    handle: &'a LoopHandle,
    before_ms: u64,
    /// The least draw of those that still wait; `None` where the queue draws none, or none waits.
    least_waiting: Option<f64>,
}

impl<'a> Ordered<'a> {
    fn read(store: &Store, handle: &'a LoopHandle) -> Result<Self, JobError> {
        let learner = &handle.spec().learner;
        let (loop_id, limit) = (handle.id, learner.pool);
        let (live, open) = store.read_blocking(move |tx| {
            let live = models::in_stage(tx, loop_id, "live")?;
            Ok::<_, EngineError>((live, tasks::pool(tx, loop_id, limit)?))
        })?;
        let before_ms = live.map_or(0, |live| live.created_at.unix_ms());
        let mut ordered = Self { handle, before_ms, least_waiting: None };
        if learner.random_share > 0.0 {
            let draws = open.iter().map(|task| ordered.draw(task.case));
            ordered.least_waiting = draws.min_by(f64::total_cmp).filter(|draw| *draw < 1.0);
        }
        Ok(ordered)
    }

    /// The draw of a case; 1 where it came later, for its turn has not come yet.
    fn draw(&self, case: CaseId) -> f64 {
        if case.unix_ms() < self.before_ms { self.handle.random_draw(case) } else { 1.0 }
    }
}

/// Labelled rows of a loop, one a case: the newest label counts.
fn load(
    store: &Store,
    ordered: &Ordered<'_>,
    layout: &Layout,
    field: &str,
    held: &Held,
) -> Result<Vec<Labelled>, JobError> {
    let loop_id = ordered.handle.id;
    // Held out they are anyway; that they never teach must not hang on a mark alone.
    let frozen: HashSet<CaseId> = store
        .read_blocking(move |tx| evaluations::frozen(tx, loop_id).map_err(EngineError::from))?
        .into_iter()
        .collect();
    let mut rows: Vec<Labelled> = Vec::new();
    let mut known: HashMap<CaseId, usize> = HashMap::new();
    let mut cursor = None;
    loop {
        held.go_on()?;
        let after = cursor.clone();
        let page = store.read_blocking(move |tx| {
            examples::page(tx, loop_id, after.as_ref(), PAGE).map_err(EngineError::from)
        })?;
        let more = page.len() == PAGE as usize;
        cursor = page.last().map(examples::ExampleRow::cursor);
        for example in page.iter().filter(|example| example.kind == "labelled") {
            let body: Body = serde_json::from_str(&example.body).map_err(|error| {
                EngineError::internal(format!("example of {}: {error}", example.case_id))
            })?;
            let Some(label) = body.answer.get(field).and_then(Value::as_str) else { continue };
            let row = Labelled {
                row: layout.read(&body.input),
                label: label.to_owned(),
                weight: example.weight,
                held_out: example.held_out || frozen.contains(&example.case_id),
                draw: ordered.draw(example.case_id),
            };
            if let Some(&at) = known.get(&example.case_id) {
                rows[at] = row;
            } else {
                known.insert(example.case_id, rows.len());
                rows.push(row);
            }
        }
        if !more {
            return Ok(rows);
        }
    }
}

/// Rows of open cases.
fn unlabelled(
    store: &Store,
    loop_id: LoopId,
    layout: &Layout,
    limit: u32,
) -> Result<Vec<Row>, JobError> {
    let tasks = store
        .read_blocking(move |tx| tasks::pool(tx, loop_id, limit).map_err(EngineError::from))?;
    let mut rows = Vec::with_capacity(tasks.len());
    for chunk in tasks.chunks(CASES) {
        let ids: Vec<CaseId> = chunk.iter().map(|task| task.case).collect();
        let inputs = store.read_blocking(move |tx| {
            let mut inputs = Vec::with_capacity(ids.len());
            for id in &ids {
                inputs.extend(cases::get(tx, *id)?.map(|case| case.core.input));
            }
            Ok::<_, EngineError>(inputs)
        })?;
        rows.extend(inputs.iter().map(|input| layout.read(input)));
    }
    Ok(rows)
}
