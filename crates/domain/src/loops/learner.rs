//! What learns from decisions, and what happens with a new model.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// What learns from decisions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LearnerSpec {
    /// Which learner.
    pub kind: LearnerKind,
    /// Features per input field: `word_1_2`, `char_3_5`, `number`, `category`, `pixels`. Empty: by
    /// the input's kind.
    pub features: IndexMap<String, Vec<String>>,
    /// The answer field that is learned; the first `choice` where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// When to train again.
    pub retrain: RetrainSpec,
    /// How many open cases a new model scores again at most.
    pub pool: u32,
    /// Examples needed before the first model.
    pub min_examples: u32,
    /// Share of the front of the queue that is drawn at random, so that it shows whether choosing
    /// cases teaches more than chance, 0..=0.5.
    pub random_share: f64,
    /// When training stops: the model is good enough, and evidence gathers for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<UntilSpec>,
}

impl Default for LearnerSpec {
    fn default() -> Self {
        Self {
            kind: LearnerKind::None,
            features: IndexMap::new(),
            field: None,
            retrain: RetrainSpec { every: 50 },
            pool: 5_000,
            min_examples: 10,
            random_share: 0.1,
            until: None,
        }
    }
}

/// When a learner is good enough.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UntilSpec {
    /// What is looked at.
    #[serde(default)]
    pub metric: UntilMetric,
    /// The value from which on no further model is trained by itself, 0..=1.
    pub at_least: f64,
}

/// What tells whether a learner is good enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UntilMetric {
    /// Accuracy on held-out reviews.
    #[default]
    Accuracy,
}

/// Kinds of learner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LearnerKind {
    /// Nothing learns here.
    #[default]
    None,
    /// Sparse multinomial logistic regression over text, numbers, categories and pixels.
    Linear,
    /// Another name for `linear`, for loops over text.
    TextLinear,
    /// A trainer outside.
    External,
}

/// When to train again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetrainSpec {
    /// New examples since the last training.
    pub every: u32,
}

/// What happens when a model is registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnNewModel {
    /// It takes over at once. For built-in learners that train on the loop's own reviews.
    Promote,
    /// It proposes in the shadow until somebody promotes it.
    ShadowFirst,
    /// It takes over and everything it proposes is reviewed, until it is promoted or earned autonomy
    /// vouches for it.
    FullReview,
}
