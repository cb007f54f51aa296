//! Effect, veto, deadline, cancellation, reopening, delivery, consumption, imported history.

use serde_json::{Value, json};

use super::{Outcome as StepOutcome, Step, invalid_transition, submit};
use crate::case::{
    Answer, CaseCore, DecidedBy, Decision, DecisionState, Delivery, Gate, Outcome, Purpose, Status,
    Task,
};
use crate::command::{Context, Effect, NewProposal, Reviewer, Timer};
use crate::event::{Event, Kind};
use crate::loops::{DeadlineAction, LoopSpec};
use crate::policy::Facts;
use crate::refusal::{Code, Refusal};
use crate::time::{Span, Timestamp};

/// A consumer asks for the grant.
pub(super) struct Consumption {
    pub(super) digest: String,
    pub(super) consumer: String,
    pub(super) grant: String,
    pub(super) valid: Span,
    pub(super) halted: bool,
    pub(super) sealed: bool,
}

impl Step<'_> {
    pub(super) fn take_effect_by_timer(&mut self, n: u32) -> Result<(), Refusal> {
        let now = self.ctx.now;
        let due = self
            .state
            .decisions
            .iter()
            .any(|d| d.n == n && d.state == DecisionState::Held && d.effective_at <= now);
        if due {
            self.refuse_if_halted()?;
            if self.ctx.lost > Span::ZERO {
                let message = "nobody who may veto has watched it for long enough";
                return Err(Refusal::new(Code::Unwatched, message));
            }
            self.held_until_now(n);
            self.take_effect(n);
        }
        Ok(())
    }

    /// A machine's decision that was held for a veto takes effect now, however long nobody watched.
    fn held_until_now(&mut self, n: u32) {
        let now = self.ctx.now;
        let held = |d: &&mut Decision| d.n == n && d.by == DecidedBy::Machine;
        if let Some(decision) = self.state.decisions.iter_mut().find(held) {
            decision.effective_at = now;
        }
    }

    pub(super) fn veto(&mut self, reviewer: Reviewer) -> Result<(), Refusal> {
        let held = self.state.live_decision().filter(|decision| {
            decision.state == DecisionState::Held && decision.by == DecidedBy::Machine
        });
        let Some(n) = held.map(|decision| decision.n) else {
            return Err(invalid_transition(
                self.state.status,
                "only a machine's decision that is still held can be vetoed",
            ));
        };
        self.withdraw(n);
        for person in reviewer.persons() {
            if !self.state.involved.contains(&person) {
                self.state.involved.push(person);
            }
        }
        self.event(
            Kind::Vetoed,
            [("decision", n.into()), ("member", reviewer.member.to_string().into())],
        );
        self.open_review();
        self.settle_status();
        Ok(())
    }

    pub(super) fn deadline(&mut self) -> Result<(), Refusal> {
        let undecided = !self.state.status.is_final() && self.state.status != Status::Held;
        // No time limit decides an appeal: it has a deadline of its own, which only raises an alarm.
        if !undecided
            || self.state.open_appeal().is_some()
            || self.state.overdue
            || self.state.deadline.is_none_or(|at| at > self.ctx.now)
        {
            return Ok(());
        }
        self.refuse_if_halted()?;
        if self.credit_lost_time() {
            return Ok(());
        }
        self.state.overdue = true;
        let action = self.spec.review.on_deadline;
        let name = serde_json::to_value(action).unwrap_or(Value::Null);
        self.event(Kind::Overdue, [("action", name)]);
        // What models are still checking is nothing that a deadline could approve.
        let unchecked = self.state.chain.as_ref().is_some_and(|chain| chain.checking.is_some());
        let proposal = self.state.current_proposal().filter(|_| !unchecked).cloned();
        if !matches!(
            (action, &proposal),
            (DeadlineAction::Keep, _) | (DeadlineAction::Approve, None)
        ) {
            self.close_chain();
        }
        match (action, proposal) {
            (DeadlineAction::Keep, _) | (DeadlineAction::Approve, None) => {}
            (DeadlineAction::Escalate, _) => {
                let decide = |task: &&Task| task.open && task.purpose == Purpose::Decide;
                match self.state.tasks.iter().find(decide).map(|task| task.n) {
                    Some(n) if !self.spec.review.escalation.is_empty() => self.climb(n, "deadline"),
                    _ => {
                        self.close_tasks(|task| task.purpose.decides());
                        self.open_arbitration();
                        self.settle_status();
                    }
                }
            }
            (DeadlineAction::Approve, Some(proposal)) => {
                self.decide_by_deadline(Outcome::Approved, Some(proposal.output));
            }
            (DeadlineAction::Reject, _) => self.decide_by_deadline(Outcome::Rejected, None),
        }
        Ok(())
    }

    /// A deadline is not spent by time that does not count: the queue was paused with its clock, or,
    /// over a call, the server was down or halted. Whether it was moved.
    fn credit_lost_time(&mut self) -> bool {
        let more = self.ctx.lost.0 - self.state.credited.0;
        let (true, Some(deadline)) = (more > 0, self.state.deadline) else {
            return false;
        };
        let moved = deadline + Span(more);
        self.state.deadline = Some(moved);
        self.state.credited = self.ctx.lost;
        self.event(
            Kind::DeadlineMoved,
            [("to", moved.to_string().into()), ("lost_ms", (more / 1_000).into())],
        );
        self.effects.push(Effect::SetTimer { timer: Timer::Deadline, at: moved });
        true
    }

    fn decide_by_deadline(&mut self, outcome: Outcome, output: Option<Answer>) {
        let proposal = self.state.current_proposal();
        let notice = self.spec.notice_for(outcome.as_str(), output.as_ref());
        let decision = Decision {
            n: u32::try_from(self.state.decisions.len()).unwrap_or(u32::MAX) + 1,
            output,
            outcome,
            by: DecidedBy::Deadline,
            rule: "deadline".to_owned(),
            judgments: Vec::new(),
            proposal: proposal.map(|p| p.n),
            changes: Vec::new(),
            reason_codes: Vec::new(),
            rationale: None,
            notice,
            model: proposal.and_then(|p| p.model.clone()),
            loop_version: self.ctx.loop_version,
            decided_at: self.ctx.now,
            effective_at: self.ctx.now,
            state: DecisionState::Held,
            delivery: Delivery::Pending,
            standing_grant: None,
            batches: Vec::new(),
            contestable_until: None,
            ruling: None,
            gate: None,
            digest: String::new(),
        };
        self.close_tasks(|task| task.purpose.decides());
        self.record_decision(decision);
    }

    pub(super) fn cancel(&mut self) -> Result<(), Refusal> {
        if self.state.status.is_final() {
            return Err(invalid_transition(self.state.status, "it can no longer be cancelled"));
        }
        self.refuse_under_appeal("it is decided first, or withdrawn by whoever handed it in")?;
        let held = self.state.live_decision().map(|decision| decision.n);
        if let Some(n) = held {
            self.withdraw(n);
        }
        self.close_tasks(|_| true);
        self.close_chain();
        self.state.status = Status::Cancelled;
        self.event(Kind::Cancelled, []);
        self.effects.push(Effect::ClearTimer { timer: Timer::Deadline });
        self.effects.push(Effect::ClearTimer { timer: Timer::Revision(self.state.attempts) });
        self.effects.push(Effect::WakeWaiters);
        self.effects.push(Effect::Publish { topic: "case.cancelled" });
        Ok(())
    }

    pub(super) fn reopen(&mut self) -> Result<(), Refusal> {
        if self.state.status != Status::Decided {
            return Err(invalid_transition(
                self.state.status,
                "only a decided case can be opened again",
            ));
        }
        self.refuse_under_appeal("the appeal decides it anew")?;
        self.reopen_decided("request");
        Ok(())
    }

    /// Opens a decided case again. The decision stays on record as superseded; whoever judged may
    /// judge again.
    pub(super) fn reopen_decided(&mut self, why: &str) {
        let mut superseded = None;
        let mut gated = None;
        for decision in &mut self.state.decisions {
            if decision.state == DecisionState::Effective {
                decision.state = DecisionState::Superseded;
                superseded = Some((decision.n, decision.by));
                gated = decision.gate.as_ref().map(|_| decision.n);
            }
        }
        if let Some(n) = gated {
            self.stop_watching(n);
        }
        let n = superseded.map(|(n, _)| n);
        self.event(Kind::Reopened, [("superseded", json!(n)), ("why", why.into())]);
        if let Some((decision, DecidedBy::People)) = superseded {
            self.effects.push(Effect::Unlearn { decision });
        }
        self.state.barred.clear();
        self.unfound_by_reopening();
        self.open_review();
        self.settle_status();
    }

    pub(super) fn deliver(&mut self) -> Result<(), Refusal> {
        let now = self.ctx.now;
        let Some(decision) =
            self.state.decisions.iter_mut().find(|d| d.state == DecisionState::Effective)
        else {
            return Err(invalid_transition(self.state.status, "there is no effective decision"));
        };
        if decision.delivery == Delivery::Pending {
            decision.delivery = Delivery::Delivered { at: now };
            let n = decision.n;
            self.event(Kind::Delivered, [("decision", n.into())]);
        }
        Ok(())
    }

    pub(super) fn consume(&mut self, wanted: &Consumption) -> Result<(), Refusal> {
        if wanted.halted {
            return Err(Refusal::new(Code::Halted, "a halt is in force: no gate opens"));
        }
        let now = self.ctx.now;
        let status = self.state.status;
        if self.state.decisions.iter().any(|d| d.state == DecisionState::Suspended) {
            let what = "the decision is not in force until it is decided (`appeal.decided`)";
            self.refuse_under_appeal(what)?;
        }
        let Some(decision) = self.state.decisions.iter_mut().find(|d| {
            d.state == DecisionState::Effective
                && matches!(d.outcome, Outcome::Approved | Outcome::Modified | Outcome::Labelled)
        }) else {
            return Err(invalid_transition(status, "no effective decision allows this"));
        };
        if decision.digest != wanted.digest {
            return Err(Refusal::at(
                Code::DigestMismatch,
                "/digest",
                "this is not what was decided; fetch the case and use the decision's digest",
            ));
        }
        if !wanted.sealed {
            return Err(Refusal::new(
                Code::NotSealed,
                "the decision is not sealed in the ledger yet; try again in a moment",
            ));
        }
        check_gate(decision.gate.as_ref(), wanted, self.spec.holds_action(), (status, now))?;
        // Whoever holds the grant may fetch it again, as after a crash, but not once it was used.
        let done = decision.gate.as_ref().and_then(|gate| gate.execution);
        if done.is_some_and(|known| known.succeeded || known.may_have_run) {
            return Err(Refusal::new(
                Code::AlreadyConsumed,
                "this was executed, and is executed once; ask again to have it run again",
            ));
        }
        if let Delivery::Consumed { consumer, expires_at, .. } = &decision.delivery {
            return match (*consumer == wanted.consumer, *expires_at > now) {
                (true, true) => Ok(()),
                (true, false) => Err(Refusal::new(Code::TooLate, "the grant has expired")),
                (false, _) => Err(Refusal::new(
                    Code::AlreadyConsumed,
                    "another consumer holds the grant for this decision",
                )),
            };
        }
        decision.delivery = Delivery::Consumed {
            consumer: wanted.consumer.clone(),
            grant: wanted.grant.clone(),
            at: now,
            expires_at: decision
                .gate
                .as_ref()
                .map_or(now + wanted.valid, |gate| gate.expires_at.min(now + wanted.valid)),
        };
        let n = decision.n;
        let gated = decision.gate.as_mut().map(|gate| gate.alarm = None).is_some();
        self.event(
            Kind::Consumed,
            [("decision", n.into()), ("grant", wanted.grant.as_str().into())],
        );
        if gated {
            self.stop_watching(n);
            let at = now + self.spec.review.execution_within;
            self.effects.push(Effect::SetTimer { timer: Timer::Execution(n), at });
        }
        Ok(())
    }
}

/// Whether a decision's gate lets this consumer have the grant now.
fn check_gate(
    gate: Option<&Gate>,
    wanted: &Consumption,
    over_call: bool,
    (status, now): (Status, Timestamp),
) -> Result<(), Refusal> {
    let Some(gate) = gate else {
        if over_call {
            let message = "a person answered in place of the call: nothing may run";
            return Err(invalid_transition(status, message));
        }
        return Ok(());
    };
    if let Some(executor) = gate.executor().filter(|executor| !is_of(&wanted.consumer, executor)) {
        let message = format!(
            "only `{executor}`, or `{executor}/` and an instance, may take this grant, as the \
             loop says"
        );
        return Err(Refusal::at(Code::NotEligible, "/consumer", message));
    }
    if gate.expires_at <= now {
        return Err(Refusal::new(
            Code::TooLate,
            "the approval has expired; reopen the case to have it approved again",
        ));
    }
    Ok(())
}

/// Whether a consumer is the executor or, as in `payments/node-7`, an instance of it.
fn is_of(consumer: &str, executor: &str) -> bool {
    let rest = consumer.strip_prefix(executor);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Imported history: a case that was decided elsewhere at `at`. Usable for training and dry runs,
/// never as evidence.
pub fn import(
    spec: &LoopSpec,
    core: &CaseCore,
    proposal: Option<NewProposal>,
    output: Option<Answer>,
    at: Timestamp,
    ctx: &Context,
) -> Result<StepOutcome, Refusal> {
    let mut outcome = submit(spec, core, proposal, Facts::default(), ctx)?;
    let state = &mut outcome.state;
    state.tasks.clear();
    state.decisions.clear();
    state.chain = None;
    state.deadline = None;
    let rejected = output.is_none();
    let proposed = state.current_proposal();
    let decided = match (&output, proposed) {
        (None, _) => Outcome::Rejected,
        (Some(_), None) => Outcome::Labelled,
        (Some(output), Some(p)) if crate::answer::same_answer(spec, output, &p.output) => {
            Outcome::Approved
        }
        (Some(_), Some(_)) => Outcome::Modified,
    };
    let decision = Decision {
        n: 1,
        changes: match (&output, proposed) {
            (Some(output), Some(p)) => crate::answer::changes(&p.output, output),
            _ => Vec::new(),
        },
        output: if rejected { None } else { output },
        outcome: decided,
        by: DecidedBy::Import,
        rule: "import".to_owned(),
        judgments: Vec::new(),
        proposal: proposed.map(|p| p.n),
        reason_codes: Vec::new(),
        rationale: None,
        notice: None,
        model: proposed.and_then(|p| p.model.clone()),
        loop_version: ctx.loop_version,
        decided_at: at,
        effective_at: at,
        state: DecisionState::Effective,
        delivery: Delivery::Pending,
        standing_grant: None,
        batches: Vec::new(),
        contestable_until: None,
        ruling: None,
        gate: None,
        digest: String::new(),
    };
    state.decisions.push(decision);
    state.status = Status::Decided;
    outcome.events = vec![Event::new(
        Kind::Submitted,
        [("imported", true.into()), ("outcome", decided.as_str().into())],
    )];
    outcome.effects = vec![Effect::Learn { decision: 1 }];
    Ok(outcome)
}
