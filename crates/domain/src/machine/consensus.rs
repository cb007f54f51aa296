//! When enough judgments agree, and what they agree on.

use super::Step;
use crate::answer::{changes, identical, same_answer};
use crate::case::{
    Answer, DecidedBy, Decision, DecisionState, Delivery, Judgment, Outcome, Purpose, Verdict,
};
use crate::command::Effect;
use crate::event::Kind;
use crate::loops::{ConsensusRule, OnTie};

/// How many seats beyond the loop's a task may grow by before an arbiter decides.
pub(super) const MAX_ADDED_SEATS: u32 = 4;

impl Step<'_> {
    /// Called when a judgment filled a seat of task `n`.
    pub(super) fn resolve_if_complete(&mut self, n: u32) {
        let Some(task) = self.state.task(n) else { return };
        let filled: Vec<&Judgment> = self.state.filled(n).collect();
        // Over a call each judgment may decide: one rejection is enough.
        let each = self.spec.holds_action() && task.purpose.decides();
        if !task.open || (filled.len() < task.seats as usize && !each) {
            self.settle_status();
            return;
        }
        if self.spec.holds_action() && task.purpose.decides() {
            return self.resolve_approvals(n);
        }
        match task.purpose {
            Purpose::Audit | Purpose::CrossCheck => self.close_check(n),
            Purpose::Arbitrate => {
                let last = filled.last().map(|judgment| judgment.n);
                self.decide_by_people(n, last.into_iter().collect(), "arbiter");
            }
            Purpose::Appeal => self.resolve_appeal(n),
            Purpose::Decide => self.resolve_deciding(n),
        }
    }

    fn resolve_deciding(&mut self, n: u32) {
        let filled: Vec<&Judgment> = self.state.filled(n).collect();
        let total = filled.len();
        let mut groups: Vec<Vec<&Judgment>> = Vec::new();
        for &judgment in &filled {
            match groups.iter_mut().find(|group| self.same(group[0], judgment)) {
                Some(group) => group.push(judgment),
                None => groups.push(vec![judgment]),
            }
        }
        // Stable: on equal sizes the answer given first stays first, and is no majority anyway.
        groups.sort_by_key(|group| std::cmp::Reverse(group.len()));
        let consensus = self.spec.review.consensus;
        let best = groups.first().map_or(0, Vec::len);
        let tied = groups.get(1).is_some_and(|second| second.len() == best);
        let agreed = match consensus.rule {
            ConsensusRule::Unanimous => best == total,
            ConsensusRule::Majority => {
                !tied && best as f64 > consensus.min_agreement * total as f64
            }
        };
        if agreed {
            let winners = groups[0].iter().map(|judgment| judgment.n).collect();
            let rule = match (total, consensus.rule) {
                (1, _) => "single",
                (_, ConsensusRule::Majority) => "majority",
                (_, ConsensusRule::Unanimous) => "unanimous",
            };
            self.decide_by_people(n, winners, rule);
            return;
        }
        let wanted = self.state.route.as_ref().map_or(1, |route| route.reviewers);
        let may_grow = consensus.on_tie == OnTie::AddReviewer
            && consensus.rule == ConsensusRule::Majority
            && (total as u32) < wanted + MAX_ADDED_SEATS;
        let to = if may_grow { "reviewer" } else { "arbiter" };
        self.event(
            Kind::Escalated,
            [("reason", "no_agreement".into()), ("task", n.into()), ("to", to.into())],
        );
        if may_grow {
            if let Some(task) = self.state.tasks.iter_mut().find(|task| task.n == n) {
                task.seats += 1;
            }
            self.effects.push(Effect::WakeQueue);
        } else {
            self.close_tasks(|task| task.n == n);
            self.open_arbitration();
        }
        self.settle_status();
    }

    pub(super) fn same(&self, a: &Judgment, b: &Judgment) -> bool {
        match (&a.answer, &b.answer) {
            (Some(a), Some(b)) => same_answer(self.spec, a, b),
            (None, None) => a.verdict == b.verdict,
            _ => false,
        }
    }

    /// Whether people leave what was proposed as it was: a call to the byte, other answers under the loop's
    /// error rules.
    fn is_approval(&self, output: &Answer, proposed: &Answer) -> bool {
        if self.spec.holds_action() {
            return identical(output, proposed);
        }
        same_answer(self.spec, output, proposed)
    }

    pub(super) fn decide_by_people(&mut self, task: u32, judgments: Vec<u32>, rule: &str) {
        let chosen: Vec<&Judgment> =
            self.state.judgments.iter().filter(|j| judgments.contains(&j.n)).collect();
        let output: Option<Answer> = chosen.first().and_then(|judgment| judgment.answer.clone());
        let rejected = chosen.first().is_some_and(|judgment| judgment.verdict == Verdict::Reject);
        let mut reason_codes: Vec<String> =
            chosen.iter().flat_map(|judgment| judgment.reasons.iter().cloned()).collect();
        reason_codes.sort();
        reason_codes.dedup();
        let newest = |said: fn(&Judgment) -> Option<&String>| {
            chosen.iter().rev().find_map(|judgment| said(judgment)).cloned()
        };
        let rationale = newest(|judgment| judgment.rationale.as_ref());
        let written = newest(|judgment| judgment.notice.as_ref());
        let proposal = self.state.current_proposal();
        let outcome = match (&output, proposal) {
            _ if rejected => Outcome::Rejected,
            (Some(output), Some(proposal)) if self.is_approval(output, &proposal.output) => {
                Outcome::Approved
            }
            (_, Some(_)) => Outcome::Modified,
            (_, None) => Outcome::Labelled,
        };
        let changed = match (&output, proposal, outcome) {
            (Some(output), Some(proposal), Outcome::Modified) => changes(&proposal.output, output),
            _ => Vec::new(),
        };
        let mut batches: Vec<String> =
            chosen.iter().filter_map(|judgment| judgment.batch.clone()).collect();
        batches.sort();
        batches.dedup();
        let undo = self.spec.undo();
        let shown = output.as_ref().filter(|_| !rejected);
        let notice = written.or_else(|| self.spec.notice_for(outcome.as_str(), shown));
        let mut decision = Decision {
            n: u32::try_from(self.state.decisions.len()).unwrap_or(u32::MAX) + 1,
            output: if rejected { None } else { output },
            outcome,
            by: DecidedBy::People,
            rule: rule.to_owned(),
            judgments,
            proposal: proposal.map(|p| p.n),
            changes: changed,
            reason_codes,
            rationale,
            notice,
            model: proposal.and_then(|p| p.model.clone()),
            loop_version: self.ctx.loop_version,
            decided_at: self.ctx.now,
            effective_at: self.ctx.now + undo,
            state: DecisionState::Held,
            delivery: Delivery::Pending,
            standing_grant: None,
            batches,
            contestable_until: None,
            ruling: None,
            gate: None,
            digest: String::new(),
        };
        self.close_tasks(|open| open.n == task);
        decision.ruling = self.rule(task, outcome, decision.output.as_ref());
        self.record_decision(decision);
    }
}
