//! How people review: seats, consensus, leases and deadlines.

use serde::{Deserialize, Serialize};

use crate::roles::Role;
use crate::time::Span;

/// How people review.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReviewSpec {
    /// Seats of a task.
    pub reviewers: u32,
    /// When judgments agree enough.
    pub consensus: ConsensusSpec,
    /// How long a claim lasts without a renewal.
    pub lease: Span,
    /// How long a people's decision may be undone; see [`LoopSpec::undo`](super::LoopSpec::undo).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undo: Option<Span>,
    /// How long a machine's decision may be vetoed; only on the loop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub veto: Option<Span>,
    /// When a case is overdue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Span>,
    /// What happens then.
    pub on_deadline: DeadlineAction,
    /// Share of reviews where the proposal is hidden until the reviewer answered.
    pub blind_rate: f64,
    /// How often a proposer is asked again before a person takes over.
    pub max_attempts: u32,
    /// How long a revision may take before a person takes over.
    pub revise_within: Span,
    /// How long links outside and models that check may take, all together, before people take over.
    pub propose_within: Span,
    /// Whether an audit that disagrees reopens the case.
    pub reopen_on_audit_error: bool,
    /// Whether people say why, for the record.
    pub rationale: Wanted,
    /// For actions: how many persons approve. Absent: one, whose edit decides as well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approvals: Option<ApprovalsSpec>,
    /// For actions: what approving takes.
    #[serde(skip_serializing_if = "SignOff::is_server")]
    pub sign_off: SignOff,
    /// Where a person may decide besides the app; step-up sign-offs are never given there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<SignOffChannel>,
    /// Where a task goes that nobody decides in time; then arbiters.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub escalation: Vec<RungSpec>,
    /// Words that are offered in the conversation beside a case.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub quick_replies: Vec<String>,
    /// When nobody is called up the ladder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quiet_hours: Option<super::QuietSpec>,
    /// What people can look at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capacity: Option<super::CapacitySpec>,
    /// What gives way while more than that waits, first to last.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub overload: Vec<super::Lesser>,
    /// For actions: when an approval that nobody consumed raises an alarm.
    pub consume_within: Span,
    /// For actions: when a grant without a known result raises an alarm.
    pub execution_within: Span,
    /// For actions: how long an approval may be consumed.
    pub valid_for: Span,
}

/// Whether something is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wanted {
    /// A judgment without it is refused.
    Required,
    /// It may be left out.
    #[default]
    Optional,
}

/// What approving a call takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignOff {
    /// Being signed in: the server attests who approved.
    #[default]
    Server,
    /// A signature by the approver's passkey over what is approved.
    Webauthn,
}

/// A place besides the app in which a person may decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignOffChannel {
    /// By a button in a chat, by whoever confirmed in the app that the account is theirs.
    Chat,
}

impl SignOff {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
    fn is_server(&self) -> bool {
        *self == Self::Server
    }
}

/// How many persons approve an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApprovalsSpec {
    /// The role they hold.
    #[serde(default = "reviewers")]
    pub of: Role,
    /// How many distinct natural persons.
    pub count: u32,
    /// Whether only those count of whom two admins agree who they are.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub identified: bool,
}

fn reviewers() -> Role {
    Role::Reviewer
}

/// A rung of the escalation ladder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RungSpec {
    /// How long after the task was made.
    pub after: Span,
    /// The queue it then waits in.
    pub to: String,
}

impl Default for ReviewSpec {
    fn default() -> Self {
        Self {
            reviewers: 1,
            consensus: ConsensusSpec::default(),
            lease: Span::seconds(300),
            undo: None,
            veto: None,
            deadline: None,
            on_deadline: DeadlineAction::Escalate,
            blind_rate: 0.0,
            max_attempts: 2,
            revise_within: Span::seconds(300),
            propose_within: Span::seconds(120),
            reopen_on_audit_error: false,
            rationale: Wanted::Optional,
            approvals: None,
            sign_off: SignOff::Server,
            channels: Vec::new(),
            escalation: Vec::new(),
            quick_replies: Vec::new(),
            quiet_hours: None,
            capacity: None,
            overload: Vec::new(),
            consume_within: Span::seconds(600),
            execution_within: Span::seconds(600),
            valid_for: Span::seconds(86_400),
        }
    }
}

/// When judgments agree enough.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ConsensusSpec {
    /// The rule.
    pub rule: ConsensusRule,
    /// Share of judgments the winning answer must exceed (majority), 0..=1.
    pub min_agreement: f64,
    /// What happens when they do not agree.
    pub on_tie: OnTie,
}

impl Default for ConsensusSpec {
    fn default() -> Self {
        Self { rule: ConsensusRule::Majority, min_agreement: 0.5, on_tie: OnTie::AddReviewer }
    }
}

/// Rules of consensus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsensusRule {
    /// The most frequent answer, if its share exceeds `min_agreement`.
    Majority,
    /// All judgments are the same.
    Unanimous,
}

/// What happens when judgments do not agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnTie {
    /// One more seat.
    AddReviewer,
    /// An arbiter decides.
    Arbiter,
}

/// What happens when a case is overdue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeadlineAction {
    /// The task goes to arbiters.
    Escalate,
    /// The proposal is approved.
    Approve,
    /// The case is decided: rejected.
    Reject,
    /// It stays, visibly overdue.
    Keep,
}
