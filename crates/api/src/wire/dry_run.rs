//! Dry runs: what is sent and taken.
//!
//! The engine's views leave as they are; the types of answers here only tell clients their shapes.
#![expect(dead_code, reason = "of the answers only the schemas are used")]

use serde::Deserialize;
use utoipa::ToSchema;

/// What to try.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DryRunIn {
    /// A loop file; the version in force where absent.
    #[serde(default)]
    pub source: Option<String>,
    /// `yaml` (default) or `json`.
    #[serde(default)]
    pub format: Option<String>,
    /// How many of the newest cases, 1 to 20,000; 2,000 where absent.
    #[serde(default)]
    pub limit: Option<u32>,
    /// What an error and a review cost; the draft's own where absent.
    #[serde(default)]
    pub costs: Option<CostsIn>,
}

/// What an error and a review cost, in one unit.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CostsIn {
    /// A wrong automatic answer.
    pub error: f64,
    /// A person's look.
    pub review: f64,
}

/// What a draft would have done.
#[derive(ToSchema)]
pub struct DryRunOut {
    /// Cases looked at.
    cases: u64,
    /// Of these, cases whose right answer is known.
    known: u64,
    /// In which ways the draft widens what the machine may do over the version in force.
    widens: Vec<String>,
    /// What happened.
    before: DryRunOutcome,
    /// What would have happened.
    after: DryRunOutcome,
    /// Cases that would have gone elsewhere.
    changed: DryRunChanged,
    /// Coverage and error by threshold on the confidence, over cases that no rule or guardrail decides.
    curve: Vec<DryRunPoint>,
    /// By proposed class.
    groups: Vec<DryRunGroup>,
    /// Sizes of prediction sets by alpha, where proposals carry probabilities.
    sets: Vec<DryRunSets>,
    /// What the figures rest on, in words.
    notes: Vec<String>,
}

/// Where cases went, or would have gone.
#[derive(ToSchema)]
pub struct DryRunOutcome {
    /// Share that passed.
    automatic_share: f64,
    /// Share that people see.
    review_share: f64,
    /// Share that is blocked.
    block_share: f64,
    /// Share wrong among what passed.
    error: Option<DryRunEstimate>,
    /// Wrong answers that passed, in expectation.
    wrong: Option<f64>,
    /// Errors and reviews in the unit of the costs.
    cost: Option<f64>,
    /// Reasons, most frequent first.
    reasons: Vec<DryRunReason>,
}

/// An off-policy estimate.
#[derive(ToSchema)]
pub struct DryRunEstimate {
    /// The estimate.
    estimate: f64,
    /// Lower end.
    lower: f64,
    /// Upper end.
    upper: f64,
    /// Certainty of the interval.
    certainty: f64,
    /// How many unweighted cases the known ones are worth.
    effective_cases: f64,
    /// Cases behind it.
    known: u64,
    /// Share of the cases that nobody could have looked at: nothing is known about them.
    unknown_share: f64,
}

/// How often a reason was given.
#[derive(ToSchema)]
pub struct DryRunReason {
    /// The code.
    code: String,
    /// The rule or guardrail.
    name: Option<String>,
    /// Cases.
    cases: u64,
}

/// Cases that would have gone elsewhere.
#[derive(ToSchema)]
pub struct DryRunChanged {
    /// To the machine.
    to_auto: u64,
    /// To people.
    to_review: u64,
    /// Blocked.
    to_block: u64,
    /// Some of them.
    examples: Vec<DryRunChange>,
}

/// A case that would have gone elsewhere.
#[derive(ToSchema)]
pub struct DryRunChange {
    /// The case.
    case: String,
    /// Where it went.
    from: String,
    /// Where it would have gone.
    to: String,
    /// Why.
    reason: String,
    /// Whether the proposal was wrong, where that is known.
    wrong: Option<bool>,
}

/// A threshold.
#[derive(ToSchema)]
pub struct DryRunPoint {
    /// The threshold.
    threshold: f64,
    /// Share of cases at or above it.
    coverage: f64,
    /// Share wrong among them.
    error: Option<DryRunEstimate>,
    /// Cost per case at this threshold.
    cost: Option<f64>,
}

/// What would have happened to the cases of one proposed class.
#[derive(ToSchema)]
pub struct DryRunGroup {
    /// The class.
    group: String,
    /// Cases.
    cases: u64,
    /// Share that would have passed.
    automatic_share: f64,
    /// Share wrong among those.
    error: Option<DryRunEstimate>,
    /// Mean size of the prediction sets at the draft's alpha.
    set_size: Option<f64>,
}

/// Prediction sets at one alpha.
#[derive(ToSchema)]
pub struct DryRunSets {
    /// Share of sets that may miss the right answer.
    alpha: f64,
    /// Share of empty sets.
    empty: f64,
    /// Share of sets of one answer.
    one: f64,
    /// Of two.
    two: f64,
    /// Of more.
    more: f64,
}
