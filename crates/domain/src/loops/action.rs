//! Actions: calls of tools that run only with a grant, and the limits over many of them.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{ErrorRule, yes};
use crate::time::Span;

/// A call of one of some tools: the answer is `{"tool", "arguments"}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActionSpec {
    /// The tools that may be called, by name.
    pub tools: IndexMap<String, ToolSpec>,
    /// Label shown to people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Whether an answer must carry it.
    #[serde(default = "yes")]
    pub required: bool,
    /// What counts as an error against a reviewed answer.
    #[serde(default)]
    pub error: ErrorRule,
}

/// A tool that may be called.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToolSpec {
    /// JSON Schema (draft 2020-12) of the arguments, an object.
    pub schema: Value,
    /// Label shown to people; the name where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What a wrong call may cost.
    #[serde(default)]
    pub risk: Risk,
    /// Whether what it does can be taken back.
    #[serde(default)]
    pub reversible: bool,
    /// The only consumer that may take the grant; anybody with the right where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub executor: Option<String>,
    /// Where it acts, as in `production`; bound into what is approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// What approving it takes; as the loop says where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign_off: Option<super::SignOff>,
}

/// What a wrong call may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// Little.
    Low,
    /// Something.
    #[default]
    Medium,
    /// Much.
    High,
}

impl Risk {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// A bound on what passes without a person over many cases: a sum or a count, per key and window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitSpec {
    /// Name in reasons.
    pub name: String,
    /// Path to what cases are counted together by, as in `input.customer`; all together where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Path to the number that is added up; where absent, cases are counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sum: Option<String>,
    /// How far back it looks.
    pub window: Span,
    /// The most that may pass.
    pub max: f64,
    /// What happens to a case that would exceed it.
    #[serde(default)]
    pub on_hit: OnHit,
}

/// What happens to a case that would exceed a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnHit {
    /// A person looks.
    #[default]
    Review,
    /// The case is decided: blocked.
    Block,
}
