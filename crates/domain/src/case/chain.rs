//! What the links of the chain tried, and where it stands.

use serde::{Deserialize, Serialize};

use super::Answer;
use crate::time::Timestamp;

/// The chain of one case.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ChainState {
    /// Grows with every answer of a link or a check: an answer to an earlier step comes too late.
    pub step: u32,
    /// How often it was begun to wait.
    pub round: u32,
    /// The link that is being asked; `None` when the chain is at its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<u32>,
    /// The proposal that models are checking before it is routed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checking: Option<u32>,
    /// Since when it is waited for.
    pub since: Timestamp,
    /// What a link outside proposed last: it is asked again when that is sent back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<Made>,
    /// Whether links are asked for another proposal than the one that was sent back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub revises: bool,
    /// What was tried, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tries: Vec<LinkTry>,
}

impl ChainState {
    /// Whether somebody outside is being asked.
    pub fn is_open(&self) -> bool {
        self.next.is_some() || self.checking.is_some()
    }
}

/// A proposal that came from a link outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// Number of the proposal.
    pub proposal: u32,
    /// Place of the link in the chain, from 0.
    pub link: u32,
}

/// What one link, or one model that checks, said of a case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LinkTry {
    /// Its name.
    pub link: String,
    /// Its kind, as in `http`; `check` for models that check.
    pub kind: String,
    /// When it was asked.
    pub at: Timestamp,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// What came of it.
    pub outcome: TryOutcome,
    /// More of it in words: what went wrong and where, or which guardrail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// What it said, where that was not proposed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Answer>,
    /// How sure it was: the smallest confidence over the fields; of a check, its score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
    /// Model and version as it named itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// What it used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
}

/// Tokens, and what they cost.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens of what was asked.
    pub input_tokens: u64,
    /// Tokens of the answer.
    pub output_tokens: u64,
    /// Cost in the unit of the link's price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<f64>,
}

/// What came of asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TryOutcome {
    /// It was proposed; of a check, it had nothing against it.
    Proposed,
    /// It has nothing to say: no model is live, or the rule does not match.
    NoAnswer,
    /// It was not sure enough.
    LowConfidence,
    /// A guardrail failed.
    Guardrail,
    /// It took too long.
    Timeout,
    /// It could not be reached.
    Unreachable,
    /// Its address must not be reached from here.
    Forbidden,
    /// It answered with a status that is no success.
    Status,
    /// Its answer is larger than allowed.
    TooLarge,
    /// Its answer is not what was agreed.
    BadAnswer,
    /// Its answer does not fit the answer of the loop.
    Misfit,
    /// It failed too often lately and is left alone for a while.
    BreakerOpen,
    /// A secret that it needs is not there.
    NoSecret,
}

impl TryOutcome {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::NoAnswer => "no_answer",
            Self::LowConfidence => "low_confidence",
            Self::Guardrail => "guardrail",
            Self::Timeout => "timeout",
            Self::Unreachable => "unreachable",
            Self::Forbidden => "forbidden",
            Self::Status => "status",
            Self::TooLarge => "too_large",
            Self::BadAnswer => "bad_answer",
            Self::Misfit => "misfit",
            Self::BreakerOpen => "breaker_open",
            Self::NoSecret => "no_secret",
        }
    }

    /// Whether it answered as agreed, whatever became of the answer.
    pub fn answered(self) -> bool {
        matches!(self, Self::Proposed | Self::NoAnswer | Self::LowConfidence | Self::Guardrail)
    }
}
