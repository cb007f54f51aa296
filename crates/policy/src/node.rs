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
    /// For texts: `"`, `'`, `|` (also for folded blocks `>`), or `None` for plain ones.
    pub(crate) style: Option<char>,
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

    /// Where in the source the given character of the decoded text stands.
    ///
    /// Escapes, folded lines and indentation make source and text differ, so both are walked side
    /// by side; where they differ the source moves on alone.
    pub(crate) fn place_in(&self, source: &str, decoded: &str, offset: usize) -> Pos {
        let raw = source.get(self.span.clone()).unwrap_or_default();
        let mut cursor = Cursor { rest: raw.chars(), pos: self.at };
        let style = self.style;
        match style {
            Some('|' | '>') if raw.starts_with(['|', '>']) => {
                while cursor.bump().is_some_and(|found| found != '\n') {}
            }
            Some('"' | '\'') => _ = cursor.bump(),
            _ => {}
        }
        for (i, wanted) in decoded.chars().enumerate() {
            loop {
                match cursor.peek() {
                    None => return cursor.pos,
                    Some('\\') if style == Some('"') => {
                        if !cursor.joins_lines() {
                            break;
                        }
                    }
                    Some(found) if found == wanted => break,
                    Some('\n') if wanted == ' ' && style != Some('|') => break,
                    Some(_) => _ = cursor.bump(),
                }
            }
            if i == offset {
                break;
            }
            cursor.consume(style);
        }
        cursor.pos
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

/// A place in the source that moves on.
struct Cursor<'a> {
    rest: std::str::Chars<'a>,
    pos: Pos,
}

impl Cursor<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.clone().next()
    }

    fn bump(&mut self) -> Option<char> {
        let found = self.rest.next()?;
        if found == '\n' {
            self.pos = Pos { line: self.pos.line + 1, column: 1 };
        } else {
            self.pos.column += 1;
        }
        Some(found)
    }

    /// Moves over a backslash that joins two lines, if one stands here.
    fn joins_lines(&mut self) -> bool {
        let joins = self.rest.clone().nth(1) == Some('\n');
        if joins {
            self.bump();
            self.bump();
        }
        joins
    }

    /// Moves over what stands for one character of the text.
    fn consume(&mut self, style: Option<char>) {
        let found = self.bump();
        if style == Some('\'') && found == Some('\'') {
            self.bump();
        } else if style == Some('"') && found == Some('\\') {
            let digits = match self.bump() {
                Some('x') => 2,
                // A pair of surrogates in JSON stands for one character.
                Some('u') if is_high_surrogate(self.rest.as_str()) => 10,
                Some('u') => 4,
                Some('U') => 8,
                _ => 0,
            };
            for _ in 0..digits {
                self.bump();
            }
        }
    }
}

fn is_high_surrogate(digits: &str) -> bool {
    digits
        .get(..4)
        .and_then(|digits| u16::from_str_radix(digits, 16).ok())
        .is_some_and(|unit| (0xD800..0xDC00).contains(&unit))
}
