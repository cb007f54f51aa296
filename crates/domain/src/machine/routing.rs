//! Coming in, proposals, routes, and what the machine decides.

use serde_json::{Value, json};

use super::{Step, invalid_transition};
use crate::case::{
    DecidedBy, Decision, DecisionState, Delivery, JudgmentState, Outcome, Proposal, Purpose,
    Status, Verdict,
};
use crate::command::{Effect, NewProposal, Timer};
use crate::event::Kind;
use crate::loops::{Mode, RouteTo};
use crate::policy::{Facts, Reason, route};
use crate::refusal::{Code, Refusal};
use crate::time::Span;

impl Step<'_> {
    pub(super) fn submit(
        &mut self,
        proposal: Option<NewProposal>,
        facts: Facts,
    ) -> Result<(), Refusal> {
        let model = proposal.as_ref().and_then(|p| p.model.clone());
        let n = proposal.map(|proposal| self.push_proposal(proposal, false));
        let held =
            n.is_some_and(|n| self.hold_for_checks(n, &facts, Kind::Submitted, model.as_ref()));
        if !held {
            // The route's event comes first in the ledger, then what the route led to.
            self.route(facts, Kind::Submitted, model);
        }
        self.set_deadline();
        Ok(())
    }

    pub(super) fn set_deadline(&mut self) {
        // The deadline is counted by the working time of the queue that the case came into.
        let queue = self.state.open_deciding_task().map(|task| task.queue.clone());
        if let (None, Some(queue)) = (self.core.deadline, queue) {
            self.state.deadline = super::deadline_in(self.spec, &queue, self.ctx.now);
        }
        if let (Some(at), false) = (self.state.deadline, self.state.status.is_final()) {
            self.effects.push(Effect::SetTimer { timer: Timer::Deadline, at });
        }
    }

    pub(super) fn propose(
        &mut self,
        proposal: NewProposal,
        shadow: bool,
        facts: Option<Facts>,
    ) -> Result<(), Refusal> {
        let model = proposal.model.clone();
        if shadow {
            let n = self.push_proposal(proposal, true);
            self.event(Kind::ShadowProposed, [("proposal", n.into()), ("model", json!(model))]);
            return Ok(());
        }
        self.refuse_under_appeal("people decide it, no proposal does")?;
        if self.state.taken_over.is_some() {
            let what = "a person has the turn on this case; propose once it is given back";
            return Err(Refusal::new(Code::TakenOver, what));
        }
        let status = self.state.status;
        if status.is_final() || status == Status::Held {
            return Err(invalid_transition(
                status,
                "a new proposal needs an undecided case; reopen it first",
            ));
        }
        if let (Status::WaitingForProposal, attempt) = (status, self.state.attempts) {
            self.effects.push(Effect::ClearTimer { timer: Timer::Revision(attempt) });
        }
        self.supersede_judgments();
        if let Some(person) = self.ctx.person.filter(|p| !self.state.requesters.contains(p)) {
            self.state.requesters.push(person);
        }
        self.close_tasks(|task| task.purpose.decides());
        self.close_chain();
        let n = self.push_proposal(proposal, false);
        let facts = facts.unwrap_or_default();
        if !self.hold_for_checks(n, &facts, Kind::Proposed, model.as_ref()) {
            self.route(facts, Kind::Proposed, model);
        }
        Ok(())
    }

    /// A new proposal voids what was said about the last one. Who judged may look again; who
    /// skipped or could not tell stays away.
    pub(super) fn supersede_judgments(&mut self) {
        let open = self.state.open_deciding_task().map(|task| task.n);
        let state = &mut self.state;
        for judgment in state.judgments.iter_mut().filter(|j| Some(j.task) == open) {
            if judgment.state == JudgmentState::Counted && judgment.verdict.fills_seat() {
                judgment.state = JudgmentState::Superseded;
            }
        }
        let judgments = &state.judgments;
        state.barred.retain(|member| {
            judgments.iter().any(|j| {
                j.member == *member
                    && j.state == JudgmentState::Counted
                    && matches!(j.verdict, Verdict::Skip | Verdict::Unsure)
            })
        });
    }

    pub(super) fn push_proposal(&mut self, new: NewProposal, shadow: bool) -> u32 {
        let n = u32::try_from(self.state.proposals.len()).unwrap_or(u32::MAX) + 1;
        let NewProposal { output, confidence, probabilities, model, evidence, by } = new;
        self.state.proposals.push(Proposal {
            n,
            output,
            confidence,
            probabilities,
            model,
            evidence,
            by,
            shadow,
            digest: None,
            at: self.ctx.now,
        });
        n
    }

    fn route(&mut self, facts: Facts, kind: Kind, model: Option<String>) {
        let tries = self.state.chain.as_ref().filter(|_| kind == Kind::Submitted);
        let tries = tries.map(|_| self.said(0));
        self.route_with(facts, kind, model, tries);
    }

    /// Routes the case; `tries` is what links were asked on the way.
    pub(super) fn route_with(
        &mut self,
        facts: Facts,
        kind: Kind,
        model: Option<String>,
        tries: Option<Value>,
    ) {
        let ctx = self.ctx;
        let mut verdict = route(self.spec, ctx.loop_version, ctx.epoch, facts, ctx.draws);
        if ctx.halted && verdict.to == RouteTo::Auto {
            // A halt stops the machine, not people: what it would have passed waits for them.
            verdict.to = RouteTo::Review;
            verdict.audit = false;
            verdict.propensity = 1.0;
            let halted = Reason::code("halted");
            verdict.reasons.insert(0, halted);
        }
        let proposal = self.state.current_proposal().map(|proposal| proposal.n);
        let recorded = serde_json::to_value(&verdict).unwrap_or(Value::Null);
        self.event(
            kind,
            [("route", recorded), ("proposal", json!(proposal)), ("model", json!(model))],
        );
        if let (Some(tries), Some(event)) = (tries, self.events.last_mut()) {
            event.data.insert("tries".to_owned(), tries);
        }
        let (to, revise) = (verdict.to, verdict.revise);
        let veto = match verdict.mode {
            Mode::OnTheLoop => self.spec.review.veto.unwrap_or(Span::ZERO),
            Mode::InTheLoop | Mode::OutOfTheLoop => Span::ZERO,
        };
        self.state.route = Some(verdict);
        match to {
            RouteTo::Block => self.decide_by_machine(Outcome::Blocked, Span::ZERO),
            RouteTo::Auto => self.decide_by_machine(Outcome::Approved, veto),
            RouteTo::Review if revise && self.state.attempts < self.spec.review.max_attempts => {
                self.ask_proposer();
            }
            RouteTo::Review => {
                self.open_review();
                self.settle_status();
            }
        }
    }

    /// Asks for another proposal: the link of the chain that made the last one, or else whoever handed
    /// it in. After `propose_within` or `revise_within` a person takes over.
    pub(super) fn ask_proposer(&mut self) {
        self.state.attempts += 1;
        if self.ask_link_again() {
            return;
        }
        let attempt = self.state.attempts;
        self.state.status = Status::WaitingForProposal;
        self.effects.push(Effect::AskProposer { attempt });
        self.effects.push(Effect::SetTimer {
            timer: Timer::Revision(attempt),
            at: self.ctx.now + self.spec.review.revise_within,
        });
    }

    pub(super) fn revision_timeout(&mut self, attempt: u32) {
        if self.state.status != Status::WaitingForProposal || self.state.attempts != attempt {
            return;
        }
        self.event(
            Kind::Escalated,
            [("reason", "revision_timeout".into()), ("attempt", attempt.into())],
        );
        self.open_review();
        self.settle_status();
    }

    fn decide_by_machine(&mut self, outcome: Outcome, hold: Span) {
        let proposal = self.state.current_proposal();
        let route = self.state.route.as_ref().filter(|_| outcome == Outcome::Approved);
        let standing = route.and_then(|route| Some(route.standing()?.grant.clone()));
        let n = u32::try_from(self.state.decisions.len()).unwrap_or(u32::MAX) + 1;
        let output = match outcome {
            Outcome::Blocked => None,
            _ => proposal.map(|p| p.output.clone()),
        };
        let decision = Decision {
            n,
            notice: self.spec.notice_for(outcome.as_str(), output.as_ref()),
            output,
            outcome,
            by: DecidedBy::Machine,
            rule: if standing.is_some() { "standing_grant" } else { "policy" }.to_owned(),
            judgments: Vec::new(),
            proposal: proposal.map(|p| p.n),
            changes: Vec::new(),
            reason_codes: Vec::new(),
            rationale: None,
            model: proposal.and_then(|p| p.model.clone()),
            loop_version: self.ctx.loop_version,
            decided_at: self.ctx.now,
            effective_at: self.ctx.now + hold,
            state: DecisionState::Held,
            delivery: Delivery::Pending,
            standing_grant: standing,
            batches: Vec::new(),
            contestable_until: None,
            ruling: None,
            gate: None,
            digest: String::new(),
        };
        self.record_decision(decision);
    }

    /// Records a decision and lets it take effect, now or when its time has come.
    pub(super) fn record_decision(&mut self, mut decision: Decision) {
        decision.gate = self.gate(decision.output.as_ref(), decision.standing_grant.is_some());
        self.say_how_to_contest(&mut decision);
        let (n, effective_at) = (decision.n, decision.effective_at);
        self.event(
            Kind::Decided,
            [
                ("decision", n.into()),
                ("outcome", decision.outcome.as_str().into()),
                ("by", decision.by.as_str().into()),
                ("rule", decision.rule.as_str().into()),
                ("judgments", json!(decision.judgments)),
                ("effective_at", effective_at.to_string().into()),
            ],
        );
        self.state.decisions.push(decision);
        // A halt holds what people decide until it is lifted; the timer keeps trying.
        if effective_at <= self.ctx.now && !self.ctx.halted {
            self.take_effect(n);
        } else {
            self.settle_status();
            self.effects.push(Effect::SetTimer { timer: Timer::Effect(n), at: effective_at });
        }
    }

    pub(super) fn take_effect(&mut self, n: u32) {
        let (route, now) = (self.state.route.clone(), self.ctx.now);
        let Some(decision) = self.state.decisions.iter_mut().find(|d| d.n == n) else { return };
        decision.state = DecisionState::Effective;
        let (by, outcome, ruled) = (decision.by, decision.outcome, decision.ruling.is_some());
        // A halt may have held it: what one has to contest it begins now.
        let late = now - decision.effective_at;
        if let Some(until) = &mut decision.contestable_until {
            *until = *until + late;
        }
        self.event(Kind::Effective, [("decision", n.into())]);
        self.state.overdue = false;
        if self.state.deadline.is_some() {
            self.effects.push(Effect::ClearTimer { timer: Timer::Deadline });
        }
        self.close_by_ruling(n);
        match (by, outcome, route) {
            (DecidedBy::Machine, Outcome::Approved, Some(route)) => {
                self.effects.push(Effect::AutomaticDecided {
                    propensity: route.propensity,
                    audited: route.audit,
                });
                if route.audit {
                    self.open_task(Purpose::Audit, &route.queue, 1, true);
                }
            }
            (DecidedBy::People, ..) => {
                self.effects.push(Effect::Learn { decision: n });
                // Whoever contests a decision is no sample: what an appeal says is no first finding.
                if !ruled {
                    self.found_by_decision(n);
                }
            }
            _ => {}
        }
        self.watch_consumption(n);
        self.effects.push(Effect::WakeWaiters);
        self.effects.push(Effect::Publish { topic: "case.decided" });
        self.settle_status();
    }
}
