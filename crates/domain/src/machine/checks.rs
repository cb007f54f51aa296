//! Audits, and second looks at what people found: tasks that never change the status of a case.

use serde_json::json;

use super::Step;
use crate::answer::same_answer;
use crate::case::{
    Answer, DecidedBy, Finding, Judgment, JudgmentState, Look, OnAppeal, Outcome, Purpose, Status,
};
use crate::command::{Effect, Reviewer, Timer};
use crate::event::Kind;
use crate::loops::{DEFAULT_QUEUE, RouteTo};
use crate::policy::AutonomyFact;
use crate::time::Span;

impl Step<'_> {
    /// An audit or a cross-check counts when its undo window is over, like a decision.
    pub(super) fn close_check(&mut self, n: u32) {
        self.close_tasks(|task| task.n == n);
        if self.spec.undo() == Span::ZERO {
            self.settle_check(n);
        } else {
            let at = self.ctx.now + self.spec.undo();
            self.effects.push(Effect::SetTimer { timer: Timer::Audit(n), at });
        }
    }

    pub(super) fn settle_check(&mut self, n: u32) {
        let Some(task) = self.state.task(n).filter(|task| !task.open) else { return };
        match task.purpose {
            Purpose::Audit => self.settle_audit(n),
            Purpose::CrossCheck => self.settle_look(n),
            Purpose::Decide | Purpose::Arbitrate | Purpose::Appeal => {}
        }
    }

    fn settle_audit(&mut self, n: u32) {
        let Some(judgment) = self.state.filled(n).last() else { return };
        // What is audited is what the machine decided, even where people decided again since.
        let machine = self.state.decisions.iter().find(|decision| {
            decision.by == DecidedBy::Machine && decision.outcome == Outcome::Approved
        });
        let Some(output) = machine.and_then(|decision| decision.output.as_ref()) else { return };
        let error = self.differs(judgment, output);
        let judgment = judgment.n;
        self.event(
            Kind::Audited,
            [("task", n.into()), ("judgment", judgment.into()), ("error", error.into())],
        );
        self.effects.push(Effect::AuditResult { error, judgment });
        let to = self.state.route.as_ref().map(|route| route.to);
        if to == Some(RouteTo::Auto) {
            self.found(error, vec![judgment]);
        }
        // While an appeal is open, it decides anew.
        let decided = self.state.status == Status::Decided && self.state.open_appeal().is_none();
        if error && self.spec.review.reopen_on_audit_error && decided {
            self.reopen_decided("audit_error");
        }
    }

    fn differs(&self, judgment: &Judgment, output: &Answer) -> bool {
        judgment.answer.as_ref().is_none_or(|answer| !same_answer(self.spec, output, answer))
    }

    /// What autonomy was told of the case when it came in, while that is still about its only
    /// proposal.
    fn evidence(&self) -> Option<(&AutonomyFact, &Answer)> {
        let fact = self.state.route.as_ref()?.facts.autonomy.as_ref()?;
        let mut proposals = self.state.proposals.iter().filter(|proposal| !proposal.shadow);
        let first = proposals.next()?;
        (fact.is_evidence() && proposals.next().is_none()).then_some((fact, &first.output))
    }

    /// A decision of people that took effect is what the first of them found, where the case was
    /// routed to them.
    pub(super) fn found_by_decision(&mut self, n: u32) {
        let to = self.state.route.as_ref().map(|route| route.to);
        let Some((_, proposed)) = self.evidence().filter(|_| to == Some(RouteTo::Review)) else {
            return;
        };
        let Some(decision) = self.state.decisions.iter().find(|d| d.n == n) else { return };
        let output = decision.output.as_ref();
        let error = output.is_none_or(|output| !same_answer(self.spec, output, proposed));
        let judgments = decision.judgments.clone();
        self.found(error, judgments);
    }

    /// The first finding: it counts, and perhaps another person looks again.
    fn found(&mut self, error: bool, judgments: Vec<u32>) {
        let Some((fact, _)) = self.evidence() else { return };
        if self.state.finding.is_some() {
            return;
        }
        let (counts, draw) = (fact.counts, fact.second_draw);
        self.state.finding = Some(Finding { error, judgments, looks: Vec::new(), appeal: None });
        let share = self.spec.policy.autonomy.as_ref().map_or(0.0, |spec| spec.second_looks);
        let before = self.state.tasks.iter().any(|task| task.purpose == Purpose::CrossCheck);
        let Some(draw) = draw.filter(|_| counts && share > 0.0 && !before) else { return };
        let propensity = if error { 1.0 } else { share };
        if draw < propensity {
            self.ask_look(Some((propensity, draw)));
        }
    }

    fn ask_look(&mut self, coin: Option<(f64, f64)>) {
        let queue = self.state.route.as_ref().map(|route| route.queue.clone());
        self.open_task(Purpose::CrossCheck, queue.as_deref().unwrap_or(DEFAULT_QUEUE), 1, true);
        let task = self.state.tasks.len();
        let (propensity, draw) = coin.unzip();
        self.event(
            Kind::LookAsked,
            [
                ("task", task.into()),
                // A third person looks where the first two differ.
                ("propensity", json!(propensity.unwrap_or(1.0))),
                ("draw", json!(draw)),
            ],
        );
    }

    fn settle_look(&mut self, n: u32) {
        let Some((_, proposed)) = self.evidence() else { return };
        let Some(judgment) = self.state.filled(n).last() else { return };
        let (error, judgment) = (self.differs(judgment, proposed), judgment.n);
        let Some(finding) = &mut self.state.finding else { return };
        if finding.looks.len() >= 2 || finding.looks.iter().any(|look| look.task == n) {
            return;
        }
        let before = finding.wrong();
        finding.looks.push(Look { task: n, judgment, error });
        let (wrong, tied) = (finding.wrong(), finding.is_tied());
        self.event(
            Kind::LookedAgain,
            [
                ("task", n.into()),
                ("judgment", judgment.into()),
                ("error", error.into()),
                ("counts_as_wrong", wrong.into()),
            ],
        );
        self.overruled(before, wrong);
        if tied {
            self.ask_look(None);
        }
    }

    /// Tells the audited stratum where what counts changed.
    fn overruled(&mut self, before: bool, wrong: bool) {
        let audited = self.state.route.as_ref().is_some_and(|route| route.to == RouteTo::Auto);
        if audited && before != wrong {
            self.effects.push(Effect::AuditOverruled { error: wrong });
        }
    }

    /// A judgment no longer counts: what rests on it is taken back, and somebody else is asked.
    pub(super) fn unfound(&mut self, n: u32) {
        let task = self.state.judgments.get(n as usize - 1).map(|judgment| judgment.task);
        let purpose = task.and_then(|task| self.state.task(task)).map(|task| task.purpose);
        if purpose == Some(Purpose::Audit)
            && let Some(task) = task
        {
            self.effects.push(Effect::ClearTimer { timer: Timer::Audit(task) });
            self.effects.push(Effect::AuditRetracted { judgment: n });
            self.open_again(task);
        }
        let Some(finding) = &mut self.state.finding else { return };
        if finding.appeal.as_ref().is_some_and(|found| found.judgments.contains(&n)) {
            let before = finding.wrong();
            finding.appeal = None;
            let wrong = finding.wrong();
            return self.overruled(before, wrong);
        }
        if finding.judgments.contains(&n) {
            self.state.finding = None;
            self.close_tasks(|task| task.purpose == Purpose::CrossCheck);
            return;
        }
        let Some(at) = finding.looks.iter().position(|look| look.judgment == n) else { return };
        let (before, task) = (finding.wrong(), finding.looks[at].task);
        finding.looks.truncate(at);
        let wrong = finding.wrong();
        self.close_tasks(|open| open.purpose == Purpose::CrossCheck && open.n > task);
        self.open_again(task);
        self.overruled(before, wrong);
    }

    /// What an appeal found outweighs what was found before, where anything was: an appeal alone is no
    /// evidence, for whoever contests a decision was not drawn.
    pub(super) fn overturn_finding(&mut self, judgments: Vec<u32>, output: Option<&Answer>) {
        let Some((_, proposed)) = self.evidence() else { return };
        let error = output.is_none_or(|output| !same_answer(self.spec, output, proposed));
        let Some(finding) = &mut self.state.finding else { return };
        let before = finding.wrong();
        finding.appeal = Some(OnAppeal { judgments, error });
        self.overruled(before, error);
    }

    /// Whether what was found rests on a judgment already.
    pub(super) fn rests_on(&self, n: u32) -> bool {
        self.state.finding.as_ref().is_some_and(|finding| {
            finding.judgments.contains(&n)
                || finding.looks.iter().any(|look| look.judgment == n)
                || finding.appeal.as_ref().is_some_and(|found| found.judgments.contains(&n))
        })
    }

    fn open_again(&mut self, n: u32) {
        if self.state.status == Status::Cancelled {
            return;
        }
        if let Some(task) = self.state.tasks.iter_mut().find(|task| task.n == n) {
            task.open = true;
            self.effects.push(Effect::WakeQueue);
        }
    }

    /// A case that is open again is found anew; what an audit found of the machine's decision stays.
    pub(super) fn unfound_by_reopening(&mut self) {
        let to = self.state.route.as_ref().map(|route| route.to);
        if to == Some(RouteTo::Review) && self.state.finding.take().is_some() {
            self.close_tasks(|task| task.purpose == Purpose::CrossCheck);
        }
    }

    /// Whether somebody judged the case already, in whatever task: a second look is another's.
    pub(super) fn has_judged(&self, reviewer: Reviewer) -> bool {
        self.state.judgments.iter().any(|judgment| {
            let counts = judgment.state == JudgmentState::Counted
                || judgment.state == JudgmentState::Retracted;
            counts && judgment.person == reviewer.person
        })
    }
}
