//! Where in a JSON text a position is, as a JSON pointer (RFC 6901).
//!
//! The parser tells line and column of a fault, not its path; this walks the text up to there. It
//! runs only after a parse has failed, and takes any text: it never fails itself.

enum Level {
    Object { key: String, in_value: bool },
    Array { index: usize },
}

/// The pointer to what stands at `line` and `column` (both from 1, columns in bytes). `whole`: a
/// closing bracket there stands for all that it closes, as when a member is missing.
pub(super) fn pointer(bytes: &[u8], line: usize, column: usize, whole: bool) -> String {
    let end = offset(bytes, line, column).min(bytes.len());
    let mut levels: Vec<Level> = Vec::new();
    let mut at = 0;
    while at < end {
        match bytes[at] {
            b'{' => levels.push(Level::Object { key: String::new(), in_value: false }),
            b'[' => levels.push(Level::Array { index: 0 }),
            b'}' | b']' if at + 1 < end => {
                levels.pop();
            }
            b':' => {
                if let Some(Level::Object { in_value, .. }) = levels.last_mut() {
                    *in_value = true;
                }
            }
            b',' => match levels.last_mut() {
                Some(Level::Object { key, in_value }) => {
                    key.clear();
                    *in_value = false;
                }
                Some(Level::Array { index }) => *index += 1,
                None => {}
            },
            b'"' => {
                let (text, after) = string(bytes, at + 1);
                if let Some(Level::Object { key, in_value: false }) = levels.last_mut() {
                    *key = text;
                }
                at = after;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    if whole && end > 0 && matches!(bytes.get(end - 1), Some(b'}' | b']')) {
        match levels.last_mut() {
            Some(Level::Object { key, .. }) => key.clear(),
            Some(Level::Array { .. }) => drop(levels.pop()),
            None => {}
        }
    }
    write(&levels)
}

fn write(levels: &[Level]) -> String {
    let mut pointer = String::new();
    for level in levels {
        match level {
            Level::Object { key, .. } if key.is_empty() => {}
            Level::Object { key, .. } => {
                pointer.push('/');
                pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
            }
            Level::Array { index } => {
                pointer.push('/');
                pointer.push_str(&index.to_string());
            }
        }
    }
    pointer
}

fn offset(bytes: &[u8], line: usize, column: usize) -> usize {
    let starts = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
    let start = match line {
        0 | 1 => 0,
        line => starts.take(line - 1).last().unwrap_or(0),
    };
    start + column
}

/// The content of the string that begins at `from`, and where the text goes on.
fn string(bytes: &[u8], from: usize) -> (String, usize) {
    let mut at = from;
    while at < bytes.len() && bytes[at] != b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    let end = at.min(bytes.len());
    let quoted = [b"\"", &bytes[from..end], b"\""].concat();
    let text = serde_json::from_slice(&quoted)
        .unwrap_or_else(|_| String::from_utf8_lossy(&bytes[from..end]).into_owned());
    (text, end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, needle: &str, expected: &str) {
        let at = text.find(needle).expect("the needle is in the text") + needle.len();
        let line = text[..at].matches('\n').count() + 1;
        let column = at - text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        assert_eq!(pointer(text.as_bytes(), line, column, true), expected, "{text} at {needle}");
    }

    #[test]
    fn positions_are_found() {
        check(r#"{"a": 1, "b": [true, {"c": "x"}]}"#, "\"x\"", "/b/1/c");
        check(r#"{"a": 1, "nope": 2}"#, "\"nope\"", "/nope");
        check("{\n  \"a\": {\"b/c\": nul}\n}", "nul", "/a/b~1c");
        check("[]", "[]", "");
        assert_eq!(pointer(b"{\"a\": nul}", 1, 10, false), "/a");
        check(r#"{"a": {"b": 1}}"#, "{\"b\": 1}", "/a");
        check(r#"{"a": "}{,:", "b": 7}"#, "7", "/b");
        check("[1, 2", "2", "/1");
    }

    #[test]
    fn any_text_and_position_gives_a_pointer() {
        for text in ["", "}", "\"", "\"\\", "{\"a", "]]]", "{{{:,\"\\\"", "\u{fffd}"] {
            for line in 0..3 {
                for column in 0..12 {
                    let _ = pointer(text.as_bytes(), line, column, true);
                }
            }
        }
    }
}
