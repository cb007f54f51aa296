//! The witness file: signed checkpoints kept where the operator of the database cannot rewrite them.
//!
//! Append-only text; an entry is a note followed by an empty line. An entry without that empty line at the end of the
//! file is an append that was interrupted and is left out.

use crate::note::{Checkpoint, Note, VerifierKey};
use std::io::{BufRead, Error};

/// What to append to a witness file for a signed checkpoint.
pub fn witness_entry(note: &str) -> String {
    format!("{note}\n")
}

/// Length in bytes of the complete entries of a witness file. Before appending after a crash, cut the file to it:
/// otherwise what is left of the interrupted entry spoils the next one.
pub fn witness_complete(file: &[u8]) -> usize {
    let (mut at, mut complete, mut empty_lines) = (0, 0, 0);
    for line in file.split_inclusive(|byte| *byte == b'\n') {
        at += line.len();
        empty_lines += u8::from(line == b"\n");
        if empty_lines == 2 {
            (complete, empty_lines) = (at, 0);
        }
    }
    complete
}

/// The largest checkpoint of a witness file that `key` signed for the log of its name.
pub fn witness_newest(file: impl BufRead, key: &VerifierKey) -> Result<Option<Checkpoint>, Error> {
    let entries = Witness::read(file)?.entries;
    let own = entries.into_iter().rev().find(|(checkpoint, note)| {
        checkpoint.origin == key.name() && note.verify(std::slice::from_ref(key)).is_ok()
    });
    Ok(own.map(|(checkpoint, _)| checkpoint))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merkle::empty_root;
    use crate::note::SigningKey;

    #[test]
    fn an_interrupted_append_is_left_out_wherever_it_stopped() {
        let key = SigningKey::from_seed("o", &[1; 32]).unwrap();
        let entry =
            |size| witness_entry(&Checkpoint::new("o", size, empty_root()).sign(&[&key]).unwrap());
        let (first, second) = (entry(1), entry(2));
        let both = format!("{first}{second}").into_bytes();
        for cut in first.len()..both.len() {
            let witness = Witness::read(&both[..cut]).unwrap();
            assert_eq!((witness.entries.len(), &witness.malformed[..]), (1, &[][..]));
            assert_eq!(witness_complete(&both[..cut]), first.len());
        }
        assert_eq!(witness_complete(&both), both.len());
        assert_eq!(Witness::read(&both[..]).unwrap().entries.len(), 2);
        let newest = |seed: u8| {
            let key = SigningKey::from_seed("o", &[seed; 32]).unwrap().verifier();
            witness_newest(&both[..], &key).unwrap().map(|checkpoint| checkpoint.size)
        };
        assert_eq!((newest(1), newest(2)), (Some(2), None));
        let spoilt = [b"cut\n\nwrongly\n\n", &both[..]].concat();
        assert_eq!(Witness::read(&spoilt[..]).unwrap().malformed, [1_u64]);
    }
}
