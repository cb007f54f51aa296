//! The rescoring job: brings open cases up to date with a new live model.
//!
//! Every open case in the pool gets a new place in the queue: first a front of unsure cases that
//! differ from each other, then the rest by uncertainty. Only where the model says something else
//! than before, or the policy would now send the case elsewhere, is a new proposal recorded, by the
//! same command as anybody's proposal; a case that became sure enough is so decided automatically.
//! Claimed, reopened and half-judged cases keep what their reviewers see.

use std::collections::HashSet;
use std::sync::Arc;

use tandem_domain::case::{Case, JudgmentState, Proposal, Purpose, Status};
use tandem_domain::command::{Command, NewProposal};
use tandem_domain::policy::{self, Facts};
use tandem_domain::{CaseId, TaskId};
use tandem_learn::active::{self, Pool};
use tandem_learn::novelty;
use tandem_learn::sparse::Csr;
use tandem_learn::uncertainty::{self, Uncertainty};
use tandem_store::tasks::Score;
use tandem_store::{Tx, cases, jobs, overloads, tasks};

use super::cache::Live;
use super::lease::Held;
use super::registry;
use super::train::JobError;
use crate::conformal;
use crate::engine::Inner;
use crate::errors::{EngineError, Result};
use crate::learned::Learned;
use crate::loops::LoopHandle;
use crate::record::By;
use crate::recorded;
use crate::runner::{self, Order};

/// Cases read and predicted at once.
const READ: usize = 100;
/// Scores written at once.
const SCORES: usize = 200;
/// Proposals recorded at once.
const PROPOSALS: usize = 16;
/// Cases at the front of the queue that are chosen to differ.
const FRONT: usize = 64;

/// A case whose proposal or route changes.
struct Change {
    case: CaseId,
    proposal: NewProposal,
    facts: Facts,
    epoch: u32,
}

/// A case with what the new model proposes for it, and how ordinary it is (a p-value).
struct Asked {
    case: Case,
    proposal: NewProposal,
    novelty: Option<f64>,
}

/// What the model says about the pool.
struct Scored {
    tasks: Vec<TaskId>,
    rows: Csr,
    /// `tasks.len() x classes`.
    probabilities: Vec<f32>,
    changes: Vec<Change>,
}

/// Rescores the pool of the job's loop.
pub(crate) fn run(inner: &Arc<Inner>, held: &Held) -> Result<(), JobError> {
    let loop_id = held.job.loop_id.ok_or_else(|| JobError::Final("no loop".to_owned()))?;
    let handle = inner.handle_blocking(loop_id)?;
    inner.learning.cache.invalidate(loop_id);
    let live = inner.learning.cache.get_blocking(loop_id)?;
    let Some(live) = live.filter(|live| live.model.fits(handle.spec())) else {
        return finish(inner, held);
    };
    let limit = handle.spec().learner.pool;
    let pool = inner
        .store
        .read_blocking(move |tx| tasks::pool(tx, loop_id, limit).map_err(EngineError::from))?;
    let bar = match handle.spec().policy.conformal {
        Some(spec) => {
            let rows = inner
                .store
                .read_blocking(move |tx| recorded::newest(tx, loop_id, conformal::NEWEST))?;
            conformal::at_least(&conformal::scores(&handle, &rows), spec.alpha)
        }
        None => None,
    };
    let scored = score(inner, held, &handle, &live, (&pool, bar))?;
    let mut scores = order(&live, &scored)?;
    let space = handle.space.clone();
    let overloaded = inner
        .store
        .read_blocking(move |tx| overloads::of_space(tx, &space).map_err(EngineError::from))?;
    let mine: Vec<_> = overloaded.into_iter().filter(|it| it.loop_id == loop_id).collect();
    let explores = crate::capacity::explores(&handle, &mine);
    let random_share = if explores { handle.spec().learner.random_share } else { 0.0 };
    forward(&mut scores, random_share, |case| handle.random_draw(case));
    for chunk in scores.chunks(SCORES) {
        held.go_on()?;
        let chunk = chunk.to_vec();
        inner.store.write_blocking(move |tx| {
            tasks::set_scores(tx, loop_id, &chunk).map_err(EngineError::from)
        })?;
    }
    held.progress(0.5);
    // The front of the queue is what people see next: it is brought up to date first.
    let place: std::collections::HashMap<CaseId, usize> =
        scores.iter().enumerate().map(|(at, score)| (score.task.case, at)).collect();
    let mut changes = scored.changes;
    changes.sort_by_key(|change| place.get(&change.case).copied().unwrap_or(usize::MAX));
    let total = changes.len();
    let mut done = 0;
    let mut chunks = changes.into_iter().peekable();
    while chunks.peek().is_some() {
        held.go_on()?;
        if superseded(inner, &handle, &live)? {
            // The version that took over has queued a job of its own.
            break;
        }
        let mut chunk: Vec<Change> = chunks.by_ref().take(PROPOSALS).collect();
        chunk.sort_by_key(|change| change.case);
        done += chunk.len();
        let (inner_, name) = (Arc::clone(inner), handle.name.clone());
        inner.store.write_blocking(move |tx| {
            for change in &chunk {
                propose(tx, &inner_, &name, change)?;
            }
            Ok::<_, EngineError>(())
        })?;
        held.progress(0.5 + 0.5 * done as f64 / total.max(1) as f64);
    }
    finish(inner, held)
}

fn finish(inner: &Arc<Inner>, held: &Held) -> Result<(), JobError> {
    let (id, token) = (held.job.id, held.job.token);
    let ours = inner
        .store
        .write_blocking(move |tx| jobs::finish(tx, id, token, None).map_err(EngineError::from))?;
    if ours { Ok(()) } else { Err(JobError::Lost) }
}

fn superseded(inner: &Inner, handle: &LoopHandle, live: &Live) -> Result<bool> {
    let now = inner.learning.cache.get_blocking(handle.id)?;
    Ok(now.is_none_or(|now| now.version != live.version))
}

/// Reads the pool in batches and asks the model about each case.
fn score(
    inner: &Arc<Inner>,
    held: &Held,
    handle: &LoopHandle,
    live: &Arc<Live>,
    (pool, bar): (&[TaskId], Option<f64>),
) -> Result<Scored, JobError> {
    let learn = |error: tandem_learn::LearnError| JobError::Final(error.to_string());
    let mut scored = Scored {
        tasks: Vec::with_capacity(pool.len()),
        rows: Csr::new(live.model.classifier.features.features()),
        probabilities: Vec::new(),
        changes: Vec::new(),
    };
    let mut seen = HashSet::new();
    for chunk in pool.chunks(READ) {
        held.go_on()?;
        let ids: Vec<CaseId> = chunk.iter().map(|task| task.case).collect();
        let found = inner.store.read_blocking(move |tx| {
            let mut found = Vec::with_capacity(ids.len());
            for id in &ids {
                found.push(cases::get(tx, *id)?);
            }
            Ok::<_, EngineError>(found)
        })?;
        let present: Vec<(TaskId, Case)> =
            chunk.iter().zip(found).filter_map(|(task, case)| Some((*task, case?))).collect();
        let layout = &live.model.header.layout;
        let rows: Vec<_> = present.iter().map(|(_, case)| layout.read(&case.core.input)).collect();
        let (matrix, probabilities) = live.model.predict(&rows).map_err(learn)?;
        let novelty = live.model.p_values(&matrix).map_err(learn)?;
        let name = registry::name(&handle.name, live.version);
        let mut asked = Vec::new();
        for (i, (task, case)) in present.into_iter().enumerate() {
            let mut entries: Vec<(u32, f32)> =
                matrix.row(i).iter().map(|(j, x)| (j as u32, x)).collect();
            scored.rows.push_row(&mut entries).map_err(learn)?;
            scored.probabilities.extend_from_slice(probabilities.row(i));
            scored.tasks.push(task);
            let proposal = live.model.proposal(probabilities.row(i), &name, live.trusted);
            // A case with several open tasks is asked about once.
            if let Some(proposal) = proposal.filter(|_| seen.insert(case.core.id)) {
                asked.push(Asked { case, proposal, novelty: novelty.as_ref().map(|p| p[i]) });
            }
        }
        scored.changes.extend(changes(inner, handle, bar, asked)?);
        held.progress(0.4 * scored.tasks.len() as f64 / pool.len() as f64);
    }
    Ok(scored)
}

/// Which of these proposals change something, with the facts they are routed by.
fn changes(
    inner: &Arc<Inner>,
    head: &LoopHandle,
    bar: Option<f64>,
    asked: Vec<Asked>,
) -> Result<Vec<Change>> {
    let mut out = Vec::new();
    for Asked { case, proposal, novelty } in asked {
        if !is_untouched(&case, &head.name) {
            continue;
        }
        let (loop_id, version) = (case.core.loop_id, case.core.loop_version);
        let known = Arc::clone(inner);
        let handle =
            inner.store.read_blocking(move |tx| known.loops.of_case(tx, loop_id, version))?;
        let policy = &handle.spec().policy;
        let learned = Learned {
            // The sets are calibrated for the version in force.
            conformal: (policy.conformal.is_some() && version == head.version)
                .then(|| conformal::set(&handle, &proposal, bar)),
            novelty: novelty.filter(|_| policy.novelty.is_some()),
            // It is the live one.
            model: None,
        };
        let facts = learned.with(handle.facts(&case.core, Some(&proposal)));
        if is_news(&handle, &case, &proposal, &facts) {
            out.push(Change { case: case.core.id, proposal, facts, epoch: handle.epoch });
        }
    }
    Ok(out)
}

/// Whether nobody has looked at a case yet and its proposal is the loop's own model's.
fn is_untouched(case: &Case, loop_name: &str) -> bool {
    let state = &case.state;
    let own = |proposal: &Proposal| {
        proposal.by == "machine"
            && proposal
                .model
                .as_deref()
                .and_then(|model| model.rsplit_once('@'))
                .is_some_and(|(name, _)| name == loop_name)
    };
    let Some(task) = state.open_deciding_task() else { return false };
    state.status == Status::Queued
        && task.purpose == Purpose::Decide
        && state.tasks.iter().all(|task| task.claims.is_empty())
        && !state.judgments.iter().any(|judgment| judgment.state == JudgmentState::Counted)
        && state.current_proposal().is_none_or(own)
}

/// Whether the proposal says something else, or goes elsewhere, than what stands.
fn is_news(handle: &LoopHandle, case: &Case, proposal: &NewProposal, facts: &Facts) -> bool {
    let Some(standing) = case.state.current_proposal() else { return true };
    // The same model says the same again, unless it was not trusted then.
    if standing.model == proposal.model && standing.confidence == proposal.confidence {
        return false;
    }
    let (version, draws) = (case.core.loop_version, handle.draws(case.core.id));
    let route = policy::route(handle.spec(), version, handle.epoch, facts.clone(), draws);
    standing.output != proposal.output
        || case.state.route.as_ref().is_none_or(|old| {
            (old.to, &old.queue, old.reviewers) != (route.to, &route.queue, route.reviewers)
        })
}

/// Records a proposal, unless somebody came first. A refusal changes nothing and is no failure.
fn propose(tx: &mut dyn Tx, inner: &Inner, loop_name: &str, change: &Change) -> Result<()> {
    let make = |case: &Case, _: &LoopHandle| {
        if is_untouched(case, loop_name) {
            Ok(Command::Propose { proposal: change.proposal.clone(), shadow: false })
        } else {
            Err(EngineError::Stale)
        }
    };
    let order = Order {
        case: change.case,
        space: None,
        decides: true,
        make: &make,
        facts: Some((&change.facts, change.epoch)),
        by: &By::machine(),
    };
    match runner::run(tx, inner, &order) {
        Ok(_) | Err(EngineError::Refused(_) | EngineError::Stale) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Puts the cases with the least draws among the front, evenly, until they are `share` of it.
fn forward(scores: &mut [Score], share: f64, draw: impl Fn(CaseId) -> f64) {
    let front = FRONT.min(scores.len()) as f64;
    let drawn = (share * front).round() as usize;
    if drawn == 0 {
        return;
    }
    let mut by_draw: Vec<(f64, usize)> =
        scores.iter().enumerate().map(|(at, score)| (draw(score.task.case), at)).collect();
    by_draw.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    for (n, (_, at)) in by_draw.into_iter().take(drawn).enumerate() {
        // Between two ranks of the front, unless its own is higher.
        let rank = (n as f64 + 0.5) * front / drawn as f64;
        scores[at].place = scores[at].place.max(2.0 - rank / FRONT as f64);
    }
    scores.sort_by(|a, b| b.place.total_cmp(&a.place).then(a.task.cmp(&b.task)));
}

/// Scores of the pool, best first: a front of unsure cases that differ scores above 1, the rest
/// scores its uncertainty, `1 - margin`.
fn order(live: &Live, scored: &Scored) -> Result<Vec<Score>, JobError> {
    let learn = |error: tandem_learn::LearnError| JobError::Final(error.to_string());
    let classes = live.model.classifier.classes();
    let margins =
        uncertainty::scores(&scored.probabilities, classes, Uncertainty::Margin).map_err(learn)?;
    let open: Vec<usize> = (0..scored.tasks.len()).collect();
    let pool = Pool {
        rows: &scored.rows,
        open: &open,
        labelled: &[],
        probabilities: Some((&scored.probabilities, classes)),
    };
    let front = active::select(&pool, FRONT.min(open.len()), live.version).map_err(learn)?;
    let doubts = novelty::max_probability(&scored.probabilities, classes).map_err(learn)?;
    let mut scores: Vec<Score> = scored
        .tasks
        .iter()
        .zip(margins.iter().zip(doubts))
        .map(|(task, (margin, doubt))| Score { task: *task, place: f64::from(*margin), doubt })
        .collect();
    for (rank, &row) in front.iter().enumerate() {
        scores[row].place = 2.0 - rank as f64 / FRONT as f64;
    }
    scores.sort_by(|a, b| b.place.total_cmp(&a.place).then(a.task.cmp(&b.task)));
    Ok(scores)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_front_has_its_share_of_drawn_cases() {
        let score = |n: u8| Score {
            task: TaskId { case: CaseId::from_bytes([n; 16]), n: 1 },
            place: if n < 64 { 2.0 - f64::from(n) / 64.0 } else { 0.5 },
            doubt: 0.5,
        };
        let mut scores: Vec<Score> = (0..200).map(score).collect();
        // The later a case came, the less its draw.
        forward(&mut scores, 0.1, |case| 1.0 - f64::from(case.as_bytes()[0]) / 256.0);
        let places: Vec<usize> =
            (0..scores.len()).filter(|at| scores[*at].task.case.as_bytes()[0] >= 194).collect();
        assert_eq!(places.len(), 6);
        assert!(places[0] < 8 && places[5] < 70 && places.windows(2).all(|p| p[1] - p[0] > 8));
        let before = scores.clone();
        forward(&mut scores, 0.0, |_| 0.5);
        assert_eq!(scores, before);
    }
}
