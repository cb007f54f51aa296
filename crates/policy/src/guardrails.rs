//! Guardrails: checks on the texts and the shape of a proposal, or of what came in.
//!
//! A guardrail that fails says what and where, never the content itself: reasons go to callers, to
//! proposers that try again, and into the ledger.

mod grounding;
mod language;
mod phrases;
mod pii;

use regex::{Regex, RegexBuilder};
use serde_json::Value;
use tandem_domain::answer::pointer;
use tandem_domain::loops::{LooksAt, OnFail, PiiKind};

pub(crate) use grounding::Grounding;
pub(crate) use language::{Languages, code as language};
pub(crate) use phrases::Phrases;

use crate::rules::Expression;
use crate::schema::Schema;
use crate::view::{CaseView, ProposalView};

/// Most bytes of a compiled pattern.
const PATTERN_SIZE: usize = 256 * 1024;

/// A compiled guardrail.
pub(crate) struct Guardrail {
    pub(crate) name: String,
    pub(crate) on_fail: OnFail,
    pub(crate) looks_at: LooksAt,
    /// All where empty.
    pub(crate) fields: Vec<String>,
    pub(crate) check: Check,
}

/// What is checked.
pub(crate) enum Check {
    /// The whole fits a schema.
    Schema(Schema),
    /// No personal numbers or addresses of these kinds, and no names, in any text.
    Pii(Vec<PiiKind>, Phrases),
    /// The pattern occurs in no text.
    Pattern(Regex),
    /// The words and phrases occur in no text.
    Deny(Phrases),
    /// Code points of each text.
    Length(usize, usize),
    /// Each text is in one of these.
    Language(Languages),
    /// Each sentence and number stands in these fields of the input.
    Grounding(Grounding),
    /// The expression is true.
    Cel(Expression),
}

/// Compiles a pattern: linear time, bounded size.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn pattern(text: &str) -> Result<Regex, String> {
    RegexBuilder::new(text).size_limit(PATTERN_SIZE).build().map_err(|error| match error {
        regex::Error::Syntax(text) => {
            // The last line says what is wrong; the ones before draw an arrow in a fixed font.
            let last = text.lines().last().unwrap_or_default();
            last.trim_start_matches("error: ").to_owned()
        }
        other => other.to_string(),
    })
}

impl Guardrail {
    /// What failed and where; `None` where it holds, or where there is nothing to look at yet.
    pub(crate) fn fault(
        &self,
        case: &CaseView<'_>,
        proposal: Option<&ProposalView<'_>>,
    ) -> Option<String> {
        if let Check::Cel(expression) = &self.check {
            return expression.fault(case, proposal);
        }
        let fields = match self.looks_at {
            LooksAt::Input => case.input.as_object()?,
            LooksAt::Output => proposal?.output,
        };
        if let Check::Schema(schema) = &self.check {
            // The validator wants a value, so the map is copied for this check only.
            let misfit = schema.misfit(&Value::Object(fields.clone()))?;
            return Some(format!("the schema does not fit at {}", place(&misfit.path)));
        }
        let chosen =
            fields.iter().filter(|(name, _)| self.fields.is_empty() || self.fields.contains(name));
        let sources = match &self.check {
            Check::Grounding(grounding) => Some(grounding.read(case.input)),
            _ => None,
        };
        for (name, value) in chosen {
            let mut test = |text: &str| self.text_fault(text, sources.as_ref());
            if let Some((path, what)) = first_text(value, &pointer("", name), &mut test) {
                return Some(format!("{what} in {path}"));
            }
        }
        None
    }

    fn text_fault(&self, text: &str, sources: Option<&grounding::Known>) -> Option<String> {
        match &self.check {
            Check::Schema(_) | Check::Cel(_) => None,
            Check::Pii(kinds, names) => {
                pii::found(text, kinds).or_else(|| names.occur(text).then_some("a name"))
            }
            Check::Pattern(pattern) => pattern.is_match(text).then_some("the pattern"),
            Check::Deny(words) => words.occur(text).then_some("a word that is not allowed"),
            Check::Length(min, max) => {
                let length = text.chars().count();
                return if length < *min {
                    Some(format!("{length} characters where {min} are wanted at least,"))
                } else if length > *max {
                    Some(format!("{length} characters where {max} are allowed,"))
                } else {
                    None
                };
            }
            Check::Language(languages) => return languages.fault(text),
            Check::Grounding(grounding) => return grounding.fault(text, sources?),
        }
        .map(str::to_owned)
    }
}

fn place(path: &str) -> &str {
    if path.is_empty() { "its top" } else { path }
}

/// The first text for which a test finds something, with its JSON pointer; keys within forms are
/// texts too.
fn first_text(
    value: &Value,
    path: &str,
    test: &mut impl FnMut(&str) -> Option<String>,
) -> Option<(String, String)> {
    match value {
        Value::String(text) => test(text).map(|what| (path.to_owned(), what)),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(at, item)| first_text(item, &format!("{path}/{at}"), test)),
        Value::Object(map) => map.iter().find_map(|(key, value)| {
            let path = pointer(path, key);
            // The key itself may be what must not be repeated.
            if let Some(what) = test(key) {
                return Some((
                    format!("a key below {}", place(&path[..path.rfind('/').unwrap_or(0)])),
                    what,
                ));
            }
            first_text(value, &path, test)
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
