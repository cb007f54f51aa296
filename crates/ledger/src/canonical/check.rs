//! Checks that a text is canonical JSON without building a value: one pass, no allocation but for rare numbers.

use super::{compare_keys, must_escape, short_escape, write_f64};

/// Why and where a text is not canonical JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not canonical JSON at byte {at}: {why}")]
pub struct NotCanonical {
    /// Byte offset into the text.
    pub at: usize,
    /// What is wrong there.
    pub why: &'static str,
}

/// Checks that `text` is exactly one canonical JSON value, nested at most `max_depth` levels.
pub fn check(text: &str, max_depth: usize) -> Result<(), NotCanonical> {
    let mut scanner = Scanner { text, bytes: text.as_bytes(), at: 0, depth_left: max_depth };
    scanner.value()?;
    if scanner.at == text.len() { Ok(()) } else { Err(scanner.fault("text after the value")) }
}

struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    depth_left: usize,
}

type Scan<T = ()> = Result<T, NotCanonical>;

impl<'a> Scanner<'a> {
    fn fault(&self, why: &'static str) -> NotCanonical {
        NotCanonical { at: self.at, why }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn take(&mut self, byte: u8, why: &'static str) -> Scan {
        if self.peek() != Some(byte) {
            return Err(self.fault(why));
        }
        self.at += 1;
        Ok(())
    }

    fn value(&mut self) -> Scan {
        match self.peek() {
            Some(b'"') => self.string().map(drop),
            Some(b'{') => self.nested(Self::object),
            Some(b'[') => self.nested(Self::array),
            Some(b't') => self.literal("true"),
            Some(b'f') => self.literal("false"),
            Some(b'n') => self.literal("null"),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => Err(self.fault("expected a value")),
        }
    }

    fn nested(&mut self, inner: fn(&mut Self) -> Scan) -> Scan {
        self.depth_left =
            self.depth_left.checked_sub(1).ok_or_else(|| self.fault("nested too deep"))?;
        self.at += 1;
        inner(self)?;
        self.depth_left += 1;
        Ok(())
    }

    fn literal(&mut self, word: &str) -> Scan {
        if !self.bytes[self.at..].starts_with(word.as_bytes()) {
            return Err(self.fault("expected a value"));
        }
        self.at += word.len();
        Ok(())
    }

    fn array(&mut self) -> Scan {
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.value()?;
            if self.peek() != Some(b',') {
                return self.take(b']', "expected `,` or `]`");
            }
            self.at += 1;
        }
    }

    fn object(&mut self) -> Scan {
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(());
        }
        let mut last: Option<(&'a str, bool)> = None;
        loop {
            let start = self.at;
            let key = self.string()?;
            if last.is_some_and(|last| !in_order(last, key)) {
                return Err(NotCanonical { at: start, why: "keys are repeated or out of order" });
            }
            last = Some(key);
            self.take(b':', "expected `:`")?;
            self.value()?;
            if self.peek() != Some(b',') {
                return self.take(b'}', "expected `,` or `}`");
            }
            self.at += 1;
        }
    }

    /// A string: its text between the quotes, as written, and whether it holds an escape.
    fn string(&mut self) -> Scan<(&'a str, bool)> {
        self.take(b'"', "expected a string")?;
        let start = self.at;
        let mut escaped = false;
        loop {
            let plain = self.bytes[self.at..].iter().position(|&byte| must_escape(byte));
            self.at += plain.ok_or_else(|| self.fault("the string does not end"))?;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok((&self.text[start..self.at - 1], escaped));
                }
                Some(b'\\') => {
                    escaped = true;
                    self.escape()?;
                }
                _ => return Err(self.fault("a control character must be escaped")),
            }
        }
    }

    /// An escape: the two-character one where there is one, else `\u00xx` in lower case for other controls.
    fn escape(&mut self) -> Scan {
        let rest = &self.bytes[self.at + 1..];
        let length = match rest {
            [b'"' | b'\\' | b'b' | b't' | b'n' | b'f' | b'r', ..] => 2,
            [b'u', b'0', b'0', high @ (b'0' | b'1'), low @ (b'0'..=b'9' | b'a'..=b'f'), ..] => {
                let low = if low.is_ascii_digit() { low - b'0' } else { low - b'a' + 10 };
                if short_escape((high - b'0') * 16 + low).is_some() {
                    return Err(self.fault("this escape has a shorter form"));
                }
                6
            }
            _ => return Err(self.fault("an escape that canonical JSON does not use")),
        };
        self.at += length;
        Ok(())
    }

    fn number(&mut self) -> Scan {
        let start = self.at;
        let plain =
            |byte: u8| byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E');
        while self.peek().is_some_and(plain) {
            self.at += 1;
        }
        let token = &self.text[start..self.at];
        if is_canonical_number(token) {
            Ok(())
        } else {
            Err(NotCanonical { at: start, why: "a number that canonical JSON writes otherwise" })
        }
    }
}

fn is_canonical_number(token: &str) -> bool {
    let digits = token.strip_prefix('-').unwrap_or(token);
    let integer = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if integer
        && (digits.len() < 19 || token.parse::<i64>().is_ok() || token.parse::<u64>().is_ok())
    {
        return token == "0" || !digits.starts_with('0');
    }
    let mut text = String::with_capacity(token.len());
    let number = token.parse::<f64>();
    number.is_ok_and(|number| write_f64(number, &mut text).is_ok()) && text == token
}

/// Whether `next` stands strictly after `last`; escaped keys are compared by what they mean.
fn in_order(last: (&str, bool), next: (&str, bool)) -> bool {
    if !last.1 && !next.1 {
        return compare_keys(last.0, next.0).is_lt();
    }
    let meaning = |raw: &str| serde_json::from_str::<String>(&format!("\"{raw}\""));
    match (meaning(last.0), meaning(next.0)) {
        (Ok(last), Ok(next)) => compare_keys(&last, &next).is_lt(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_canonical_texts() {
        for text in [
            "null",
            "{}",
            "[]",
            "0",
            "-1",
            "1e+30",
            "0.000001",
            "1e-7",
            "18446744073709551615",
            "-9223372036854775808",
            "9007199254740993",
            "18446744073709552000",
            "\"\\n\\u001f\u{7f}\u{2028}\"",
            "{\"\":1,\"\\r\":2,\"1\":3}",
            "{\"\u{1f600}\":1,\"\u{fb33}\":2}",
            "[{\"a\":[1,2.5,\"x\"]},true,false]",
        ] {
            assert_eq!(check(text, 10), Ok(()), "{text}");
        }
    }

    #[test]
    fn refuses_every_other_spelling() {
        for text in [
            "",
            " 1",
            "1 ",
            "01",
            "-0",
            "-",
            "+1",
            "1.0",
            "1e5",
            "1E30",
            "1e30",
            ".5",
            "5.",
            "0.0000001",
            "18446744073709551616",
            "1e400",
            "NaN",
            "nul",
            "tru",
            "\"",
            "\"\\/\"",
            "\"\\u0041\"",
            "\"\\u000a\"",
            "\"\\u001F\"",
            "\"\\ud83d\\ude00\"",
            "\"\n\"",
            "{\"b\":1,\"a\":2}",
            "{\"a\":1,\"a\":2}",
            "{\"a\": 1}",
            "{\"a\":1,}",
            "[1,]",
            "[1 ]",
            "{\"\u{fb33}\":1,\"\u{1f600}\":2}",
            "{\"1\":3,\"\\r\":2}",
            "1,2",
            "[",
            "{\"a\"}",
            "{1:2}",
            "inf",
            "-inf",
            "1e",
            "--1",
        ] {
            assert!(check(text, 10).is_err(), "{text}");
        }
        assert!(check("[[[]]]", 3).is_ok());
        assert!(check("[[[]]]", 2).is_err());
        assert!(check(&"[".repeat(1_000_000), 120).is_err());
    }
}
