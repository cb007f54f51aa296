//! CSV (RFC 4180) that no spreadsheet takes for a formula.

/// Begins a new record's cells at the end of `out`; call [`Cells::end`] when all are written.
pub(super) struct Cells<'a> {
    out: &'a mut Vec<u8>,
    first: bool,
}

impl<'a> Cells<'a> {
    pub(super) fn new(out: &'a mut Vec<u8>) -> Self {
        Self { out, first: true }
    }

    fn separate(&mut self) {
        if !std::mem::replace(&mut self.first, false) {
            self.out.push(b',');
        }
    }

    /// A cell of free text. One that a spreadsheet would take for a formula gets an apostrophe before
    /// it, as OWASP advises.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        self.separate();
        // Programs pass over blanks and signs without a width of their own before they look.
        let unseen = |c: char| {
            c.is_whitespace()
                || c.is_control()
                || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
        };
        let dangerous = text.starts_with(['\t', '\r', '\n'])
            || text
                .trim_start_matches(unseen)
                .starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
        let special = text.bytes().any(|b| matches!(b, b'"' | b',' | b'\n' | b'\r'));
        if !special && !dangerous {
            self.out.extend_from_slice(text.as_bytes());
            return self;
        }
        self.out.push(b'"');
        if dangerous {
            self.out.push(b'\'');
        }
        for byte in text.bytes() {
            if byte == b'"' {
                self.out.push(b'"');
            }
            self.out.push(byte);
        }
        self.out.push(b'"');
        self
    }

    /// A cell that this program made itself: a number, an id, a time, or nothing.
    pub(super) fn plain(&mut self, value: impl std::fmt::Display) -> &mut Self {
        use std::io::Write as _;
        self.separate();
        // Writing to a vector cannot fail.
        let _ = write!(self.out, "{value}");
        self
    }

    /// An empty cell for nothing.
    pub(super) fn opt_text(&mut self, text: Option<&str>) -> &mut Self {
        self.text(text.unwrap_or_default())
    }

    /// Ends the record.
    pub(super) fn end(&mut self) {
        self.out.extend_from_slice(b"\r\n");
    }
}

/// The header line.
pub(super) fn header(columns: &[&str]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut cells = Cells::new(&mut out);
    for column in columns {
        cells.text(column);
    }
    cells.end();
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Reads one record back, as RFC 4180 says.
    fn read(line: &str) -> Vec<String> {
        let mut cells = vec![String::new()];
        let (mut quoted, mut chars) = (false, line.trim_end_matches("\r\n").chars().peekable());
        while let Some(c) = chars.next() {
            let last = cells.last_mut().unwrap();
            match c {
                '"' if quoted && chars.peek() == Some(&'"') => {
                    chars.next();
                    last.push('"');
                }
                '"' => quoted = !quoted,
                ',' if !quoted => cells.push(String::new()),
                c => last.push(c),
            }
        }
        cells
    }

    #[test]
    fn signs_that_are_not_seen_hide_no_formula() {
        for unseen in ["\u{b}", "\u{c}", "\u{85}", "\u{2003}", "\u{200b}\u{feff}", "\0", " \t "] {
            let mut out = Vec::new();
            Cells::new(&mut out).text(&format!("{unseen}=1+1"));
            assert!(out.starts_with(b"\"'"), "{unseen:?}");
        }
    }

    proptest! {
        #[test]
        fn cells_round_trip_and_never_begin_a_formula(a in "(?s).{0,20}", b in "[=+@\\-\t\"',a ]{0,8}") {
            let mut out = Vec::new();
            let mut cells = Cells::new(&mut out);
            cells.text(&a).plain(-5).text(&b);
            cells.end();
            let record = String::from_utf8(out).unwrap();
            let read = read(&record);
            prop_assert_eq!(read.len(), 3);
            for (cell, text) in [(&read[0], &a), (&read[2], &b)] {
                let guarded = format!("'{text}");
                prop_assert!(cell == text || *cell == guarded);
                prop_assert!(!cell.trim_start().starts_with(['=', '+', '@', '-']));
            }
        }
    }
}
