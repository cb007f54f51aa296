//! Calls of tools: approved by count, bound to their bytes, consumed in time, executed.

use super::{Step, invalid_transition};
use crate::answer::{calls, same_answer};
use crate::case::{
    Alarm, Answer, BoundCall, Decision, DecisionState, Delivery, Execution, Gate, Judgment,
    JudgmentState, Purpose, Task, Verdict,
};
use crate::command::{Effect, NewJudgment, NewProposal, Timer};
use crate::event::Kind;
use crate::loops::SignOff;
use crate::refusal::{Code, Refusal};
use crate::time::Timestamp;

impl Step<'_> {
    /// Persons whose approval a call needs.
    pub(super) fn approvals_needed(&self) -> u32 {
        let reviewers = self.state.route.as_ref().map_or(1, |route| route.reviewers);
        self.spec.review.approvals.map_or(reviewers, |approvals| approvals.count).max(1)
    }

    /// Whether one person's edit decides: nobody declared approvals, and one is enough.
    fn edits_alone(&self) -> bool {
        self.spec.review.approvals.is_none() && self.approvals_needed() == 1
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
    /// answer decides, an edit asks anew, and enough approvals decide.
    pub(super) fn resolve_approvals(&mut self, n: u32) {
        let Some(last) = self.state.filled(n).last() else { return };
        let (judgment, verdict, answer) = (last.n, last.verdict, last.answer.clone());
        if verdict == Verdict::Reject {
            return self.decide_by_people(n, vec![judgment], "rejected");
        }
        let Some(answer) = answer else { return self.settle_status() };
        if calls(self.spec, &answer).next().is_none() {
            return self.decide_by_people(n, vec![judgment], "answered");
        }
        let proposed = self.state.current_proposal().map(|proposal| &proposal.output);
        if proposed.is_none_or(|proposed| !same_answer(self.spec, proposed, &answer)) {
            if self.edits_alone() {
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
        let last = self.state.current_proposal().cloned();
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
        self.event(Kind::Edited, [("judgment", judgment.into()), ("proposal", proposal.into())]);
        let Some(old) = self.state.task(task).cloned() else { return };
        self.close_tasks(|open| open.n == task);
        self.open_task(old.purpose, &old.queue, self.approvals_needed(), false);
        let rung = old.rung;
        if let Some(new) = self.state.tasks.last_mut() {
            new.rung = rung;
        }
        self.settle_status();
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

    pub(super) fn unconsumed(&mut self, n: u32) {
        let Some(gate) = self.waiting(n).and_then(|decision| decision.gate.as_mut()) else {
            return;
        };
        if gate.alarm.replace(Alarm::Unconsumed).is_some() {
            return;
        }
        self.event(Kind::Unconsumed, [("decision", n.into())]);
        self.effects.push(Effect::WakeWaiters);
        self.effects.push(Effect::Publish { topic: "case.unconsumed" });
    }

    pub(super) fn expire(&mut self, n: u32) {
        let now = self.ctx.now;
        let Some(decision) = self.waiting(n) else { return };
        if decision.gate.as_ref().is_none_or(|gate| gate.expires_at > now) {
            return;
        }
        decision.delivery = Delivery::Expired { at: now };
        self.event(Kind::Expired, [("decision", n.into())]);
        self.effects.push(Effect::ClearTimer { timer: Timer::Consume(n) });
        self.effects.push(Effect::WakeWaiters);
        self.effects.push(Effect::Publish { topic: "case.expired" });
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

    /// Whoever executed says what became of it; a later word corrects an earlier one.
    pub(super) fn executed(&mut self, succeeded: bool) -> Result<(), Refusal> {
        let now = self.ctx.now;
        let status = self.state.status;
        let consumed = self
            .state
            .decisions
            .iter_mut()
            .rev()
            .find(|d| matches!(d.delivery, Delivery::Consumed { .. }) && d.gate.is_some());
        let Some(decision) = consumed else {
            return Err(invalid_transition(status, "nothing of it was consumed to be executed"));
        };
        let n = decision.n;
        let Some(gate) = &mut decision.gate else { return Ok(()) };
        if gate.execution.is_some_and(|known| known.succeeded == succeeded) {
            return Ok(());
        }
        gate.execution = Some(Execution { succeeded, at: now });
        gate.alarm = None;
        self.event(Kind::Executed, [("decision", n.into()), ("succeeded", succeeded.into())]);
        self.effects.push(Effect::ClearTimer { timer: Timer::Execution(n) });
        if !succeeded {
            self.effects.push(Effect::Publish { topic: "case.execution_failed" });
        }
        Ok(())
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
        let priority = self.state.priority.unwrap_or(self.core.priority);
        let waits = task.open && task.purpose == Purpose::Decide;
        self.spec.rung_at(task, priority).filter(|_| waits)
    }

    pub(super) fn climb_by_timer(&mut self, n: u32) -> Result<(), Refusal> {
        let Some(at) = self.next_rung_at(n) else { return Ok(()) };
        if at > self.ctx.now {
            return Ok(());
        }
        self.refuse_if_halted()?;
        let moved = at + self.ctx.lost;
        if moved > self.ctx.now {
            self.event(Kind::DeadlineMoved, [("to", moved.to_string().into()), ("task", n.into())]);
            self.effects.push(Effect::SetTimer { timer: Timer::Ladder(n), at: moved });
            return Ok(());
        }
        self.climb(n, "ladder");
        Ok(())
    }
}
