//! The time for a veto: it runs only while somebody who may veto is connected.
//!
//! Whoever follows the events of a loop watches it. Each server notes every two seconds which loops with
//! held decisions are watched; a held decision takes effect once it was watched for as long as the loop
//! says. What nobody watches stays held, and is listed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tandem_domain::case::{Answer, Case, DecidedBy, Decision, DecisionState, Status};
use tandem_domain::{CaseId, Span, Timestamp};
use tandem_store::cases::CaseFilter;
use tandem_store::{Tx, cases, loops, watches};

use crate::access::{Action, allow};
use crate::engine::Engine;
use crate::errors::{EngineError, Result};
use crate::principal::{Actor, Principal};

/// Signs of watchers no further apart than this are one time: a client that connects again.
const GAP: i64 = 5_000_000;
/// Most held decisions that are listed.
const MOST: u32 = 100;
/// Most held decisions that are looked at as soon as somebody watches; others when their timer is due.
const MOST_HURRIED: u32 = 2_000;
/// The longest time between two looks at a held decision that nobody watches.
const LONGEST: i64 = 600_000_000;
/// Most loops that are looked through.
const MOST_LOOPS: u32 = 1_000;

/// Who watches, on this server.
#[derive(Debug, Default)]
pub(crate) struct Watchers {
    known: Mutex<(u64, HashMap<u64, Watch>)>,
}

#[derive(Debug, Clone)]
struct Watch {
    principal: Arc<Principal>,
    loop_name: Option<String>,
}

/// Somebody watches for as long as this lives.
pub struct Watching {
    engine: Engine,
    id: u64,
}

impl std::fmt::Debug for Watching {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watching").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.engine.inner.watchers.lock().1.remove(&self.id);
    }
}

impl Watchers {
    fn lock(&self) -> std::sync::MutexGuard<'_, (u64, HashMap<u64, Watch>)> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How much of the time for a veto is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VetoClock {
    /// How long it lasts.
    pub lasts: Span,
    /// How much of it is left.
    pub left: Span,
    /// Whether it runs: somebody watches.
    pub running: bool,
}

/// A machine's decision that is held for a veto.
#[derive(Debug, Clone, PartialEq)]
pub struct HeldDecision {
    /// The case.
    pub case: CaseId,
    /// The submitter's key.
    pub key: Option<String>,
    /// What was decided.
    pub output: Option<Answer>,
    /// When.
    pub decided_at: Timestamp,
    /// The time for a veto.
    pub clock: VetoClock,
}

impl Engine {
    /// Says that a person who is signed in follows the events of a loop, or of all; `None` for a key or
    /// a machine: it watches nothing.
    pub fn watch(&self, principal: &Arc<Principal>, loop_name: Option<&str>) -> Option<Watching> {
        if !matches!(principal.actor, Actor::Member { .. }) {
            return None;
        }
        let watch =
            Watch { principal: Arc::clone(principal), loop_name: loop_name.map(str::to_owned) };
        let mut known = self.inner.watchers.lock();
        known.0 += 1;
        let id = known.0;
        known.1.insert(id, watch);
        Some(Watching { engine: self.clone(), id })
    }

    /// Notes which loops with held decisions are watched. The timers' worker calls it every two seconds;
    /// tests may, too.
    pub async fn note_watchers(&self) -> Result<()> {
        let watches: Vec<Watch> = self.inner.watchers.lock().1.values().cloned().collect();
        if watches.is_empty() {
            return Ok(());
        }
        let mut spaces: Vec<String> = watches.iter().map(|w| w.principal.space.clone()).collect();
        spaces.sort();
        spaces.dedup();
        let watched = self.inner.store.read(move |tx| {
            let mut watched = Vec::new();
            for space in &spaces {
                for row in loops::list(tx, space, None, MOST_LOOPS)? {
                    let mut here = watches.iter().filter(|watch| watch.principal.space == *space);
                    let by = here.any(|watch| {
                        let follows = watch.loop_name.as_ref().is_none_or(|name| *name == row.name);
                        follows
                            && allow(&watch.principal, Action::CaseVeto, Some(&row.name)).is_ok()
                    });
                    if by && watches::any_held(tx, row.id)? {
                        watched.push((space.clone(), row.id));
                    }
                }
            }
            Ok::<_, EngineError>(watched)
        });
        let watched = watched.await?;
        if watched.is_empty() {
            return Ok(());
        }
        let noted = self.inner.store.write(move |tx| {
            for (space, loop_id) in &watched {
                if watches::beat(tx, space, *loop_id, GAP)? {
                    watches::hurry(tx, *loop_id, MOST_HURRIED)?;
                }
            }
            Ok::<_, EngineError>(())
        });
        noted.await
    }

    /// The machine's decisions of a loop that are held for a veto, the oldest first, and whether anybody
    /// watches.
    pub async fn held_decisions(
        &self,
        principal: &Principal,
        loop_name: &str,
    ) -> Result<(Vec<HeldDecision>, bool)> {
        allow(principal, Action::CaseRead, Some(loop_name))?;
        let handle = self.compiled(&principal.space, loop_name).await?;
        let found = self.inner.store.read(move |tx| {
            let filter = CaseFilter {
                statuses: vec![Status::Held],
                newest_first: false,
                ..CaseFilter::all(handle.id)
            };
            let mut held = Vec::new();
            for case in cases::list(tx, &filter, None, MOST)?.cases {
                let Some(decision) = vetoable(&case) else { continue };
                held.push(HeldDecision {
                    case: case.core.id,
                    key: case.core.key.clone(),
                    output: decision.output.clone(),
                    decided_at: decision.decided_at,
                    clock: clock(tx, &case, decision)?,
                });
            }
            Ok::<_, EngineError>((held, running(tx, handle.id)?))
        });
        found.await
    }

    /// When a held decision that was not watched for long enough is looked at again, in microseconds. While
    /// nobody watches, ever more seldom: a hundred thousand of them over a weekend cost little, and
    /// whoever begins to watch has them looked at ([`watches::hurry`]).
    pub(crate) async fn watched_again_in(&self, id: CaseId, longest: i64) -> i64 {
        let read = self.inner.store.read(move |tx| {
            let Some(case) = cases::get(tx, id)? else { return Ok(None) };
            let Some(decision) = vetoable(&case) else { return Ok(None) };
            Ok::<_, EngineError>(Some((clock(tx, &case, decision)?, decision.decided_at)))
        });
        match read.await {
            Ok(Some((clock, _))) if clock.running => clock.left.0.clamp(200_000, longest),
            Ok(Some((_, at))) => ((self.now().0 - at.0) / 8).clamp(longest, LONGEST),
            _ => longest,
        }
    }
}

/// The decision of a machine that is held for a veto.
fn vetoable(case: &Case) -> Option<&Decision> {
    case.state.live_decision().filter(|decision| {
        let held = decision.state == DecisionState::Held && decision.by == DecidedBy::Machine;
        held && decision.effective_at > decision.decided_at
    })
}

fn running(tx: &mut dyn Tx, loop_id: tandem_domain::LoopId) -> Result<bool> {
    let now = tx.now();
    Ok(watches::last_seen(tx, loop_id)?.is_some_and(|seen| now.0 - seen.0 <= GAP))
}

fn clock(tx: &mut dyn Tx, case: &Case, decision: &Decision) -> Result<VetoClock> {
    let lasts = Span(decision.effective_at.0 - decision.decided_at.0);
    let watched = watches::watched(tx, case.core.loop_id, decision.decided_at)?;
    let left = Span((lasts.0 - watched).max(0));
    Ok(VetoClock { lasts, left, running: running(tx, case.core.loop_id)? })
}

/// How much of the time for a veto over a held decision nobody has watched yet.
pub(crate) fn missing(tx: &mut dyn Tx, case: &Case, n: u32) -> Result<Span> {
    match vetoable(case).filter(|decision| decision.n == n) {
        Some(decision) => Ok(clock(tx, case, decision)?.left),
        None => Ok(Span::ZERO),
    }
}
