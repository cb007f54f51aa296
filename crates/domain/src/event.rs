//! Events: what happened, in the words of the ledger.
//!
//! An event says what changed without personal content: inputs, outputs, comments and free text
//! are in the state document, whose salted commitment the shell adds to every event.

use serde_json::{Map, Value};

/// Something that happened to a case.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// What happened.
    pub kind: Kind,
    /// Details that are safe to keep forever: numbers, codes, ids.
    pub data: Map<String, Value>,
}

/// Kinds of events of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// It came in and was routed.
    Submitted,
    /// A further proposal came in and was routed.
    Proposed,
    /// A link of the chain was asked and the next one is.
    ChainTried,
    /// The chain came to its end without a proposal.
    ChainEnded,
    /// Models checked the proposal, and it was routed.
    Checked,
    /// A shadow proposal was recorded.
    ShadowProposed,
    /// A seat was leased.
    Claimed,
    /// A lease was prolonged.
    Renewed,
    /// A claim was given back.
    Released,
    /// A lease ran out and its seat was freed.
    ClaimExpired,
    /// A reviewer said something.
    Judged,
    /// A judgment was undone in its window.
    JudgmentUndone,
    /// A judgment was taken back later.
    JudgmentRetracted,
    /// A judgment stopped counting before anything was decided: its author was removed, or was found
    /// to be one person with another.
    JudgmentVoided,
    /// A decision was made.
    Decided,
    /// A decision took effect.
    Effective,
    /// A decision was vetoed before it took effect.
    Vetoed,
    /// A decision was handed to whoever asked for it.
    Delivered,
    /// A consumer took the grant.
    Consumed,
    /// Nobody consumed an approval in time.
    Unconsumed,
    /// An approval ended without being consumed.
    Expired,
    /// Whoever executed said what became of it.
    Executed,
    /// Nobody said what became of an execution.
    ExecutionUnknown,
    /// A person changed what is to be approved by others.
    Edited,
    /// The deadline was moved by the time that nobody could use.
    DeadlineMoved,
    /// More seats or an arbiter were asked for.
    Escalated,
    /// The proposer was asked to try again.
    ChangesRequested,
    /// A task was put into another queue.
    Transferred,
    /// Its priority was changed.
    Reprioritised,
    /// The deadline passed.
    Overdue,
    /// It was cancelled.
    Cancelled,
    /// It was opened again.
    Reopened,
    /// The decision in force was contested.
    Appealed,
    /// An appeal was taken back.
    AppealWithdrawn,
    /// An appeal was not decided in time.
    AppealOverdue,
    /// The decision on an appeal took effect.
    AppealDecided,
    /// An audit found the automatic decision right or wrong.
    Audited,
    /// A second person shall look at what was judged, unseen.
    LookAsked,
    /// A person looked again, and found the proposal right or wrong.
    LookedAgain,
    /// A comment was added.
    Commented,
    /// A model suggested words to a person at work on a text.
    Suggested,
    /// Something was said in the conversation.
    MessagePosted,
    /// A person took the turn.
    TakenOver,
    /// The turn went back to the agent.
    HandedBack,
    /// The world said something later.
    OutcomeRecorded,
}

impl Kind {
    /// The kind as it is written in the ledger.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Submitted => "case.submitted",
            Self::Proposed => "case.proposed",
            Self::ChainTried => "chain.tried",
            Self::ChainEnded => "chain.ended",
            Self::Checked => "case.checked",
            Self::ShadowProposed => "case.shadow_proposed",
            Self::Claimed => "claim.made",
            Self::Renewed => "claim.renewed",
            Self::Released => "claim.released",
            Self::ClaimExpired => "claim.expired",
            Self::Judged => "judgment.made",
            Self::JudgmentUndone => "judgment.undone",
            Self::JudgmentRetracted => "judgment.retracted",
            Self::JudgmentVoided => "judgment.voided",
            Self::Decided => "decision.made",
            Self::Effective => "decision.effective",
            Self::Vetoed => "decision.vetoed",
            Self::Delivered => "decision.delivered",
            Self::Consumed => "decision.consumed",
            Self::Unconsumed => "case.unconsumed",
            Self::Expired => "decision.expired",
            Self::Executed => "execution.recorded",
            Self::ExecutionUnknown => "execution.unknown",
            Self::Edited => "case.edited",
            Self::DeadlineMoved => "case.deadline_moved",
            Self::Escalated => "case.escalated",
            Self::ChangesRequested => "case.changes_requested",
            Self::Transferred => "case.transferred",
            Self::Reprioritised => "case.reprioritised",
            Self::Overdue => "case.overdue",
            Self::Cancelled => "case.cancelled",
            Self::Reopened => "case.reopened",
            Self::Appealed => "appeal.lodged",
            Self::AppealWithdrawn => "appeal.withdrawn",
            Self::AppealOverdue => "appeal.overdue",
            Self::AppealDecided => "appeal.decided",
            Self::Audited => "audit.done",
            Self::LookAsked => "look.asked",
            Self::LookedAgain => "look.done",
            Self::Commented => "case.commented",
            Self::Suggested => "case.suggested",
            Self::MessagePosted => "message.posted",
            Self::TakenOver => "case.taken_over",
            Self::HandedBack => "case.handed_back",
            Self::OutcomeRecorded => "outcome.recorded",
        }
    }
}

impl Event {
    /// An event with its details.
    pub fn new<const N: usize>(kind: Kind, data: [(&str, Value); N]) -> Self {
        Self { kind, data: data.into_iter().map(|(k, v)| (k.to_owned(), v)).collect() }
    }
}
