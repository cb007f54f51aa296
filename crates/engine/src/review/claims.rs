//! Claims: leases on seats.

use std::sync::Arc;
use std::time::Instant;

use tandem_domain::case::{Case, Proposal};
use tandem_domain::command::{Command, Reviewer};
use tandem_domain::loops::{APPEAL_QUEUE, ARBITER_QUEUE, DEFAULT_QUEUE, LoopSpec};
use tandem_domain::roles::Role;
use tandem_domain::{ClaimId, MemberId, Refusal};
use tandem_store::overloads::{self, Overload};
use tandem_store::queues::{self, Pause};
use tandem_store::tasks::{self, ClaimQuery, Lane};
use tandem_store::{Tx, cases, claims, counters, loops};
use tokio::sync::oneshot;

use super::{ClaimRequest, ClaimView, reviewer_of, takeable, unpaused};
use crate::access::{Action, allow};
use crate::capacity;
use crate::cases::{IdemKey, remember, replayed};
use crate::engine::{Engine, Inner};
use crate::errors::{EngineError, Result};
use crate::learning::Explanation;
use crate::loops::LoopHandle;
use crate::principal::{Actor, Principal};
use crate::queues::is_paused;
use crate::record::By;
use crate::runner::{self, Order, Ran, no_case};

/// Most claims of one request.
const MOST: u32 = 20;
/// Most loops that are looked through when none is named.
const MOST_LOOPS: u32 = 1_000;
/// How often further candidates are looked for when some were refused.
const ROUNDS: usize = 5;
/// Most live claims that are listed.
const MOST_HELD: u32 = 100;

impl Engine {
    /// Leases seats, best first; none when nothing waits that this reviewer may take.
    ///
    /// A caller that is gone before the seats were handed to it (a page closed, a connection lost)
    /// does not keep them from others for a whole lease: they go back at once. With a key the same
    /// call may be made again, so its seats are kept.
    pub async fn claim(
        &self,
        principal: &Principal,
        request: ClaimRequest,
        idem: Option<IdemKey>,
    ) -> Result<Vec<ClaimView>> {
        let started = Instant::now();
        self.running()?;
        if !(1..=MOST).contains(&request.limit) {
            let message = format!("a limit is 1 to {MOST}");
            return Err(EngineError::invalid("invalid_input", "/limit", message));
        }
        if request.case.is_none() {
            crate::access::allow_somewhere(principal, Action::Claim)?;
        }
        let handles = self.loops_to_claim(principal, &request).await?;
        let goes_back = idem.is_none() && request.case.is_none();
        let (engine, asker) = (self.clone(), principal.clone());
        let (hand, handed) = oneshot::channel();
        tokio::spawn(async move {
            let claimed = engine.take_seats(&asker, request, handles, idem).await;
            if let Err(Ok(views)) = hand.send(claimed)
                && goes_back
            {
                engine.give_back(&asker, views).await;
            }
        });
        let gone = |_| EngineError::internal("a claim was given up");
        let claimed = handed.await.map_err(gone)??;
        self.inner.metrics.claims_made.add(claimed.len() as u64);
        self.inner.metrics.claim_seconds.record(started.elapsed());
        Ok(claimed)
    }

    async fn take_seats(
        &self,
        principal: &Principal,
        request: ClaimRequest,
        handles: Vec<Arc<LoopHandle>>,
        idem: Option<IdemKey>,
    ) -> Result<Vec<ClaimView>> {
        let (inner, asker) = (Arc::clone(&self.inner), principal.clone());
        let by = By::principal(principal);
        let claimed = self.inner.store.write(move |tx| {
            if let Some(known) = replayed(tx, &asker, idem.as_ref())? {
                return again(tx, &inner, &asker, &known);
            }
            let pauses = queues::pauses(tx, &asker.space)?;
            let overloaded = overloads::of_space(tx, &asker.space)?;
            let work = Work { inner: &inner, asker: &asker, by: &by, pauses, overloaded };
            let views = match request.case {
                Some(_) => work.one(tx, &request)?,
                None => work.next(tx, &handles, &request)?,
            };
            let ids: Vec<String> = views.iter().map(|view| view.id.to_string()).collect();
            remember(tx, &asker, idem.as_ref(), &ids.join(" "))?;
            Ok(views)
        });
        claimed.await
    }

    /// Seats that nobody received. What fails here ends with its lease.
    async fn give_back(&self, principal: &Principal, views: Vec<ClaimView>) {
        for view in views {
            if let Err(error) = self.release(principal, view.id, Some(view.token)).await {
                tracing::debug!(claim = %view.id, %error, "a seat that nobody received was kept");
            }
        }
    }

    /// The seats that the principal holds, the oldest case first: what a page shows after a reload.
    pub async fn held_claims(&self, principal: &Principal) -> Result<Vec<ClaimView>> {
        let reviewer = principal.reviewer(None)?;
        let (inner, asker) = (Arc::clone(&self.inner), principal.clone());
        let held = self.inner.store.read(move |tx| {
            let ids = claims::of_member(tx, reviewer.member, MOST_HELD)?;
            ids.into_iter().filter_map(|id| held(tx, &inner, &asker, id).transpose()).collect()
        });
        held.await
    }

    /// Why the loop's own model proposed this; `None` for proposals from elsewhere.
    pub async fn explain(&self, case: &Case, proposal: &Proposal) -> Option<Explanation> {
        let handle = self.loop_of(case).await.ok()?;
        self.inner.learning.explain(&handle, &case.core.input, proposal).await
    }

    /// Prolongs a lease.
    pub async fn renew(
        &self,
        principal: &Principal,
        id: ClaimId,
        token: u64,
        idem: Option<IdemKey>,
    ) -> Result<ClaimView> {
        let asker = principal.clone();
        let case = self
            .perform(principal, id.case, false, idem, move |_, handle| {
                allow(&asker, Action::Claim, Some(&handle.name))?;
                let reviewer = asker.reviewer(Some(&handle.name))?;
                Ok(Command::Renew { claim: id.n, token, reviewer })
            })
            .await?;
        let handle = self.loop_of(&case).await?;
        view(case, &handle, id.n, 0)
    }

    /// Gives a claim back. Orchestrators may give back those of others, without the token.
    pub async fn release(
        &self,
        principal: &Principal,
        id: ClaimId,
        token: Option<u64>,
    ) -> Result<Case> {
        let asker = principal.clone();
        self.perform(principal, id.case, false, None, move |case, handle| {
            let held = case.state.claim(id.n).map(|(_, claim)| claim);
            let own = held.is_some_and(|held| {
                asker.member().is_some_and(|(member, _)| member == held.member)
            });
            if !own && allow(&asker, Action::ReleaseAny, Some(&handle.name)).is_ok() {
                return Ok(Command::Release { claim: id.n, by: None });
            }
            allow(&asker, Action::Claim, Some(&handle.name))?;
            if let (Some(held), Some(token)) = (held, token)
                && held.token != token
            {
                let code = tandem_domain::refusal::Code::StaleToken;
                let message = "the token is not the newest for this seat";
                return Err(Refusal::new(code, message).into());
            }
            let by = Some(asker.reviewer(Some(&handle.name))?);
            Ok(Command::Release { claim: id.n, by })
        })
        .await
    }

    /// The loops that a request is about and the principal works in.
    async fn loops_to_claim(
        &self,
        principal: &Principal,
        request: &ClaimRequest,
    ) -> Result<Vec<Arc<LoopHandle>>> {
        if request.case.is_some() {
            return Ok(Vec::new());
        }
        let mut handles = Vec::new();
        if request.loops.is_empty() {
            let (space, asker) = (principal.space.clone(), principal.clone());
            let inner = Arc::clone(&self.inner);
            let found = self.inner.store.read(move |tx| {
                let rows = loops::list(tx, &space, None, MOST_LOOPS)?;
                rows.into_iter()
                    .filter(|row| row.head > 0)
                    .filter(|row| allow(&asker, Action::Claim, Some(&row.name)).is_ok())
                    .map(|row| inner.loops.head(tx, row.id))
                    .collect::<Result<Vec<_>>>()
            });
            return found.await;
        }
        for name in &request.loops {
            allow(principal, Action::Claim, Some(name))?;
            handles.push(self.compiled(&principal.space, name).await?);
        }
        Ok(handles)
    }
}

/// One request inside its transaction.
struct Work<'a> {
    inner: &'a Inner,
    asker: &'a Principal,
    by: &'a By,
    /// Queues that hand out nothing.
    pauses: Vec<Pause>,
    /// Queues in which lesser work gives way.
    overloaded: Vec<Overload>,
}

impl Work<'_> {
    /// Claims the best seats of the lanes that the reviewer may take from.
    fn next(
        &self,
        tx: &mut dyn Tx,
        handles: &[Arc<LoopHandle>],
        request: &ClaimRequest,
    ) -> Result<Vec<ClaimView>> {
        let reviewer = self.asker.reviewer(None)?;
        let lanes = self.lanes(tx, handles, request)?;
        let arbitrates = |handle: &Arc<LoopHandle>| {
            self.asker.reviewer(Some(&handle.name)).is_ok_and(|reviewer| reviewer.arbiter)
        };
        let mut query = ClaimQuery {
            member: reviewer.member,
            arbiter: handles.iter().any(arbitrates),
            lanes: lanes.clone(),
            order: request.order,
            limit: request.limit,
        };
        let mut views: Vec<ClaimView> = Vec::new();
        // A candidate may still be refused (four eyes): it is barred and the next one is looked for,
        // a bounded number of times.
        for _ in 0..ROUNDS {
            let found = tasks::claim_candidates(tx, &query)?;
            if found.is_empty() {
                // Nobody idles: what gave way is handed out where nothing else waits.
                let mut more = false;
                for lane in &mut query.lanes {
                    more |= lane.gives_way.take().is_some();
                }
                if more {
                    continue;
                }
                break;
            }
            for task in found {
                match self.take(tx, task.case, Some(task.n)) {
                    Ok(ran) => views.push(taken(ran, reviewer)?),
                    // Somebody was quicker (on PostgreSQL the row that was looked at is not the one that is locked):
                    // that says nothing of the reviewer.
                    Err(EngineError::Refused(refusal))
                        if refusal.code == tandem_domain::refusal::Code::NoSeat => {}
                    // The case may be of a version whose queue asks for other people.
                    Err(error @ (EngineError::Refused(_) | EngineError::Forbidden { .. })) => {
                        tracing::debug!(%task, %error, "a candidate was refused");
                        tasks::bar(tx, task.case, &[reviewer.member])?;
                    }
                    Err(error) => return Err(error),
                }
            }
            query.limit = request.limit - u32::try_from(views.len()).unwrap_or(u32::MAX);
            if query.limit == 0 {
                break;
            }
        }
        let waiting = waiting(tx, &lanes)?;
        for view in &mut views {
            view.waiting = waiting.saturating_sub(1);
        }
        Ok(views)
    }

    /// Claims a seat of one case; what the reviewer holds there already is handed out again.
    fn one(&self, tx: &mut dyn Tx, request: &ClaimRequest) -> Result<Vec<ClaimView>> {
        let Some(id) = request.case else { return Ok(Vec::new()) };
        let reviewer = self.asker.reviewer(None)?;
        let known = cases::lock(tx, id)?
            .filter(|case| case.core.space == self.asker.space)
            .ok_or_else(|| no_case(id))?;
        let held = known
            .state
            .tasks
            .iter()
            .flat_map(|task| &task.claims)
            .find(|claim| claim.member == reviewer.member && !claim.lapsed)
            .map(|claim| claim.n);
        if let Some(n) = held {
            let handle =
                self.inner.loops.of_case(tx, known.core.loop_id, known.core.loop_version)?;
            allow(self.asker, Action::Claim, Some(&handle.name))?;
            return Ok(vec![view(known, &handle, n, 0)?]);
        }
        Ok(vec![taken(self.take(tx, id, None)?, reviewer)?])
    }

    fn take(&self, tx: &mut dyn Tx, case: tandem_domain::CaseId, task: Option<u32>) -> Result<Ran> {
        let make = |case: &Case, handle: &LoopHandle| {
            allow(self.asker, Action::Claim, Some(&handle.name))?;
            let reviewer = reviewer_of(self.asker, handle)?;
            let mut tasks = takeable(self.asker, case, handle)?;
            tasks.retain(|n| task.is_none_or(|wanted| wanted == *n));
            let tasks = unpaused(&self.pauses, case, handle, tasks)?;
            Ok(Command::Claim { tasks: Some(tasks), reviewer })
        };
        let order = Order {
            case,
            space: Some(&self.asker.space),
            decides: false,
            make: &make,
            facts: None,
            by: self.by,
        };
        runner::run(tx, self.inner, &order)
    }

    /// The queues to take from.
    fn lanes(
        &self,
        tx: &mut dyn Tx,
        handles: &[Arc<LoopHandle>],
        request: &ClaimRequest,
    ) -> Result<Vec<Lane>> {
        let mut lanes = Vec::new();
        for handle in handles {
            let queues = if request.queues.is_empty() {
                tasks::open_queues(tx, handle.id)?
            } else {
                request.queues.clone()
            };
            for queue in queues {
                let open = !is_paused(&self.pauses, handle.id, &queue);
                if open && may_take(self.asker, handle.spec(), &handle.name, &queue) {
                    let costs = handle.spec().policy.autonomy.as_ref().and_then(|a| a.costs);
                    let now = tx.now();
                    let gives_way = capacity::gives_way(handle, &self.overloaded, &queue, now);
                    let mut lane = Lane { gives_way, ..Lane::new(handle.id, Some(queue)) };
                    if let Some(costs) = costs {
                        (lane.error_cost, lane.review_cost) = (costs.error, costs.review);
                    }
                    lanes.push(lane);
                }
            }
        }
        Ok(lanes)
    }
}

/// Whether the roles and skills of the principal let it take from a queue.
pub(super) fn may_take(
    principal: &Principal,
    spec: &LoopSpec,
    loop_name: &str,
    queue: &str,
) -> bool {
    let has = |role| principal.has(role, Some(loop_name));
    if matches!(principal.actor, Actor::System) || has(Role::Admin) {
        return true;
    }
    if let Some(appeals) = spec.appeals.as_ref().filter(|_| queue == APPEAL_QUEUE) {
        return Role::ALL.into_iter().any(|role| appeals.reviewers.admits(role) && has(role));
    }
    let known = spec.queues.get(queue);
    if known.is_some_and(|queue| !queue.skills.iter().all(|s| principal.skills.contains(s))) {
        return false;
    }
    match known {
        Some(known) if !known.roles.is_empty() => known.roles.iter().any(|role| has(*role)),
        _ if queue == ARBITER_QUEUE => has(Role::Arbiter),
        _ => has(Role::Reviewer) || has(Role::Arbiter),
    }
}

/// How many tasks wait in these lanes, by the running totals.
fn waiting(tx: &mut dyn Tx, lanes: &[Lane]) -> Result<u64> {
    let mut total = 0.0;
    for lane in lanes {
        let queue = lane.queue.as_deref().unwrap_or(DEFAULT_QUEUE);
        total += counters::get(tx, lane.loop_id, &format!("queue.{queue}"))?;
    }
    Ok(total.max(0.0) as u64)
}

fn taken(ran: Ran, reviewer: Reviewer) -> Result<ClaimView> {
    let newest = newest_claim(&ran.case, reviewer.member)
        .ok_or_else(|| EngineError::internal("a claim left no seat"))?;
    view(ran.case, &ran.handle, newest, 0)
}

fn newest_claim(case: &Case, member: MemberId) -> Option<u32> {
    let claims = case.state.tasks.iter().flat_map(|task| &task.claims);
    claims.filter(|claim| claim.member == member).map(|claim| claim.n).max()
}

/// The claims that an idempotency key made, as they are now; those that ended are left out.
fn again(
    tx: &mut dyn Tx,
    inner: &Inner,
    principal: &Principal,
    known: &str,
) -> Result<Vec<ClaimView>> {
    let ids = known.split_whitespace().map(|id| id.parse().map_err(EngineError::internal));
    ids.filter_map(|id: Result<ClaimId>| {
        id.and_then(|id| held(tx, inner, principal, id)).transpose()
    })
    .collect()
}

fn held(
    tx: &mut dyn Tx,
    inner: &Inner,
    principal: &Principal,
    id: ClaimId,
) -> Result<Option<ClaimView>> {
    let Some(case) = cases::get(tx, id.case)? else { return Ok(None) };
    let member = principal.member().map(|(member, _)| member);
    let own = case.state.claim(id.n).is_some_and(|(_, claim)| Some(claim.member) == member);
    if !own || case.core.space != principal.space {
        return Ok(None);
    }
    let handle = inner.loops.of_case(tx, case.core.loop_id, case.core.loop_version)?;
    view(case, &handle, id.n, 0).map(Some)
}

fn view(case: Case, handle: &LoopHandle, n: u32, waiting: u64) -> Result<ClaimView> {
    let (task, claim) = case
        .state
        .claim(n)
        .map(|(task, claim)| (task.clone(), claim.clone()))
        .ok_or_else(|| EngineError::internal("a claim left no seat"))?;
    let hidden = task.blind;
    let proposal = case.state.current_proposal().filter(|_| !hidden).cloned();
    Ok(ClaimView {
        id: ClaimId { case: case.core.id, n },
        token: claim.token,
        expires_at: claim.expires_at,
        loop_name: handle.name.clone(),
        task,
        proposal,
        waiting,
        case,
    })
}
