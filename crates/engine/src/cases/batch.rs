//! Many cases come in: a few statements and one look at halt, loop and keys for all of them.

use std::collections::HashMap;
use std::sync::Arc;

use tandem_store::Tx;
use tandem_store::cases;

use super::submit::{Draft, Landed, Prepared, known_key};
use super::{Submission, Submitted};
use crate::access::{self, Action};
use crate::engine::{Engine, Inner};
use crate::errors::{EngineError, Result};
use crate::learning;
use crate::loops::LoopHandle;
use crate::principal::Principal;
use crate::record::By;

/// Cases per transaction: enough to share its cost, few enough not to hold up reviewers.
const CHUNK: usize = 256;
const TRIES: usize = 5;

/// A line that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineError {
    /// Stable code.
    pub code: &'static str,
    /// JSON pointer into the line.
    pub path: Option<String>,
    /// What is wrong.
    pub message: String,
}

/// What became of one line.
#[derive(Debug, Clone)]
pub struct LineResult {
    /// Its number, as it was given.
    pub line: u64,
    /// The case, or why there is none.
    pub outcome: Result<Submitted>,
}

/// A good line on its way.
struct Row {
    /// Place in the answer.
    at: usize,
    draft: Draft,
    early: Option<Prepared>,
}

impl Engine {
    /// Hands in many cases. Bad lines come back with their number; the good ones are stored, in
    /// transactions of a few hundred. An error of the whole (busy, full disk) stands in every line
    /// that it concerns, so that the caller can send just those again.
    pub async fn submit_batch(
        &self,
        principal: &Principal,
        loop_name: &str,
        lines: Vec<(u64, Result<Submission, LineError>)>,
    ) -> Result<Vec<LineResult>> {
        self.running()?;
        access::allow(principal, Action::CaseSubmit, Some(loop_name))?;
        let mut pending = Vec::new();
        let mut lines = lines.into_iter().peekable();
        while lines.peek().is_some() {
            let chunk: Vec<_> = lines.by_ref().take(CHUNK).collect();
            let (engine, principal, name) = (self.clone(), principal.clone(), loop_name.to_owned());
            // Each chunk is computed while the one before it is written.
            pending.push(tokio::spawn(async move { engine.chunk(principal, name, chunk).await }));
        }
        let mut results = Vec::new();
        for chunk in pending {
            results.extend(chunk.await.map_err(EngineError::internal)??);
        }
        Ok(results)
    }

    async fn chunk(
        &self,
        principal: Principal,
        loop_name: String,
        lines: Vec<(u64, Result<Submission, LineError>)>,
    ) -> Result<Vec<LineResult>> {
        let by = By::principal(&principal);
        let mut results: Vec<(u64, Option<EngineError>)> = Vec::with_capacity(lines.len());
        let mut waiting = Vec::with_capacity(lines.len());
        for (at, (line, submission)) in lines.into_iter().enumerate() {
            match submission {
                Ok(submission) => {
                    waiting.push((at, submission));
                    results.push((line, None));
                }
                Err(bad) => results.push((line, Some(bad.into()))),
            }
        }
        for _ in 0..TRIES {
            let handle = self.compiled(&principal.space, &loop_name).await?;
            let mut rows = Vec::with_capacity(waiting.len());
            for (at, submission) in std::mem::take(&mut waiting) {
                match self.row(&principal, &handle, at, submission, &by).await {
                    Ok(row) => rows.push(row),
                    Err(error) => results[at].1 = Some(error),
                }
            }
            let rows = Arc::new(rows);
            match self.write_rows(&rows, handle, by.clone()).await {
                Err(EngineError::Stale) => {
                    self.inner.metrics.recomputed.add(1);
                    self.inner.loops.forget_name(&principal.space, &loop_name);
                    waiting = rows.iter().map(|row| (row.at, row.draft.submission())).collect();
                }
                written => return Ok(self.answer(results, written)),
            }
        }
        Err(EngineError::Busy { retry_after_s: 1 })
    }

    async fn row(
        &self,
        principal: &Principal,
        handle: &Arc<LoopHandle>,
        at: usize,
        submission: Submission,
        by: &By,
    ) -> Result<Row> {
        let (submission, asked) = self.with_proposal(handle, submission).await?;
        let learned = self.learned(handle, &submission.input, submission.proposal.as_ref()).await?;
        let draft = self.draft(principal, Arc::clone(handle), submission, asked, learned)?;
        let early = self.early(&draft, by)?;
        Ok(Row { at, draft, early })
    }

    fn answer(
        &self,
        lines: Vec<(u64, Option<EngineError>)>,
        written: Result<HashMap<usize, Result<Submitted>>>,
    ) -> Vec<LineResult> {
        let mut written = written;
        let result = |(at, (line, bad)): (usize, (u64, Option<EngineError>))| {
            let outcome = match (bad, &mut written) {
                (Some(bad), _) => Err(bad),
                (None, Err(error)) => Err(error.clone()),
                (None, Ok(good)) => good
                    .remove(&at)
                    .unwrap_or_else(|| Err(EngineError::internal("a line went missing"))),
            };
            if let Ok(submitted) = &outcome {
                self.count(submitted);
            }
            LineResult { line, outcome }
        };
        lines.into_iter().enumerate().map(result).collect()
    }

    async fn write_rows(
        &self,
        rows: &Arc<Vec<Row>>,
        handle: Arc<LoopHandle>,
        by: By,
    ) -> Result<HashMap<usize, Result<Submitted>>> {
        if rows.is_empty() {
            return Ok(HashMap::new());
        }
        let (inner, shared) = (Arc::clone(&self.inner), Arc::clone(rows));
        let landed = self
            .inner
            .store
            .write_grouped(move |tx| land_rows(tx, &inner, &handle, &shared, &by))
            .await?;
        let mut submitted = HashMap::with_capacity(rows.len());
        for (row, landed) in landed {
            let row = &rows[row];
            let landed = landed.and_then(|landed| match (landed, &row.early) {
                (Landed::Known(case), _) => Ok(Submitted { case: *case, created: false }),
                (Landed::New(Some(case)), _) => Ok(Submitted { case: *case, created: true }),
                (Landed::New(None), Some(early)) => {
                    Ok(Submitted { case: early.case.clone(), created: true })
                }
                (Landed::New(None), None) => Err(EngineError::internal("a case went missing")),
            });
            submitted.insert(row.at, landed);
        }
        Ok(submitted)
    }
}

/// Writes a chunk: what each row became, by its place in `rows`.
fn land_rows(
    tx: &mut dyn Tx,
    inner: &Inner,
    handle: &Arc<LoopHandle>,
    rows: &[Row],
    by: &By,
) -> Result<Vec<(usize, Result<Landed>)>> {
    let Some(first) = rows.first() else { return Ok(Vec::new()) };
    let halt = first.draft.still_holds(tx)?;
    let mut facts: Vec<_> = rows[1..].iter().filter_map(|row| row.draft.model()).collect();
    facts.dedup();
    for fact in facts {
        learning::recheck_model(tx, handle.id, Some(fact))?;
    }
    let keys: Vec<&str> = rows.iter().filter_map(|row| row.draft.key()).collect();
    let holders = cases::by_keys(tx, handle.id, &keys)?;
    let mut landed = Vec::with_capacity(rows.len());
    let mut fresh: Vec<(usize, Option<Prepared>)> = Vec::with_capacity(rows.len());
    let mut seen: HashMap<&str, usize> = HashMap::new();
    let mut repeats = Vec::new();
    let asks = rows.iter().find(|row| row.draft.asks_autonomy());
    let mut session = match asks {
        Some(row) => row.draft.session(tx)?,
        None => None,
    };
    for (at, row) in rows.iter().enumerate() {
        if let Some(key) = row.draft.key() {
            if let Some(holder) = holders.get(key) {
                landed.push((at, known_key(tx, &row.draft, key, holder)));
                continue;
            }
            if let Some(earlier) = seen.get(key) {
                repeats.push((at, *earlier));
                continue;
            }
            seen.insert(key, at);
        }
        if let Err(error) = row.draft.check_run(tx) {
            landed.push((at, Err(error)));
            continue;
        }
        let inside = match &row.early {
            Some(early) if early.halted() == halt.halted => None,
            _ => Some(row.draft.land(tx, inner, halt, by, session.as_mut())?),
        };
        fresh.push((at, inside));
    }
    if let Some(session) = session {
        session.flush(tx)?;
    }
    insert(tx, inner, handle, rows, &fresh)?;
    for (at, earlier) in repeats {
        let case = fresh.iter().find(|(row, _)| *row == earlier).and_then(|(row, inside)| {
            inside.as_ref().or(rows[*row].early.as_ref()).map(|prepared| prepared.case.core.id)
        });
        let Some(id) = case else { continue };
        let body_digest = rows[earlier].draft.body_digest.to_vec();
        let holder = cases::KeyHolder { id, body_digest };
        let key = rows[at].draft.key().unwrap_or_default();
        landed.push((at, known_key(tx, &rows[at].draft, key, &holder)));
    }
    landed.extend(
        fresh.into_iter().map(|(at, inside)| {
            (at, Ok(Landed::New(inside.map(|prepared| Box::new(prepared.case)))))
        }),
    );
    Ok(landed)
}

fn insert(
    tx: &mut dyn Tx,
    inner: &Inner,
    handle: &Arc<LoopHandle>,
    rows: &[Row],
    fresh: &[(usize, Option<Prepared>)],
) -> Result<()> {
    let prepared: Vec<(usize, &Prepared)> = fresh
        .iter()
        .filter_map(|(at, inside)| Some((*at, inside.as_ref().or(rows[*at].early.as_ref())?)))
        .collect();
    let written = prepared
        .iter()
        .map(|(at, prepared)| prepared.written(&rows[*at].draft.body_digest))
        .collect::<Result<Vec<_>>>()?;
    cases::insert_written(tx, &written)?;
    for (_, prepared) in prepared {
        prepared.finish(tx, inner, handle)?;
    }
    Ok(())
}

impl From<LineError> for EngineError {
    fn from(bad: LineError) -> Self {
        Self::Invalid { code: bad.code, path: bad.path, message: bad.message, problems: Vec::new() }
    }
}
