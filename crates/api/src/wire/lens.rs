//! How much of a case somebody sees.
//!
//! Reviewers do not see groups (unless the loop uses them), purposes, audits, or what others judged
//! while the case is open; submitters do not see held decisions; and nobody who may still judge a
//! blind task sees its proposals, in any response. An automatic case under audit looks to reviewers
//! like any case that waits, and so does one that somebody shall look at again.

use tandem_domain::case::{Appeal, Case, JudgmentState, Purpose, Task};
use tandem_domain::roles::Role;
use tandem_domain::{MemberId, PersonId, Timestamp};
use tandem_engine::loops::LoopHandle;
use tandem_engine::principal::Principal;
use tandem_engine::review::decides_appeals;

/// How much of a case somebody sees.
#[derive(Debug, Clone, Copy)]
pub struct Lens {
    kind: Kind,
    member: Option<(MemberId, PersonId)>,
    may_judge: bool,
    decides_appeals: bool,
    group: bool,
    now: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Orchestrators, auditors, arbiters and admins.
    Whole,
    Reviewer,
    Submitter,
}

impl Lens {
    /// The lens of a principal on cases of a loop at `now`.
    pub fn new(principal: &Principal, handle: &LoopHandle, now: Timestamp) -> Self {
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
        let decides_appeals = member.is_some() && decides_appeals(principal, handle);
        let group = handle.spec().use_group;
        Self { kind, member, may_judge, decides_appeals, group, now }
    }

    /// The same person at work on a claim: as a reviewer, whatever else they are.
    pub fn at_work(self) -> Self {
        Self { kind: Kind::Reviewer, ..self }
    }

    /// Whether everything is shown but blind proposals.
    pub fn whole(self) -> bool {
        self.kind == Kind::Whole
    }

    /// When the look is taken.
    pub fn now(self) -> Timestamp {
        self.now
    }

    /// The open appeal that this person may decide without having seen proposal, earlier decision and
    /// earlier deciders: whatever was there when it was lodged is hidden from them.
    pub fn blind_appeal(self, case: &Case) -> Option<&Appeal> {
        let (_, person) = self.member.filter(|_| self.decides_appeals)?;
        case.state.blind_appeal(&case.core, person)
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

    /// Whether the case must look undecided: to whoever shall look at it as if nobody had, and to
    /// whoever decides an appeal blind.
    pub fn hides_decision(self, case: &Case) -> bool {
        self.masks_audit(case) || self.blind_appeal(case).is_some()
    }

    /// Whether proposals (and what tells of them) are hidden.
    pub fn hides_proposals(self, case: &Case) -> bool {
        self.may_judge && case.state.tasks.iter().any(|task| self.is_blind(case, task))
    }

    /// Whether a judgment is shown.
    pub fn judgment(self, case: &Case, member: MemberId) -> bool {
        let own = self.member.is_some_and(|(own, _)| own == member);
        // Whoever decides a blind appeal judged nothing before it.
        if self.blind_appeal(case).is_some() {
            return own;
        }
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
        // What an appeal hides is [`blind_appeal`](Self::blind_appeal): from whom may decide it only.
        let review = task.purpose != Purpose::Appeal;
        task.open && task.blind && review && !judged() && !own
    }
}

fn under_audit(case: &Case) -> bool {
    case.state.tasks.iter().any(|task| task.open && !task.purpose.decides())
}
