//! The nouns of Tandem and the state machine of a case.
//!
//! Everything here is a pure function of its arguments: no clock, no randomness, no IO, no `async`.
//! [`decide`](machine::decide) takes the state of one case, a command, the facts the policy
//! computed and a context (`now`, the draws), and returns the next state, the events that say what
//! happened and the effects the shell must carry out. It never does them itself.
//!
//! Reading order: [`ids`], [`time`], [`loops`] (the loop file), [`answer`] (kinds of fields),
//! [`case`] (the aggregate), [`policy`] (facts and routes), [`command`], [`event`], [`machine`]; and
//! [`run`], the second aggregate, which stands alone.

pub mod answer;
pub mod case;
pub mod command;
pub mod event;
pub mod hunks;
pub mod ids;
pub mod loops;
pub mod machine;
pub mod notify;
pub mod policy;
pub mod provenance;
pub mod refusal;
pub mod roles;
pub mod run;
pub mod time;

pub use case::{Case, CaseState, Claim, Decision, Judgment, Proposal, Status, Task};
pub use ids::{
    AlertId, BatchId, BulkId, CaseId, ChannelId, ClaimId, CommentId, DecisionId, EventId, JobId,
    JudgmentId, KeyId, LoopId, MediaId, MemberId, MessageId, ModelId, NotificationId, OutcomeId,
    PasskeyId, PersonChangeId, PersonId, ProposalId, RunId, StandingId, SuggestionId, TaskId,
    TimerId, UtteranceId, WebhookId,
};
pub use loops::LoopSpec;
pub use refusal::Refusal;
pub use time::{Span, Timestamp};
