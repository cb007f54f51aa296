//! What an answer looks like: its fields, and what counts as an error in each.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{ActionSpec, yes};

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
    /// A call of a tool.
    Action(ActionSpec),
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

impl FieldSpec {
    /// What counts as an error in this field.
    pub fn error_rule(&self) -> ErrorRule {
        match self {
            Self::Choice(field) => field.error,
            Self::Number(field) => field.error,
            Self::Text(field) => field.error,
            Self::Form(field) => field.error,
            Self::Action(field) => field.error,
        }
    }

    /// Whether an answer must carry it.
    pub fn required(&self) -> bool {
        match self {
            Self::Choice(field) => field.required,
            Self::Number(field) => field.required,
            Self::Text(field) => field.required,
            Self::Form(field) => field.required,
            Self::Action(field) => field.required,
        }
    }
}
