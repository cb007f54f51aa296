//! The shape of a loop file: which keys exist, what their values are and what they mean.
//!
//! One [table](table) serves three ends: it checks a file with line and column, it is published as
//! a JSON Schema for editors, and it is the reference in the documentation. A test holds it
//! against the types in `domain`.

mod schema;
mod table;

pub use schema::{json_schema, reference};
pub(crate) use table::LOOP;

use tandem_domain::Span;
use tandem_domain::answer::{nearest, pointer};

use crate::node::{Entry, Kind, Node};
use crate::problem::{Pos, Problem};

/// What a value may be.
pub(crate) enum Shape {
    /// Any text.
    Text,
    /// `true` or `false`.
    Bool,
    /// A number within bounds.
    Number(f64, f64),
    /// A whole number within bounds.
    Integer(u64, u64),
    /// A duration within bounds.
    Span(Span, Span),
    /// A JSON Schema.
    Schema,
    /// Any value; what it must fit is checked later.
    Any,
    /// One of some words, each with its meaning.
    Words(&'static [(&'static str, &'static str)]),
    /// A list.
    List(&'static Shape),
    /// A mapping with names of one's own.
    Map(&'static Shape),
    /// A mapping with fixed keys.
    Object(&'static Object),
    /// A mapping whose `kind` says which keys it has.
    Kinds(&'static [(&'static str, &'static Object)]),
    /// Something simple, or a mapping.
    Either(&'static Shape, &'static Shape),
}

/// A mapping with fixed keys.
pub(crate) struct Object {
    pub(crate) name: &'static str,
    pub(crate) doc: &'static str,
    pub(crate) keys: &'static [Key],
}

/// A key of a mapping.
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) shape: &'static Shape,
    /// What holds where the key is absent; `None`: it must be there.
    pub(crate) default: Option<&'static str>,
    pub(crate) doc: &'static str,
}

/// Checks a node against a shape and adds what is wrong to `problems`.
pub(crate) fn check(node: &Node, shape: &Shape, path: &str, problems: &mut Vec<Problem>) {
    let mut wrong = |wanted: String| {
        let message = format!("{} stands where {wanted} belongs", node.describe());
        problems.push(node.at.problem(path, "wrong_kind", message));
    };
    match (shape, &node.kind) {
        (Shape::Text, Kind::Text(_))
        | (Shape::Bool, Kind::Bool(_))
        | (Shape::Schema, Kind::Map(_) | Kind::Bool(_))
        | (Shape::Any, _) => {}
        (Shape::Text, Kind::Number(_) | Kind::Bool(_)) => {
            let message = format!("{} stands where a text belongs", node.describe());
            let hint = format!("write \"{}\" with quotes", node.to_json());
            problems.push(node.at.problem(path, "wrong_kind", message).hint(hint));
        }
        (Shape::Number(low, high), Kind::Number(number)) => {
            if !number.as_f64().is_some_and(|value| (*low..=*high).contains(&value)) {
                problems.push(out_of_range(node.at, path, number, shape));
            }
        }
        (Shape::Integer(low, high), Kind::Number(number)) => {
            if !number.as_u64().is_some_and(|value| (*low..=*high).contains(&value)) {
                problems.push(out_of_range(node.at, path, number, shape));
            }
        }
        (Shape::Span(low, high), Kind::Text(text)) => match text.parse::<Span>() {
            Ok(span) if (*low..=*high).contains(&span) => {}
            Ok(_) => problems.push(out_of_range(node.at, path, text, shape)),
            Err(error) => {
                problems.push(node.at.problem(path, "wrong_kind", error.to_string()));
            }
        },
        (Shape::Words(words), Kind::Text(text)) => check_word(node, words, text, path, problems),
        (Shape::List(item), Kind::List(items)) => {
            for (i, node) in items.iter().enumerate() {
                check(node, item, &format!("{path}/{i}"), problems);
            }
        }
        (Shape::Map(value), Kind::Map(entries)) => {
            for entry in entries {
                check(&entry.value, value, &pointer(path, &entry.key), problems);
            }
        }
        (Shape::Object(object), Kind::Map(entries)) => {
            check_object(node, object, entries, None, path, problems);
        }
        (Shape::Kinds(kinds), Kind::Map(entries)) => {
            check_kind(node, kinds, entries, path, problems);
        }
        (Shape::Either(_, mapping), Kind::Map(_)) => check(node, mapping, path, problems),
        (Shape::Either(simple, _), _) => check(node, simple, path, problems),
        _ => wrong(shape.wanted()),
    }
}

fn out_of_range(at: Pos, path: &str, found: impl std::fmt::Display, shape: &Shape) -> Problem {
    let message = format!("{found} is out of range");
    at.problem(path, "out_of_range", message).hint(format!("give {}", shape.wanted()))
}

fn check_word(
    node: &Node,
    words: &[(&'static str, &str)],
    text: &str,
    path: &str,
    problems: &mut Vec<Problem>,
) {
    if words.iter().any(|(word, _)| *word == text) {
        return;
    }
    let hint = match nearest(text, words.iter().map(|(word, _)| *word)) {
        Some(word) => format!("did you mean `{word}`?"),
        None => format!("it is one of {}", names(words.iter().map(|(word, _)| *word))),
    };
    let message = format!("`{}` is not known here", shorten(text));
    problems.push(node.at.problem(path, "wrong_kind", message).hint(hint));
}

fn check_kind(
    node: &Node,
    kinds: &'static [(&'static str, &'static Object)],
    entries: &[Entry],
    path: &str,
    problems: &mut Vec<Problem>,
) {
    let words: Vec<(&'static str, &str)> = kinds.iter().map(|(word, _)| (*word, "")).collect();
    match node.get("kind").map(|entry| &entry.value) {
        None => problems.push(
            node.at
                .problem(path, "missing_key", "the key `kind` is missing")
                .hint(format!("it is one of {}", names(words.iter().map(|(word, _)| *word)))),
        ),
        Some(Node { kind: Kind::Text(text), .. }) => {
            if let Some((_, object)) = kinds.iter().find(|(word, _)| word == text) {
                check_object(node, object, entries, Some("kind"), path, problems);
            } else {
                let at = node.get("kind").map_or(node, |entry| &entry.value);
                check_word(at, &words, text, &pointer(path, "kind"), problems);
            }
        }
        Some(other) => check(other, &Shape::Text, &pointer(path, "kind"), problems),
    }
}

fn check_object(
    node: &Node,
    object: &'static Object,
    entries: &[Entry],
    tag: Option<&'static str>,
    path: &str,
    problems: &mut Vec<Problem>,
) {
    for entry in entries {
        if tag == Some(entry.key.as_str()) {
            continue;
        }
        let path = pointer(path, &entry.key);
        match object.keys.iter().find(|key| key.name == entry.key) {
            // An optional key without a value is as good as absent, but a required one is not.
            Some(key) if key.default.is_some() && matches!(entry.value.kind, Kind::Null) => {
                let message = format!("`{}` has no value", entry.key);
                problems.push(
                    entry
                        .at
                        .problem(path, "wrong_kind", message)
                        .hint(format!("give {}, or remove the key", key.shape.wanted())),
                );
            }
            Some(key) => check(&entry.value, key.shape, &path, problems),
            None => {
                let known = || object.keys.iter().map(|key| key.name).chain(tag);
                let message = format!("`{}` is not a key of {}", shorten(&entry.key), object.name);
                let hint = match nearest(&entry.key, known()) {
                    Some(name) => format!("did you mean `{name}`?"),
                    None => format!("keys are {}", names(known())),
                };
                problems.push(entry.at.problem(path, "unknown_key", message).hint(hint));
            }
        }
    }
    for key in object.keys.iter().filter(|key| key.default.is_none()) {
        if node.get(key.name).is_none() {
            let message = format!("the key `{}` is missing in {}", key.name, object.name);
            let hint = format!("give {}: {}", key.shape.wanted(), key.doc);
            problems.push(node.at.problem(path, "missing_key", message).hint(hint));
        }
    }
}

impl Shape {
    /// What belongs here, with its article.
    pub(crate) fn wanted(&self) -> String {
        match self {
            Self::Text => "a text".to_owned(),
            Self::Bool => "`true` or `false`".to_owned(),
            Self::Number(low, high) if low.is_infinite() && high.is_infinite() => {
                "a number".to_owned()
            }
            Self::Number(low, high) if high.is_infinite() => format!("a number from {low}"),
            Self::Number(low, high) => format!("a number from {low} to {high}"),
            Self::Integer(low, high) => format!("a whole number from {low} to {high}"),
            Self::Span(low, high) => format!("a duration from {low} to {high}, like 90s or 5m"),
            Self::Schema => "a JSON Schema".to_owned(),
            Self::Any => "a value".to_owned(),
            Self::Words(words) => format!("one of {}", names(words.iter().map(|(word, _)| *word))),
            Self::List(item) => format!("a list of {}", item.plural()),
            Self::Map(_) => "a mapping from names".to_owned(),
            Self::Object(_) | Self::Kinds(_) => "a mapping".to_owned(),
            Self::Either(simple, mapping) => {
                format!("{} or {}", simple.wanted(), mapping.wanted())
            }
        }
    }

    fn plural(&self) -> &'static str {
        match self {
            Self::Text => "texts",
            Self::Words(_) => "words",
            Self::Either(..) => "texts or mappings",
            Self::Object(_) | Self::Kinds(_) | Self::Map(_) => "mappings",
            _ => "values",
        }
    }
}

pub(crate) fn names<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.map(|word| format!("`{}`", shorten(word))).collect::<Vec<_>>().join(", ")
}

pub(crate) fn shorten(text: &str) -> String {
    const SHOWN: usize = 60;
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
