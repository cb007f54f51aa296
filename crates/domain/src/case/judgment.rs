//! Judgments: what one reviewer said.

use serde::{Deserialize, Serialize};

use super::Answer;
use crate::ids::MemberId;
use crate::provenance::Provenance;
use crate::time::Timestamp;

/// What a reviewer said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The proposal stands.
    Approve,
    /// Nothing of it stands.
    Reject,
    /// The proposal with changes.
    Modify,
    /// A plain label; the server derives approved or modified.
    Answer,
    /// The proposer shall try again.
    RequestChanges,
    /// Somebody senior shall look.
    Escalate,
    /// Not me.
    Skip,
    /// I looked and cannot tell.
    Unsure,
}

impl Verdict {
    /// As it is written and stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Reject => "reject",
            Self::Modify => "modify",
            Self::Answer => "answer",
            Self::RequestChanges => "request_changes",
            Self::Escalate => "escalate",
            Self::Skip => "skip",
            Self::Unsure => "unsure",
        }
    }

    /// Whether it fills a seat: says what the answer is.
    pub fn fills_seat(self) -> bool {
        matches!(self, Self::Approve | Self::Reject | Self::Modify | Self::Answer)
    }
}

/// What a person's own key signed (WebAuthn): it can be verified again without the server. Binary
/// parts are base64url without padding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assertion {
    /// Id of the credential.
    pub credential: String,
    /// `es256` or `ed25519`.
    pub algorithm: String,
    /// The public key: an uncompressed point (SEC 1), or the 32 bytes of Ed25519.
    pub public_key: String,
    /// What the browser says was signed: challenge and origin, as JSON.
    pub client_data: String,
    /// What the authenticator says: relying party, whether a person was verified, counter.
    pub authenticator_data: String,
    /// The signature over both.
    pub signature: String,
    /// The number used once that the challenge is bound to.
    pub nonce: String,
    /// Digest of what was signed: case, proposal, verdict, answer and member (or the batch).
    pub subject: String,
}

/// Whether a judgment counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JudgmentState {
    /// It counts.
    Counted,
    /// Undone by its author in the undo window.
    Undone,
    /// Taken back later.
    Retracted,
    /// Overtaken: the case was reopened or the proposal superseded.
    Superseded,
}

/// What one reviewer said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judgment {
    /// Its number in the case.
    pub n: u32,
    /// The task it answers.
    pub task: u32,
    /// The proposal that was looked at; `None` when there was none.
    pub proposal: Option<u32>,
    /// Who.
    pub member: MemberId,
    /// The natural person behind the account.
    pub person: crate::ids::PersonId,
    /// What they said.
    pub verdict: Verdict,
    /// The answer; for `approve` the proposal's output.
    pub answer: Option<Answer>,
    /// Whether the proposal was hidden until they answered.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub blind: bool,
    /// Reason codes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
    /// What the machine did wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failure_modes: Vec<String>,
    /// A rating from 1 to 5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rating: Option<u8>,
    /// Ticked items of the checklist.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checklist: Vec<String>,
    /// A remark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Why, for the record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rationale: Option<String>,
    /// Plain words for the person affected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<String>,
    /// Digest of the bytes that were shown, for calls of tools.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<String>,
    /// The sign-off over many cases that it is part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<String>,
    /// What its author's own key signed; without it the server attests who said it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed: Option<Box<Assertion>>,
    /// Persons they stood in for or were one with: with them they are one for four eyes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stood_in_for: Vec<crate::ids::PersonId>,
    /// Who wrote its texts, by field; empty in loops without a co-pilot.
    #[serde(default, skip_serializing_if = "Provenance::is_empty")]
    pub provenance: Provenance,
    /// Time spent in milliseconds, as the page measured it.
    pub elapsed_ms: u64,
    /// When it was received.
    pub at: Timestamp,
    /// Whether it counts.
    pub state: JudgmentState,
}
