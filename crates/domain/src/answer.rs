//! Checks of inputs, answers and proposals against a loop, and comparison of answers.
//!
//! Everything takes the loop's [`LoopSpec`] and plain JSON. A [`Refusal`] carries a code, a JSON
//! pointer (RFC 6901) to the part at fault and a sentence that says how to mend it. The schema of a
//! `form` field needs a compiled validator and is checked by `policy`; here a form is an object of
//! bounded depth.

mod action;
mod compare;
mod input;
mod proposal;

pub use action::{Call, MAX_ACTION, calls};
pub use compare::{changes, identical, same_answer};
pub use input::{MAX_PIXELS, MAX_ROWS, MAX_TEXT, check_input};
pub use proposal::check_proposal;

use serde_json::Value;

use crate::case::Answer;
use crate::loops::{ChoiceSpec, FieldSpec, LoopSpec, NumberSpec, TextSpec};
use crate::refusal::{Code, Refusal};

/// Deepest nesting of lists and objects in an input or answer.
pub const MAX_DEPTH: usize = 64;

/// Checks an answer against the loop's fields.
///
/// `path_prefix` is the JSON pointer of the answer in what the caller received, as in
/// `/proposal/output`, or empty. `null` in an optional field counts as absent.
///
/// # Errors
/// `invalid_answer` for unknown or missing fields, values of the wrong kind, unknown or repeated
/// options, numbers out of range, texts that are too long and forms that are nested too deep.
pub fn check_answer(spec: &LoopSpec, answer: &Answer, path_prefix: &str) -> Result<(), Refusal> {
    for name in answer.keys() {
        if !spec.answer.contains_key(name) {
            let message = format!(
                "`{name}` is not a field of the answer; {}",
                suggest(name, "fields", spec.answer.keys().map(String::as_str))
            );
            return Err(Refusal::at(Code::InvalidAnswer, pointer(path_prefix, name), message));
        }
    }
    for (name, field) in &spec.answer {
        match answer.get(name) {
            None | Some(Value::Null) if field.required() => {
                let message = format!("`{name}` is missing; give {}", expected(field));
                return Err(Refusal::at(Code::InvalidAnswer, pointer(path_prefix, name), message));
            }
            None | Some(Value::Null) => {}
            Some(value) => {
                check_field(name, field, value).map_err(|(rest, message)| {
                    let path = format!("{}{rest}", pointer(path_prefix, name));
                    Refusal::at(Code::InvalidAnswer, path, message)
                })?;
            }
        }
    }
    Ok(())
}

/// Path below the field, and the message.
type Fault = (String, String);

fn check_field(name: &str, field: &FieldSpec, value: &Value) -> Result<(), Fault> {
    let here = |message: String| (String::new(), message);
    match field {
        FieldSpec::Choice(choice) if choice.multi => check_several(name, choice, value),
        FieldSpec::Choice(choice) => check_option(name, choice, value).map_err(here),
        FieldSpec::Number(number) => check_number(name, number, value).map_err(here),
        FieldSpec::Text(text) => check_text(name, text, value).map_err(here),
        FieldSpec::Action(spec) => action::check(name, spec, value),
        FieldSpec::Form(_) => {
            if !value.is_object() {
                return Err(here(wrong_kind(name, value, &expected(field))));
            }
            if too_deep(value, MAX_DEPTH) {
                return Err(here(format!(
                    "`{name}` is nested deeper than {MAX_DEPTH} levels; flatten it"
                )));
            }
            Ok(())
        }
    }
}

fn check_several(name: &str, choice: &ChoiceSpec, value: &Value) -> Result<(), Fault> {
    let Value::Array(items) = value else {
        let message = wrong_kind(name, value, "a list of options");
        return Err((String::new(), message));
    };
    if items.len() > choice.options.len() {
        let message = format!(
            "`{name}` has {} entries but only {} options exist; list each option once",
            items.len(),
            choice.options.len()
        );
        return Err((String::new(), message));
    }
    for (i, item) in items.iter().enumerate() {
        let at = format!("/{i}");
        check_option(name, choice, item).map_err(|message| (at.clone(), message))?;
        if items[..i].contains(item) {
            return Err((at, format!("{item} stands in `{name}` twice; list each option once")));
        }
    }
    Ok(())
}

fn check_option(name: &str, choice: &ChoiceSpec, value: &Value) -> Result<(), String> {
    let options = || choice.options.iter().map(|option| option.value.as_str());
    match value {
        Value::String(text) if options().any(|option| option == text) => Ok(()),
        Value::String(text) => Err(format!(
            "`{}` is not an option of `{name}`; {}",
            shorten(text),
            suggest(text, "options", options())
        )),
        Value::Number(_) | Value::Bool(_) if options().any(|o| o == value.to_string().as_str()) => {
            Err(format!("options of `{name}` are texts; write \"{value}\" with quotes"))
        }
        _ => Err(wrong_kind(name, value, "one option as text")),
    }
}

fn check_number(name: &str, spec: &NumberSpec, value: &Value) -> Result<(), String> {
    let Some(number) = value.as_f64().filter(|number| number.is_finite()) else {
        return Err(wrong_kind(name, value, "a finite number"));
    };
    match (spec.min, spec.max) {
        (Some(min), _) if number < min => {
            Err(format!("`{name}` is {value}, below the least value {min}; give {min} or more"))
        }
        (_, Some(max)) if number > max => {
            Err(format!("`{name}` is {value}, above the largest value {max}; give {max} or less"))
        }
        _ => Ok(()),
    }
}

fn check_text(name: &str, spec: &TextSpec, value: &Value) -> Result<(), String> {
    let Value::String(text) = value else {
        return Err(wrong_kind(name, value, "text"));
    };
    // Bytes bound code points from above, so most texts need no counting.
    if text.len() > spec.max_length {
        let length = text.chars().count();
        if length > spec.max_length {
            return Err(format!(
                "`{name}` has {length} characters, more than {}; shorten it",
                spec.max_length
            ));
        }
    }
    Ok(())
}

fn expected(field: &FieldSpec) -> String {
    match field {
        FieldSpec::Choice(choice) if choice.multi => "a list of options".to_owned(),
        FieldSpec::Choice(choice) => {
            format!("one of {}", list(choice.options.iter().map(|o| o.value.as_str())))
        }
        FieldSpec::Number(_) => "a finite number".to_owned(),
        FieldSpec::Text(_) => "text".to_owned(),
        FieldSpec::Form(_) => "an object".to_owned(),
        FieldSpec::Action(_) => "{\"tool\", \"arguments\"}".to_owned(),
    }
}

fn wrong_kind(name: &str, value: &Value, wanted: &str) -> String {
    format!("`{name}` is {}; give {wanted}", kind_of(value))
}

/// What a JSON value is, with its article.
fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// Whether lists and objects nest deeper than `left` levels. Stops there, so it never recurses
/// further than the bound.
fn too_deep(value: &Value, left: usize) -> bool {
    match value {
        Value::Array(items) => {
            left == 0 || items.iter().any(|item| !is_leaf(item) && too_deep(item, left - 1))
        }
        Value::Object(map) => {
            left == 0 || map.values().any(|item| !is_leaf(item) && too_deep(item, left - 1))
        }
        _ => false,
    }
}

fn is_leaf(value: &Value) -> bool {
    !matches!(value, Value::Array(_) | Value::Object(_))
}

/// `prefix` with one more JSON pointer step (RFC 6901: `~` is `~0`, `/` is `~1`).
pub fn pointer(prefix: &str, step: &str) -> String {
    if step.contains(['~', '/']) {
        format!("{prefix}/{}", step.replace('~', "~0").replace('/', "~1"))
    } else {
        format!("{prefix}/{step}")
    }
}

/// "did you mean …" where a word is near, else what there is.
fn suggest<'a>(word: &str, what: &str, candidates: impl Iterator<Item = &'a str>) -> String {
    let candidates: Vec<&str> = candidates.collect();
    match nearest(word, candidates.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if candidates.is_empty() => format!("there are no {what}"),
        None => format!("{what} are {}", list(candidates.into_iter())),
    }
}

fn list<'a>(words: impl Iterator<Item = &'a str>) -> String {
    const SHOWN: usize = 8;
    let words: Vec<&str> = words.collect();
    let shown: Vec<String> =
        words.iter().take(SHOWN).map(|word| format!("`{}`", shorten(word))).collect();
    let rest = words.len().saturating_sub(SHOWN);
    let tail = if rest > 0 { format!(" and {rest} more") } else { String::new() };
    format!("{}{tail}", shown.join(", "))
}

fn shorten(text: &str) -> String {
    const SHOWN: usize = 60;
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The candidate nearest to `word` in edit distance (optimal string alignment: insert, delete,
/// replace, swap neighbours), if it is near enough to be a slip: at most a third of the letters.
pub fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    const LONGEST: usize = 64;
    let word: Vec<char> = word.to_lowercase().chars().take(LONGEST).collect();
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let other: Vec<char> = candidate.to_lowercase().chars().take(LONGEST).collect();
        let distance = edit_distance(&word, &other);
        let allowed = (word.len().max(other.len()) / 3).max(1);
        if distance <= allowed && distance < other.len() && best.is_none_or(|(d, _)| distance < d) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

fn edit_distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1; b.len() + 1];
        for (j, y) in b.iter().enumerate() {
            let mut cost = (last[j] + usize::from(x != y)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                cost = cost.min(before[j - 1] + 1);
            }
            row[j + 1] = cost;
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests;
