//! What a dry run tells.

use serde::Serialize;
use tandem_domain::CaseId;
use tandem_domain::loops::RouteTo;

/// What a draft would have done.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DryRunView {
    /// Cases looked at.
    pub cases: usize,
    /// Of these, cases whose right answer is known.
    pub known: usize,
    /// In which ways the draft widens what the machine may do over the version in force.
    pub widens: Vec<String>,
    /// What happened.
    pub before: OutcomeView,
    /// What would have happened.
    pub after: OutcomeView,
    /// Cases that would have gone elsewhere.
    pub changed: ChangedView,
    /// Coverage and error by threshold on the confidence, over cases that no rule or guardrail decides.
    pub curve: Vec<PointView>,
    /// By proposed class.
    pub groups: Vec<GroupOutcome>,
    /// Sizes of prediction sets by alpha, where proposals carry probabilities.
    pub sets: Vec<SetSizes>,
    /// What the figures rest on, in words.
    pub notes: Vec<String>,
}

/// Where cases went, or would have gone.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OutcomeView {
    /// Share that passed.
    pub automatic_share: f64,
    /// Share that people see.
    pub review_share: f64,
    /// Share that is blocked.
    pub block_share: f64,
    /// Share wrong among what passed.
    pub error: Option<EstimateView>,
    /// Wrong answers that passed, in expectation.
    pub wrong: Option<f64>,
    /// Errors and reviews in the unit of the costs.
    pub cost: Option<f64>,
    /// Reasons, most frequent first.
    pub reasons: Vec<ReasonCount>,
}

/// An off-policy estimate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct EstimateView {
    /// The estimate.
    pub estimate: f64,
    /// Lower end.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
    /// Certainty of the interval.
    pub certainty: f64,
    /// How many unweighted cases the known ones are worth.
    pub effective_cases: f64,
    /// Cases behind it.
    pub known: usize,
    /// Share of the cases that nobody could have looked at: nothing is known about them.
    pub unknown_share: f64,
}

/// How often a reason was given.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReasonCount {
    /// The code.
    pub code: String,
    /// The rule or guardrail.
    pub name: Option<String>,
    /// Cases.
    pub cases: usize,
}

/// Cases that would have gone elsewhere.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct ChangedView {
    /// To the machine.
    pub to_auto: usize,
    /// To people.
    pub to_review: usize,
    /// Blocked.
    pub to_block: usize,
    /// Some of them.
    pub examples: Vec<ChangedCase>,
}

/// A case that would have gone elsewhere.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChangedCase {
    /// The case.
    pub case: CaseId,
    /// Where it went.
    pub from: RouteTo,
    /// Where it would have gone.
    pub to: RouteTo,
    /// Why.
    pub reason: String,
    /// Whether the proposal was wrong, where that is known.
    pub wrong: Option<bool>,
}

/// A threshold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PointView {
    /// The threshold.
    pub threshold: f64,
    /// Share of cases at or above it.
    pub coverage: f64,
    /// Share wrong among them.
    pub error: Option<EstimateView>,
    /// Cost per case at this threshold.
    pub cost: Option<f64>,
}

/// What would have happened to the cases of one proposed class.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GroupOutcome {
    /// The class.
    pub group: String,
    /// Cases.
    pub cases: usize,
    /// Share that would have passed.
    pub automatic_share: f64,
    /// Share wrong among those.
    pub error: Option<EstimateView>,
    /// Mean size of the prediction sets at the draft's alpha.
    pub set_size: Option<f64>,
}

/// Prediction sets at one alpha.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct SetSizes {
    /// Share of sets that may miss the right answer.
    pub alpha: f64,
    /// Share of empty sets.
    pub empty: f64,
    /// Share of sets of one answer.
    pub one: f64,
    /// Of two.
    pub two: f64,
    /// Of more.
    pub more: f64,
}
