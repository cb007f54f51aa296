//! How a case is routed: guardrails, rules, and one of autonomy, confidence and conformal sets.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{LimitSpec, Mode, OnError, OpenAiSpec};
use crate::time::Span;
use indexmap::IndexMap;

/// How a case is routed. Order: guardrails, rules, then one of autonomy, confidence and conformal.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicySpec {
    /// Checks on the proposal and on what came in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guardrails: Vec<GuardrailSpec>,
    /// CEL rules; the first that matches routes the case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<RuleSpec>,
    /// Automatic at or above a confidence. Absent: full review.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<ConfidenceSpec>,
    /// Automatic where that was earned by evidence; in place of `confidence`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub autonomy: Option<AutonomySpec>,
    /// Automatic where the prediction set holds one answer; in place of `confidence`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conformal: Option<ConformalSpec>,
    /// Cases unlike anything seen go to a person, whatever else the policy would say of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub novelty: Option<NoveltySpec>,
    /// Bounds on what passes without a person over many cases.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub limits: Vec<LimitSpec>,
}

impl PolicySpec {
    /// The guardrails that ask a model outside.
    pub fn checks(&self) -> impl Iterator<Item = &GuardrailSpec> {
        self.guardrails.iter().filter(|guardrail| guardrail.check == GuardrailCheck::Model)
    }

    /// The share of automatic cases that is audited where no surge says more.
    pub fn audit_rate(&self) -> f64 {
        let confidence = self.confidence.map(|confidence| confidence.audit_rate);
        let autonomy = self.autonomy.as_ref().map(|autonomy| autonomy.audit_rate);
        let conformal = self.conformal.map(|conformal| conformal.audit_rate);
        confidence.or(autonomy).or(conformal).unwrap_or(0.0)
    }
}

/// A check on a proposal, or on what came in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GuardrailSpec {
    /// Name in reasons.
    pub name: String,
    /// What is checked.
    pub check: GuardrailCheck,
    /// What is looked at.
    #[serde(default, skip_serializing_if = "LooksAt::is_output")]
    pub looks_at: LooksAt,
    /// Fields that are looked at; all where empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
    /// For `json_schema`: the schema the output must fit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<Value>,
    /// For `regex`: a pattern that must not occur in any text of the output.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// For `pii`: which kinds; without it, all that have a form of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<PiiKind>,
    /// For `pii`: names of persons.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// For `deny`: words and phrases that must not occur.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<String>,
    /// For `length`: fewest code points of a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<usize>,
    /// For `length`: most code points of a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<usize>,
    /// For `language`: codes of ISO 639, such as `en`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<String>,
    /// For `grounding`: fields of the input that say what is known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<String>,
    /// For `grounding`: share of a sentence's words that the sources must have, 0..=1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub support: Option<f64>,
    /// For `cel`: an expression that must be true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub must: Option<String>,
    /// For `model`: the address of a model that speaks our JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http: Option<String>,
    /// For `model`: a model behind an OpenAI-compatible interface.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub openai: Option<OpenAiSpec>,
    /// For `model`: an expression over `score` that is true when the check fails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// For `model`: how long it may take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Span>,
    /// For `model`: headers whose values are secrets.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub headers_from: IndexMap<String, String>,
    /// For `model`: what happens when it cannot be asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_error: Option<OnError>,
    /// What to do when the check fails.
    pub on_fail: OnFail,
}

impl GuardrailSpec {
    /// Where the model is that checks, for checks outside.
    pub fn url(&self) -> Option<&str> {
        self.http.as_deref().or(self.openai.as_ref().map(|spec| spec.url.as_str()))
    }

    /// What is done with a case of which the model could not be asked.
    pub fn on_error(&self) -> OnFail {
        match self.on_error.unwrap_or_default() {
            OnError::Review => OnFail::Review,
            OnError::Block => OnFail::Block,
        }
    }
}

/// What a guardrail looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LooksAt {
    /// What the machine proposed.
    #[default]
    Output,
    /// What came in.
    Input,
}

impl LooksAt {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
    fn is_output(&self) -> bool {
        *self == Self::Output
    }
}

/// Kinds of personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PiiKind {
    /// E-mail addresses.
    Email,
    /// Telephone numbers.
    Phone,
    /// Payment card numbers with a right check digit.
    Card,
    /// International bank account numbers with right check digits.
    Iban,
}

/// Built-in checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GuardrailCheck {
    /// The output fits a JSON Schema.
    JsonSchema,
    /// No e-mail address, telephone, card or bank number in any text of the output.
    Pii,
    /// A pattern does not occur in any text of the output.
    Regex,
    /// Words and phrases do not occur.
    Deny,
    /// Each text is neither too short nor too long.
    Length,
    /// Each text is in one of some languages, as far as can be told.
    Language,
    /// What is said, and each number, stands in the sources.
    Grounding,
    /// An expression is true.
    Cel,
    /// A model outside has nothing against it.
    Model,
}

/// What a failed guardrail does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnFail {
    /// The case is decided: blocked.
    Block,
    /// A person looks.
    Review,
    /// The proposer is asked again; a person looks when attempts run out.
    Revise,
}

/// A CEL rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleSpec {
    /// Name in reasons.
    pub name: String,
    /// CEL expression over `input`, `proposal`, `tags`, `group`, `model`, `run`.
    pub when: String,
    /// Where a match goes.
    pub route: RouteTo,
    /// Queue for a review.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    /// Seats for a review.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reviewers: Option<u32>,
    /// Oversight mode for a match, instead of the loop's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
}

/// Where a case goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RouteTo {
    /// Decided by the machine.
    Auto,
    /// Waits for people.
    Review,
    /// Decided: blocked.
    Block,
}

/// Automatic at or above a confidence, with a share audited afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfidenceSpec {
    /// Threshold on the smallest confidence of the answer's fields, 0..=1.
    pub auto_at: f64,
    /// Share of automatic cases audited, 0..=1.
    #[serde(default)]
    pub audit_rate: f64,
}

/// Autonomy that is earned: automatic above a threshold that was certified, and only while nothing
/// speaks against it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AutonomySpec {
    /// Share of automatic cases that may be wrong, above 0 and at most 0.5.
    pub target_error: f64,
    /// Probability that the certificate is right, 0.5 to below 1.
    #[serde(default = "default_certainty")]
    pub certainty: f64,
    /// Share of automatic cases that people judge afterwards, above 0.
    #[serde(default = "default_audit_rate")]
    pub audit_rate: f64,
    /// What an error and a review cost, in one unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub costs: Option<CostSpec>,
    /// Each group earns for itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<GroupBy>,
    /// Whether the certainty is that of all groups together; else each has it by itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub together: bool,
    /// Share of the judgments that found no error that a second person judges again, unseen; where
    /// it is above 0, one does so for every judgment that found one.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub second_looks: f64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(share: &f64) -> bool {
    *share == 0.0
}

fn default_certainty() -> f64 {
    0.95
}

fn default_audit_rate() -> f64 {
    0.05
}

/// What an error and a review cost, in one unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CostSpec {
    /// A wrong automatic answer.
    pub error: f64,
    /// A person's look.
    pub review: f64,
}

/// What makes the groups that earn autonomy apart from one another. The true class is unknown when a
/// case is routed, so classes are the predicted ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupBy {
    /// The proposed value of the first single choice.
    Class,
    /// A group attribute of the case.
    Slice(String),
}

/// When a case is unlike anything the loop's own model has seen: told by models that are trained
/// under such a policy, from `2 / alpha` held-out cases on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoveltySpec {
    /// Share of ordinary cases that may be taken for novel, above 0 and at most 0.5.
    pub alpha: f64,
}

/// Automatic where the conformal prediction set holds exactly one answer.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConformalSpec {
    /// Share of sets that may miss the right answer, above 0 and below 1.
    pub alpha: f64,
    /// Share of automatic cases that people judge afterwards.
    #[serde(default = "default_audit_rate")]
    pub audit_rate: f64,
}
