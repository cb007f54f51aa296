//! How much of a case somebody sees.
//!
//! Reviewers do not see groups (unless the loop uses them), purposes, audits, or what others judged
//! while the case is open; submitters do not see held decisions; and nobody who may still judge a
//! blind task sees its proposals, in any response. An automatic case under audit looks to reviewers
//! like any case that waits, and so does one that somebody shall look at again.

use tandem_domain::case::{Case, JudgmentState, Purpose, Task};
use tandem_domain::roles::Role;
use tandem_domain::{MemberId, PersonId};
use tandem_engine::loops::LoopHandle;
use tandem_engine::principal::Principal;

/// How much of a case somebody sees.
#[derive(Debug, Clone, Copy)]
pub struct Lens {
    kind: Kind,
    member: Option<(MemberId, PersonId)>,
    may_judge: bool,
    group: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Orchestrators, auditors, arbiters and admins.
    Whole,
    Reviewer,
    Submitter,
}

impl Lens {
    /// The lens of a principal on cases of a loop.
    pub fn new(principal: &Principal, handle: &LoopHandle) -> Self {
        let has = |role| principal.has(role, Some(&handle.name));
        let whole = [Role::Orchestrator, Role::Auditor, Role::Arbiter, Role::Admin];
        let kind = if whole.into_iter().any(has) {
            Kind::Whole
        } else if has(Role::Reviewer) {
            Kind::Reviewer
        } else {
            Kind::Submitter
        };
        let member = principal.member();
        let judges = [Role::Reviewer, Role::Arbiter, Role::Admin];
        let may_judge = member.is_some() && judges.into_iter().any(has);
        Self { kind, member, may_judge, group: handle.spec().use_group }
    }

    /// The same person at work on a claim: as a reviewer, whatever else they are.
    pub fn at_work(self) -> Self {
        Self { kind: Kind::Reviewer, ..self }
    }

    /// Whether everything is shown but blind proposals.
    pub fn whole(self) -> bool {
        self.kind == Kind::Whole
    }

    /// Whether group attributes are shown.
    pub fn group(self) -> bool {
        self.kind != Kind::Reviewer || self.group
    }

    /// Whether decisions are shown before they take effect.
    pub fn held(self) -> bool {
        self.kind != Kind::Submitter
    }

    /// Whether the case must look like one that waits for its first review.
    pub fn masks_audit(self, case: &Case) -> bool {
        self.kind == Kind::Reviewer && under_audit(case) && !self.was_judge(case)
    }

    /// Whether proposals (and what tells of them) are hidden.
    pub fn hides_proposals(self, case: &Case) -> bool {
        self.may_judge && case.state.tasks.iter().any(|task| self.is_blind(case, task))
    }

    /// Whether a judgment is shown.
    pub fn judgment(self, case: &Case, member: MemberId) -> bool {
        let own = self.member.is_some_and(|(own, _)| own == member);
        own || (self.whole() && !self.hides_proposals(case))
    }

    /// Own member, for what only its author sees.
    pub fn person(self) -> Option<PersonId> {
        self.member.map(|(_, person)| person)
    }

    /// Whether a second look at the case is about this person's own judgment: then it hides nothing
    /// from them, and looks as it did before.
    fn was_judge(self, case: &Case) -> bool {
        let own = |person| self.member.is_some_and(|(_, own)| own == person);
        let checked = |task: &Task| !task.purpose.decides() && task.purpose != Purpose::CrossCheck;
        !case.state.tasks.iter().any(|task| task.open && checked(task))
            && case
                .state
                .judgments
                .iter()
                .any(|judgment| own(judgment.person) && judgment.state == JudgmentState::Counted)
    }

    fn is_blind(self, case: &Case, task: &Task) -> bool {
        let judged = || {
            case.state
                .filled(task.n)
                .any(|judgment| self.member.is_some_and(|(_, person)| person == judgment.person))
        };
        let own = task.purpose == Purpose::CrossCheck && self.was_judge(case);
        task.open && task.blind && !judged() && !own
    }
}

fn under_audit(case: &Case) -> bool {
    case.state.tasks.iter().any(|task| task.open && !task.purpose.decides())
}
