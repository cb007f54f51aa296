//! Canonical JSON (RFC 8785, JCS): one value, one text, so that a hash of the text is a hash of the value.
//!
//! Keys are ordered by UTF-16 code units, numbers are written as ECMAScript writes them, strings escape only what
//! they must. Integers from -2^63 to 2^64-1 keep all their digits: RFC 8785 leaves those beyond 2^53 to the
//! application, and rounding them would give two different records the same commitment.

mod check;
mod number;

pub use check::{NotCanonical, check};
pub use number::write_f64;

use serde_json::{Map, Value};
use std::cmp::Ordering;

/// Deepest nesting of arrays and objects a canonical value may have.
pub const MAX_DEPTH: usize = 120;

/// A value that has no canonical text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CanonicalError {
    /// JSON has no infinity and no NaN.
    #[error("the number {0} is not finite and has no canonical text")]
    NonFinite(String),
    /// Nested beyond [`MAX_DEPTH`].
    #[error("the value nests deeper than {MAX_DEPTH} levels; flatten it")]
    TooDeep,
}

/// The canonical text of `value`.
pub fn to_string(value: &Value) -> Result<String, CanonicalError> {
    let mut out = String::with_capacity(256);
    write_value(value, &mut out, 0)?;
    Ok(out)
}

/// Appends the canonical text of `value` to `out`; on error `out` is left as it was.
pub fn write(value: &Value, out: &mut String) -> Result<(), CanonicalError> {
    let start = out.len();
    write_value(value, out, 0).inspect_err(|_| out.truncate(start))
}

/// The canonical text of `value` as bytes.
pub fn to_vec(value: &Value) -> Result<Vec<u8>, CanonicalError> {
    to_string(value).map(String::into_bytes)
}

/// Appends `text` as a canonical JSON string, with its quotes.
pub fn write_str(text: &str, out: &mut String) {
    out.push('"');
    // Most texts need no escape; a test without early exit over the whole text is the fastest way to see it.
    if !text.bytes().fold(false, |found, byte| found | must_escape(byte)) {
        out.push_str(text);
        out.push('"');
        return;
    }
    let mut copied = 0;
    for (at, &byte) in text.as_bytes().iter().enumerate() {
        if !must_escape(byte) {
            continue;
        }
        out.push_str(&text[copied..at]);
        copied = at + 1;
        if let Some(letter) = short_escape(byte) {
            out.extend(['\\', char::from(letter)]);
        } else {
            const HEX: &[u8; 16] = b"0123456789abcdef";
            out.push_str("\\u00");
            out.extend([byte >> 4, byte & 15].map(|half| char::from(HEX[usize::from(half)])));
        }
    }
    out.push_str(&text[copied..]);
    out.push('"');
}

fn must_escape(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

/// The letter after the backslash for the bytes that have a two-character escape.
fn short_escape(byte: u8) -> Option<u8> {
    Some(match byte {
        b'"' | b'\\' => byte,
        0x08 => b'b',
        0x09 => b't',
        0x0a => b'n',
        0x0c => b'f',
        0x0d => b'r',
        _ => return None,
    })
}

/// Order of two keys by UTF-16 code units (RFC 8785 section 3.2.3).
///
/// It differs from the order of the UTF-8 bytes only where a character beyond U+FFFF (a surrogate pair, D800..DFFF)
/// meets one of U+E000..U+FFFF (first byte 0xEE or 0xEF).
pub fn compare_keys(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    match a.iter().zip(b).find(|(x, y)| x != y) {
        None => a.len().cmp(&b.len()),
        Some((&x, &y)) if x >= 0xee && y >= 0xee && (x >= 0xf0) != (y >= 0xf0) => y.cmp(&x),
        Some((x, y)) => x.cmp(y),
    }
}

fn write_value(value: &Value, out: &mut String, depth: usize) -> Result<(), CanonicalError> {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => write_number(number, out)?,
        Value::String(text) => write_str(text, out),
        Value::Array(items) => {
            if depth >= MAX_DEPTH {
                return Err(CanonicalError::TooDeep);
            }
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_value(item, out, depth + 1)?;
            }
            out.push(']');
        }
        Value::Object(map) => {
            if depth >= MAX_DEPTH {
                return Err(CanonicalError::TooDeep);
            }
            write_object(map, out, depth)?;
        }
    }
    Ok(())
}

fn write_object(
    map: &Map<String, Value>,
    out: &mut String,
    depth: usize,
) -> Result<(), CanonicalError> {
    out.push('{');
    // The map is ordered by bytes or by insertion, as the build has it; sorting is needed only when that differs.
    if map.keys().is_sorted_by(|a, b| compare_keys(a, b).is_lt()) {
        write_members(map.iter(), out, depth)?;
    } else {
        let mut members: Vec<_> = map.iter().collect();
        members.sort_unstable_by(|a, b| compare_keys(a.0, b.0));
        write_members(members.into_iter(), out, depth)?;
    }
    out.push('}');
    Ok(())
}

fn write_members<'a>(
    members: impl Iterator<Item = (&'a String, &'a Value)>,
    out: &mut String,
    depth: usize,
) -> Result<(), CanonicalError> {
    for (at, (key, value)) in members.enumerate() {
        if at > 0 {
            out.push(',');
        }
        write_str(key, out);
        out.push(':');
        write_value(value, out, depth + 1)?;
    }
    Ok(())
}

fn write_number(number: &serde_json::Number, out: &mut String) -> Result<(), CanonicalError> {
    if let Some(n) = number.as_u64() {
        number::write_u64(n, out);
    } else if let Some(n) = number.as_i64() {
        out.push('-');
        number::write_u64(n.unsigned_abs(), out);
    } else {
        let error = || CanonicalError::NonFinite(number.to_string());
        let value = number.as_f64().ok_or_else(error)?;
        write_f64(value, out).map_err(|_| error())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_ordered_by_utf16_code_units() {
        // RFC 8785 section 3.2.3.
        let text = "{\"\\u20ac\":\"Euro Sign\",\"\\r\":\"Carriage Return\",\"\\ufb33\":\"Hebrew Letter Dalet With Dagesh\",\
                    \"1\":\"One\",\"\\ud83d\\ude00\":\"Emoji: Grinning Face\",\"\\u0080\":\"Control\",\
                    \"\\u00f6\":\"Latin Small Letter O With Diaeresis\"}";
        let value: Value = serde_json::from_str(text).unwrap();
        let canonical = to_string(&value).unwrap();
        let order = ["Carriage", "One", "Control", "Latin", "Euro", "Emoji", "Hebrew"];
        let places: Vec<_> = order.iter().map(|word| canonical.find(word).unwrap()).collect();
        assert!(places.is_sorted(), "{canonical}");
    }

    #[test]
    fn comparing_keys_agrees_with_encode_utf16() {
        let keys = [
            "",
            "a",
            "ab",
            "\u{7f}",
            "\u{80}",
            "\u{7ff}",
            "\u{d7ff}",
            "\u{e000}",
            "\u{ffff}",
            "\u{10000}",
            "\u{10ffff}",
            "a\u{fb33}",
            "a\u{1f600}",
        ];
        for a in keys {
            for b in keys {
                assert_eq!(
                    compare_keys(a, b),
                    a.encode_utf16().cmp(b.encode_utf16()),
                    "{a:?} {b:?}"
                );
            }
        }
    }

    #[test]
    fn the_example_of_the_rfc() {
        // RFC 8785 section 3.2.2 and 3.2.4.
        let text = "{\"numbers\":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],\
                    \"string\":\"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/\",\"literals\":[null,true,false]}";
        let value: Value = serde_json::from_str(text).unwrap();
        assert_eq!(
            to_string(&value).unwrap(),
            "{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],\
             \"string\":\"\u{20ac}$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}"
        );
    }

    #[test]
    fn nesting_is_bounded_and_leaves_the_buffer_alone() {
        let mut value = Value::Null;
        for _ in 0..MAX_DEPTH {
            value = Value::Array(vec![value]);
        }
        assert!(to_string(&value).is_ok());
        let mut out = String::from("kept");
        assert_eq!(write(&Value::Array(vec![value]), &mut out), Err(CanonicalError::TooDeep));
        assert_eq!(out, "kept");
    }
}
