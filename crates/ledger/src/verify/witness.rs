//! The witness file: signed checkpoints kept where the operator of the database cannot rewrite them.
//!
//! Append-only text; an entry is a note followed by an empty line. An entry without that empty line at the end of the
//! file is an append that was interrupted and is left out.

use crate::note::{Checkpoint, Note};
use std::io::{BufRead, Error, ErrorKind};

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
        let mut entry = String::new();
        let (mut number, mut empty_lines) = (0, 0);
        let mut line = Vec::new();
        loop {
            line.clear();
            file.read_until(b'\n', &mut line)?;
            if line.last() != Some(&b'\n') {
                break;
            }
            let text = std::str::from_utf8(&line);
            entry.push_str(
                text.map_err(|_| Error::new(ErrorKind::InvalidData, "the file is not UTF-8"))?,
            );
            empty_lines += u8::from(line == b"\n");
            if empty_lines == 2 {
                number += 1;
                entry.pop();
                match Checkpoint::parse_note(&entry) {
                    Ok(read) => witness.entries.push(read),
                    Err(_) => witness.malformed.push(number),
                }
                entry.clear();
                empty_lines = 0;
            }
        }
        witness.entries.sort_by_key(|(checkpoint, _)| checkpoint.size);
        Ok(witness)
    }
}
