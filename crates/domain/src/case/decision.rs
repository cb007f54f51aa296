//! Decisions: how a case came out, by whom, and how far that got.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Answer, Gate, Ruling};
use crate::time::Timestamp;

/// How a case came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The proposal stands.
    Approved,
    /// The proposal with changes.
    Modified,
    /// Nothing of it stands.
    Rejected,
    /// There was no proposal; people answered.
    Labelled,
    /// A guardrail or rule stopped it.
    Blocked,
}

impl Outcome {
    /// As it is written and stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Modified => "modified",
            Self::Rejected => "rejected",
            Self::Labelled => "labelled",
            Self::Blocked => "blocked",
        }
    }
}

/// Who decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecidedBy {
    /// The policy let the proposal through, or blocked it.
    Machine,
    /// People's judgments.
    People,
    /// The loop's deadline action.
    Deadline,
    /// Imported history.
    Import,
}

impl DecidedBy {
    /// As it is written and stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Machine => "machine",
            Self::People => "people",
            Self::Deadline => "deadline",
            Self::Import => "import",
        }
    }
}

/// Whether a decision stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecisionState {
    /// Not yet effective: may be undone or vetoed.
    Held,
    /// It stands.
    Effective,
    /// Undone or vetoed before it took effect.
    Withdrawn,
    /// A further decision replaced it, or the case was reopened.
    Superseded,
    /// Not in force while an appeal against it is open.
    Suspended,
}

impl DecisionState {
    /// As it is written and stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Effective => "effective",
            Self::Withdrawn => "withdrawn",
            Self::Superseded => "superseded",
            Self::Suspended => "suspended",
        }
    }

    /// Whether it is live: at most one decision of a case is.
    pub fn is_live(self) -> bool {
        matches!(self, Self::Held | Self::Effective)
    }
}

/// How far a decision got to whoever waits for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Delivery {
    /// Nobody fetched it yet.
    Pending,
    /// It was handed out.
    Delivered {
        /// When first.
        at: Timestamp,
    },
    /// A consumer took the grant: the point of no return.
    Consumed {
        /// Who.
        consumer: String,
        /// The grant's id.
        grant: String,
        /// When.
        at: Timestamp,
        /// When the grant expires.
        expires_at: Timestamp,
    },
    /// Nobody took the grant in time; none is handed out any more.
    Expired {
        /// When.
        at: Timestamp,
    },
}

impl Delivery {
    /// As it is written and stored.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered { .. } => "delivered",
            Self::Consumed { .. } => "consumed",
            Self::Expired { .. } => "expired",
        }
    }
}

/// A change people made to the proposal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// JSON pointer to what changed.
    pub path: String,
    /// What the proposal said.
    pub before: Value,
    /// What people said.
    pub after: Value,
}

/// The recorded resolution of a case. Never edited, except for state and delivery.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// Its number in the case.
    pub n: u32,
    /// The final output; `None` for rejected and blocked.
    pub output: Option<Answer>,
    /// How it came out.
    pub outcome: Outcome,
    /// Who decided.
    pub by: DecidedBy,
    /// The rule that made it: `policy`, `standing_grant`, `single`, `majority`, `unanimous`, `arbiter`, `deadline`.
    pub rule: String,
    /// Judgments it rests on, by number.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub judgments: Vec<u32>,
    /// The proposal it accepted, changed or refused.
    pub proposal: Option<u32>,
    /// What people changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
    /// Reason codes of the judgments.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reason_codes: Vec<String>,
    /// Why, for the record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rationale: Option<String>,
    /// Plain words for the person affected; released once the decision is effective.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<String>,
    /// Model and version of the proposal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Version of the loop whose rules applied.
    pub loop_version: u32,
    /// When it was made.
    pub decided_at: Timestamp,
    /// When it takes effect.
    pub effective_at: Timestamp,
    /// Whether it stands.
    pub state: DecisionState,
    /// How far it got.
    pub delivery: Delivery,
    /// The standing permission that it was made under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standing_grant: Option<String>,
    /// The sign-offs over many cases that its judgments are part of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub batches: Vec<String>,
    /// Until when it may be contested, where the loop allows that at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contestable_until: Option<Timestamp>,
    /// Where it was made on an appeal: what it says of the contested decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ruling: Option<Ruling>,
    /// What binds it to the bytes that run, where it lets a tool run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<Gate>,
    /// SHA-256, hex, over what was decided (see `machine::digest_input`).
    pub digest: String,
}
