//! Reading the lines of a bundle: strict shapes, and every line canonical JSON, so that no byte is without meaning.

use crate::Hash;
use crate::canonical::{self, MAX_DEPTH};
use crate::event::{object, present};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// Longest line of a bundle in bytes, with its newline.
pub(crate) const MAX_LINE: u64 = 64 << 20;
/// Largest index and count: what every JSON reader holds exactly.
const MAX_COUNT: u64 = (1 << 53) - 1;

/// One line of a bundle.
#[derive(Debug)]
pub(crate) enum BundleLine<'a> {
    Header { origin: Cow<'a, str>, vkey: Cow<'a, str> },
    Event { index: u64, leaf: Hash, text: Cow<'a, str> },
    Checkpoint { note: Cow<'a, str> },
    Row(RowLine<'a>),
    End { checkpoints: u64, events: u64, rows: u64 },
}

/// A row of state; `content` is its salt and canonical record, or `None` where it was erased.
#[derive(Debug)]
pub(crate) struct RowLine<'a> {
    pub(crate) table: Cow<'a, str>,
    pub(crate) id: Cow<'a, str>,
    pub(crate) event: Cow<'a, str>,
    pub(crate) content: Option<([u8; 16], &'a str)>,
}

/// Reads one line without its newline; the error is a sentence.
pub(crate) fn parse_line(line: &[u8]) -> Result<BundleLine<'_>, String> {
    let line = std::str::from_utf8(line).map_err(|error| format!("not UTF-8: {error}"))?;
    // A row line holds a record, which may nest by itself.
    canonical::check(line, MAX_DEPTH + 1).map_err(|error| error.to_string())?;
    // In canonical order the text of an event comes first: the frequent line is known by its first bytes.
    let kind =
        if line.starts_with("{\"e\":") { Cow::Borrowed("event") } else { read::<Tag<'_>>(line)?.t };
    match &*kind {
        "event" => event_line(read(line)?),
        "row" => row_line(read(line)?),
        "checkpoint" => Ok(BundleLine::Checkpoint { note: read::<CheckpointIn<'_>>(line)?.note }),
        "bundle" => {
            let header: HeaderIn<'_> = read(line)?;
            if header.v != 1 {
                return Err(format!("version {} of the bundle format is not known", header.v));
            }
            Ok(BundleLine::Header { origin: header.origin, vkey: header.vkey })
        }
        "end" => {
            let EndIn { checkpoints, events, rows, .. } = read(line)?;
            Ok(BundleLine::End { checkpoints, events, rows })
        }
        other => Err(format!("lines of type `{other}` are not known")),
    }
}

fn read<'a, T: Deserialize<'a>>(line: &'a str) -> Result<T, String> {
    object(line).map_err(|error| error.to_string())
}

fn event_line(line: EventLine<'_>) -> Result<BundleLine<'_>, String> {
    if line.t != "event" {
        return Err("`t` is not `event`".to_owned());
    }
    if line.i > MAX_COUNT {
        return Err("`i` is beyond 2^53 - 1".to_owned());
    }
    let leaf = Hash::from_hex(&line.h).map_err(|error| format!("`h` is {error}"))?;
    Ok(BundleLine::Event { index: line.i, leaf, text: line.e })
}

fn row_line(line: RowIn<'_>) -> Result<BundleLine<'_>, String> {
    let content = match (line.erased, line.salt, line.record) {
        (Some(true), None, None) => None,
        (None, Some(salt), Some(record)) => Some((parse_salt(&salt)?, record.get())),
        _ => return Err("a row has salt and record, or is erased and has neither".to_owned()),
    };
    Ok(BundleLine::Row(RowLine { table: line.table, id: line.id, event: line.event, content }))
}

fn parse_salt(text: &str) -> Result<[u8; 16], String> {
    let mut salt = [0; 16];
    let read = hex::decode_to_slice(text, &mut salt);
    if read.is_err() || text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Err("`salt` is not 32 lower-case hex digits".to_owned());
    }
    Ok(salt)
}

#[derive(Deserialize)]
struct Tag<'a> {
    #[serde(borrow)]
    t: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HeaderIn<'a> {
    #[serde(borrow, rename = "t")]
    _t: &'a str,
    v: u64,
    #[serde(borrow)]
    origin: Cow<'a, str>,
    #[serde(borrow)]
    vkey: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EventLine<'a> {
    #[serde(borrow)]
    t: Cow<'a, str>,
    i: u64,
    #[serde(borrow)]
    h: Cow<'a, str>,
    #[serde(borrow)]
    e: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CheckpointIn<'a> {
    #[serde(borrow, rename = "t")]
    _t: &'a str,
    #[serde(borrow)]
    note: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RowIn<'a> {
    #[serde(borrow, rename = "t")]
    _t: &'a str,
    #[serde(borrow)]
    table: Cow<'a, str>,
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    event: Cow<'a, str>,
    #[serde(borrow, deserialize_with = "Option::deserialize")]
    salt: Option<Cow<'a, str>>,
    #[serde(default, deserialize_with = "present")]
    erased: Option<bool>,
    #[serde(borrow, default, deserialize_with = "present")]
    record: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EndIn<'a> {
    #[serde(borrow, rename = "t")]
    _t: &'a str,
    checkpoints: u64,
    events: u64,
    rows: u64,
}
