//! Reads YAML 1.2 (core schema) into a tree of nodes with positions.
//!
//! Aliases are replaced by what they stand for, within a budget of nodes, so a file cannot grow
//! without bound. Duplicate keys, further documents, tags other than the core ones and aliases
//! that contain themselves are refused.

use std::collections::HashMap;

use serde_json::Number;
use serde_saphyr::granit_parser::{Event, Parser, ScalarStyle, Span, Tag};

use super::{Entry, Kind, MAX_DEPTH, MAX_NODES, Node};
use crate::problem::{Pos, Problem};

/// Reads one document.
pub(crate) fn read(source: &str) -> Result<Node, Problem> {
    let mut reader =
        Reader { parser: Parser::new_from_str(source), anchors: HashMap::new(), nodes: 0 };
    let mut root = None;
    while let Some((event, span)) = reader.next()? {
        match event {
            Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd => {}
            Event::StreamEnd => break,
            event if root.is_none() => root = Some(reader.node(event, &span, 0)?.0),
            _ => {
                return Err(pos(&span)
                    .problem("", "syntax", "the file holds more than one document")
                    .hint("put each loop into a file of its own"));
            }
        }
    }
    root.ok_or_else(|| Pos::START.problem("", "syntax", "the file is empty"))
}

struct Reader<'a> {
    parser: Parser<'a, serde_saphyr::granit_parser::StrInput<'a>>,
    /// Nodes with an anchor, and how many nodes each holds.
    anchors: HashMap<usize, (Node, usize)>,
    nodes: usize,
}

fn pos(span: &Span) -> Pos {
    Pos { line: span.start.line().max(1), column: span.start.col() + 1 }
}

fn bytes(span: &Span) -> std::ops::Range<usize> {
    span.byte_range().unwrap_or(0..0)
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<Option<(Event<'a>, Span)>, Problem> {
        match self.parser.next_event() {
            None => Ok(None),
            Some(Ok(item)) => Ok(Some(item)),
            Some(Err(error)) => {
                let at = error.marker();
                let at = Pos { line: at.line().max(1), column: at.col() + 1 };
                Err(at.problem("", "syntax", error.info()))
            }
        }
    }

    fn inner(&mut self, open: &Span) -> Result<(Event<'a>, Span), Problem> {
        self.next()?.ok_or_else(|| pos(open).problem("", "syntax", "the file ends inside this"))
    }

    fn count(&mut self, at: Pos, nodes: usize) -> Result<(), Problem> {
        self.nodes += nodes;
        if self.nodes > MAX_NODES {
            let message = format!("the file holds more than {MAX_NODES} values");
            return Err(at.problem("", "too_large", message).hint("use fewer aliases"));
        }
        Ok(())
    }

    /// Reads the node that starts with `event`; returns it and how many nodes it holds.
    fn node(
        &mut self,
        event: Event<'a>,
        span: &Span,
        depth: usize,
    ) -> Result<(Node, usize), Problem> {
        let at = pos(span);
        if depth > MAX_DEPTH {
            let message = format!("the file is nested deeper than {MAX_DEPTH} levels");
            return Err(at.problem("", "too_large", message));
        }
        self.count(at, 1)?;
        let mut style = None;
        let (kind, anchor, size, span_end) = match event {
            Event::Alias(id) => {
                let Some((node, size)) = self.anchors.get(&id) else {
                    let message = "an alias stands inside what it names";
                    return Err(at.problem("", "syntax", message));
                };
                let (node, size) = (node.clone(), *size);
                self.count(at, size)?;
                return Ok((node, size));
            }
            Event::Scalar(text, written, anchor, tag) => {
                style = match written {
                    ScalarStyle::Plain => None,
                    ScalarStyle::SingleQuoted => Some('\''),
                    ScalarStyle::DoubleQuoted => Some('"'),
                    ScalarStyle::Literal => Some('|'),
                    ScalarStyle::Folded => Some('>'),
                };
                let kind = scalar(&text, written, tag.as_deref(), at)?;
                (kind, anchor, 1, bytes(span).end)
            }
            Event::SequenceStart(_, anchor, tag) => {
                only_core(tag.as_deref(), &["seq"], at)?;
                let (items, size, end) = self.list(span, depth)?;
                (Kind::List(items), anchor, size, end)
            }
            Event::MappingStart(_, anchor, tag) => {
                only_core(tag.as_deref(), &["map"], at)?;
                let (entries, size, end) = self.map(span, depth)?;
                (Kind::Map(entries), anchor, size, end)
            }
            _ => return Err(at.problem("", "syntax", "a value is missing here")),
        };
        let start = bytes(span).start;
        let node = Node { at, span: start..span_end.max(start), style, kind };
        if anchor > 0 {
            self.anchors.insert(anchor, (node.clone(), size));
        }
        Ok((node, size))
    }

    fn list(&mut self, open: &Span, depth: usize) -> Result<(Vec<Node>, usize, usize), Problem> {
        let (mut items, mut total) = (Vec::new(), 1);
        loop {
            match self.inner(open)? {
                (Event::SequenceEnd, end) => return Ok((items, total, bytes(&end).end)),
                (event, span) => {
                    let (node, size) = self.node(event, &span, depth + 1)?;
                    total += size;
                    items.push(node);
                }
            }
        }
    }

    fn map(&mut self, open: &Span, depth: usize) -> Result<(Vec<Entry>, usize, usize), Problem> {
        let (mut entries, mut total) = (Vec::<Entry>::new(), 1);
        let mut seen = HashMap::<String, usize>::new();
        loop {
            let (event, span) = self.inner(open)?;
            let at = pos(&span);
            let key = match event {
                Event::MappingEnd => return Ok((entries, total, bytes(&span).end)),
                Event::Scalar(text, ..) => text.into_owned(),
                _ => return Err(at.problem("", "syntax", "a key must be a text")),
            };
            if let Some(first) = seen.insert(key.clone(), at.line) {
                let message = format!("the key `{key}` stands here a second time");
                return Err(at
                    .problem("", "duplicate_key", message)
                    .hint(format!("it stands on line {first} already; remove one of them")));
            }
            let (event, span) = self.inner(open)?;
            let (value, size) = self.node(event, &span, depth + 1)?;
            total += size;
            entries.push(Entry { key, at, value });
        }
    }
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>, at: Pos) -> Result<Kind, Problem> {
    only_core(tag, &["str", "int", "float", "bool", "null"], at)?;
    match tag.and_then(Tag::core_suffix) {
        None if style == ScalarStyle::Plain => Ok(plain(text)),
        None | Some("str") => Ok(Kind::Text(text.to_owned())),
        Some(_) => Ok(plain(text)),
    }
}

/// Refuses tags besides the given ones of the core schema.
fn only_core(tag: Option<&Tag>, known: &[&str], at: Pos) -> Result<(), Problem> {
    match tag.map(Tag::core_suffix) {
        None => Ok(()),
        Some(Some(suffix)) if known.contains(&suffix) => Ok(()),
        Some(_) => Err(at
            .problem("", "syntax", "tags are not allowed in a loop file")
            .hint("remove the word that starts with `!`")),
    }
}

/// A plain scalar in the core schema (YAML 1.2, section 10.3.2).
fn plain(text: &str) -> Kind {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Kind::Null,
        "true" | "True" | "TRUE" => return Kind::Bool(true),
        "false" | "False" | "FALSE" => return Kind::Bool(false),
        _ => {}
    }
    number(text).map_or_else(|| Kind::Text(text.to_owned()), Kind::Number)
}

fn number(text: &str) -> Option<Number> {
    if let Some(hex) = text.strip_prefix("0x") {
        return u64::from_str_radix(hex, 16).ok().map(Number::from);
    }
    if let Some(octal) = text.strip_prefix("0o") {
        return u64::from_str_radix(octal, 8).ok().map(Number::from);
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let starts = digits.starts_with(|c: char| c.is_ascii_digit())
        || digits.strip_prefix('.').is_some_and(|d| d.starts_with(|c: char| c.is_ascii_digit()));
    // Rust also reads `inf`, `nan` and `infinity`, which the core schema does not.
    if !starts || !text.chars().all(|c| c.is_ascii_digit() || "+-.eE".contains(c)) {
        return None;
    }
    let unsigned = text.strip_prefix('+').unwrap_or(text);
    unsigned
        .parse::<u64>()
        .map(Number::from)
        .or_else(|_| unsigned.parse::<i64>().map(Number::from))
        .ok()
        .or_else(|| text.parse::<f64>().ok().and_then(Number::from_f64))
}
