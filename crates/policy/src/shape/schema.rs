//! The table as a JSON Schema and as a page of documentation.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::{Key, LOOP, Object, Shape};

/// The JSON Schema (draft 2020-12) of a loop file, for editors and documentation.
///
/// It says what [`compile`](crate::compile) checks about the shape of a file; what hangs together
/// across keys (rules, names, schemas) is checked by compiling only.
pub fn json_schema() -> Value {
    let mut schema = object(&LOOP, None);
    if let Value::Object(map) = &mut schema {
        map.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
        map.insert("title".to_owned(), json!("Tandem loop file"));
    }
    schema
}

fn object(object: &Object, kind: Option<&str>) -> Value {
    let mut properties: Map<String, Value> = Map::new();
    let mut required: Vec<&str> = Vec::new();
    if let Some(kind) = kind {
        properties.insert("kind".to_owned(), json!({ "const": kind }));
        required.push("kind");
    }
    for key in object.keys {
        properties.insert(key.name.to_owned(), described(key));
        if key.default.is_none() {
            required.push(key.name);
        }
    }
    json!({
        "type": "object",
        "description": object.doc,
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn described(key: &Key) -> Value {
    let mut value = shape(key.shape);
    if let Value::Object(map) = &mut value {
        let text = match key.default {
            Some(default) => format!("{} Default: {default}.", key.doc),
            None => key.doc.to_owned(),
        };
        map.insert("description".to_owned(), json!(text));
    }
    value
}

fn shape(of: &Shape) -> Value {
    match of {
        Shape::Text => json!({ "type": "string" }),
        Shape::Bool => json!({ "type": "boolean" }),
        Shape::Number(low, high) => {
            let mut value = json!({ "type": "number" });
            for (name, bound) in [("minimum", low), ("maximum", high)] {
                if bound.is_finite() {
                    value[name] = json!(bound);
                }
            }
            value
        }
        Shape::Integer(low, high) => json!({ "type": "integer", "minimum": low, "maximum": high }),
        Shape::Span(..) => json!({ "type": "string", "pattern": "^[0-9]+(us|ms|s|m|h|d)$" }),
        Shape::Schema => json!({ "type": ["object", "boolean"] }),
        Shape::Any => json!({}),
        Shape::Words(words) => {
            let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            json!({ "enum": words })
        }
        Shape::List(item) => json!({ "type": "array", "items": shape(item) }),
        Shape::Map(value) => json!({ "type": "object", "additionalProperties": shape(value) }),
        Shape::Object(inner) => object(inner, None),
        Shape::Kinds(kinds) => {
            let kinds: Vec<Value> =
                kinds.iter().map(|(word, inner)| object(inner, Some(word))).collect();
            json!({ "type": "object", "required": ["kind"], "oneOf": kinds })
        }
        Shape::Either(simple, mapping) => json!({ "anyOf": [shape(simple), shape(mapping)] }),
    }
}

/// The reference of the loop file in Markdown: every key with its kind, default and meaning.
pub fn reference() -> String {
    let mut page = String::new();
    section(&mut page, &LOOP, "");
    page
}

fn section(page: &mut String, object: &Object, path: &str) {
    let heading = if path.is_empty() { "The file".to_owned() } else { format!("`{path}`") };
    // Writing to a text cannot fail.
    let _ = writeln!(page, "## {heading}\n\n{}\n", object.doc);
    let _ = writeln!(page, "| key | value | default | meaning |\n|---|---|---|---|");
    for key in object.keys {
        let default = match key.default {
            None => "**required**".to_owned(),
            Some(default) => default.to_owned(),
        };
        let value = key.shape.wanted().replace('|', "\\|");
        let _ = writeln!(page, "| `{}` | {value} | {default} | {} |", key.name, key.doc);
    }
    let _ = writeln!(page);
    for key in object.keys {
        words(page, key);
    }
    for key in object.keys {
        let below =
            if path.is_empty() { key.name.to_owned() } else { format!("{path}.{}", key.name) };
        nested(page, key.shape, &below);
    }
}

fn words(page: &mut String, key: &Key) {
    let (Shape::Words(list)
    | Shape::List(Shape::Words(list))
    | Shape::Map(Shape::List(Shape::Words(list)))
    | Shape::Either(Shape::Words(list), _)) = key.shape
    else {
        return;
    };
    let _ = writeln!(page, "`{}`:\n", key.name);
    for (word, doc) in *list {
        let _ = writeln!(page, "- `{word}`: {doc}");
    }
    let _ = writeln!(page);
}

fn nested(page: &mut String, of: &Shape, path: &str) {
    match of {
        Shape::Object(inner) => section(page, inner, path),
        Shape::List(item) => nested(page, item, &format!("{path}[]")),
        Shape::Map(value) => nested(page, value, &format!("{path}.<name>")),
        Shape::Kinds(kinds) => {
            for (word, inner) in *kinds {
                section(page, inner, &format!("{path} (kind: {word})"));
            }
        }
        // The same error rule stands in every field; one section is enough.
        Shape::Either(_, Shape::Object(inner)) if !page.contains(inner.doc) => {
            section(page, inner, path);
        }
        _ => {}
    }
}
