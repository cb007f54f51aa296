//! Signed notes (c2sp.org/signed-note) with Ed25519, and the checkpoints they carry (c2sp.org/tlog-checkpoint).
//!
//! A note is a text that ends in a newline, an empty line, and one line per signature:
//! `— <key name> <base64(key id || signature)>`. The signature covers the text with its last newline.

mod checkpoint;
mod key;

pub use checkpoint::{Checkpoint, CheckpointError, MAX_SIZE};
pub use key::{KeyError, SigningKey, VerifierKey};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

/// One signature line of a note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// Name of the key, as written.
    pub name: String,
    /// First four bytes of the decoded signature: which key of that name.
    pub key_id: [u8; 4],
    /// The rest: 64 bytes for Ed25519.
    pub bytes: Vec<u8>,
}

/// A parsed note; parsing checks no signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The signed text, with its last newline.
    pub text: String,
    /// The signatures, in order; at least one.
    pub signatures: Vec<Signature>,
}

/// Why a note is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Not a note.
    #[error("not a signed note: {0}")]
    Malformed(&'static str),
    /// No signature is by a key that is trusted here.
    #[error("no signature by a trusted key")]
    UnknownKey,
    /// A signature names a trusted key but does not verify.
    #[error("a signature that names a trusted key does not verify")]
    BadSignature,
}

const SIGNATURE_MARK: &str = "\u{2014} ";

/// Signs `text` with each of the keys and returns the note.
pub fn sign(text: &str, keys: &[&SigningKey]) -> Result<String, NoteError> {
    check_text(text)?;
    if keys.is_empty() {
        return Err(NoteError::Malformed("no key to sign with"));
    }
    let mut note = format!("{text}\n");
    for key in keys {
        let mut bytes = key.id().to_vec();
        bytes.extend(key.signature(text.as_bytes()));
        note.extend([SIGNATURE_MARK, key.name(), " ", &BASE64.encode(bytes), "\n"]);
    }
    Ok(note)
}

impl Note {
    /// Reads a note.
    pub fn parse(note: &str) -> Result<Self, NoteError> {
        let end =
            note.rfind("\n\n").ok_or(NoteError::Malformed("no empty line before signatures"))?;
        let (text, signatures) = (&note[..=end], &note[end + 2..]);
        check_text(text)?;
        let lines =
            signatures.strip_suffix('\n').ok_or(NoteError::Malformed("no newline at the end"))?;
        let signatures = lines.split('\n').map(parse_signature).collect::<Result<_, _>>()?;
        Ok(Self { text: text.to_owned(), signatures })
    }

    /// Accepts the note if at least one signature is by one of `keys`, and every one that names one of them verifies.
    pub fn verify(&self, keys: &[VerifierKey]) -> Result<(), NoteError> {
        let mut known = false;
        for signature in &self.signatures {
            let matches =
                |key: &&VerifierKey| key.name() == signature.name && key.id() == signature.key_id;
            if let Some(key) = keys.iter().find(matches) {
                known = true;
                if !key.verifies(self.text.as_bytes(), &signature.bytes) {
                    return Err(NoteError::BadSignature);
                }
            }
        }
        if known { Ok(()) } else { Err(NoteError::UnknownKey) }
    }
}

fn check_text(text: &str) -> Result<(), NoteError> {
    if !text.ends_with('\n') {
        return Err(NoteError::Malformed("the text does not end in a newline"));
    }
    if text.bytes().any(|byte| byte < 0x20 && byte != b'\n') {
        return Err(NoteError::Malformed("a control character in the text"));
    }
    Ok(())
}

fn parse_signature(line: &str) -> Result<Signature, NoteError> {
    let malformed = NoteError::Malformed("a signature line is not `\u{2014} <name> <base64>`");
    let (name, encoded) =
        line.strip_prefix(SIGNATURE_MARK).and_then(|rest| rest.split_once(' ')).ok_or(malformed)?;
    let bytes = BASE64.decode(encoded).map_err(|_| malformed)?;
    let (key_id, rest) = bytes.split_first_chunk::<4>().ok_or(malformed)?;
    if name.is_empty() || rest.is_empty() {
        return Err(malformed);
    }
    Ok(Signature { name: name.to_owned(), key_id: *key_id, bytes: rest.to_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str =
        "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    const PUBLIC: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const TEXT: &str = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
    const NOTE: &str = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n\
        \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    /// The example of Go's `golang.org/x/mod/sumdb/note`, where the format comes from.
    #[test]
    fn the_vector_of_the_go_package() {
        let key: SigningKey = SECRET.parse().unwrap();
        assert_eq!(key.verifier().to_string(), PUBLIC);
        assert_eq!(key.to_text(), SECRET);
        assert_eq!(sign(TEXT, &[&key]).unwrap(), NOTE);
        let note = Note::parse(NOTE).unwrap();
        assert_eq!(note.text, TEXT);
        assert_eq!(note.verify(&[PUBLIC.parse().unwrap()]), Ok(()));
    }

    #[test]
    fn signatures_of_others_are_ignored_and_false_ones_are_not() {
        let key: SigningKey = SECRET.parse().unwrap();
        let other = SigningKey::from_seed("witness.example/w1", &[7; 32]).unwrap();
        let both = Note::parse(&sign(TEXT, &[&other, &key]).unwrap()).unwrap();
        assert_eq!(both.verify(&[key.verifier()]), Ok(()));
        assert_eq!(both.verify(&[key.verifier(), other.verifier()]), Ok(()));
        let stranger = SigningKey::from_seed("PeterNeumann", &[8; 32]).unwrap();
        assert_eq!(both.verify(&[stranger.verifier()]), Err(NoteError::UnknownKey));
        let mut forged = both.clone();
        forged.signatures[1].bytes[5] ^= 1;
        assert_eq!(forged.verify(&[key.verifier()]), Err(NoteError::BadSignature));
        forged.signatures[1].bytes.truncate(63);
        assert_eq!(forged.verify(&[key.verifier()]), Err(NoteError::BadSignature));
    }

    #[test]
    fn texts_that_are_no_notes_are_refused() {
        for note in [
            "",
            "a\n",
            "a\n\n",
            "a\n\nb\n",
            "a\n\n\u{2014} n\n",
            "a\n\n\u{2014} n AAAA\n",
            "a\n\n\u{2014}  AAAAAAA=\n",
            "a\r\n\n\u{2014} n AAAAAAA=\n",
            "a\n\n\u{2014} n AAAAAAA=",
            "a\n\n\u{2014} n AAAAAAB=\n",
        ] {
            assert!(matches!(Note::parse(note), Err(NoteError::Malformed(_))), "{note:?}");
        }
        assert!(Note::parse("a\n\n\u{2014} n AAAAAAA=\n").is_ok());
        assert!(sign("no newline", &[&SECRET.parse().unwrap()]).is_err());
    }

    #[test]
    fn keys_refuse_what_is_not_theirs() {
        for text in [
            "",
            "a+b",
            "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
            "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
            "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
            SECRET,
        ] {
            assert!(text.parse::<VerifierKey>().is_err(), "{text}");
        }
        assert!(PUBLIC.parse::<SigningKey>().is_err());
        assert!(SigningKey::from_seed("a+b", &[0; 32]).is_err());
        assert!(!format!("{:?}", SECRET.parse::<SigningKey>().unwrap()).contains("AYEKFALV"));
    }
}
