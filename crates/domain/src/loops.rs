//! The loop file: what comes in, what an answer looks like, who decides, who reviews, what learns.
//!
//! These types are the document as its author wrote it, with defaults filled in. `policy` parses,
//! checks and compiles it; a version that compiled is kept, and cases keep the version they came
//! in under.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::time::Span;

/// One version of a loop, as written in its file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoopSpec {
    /// Name in URLs: lower case letters, digits and hyphens, 1 to 64 of them.
    #[serde(rename = "loop")]
    pub name: String,
    /// Title shown to people; the name where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Oversight mode.
    #[serde(default)]
    pub mode: Mode,
    /// Whether anything may pass without a person when `mode` is `in_the_loop`.
    #[serde(default)]
    pub coverage: Coverage,
    /// `false`: nothing is held; routes are recorded as what they would have been.
    #[serde(default = "yes")]
    pub enforce: bool,
    /// Fields of the input, by name.
    pub input: IndexMap<String, InputSpec>,
    /// Fields of the answer, by name.
    pub answer: IndexMap<String, FieldSpec>,
    /// Markdown shown beside the case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guidelines: Option<String>,
    /// Codes offered when a reviewer rejects.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reject_reasons: Vec<String>,
    /// Codes for what a machine did wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failure_modes: Vec<String>,
    /// Things a reviewer must tick.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checklist: Vec<ChecklistItem>,
    /// Queues besides `default`.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub queues: IndexMap<String, QueueSpec>,
    /// How a case is routed.
    #[serde(default)]
    pub policy: PolicySpec,
    /// How people review.
    #[serde(default)]
    pub review: ReviewSpec,
    /// What learns from decisions.
    #[serde(default)]
    pub learner: LearnerSpec,
    /// What happens when a model is registered.
    #[serde(default)]
    pub on_new_model: OnNewModel,
    /// Who proposes when the submitter did not. Empty: the live model, then a person.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chain: Vec<LinkSpec>,
    /// Whether reviewers, features and rules may see `group`.
    #[serde(default)]
    pub use_group: bool,
}

fn yes() -> bool {
    true
}

/// Oversight modes (DESIGN: in, on and out of the loop).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// A person stands between the machine and the world.
    #[default]
    InTheLoop,
    /// The machine acts; people watch and may veto.
    OnTheLoop,
    /// The machine acts alone and is audited.
    OutOfTheLoop,
}

/// How much of the stream people see when they are in the loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Coverage {
    /// Nothing passes without a person.
    #[default]
    Full,
    /// What the policy cannot vouch for waits for a person.
    Selective,
}

/// A field of the input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputSpec {
    /// What it is; drives how it is checked and shown.
    pub kind: InputKind,
    /// Label shown to people; the name where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Whether a case must carry it.
    #[serde(default = "yes")]
    pub required: bool,
}

/// Kinds of input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InputKind {
    /// Plain text.
    Text,
    /// HTML, shown escaped unless sanitised.
    Html,
    /// `{"width", "height", "pixels": [0..1, row by row]}`, or `{"media": "med_…"}`, or a `data:` URL.
    Image,
    /// `{"media": "med_…"}` or a `data:` URL.
    Audio,
    /// `{"media": "med_…"}` or a `data:` URL.
    Pdf,
    /// A list of `{"role", "content"}`.
    Chat,
    /// Any JSON.
    Json,
    /// A list of rows, each an object.
    Table,
    /// A finite number.
    Number,
}

/// A field of the answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FieldSpec {
    /// One or several of a list of options.
    Choice(ChoiceSpec),
    /// A number.
    Number(NumberSpec),
    /// Free text.
    Text(TextSpec),
    /// An object that fits a JSON Schema.
    Form(FormSpec),
}

/// A choice among options.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChoiceSpec {
    /// What may be chosen.
    pub options: Vec<OptionSpec>,
    /// Whether several may be chosen; the answer is then a list.
    #[serde(default)]
    pub multi: bool,
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

/// One option of a choice: a bare value or a value with a label, a help text and a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "OptionForm", into = "OptionForm")]
pub struct OptionSpec {
    /// What the answer holds.
    pub value: String,
    /// Shown to people; the value where absent.
    pub label: Option<String>,
    /// Shown on demand.
    pub help: Option<String>,
    /// The key that chooses it; the digits in order where absent.
    pub key: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum OptionForm {
    Bare(String),
    Full {
        value: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        label: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        help: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<String>,
    },
}

impl From<OptionForm> for OptionSpec {
    fn from(form: OptionForm) -> Self {
        match form {
            OptionForm::Bare(value) => Self { value, label: None, help: None, key: None },
            OptionForm::Full { value, label, help, key } => Self { value, label, help, key },
        }
    }
}

impl From<OptionSpec> for OptionForm {
    fn from(option: OptionSpec) -> Self {
        let OptionSpec { value, label, help, key } = option;
        if label.is_none() && help.is_none() && key.is_none() {
            Self::Bare(value)
        } else {
            Self::Full { value, label, help, key }
        }
    }
}

/// A number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NumberSpec {
    /// Smallest value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// Largest value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// Unit shown behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
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

/// Free text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextSpec {
    /// Most code points.
    #[serde(default = "default_text_max")]
    pub max_length: usize,
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

fn default_text_max() -> usize {
    20_000
}

/// An object that fits a JSON Schema (draft 2020-12).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormSpec {
    /// The schema.
    pub schema: Value,
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

/// When an automatic answer counts as wrong against a person's.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorRule {
    /// Any difference.
    #[default]
    Exact,
    /// A difference of more than this, for numbers.
    Tolerance(f64),
    /// Differences here never count.
    Ignore,
}

/// A thing to tick.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChecklistItem {
    /// Name in judgments.
    pub id: String,
    /// Shown to people.
    pub text: String,
    /// Whether approval needs it.
    #[serde(default)]
    pub required: bool,
}

/// A queue of a loop.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueueSpec {
    /// Roles that may claim here; reviewers where empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<crate::roles::Role>,
    /// Skills a reviewer needs, all of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skills: Vec<String>,
    /// Title shown to people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// How a case is routed. Order: guardrails, rules, then one of autonomy, confidence and conformal.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicySpec {
    /// Checks on the proposal.
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
}

impl PolicySpec {
    /// The share of automatic cases that is audited where no surge says more.
    pub fn audit_rate(&self) -> f64 {
        let confidence = self.confidence.map(|confidence| confidence.audit_rate);
        let autonomy = self.autonomy.as_ref().map(|autonomy| autonomy.audit_rate);
        let conformal = self.conformal.map(|conformal| conformal.audit_rate);
        confidence.or(autonomy).or(conformal).unwrap_or(0.0)
    }
}

/// A check on a proposal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GuardrailSpec {
    /// Name in reasons.
    pub name: String,
    /// What is checked.
    pub check: GuardrailCheck,
    /// For `json_schema`: the schema the output must fit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<Value>,
    /// For `regex`: a pattern that must not occur in any text of the output.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// What to do when the check fails.
    pub on_fail: OnFail,
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

/// How people review.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReviewSpec {
    /// Seats of a task.
    pub reviewers: u32,
    /// When judgments agree enough.
    pub consensus: ConsensusSpec,
    /// How long a claim lasts without a renewal.
    pub lease: Span,
    /// How long a people's decision may be undone.
    pub undo: Span,
    /// How long a machine's decision may be vetoed; only on the loop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub veto: Option<Span>,
    /// When a case is overdue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Span>,
    /// What happens then.
    pub on_deadline: DeadlineAction,
    /// Share of reviews where the proposal is hidden until the reviewer answered.
    pub blind_rate: f64,
    /// How often a proposer is asked again before a person takes over.
    pub max_attempts: u32,
    /// How long a revision may take before a person takes over.
    pub revise_within: Span,
    /// Whether an audit that disagrees reopens the case.
    pub reopen_on_audit_error: bool,
}

impl Default for ReviewSpec {
    fn default() -> Self {
        Self {
            reviewers: 1,
            consensus: ConsensusSpec::default(),
            lease: Span::seconds(300),
            undo: Span::seconds(10),
            veto: None,
            deadline: None,
            on_deadline: DeadlineAction::Escalate,
            blind_rate: 0.0,
            max_attempts: 2,
            revise_within: Span::seconds(300),
            reopen_on_audit_error: false,
        }
    }
}

/// When judgments agree enough.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ConsensusSpec {
    /// The rule.
    pub rule: ConsensusRule,
    /// Share of judgments the winning answer must exceed (majority), 0..=1.
    pub min_agreement: f64,
    /// What happens when they do not agree.
    pub on_tie: OnTie,
}

impl Default for ConsensusSpec {
    fn default() -> Self {
        Self { rule: ConsensusRule::Majority, min_agreement: 0.5, on_tie: OnTie::AddReviewer }
    }
}

/// Rules of consensus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsensusRule {
    /// The most frequent answer, if its share exceeds `min_agreement`.
    Majority,
    /// All judgments are the same.
    Unanimous,
}

/// What happens when judgments do not agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnTie {
    /// One more seat.
    AddReviewer,
    /// An arbiter decides.
    Arbiter,
}

/// What happens when a case is overdue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeadlineAction {
    /// The task goes to arbiters.
    Escalate,
    /// The proposal is approved.
    Approve,
    /// The case is decided: rejected.
    Reject,
    /// It stays, visibly overdue.
    Keep,
}

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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnNewModel {
    /// It takes over at once. For built-in learners that train on the loop's own reviews.
    #[default]
    Promote,
    /// It proposes in the shadow until somebody promotes it.
    ShadowFirst,
    /// It takes over and everything is reviewed.
    FullReview,
}

/// A link of the fallback chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkSpec {
    /// A model of the loop's registry, by stage.
    Model(String),
    /// A person; always the last link.
    Human(bool),
}

/// The queue that every loop has.
pub const DEFAULT_QUEUE: &str = "default";
/// The queue where disagreements and escalations go.
pub const ARBITER_QUEUE: &str = "arbiters";

impl LoopSpec {
    /// The title, or the name.
    pub fn title(&self) -> &str {
        self.title.as_deref().unwrap_or(&self.name)
    }

    /// The group of a case for earned autonomy: empty without groups, `None` where the case has no
    /// such group.
    pub fn autonomy_group<'a>(
        &self,
        by: Option<&GroupBy>,
        groups: &'a BTreeMap<String, String>,
        output: &'a crate::case::Answer,
    ) -> Option<&'a str> {
        match by {
            None => Some(""),
            Some(GroupBy::Slice(name)) => groups.get(name).map(String::as_str),
            Some(GroupBy::Class) => output.get(self.class_field()?)?.as_str(),
        }
    }

    /// The first single choice of the answer.
    pub fn class_field(&self) -> Option<&str> {
        self.answer.iter().find_map(|(name, field)| match field {
            FieldSpec::Choice(choice) if !choice.multi => Some(name.as_str()),
            _ => None,
        })
    }

    /// The answer field a built-in learner learns, if it learns one.
    pub fn learned_field(&self) -> Option<(&str, &ChoiceSpec)> {
        if matches!(self.learner.kind, LearnerKind::None | LearnerKind::External) {
            return None;
        }
        self.answer.iter().find_map(|(name, field)| match field {
            FieldSpec::Choice(choice)
                if !choice.multi
                    && self.learner.field.as_ref().is_none_or(|wanted| wanted == name) =>
            {
                Some((name.as_str(), choice))
            }
            _ => None,
        })
    }
}

impl FieldSpec {
    /// What counts as an error in this field.
    pub fn error_rule(&self) -> ErrorRule {
        match self {
            Self::Choice(field) => field.error,
            Self::Number(field) => field.error,
            Self::Text(field) => field.error,
            Self::Form(field) => field.error,
        }
    }

    /// Whether an answer must carry it.
    pub fn required(&self) -> bool {
        match self {
            Self::Choice(field) => field.required,
            Self::Number(field) => field.required,
            Self::Text(field) => field.required,
            Self::Form(field) => field.required,
        }
    }
}
