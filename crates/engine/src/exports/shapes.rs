//! Rows for tuning text generators, in the columns of TRL and of OpenAI.
//!
//! TRL (1.16): supervised `prompt` + `completion`, preferences `prompt` + `chosen` + `rejected`, each
//! a list of messages; its trainers drop other columns, so ids travel along. OpenAI's files hold
//! `messages`, or `input` with `preferred_output` and `non_preferred_output`, and nothing else.

use serde_json::{Map, Value, json};
use tandem_domain::loops::{InputKind, LoopSpec};

/// Whose columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Shape {
    /// Hugging Face TRL.
    #[default]
    Trl,
    /// OpenAI's fine-tuning files (Fireworks and Together read the same).
    OpenAi,
}

impl std::str::FromStr for Shape {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "trl" => Ok(Self::Trl),
            "openai" => Ok(Self::OpenAi),
            _ => Err(format!("`{text}` is not a shape; shapes are trl and openai")),
        }
    }
}

impl Shape {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Trl => "trl",
            Self::OpenAi => "openai",
        }
    }
}

/// A line of supervised tuning from an input and its answer.
pub(super) fn sft(
    shape: Shape,
    spec: &LoopSpec,
    input: &Value,
    answer: &Value,
    links: Map<String, Value>,
) -> Map<String, Value> {
    let mut messages = prompt(spec, input);
    match shape {
        Shape::Trl => {
            let mut row = links;
            row.insert("prompt".to_owned(), Value::Array(messages));
            row.insert("completion".to_owned(), json!([assistant(answer)]));
            row
        }
        Shape::OpenAi => {
            messages.push(assistant(answer));
            Map::from_iter([("messages".to_owned(), Value::Array(messages))])
        }
    }
}

/// A preference pair from an input, the corrected answer and the one the machine gave.
pub(super) fn preference(
    shape: Shape,
    spec: &LoopSpec,
    input: &Value,
    (chosen, rejected): (&Value, &Value),
    links: Map<String, Value>,
) -> Map<String, Value> {
    let messages = prompt(spec, input);
    let mut row = if shape == Shape::Trl { links } else { Map::new() };
    let (chosen, rejected) = (json!([assistant(chosen)]), json!([assistant(rejected)]));
    let columns = match shape {
        Shape::Trl => {
            [("prompt", Value::Array(messages)), ("chosen", chosen), ("rejected", rejected)]
        }
        Shape::OpenAi => [
            ("input", json!({"messages": messages, "tools": [], "parallel_tool_calls": true})),
            ("preferred_output", chosen),
            ("non_preferred_output", rejected),
        ],
    };
    row.extend(columns.map(|(name, value)| (name.to_owned(), value)));
    row
}

fn assistant(answer: &Value) -> Value {
    json!({"role": "assistant", "content": completion(answer)})
}

/// The input as messages: the first chat field as it is, otherwise one message of the user. Images,
/// sounds and documents are left out.
fn prompt(spec: &LoopSpec, input: &Value) -> Vec<Value> {
    let chat = spec.input.iter().find(|(_, field)| field.kind == InputKind::Chat);
    if let Some(turns) = chat.and_then(|(name, _)| input.get(name)).and_then(Value::as_array) {
        return turns.clone();
    }
    let readable = |kind| !matches!(kind, InputKind::Image | InputKind::Audio | InputKind::Pdf);
    let fields: Vec<(&String, &Value)> = spec
        .input
        .iter()
        .filter(|(_, field)| readable(field.kind))
        .filter_map(|(name, _)| Some((name, input.get(name)?)))
        .collect();
    let content = match fields.as_slice() {
        [(_, Value::String(text))] => text.clone(),
        several => {
            let object: Map<String, Value> =
                several.iter().map(|(name, value)| ((*name).clone(), (*value).clone())).collect();
            Value::Object(object).to_string()
        }
    };
    vec![json!({"role": "user", "content": content})]
}

/// The answer as text: the only field's text as it is, otherwise JSON.
fn completion(answer: &Value) -> String {
    match answer.as_object().map(|fields| (fields.len(), fields.values().next())) {
        Some((1, Some(Value::String(text)))) => text.clone(),
        _ => answer.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(input: Value) -> LoopSpec {
        serde_json::from_value(json!({
            "loop": "l", "input": input,
            "answer": {"reply": {"kind": "text"}},
        }))
        .unwrap()
    }

    #[test]
    fn both_shapes_of_both_kinds() {
        let spec = spec(json!({"text": {"kind": "text"}, "scan": {"kind": "image"}}));
        let input = json!({"text": "hello?", "scan": {"media": "med_x"}});
        let (good, bad) = (json!({"reply": "hi"}), json!({"reply": "no"}));
        let links = Map::from_iter([("case".to_owned(), json!("case_1"))]);
        let user = json!([{"role": "user", "content": "hello?"}]);
        let hi = json!([{"role": "assistant", "content": "hi"}]);
        let no = json!([{"role": "assistant", "content": "no"}]);

        let row = Value::Object(sft(Shape::Trl, &spec, &input, &good, links.clone()));
        assert_eq!(row, json!({"case": "case_1", "prompt": user, "completion": hi}));
        let row = Value::Object(sft(Shape::OpenAi, &spec, &input, &good, links.clone()));
        assert_eq!(row, json!({"messages": [user[0], hi[0]]}));

        let row = preference(Shape::Trl, &spec, &input, (&good, &bad), links.clone());
        let expected = json!({"case": "case_1", "prompt": user, "chosen": hi, "rejected": no});
        assert_eq!(Value::Object(row), expected);
        let row = preference(Shape::OpenAi, &spec, &input, (&good, &bad), links);
        let expected = json!({
            "input": {"messages": user, "tools": [], "parallel_tool_calls": true},
            "preferred_output": hi, "non_preferred_output": no,
        });
        assert_eq!(Value::Object(row), expected);
    }

    #[test]
    fn a_chat_is_its_own_prompt_and_several_fields_become_json() {
        let turns =
            json!([{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]);
        let chat = spec(json!({"chat": {"kind": "chat"}}));
        assert_eq!(json!(prompt(&chat, &json!({"chat": turns}))), turns);
        let two = spec(json!({"text": {"kind": "text"}, "amount": {"kind": "number"}}));
        let content = prompt(&two, &json!({"text": "x", "amount": 2}))[0]["content"].clone();
        let read: Value = serde_json::from_str(content.as_str().unwrap()).unwrap();
        assert_eq!(read, json!({"text": "x", "amount": 2}));
        assert_eq!(completion(&json!({"a": 1})), "{\"a\":1}");
    }
}
