//! Calls of tools: what may be called, with what, and how large it may be.
//!
//! What a person approves is run as it was shown, so nothing may be cut off or change its value on
//! the way: a call is bounded in size, and numbers that a double cannot hold are refused.

use serde_json::{Map, Value};

use super::{Fault, MAX_DEPTH, kind_of, pointer, shorten, suggest, too_deep, wrong_kind};
use crate::case::Answer;
use crate::loops::{ActionSpec, LoopSpec, ToolSpec};

/// Most bytes of a call as JSON: what can be shown whole.
pub const MAX_ACTION: usize = 64 * 1024;
/// The largest whole number that every JSON reader holds exactly: 2^53 - 1 (RFC 8785, RFC 7493).
const MAX_EXACT: f64 = 9_007_199_254_740_991.0;
/// Longest answer in place of a call, in characters.
const MAX_RESPONSE: usize = 20_000;

/// A call that an answer holds.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// The answer's field.
    pub field: &'a str,
    /// The tool's name.
    pub tool: &'a str,
    /// What the loop says of the tool.
    pub spec: &'a ToolSpec,
    /// What it is called with.
    pub arguments: &'a Map<String, Value>,
}

impl Call<'_> {
    /// What the arguments hold at a JSON pointer.
    pub fn arguments_at(&self, pointer: &str) -> Option<&Value> {
        let (first, rest) = match pointer.strip_prefix('/')?.split_once('/') {
            Some((first, rest)) => (first, Some(rest)),
            None => (pointer.strip_prefix('/')?, None),
        };
        let value = self.arguments.get(&first.replace("~1", "/").replace("~0", "~"))?;
        match rest {
            Some(rest) => value.pointer(&format!("/{rest}")),
            None => Some(value),
        }
    }
}

/// The calls that an answer holds, in the order of the loop's fields. An answer in place of a call
/// is none.
pub fn calls<'a>(spec: &'a LoopSpec, answer: &'a Answer) -> impl Iterator<Item = Call<'a>> {
    spec.actions().filter_map(|(field, action)| {
        let value = answer.get(field)?;
        let (tool, spec) = action.tools.get_key_value(value.get("tool")?.as_str()?)?;
        let arguments = value.get("arguments")?.as_object()?;
        Some(Call { field, tool, spec, arguments })
    })
}

/// Whether a person answered in place of the call.
pub(super) fn is_response(value: Option<&Value>) -> bool {
    value.is_some_and(|value| value.get("respond").is_some())
}

/// Checks the shape of a call; its arguments are held against the tool's schema by `policy`.
pub(super) fn check(name: &str, spec: &ActionSpec, value: &Value) -> Result<(), Fault> {
    let here = |message: String| (String::new(), message);
    let Value::Object(map) = value else {
        return Err(here(wrong_kind(name, value, "{\"tool\", \"arguments\"}")));
    };
    if let Some(answer) = map.get("respond") {
        return check_response(name, map, answer);
    }
    if let Some(key) = map.keys().find(|key| !matches!(key.as_str(), "tool" | "arguments")) {
        let message = format!("a call has `tool` and `arguments`, not `{}`", shorten(key));
        return Err((pointer("", key), message));
    }
    match map.get("tool") {
        Some(Value::String(tool)) if spec.tools.contains_key(tool) => {}
        Some(Value::String(tool)) => {
            let known = suggest(tool, "tools", spec.tools.keys().map(String::as_str));
            let message = format!("`{}` is not a tool of `{name}`; {known}", shorten(tool));
            return Err(("/tool".to_owned(), message));
        }
        tool => {
            let found = tool.map_or("missing", kind_of);
            return Err(("/tool".to_owned(), format!("the tool is {found}; give its name")));
        }
    }
    let Some(arguments @ Value::Object(_)) = map.get("arguments") else {
        let found = map.get("arguments").map_or("missing", kind_of);
        let message = format!("the arguments are {found}; give an object");
        return Err(("/arguments".to_owned(), message));
    };
    if too_deep(arguments, MAX_DEPTH) {
        let message = format!("`{name}` is nested deeper than {MAX_DEPTH} levels; flatten it");
        return Err(("/arguments".to_owned(), message));
    }
    if let Some(path) = inexact(arguments, "/arguments") {
        let message = "a whole number beyond 2^53 - 1 changes its value between programs; \
                       write it as text";
        return Err((path, message.to_owned()));
    }
    if value.to_string().len() > MAX_ACTION {
        let message = format!(
            "the call has more than {MAX_ACTION} bytes, more than a person can be shown whole; \
             put large content elsewhere and name it with its digest"
        );
        return Err(("/arguments".to_owned(), message));
    }
    Ok(())
}

fn check_response(name: &str, map: &Map<String, Value>, answer: &Value) -> Result<(), Fault> {
    let at = || "/respond".to_owned();
    if map.len() > 1 {
        let message = format!("`{name}` is answered or called, not both");
        return Err((at(), message));
    }
    match answer.as_str() {
        Some(text) if text.trim().is_empty() => Err((at(), "say what the answer is".to_owned())),
        Some(text) if text.chars().count() > MAX_RESPONSE => {
            Err((at(), format!("an answer has at most {MAX_RESPONSE} characters")))
        }
        Some(_) => Ok(()),
        None => Err((at(), format!("the answer is {}; give text", kind_of(answer)))),
    }
}

/// JSON pointer to a whole number that a double does not hold exactly.
fn inexact(value: &Value, path: &str) -> Option<String> {
    match value {
        Value::Number(number) => {
            let beyond = number.as_f64().is_none_or(|n| n.fract() == 0.0 && n.abs() > MAX_EXACT);
            beyond.then(|| path.to_owned())
        }
        Value::Array(items) => {
            items.iter().enumerate().find_map(|(i, item)| inexact(item, &format!("{path}/{i}")))
        }
        Value::Object(map) => map.iter().find_map(|(key, item)| inexact(item, &pointer(path, key))),
        _ => None,
    }
}
