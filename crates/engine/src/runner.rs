//! Runs one command on one case inside a transaction: lock, decide, save, record, effects.
//!
//! Lock order is halt, then case, then its run. Facts were computed before the transaction; whoever computed them
//! checks in here that the loop has not changed since.

use tandem_domain::case::{Case, Decision, Delivery, Status};
use tandem_domain::command::{Command, Context, Effect, NewProposal, Then, Timer};
use tandem_domain::policy::{Facts, asks_autonomy, awaits_checks};
use tandem_domain::{CaseId, TimerId, Timestamp, machine};
use tandem_store::automatic::AutomaticRow;
use tandem_store::halts::HaltState;
use tandem_store::{Dialect, Topic, Tx, automatic, cases, chain, events, halts, timers};

use crate::autonomy::{self, Session};
use crate::engine::Inner;
use crate::errors::{EngineError, Result};
use crate::gates;
use crate::learning;
use crate::loops::{LoopCache, LoopHandle};
use crate::outbox::{self, Payload};
use crate::record::{self, By};
use std::sync::Arc;

/// Leases that end sooner than this are told to the timer worker at once.
const SOON: i64 = 1_000_000;

/// A command on a case.
pub(crate) struct Order<'a> {
    /// The case.
    pub(crate) case: CaseId,
    /// The space that whoever asks may see; `None` for the server itself.
    pub(crate) space: Option<&'a str>,
    /// Whether the command may decide or consume, and so must see every halt.
    pub(crate) decides: bool,
    /// Says what to do, once the case is known and locked; may refuse.
    pub(crate) make: &'a dyn Fn(&Case, &LoopHandle) -> Result<Command>,
    /// For a proposal: what the policy found out, and the epoch it looked at.
    pub(crate) facts: Option<(&'a Facts, u32)>,
    /// Who asks.
    pub(crate) by: &'a By,
}

/// What became of a command.
pub(crate) struct Ran {
    /// The case as it is now.
    pub(crate) case: Case,
    /// Its loop, in the version of the case.
    pub(crate) handle: Arc<LoopHandle>,
    /// Whether anything changed.
    pub(crate) changed: bool,
}

/// Runs a command. Everything it causes is written with `tx`, or nothing is.
pub(crate) fn run(tx: &mut dyn Tx, inner: &Inner, order: &Order<'_>) -> Result<Ran> {
    // On PostgreSQL the halt row is locked before the case, so its scope is read first, unlocked.
    let mut halted = None;
    if order.decides && tx.dialect() == Dialect::Postgres {
        let case = cases::get(tx, order.case)?.ok_or_else(|| no_case(order.case))?;
        halted = Some(halts::read_shared(tx, &case.core.space, case.core.loop_id)?);
    }
    let before = cases::lock(tx, order.case)?
        .filter(|case| order.space.is_none_or(|space| case.core.space == space))
        .ok_or_else(|| no_case(order.case))?;
    if order.decides && halted.is_none() {
        halted = Some(halts::read_shared(tx, &before.core.space, before.core.loop_id)?);
    }
    let halt = halted.unwrap_or(HaltState { halted: false, epoch: 0 });
    run_on(tx, inner, order, before, halt)
}

/// Runs a command on a case that this transaction has read and locked.
pub(crate) fn run_on(
    tx: &mut dyn Tx,
    inner: &Inner,
    order: &Order<'_>,
    before: Case,
    halt: HaltState,
) -> Result<Ran> {
    let halted = halt.halted;
    let core = &before.core;
    let handle = inner.loops.of_case(tx, core.loop_id, core.loop_version)?;
    let command = (order.make)(&before, &handle)?;
    let command = with_grounds(tx, &handle, &before, command, halted)?;
    let mut epoch = handle.epoch;
    if let Some((facts, looked_at)) = order.facts {
        epoch = LoopCache::epoch_in(tx, core.loop_id)?;
        if epoch != looked_at {
            return Err(EngineError::Stale);
        }
        learning::recheck_model(tx, core.loop_id, facts.model.as_ref())?;
    }
    let now = tx.now().max(before.state.updated_at);
    let ctx = Context {
        now,
        draws: handle.draws(core.id),
        loop_version: core.loop_version,
        epoch,
        halted,
        person: order.by.person(),
        lost: gates::lost(tx, &handle, &before, &command)?,
    };
    let mut facts = order.facts.map(|(facts, _)| facts.clone());
    let mut consulted = None;
    match (&mut facts, proposed(&before, &command)) {
        (Some(facts), Routed::With(proposal)) => {
            let asks: Vec<_> =
                before.state.requesters.iter().copied().chain(order.by.person()).collect();
            // Autonomy is locked before limits wherever both are.
            let session = if halted { None } else { begin(tx, &handle, &before, facts)? };
            gates::standing::look(tx, &handle, core, Some(&proposal), (&asks, halted), facts)?;
            if let Some(mut session) = session.filter(|_| facts.standing.is_none())
                && let Some(said) = session.consult(tx, inner, core, &proposal, facts)?
            {
                facts.autonomy = Some(said.fact.clone());
                consulted = Some((session, said));
            }
            gates::limits::look(tx, &handle, core, Some(&proposal.output), facts)?;
        }
        (Some(facts), Routed::Without) => gates::limits::look(tx, &handle, core, None, facts)?,
        _ => {}
    }
    let outcome = machine::decide(handle.spec(), core, before.state.clone(), command, facts, &ctx)?;
    if outcome.events.is_empty() {
        return Ok(Ran { case: before, handle, changed: false });
    }
    let mut after = Case { core: before.core.clone(), state: outcome.state };
    gates::binding::bind(handle.spec(), &after.core, &mut after.state, halt)?;
    let texts = record::Texts::of(&after)?;
    cases::save_written(tx, &before, &after, &texts.state)?;
    crate::runs::gates::turn(tx, &before, &after)?;
    for event in record::case_events(&after, &texts, &handle.name, &outcome.events, order.by, now)?
    {
        tx.append_event(event);
    }
    for effect in &outcome.effects {
        apply(tx, inner, &handle, &after, effect, now)?;
    }
    if let (Some((mut session, said)), Some(route)) = (consulted, &after.state.route) {
        session.tell(tx, inner, after.core.id, &said, route)?;
        session.flush(tx)?;
    }
    autonomy::settle(tx, inner, &handle, &before, &after, &outcome.effects)?;
    gates::limits::settle(tx, &handle, Some(&before), &after)?;
    gates::standing::settle(tx, inner, Some(&before), &after)?;
    Ok(Ran { case: after, handle, changed: true })
}

/// What a command routes.
enum Routed {
    With(Box<NewProposal>),
    Without,
    Nothing,
}

fn proposed(case: &Case, command: &Command) -> Routed {
    match command {
        Command::Propose { proposal, shadow: false }
        | Command::Tried { then: Then::Propose(proposal), .. } => {
            Routed::With(Box::new(proposal.clone()))
        }
        Command::Tried { then: Then::Checked, .. } => {
            let held = case.state.current_proposal().map(crate::chain::as_new);
            held.map_or(Routed::Without, |held| Routed::With(Box::new(held)))
        }
        Command::Tried { then: Then::GiveUp, .. } => Routed::Without,
        _ => Routed::Nothing,
    }
}

/// Earned autonomy, to be asked about a case that waited for its first proposal, or for checks of it: it
/// is evidence as if it had come in with it. (A halt sends everything to people; that is no evidence.) A
/// case that was routed before has had its say.
fn begin(
    tx: &mut dyn Tx,
    handle: &Arc<LoopHandle>,
    case: &Case,
    facts: &Facts,
) -> Result<Option<Session>> {
    let first = case.state.route.is_none() && case.state.chain.is_some();
    let spec = handle.spec();
    if !first || awaits_checks(spec, facts) || !asks_autonomy(spec, facts) {
        return Ok(None);
    }
    Session::begin(tx, handle).map(Some)
}

pub(crate) fn no_case(id: CaseId) -> EngineError {
    EngineError::not_found(format!("case {id}"))
}

/// Gives a command what only the transaction knows: for a consumption the halt, and whether the case is
/// sealed; for a judgment, which earlier ones no longer count.
fn with_grounds(
    tx: &mut dyn Tx,
    handle: &LoopHandle,
    case: &Case,
    mut command: Command,
    is_halted: bool,
) -> Result<Command> {
    match &command {
        Command::Judge { reviewer, judgment, .. } => {
            let decides = judgment.verdict.fills_seat();
            gates::approvers::still(tx, handle, case, (reviewer.member, decides))?;
        }
        Command::Claim { reviewer, .. } | Command::Veto { reviewer } => {
            gates::approvers::still(tx, handle, case, (reviewer.member, false))?;
        }
        _ => {}
    }
    if let Command::Judge { reviewer, .. } | Command::Claim { reviewer, .. } = &mut command {
        gates::approvers::complete(tx, case, reviewer)?;
    }
    if let Command::Judge { reviewer, void, judgment, edited, .. } = &mut command {
        *void = gates::approvers::void(tx, handle.spec(), &handle.name, case, reviewer)?;
        let decided =
            case.state.open_deciding_task().is_some() || case.state.appeal_task().is_some();
        let answer = judgment.answer.as_ref().filter(|_| decided && handle.spec().holds_action());
        if let Some(answer) = answer {
            // An edited call is routed as it would have been had it been proposed.
            let by = reviewer.member.to_string();
            let mut facts = crate::review::edited_facts(case, handle, answer, by);
            if gates::limits::any(handle) && handle.spec().policy.autonomy.is_some() {
                // Autonomy is locked before limits wherever both are.
                tandem_store::autonomy::lock(tx, handle.id, &handle.space)?;
            }
            gates::limits::look(tx, handle, &case.core, Some(answer), &mut facts)?;
            *edited = Some(Box::new(facts));
        }
    }
    if let Command::Appeal { appeal } = &mut command {
        appeal.excluded = gates::approvers::signers(tx, case)?;
    }
    if let Command::Consume { halted, sealed, .. } = &mut command {
        gates::standing::consumable(tx, case.state.live_decision())?;
        *halted = is_halted;
        crate::runs::gates::grant(tx, case)?;
        // Once consumed it was sealed; what is unsealed then is the consumption.
        let consumed = |d: &Decision| matches!(d.delivery, Delivery::Consumed { .. });
        *sealed = case.state.live_decision().is_some_and(consumed)
            || events::is_sealed(tx, case.core.id)?;
    }
    Ok(command)
}

/// Carries out one effect of a change of a case that exists.
fn apply(
    tx: &mut dyn Tx,
    inner: &Inner,
    handle: &Arc<LoopHandle>,
    case: &Case,
    effect: &Effect,
    now: Timestamp,
) -> Result<()> {
    match effect {
        Effect::SetTimer { timer: Timer::Lease(_), at } => {
            // The row of the claim is the timer.
            if at.0 - now.0 < SOON {
                tx.wake(Topic::Timers);
            }
        }
        Effect::SetTimer { timer, at } => set_timer(tx, inner, case, *timer, *at, now)?,
        Effect::ClearTimer { timer } if !matches!(timer, Timer::Lease(_)) => {
            timers::cancel(tx, case.core.id, &timer.name())?;
        }
        Effect::WakeWaiters => tx.wake(Topic::Case(case.core.id)),
        Effect::WakeQueue => {
            tx.wake(Topic::Queue(case.core.loop_id));
            if inner.channels.any_desk() && case.state.status == Status::Queued {
                let payload = payload(handle, case, now);
                let id = case.core.id.to_string();
                outbox::publish_queued(tx, inner, &case.core.space, &id, &payload)?;
            }
        }
        Effect::AutomaticDecided { .. } => {
            if let Some(row) = automatic_row(case, effect, now) {
                automatic::insert(tx, &row)?;
            }
        }
        Effect::AuditResult { error, .. } => {
            let error = Some(f64::from(u8::from(*error)));
            automatic::set_error(tx, case.core.loop_id, case.core.id, error)?;
        }
        Effect::AuditOverruled { error } => {
            let error = Some(f64::from(u8::from(*error)));
            revise(tx, case, error)?;
        }
        Effect::AuditRetracted { .. } => revise(tx, case, None)?,
        Effect::Publish { topic } => publish(tx, inner, handle, case, topic, now)?,
        Effect::AskChain => {
            chain::enqueue(tx, case.core.id, case.core.loop_id, &case.core.space)?;
        }
        Effect::AskProposer { attempt } => {
            tracing::debug!(case = %case.core.id, attempt, "a revised proposal is wanted");
            publish(tx, inner, handle, case, "proposal.wanted", now)?;
        }
        // What teaches is learning's, below; the row of a claim goes with the claim.
        Effect::Learn { .. } | Effect::Unlearn { .. } | Effect::ClearTimer { .. } => {}
    }
    learning::shadow::apply(tx, handle.spec(), case, effect, now)?;
    Ok(learning::examples::apply(tx, &handle.key, case, effect, now)?)
}

/// What an audit had found changed, or is awaited again: whoever has folded the row folds anew.
fn revise(tx: &mut dyn Tx, case: &Case, error: Option<f64>) -> Result<()> {
    automatic::set_error(tx, case.core.loop_id, case.core.id, error)?;
    tx.count(case.core.loop_id, automatic::REVISED, 1.0);
    Ok(())
}

/// Carries out the effects of a submission: nobody can wait for the case yet, and none of its
/// timers exists.
pub(crate) fn apply_first(
    tx: &mut dyn Tx,
    inner: &Inner,
    handle: &Arc<LoopHandle>,
    case: &Case,
    effects: &[Effect],
    now: Timestamp,
) -> Result<()> {
    for (at, effect) in effects.iter().enumerate() {
        let cleared_later = |timer: &Timer| {
            effects[at..]
                .iter()
                .any(|later| matches!(later, Effect::ClearTimer { timer: t } if t == timer))
        };
        match effect {
            Effect::WakeWaiters | Effect::ClearTimer { .. } => {}
            Effect::SetTimer { timer, .. } if cleared_later(timer) => {}
            effect => apply(tx, inner, handle, case, effect, now)?,
        }
    }
    Ok(())
}

/// The row of the audited stratum that an effect stands for.
fn automatic_row(case: &Case, effect: &Effect, now: Timestamp) -> Option<AutomaticRow> {
    let Effect::AutomaticDecided { propensity, audited } = effect else { return None };
    let epoch = case.state.route.as_ref().map_or(0, |route| u64::from(route.epoch));
    Some(AutomaticRow {
        loop_id: case.core.loop_id,
        case_id: case.core.id,
        at: now,
        epoch,
        propensity: *propensity,
        drawn: *audited,
        error: None,
        model: case.state.current_proposal().and_then(|proposal| proposal.model.clone()),
    })
}

fn set_timer(
    tx: &mut dyn Tx,
    inner: &Inner,
    case: &Case,
    timer: Timer,
    at: Timestamp,
    now: Timestamp,
) -> Result<()> {
    let row = timers::Timer {
        id: TimerId(inner.ids.uuid(now)?),
        space: case.core.space.clone(),
        case_id: Some(case.core.id),
        name: timer.name(),
        fire_at: at,
        token: 0,
        payload: "{}".to_owned(),
    };
    Ok(timers::set(tx, &row)?)
}

/// Tells the outside of a case.
fn publish(
    tx: &mut dyn Tx,
    inner: &Inner,
    handle: &LoopHandle,
    case: &Case,
    topic: &str,
    now: Timestamp,
) -> Result<()> {
    let id = case.core.id.to_string();
    outbox::publish(tx, inner, &case.core.space, &id, topic, &payload(handle, case, now))
}

/// What a message about a case says: nothing of its content.
fn payload(handle: &LoopHandle, case: &Case, now: Timestamp) -> Payload {
    Payload {
        loop_name: handle.name.clone(),
        case: Some(case.core.id.to_string()),
        at: now,
        data: serde_json::json!({
            "status": case.state.status,
            "revision": case.state.revision,
            "key": case.core.key,
            "outcome": case.state.live_decision().map(|decision| decision.outcome),
            "appeal": case.state.appeals.last().map(|appeal| serde_json::json!({
                "n": appeal.n,
                "state": appeal.state,
                "meanwhile": appeal.meanwhile,
                "overdue": appeal.overdue,
            })),
        }),
    }
}
