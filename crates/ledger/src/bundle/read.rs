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
    // Keys are in canonical order, so the first one tells the type.
    let first = line.get(2..).and_then(|rest| rest.split_once('"')).map_or("", |(key, _)| key);
    match first {
        "e" => event_line(read(line)?),
        "event" | "erased" => row_line(read(line)?),
        "note" => {
            let CheckpointIn { t, note } = read(line)?;
            check_type(&t, "checkpoint")?;
            Ok(BundleLine::Checkpoint { note })
        }
        "origin" => {
            let HeaderIn { t, v, origin, vkey } = read(line)?;
            check_type(&t, "bundle")?;
            if v != 1 {
                return Err(format!("version {v} of the bundle format is not known"));
            }
            Ok(BundleLine::Header { origin, vkey })
        }
        "checkpoints" => {
            let EndIn { t, checkpoints, events, rows } = read(line)?;
            check_type(&t, "end")?;
            Ok(BundleLine::End { checkpoints, events, rows })
        }
        _ => Err("a line of a type that is not known".to_owned()),
    }
}

fn check_type(found: &str, expected: &str) -> Result<(), String> {
    if found == expected { Ok(()) } else { Err(format!("`t` is not `{expected}`")) }
}

fn read<'a, T: Deserialize<'a>>(line: &'a str) -> Result<T, String> {
    object(line).map_err(|error| error.to_string())
}

fn event_line(line: EventLine<'_>) -> Result<BundleLine<'_>, String> {
    check_type(&line.t, "event")?;
    if line.i > MAX_COUNT {
        return Err("`i` is beyond 2^53 - 1".to_owned());
    }
    let leaf = Hash::from_hex(&line.h).map_err(|error| format!("`h` is {error}"))?;
    Ok(BundleLine::Event { index: line.i, leaf, text: line.e })
}

fn row_line(line: RowIn<'_>) -> Result<BundleLine<'_>, String> {
    check_type(&line.t, "row")?;
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
#[serde(deny_unknown_fields)]
struct HeaderIn<'a> {
    #[serde(borrow)]
    t: Cow<'a, str>,
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
    #[serde(borrow)]
    t: Cow<'a, str>,
    #[serde(borrow)]
    note: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RowIn<'a> {
    #[serde(borrow)]
    t: Cow<'a, str>,
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
    #[serde(borrow)]
    t: Cow<'a, str>,
    checkpoints: u64,
    events: u64,
    rows: u64,
}
