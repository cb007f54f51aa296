//! The worker: leases cases that wait, and asks the chain of each.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use tandem_connect::models::Revision;
use tandem_domain::case::{Case, Status, TryOutcome, Verdict};
use tandem_domain::command::Then;
use tandem_domain::loops::LinkKind;
use tandem_domain::{LoopId, Span};
use tandem_policy::CaseView;
use tandem_store::chain::{self, ChainJob};
use tandem_store::{Dialect, Topic, cases};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::Asking;
use super::check::Checked;
use super::settle::{Turn, as_new};
use crate::engine::Engine;
use crate::errors::{EngineError, Result};
use crate::loops::LoopHandle;

/// How long a case is ours without a sign of life.
const LEASE: Span = Span::seconds(30);
/// How often the lease is prolonged.
const BEAT: Duration = Duration::from_secs(10);
/// The longest sleep: leases of dead workers run out without a wake.
const LONGEST: Duration = Duration::from_millis(500);
/// How long wakes are gathered.
const GATHER: Duration = Duration::from_millis(2);

/// Asks chains until the engine stops.
pub(crate) async fn work(engine: Engine) {
    let mut wakes = engine.store().subscribe();
    let mut stop = engine.stopping();
    engine.take_up_chains().await;
    let mut flying: JoinSet<LoopId> = JoinSet::new();
    let mut under_way: HashMap<LoopId, usize> = HashMap::new();
    let mut again: Option<LoopId> = None;
    loop {
        let due = match again.take() {
            // A place came free: only that loop may have more.
            Some(one) => vec![one],
            None => engine.chains_due().await,
        };
        for id in due {
            let busy = under_way.get(&id).copied().unwrap_or(0);
            let room = engine.inner.chains.in_flight.saturating_sub(busy);
            for job in engine.lease_chains(id, room).await {
                *under_way.entry(id).or_default() += 1;
                let engine = engine.clone();
                flying.spawn(async move {
                    engine.fly_chain(job).await;
                    id
                });
            }
        }
        let sleep = tokio::time::sleep(LONGEST);
        tokio::pin!(sleep);
        loop {
            tokio::select! {
                () = &mut sleep => break,
                () = stopped(&mut stop) => {
                    while flying.join_next().await.is_some() {}
                    return;
                }
                Some(ended) = flying.join_next(), if !flying.is_empty() => {
                    match ended {
                        Ok(id) => {
                            if let Some(busy) = under_way.get_mut(&id) {
                                *busy = busy.saturating_sub(1);
                            }
                            again = Some(id);
                        }
                        Err(error) => {
                            // It does not say whose it was; leases keep two workers apart.
                            tracing::error!(%error, "asking a chain failed");
                            under_way.clear();
                        }
                    }
                    break;
                }
                topic = wakes.recv() => match topic {
                    Ok(Topic::Chain | Topic::All) | Err(RecvError::Lagged(_)) => {
                        tokio::time::sleep(GATHER).await;
                        // What came meanwhile is one look.
                        while wakes.try_recv().is_ok() {}
                        break;
                    }
                    Ok(_) => {}
                    Err(RecvError::Closed) => return,
                },
            }
        }
    }
}

impl Engine {
    /// Asks the chain of every case that waits, once, and returns how many there were. The worker does
    /// the same; tests and simulations may, too.
    pub async fn ask_chains_due(&self) -> Result<usize> {
        let mut asked = JoinSet::new();
        for id in self.chains_due().await {
            loop {
                let jobs = self.lease_chains(id, self.inner.chains.in_flight).await;
                if jobs.is_empty() {
                    break;
                }
                for job in jobs {
                    let engine = self.clone();
                    asked.spawn(async move { engine.fly_chain(job).await });
                }
            }
        }
        let found = asked.len();
        while asked.join_next().await.is_some() {}
        Ok(found)
    }

    /// What a process that died had leased is anybody's, where nobody else can have the database open.
    async fn take_up_chains(&self) {
        if self.inner.store.dialect() != Dialect::Sqlite {
            return;
        }
        let released = self.inner.store.write(|tx| Ok::<_, EngineError>(chain::release_all(tx)?));
        if let Err(error) = released.await {
            tracing::warn!(%error, "leases of waiting cases run out by themselves");
        }
    }

    async fn chains_due(&self) -> Vec<LoopId> {
        let now = self.now();
        let due = self.inner.store.read(move |tx| Ok::<_, EngineError>(chain::loops_due(tx, now)?));
        due.await.unwrap_or_else(|error| {
            tracing::warn!(%error, "waiting cases could not be looked at");
            Vec::new()
        })
    }

    async fn lease_chains(&self, id: LoopId, room: usize) -> Vec<ChainJob> {
        let room = u32::try_from(room).unwrap_or(u32::MAX);
        if room == 0 {
            return Vec::new();
        }
        let leased = self.inner.store.write(move |tx| {
            let until = tx.now() + LEASE;
            Ok::<_, EngineError>(chain::lease(tx, id, until, room)?)
        });
        leased.await.unwrap_or_else(|error| {
            tracing::warn!(%error, "waiting cases could not be leased");
            Vec::new()
        })
    }

    /// Asks the chain of one case to its end, as long as the lease holds.
    async fn fly_chain(&self, job: ChainJob) {
        let mut stop = self.stopping();
        let work = self.ask_to_the_end(job);
        tokio::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => {
                    if let Err(error) = done {
                        tracing::warn!(case = %job.case, %error, "asking a chain is put off");
                    }
                    return;
                }
                () = stopped(&mut stop) => {
                    // It is asked again by whoever starts next.
                    self.move_lease(job, Span::ZERO).await;
                    return;
                }
                () = tokio::time::sleep(BEAT) => {
                    if !self.move_lease(job, LEASE).await {
                        return;
                    }
                }
            }
        }
    }

    async fn move_lease(&self, job: ChainJob, by: Span) -> bool {
        let moved = self.inner.store.write(move |tx| {
            let until = tx.now() + by;
            Ok::<_, EngineError>(chain::prolong(tx, job, until)?)
        });
        moved.await.unwrap_or(true)
    }

    async fn ask_to_the_end(&self, job: ChainJob) -> Result<()> {
        loop {
            let id = job.case;
            let read = self.inner.store.read(move |tx| Ok::<_, EngineError>(cases::get(tx, id)?));
            let case = read.await?;
            let open = case.as_ref().and_then(|case| {
                let waits = case.state.status == Status::WaitingForProposal;
                case.state.chain.as_ref().filter(|chain| waits && chain.is_open())
            });
            let (Some(case), Some(chain)) = (&case, open) else {
                // It was cancelled, decided or proposed on from elsewhere.
                let ended = self.inner.store.write(move |tx| {
                    chain::finish(tx, job)?;
                    Ok::<_, EngineError>(())
                });
                return ended.await;
            };
            let handle = self.loop_of(case).await?;
            let within = handle.spec().review.propose_within;
            let left = (chain.since + within).0 - self.now().0;
            if left <= 0 {
                return self.settle_late(job, chain.round).await;
            }
            let left = Duration::from_micros(left.unsigned_abs());
            let case_id = case.core.id.to_string();
            let note = sent_back(case);
            let current = case.state.current_proposal().filter(|_| chain.revises);
            let revision = current.map(|proposal| Revision {
                attempt: case.state.attempts,
                output: &proposal.output,
                note: &note,
            });
            let asking = Asking {
                view: CaseView::from(&case.core),
                id: &case_id,
                until: Instant::now() + left,
                revision,
            };
            let turn = match chain.next {
                Some(next) => self.turn(&handle, asking, chain.step, next as usize).await,
                None => self.check_turn(&handle, asking, case, chain.step).await,
            };
            let goes_on = matches!(turn.then, Then::Ask(_));
            if !self.settle_turn(job, case, turn).await? || !goes_on {
                return Ok(());
            }
        }
    }

    /// Asks one link, and the models that check what it says.
    async fn turn(
        &self,
        handle: &std::sync::Arc<LoopHandle>,
        asking: Asking<'_>,
        step: u32,
        at: usize,
    ) -> Turn {
        let chain = &handle.spec().chain;
        let people =
            |at: usize| chain.get(at).is_none_or(|link| matches!(link.kind(), LinkKind::Human));
        let on = |at: usize| match u32::try_from(at) {
            Ok(next) if !people(at) => Then::Ask(next),
            _ => Then::GiveUp,
        };
        if people(at) {
            let (tries, checked) = (Vec::new(), Checked::default());
            return Turn { step, tries, then: Then::GiveUp, checked };
        }
        let (mut tries, proposal) = self.ask_link(handle, asking, at).await;
        let Some(proposal) = proposal else {
            let checked = Checked::default();
            return Turn { step, tries, then: on(at + 1), checked };
        };
        let checked = self.check_proposal(handle, asking, &proposal).await;
        let found = checked.found;
        if let Some(tried) = tries.last_mut().filter(|_| found) {
            tried.outcome = TryOutcome::Guardrail;
            tried.output = Some(proposal.output.clone());
            tried.why = checked.failed.first().map(|f| format!("{}: {}", f.name, f.why));
        }
        tries.extend(checked.tries.iter().cloned());
        if found {
            return Turn { step, tries, then: on(at + 1), checked: Checked::default() };
        }
        Turn { step, tries, then: Then::Propose(proposal), checked }
    }

    /// Asks the models that check a proposal that was handed in.
    async fn check_turn(
        &self,
        handle: &std::sync::Arc<LoopHandle>,
        asking: Asking<'_>,
        case: &Case,
        step: u32,
    ) -> Turn {
        let checked = match case.state.current_proposal() {
            Some(proposal) => self.check_proposal(handle, asking, &as_new(proposal)).await,
            None => Checked::default(),
        };
        Turn { step, tries: checked.tries.clone(), then: Then::Checked, checked }
    }
}

/// What is wrong with the proposal, in words: what the person said who sent it back, or which guardrails.
fn sent_back(case: &Case) -> String {
    let current = case.state.current_proposal().map(|proposal| proposal.n);
    let judged = case.state.judgments.iter().rev().find(|judgment| {
        judgment.verdict == Verdict::RequestChanges && judgment.proposal == current
    });
    if let Some(judgment) = judged {
        let codes = judgment.reasons.iter().chain(&judgment.failure_modes).cloned();
        return judgment.comment.iter().cloned().chain(codes).collect::<Vec<_>>().join("; ");
    }
    let failed = case.state.route.iter().flat_map(|route| &route.facts.failed);
    failed.map(|f| format!("{}: {}", f.name, f.why)).collect::<Vec<_>>().join("; ")
}

/// Waits for the engine to stop. The guard of the value is not kept: it may not cross an `await`.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    drop(stop.wait_for(|stop| *stop).await);
}
