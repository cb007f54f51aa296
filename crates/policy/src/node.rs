//! A loop file as a tree that knows where each of its parts stands in the source.
//!
//! YAML and JSON are read into the same tree, so that every later check is written once and can
//! name line and column. The tree is also what the loop's types are deserialised from: there is
//! one reading of the file, not two that could differ.

mod de;
mod json;
mod yaml;

use std::ops::Range;

use serde_json::{Map, Number, Value};

pub(crate) use json::read as read_json;
pub(crate) use yaml::read as read_yaml;

use crate::problem::Pos;

/// Deepest nesting of a loop file.
pub(crate) const MAX_DEPTH: usize = 64;
/// Most nodes of a loop file after aliases were replaced by what they stand for.
pub(crate) const MAX_NODES: usize = 50_000;

/// A part of the file.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    /// Where it starts.
    pub(crate) at: Pos,
    /// Its bytes in the source.
    pub(crate) span: Range<usize>,
    /// What it is.
    pub(crate) kind: Kind,
}

/// What a node is.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A key with its value.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) at: Pos,
    pub(crate) value: Node,
}

impl Node {
    pub(crate) fn get(&self, key: &str) -> Option<&Entry> {
        match &self.kind {
            Kind::Map(entries) => entries.iter().find(|entry| entry.key == key),
            _ => None,
        }
    }

    /// The deepest node on the way along a JSON pointer.
    pub(crate) fn nearest(&self, pointer: &str) -> &Node {
        let mut here = self;
        for step in pointer.split('/').skip(1) {
            let step = step.replace("~1", "/").replace("~0", "~");
            let next = match &here.kind {
                Kind::List(items) => step.parse::<usize>().ok().and_then(|i| items.get(i)),
                Kind::Map(_) => here.get(&step).map(|entry| &entry.value),
                _ => None,
            };
            match next {
                Some(next) => here = next,
                None => return here,
            }
        }
        here
    }

    /// Where the key at a JSON pointer stands; the value where the last step is no key.
    pub(crate) fn key_at(&self, pointer: &str) -> Pos {
        let (parent, last) = pointer.rsplit_once('/').unwrap_or(("", ""));
        let last = last.replace("~1", "/").replace("~0", "~");
        let parent = self.nearest(parent);
        parent.get(&last).map_or_else(|| self.nearest(pointer).at, |entry| entry.at)
    }

    /// Its text in the source, and where in it the given character of the decoded text stands.
    ///
    /// Escapes, folded lines and indentation make both differ, so they are walked side by side:
    /// where they differ the source moves on alone.
    pub(crate) fn place_in(&self, source: &str, decoded: &str, offset: usize) -> Pos {
        let raw = source.get(self.span.clone()).unwrap_or_default();
        let mut wanted = decoded.chars().take(offset).peekable();
        let mut pos = self.at;
        let mut chars = raw.chars().peekable();
        let block = raw.starts_with(['|', '>']);
        let mut in_header = block;
        let mut last_end = pos;
        while wanted.peek().is_some() {
            let Some(found) = chars.next() else { return last_end };
            let matches = !in_header
                && wanted.peek().is_some_and(|want| {
                    *want == found || (*want == ' ' && found == '\n') && !block
                });
            if found == '\n' {
                in_header = false;
                pos = Pos { line: pos.line + 1, column: 1 };
            } else {
                pos.column += 1;
            }
            if matches {
                wanted.next();
                last_end = pos;
            }
        }
        // Indentation, an opening quote and a block's header come before the character itself.
        let next = decoded.chars().nth(offset);
        while let Some(&found) = chars.peek() {
            if !in_header && (next.is_none() || next == Some(found)) {
                break;
            }
            chars.next();
            if found == '\n' {
                in_header = false;
                pos = Pos { line: pos.line + 1, column: 1 };
            } else {
                pos.column += 1;
            }
        }
        pos
    }

    /// The tree as JSON.
    pub(crate) fn to_json(&self) -> Value {
        match &self.kind {
            Kind::Null => Value::Null,
            Kind::Bool(value) => Value::Bool(*value),
            Kind::Number(value) => Value::Number(value.clone()),
            Kind::Text(value) => Value::String(value.clone()),
            Kind::List(items) => Value::Array(items.iter().map(Node::to_json).collect()),
            Kind::Map(entries) => {
                let pairs = entries.iter().map(|entry| (entry.key.clone(), entry.value.to_json()));
                Value::Object(pairs.collect::<Map<_, _>>())
            }
        }
    }

    /// What it is, with its article, for messages.
    pub(crate) fn describe(&self) -> &'static str {
        match self.kind {
            Kind::Null => "nothing",
            Kind::Bool(_) => "a truth value",
            Kind::Number(_) => "a number",
            Kind::Text(_) => "a text",
            Kind::List(_) => "a list",
            Kind::Map(_) => "a mapping",
        }
    }
}
