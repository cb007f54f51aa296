//! What the person affected is told: plain words, filled from what was decided.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{FieldSpec, LoopSpec};
use crate::case::Answer;

/// What the person affected is told of a decision.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NoticeSpec {
    /// Words for a decision with an answer; `{answer.field}` and `{outcome}` are filled in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// Words for a rejected or blocked case; only `{outcome}` is filled in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rejected: Option<String>,
    /// Whether people's decisions need one: from the reviewer, or from these words.
    pub required: bool,
}

/// A part of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part<'a> {
    /// Words as they are.
    Words(&'a str),
    /// `{outcome}`.
    Outcome,
    /// `{answer.…}`: the path, field first.
    Field(Vec<&'a str>),
}

/// Reads a template.
///
/// # Errors
/// In words, what is wrong with a placeholder.
pub fn parts(template: &str) -> Result<Vec<Part<'_>>, String> {
    let mut found = Vec::new();
    let mut rest = template;
    while let Some(start) = rest.find(['{', '}']) {
        if rest[start..].starts_with('}') {
            return Err("a `}` closes nothing".to_owned());
        }
        if start > 0 {
            found.push(Part::Words(&rest[..start]));
        }
        let Some(end) = rest[start..].find('}') else {
            return Err("a `{` is not closed".to_owned());
        };
        let name = rest[start + 1..start + end].trim();
        found.push(match name.strip_prefix("answer.") {
            None if name == "outcome" => Part::Outcome,
            Some(path) if path.split('.').all(|step| !step.is_empty()) => {
                Part::Field(path.split('.').collect())
            }
            _ => return Err(format!("`{{{name}}}` is neither `{{outcome}}` nor `{{answer.…}}`")),
        });
        rest = &rest[start + end + 1..];
    }
    if !rest.is_empty() {
        found.push(Part::Words(rest));
    }
    Ok(found)
}

impl LoopSpec {
    /// The words of the loop file for a decision; `None` where it has none, or where the answer
    /// lacks what they speak of.
    pub fn notice_for(&self, outcome: &str, output: Option<&Answer>) -> Option<String> {
        let spec = self.notice.as_ref()?;
        let template = match output {
            Some(_) => spec.template.as_deref(),
            None => spec.rejected.as_deref(),
        }?;
        let mut text = String::with_capacity(template.len() + 32);
        for part in parts(template).ok()? {
            match part {
                Part::Words(words) => text.push_str(words),
                Part::Outcome => text.push_str(outcome),
                Part::Field(path) => text.push_str(&self.field_in_words(output?, &path)?),
            }
        }
        Some(text)
    }

    fn field_in_words(&self, output: &Answer, path: &[&str]) -> Option<String> {
        let (name, rest) = path.split_first()?;
        let mut value = output.get(*name)?;
        for step in rest {
            value = value.get(*step)?;
        }
        let label = |value: &Value| match (value, self.answer.get(*name)) {
            (Value::String(text), Some(FieldSpec::Choice(choice))) => Some(
                choice
                    .options
                    .iter()
                    .find(|option| option.value == *text)
                    .and_then(|option| option.label.clone())
                    .unwrap_or_else(|| text.clone()),
            ),
            (Value::String(text), _) => Some(text.clone()),
            (Value::Number(number), _) => Some(number.to_string()),
            (Value::Bool(yes), _) => Some(if *yes { "yes" } else { "no" }.to_owned()),
            _ => None,
        };
        match value {
            Value::Array(all) => {
                Some(all.iter().map(label).collect::<Option<Vec<_>>>()?.join(", "))
            }
            one => label(one),
        }
    }
}
