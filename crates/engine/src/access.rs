//! The one place that says who may do what.
//!
//! A table of actions against roles; what is not in it is denied. Roles hold in a loop or in all of
//! them. Rules about a single case (nobody judges what they proposed, a submitter sees its own
//! cases) need the case, and are [`owns`] here and eligibility in the domain: both compare natural
//! persons, not accounts.

use tandem_domain::case::CaseCore;
use tandem_domain::roles::Role::{
    self, Admin, Arbiter, Auditor, Orchestrator, Reviewer, Submitter,
};

use crate::errors::{EngineError, Result};
use crate::principal::{Actor, Principal};

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident, $text:literal, $scope:ident, [$($role:ident)*];)*) => {
        /// Everything that can be done.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Action { $($(#[$doc])* $name,)* }

        impl Action {
            /// Every action.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// What it is called in errors.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The scope a limited key needs for it.
            pub fn scope(self) -> Scope {
                match self { $(Self::$name => Scope::$scope,)* }
            }

            /// Roles that may do it, besides admins.
            pub fn roles(self) -> &'static [Role] {
                match self { $(Self::$name => &[$($role),*],)* }
            }
        }
    };
}

actions! {
    /// Read loops and their versions.
    LoopRead, "read loops", Read, [Submitter Reviewer Arbiter Orchestrator Auditor];
    /// Publish or draft a version of a loop.
    LoopWrite, "change loops", Manage, [Orchestrator];
    /// Hand in cases.
    CaseSubmit, "submit cases", Submit, [Submitter Orchestrator];
    /// Read any case of a loop.
    CaseRead, "read cases", Read, [Reviewer Arbiter Orchestrator Auditor];
    /// Read the cases one handed in oneself.
    CaseReadOwn, "read one's own cases", Read, [Submitter];
    /// Propose again on any case.
    CasePropose, "propose", Submit, [Orchestrator];
    /// Propose again on a case one handed in.
    CaseProposeOwn, "propose on one's own cases", Submit, [Submitter];
    /// Cancel any case.
    CaseCancel, "cancel cases", Submit, [Orchestrator];
    /// Cancel a case one handed in.
    CaseCancelOwn, "cancel one's own cases", Submit, [Submitter];
    /// Take the grant of any decision.
    CaseConsume, "consume decisions", Submit, [Orchestrator];
    /// Take the grant of a decision on a case one handed in.
    CaseConsumeOwn, "consume one's own decisions", Submit, [Submitter];
    /// Open a decided case again.
    CaseReopen, "reopen cases", Manage, [Arbiter Orchestrator];
    /// Contest a decision on behalf of the person affected.
    CaseAppeal, "lodge appeals", Submit, [Reviewer Arbiter Orchestrator];
    /// Contest a decision on a case one handed in.
    CaseAppealOwn, "lodge appeals on one's own cases", Submit, [Submitter];
    /// Withdraw a machine's decision before it takes effect.
    CaseVeto, "veto", Review, [Reviewer Arbiter Orchestrator];
    /// Read standing permissions and sign-offs over many cases.
    StandingRead, "read standing permissions", Read, [Reviewer Arbiter Orchestrator Auditor];
    /// Ask for and sign standing permissions.
    StandingSign, "sign standing permissions", Review, [Reviewer Arbiter Orchestrator];
    /// Take standing permissions back: the safe direction, so everybody who works here may.
    StandingRevoke, "revoke standing permissions", Review, [Reviewer Arbiter Orchestrator];
    /// Keep one's own passkeys and sign with them.
    PasskeyOwn, "keep passkeys", Review, [Reviewer Arbiter Orchestrator];
    /// Say what the world said later.
    OutcomeWrite, "record outcomes", Submit, [Submitter Reviewer Arbiter Orchestrator];
    /// Read remarks on a case.
    CommentRead, "read comments", Read, [Reviewer Arbiter Orchestrator Auditor];
    /// Add a remark to a case.
    CommentWrite, "comment", Review, [Reviewer Arbiter Orchestrator];
    /// Read any conversation.
    MessageRead, "read conversations", Read, [Reviewer Arbiter Orchestrator Auditor];
    /// Read the conversations on cases one handed in.
    MessageReadOwn, "read one's own conversations", Read, [Submitter];
    /// Speak to the agent and the person affected.
    MessageWrite, "speak as a person", Review, [Reviewer Arbiter Orchestrator];
    /// Speak for the agent, or relay the person affected, on any case.
    MessageRelay, "speak for the agent", Submit, [Orchestrator];
    /// Speak for the agent, or relay the person affected, on a case one handed in.
    MessageRelayOwn, "speak for the agent on one's own cases", Submit, [Submitter];
    /// Give back somebody else's turn.
    HandBackAny, "give back the turn of others", Manage, [Orchestrator];
    /// Read what happened to a case.
    TimelineRead, "read timelines", Read, [Reviewer Arbiter Orchestrator Auditor];
    /// Claim, renew and release seats.
    Claim, "claim", Review, [Reviewer Arbiter];
    /// Judge, and undo or retract one's own judgments.
    Judge, "judge", Review, [Reviewer Arbiter];
    /// Retract somebody else's judgment.
    RetractAny, "retract judgments of others", Manage, [Orchestrator];
    /// Release somebody else's claim.
    ReleaseAny, "release claims of others", Manage, [Orchestrator];
    /// Pause queues, move cases between them, change their priority.
    QueueWrite, "change queues", Manage, [Orchestrator];
    /// See what waits.
    QueueRead, "read queues", Read, [Reviewer Arbiter Orchestrator Auditor];
    /// Read statistics: errors, time, quality, learning.
    StatsRead, "read statistics", Read, [Orchestrator Auditor];
    /// Follow events as they are sealed, without their data.
    EventHints, "follow hints of events", Read, [Reviewer Arbiter Orchestrator Auditor];
    /// Follow events with their data.
    EventRead, "read events", Read, [Orchestrator Auditor];
    /// Read the newest checkpoint.
    CheckpointRead, "read checkpoints", Read, [Submitter Reviewer Arbiter Orchestrator Auditor];
    /// Read entries and proofs of the ledger, and verify it.
    LedgerRead, "read the ledger", Read, [Orchestrator Auditor];
    /// Export examples, judgments and decisions.
    Export, "export", Read, [Orchestrator Auditor];
    /// Read models and jobs.
    ModelRead, "read models", Read, [Orchestrator Auditor];
    /// Train and promote models.
    ModelWrite, "change models", Manage, [Orchestrator];
    /// Promote a model without a score on the frozen evaluation set.
    ModelForce, "promote a model that was not measured", Manage, [];
    /// Sign what the machine may decide alone, and take it back.
    AutonomySign, "sign for autonomy", Manage, [Orchestrator];
    /// See whether a halt is in force.
    HaltRead, "read halts", Read, [Submitter Reviewer Arbiter Orchestrator Auditor];
    /// Stop everything: the safe direction, so everybody who works here may.
    Halt, "halt", Review, [Reviewer Arbiter Orchestrator];
    /// Lift a halt.
    Resume, "resume", Manage, [Orchestrator];
    /// Start runs.
    RunStart, "start runs", Submit, [Submitter Orchestrator];
    /// Report on the runs one started.
    RunReport, "report on one's own runs", Submit, [Submitter];
    /// Report on any run, and take any over.
    RunReportAny, "report on runs", Submit, [Orchestrator];
    /// Read any run of a loop.
    RunRead, "read runs", Read, [Reviewer Arbiter Orchestrator Auditor];
    /// Read the runs one started.
    RunReadOwn, "read one's own runs", Read, [Submitter];
    /// Pause and stop runs: the safe direction, so everybody who works here may.
    RunStop, "pause and stop runs", Review, [Reviewer Arbiter Orchestrator];
    /// Resume, redirect and override runs, and clear their alerts.
    RunControl, "control runs", Manage, [Orchestrator];
    /// Upload files.
    MediaWrite, "upload media", Submit, [Submitter Reviewer Arbiter Orchestrator];
    /// Fetch files.
    MediaRead, "read media", Read, [Submitter Reviewer Arbiter Orchestrator Auditor];
    /// See members and their roles.
    MemberRead, "read members", Read, [Auditor];
    /// Add, change and disable members.
    MemberWrite, "change members", Admin, [];
    /// See keys (never their secrets).
    KeyRead, "read keys", Read, [Auditor];
    /// Make and revoke keys.
    KeyWrite, "change keys", Admin, [];
    /// Choose and read one's own notifications: about oneself, so every member may.
    NotifyOwn, "keep one's notifications", Read, [Submitter Reviewer Arbiter Orchestrator Auditor];
    /// See what ways of telling members met.
    NotifyHealth, "read ways of notifications", Read, [Orchestrator Auditor];
    /// See webhooks (never their secrets) and what became of their messages.
    WebhookRead, "read webhooks", Admin, [];
    /// Add, change, test and remove webhooks.
    WebhookWrite, "change webhooks", Admin, [];
    /// See channels (never their secrets), how they are and what became of their messages.
    ChannelRead, "read channels", Admin, [];
    /// Add, change, test and remove channels.
    ChannelWrite, "change channels", Admin, [];
    /// Tell what the ticket of a case says at its help desk.
    TicketSync, "tell what tickets say", Submit, [Submitter Orchestrator];
    /// Break the demonstration on purpose.
    Demo, "use the demonstration", Admin, [];
}

/// What a key can be limited to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Read whatever its roles may read.
    Read,
    /// Hand in cases and take what was decided.
    Submit,
    /// Claim and judge.
    Review,
    /// Change loops and models.
    Manage,
    /// Change members and keys.
    Admin,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 5] = [Self::Read, Self::Submit, Self::Review, Self::Manage, Self::Admin];

    /// As it is written in keys.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Submit => "submit",
            Self::Review => "review",
            Self::Manage => "manage",
            Self::Admin => "admin",
        }
    }
}

/// Allows or forbids `action` in a loop (`None`: in the whole space).
///
/// # Errors
/// [`EngineError::Forbidden`] naming the missing right.
pub fn allow(principal: &Principal, action: Action, loop_name: Option<&str>) -> Result<()> {
    if !in_scope(principal, action) {
        return Err(EngineError::forbidden(format!(
            "this key may not {}: it lacks the scope `{}`",
            action.as_str(),
            action.scope().as_str()
        )));
    }
    if holds(principal, action, loop_name) {
        return Ok(());
    }
    let roles = action.roles().iter().map(|role| role.as_str()).chain([Admin.as_str()]);
    let place = loop_name.map_or_else(|| "this space".to_owned(), |name| format!("loop `{name}`"));
    Err(EngineError::forbidden(format!(
        "{} may not {} in {place}: it takes one of the roles {}",
        principal.name,
        action.as_str(),
        roles.collect::<Vec<_>>().join(", ")
    )))
}

/// Allows `action` where the principal may do it in some loop; the caller filters by loop then.
pub fn allow_somewhere(principal: &Principal, action: Action) -> Result<()> {
    let somewhere = in_scope(principal, action)
        && principal.grants.iter().any(|(_, role)| grants(*role, action));
    if somewhere { Ok(()) } else { allow(principal, action, None) }
}

/// Allows an action on one case: `action` by role, or `own` when the principal handed the case in.
pub fn allow_case(
    principal: &Principal,
    action: Action,
    own: Action,
    loop_name: &str,
    core: &CaseCore,
) -> Result<()> {
    if owns(principal, core) && allow(principal, own, Some(loop_name)).is_ok() {
        return Ok(());
    }
    allow(principal, action, Some(loop_name))
}

/// Whether the principal handed the case in: the same key or account, or the same natural person.
pub fn owns(principal: &Principal, core: &CaseCore) -> bool {
    let person = principal.member().map(|(_, person)| person);
    (person.is_some() && person == core.submitted_by_person) || principal.id() == core.submitted_by
}

fn holds(principal: &Principal, action: Action, loop_name: Option<&str>) -> bool {
    principal.grants.iter().any(|(scope, role)| scope.covers(loop_name) && grants(*role, action))
}

fn grants(role: Role, action: Action) -> bool {
    role == Admin || action.roles().contains(&role)
}

fn in_scope(principal: &Principal, action: Action) -> bool {
    let limited = matches!(principal.actor, Actor::Key { .. }) && !principal.scopes.is_empty();
    !limited || principal.scopes.iter().any(|scope| scope == action.scope().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::principal::LoopScope;
    use tandem_domain::KeyId;

    fn key(grants: Vec<(LoopScope, Role)>, scopes: &[&str]) -> Principal {
        Principal {
            actor: Actor::Key { id: KeyId::from_bytes([1; 16]), member: None, made_by: None },
            name: "k".to_owned(),
            space: "default".to_owned(),
            grants,
            scopes: scopes.iter().map(|&s| s.to_owned()).collect(),
            stands_in_for: Vec::new(),
            skills: Vec::new(),
        }
    }

    #[test]
    fn nobody_may_do_anything_without_a_role() {
        for &action in Action::ALL {
            assert!(allow(&key(vec![], &[]), action, Some("a")).is_err(), "{action:?}");
        }
    }

    #[test]
    fn auditors_change_nothing_and_read_everything() {
        let auditor = key(vec![(LoopScope::All, Auditor)], &[]);
        for &action in Action::ALL {
            let own =
                [Action::CaseReadOwn, Action::RunReadOwn, Action::MessageReadOwn].contains(&action);
            let reads = action.scope() == Scope::Read && !own;
            assert_eq!(allow(&auditor, action, Some("a")).is_ok(), reads, "{action:?}");
        }
    }

    #[test]
    fn a_role_in_one_loop_says_nothing_about_another() {
        let here = key(vec![(LoopScope::Named("a".to_owned()), Reviewer)], &[]);
        assert!(allow(&here, Action::Judge, Some("a")).is_ok());
        assert!(allow(&here, Action::Judge, Some("b")).is_err());
        assert!(allow(&here, Action::Judge, None).is_err());
        assert!(allow_somewhere(&here, Action::Judge).is_ok());
        assert!(allow_somewhere(&here, Action::LoopWrite).is_err());
    }

    #[test]
    fn a_limited_key_needs_the_scope_besides_the_role() {
        let admin = key(vec![(LoopScope::All, Admin)], &["submit"]);
        assert!(allow(&admin, Action::CaseSubmit, Some("a")).is_ok());
        assert!(allow(&admin, Action::KeyWrite, None).is_err());
        assert!(allow_somewhere(&admin, Action::LoopRead).is_err());
    }
}
