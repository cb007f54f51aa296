//! The witness file: signed checkpoints kept where the operator of the database cannot rewrite them.
//!
//! Append-only text; an entry is a note followed by an empty line. An entry without that empty line at the end of the
//! file is an append that was interrupted and is left out.

use crate::note::{Checkpoint, Note};
use std::io::{BufRead, Error};

/// What to append to a witness file for a signed checkpoint.
pub fn witness_entry(note: &str) -> String {
    format!("{note}\n")
}

/// The checkpoints of a witness file, smallest first.
#[derive(Debug, Default)]
pub(super) struct Witness {
    pub(super) entries: Vec<(Checkpoint, Note)>,
    /// Numbers (from 1) of entries that are no signed checkpoints.
    pub(super) malformed: Vec<u64>,
}

impl Witness {
    pub(super) fn read(mut file: impl BufRead) -> Result<Self, Error> {
        let mut witness = Self::default();
        let (mut entry, mut start) = (Vec::new(), 0);
        let (mut number, mut empty_lines) = (0, 0);
        while file.read_until(b'\n', &mut entry)? > 0 && entry.last() == Some(&b'\n') {
            empty_lines += u8::from(entry[start..] == *b"\n");
            start = entry.len();
            if empty_lines < 2 {
                continue;
            }
            number += 1;
            entry.pop();
            let note = std::str::from_utf8(&entry).ok();
            match note.and_then(|note| Checkpoint::parse_note(note).ok()) {
                Some(read) => witness.entries.push(read),
                None => witness.malformed.push(number),
            }
            entry.clear();
            (start, empty_lines) = (0, 0);
        }
        witness.entries.sort_by_key(|(checkpoint, _)| checkpoint.size);
        Ok(witness)
    }
}
