//! Appeals: a decision in force is contested, and persons who took no part in it decide anew.
//!
//! No machine and no time limit decides an appeal. Until its decision takes effect the earlier one
//! stands or is suspended, as the loop says; from the moment it is decided anew the earlier one is
//! suspended in any case, so that at most one decision is live.

use serde_json::json;

use super::consensus::MAX_ADDED_SEATS;
use super::{Step, invalid_transition};
use crate::answer::{calls, same_answer};
use crate::case::{
    Answer, Appeal, AppealState, Before, DecidedBy, Decision, DecisionState, Judgment,
    JudgmentState, Outcome, Purpose, Ruling, Verdict,
};
use crate::command::{Effect, NewAppeal, NewJudgment, Reviewer, Timer};
use crate::event::Kind;
use crate::loops::{APPEAL_QUEUE, Counted, Meanwhile, URGENT};
use crate::refusal::{Code, Refusal};

/// Most appeals of a case, withdrawn ones included.
const MOST: usize = 10;
/// Longest name of whoever contests, in bytes.
const LONGEST_NAME: usize = 256;
/// Longest statement, and longest text of a piece of evidence, in bytes.
const LONGEST: usize = 16_384;
/// Most pieces of evidence.
const MOST_EVIDENCE: usize = 20;
/// Longest evidence together, in bytes.
const LONGEST_EVIDENCE: usize = 65_536;

impl Step<'_> {
    pub(super) fn appeal(&mut self, new: NewAppeal) -> Result<(), Refusal> {
        check(&new)?;
        let Some(spec) = self.spec.appeals.clone() else {
            let version = self.core.loop_version;
            let message = format!(
                "version {version} of this loop, under which the case came in, has no `appeals`; \
                 reopen the case instead"
            );
            return Err(Refusal::new(Code::NotAppealable, message));
        };
        if let Some(open) = self.state.open_appeal() {
            let message = format!(
                "an appeal is open since {}; a case has one at a time, so wait until it is decided",
                open.at
            );
            return Err(Refusal::new(Code::AppealOpen, message));
        }
        let decision = self.contestable()?.n;
        if self.state.appeals.len() >= MOST {
            let message = format!("there were {MOST} appeals on this case; reopen it instead");
            return Err(Refusal::new(Code::NotAppealable, message));
        }
        let n = self.state.appeals.len() as u32 + 1;
        let deadline =
            self.spec.limit(APPEAL_QUEUE, Counted::Deadline, self.ctx.now, spec.deadline);
        let before = Before {
            proposals: self.state.proposals.len() as u32,
            judgments: self.state.judgments.len() as u32,
            decisions: self.state.decisions.len() as u32,
        };
        self.event(
            Kind::Appealed,
            [
                ("appeal", n.into()),
                ("decision", decision.into()),
                ("meanwhile", spec.meanwhile.as_str().into()),
                ("blind", spec.blind.into()),
                ("deadline", deadline.to_string().into()),
            ],
        );
        if spec.meanwhile == Meanwhile::Suspended {
            self.suspend(decision);
        }
        let seats = self.appeal_seats();
        self.open_task(Purpose::Appeal, APPEAL_QUEUE, seats, spec.blind);
        self.state.appeals.push(Appeal {
            n,
            decision,
            by: new.by,
            statement: new.statement,
            evidence: new.evidence,
            lodged_by: new.lodged_by,
            lodged_by_person: self.ctx.person,
            excluded: new.excluded,
            meanwhile: spec.meanwhile,
            blind: spec.blind,
            before,
            tasks: vec![self.state.tasks.len() as u32],
            at: self.ctx.now,
            deadline,
            overdue: false,
            state: AppealState::Open,
            ruling: None,
            closed_at: None,
        });
        self.effects.push(Effect::SetTimer { timer: Timer::Appeal(n), at: deadline });
        self.effects.push(Effect::WakeWaiters);
        self.effects.push(Effect::Publish { topic: "appeal.lodged" });
        self.settle_status();
        Ok(())
    }

    /// The decision in force, where it may still be contested.
    fn contestable(&self) -> Result<&Decision, Refusal> {
        let in_force = |decision: &&Decision| decision.state == DecisionState::Effective;
        let Some(decision) = self.state.decisions.iter().find(in_force) else {
            return Err(invalid_transition(
                self.state.status,
                "only a decision that is in force can be contested; wait until one is",
            ));
        };
        if decision.ruling.is_some() {
            let message =
                "this decision was made on an appeal; reopen the case to have it decided anew";
            return Err(Refusal::new(Code::NotAppealable, message));
        }
        let Some(until) = decision.contestable_until else {
            let message = "this decision cannot be contested: it was not made here";
            return Err(Refusal::new(Code::NotAppealable, message));
        };
        if until <= self.ctx.now {
            let message = format!("this decision could be contested until {until}");
            return Err(Refusal::new(Code::TooLate, message));
        }
        Ok(decision)
    }

    pub(super) fn withdraw_appeal(&mut self, by: &str) -> Result<(), Refusal> {
        let Some(appeal) = self.state.open_appeal() else {
            return Err(invalid_transition(self.state.status, "no appeal is open"));
        };
        let own_person = self.ctx.person.is_some() && self.ctx.person == appeal.lodged_by_person;
        if appeal.lodged_by != by && !own_person {
            let message = "only whoever handed the appeal in takes it back";
            return Err(Refusal::new(Code::NotEligible, message));
        }
        let held = |d: &Decision| d.state == DecisionState::Held;
        if self.state.decisions.iter().any(held) {
            let message = "the appeal is decided, and about to take effect";
            return Err(Refusal::new(Code::TooLate, message));
        }
        let (n, decision, tasks) = (appeal.n, appeal.decision, appeal.tasks.clone());
        self.close_tasks(|task| tasks.contains(&task.n));
        for judgment in &mut self.state.judgments {
            let counted = judgment.state == JudgmentState::Counted;
            if counted && judgment.verdict.fills_seat() && tasks.contains(&judgment.task) {
                judgment.state = JudgmentState::Superseded;
            }
        }
        self.event(Kind::AppealWithdrawn, [("appeal", n.into()), ("decision", decision.into())]);
        self.close_appeal(n, AppealState::Withdrawn, None);
        self.reinstate(decision);
        self.effects.push(Effect::WakeWaiters);
        self.effects.push(Effect::Publish { topic: "appeal.withdrawn" });
        self.settle_status();
        Ok(())
    }

    /// The deadline of an appeal decides nothing: it raises an alarm and puts the case first.
    pub(super) fn appeal_overdue(&mut self, n: u32) {
        let now = self.ctx.now;
        let due = |appeal: &&mut Appeal| {
            appeal.n == n
                && appeal.state == AppealState::Open
                && !appeal.overdue
                && appeal.deadline <= now
        };
        let Some(appeal) = self.state.appeals.iter_mut().find(due) else { return };
        appeal.overdue = true;
        let decision = appeal.decision;
        self.state.priority = Some(URGENT);
        self.event(
            Kind::AppealOverdue,
            [("appeal", n.into()), ("decision", decision.into()), ("priority", URGENT.into())],
        );
        self.effects.push(Effect::WakeQueue);
        self.effects.push(Effect::Publish { topic: "appeal.overdue" });
    }

    /// Why this person may not decide the open appeal.
    pub(super) fn unfit_for_appeal(&self, reviewer: Reviewer) -> Option<Refusal> {
        let appeal = self.state.open_appeal()?;
        if !reviewer.appeals {
            let of = self.spec.appeals.as_ref().map_or("reviewer", |a| a.reviewers.of().as_str());
            let message = format!("appeals of this loop are decided by a member who is {of}");
            return Some(Refusal::new(Code::NotEligible, message));
        }
        let part = |person| self.state.took_part(self.core, appeal, person);
        reviewer.persons().any(part).then(|| {
            Refusal::new(
                Code::NotEligible,
                "an appeal is decided by somebody who neither decided, judged, edited or asked for \
                 what it is about, nor handed it in, nor stands in for one who did",
            )
        })
    }

    /// Over a blind appeal nothing is approved or changed unseen.
    pub(super) fn check_appeal(new: &NewJudgment, blind: bool) -> Result<(), Refusal> {
        let message = match new.verdict {
            Verdict::RequestChanges => {
                "no machine decides an appeal; say what is right with `answer`, or `reject`"
            }
            Verdict::Approve | Verdict::Modify if blind => {
                "what was proposed is hidden here; say what is right with `answer`, or `reject`"
            }
            _ => return Ok(()),
        };
        Err(Refusal::at(Code::InvalidVerdict, "/verdict", message))
    }

    /// How many persons decide an appeal at first; over a call as many as approve one.
    fn appeal_seats(&self) -> u32 {
        let seats = self.spec.appeals.as_ref().map_or(1, |appeals| appeals.reviewers.count());
        if self.spec.holds_action() { seats.max(self.approvals_needed()) } else { seats }
    }

    /// Persons who decide an appeal together: what more than half of them say, and one more person
    /// where there is no such answer, up to a bound: then what most of them say. A call runs by no
    /// fewer approvals than the loop asks for.
    pub(super) fn resolve_appeal(&mut self, n: u32) {
        let filled: Vec<&Judgment> = self.state.filled(n).collect();
        let total = filled.len() as u32;
        if total < self.state.task(n).map_or(1, |task| task.seats) {
            return self.settle_status();
        }
        let runs = |judgment: &Judgment| {
            let answer = judgment.answer.as_ref();
            answer.is_some_and(|answer| calls(self.spec, answer).next().is_some())
        };
        let needed = self.approvals_needed() as usize;
        let alike = |first: &Judgment| -> Vec<u32> {
            filled.iter().filter(|other| self.same(first, other)).map(|other| other.n).collect()
        };
        let most = filled
            .iter()
            .map(|first| (runs(first), alike(first)))
            .filter(|(runs, same)| !runs || same.len() >= needed)
            .map(|(_, same)| same)
            // The newest of equals.
            .max_by_key(|same| (same.len(), same.last().copied()));
        let bound = self.appeal_seats() + MAX_ADDED_SEATS;
        let agreed = |same: &Vec<u32>| same.len() as u32 * 2 > total;
        match most {
            Some(same) if agreed(&same) => return self.decide_by_people(n, same, "appeal"),
            Some(same) if total >= bound => {
                return self.decide_by_people(n, same, "appeal_plurality");
            }
            _ => {}
        }
        self.event(
            Kind::Escalated,
            [("reason", "no_agreement".into()), ("task", n.into()), ("to", "reviewer".into())],
        );
        if let Some(task) = self.state.tasks.iter_mut().find(|task| task.n == n) {
            task.seats += 1;
        }
        self.effects.push(Effect::WakeQueue);
        self.settle_status();
    }

    /// What a decision by the judgments of task `task` says of a contested one, which is then no longer
    /// in force. `None` where the task is not an appeal's.
    pub(super) fn rule(
        &mut self,
        task: u32,
        outcome: Outcome,
        output: Option<&Answer>,
    ) -> Option<Ruling> {
        let appeal = self.state.open_appeal().filter(|appeal| appeal.tasks.contains(&task))?;
        let (appeal, decision) = (appeal.n, appeal.decision);
        let earlier = self.state.decisions.iter().find(|earlier| earlier.n == decision)?;
        let none = |outcome| matches!(outcome, Outcome::Rejected | Outcome::Blocked);
        let same = match (&earlier.output, output) {
            (Some(earlier), Some(output)) => same_answer(self.spec, earlier, output),
            (None, None) => none(earlier.outcome) && none(outcome),
            _ => false,
        };
        self.suspend(decision);
        Some(Ruling { appeal, decision, overturned: !same })
    }

    /// A decision on an appeal took effect: the contested one is replaced.
    pub(super) fn close_by_ruling(&mut self, n: u32) {
        let Some(decision) = self.state.decisions.iter().find(|decision| decision.n == n) else {
            return;
        };
        let Some(ruling) = decision.ruling else { return };
        let (judgments, output) = (decision.judgments.clone(), decision.output.clone());
        let mut taught = false;
        for earlier in self.state.decisions.iter_mut().filter(|d| d.n == ruling.decision) {
            earlier.state = DecisionState::Superseded;
            taught = earlier.by == DecidedBy::People;
        }
        let state = if ruling.overturned { AppealState::Overturned } else { AppealState::Upheld };
        self.event(
            Kind::AppealDecided,
            [
                ("appeal", ruling.appeal.into()),
                ("contested", ruling.decision.into()),
                ("decision", n.into()),
                ("outcome", state.as_str().into()),
                ("judgments", json!(judgments)),
            ],
        );
        self.close_appeal(ruling.appeal, state, Some(n));
        if taught {
            self.effects.push(Effect::Unlearn { decision: ruling.decision });
        }
        if ruling.overturned {
            self.overturn_finding(judgments, output.as_ref());
        }
        self.effects.push(Effect::Publish { topic: "appeal.decided" });
    }

    fn close_appeal(&mut self, n: u32, state: AppealState, ruling: Option<u32>) {
        for appeal in self.state.appeals.iter_mut().filter(|appeal| appeal.n == n) {
            appeal.state = state;
            appeal.ruling = ruling;
            appeal.closed_at = Some(self.ctx.now);
        }
        self.effects.push(Effect::ClearTimer { timer: Timer::Appeal(n) });
    }

    /// Takes a decision out of force for as long as an appeal against it is open.
    fn suspend(&mut self, n: u32) {
        let effective = |d: &&mut Decision| d.n == n && d.state == DecisionState::Effective;
        if let Some(decision) = self.state.decisions.iter_mut().find(effective) {
            decision.state = DecisionState::Suspended;
            if decision.gate.is_some() {
                self.stop_watching(n);
            }
        }
    }

    /// Puts a suspended decision in force again.
    fn reinstate(&mut self, n: u32) {
        let suspended = |d: &&mut Decision| d.n == n && d.state == DecisionState::Suspended;
        if let Some(decision) = self.state.decisions.iter_mut().find(suspended) {
            decision.state = DecisionState::Effective;
            if !matches!(decision.delivery, crate::case::Delivery::Consumed { .. }) {
                self.watch_consumption(n);
            }
        }
    }

    /// The decision on an appeal was undone before it took effect: the contested one is as it was.
    pub(super) fn unrule(&mut self, n: u32) {
        let ruling = self.state.decisions.iter().find(|d| d.n == n).and_then(|d| d.ruling);
        let stood = self.state.open_appeal().is_some_and(|a| a.meanwhile == Meanwhile::Stands);
        if let Some(ruling) = ruling.filter(|_| stood) {
            self.reinstate(ruling.decision);
        }
    }

    /// Refuses what an open appeal stands against.
    pub(super) fn refuse_under_appeal(&self, what: &str) -> Result<(), Refusal> {
        match self.state.open_appeal() {
            Some(_) => {
                let message = format!("an appeal is open on this case: {what}");
                Err(Refusal::new(Code::AppealOpen, message))
            }
            None => Ok(()),
        }
    }
}

/// Checks what came in: sizes, and that each piece of evidence is something.
fn check(new: &NewAppeal) -> Result<(), Refusal> {
    let bad = |path: String, message: String| Err(Refusal::at(Code::InvalidInput, path, message));
    let fits = |text: &str, most: usize| !text.trim().is_empty() && text.len() <= most;
    if !fits(&new.by, LONGEST_NAME) {
        let message = format!("say who contests the decision, in 1 to {LONGEST_NAME} bytes");
        return bad("/by".to_owned(), message);
    }
    if !fits(&new.statement, LONGEST) {
        let message = format!("say why the decision is wrong, in 1 to {LONGEST} bytes");
        return bad("/statement".to_owned(), message);
    }
    if new.evidence.len() > MOST_EVIDENCE {
        let message = format!("an appeal has at most {MOST_EVIDENCE} pieces of evidence");
        return bad("/evidence".to_owned(), message);
    }
    let mut total = 0;
    for (i, piece) in new.evidence.iter().enumerate() {
        if piece.text.is_some() == piece.media.is_some() {
            let message = "a piece of evidence is a `text` or a `media`, one of them";
            return bad(format!("/evidence/{i}"), message.to_owned());
        }
        let texts = [("text", &piece.text, LONGEST), ("title", &piece.title, LONGEST_NAME)];
        for (key, text, most) in texts {
            if text.as_ref().is_some_and(|text| !fits(text, most)) {
                let message = format!("write 1 to {most} bytes, or leave it out");
                return bad(format!("/evidence/{i}/{key}"), message);
            }
        }
        total += piece.text.as_ref().map_or(0, String::len);
    }
    if total > LONGEST_EVIDENCE {
        let message = format!("the evidence has more than {LONGEST_EVIDENCE} bytes; upload files");
        return bad("/evidence".to_owned(), message);
    }
    Ok(())
}
