//! Models: what is registered of them from outside, how each scores, how each compares.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tandem_domain::case::Answer;
use tandem_domain::{CaseId, ModelId, Timestamp};
use tandem_engine::learning::{
    self, Artefact, ModelView, Outside, OutsideKind, Prediction, Prompt, SetView,
};
use utoipa::ToSchema;

/// A model of a loop's registry.
#[derive(Debug, Serialize, ToSchema)]
pub struct Model {
    /// Its id.
    #[schema(value_type = String)]
    pub id: ModelId,
    /// Its version.
    pub version: u64,
    /// Name in proposals, as in `intent@7`.
    pub name: String,
    /// What it is: the kind of learner, or `external` or `prompt`.
    pub kind: String,
    /// `shadow`, `canary`, `live` or `retired`.
    pub stage: String,
    /// Examples it was trained on.
    pub trained_on: u64,
    /// Figures of its training here.
    #[schema(value_type = Object)]
    pub metrics: learning::Metrics,
    /// How long training took.
    pub duration_ms: u64,
    /// When it was registered.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// What was registered of a model from outside; its figures are claims.
    pub outside: Option<ModelIn>,
    /// Its score on the newest evaluation set.
    pub score: Option<ModelScore>,
    /// That score beside the live model's, case by case.
    pub compared: Option<ModelCompared>,
    /// How it did in the shadow.
    pub shadow: Option<ModelShadow>,
    /// Why promotion would be refused now: `not_evaluated`.
    pub refusal: Option<&'static str>,
    /// Why it was last moved.
    pub note: Option<ModelNote>,
}

/// A share with its interval (Wilson, 95 %).
#[derive(Debug, Serialize, ToSchema)]
pub struct ModelShare {
    /// The share itself.
    pub estimate: f64,
    /// Lower end.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
    /// Cases it is of.
    pub n: u64,
}

impl From<learning::Share> for ModelShare {
    fn from(share: learning::Share) -> Self {
        let learning::Share { estimate, lower, upper, n } = share;
        Self { estimate, lower, upper, n }
    }
}

/// A score on a frozen evaluation set.
#[derive(Debug, Serialize, ToSchema)]
pub struct ModelScore {
    /// The set.
    pub set: u64,
    /// Share of cases with people's answer.
    pub accuracy: ModelShare,
    /// Mean F1 over the options that occur in people's answers.
    pub macro_f1: Option<f64>,
    /// Mean negative log-likelihood, in nats.
    pub nll: Option<f64>,
}

/// Two models on the same frozen cases: only those tell where exactly one is right.
#[derive(Debug, Serialize, ToSchema)]
pub struct ModelCompared {
    /// The live model.
    pub against: String,
    /// Cases where only this model is right.
    pub candidate: u64,
    /// Cases where only the live one is right.
    pub current: u64,
    /// Two-sided p-value of the exact sign test of "neither is better".
    pub p_value: f64,
}

/// A model in the shadow beside what people were shown.
#[derive(Debug, Serialize, ToSchema)]
pub struct ModelShadow {
    /// Share of cases where it had people's answer.
    pub right: ModelShare,
    /// What it is compared with below.
    pub against: Option<String>,
    /// Cases compared with that.
    pub cases: u64,
    /// Cases where only this model is right.
    pub candidate: u64,
    /// Cases where only the other is right.
    pub current: u64,
    /// Accuracy of this model less that of the other.
    pub difference: Option<f64>,
    /// Anytime-valid p-value of "this model is not better".
    pub p_better: f64,
    /// Anytime-valid p-value of "this model is not worse".
    pub p_worse: f64,
}

/// Why a model was moved.
#[derive(Debug, Serialize, ToSchema)]
pub struct ModelNote {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// The event, such as `model.promoted`.
    pub kind: String,
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
}

impl From<ModelView> for Model {
    fn from(view: ModelView) -> Self {
        Self {
            id: view.id,
            version: view.version,
            name: view.name,
            kind: view.kind,
            stage: view.stage,
            trained_on: view.trained_on,
            metrics: view.metrics,
            duration_ms: view.duration_ms,
            created_at: view.created_at,
            outside: view.outside.map(ModelIn::from),
            score: view.score.map(|score| ModelScore {
                set: score.set,
                accuracy: score.accuracy.into(),
                macro_f1: score.macro_f1,
                nll: score.nll,
            }),
            compared: view.compared.map(|compared| ModelCompared {
                against: compared.against,
                candidate: compared.candidate,
                current: compared.current,
                p_value: compared.p_value,
            }),
            shadow: view.shadow.map(|shadow| ModelShadow {
                right: shadow.right.into(),
                against: shadow.against,
                cases: shadow.cases,
                candidate: shadow.candidate,
                current: shadow.current,
                difference: shadow.difference,
                p_better: shadow.p_better,
                p_worse: shadow.p_worse,
            }),
            refusal: view.refusal,
            note: view.note.map(|note| ModelNote {
                at: note.at,
                kind: note.kind,
                by: note.by,
                reason: note.reason,
            }),
        }
    }
}

/// What a model from outside is.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ModelKind {
    /// A model that runs elsewhere.
    External,
    /// A version of a prompt, with its text.
    Prompt,
}

/// A model from outside.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelIn {
    /// As its proposals name it, such as `intent@8`. A version never changes.
    pub name: String,
    /// What it is.
    pub kind: ModelKind,
    /// Anything its owner wants to keep with it.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub metadata: Map<String, Value>,
    /// Figures that whoever pushes it claims; shown as claims, believed by nothing.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub metrics: Map<String, Value>,
    /// Where its bytes are; never fetched.
    #[serde(default)]
    pub artefact: Option<ArtefactIn>,
    /// The text, for `kind: prompt`.
    #[serde(default)]
    pub prompt: Option<PromptIn>,
    /// Examples it was trained on.
    #[serde(default)]
    pub trained_on: u64,
}

/// Where the bytes of a model are.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ArtefactIn {
    /// A URI.
    #[serde(default)]
    pub uri: Option<String>,
    /// SHA-256 of the bytes, hex.
    #[serde(default)]
    pub sha256: Option<String>,
}

/// A version of a prompt.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PromptIn {
    /// The template.
    pub template: String,
    /// Model, temperature and the like.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub parameters: Map<String, Value>,
}

impl From<ModelIn> for Outside {
    fn from(new: ModelIn) -> Self {
        Self {
            name: new.name,
            kind: match new.kind {
                ModelKind::External => OutsideKind::External,
                ModelKind::Prompt => OutsideKind::Prompt,
            },
            metadata: new.metadata,
            metrics: new.metrics,
            artefact: new.artefact.map(|a| Artefact { uri: a.uri, sha256: a.sha256 }),
            prompt: new.prompt.map(|p| Prompt { template: p.template, parameters: p.parameters }),
            trained_on: new.trained_on,
        }
    }
}

impl From<Outside> for ModelIn {
    fn from(known: Outside) -> Self {
        Self {
            name: known.name,
            kind: match known.kind {
                OutsideKind::External => ModelKind::External,
                OutsideKind::Prompt => ModelKind::Prompt,
            },
            metadata: known.metadata,
            metrics: known.metrics,
            artefact: known.artefact.map(|a| ArtefactIn { uri: a.uri, sha256: a.sha256 }),
            prompt: known
                .prompt
                .map(|p| PromptIn { template: p.template, parameters: p.parameters }),
            trained_on: known.trained_on,
        }
    }
}

/// Why a model is moved.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PromoteIn {
    /// Why; kept with the model, and committed to in the ledger.
    #[serde(default)]
    pub reason: String,
    /// Promote although it has no score on the frozen evaluation set: for admins, with a reason.
    #[serde(default)]
    pub force: bool,
}

/// What a model says about the newest evaluation set: one prediction for each of its cases.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EvaluationIn {
    /// The predictions, in any order.
    pub predictions: Vec<PredictionIn>,
}

/// What a model says about one case.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PredictionIn {
    /// The case.
    #[schema(value_type = String)]
    pub case: CaseId,
    /// The answer.
    #[schema(value_type = Object)]
    pub output: Answer,
    /// Probabilities of the options by field.
    #[serde(default)]
    pub probabilities: BTreeMap<String, BTreeMap<String, f64>>,
}

impl From<PredictionIn> for Prediction {
    fn from(new: PredictionIn) -> Self {
        let PredictionIn { case, output, probabilities } = new;
        Self { case, output, probabilities }
    }
}

/// A set to freeze.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EvaluationSetIn {
    /// What people call it.
    pub name: String,
    /// Number of cases; as many as are held out where absent (at most 2,000).
    #[serde(default)]
    pub size: Option<usize>,
}

/// A frozen evaluation set.
#[derive(Debug, Serialize, ToSchema)]
pub struct EvaluationSet {
    /// 1, 2, 3, … within the loop.
    pub set: u64,
    /// What people call it.
    pub name: String,
    /// Number of its cases.
    pub size: u64,
    /// SHA-256 over its cases and the commitments to their answers, hex; in the ledger, too.
    pub digest: String,
    /// When it was frozen.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

impl From<SetView> for EvaluationSet {
    fn from(view: SetView) -> Self {
        let SetView { set, name, size, digest, created_at } = view;
        Self { set, name, size, digest, created_at }
    }
}

/// A case of an evaluation set, without its answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct EvaluationCase {
    /// The case.
    #[schema(value_type = String)]
    pub case: CaseId,
    /// What came in.
    #[schema(value_type = Object)]
    pub input: Value,
}
