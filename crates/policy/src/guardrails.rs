//! Guardrails: checks on the texts and the shape of a proposal.

mod pii;

use regex::{Regex, RegexBuilder};
use serde_json::Value;
use tandem_domain::case::Answer;
use tandem_domain::loops::OnFail;

use crate::schema::Schema;

/// Most bytes of a compiled pattern.
const PATTERN_SIZE: usize = 256 * 1024;

/// A compiled guardrail.
pub(crate) struct Guardrail {
    pub(crate) name: String,
    pub(crate) on_fail: OnFail,
    pub(crate) check: Check,
}

/// What is checked.
pub(crate) enum Check {
    /// The output fits a schema.
    Schema(Schema),
    /// No personal numbers or addresses in any text.
    Pii,
    /// The pattern occurs in no text.
    Pattern(Regex),
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
    /// Whether the output passes.
    pub(crate) fn holds(&self, output: &Answer) -> bool {
        match &self.check {
            // The validator wants a value, so the map is copied for this check only.
            Check::Schema(schema) => schema.fits(&Value::Object(output.clone())),
            Check::Pii => !any_text(output, &mut pii::found),
            Check::Pattern(pattern) => !any_text(output, &mut |text| pattern.is_match(text)),
        }
    }
}

/// Whether a test holds for any text of the output, keys within forms included.
fn any_text(output: &Answer, test: &mut impl FnMut(&str) -> bool) -> bool {
    output.values().any(|value| any_in(value, test))
}

fn any_in(value: &Value, test: &mut impl FnMut(&str) -> bool) -> bool {
    match value {
        Value::String(text) => test(text),
        Value::Array(items) => items.iter().any(|item| any_in(item, test)),
        Value::Object(map) => map.iter().any(|(key, value)| test(key) || any_in(value, test)),
        _ => false,
    }
}
