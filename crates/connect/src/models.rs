//! Models outside: what is asked of them, and what their answers mean.
//!
//! A module per protocol. Each asks once, within the bounds of the [`Asker`], and says what came of it in
//! the words of [`TryOutcome`]. Whether an answer fits the loop is the caller's to check: what a model
//! says is data, whatever it says.

mod draft;
pub mod http;
pub mod label_studio;
pub mod openai;
mod xml;

use std::collections::BTreeMap;
use std::time::Duration;

use ::http::{HeaderMap, HeaderValue, Method, header};
use serde_json::{Map, Value, json};
use tandem_domain::LoopSpec;
use tandem_domain::case::{Answer, TryOutcome, Usage};
use tandem_domain::loops::{FieldSpec, Piece, pieces};

pub use draft::{Draft, Suggestions, Wish};

use crate::http::{Client, HttpError, Request, Target};

/// Most bytes of an answer.
pub const MOST: usize = 1 << 20;
/// Longest text of an error that is kept, in bytes.
const SHOWN: usize = 300;

/// How a model is asked.
#[derive(Debug)]
pub struct Asker<'a> {
    /// Sends requests.
    pub client: &'a Client,
    /// Headers that go with every request, secrets among them.
    pub headers: HeaderMap,
    /// Bound of everything that is asked, together.
    pub timeout: Duration,
}

/// What a model is asked.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The loop.
    pub spec: &'a LoopSpec,
    /// Id of the case: repeats are told by it.
    pub case: &'a str,
    /// The input.
    pub input: &'a Value,
    /// The tags.
    pub tags: &'a [String],
    /// What was proposed before and sent back, where another proposal is wanted.
    pub revision: Option<Revision<'a>>,
}

/// A proposal that was sent back.
#[derive(Debug, Clone, Copy)]
pub struct Revision<'a> {
    /// How often proposals of the case were sent back, from 1.
    pub attempt: u32,
    /// What was proposed.
    pub output: &'a Answer,
    /// What is wrong with it, in words.
    pub note: &'a str,
}

/// What a model proposed, as it said it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Said {
    /// The answer.
    pub output: Answer,
    /// Confidence by field; `""` for the whole.
    pub confidence: BTreeMap<String, f64>,
    /// Probabilities of options by field.
    pub probabilities: BTreeMap<String, BTreeMap<String, f64>>,
    /// Model and version.
    pub model: Option<String>,
    /// Evidence.
    pub evidence: Vec<Value>,
    /// What it used.
    pub usage: Option<Usage>,
}

/// What a model that checks said.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored {
    /// Its score.
    pub score: f64,
    /// Model and version.
    pub model: Option<String>,
    /// What it used.
    pub usage: Option<Usage>,
}

/// No answer, or none that could be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What kind.
    pub outcome: TryOutcome,
    /// What and where.
    pub why: String,
    /// The status, where there was one.
    pub status: Option<u16>,
}

impl Failure {
    fn new(outcome: TryOutcome, why: impl Into<String>) -> Self {
        Self { outcome, why: shorten(&why.into()), status: None }
    }

    fn bad(why: impl Into<String>) -> Self {
        Self::new(TryOutcome::BadAnswer, why)
    }
}

impl From<HttpError> for Failure {
    fn from(error: HttpError) -> Self {
        let outcome = match &error {
            HttpError::Target(_) | HttpError::Forbidden(_) => TryOutcome::Forbidden,
            HttpError::Timeout(_) => TryOutcome::Timeout,
            HttpError::TooLarge(_) => TryOutcome::TooLarge,
            HttpError::Resolve { .. }
            | HttpError::Connect(_)
            | HttpError::Tls(_)
            | HttpError::Broken(_) => TryOutcome::Unreachable,
        };
        Self::new(outcome, error.to_string())
    }
}

fn shorten(text: &str) -> String {
    let mut end = text.len().min(SHOWN);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Sends a request and reads its answer as JSON.
async fn ask(
    asker: &Asker<'_>,
    method: Method,
    url: &str,
    body: Option<&Value>,
) -> Result<Value, Failure> {
    let target: Target = url.parse().map_err(HttpError::Target)?;
    let mut headers = asker.headers.clone();
    headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(header::USER_AGENT, HeaderValue::from_static("tandem"));
    if body.is_some() {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    let request = Request {
        method,
        target,
        headers,
        body: body.map(ToString::to_string).unwrap_or_default().into(),
        timeout: asker.timeout,
        most: MOST,
        cut_after: None,
    };
    let reply = asker.client.send(&request).await?;
    match reply.status {
        200..=299 => {}
        status @ 300..=399 => {
            let why = format!("it answered {status}; redirects are not followed");
            return Err(Failure { status: Some(status), ..Failure::new(TryOutcome::Status, why) });
        }
        status => {
            let said = shorten(&String::from_utf8_lossy(&reply.body));
            let why = format!("it answered {status}: {said}");
            return Err(Failure { status: Some(status), ..Failure::new(TryOutcome::Status, why) });
        }
    }
    serde_json::from_slice(&reply.body)
        .map_err(|error| Failure::bad(format!("the answer is no JSON: {error}")))
}

/// An answer of a loop as a JSON Schema: what a model is told to fill in.
pub fn answer_schema(spec: &LoopSpec) -> Value {
    let properties: Map<String, Value> =
        spec.answer.iter().map(|(name, field)| (name.clone(), field_schema(field))).collect();
    let required: Vec<&String> =
        spec.answer.iter().filter(|(_, field)| field.required()).map(|(name, _)| name).collect();
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn field_schema(field: &FieldSpec) -> Value {
    match field {
        FieldSpec::Choice(choice) => {
            let options: Vec<&str> = choice.options.iter().map(|o| o.value.as_str()).collect();
            let one = json!({"type": "string", "enum": options});
            if choice.multi { json!({"type": "array", "items": one}) } else { one }
        }
        FieldSpec::Number(number) => {
            let mut schema = json!({"type": "number"});
            for (key, bound) in [("minimum", number.min), ("maximum", number.max)] {
                if let Some(bound) = bound {
                    schema[key] = json!(bound);
                }
            }
            schema
        }
        FieldSpec::Text(text) => json!({"type": "string", "maxLength": text.max_length}),
        FieldSpec::Form(form) => form.schema.clone(),
        FieldSpec::Action(action) => {
            let tools = action.tools.iter().map(|(name, tool)| {
                json!({
                    "type": "object",
                    "properties": {"tool": {"const": name}, "arguments": tool.schema},
                    "required": ["tool", "arguments"],
                    "additionalProperties": false,
                })
            });
            json!({"anyOf": tools.collect::<Vec<_>>()})
        }
    }
}

/// A prompt with what its pieces stand for. Texts stand there as they are, anything else as JSON.
pub fn rendered(prompt: &str, question: &Question<'_>, output: Option<&Answer>) -> String {
    let text = |value: Option<&Value>| match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    pieces(prompt)
        .into_iter()
        .map(|piece| match piece {
            Piece::Text(text) => text.to_owned(),
            Piece::Input => question.input.to_string(),
            Piece::InputField(name) => text(question.input.get(name)),
            Piece::Output => json!(output).to_string(),
            Piece::OutputField(name) => text(output.and_then(|output| output.get(name))),
            Piece::Guidelines => question.spec.guidelines.clone().unwrap_or_default(),
            Piece::Unknown(_) => String::new(),
        })
        .collect()
}

/// Whether a prompt tells of the case at all; if not, the case is told behind it.
fn tells(prompt: &str, checks: bool) -> bool {
    pieces(prompt).iter().any(|piece| match piece {
        Piece::Input | Piece::InputField(_) => !checks,
        Piece::Output | Piece::OutputField(_) => checks,
        _ => false,
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn spec() -> LoopSpec {
        serde_json::from_value(json!({
            "loop": "l", "input": {"text": {"kind": "text"}},
            "answer": {
                "intent": {"kind": "choice", "options": ["card_arrival", "lost_card"]},
                "stars": {"kind": "number", "min": 1.0, "max": 5.0, "required": false},
                "note": {"kind": "text", "required": false},
                "marks": {"kind": "form", "schema": true, "required": false},
                "parts": {"kind": "choice", "multi": true, "options": ["a", "b"], "required": false},
            },
        }))
        .unwrap()
    }

    #[test]
    fn a_schema_says_what_an_answer_is() {
        let schema = answer_schema(&spec());
        assert_eq!(schema["properties"]["intent"]["enum"][1], "lost_card");
        assert_eq!(schema["properties"]["stars"]["maximum"], 5.0);
        assert_eq!(schema["required"], json!(["intent"]));
    }

    #[test]
    fn a_prompt_is_filled_in_and_what_is_filled_in_is_not_taken_apart() {
        let (spec, input) = (spec(), json!({"text": "my {{guidelines}} card"}));
        let question =
            Question { spec: &spec, case: "c", input: &input, tags: &[], revision: None };
        let text = rendered("Say: {{ input.text }}!", &question, None);
        assert_eq!(text, "Say: my {{guidelines}} card!");
    }
}
