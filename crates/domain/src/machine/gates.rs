//! Calls of tools: approved by count, bound to their bytes, consumed in time, executed.

use super::{Step, invalid_transition};
use crate::answer::{calls, identical};
use crate::case::{
    Alarm, Answer, Appeal, BoundCall, Decision, DecisionState, Delivery, Execution, Gate, Judgment,
    JudgmentState, Purpose, Task, Verdict,
};
use crate::command::{Effect, NewJudgment, NewProposal, Timer, Told};
use crate::event::Kind;
use crate::loops::{RouteTo, SignOff};
use crate::policy::{Facts, LimitFact, Route, route};
use crate::refusal::{Code, Refusal};
use crate::time::Timestamp;

impl Step<'_> {
    /// Persons whose approval a call needs.
    pub(super) fn approvals_needed(&self) -> u32 {
        let reviewers = self.state.route.as_ref().map_or(1, |route| route.reviewers);
        self.spec.review.approvals.map_or(reviewers, |approvals| approvals.count).max(1)
    }

    /// Whether one person's edit decides task `n`: nobody declared approvals, and one is enough.
    fn edits_alone(&self, n: u32) -> bool {
        self.spec.review.approvals.is_none()
            && self.state.task(n).is_none_or(|task| task.seats == 1)
    }

    /// Judgments whose authors were removed, or turned out to be one person, stop counting.
    pub(super) fn void(&mut self, judgments: &[u32]) {
        for &n in judgments {
            let Some(judgment) = self.state.judgments.get_mut((n as usize).wrapping_sub(1)) else {
                continue;
            };
            if judgment.state == JudgmentState::Counted {
                judgment.state = JudgmentState::Superseded;
                self.event(Kind::JudgmentVoided, [("judgment", n.into())]);
            }
        }
    }

    /// Whether what a judgment lets run takes the reviewer's own signature.
    pub(super) fn check_signed(
        &self,
        new: &NewJudgment,
        answer: Option<&Answer>,
    ) -> Result<(), Refusal> {
        let needed = answer.is_some_and(|answer| {
            calls(self.spec, answer).any(|call| self.spec.sign_off(call.spec) == SignOff::Webauthn)
        });
        if needed && new.verdict != Verdict::Reject && new.signed.is_none() {
            return Err(Refusal::at(
                Code::SignOffNeeded,
                "/assertion",
                "this call is approved with a passkey: ask for a challenge with \
                 `POST /v1/cases/{id}/sign-off` and send what the passkey signed",
            ));
        }
        Ok(())
    }

    /// Called when a judgment filled a seat of a task that decides over a call: one rejection or
    /// answer decides, an edit asks anew, and enough approvals decide. Over an appeal no single person
    /// upholds a refusal where several were asked.
    pub(super) fn resolve_approvals(&mut self, n: u32) {
        let Some(last) = self.state.filled(n).last() else { return };
        let (judgment, verdict, answer) = (last.n, last.verdict, last.answer.clone());
        if self.state.task(n).is_some_and(|task| task.purpose == Purpose::Appeal)
            && !self.changes_call(answer.as_ref())
        {
            return self.resolve_appeal(n);
        }
        if verdict == Verdict::Reject {
            return self.decide_by_people(n, vec![judgment], "rejected");
        }
        let Some(answer) = answer else { return self.settle_status() };
        if calls(self.spec, &answer).next().is_none() {
            return self.decide_by_people(n, vec![judgment], "answered");
        }
        if self.changes_call(Some(&answer)) {
            if self.edits_alone(n) && !self.edit_needs_another() {
                return self.decide_by_people(n, vec![judgment], "single");
            }
            return self.edit(n, judgment, answer);
        }
        let approved: Vec<u32> = self.state.filled(n).map(|judgment| judgment.n).collect();
        let seats = self.state.task(n).map_or(1, |task| task.seats);
        if approved.len() < seats as usize {
            return self.settle_status();
        }
        let rule = if approved.len() == 1 { "single" } else { "approvals" };
        self.decide_by_people(n, approved, rule);
    }

    /// Whether an answer is a call, and other bytes than the one that is proposed: what is approved is what
    /// runs, however little a field's error rule makes of a difference.
    fn changes_call(&self, answer: Option<&Answer>) -> bool {
        self.is_call(answer) && !self.is_proposed(answer)
    }

    /// Whether an answer is the call that is proposed.
    pub(super) fn repeats_call(&self, answer: Option<&Answer>) -> bool {
        self.is_call(answer) && self.is_proposed(answer)
    }

    fn is_call(&self, answer: Option<&Answer>) -> bool {
        answer.is_some_and(|answer| calls(self.spec, answer).next().is_some())
    }

    fn is_proposed(&self, answer: Option<&Answer>) -> bool {
        let proposed = self.state.current_proposal().map(|proposal| &proposal.output);
        proposed.zip(answer).is_some_and(|(proposed, answer)| identical(proposed, answer))
    }

    /// Where the policy sends an edited call; one that it blocks is nobody's to approve.
    pub(super) fn route_edit(
        &self,
        answer: Option<&Answer>,
        facts: Option<Box<Facts>>,
    ) -> Result<Option<Box<Route>>, Refusal> {
        let Some(facts) = facts.filter(|_| self.changes_call(answer)) else { return Ok(None) };
        let ctx = self.ctx;
        let found = route(self.spec, ctx.loop_version, ctx.epoch, *facts, ctx.draws);
        if found.to != RouteTo::Block {
            return Ok(Some(Box::new(found)));
        }
        let why = found.reasons.first().map_or_else(String::new, |reason| {
            reason.name.clone().unwrap_or_else(|| reason.code.clone())
        });
        let message = format!("the policy blocks this call (`{why}`); change it, or reject it");
        Err(Refusal::at(Code::InvalidAnswer, "/answer", message))
    }

    /// Whether an edit leads to what nobody but its author has looked at: the policy wants other people, or
    /// more of them, or finds something that it did not find in what was proposed.
    fn edit_needs_another(&self) -> bool {
        let Some(found) = &self.edited else { return false };
        let Some(before) = &self.state.route else { return found.reviewers > 1 };
        let guarded = |name: &str| before.facts.failed.iter().any(|known| known.name == name);
        // Who asks for less of a limit than was proposed needs nobody for it.
        let more = |limit: &LimitFact| {
            let known = before.facts.limits.iter().find(|known| known.name == limit.name);
            known.is_none_or(|known| limit.amount.is_none() || limit.amount > known.amount)
        };
        found.queue != before.queue
            || found.reviewers > before.reviewers
            || found.facts.failed.iter().any(|failed| !guarded(&failed.name))
            || found.facts.limits.iter().any(|limit| limit.is_hit() && more(limit))
            // Models that check proposals have not seen it.
            || self.spec.policy.checks().next().is_some()
    }

    /// An edit is a new proposal: what was approved before is void, and its author asks others.
    fn edit(&mut self, task: u32, judgment: u32, output: Answer) {
        let Some(judged) = self.judgment(judgment).cloned() else { return };
        for earlier in &mut self.state.judgments {
            let fills = earlier.task == task && earlier.verdict.fills_seat();
            if fills && earlier.state == JudgmentState::Counted {
                earlier.state = JudgmentState::Superseded;
            }
        }
        self.make_requesters(&judged);
        self.unbar_but(&judged);
        // Who decides a blind appeal next shall not learn from an edit what is hidden from them.
        let blind = |appeal: &Appeal| appeal.blind && appeal.tasks.contains(&task);
        let hidden = self.state.open_appeal().is_some_and(blind);
        let last = self.state.current_proposal().filter(|_| !hidden).cloned();
        let proposal = self.push_proposal(
            NewProposal {
                output,
                confidence: std::collections::BTreeMap::new(),
                probabilities: std::collections::BTreeMap::new(),
                model: last.as_ref().and_then(|proposal| proposal.model.clone()),
                evidence: last.map(|proposal| proposal.evidence).unwrap_or_default(),
                by: judged.member.to_string(),
            },
            false,
        );
        let found = self.edited.take();
        let route = serde_json::to_value(&found).unwrap_or_default();
        self.event(
            Kind::Edited,
            [("judgment", judgment.into()), ("proposal", proposal.into()), ("route", route)],
        );
        let Some(old) = self.state.task(task).cloned() else { return };
        self.close_tasks(|open| open.n == task);
        let queue = self.edited_queue(&old, found.as_deref());
        let wanted =
            found.filter(|_| self.spec.review.approvals.is_none()).map_or(0, |f| f.reviewers);
        let seats = self.approvals_needed().max(old.seats).max(wanted);
        self.open_task(old.purpose, &queue, seats, false);
        let rung = if queue == old.queue { old.rung } else { 0 };
        let n = self.state.tasks.len() as u32;
        if old.purpose == Purpose::Appeal {
            let appeals = self.state.appeals.iter_mut();
            appeals.filter(|a| a.tasks.contains(&task)).for_each(|a| a.tasks.push(n));
        }
        if let Some(new) = self.state.tasks.last_mut() {
            new.rung = rung;
        }
        self.settle_status();
    }

    /// Where an edited call waits: where the policy sends it, if that is elsewhere than it sent the call that came
    /// in; else where people had it.
    fn edited_queue(&self, old: &Task, found: Option<&Route>) -> String {
        let first = self.state.route.as_ref().map(|route| &route.queue);
        match found.filter(|found| Some(&found.queue) != first && old.purpose == Purpose::Decide) {
            Some(found) => found.queue.clone(),
            None => old.queue.clone(),
        }
    }

    fn make_requesters(&mut self, judged: &Judgment) {
        let persons = std::iter::once(judged.person).chain(judged.stood_in_for.iter().copied());
        for person in persons {
            if !self.state.requesters.contains(&person) {
                self.state.requesters.push(person);
            }
        }
    }

    /// Who approved before the edit may look at the new bytes; who edited or turned away may not.
    fn unbar_but(&mut self, editor: &Judgment) {
        let state = &mut self.state;
        let judgments = &state.judgments;
        state.barred.retain(|member| {
            *member == editor.member
                || judgments.iter().any(|judgment| {
                    judgment.member == *member
                        && judgment.state == JudgmentState::Counted
                        && matches!(judgment.verdict, Verdict::Skip | Verdict::Unsure)
                })
        });
    }

    fn judgment(&self, n: u32) -> Option<&Judgment> {
        self.state.judgments.get((n as usize).checked_sub(1)?)
    }

    /// What binds an output to its bytes; the shell adds what it hashes. `None` where it lets
    /// nothing run.
    pub(super) fn gate(&self, output: Option<&Answer>, standing_grant: bool) -> Option<Gate> {
        let bound = |call: crate::answer::Call<'_>| BoundCall {
            field: call.field.to_owned(),
            tool: call.tool.to_owned(),
            schema: String::new(),
            executor: call.spec.executor.clone(),
            target: call.spec.target.clone(),
        };
        let calls: Vec<BoundCall> = calls(self.spec, output?).map(bound).collect();
        let standing = self.state.route.as_ref().and_then(|route| route.standing());
        let calls = match standing.filter(|_| standing_grant).and_then(|s| s.consumer.as_deref()) {
            Some(only) => calls.into_iter().map(|call| call.only_for(only)).collect(),
            None => calls,
        };
        (!calls.is_empty()).then(|| Gate {
            calls,
            nonce: String::new(),
            halt_epoch: 0,
            expires_at: self.ctx.now + self.spec.review.valid_for,
            alarm: None,
            execution: None,
        })
    }

    /// The timers of an approval that took effect.
    pub(super) fn watch_consumption(&mut self, n: u32) {
        let now = self.ctx.now;
        let decision = self.state.decisions.iter().find(|decision| decision.n == n);
        let Some(gate) = decision.and_then(|decision| decision.gate.as_ref()) else { return };
        let expiry = gate.expires_at.max(now);
        self.effects.push(Effect::SetTimer {
            timer: Timer::Consume(n),
            at: now + self.spec.review.consume_within,
        });
        self.effects.push(Effect::SetTimer { timer: Timer::Expiry(n), at: expiry });
    }

    /// Forgets the timers of an approval that no longer waits for its consumer.
    pub(super) fn stop_watching(&mut self, n: u32) {
        for timer in [Timer::Consume(n), Timer::Expiry(n)] {
            self.effects.push(Effect::ClearTimer { timer });
        }
    }

    fn waiting(&mut self, n: u32) -> Option<&mut Decision> {
        self.state.decisions.iter_mut().find(|decision| {
            decision.n == n
                && decision.state == DecisionState::Effective
                && matches!(decision.delivery, Delivery::Pending | Delivery::Delivered { .. })
        })
    }

    pub(super) fn unconsumed(&mut self, n: u32) -> Result<(), Refusal> {
        let (now, lost) = (self.ctx.now, self.ctx.lost);
        let within = self.spec.review.consume_within;
        let Some(decision) = self.waiting(n) else { return Ok(()) };
        let due = decision.effective_at + within + lost;
        let Some(gate) = decision.gate.as_ref().filter(|gate| gate.alarm.is_none()) else {
            return Ok(());
        };
        let expires_at = gate.expires_at;
        // No grant is given under a halt, so that nobody is late with it.
        self.refuse_if_halted()?;
        if due > now && due < expires_at {
            let to = due.to_string();
            self.event(Kind::DeadlineMoved, [("to", to.into()), ("decision", n.into())]);
            self.effects.push(Effect::SetTimer { timer: Timer::Consume(n), at: due });
            return Ok(());
        }
        if let Some(gate) = self.waiting(n).and_then(|decision| decision.gate.as_mut()) {
            gate.alarm = Some(Alarm::Unconsumed);
        }
        self.event(Kind::Unconsumed, [("decision", n.into())]);
        self.effects.push(Effect::WakeWaiters);
        self.effects.push(Effect::Publish { topic: "case.unconsumed" });
        Ok(())
    }

    pub(super) fn expire(&mut self, n: u32) -> Result<(), Refusal> {
        let now = self.ctx.now;
        let Some(decision) = self.waiting(n) else { return Ok(()) };
        if decision.gate.as_ref().is_none_or(|gate| gate.expires_at > now) {
            return Ok(());
        }
        self.refuse_if_halted()?;
        let Some(decision) = self.waiting(n) else { return Ok(()) };
        decision.delivery = Delivery::Expired { at: now };
        self.event(Kind::Expired, [("decision", n.into())]);
        self.effects.push(Effect::ClearTimer { timer: Timer::Consume(n) });
        self.effects.push(Effect::WakeWaiters);
        self.effects.push(Effect::Publish { topic: "case.expired" });
        Ok(())
    }

    pub(super) fn execution_unknown(&mut self, n: u32) {
        let consumed = self
            .state
            .decisions
            .iter_mut()
            .find(|d| d.n == n && matches!(d.delivery, Delivery::Consumed { .. }));
        let Some(gate) = consumed.and_then(|decision| decision.gate.as_mut()) else { return };
        if gate.execution.is_some() {
            return;
        }
        gate.alarm = Some(Alarm::ExecutionUnknown);
        self.event(Kind::ExecutionUnknown, [("decision", n.into())]);
        self.effects.push(Effect::Publish { topic: "case.execution_unknown" });
    }

    /// Whoever executed says what became of it; a later word corrects an earlier one, in the order in which
    /// things happened and not in that of their arrival.
    pub(super) fn executed(&mut self, told: &Told) -> Result<(), Refusal> {
        let (now, status) = (self.ctx.now, self.state.status);
        let occurred_at = told.occurred_at.min(now);
        let Some(n) = self.executed_decision(told, occurred_at) else {
            let why = match &told.grant {
                Some(grant) => format!("no decision of this case gave the grant `{grant}`"),
                None => "nothing of it was consumed to be executed".to_owned(),
            };
            return Err(invalid_transition(status, why));
        };
        let decision = self.state.decisions.iter_mut().find(|decision| decision.n == n);
        let Some(gate) = decision.and_then(|decision| decision.gate.as_mut()) else {
            return Ok(());
        };
        let known = gate.execution;
        let older = known.and_then(|known| known.occurred_at).is_some_and(|at| at > occurred_at);
        if let Some(known) = known.filter(|known| older || known.succeeded == told.succeeded) {
            // Whatever was said later: what succeeded once may have run.
            let news = told.succeeded && !known.succeeded && !known.may_have_run;
            if news {
                gate.execution = Some(Execution { may_have_run: true, ..known });
                let data = [("decision", n.into()), ("may_have_run", true.into())];
                self.event(Kind::Executed, data);
            }
            return Ok(());
        }
        let may_have_run = known.is_some_and(|known| known.succeeded || known.may_have_run);
        gate.execution = Some(Execution {
            succeeded: told.succeeded,
            at: now,
            occurred_at: Some(occurred_at),
            may_have_run: may_have_run && !told.succeeded,
        });
        gate.alarm = None;
        self.event(Kind::Executed, [("decision", n.into()), ("succeeded", told.succeeded.into())]);
        self.effects.push(Effect::ClearTimer { timer: Timer::Execution(n) });
        if !told.succeeded {
            self.effects.push(Effect::Publish { topic: "case.execution_failed" });
        }
        Ok(())
    }

    /// Number of the decision whose call was executed: the one that gave the grant; without its id, the last
    /// one that was consumed before it happened.
    fn executed_decision(&self, told: &Told, occurred_at: Timestamp) -> Option<u32> {
        let consumed = |decision: &Decision| match &decision.delivery {
            Delivery::Consumed { grant, at, .. } if decision.gate.is_some() => {
                Some((decision.n, grant.clone(), *at))
            }
            _ => None,
        };
        let held: Vec<_> = self.state.decisions.iter().filter_map(consumed).collect();
        let found = match &told.grant {
            Some(wanted) => held.iter().find(|(_, grant, _)| grant == wanted),
            None => held.iter().rev().find(|(.., at)| *at <= occurred_at).or(held.first()),
        };
        found.map(|(n, ..)| *n)
    }

    /// Moves a task to the next rung; to the arbiters where there is none.
    pub(super) fn climb(&mut self, n: u32, reason: &'static str) {
        let Some(task) = self.state.task(n).filter(|task| task.open).cloned() else { return };
        let next = self.spec.review.escalation.get(task.rung as usize);
        let to = next.map_or(crate::loops::ARBITER_QUEUE, |rung| rung.to.as_str());
        self.event(
            Kind::Escalated,
            [("reason", reason.into()), ("task", n.into()), ("to", to.into())],
        );
        if to == crate::loops::ARBITER_QUEUE {
            self.close_tasks(|open| open.n == n);
            self.open_arbitration();
        } else {
            self.lift(&task, to);
        }
        self.settle_status();
    }

    fn lift(&mut self, task: &Task, to: &str) {
        let mut ended = Vec::new();
        for open in self.state.tasks.iter_mut().filter(|open| open.n == task.n) {
            open.rung += 1;
            ended.extend(open.put_into(to, self.ctx.now));
        }
        let timers = ended.into_iter().map(|n| Effect::ClearTimer { timer: Timer::Lease(n) });
        self.effects.extend(timers);
        self.effects.push(Effect::WakeQueue);
        self.set_ladder(task.n);
    }

    /// Sets the timer of a task's next rung, where there is one.
    pub(super) fn set_ladder(&mut self, n: u32) {
        if let Some(at) = self.next_rung_at(n) {
            let at = at.max(self.ctx.now);
            self.effects.push(Effect::SetTimer { timer: Timer::Ladder(n), at });
        }
    }

    /// When a task goes up the ladder; `None` for one that does not.
    fn next_rung_at(&self, n: u32) -> Option<Timestamp> {
        let task = self.state.task(n)?;
        let waits = task.open && task.purpose == Purpose::Decide;
        let (priority, risk) = self.stakes();
        self.spec.rung_at(task, priority, risk).filter(|_| waits)
    }

    /// How much the case matters: its priority, and the risk of the call it holds.
    fn stakes(&self) -> (u8, Option<crate::loops::Risk>) {
        let shown = self.state.current_proposal();
        let risk = shown.and_then(|shown| self.spec.risk_of(&shown.output));
        (self.state.priority.unwrap_or(self.core.priority), risk)
    }

    pub(super) fn climb_by_timer(&mut self, n: u32) -> Result<(), Refusal> {
        let Some(at) = self.next_rung_at(n) else { return Ok(()) };
        if at > self.ctx.now {
            return Ok(());
        }
        self.refuse_if_halted()?;
        let (priority, risk) = self.stakes();
        let due = (at + self.ctx.lost).max(self.ctx.now);
        let moved = self.spec.after_quiet(due, priority, risk);
        if moved > self.ctx.now {
            self.event(Kind::DeadlineMoved, [("to", moved.to_string().into()), ("task", n.into())]);
            self.effects.push(Effect::SetTimer { timer: Timer::Ladder(n), at: moved });
            return Ok(());
        }
        self.climb(n, "ladder");
        Ok(())
    }
}
