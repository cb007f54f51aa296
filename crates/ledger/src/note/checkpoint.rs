//! Checkpoints: what a log signs about its whole history (c2sp.org/tlog-checkpoint).

use super::{Note, NoteError, SigningKey, sign};
use crate::Hash;

/// Largest tree size a checkpoint may state.
pub const MAX_SIZE: u64 = i64::MAX as u64;

/// Origin, size and root of a log at one moment. The text has no time: events carry theirs, and the format keeps
/// times to cosignatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Name of the log, unique in the world; equal to the name of its key.
    pub origin: String,
    /// Number of leaves.
    pub size: u64,
    /// Root over them.
    pub root: Hash,
    /// Further lines, not empty; Tandem writes none.
    pub extensions: Vec<String>,
}

/// A text that is not a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a checkpoint: {0}")]
pub struct CheckpointError(&'static str);

impl Checkpoint {
    /// A checkpoint without extensions.
    pub fn new(origin: impl Into<String>, size: u64, root: Hash) -> Self {
        Self { origin: origin.into(), size, root, extensions: Vec::new() }
    }

    /// The text that is signed.
    pub fn text(&self) -> String {
        let mut text = format!("{}\n{}\n{}\n", self.origin, self.size, self.root.to_base64());
        for line in &self.extensions {
            text.push_str(line);
            text.push('\n');
        }
        text
    }

    /// Signs the checkpoint: the note to store, to show and to hand to witnesses.
    pub fn sign(&self, keys: &[&SigningKey]) -> Result<String, NoteError> {
        let text = self.text();
        match Self::parse(&text) {
            Ok(read) if read == *self => sign(&text, keys),
            _ => Err(NoteError::Malformed(
                "origin or extension holds an empty line or a newline, or the size is too large",
            )),
        }
    }

    /// Reads the text of a checkpoint (the `text` of a [`Note`]).
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        let text = text.strip_suffix('\n').ok_or(CheckpointError("no newline at the end"))?;
        let mut lines = text.split('\n');
        let origin =
            lines.next().filter(|line| !line.is_empty()).ok_or(CheckpointError("no origin"))?;
        let size = lines
            .next()
            .and_then(parse_size)
            .ok_or(CheckpointError("the second line is not a size"))?;
        let root = lines.next().and_then(|line| Hash::from_base64(line).ok());
        let root = root.ok_or(CheckpointError("the third line is not a root in base64"))?;
        let extensions: Vec<_> = lines.map(str::to_owned).collect();
        if extensions.iter().any(String::is_empty) {
            return Err(CheckpointError("an empty extension line"));
        }
        Ok(Self { origin: origin.to_owned(), size, root, extensions })
    }

    /// Reads a signed checkpoint without checking signatures.
    pub fn parse_note(note: &str) -> Result<(Self, Note), NoteError> {
        let note = Note::parse(note)?;
        let checkpoint = Self::parse(&note.text).map_err(|error| NoteError::Malformed(error.0))?;
        Ok((checkpoint, note))
    }
}

fn parse_size(line: &str) -> Option<u64> {
    let digits = !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_digit());
    let plain = digits && (line == "0" || !line.starts_with('0'));
    line.parse().ok().filter(|size| plain && *size <= MAX_SIZE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merkle::empty_root;

    #[test]
    fn a_checkpoint_survives_its_text() {
        let mut checkpoint = Checkpoint::new("tandem.example/ledger", 0, empty_root());
        assert_eq!(
            checkpoint.text(),
            "tandem.example/ledger\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
        );
        checkpoint.size = MAX_SIZE;
        checkpoint.extensions.push("further".to_owned());
        assert_eq!(Checkpoint::parse(&checkpoint.text()), Ok(checkpoint));
    }

    #[test]
    fn other_texts_are_refused() {
        let root = empty_root().to_base64();
        for text in [
            String::new(),
            format!("o\n1\n{root}"),
            format!("\n1\n{root}\n"),
            format!("o\n01\n{root}\n"),
            format!("o\n+1\n{root}\n"),
            format!("o\n9223372036854775808\n{root}\n"),
            format!("o\n1\n{root}\n\n"),
            "o\n1\nAAAA\n".to_owned(),
            "o\n1\n".to_owned(),
        ] {
            assert!(Checkpoint::parse(&text).is_err(), "{text:?}");
        }
        let key = SigningKey::from_seed("o", &[1; 32]).unwrap();
        assert!(Checkpoint::new("o\n1", 1, empty_root()).sign(&[&key]).is_err());
        assert!(Checkpoint::new("o", u64::MAX, empty_root()).sign(&[&key]).is_err());
    }
}
