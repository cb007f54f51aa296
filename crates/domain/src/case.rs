//! The case: what came in, and the aggregate of everything that happened to it.
//!
//! [`CaseCore`] never changes after submission. [`CaseState`] is the aggregate that
//! [`decide`](crate::machine::decide) moves; it is stored as one document beside index rows, and
//! its commitment stands in the ledger with every change.

mod appeal;
mod chain;
mod conversation;
mod decision;
mod finding;
mod gate;
mod judgment;
mod task;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ids::{CaseId, LoopId, MemberId, PersonId};
use crate::policy::Route;
use crate::time::{Span, Timestamp};

pub use appeal::*;
pub use chain::*;
pub use conversation::*;
pub use decision::*;
pub use finding::*;
pub use gate::*;
pub use judgment::*;
pub use task::*;

/// An output or answer: named fields.
pub type Answer = serde_json::Map<String, Value>;

/// A case with its state.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// What came in.
    pub core: CaseCore,
    /// What became of it.
    pub state: CaseState,
}

impl Case {
    /// 0..=9, 9 first: as it came in, unless somebody changed it.
    pub fn priority(&self) -> u8 {
        self.state.priority.unwrap_or(self.core.priority)
    }
}

/// What came in; never changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CaseCore {
    /// Its id.
    pub id: CaseId,
    /// Space it belongs to.
    pub space: String,
    /// Its loop.
    pub loop_id: LoopId,
    /// The version of the loop it came in under.
    pub loop_version: u32,
    /// The submitter's key, unique within the loop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Whose data this is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The input, an object of the loop's input fields.
    pub input: Value,
    /// Tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Group attributes; hidden from reviewers, features and rules unless the loop allows it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub group: BTreeMap<String, String>,
    /// 0..=9, 9 first.
    pub priority: u8,
    /// When it is overdue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Timestamp>,
    /// Whether the person concerned asked for a person.
    #[serde(default)]
    pub requested_human: bool,
    /// What travels along: the conversation so far, and what was tried.
    #[serde(default, skip_serializing_if = "Handover::is_empty")]
    pub handover: Handover,
    /// What stands in for the answer while the case waits; never a decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interim: Option<Answer>,
    /// The run it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// Who submitted it: member or key, as text.
    pub submitted_by: String,
    /// The natural person behind it, for four eyes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submitted_by_person: Option<crate::ids::PersonId>,
    /// Sixteen random bytes, hex, that salt this case's commitments; destroyed at erasure.
    pub salt: String,
    /// When it came in.
    pub created_at: Timestamp,
    /// Whether it is imported history: marked, never certified evidence.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub imported: bool,
}

/// Where a case stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// A seat is free.
    Queued,
    /// All seats are taken.
    Claimed,
    /// A proposer is at work.
    WaitingForProposal,
    /// Decided, not yet effective.
    Held,
    /// An effective decision stands.
    Decided,
    /// Withdrawn by its submitter.
    Cancelled,
    /// Decided once, and open again; a seat is free.
    Reopened,
}

impl Status {
    /// As it is written and stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Claimed => "claimed",
            Self::WaitingForProposal => "waiting_for_proposal",
            Self::Held => "held",
            Self::Decided => "decided",
            Self::Cancelled => "cancelled",
            Self::Reopened => "reopened",
        }
    }

    /// Every status.
    pub const ALL: [Self; 7] = [
        Self::Queued,
        Self::Claimed,
        Self::WaitingForProposal,
        Self::Held,
        Self::Decided,
        Self::Cancelled,
        Self::Reopened,
    ];

    /// Whether nothing more happens to the case by itself.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Decided | Self::Cancelled)
    }
}

impl std::str::FromStr for Status {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or_else(|| format!("`{text}` is not a status of a case"))
    }
}

/// Everything that happened to a case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CaseState {
    /// Where it stands.
    pub status: Status,
    /// The newest route.
    pub route: Option<Route>,
    /// Proposals, oldest first; number n is at index n - 1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub proposals: Vec<Proposal>,
    /// Tasks, oldest first; number n is at index n - 1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tasks: Vec<Task>,
    /// Judgments, oldest first; number n is at index n - 1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub judgments: Vec<Judgment>,
    /// Decisions, oldest first; number n is at index n - 1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decisions: Vec<Decision>,
    /// Appeals, oldest first; number n is at index n - 1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub appeals: Vec<Appeal>,
    /// What people found in it as evidence for earned autonomy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finding: Option<Finding>,
    /// Members who may not get this case again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub barred: Vec<MemberId>,
    /// The persons on the requester's side besides the submitter's: who proposed, and who edited.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requesters: Vec<PersonId>,
    /// Persons who had a say in it without a judgment: who vetoed. They decide no appeal.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub involved: Vec<PersonId>,
    /// The priority that was set after submission, 0..=9.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<u8>,
    /// The person who has the turn in the conversation, where one has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_over: Option<TakeOver>,
    /// Claims handed out so far; numbers the next one.
    #[serde(default)]
    pub claims_made: u32,
    /// Revisions asked for so far.
    #[serde(default)]
    pub attempts: u32,
    /// Grows by one with every change.
    pub revision: u64,
    /// What the links of the chain tried; none where nobody was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain: Option<ChainState>,
    /// When it is overdue, after the loop's default was applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Timestamp>,
    /// By how much the deadline was moved for time that nobody could use.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub credited: Span,
    /// Whether the deadline passed without a decision.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub overdue: bool,
    /// When the last change happened.
    pub updated_at: Timestamp,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_zero(span: &Span) -> bool {
    *span == Span::ZERO
}

/// What a machine suggests.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    /// Its number in the case.
    pub n: u32,
    /// The suggested answer.
    pub output: Answer,
    /// Confidence of each field or of the whole (`""`), 0..=1, by field name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub confidence: BTreeMap<String, f64>,
    /// Probabilities of the options, by field name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub probabilities: BTreeMap<String, BTreeMap<String, f64>>,
    /// Model and version, as in `intent@7`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Evidence, shown to reviewers: objects with `for`, `in`, `start`, `end`, `weight`, `text`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Value>,
    /// Who proposed: a member or key, or `machine`.
    pub by: String,
    /// Whether it was only recorded beside the live one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shadow: bool,
    /// SHA-256, hex, over the bytes of a call as people are shown it (see `machine::shown`): who
    /// approves says that they saw these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// When.
    pub at: Timestamp,
}

impl Proposal {
    /// The smallest confidence over all fields; `None` when none was given.
    pub fn weakest_confidence(&self) -> Option<f64> {
        self.confidence.values().copied().reduce(f64::min)
    }
}

impl CaseState {
    /// The proposal that people and policy look at: the newest that is not a shadow.
    pub fn current_proposal(&self) -> Option<&Proposal> {
        self.proposals.iter().rev().find(|proposal| !proposal.shadow)
    }

    /// The decision that is held or effective, if there is one.
    pub fn live_decision(&self) -> Option<&Decision> {
        self.decisions.iter().rev().find(|decision| decision.state.is_live())
    }

    /// The open task that decides the case. The task of an appeal is none while the contested decision
    /// stands: the case is decided.
    pub fn open_deciding_task(&self) -> Option<&Task> {
        let waits = |task: &Task| task.purpose != Purpose::Appeal || self.live_decision().is_none();
        self.tasks.iter().find(|task| task.open && task.purpose.decides() && waits(task))
    }

    /// Task number `n`.
    pub fn task(&self, n: u32) -> Option<&Task> {
        self.tasks.get((n as usize).checked_sub(1)?)
    }

    /// Judgments of a task that count and fill a seat.
    pub fn filled(&self, task: u32) -> impl Iterator<Item = &Judgment> {
        self.judgments.iter().filter(move |judgment| {
            judgment.task == task
                && judgment.state == JudgmentState::Counted
                && judgment.verdict.fills_seat()
        })
    }

    /// Seats of a task that nobody holds and nobody filled; 0 when it is closed.
    pub fn free_seats(&self, task: &Task) -> u32 {
        if !task.open {
            return 0;
        }
        let held = task.claims.iter().filter(|claim| !claim.lapsed).count();
        let taken = self.filled(task.n).count() + held;
        task.seats.saturating_sub(u32::try_from(taken).unwrap_or(u32::MAX))
    }

    /// The claim with number `n`, with its task.
    pub fn claim(&self, n: u32) -> Option<(&Task, &Claim)> {
        self.tasks
            .iter()
            .find_map(|task| task.claims.iter().find(|claim| claim.n == n).map(|c| (task, c)))
    }
}
