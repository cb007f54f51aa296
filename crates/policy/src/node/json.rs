//! Reads JSON (RFC 8259) into a tree of nodes with positions.
//!
//! `serde_json` decides what is JSON and reads texts and numbers; this module only keeps track of
//! where each value stands, which `serde_json` does not tell.

use std::collections::HashMap;

use serde::de::IgnoredAny;

use super::{Entry, Kind, MAX_DEPTH, MAX_NODES, Node};
use crate::problem::{Pos, Problem};

/// Reads one document.
pub(crate) fn read(source: &str) -> Result<Node, Problem> {
    if let Err(error) = serde_json::from_str::<IgnoredAny>(source) {
        // Columns of serde_json count bytes.
        let line = source.split('\n').nth(error.line().saturating_sub(1)).unwrap_or_default();
        let before = line.as_bytes().iter().take(error.column().saturating_sub(1));
        let column = before.filter(|byte| (**byte & 0xC0) != 0x80).count() + 1;
        let at = Pos { line: error.line().max(1), column };
        let text = error.to_string();
        let message = text.split(" at line ").next().unwrap_or(&text).to_owned();
        return Err(at.problem("", "syntax", message));
    }
    let mut reader = Reader { source, byte: 0, pos: Pos::START, nodes: 0 };
    reader.skip_space();
    reader.node(0)
}

struct Reader<'a> {
    source: &'a str,
    byte: usize,
    pos: Pos,
    nodes: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.source.as_bytes().get(self.byte).copied()
    }

    fn advance(&mut self) {
        let Some(next) = self.source.get(self.byte..).and_then(|rest| rest.chars().next()) else {
            return;
        };
        self.byte += next.len_utf8();
        if next == '\n' {
            self.pos = Pos { line: self.pos.line + 1, column: 1 };
        } else {
            self.pos.column += 1;
        }
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.advance();
        }
    }

    /// Skips a separator and the space around it.
    fn skip(&mut self, separator: u8) {
        self.skip_space();
        if self.peek() == Some(separator) {
            self.advance();
        }
        self.skip_space();
    }

    /// Moves behind a text or a bare word and returns its bytes.
    fn token(&mut self) -> &str {
        let start = self.byte;
        if self.peek() == Some(b'"') {
            self.advance();
            while let Some(byte) = self.peek() {
                self.advance();
                match byte {
                    b'\\' => self.advance(),
                    b'"' => break,
                    _ => {}
                }
            }
        } else {
            while !matches!(
                self.peek(),
                None | Some(b',' | b']' | b'}' | b' ' | b'\t' | b'\r' | b'\n')
            ) {
                self.advance();
            }
        }
        self.source.get(start..self.byte).unwrap_or_default()
    }

    fn text(&mut self, at: Pos) -> Result<String, Problem> {
        serde_json::from_str(self.token())
            .map_err(|error| at.problem("", "syntax", error.to_string()))
    }

    fn node(&mut self, depth: usize) -> Result<Node, Problem> {
        let (at, start) = (self.pos, self.byte);
        self.nodes += 1;
        if depth > MAX_DEPTH || self.nodes > MAX_NODES {
            let message = format!(
                "the file is nested deeper than {MAX_DEPTH} levels or holds more than {MAX_NODES} \
                 values"
            );
            return Err(at.problem("", "too_large", message));
        }
        let kind = match self.peek() {
            Some(b'{') => Kind::Map(self.map(depth)?),
            Some(b'[') => Kind::List(self.list(depth)?),
            Some(b'"') => Kind::Text(self.text(at)?),
            _ => match self.token() {
                "null" => Kind::Null,
                "true" => Kind::Bool(true),
                "false" => Kind::Bool(false),
                number => Kind::Number(
                    serde_json::from_str(number)
                        .map_err(|error| at.problem("", "syntax", error.to_string()))?,
                ),
            },
        };
        Ok(Node { at, span: start..self.byte, style: Some('"'), kind })
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Node>, Problem> {
        let mut items = Vec::new();
        self.skip(b'[');
        while !matches!(self.peek(), None | Some(b']')) {
            items.push(self.node(depth + 1)?);
            self.skip(b',');
        }
        self.advance();
        Ok(items)
    }

    fn map(&mut self, depth: usize) -> Result<Vec<Entry>, Problem> {
        let mut entries = Vec::new();
        let mut seen = HashMap::<String, usize>::new();
        self.skip(b'{');
        while !matches!(self.peek(), None | Some(b'}')) {
            let at = self.pos;
            let key = self.text(at)?;
            if let Some(first) = seen.insert(key.clone(), at.line) {
                let message = format!("the key `{key}` stands here a second time");
                return Err(at
                    .problem("", "duplicate_key", message)
                    .hint(format!("it stands on line {first} already; remove one of them")));
            }
            self.skip(b':');
            let value = self.node(depth + 1)?;
            entries.push(Entry { key, at, value });
            self.skip(b',');
        }
        self.advance();
        Ok(entries)
    }
}
