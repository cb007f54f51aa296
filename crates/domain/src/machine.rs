//! The state machine of a case: `(state, command, facts, context) -> (state, events, effects)`.
//!
//! Every transition consumes the state it starts from and returns the next one, or a [`Refusal`]
//! and nothing. A command that came too late to matter (a timer whose case moved on) returns the
//! state unchanged with no events.
//!
//! Laws, each with a property test: at most one decision is live; the seats held and filled never
//! exceed the seats of a task; each judgment counts once; a final case has no open deciding task
//! and no claim on one; the same input gives the same outcome.

mod appeals;
mod chain;
mod checks;
mod consensus;
mod conversation;
mod gates;
mod lifecycle;
mod queues;
mod review;
mod routing;
mod words;

use serde_json::{Value, json};

use crate::case::{CaseCore, CaseState, Decision, DecisionState, Purpose, Status, Task};
use crate::command::{Command, Context, Effect, NewProposal, Timer};
use crate::event::Event;
use crate::loops::{ARBITER_QUEUE, Counted, DEFAULT_QUEUE, LoopSpec};
use crate::policy::{Facts, Route};
use crate::refusal::{Code, Refusal};

pub use chain::{Asked, submit_asked};
pub use lifecycle::import;

/// What a command came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The next state.
    pub state: CaseState,
    /// What happened, in order; empty when nothing did.
    pub events: Vec<Event>,
    /// What the shell must do in the same transaction.
    pub effects: Vec<Effect>,
}

/// A transition under way: the state being built and what it caused.
struct Step<'a> {
    spec: &'a LoopSpec,
    core: &'a CaseCore,
    ctx: &'a Context,
    state: CaseState,
    events: Vec<Event>,
    effects: Vec<Effect>,
    /// Where the policy sends a call that the judgment under way has edited.
    edited: Option<Box<Route>>,
}

/// A case comes in: it gets its first proposal, if there is one, and its route.
pub fn submit(
    spec: &LoopSpec,
    core: &CaseCore,
    proposal: Option<NewProposal>,
    facts: Facts,
    ctx: &Context,
) -> Result<Outcome, Refusal> {
    let mut step = Step::new(spec, core, ctx, first_state(spec, core, ctx));
    step.submit(proposal, facts)?;
    Ok(step.finish())
}

/// A case before anything happened to it.
fn first_state(spec: &LoopSpec, core: &CaseCore, ctx: &Context) -> CaseState {
    CaseState {
        status: Status::Queued,
        route: None,
        proposals: Vec::new(),
        tasks: Vec::new(),
        judgments: Vec::new(),
        decisions: Vec::new(),
        appeals: Vec::new(),
        finding: None,
        barred: Vec::new(),
        involved: Vec::new(),
        requesters: ctx.person.into_iter().collect(),
        priority: None,
        taken_over: None,
        claims_made: 0,
        attempts: 0,
        revision: 0,
        deadline: core.deadline.or_else(|| deadline_in(spec, DEFAULT_QUEUE, ctx.now)),
        credited: crate::time::Span::ZERO,
        overdue: false,
        updated_at: ctx.now,
        chain: None,
    }
}

/// When a case that came in at `from` and waits in a queue is overdue.
fn deadline_in(
    spec: &LoopSpec,
    queue: &str,
    from: crate::time::Timestamp,
) -> Option<crate::time::Timestamp> {
    spec.review.deadline.map(|span| spec.limit(queue, Counted::Deadline, from, span))
}

/// Runs a command on a case. `facts` are those of the proposal in [`Command::Propose`].
pub fn decide(
    spec: &LoopSpec,
    core: &CaseCore,
    state: CaseState,
    command: Command,
    facts: Option<Facts>,
    ctx: &Context,
) -> Result<Outcome, Refusal> {
    let mut step = Step::new(spec, core, ctx, state);
    match command {
        Command::Propose { proposal, shadow } => step.propose(proposal, shadow, facts)?,
        Command::Claim { tasks, reviewer } => step.claim(tasks.as_deref(), reviewer).map(|_| ())?,
        Command::Renew { claim, token, reviewer } => step.renew(claim, token, reviewer)?,
        Command::Release { claim, by } => step.release(claim, by)?,
        Command::ExpireClaim { claim } => step.expire_claim(claim),
        Command::Judge { claim, tasks, reviewer, judgment, void, edited } => {
            step.void(&void);
            step.judge((claim, tasks.as_deref()), reviewer, *judgment, edited)?;
        }
        Command::Undo { judgment, reviewer } => step.undo(judgment, reviewer)?,
        Command::Retract { judgment, by } => step.retract(judgment, by)?,
        Command::TakeOver { reviewer } => step.take_over(reviewer)?,
        Command::HandBack { by } => step.hand_back(by)?,
        Command::Veto { reviewer } => step.veto(reviewer)?,
        Command::TakeEffect { decision } => step.take_effect_by_timer(decision)?,
        Command::Deadline => step.deadline()?,
        Command::RevisionTimeout { attempt } => step.revision_timeout(attempt),
        Command::Tried { step: n, tries, then } => step.tried(n, tries, then, facts),
        Command::ChainTimeout { round } => step.chain_timeout(round),
        Command::SettleAudit { task } => step.settle_check(task),
        Command::ClimbLadder { task } => step.climb_by_timer(task)?,
        Command::Unconsumed { decision } => step.unconsumed(decision)?,
        Command::Expire { decision } => step.expire(decision)?,
        Command::ExecutionUnknown { decision } => step.execution_unknown(decision),
        Command::Executed { told } => step.executed(&told)?,
        Command::Transfer { queue, bulk } => step.transfer(queue, bulk)?,
        Command::Reprioritise { priority, bulk } => step.reprioritise(priority, bulk)?,
        Command::Cancel => step.cancel()?,
        Command::Reopen => step.reopen()?,
        Command::Appeal { appeal } => step.appeal(*appeal)?,
        Command::WithdrawAppeal { by } => step.withdraw_appeal(&by)?,
        Command::AppealOverdue { appeal } => step.appeal_overdue(appeal),
        Command::Deliver => step.deliver()?,
        Command::Consume { digest, consumer, grant, valid, halted, sealed } => {
            step.consume(&lifecycle::Consumption {
                digest,
                consumer,
                grant,
                valid,
                halted,
                sealed,
            })?;
        }
    }
    Ok(step.finish())
}

/// What the digest of a decision is computed over: the shell hashes its canonical JSON (RFC 8785)
/// with SHA-256, so that what was decided and what is executed can be compared byte by byte.
pub fn digest_input(core: &CaseCore, state: &CaseState, decision: &Decision) -> Value {
    let approvers: Vec<_> = decision
        .judgments
        .iter()
        .filter_map(|n| state.judgments.get((*n as usize).checked_sub(1)?))
        .map(|judgment| judgment.member.to_string())
        .collect();
    let mut input = json!({
        "case": core.id.to_string(),
        "loop": core.loop_id.to_string(),
        "loop_version": decision.loop_version,
        "decision": decision.n,
        "proposal": decision.proposal,
        "outcome": decision.outcome.as_str(),
        "output": decision.output,
        "by": decision.by.as_str(),
        "approvers": approvers,
        "decided_at": decision.decided_at.to_string(),
    });
    if let Some(grant) = &decision.standing_grant {
        input["standing_grant"] = json!(grant);
    }
    if !decision.batches.is_empty() {
        input["batches"] = json!(decision.batches);
    }
    // A decision that lets a tool run is bound to more: the tool, its schema, who may run it and
    // where, the halts before it, and until when.
    if let Some(gate) = &decision.gate {
        input["gate"] = json!({
            "calls": gate.calls,
            "nonce": gate.nonce,
            "halt_epoch": gate.halt_epoch,
            "expires_at": gate.expires_at.to_string(),
        });
    }
    input
}

/// What people are shown of a call, and what its digest is computed over: the bytes that run, what
/// runs them, and where. `None` where the proposal holds no call. `bind` gives the digest of a schema.
pub fn shown(
    spec: &LoopSpec,
    core: &CaseCore,
    proposal: &crate::case::Proposal,
    bind: impl Fn(&Value) -> String,
) -> Option<Value> {
    let calls: Vec<Value> = crate::answer::calls(spec, &proposal.output)
        .map(|call| {
            json!({
                "field": call.field,
                "tool": call.tool,
                "arguments": call.arguments,
                "schema": bind(&call.spec.schema),
                "executor": call.spec.executor,
                "target": call.spec.target,
            })
        })
        .collect();
    (!calls.is_empty()).then(|| {
        json!({
            "case": core.id.to_string(),
            "loop": core.loop_id.to_string(),
            "loop_version": core.loop_version,
            "proposal": proposal.n,
            "output": proposal.output,
            "calls": calls,
        })
    })
}

impl<'a> Step<'a> {
    fn new(spec: &'a LoopSpec, core: &'a CaseCore, ctx: &'a Context, state: CaseState) -> Self {
        Self { spec, core, ctx, state, events: Vec::new(), effects: Vec::new(), edited: None }
    }

    fn finish(mut self) -> Outcome {
        self.end_turn();
        if !self.events.is_empty() {
            self.state.revision += 1;
            self.state.updated_at = self.ctx.now;
        }
        debug_assert!(self.laws_hold(), "a transition broke a law of the case");
        Outcome { state: self.state, events: self.events, effects: self.effects }
    }

    fn laws_hold(&self) -> bool {
        let live = self.state.decisions.iter().filter(|d| d.state.is_live()).count();
        let seats = self.state.tasks.iter().filter(|task| task.open).all(|task| {
            let held = task.claims.iter().filter(|claim| !claim.lapsed).count();
            held + self.state.filled(task.n).count() <= task.seats as usize
        });
        let closed = self.state.tasks.iter().all(|task| task.open || task.claims.is_empty());
        let done = !self.state.status.is_final() || self.state.open_deciding_task().is_none();
        live <= 1 && seats && closed && done && self.appeals_hold()
    }

    /// At most one appeal is open; nothing is suspended without one, and one that is open has a task or
    /// a decision that is about to take effect.
    fn appeals_hold(&self) -> bool {
        let state = &self.state;
        let open = |appeal: &&crate::case::Appeal| appeal.state == crate::case::AppealState::Open;
        let held = state.decisions.iter().any(|d| d.state == DecisionState::Held);
        let mut suspended = state.decisions.iter().filter(|d| d.state == DecisionState::Suspended);
        match state.open_appeal() {
            None => suspended.next().is_none(),
            Some(appeal) => {
                state.appeals.iter().filter(open).count() == 1
                    && suspended.all(|d| d.n == appeal.decision)
                    && (state.appeal_task().is_some() || held)
            }
        }
    }

    fn event<const N: usize>(&mut self, kind: crate::event::Kind, data: [(&str, Value); N]) {
        self.events.push(Event::new(kind, data));
    }

    /// Status follows from the decisions and the deciding tasks; `cancelled` and
    /// `waiting_for_proposal` are set by the commands that lead there.
    fn settle_status(&mut self) {
        if let Some(decision) = self.state.live_decision() {
            self.state.status = match decision.state {
                DecisionState::Held => Status::Held,
                _ => Status::Decided,
            };
        } else if let Some(task) = self.state.open_deciding_task() {
            let once = |d: &Decision| {
                matches!(d.state, DecisionState::Superseded | DecisionState::Suspended)
            };
            let once_decided = self.state.decisions.iter().any(once);
            self.state.status = match (self.state.free_seats(task) > 0, once_decided) {
                (false, _) => Status::Claimed,
                (true, true) => Status::Reopened,
                (true, false) => Status::Queued,
            };
        }
    }

    fn open_task(&mut self, purpose: Purpose, queue: &str, seats: u32, blind: bool) {
        let n = u32::try_from(self.state.tasks.len()).unwrap_or(u32::MAX) + 1;
        self.state.tasks.push(Task {
            n,
            purpose,
            queue: queue.to_owned(),
            seats,
            open: true,
            blind,
            rung: 0,
            left: Vec::new(),
            claims: Vec::new(),
            created_at: self.ctx.now,
        });
        self.effects.push(Effect::WakeQueue);
        self.set_ladder(n);
    }

    /// The task where a person decides what machines or reviewers could not.
    fn open_arbitration(&mut self) {
        let seats = if self.spec.holds_action() { self.approvals_needed() } else { 1 };
        self.open_task(Purpose::Arbitrate, ARBITER_QUEUE, seats, false);
    }

    /// Opens a task for people, as the newest route says.
    fn open_review(&mut self) {
        let (queue, seats, blind) = match &self.state.route {
            Some(route) => (route.queue.clone(), route.reviewers, route.blind),
            None => (crate::loops::DEFAULT_QUEUE.to_owned(), self.spec.review.reviewers, false),
        };
        let seats = if self.spec.holds_action() { self.approvals_needed() } else { seats };
        self.open_task(Purpose::Decide, &queue, seats.max(1), blind);
    }

    /// Closes tasks and ends their claims.
    fn close_tasks(&mut self, which: impl Fn(&Task) -> bool) {
        let mut ended = Vec::new();
        for task in self.state.tasks.iter_mut().filter(|task| task.open && which(task)) {
            task.open = false;
            ended.extend(task.claims.drain(..).map(|claim| Timer::Lease(claim.n)));
            if task.purpose == Purpose::Decide && !self.spec.review.escalation.is_empty() {
                ended.push(Timer::Ladder(task.n));
            }
        }
        self.effects.extend(ended.into_iter().map(|timer| Effect::ClearTimer { timer }));
    }

    fn refuse_if_halted(&self) -> Result<(), Refusal> {
        if self.ctx.halted {
            return Err(Refusal::new(
                Code::Halted,
                "a halt is in force: nothing takes effect until it is lifted",
            ));
        }
        Ok(())
    }
}

fn invalid_transition(status: Status, what: impl std::fmt::Display) -> Refusal {
    Refusal::new(Code::InvalidTransition, format!("the case is {}: {what}", status.as_str()))
}
