//! Ed25519 keys of signed notes: their names, ids and text forms.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::Signer as _;
use sha2::{Digest, Sha256};

/// Signature type byte of Ed25519 in signed notes.
const ED25519: u8 = 1;
const SECRET_PREFIX: &str = "PRIVATE+KEY+";

/// A text or name that is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Key names are printable ASCII without spaces and `+`.
    #[error(
        "a key name must be printable ASCII without spaces and `+`; use the instance's host name and a path"
    )]
    Name,
    /// Not `name+id+base64`.
    #[error("not a key of the form {0}")]
    Form(&'static str),
    /// The id does not belong to name and key.
    #[error("the key id does not belong to this name and key; the text was altered or cut")]
    Id,
}

/// A public key that checkpoints are verified with; text form `name+hex(id)+base64(0x01 || key)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    id: [u8; 4],
    key: ed25519_dalek::VerifyingKey,
}

/// A secret key that signs checkpoints; text form `PRIVATE+KEY+name+hex(id)+base64(0x01 || seed)`, as Go's note package.
#[derive(Clone)]
pub struct SigningKey {
    name: String,
    id: [u8; 4],
    key: ed25519_dalek::SigningKey,
}

/// SHA-256(name || 0x0A || 0x01 || public key), first four bytes.
fn key_id(name: &str, public: &[u8; 32]) -> [u8; 4] {
    let digest = Sha256::new()
        .chain_update(name)
        .chain_update([b'\n', ED25519])
        .chain_update(public)
        .finalize();
    [digest[0], digest[1], digest[2], digest[3]]
}

fn check_name(name: &str) -> Result<(), KeyError> {
    let good = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'+');
    if good { Ok(()) } else { Err(KeyError::Name) }
}

/// Splits `name+id+base64(0x01 || 32 bytes)`.
fn parse_parts(text: &str, form: &'static str) -> Result<(String, [u8; 4], [u8; 32]), KeyError> {
    let error = KeyError::Form(form);
    let (name, rest) = text.split_once('+').ok_or(error)?;
    let (id, key) = rest.split_once('+').ok_or(error)?;
    check_name(name)?;
    let mut bytes = [0; 4];
    hex::decode_to_slice(id, &mut bytes).map_err(|_| error)?;
    if hex::encode(bytes) != id {
        return Err(error);
    }
    match BASE64.decode(key).map_err(|_| error)?.split_first() {
        Some((&ED25519, key)) => Ok((name.to_owned(), bytes, key.try_into().map_err(|_| error)?)),
        _ => Err(error),
    }
}

impl VerifierKey {
    /// Name of the key: the origin of the log it signs.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Which key of that name.
    pub fn id(&self) -> [u8; 4] {
        self.id
    }

    /// Ed25519 (RFC 8032), cofactorless, refusing S beyond the group order and small-order points.
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let signature = ed25519_dalek::Signature::from_slice(signature);
        signature.is_ok_and(|signature| self.key.verify_strict(message, &signature).is_ok())
    }
}

impl std::fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut bytes = vec![ED25519];
        bytes.extend(self.key.as_bytes());
        write!(f, "{}+{}+{}", self.name, hex::encode(self.id), BASE64.encode(bytes))
    }
}

impl std::str::FromStr for VerifierKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let form = "name+8 hex digits+base64 of an Ed25519 key";
        let (name, id, public) = parse_parts(text, form)?;
        if key_id(&name, &public) != id {
            return Err(KeyError::Id);
        }
        let key =
            ed25519_dalek::VerifyingKey::from_bytes(&public).map_err(|_| KeyError::Form(form))?;
        Ok(Self { name, id, key })
    }
}

impl SigningKey {
    /// The key with this secret seed (32 bytes from a secure random source).
    pub fn from_seed(name: &str, seed: &[u8; 32]) -> Result<Self, KeyError> {
        check_name(name)?;
        let key = ed25519_dalek::SigningKey::from_bytes(seed);
        let id = key_id(name, key.verifying_key().as_bytes());
        Ok(Self { name: name.to_owned(), id, key })
    }

    /// Name of the key: the origin of the log it signs.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Which key of that name.
    pub fn id(&self) -> [u8; 4] {
        self.id
    }

    /// The public half.
    pub fn verifier(&self) -> VerifierKey {
        VerifierKey { name: self.name.clone(), id: self.id, key: self.key.verifying_key() }
    }

    /// The text of a key file; it holds the secret.
    pub fn to_text(&self) -> String {
        let mut bytes = vec![ED25519];
        bytes.extend(self.key.as_bytes());
        format!("{SECRET_PREFIX}{}+{}+{}", self.name, hex::encode(self.id), BASE64.encode(bytes))
    }

    pub(super) fn signature(&self, message: &[u8]) -> [u8; 64] {
        self.key.sign(message).to_bytes()
    }
}

impl std::str::FromStr for SigningKey {
    type Err = KeyError;

    /// Reads the text of a key file; white space around it is allowed.
    fn from_str(text: &str) -> Result<Self, KeyError> {
        let form = "PRIVATE+KEY+name+8 hex digits+base64 of an Ed25519 seed";
        let text = text.trim().strip_prefix(SECRET_PREFIX).ok_or(KeyError::Form(form))?;
        let (name, id, seed) = parse_parts(text, form)?;
        let key = Self::from_seed(&name, &seed)?;
        if key.id == id { Ok(key) } else { Err(KeyError::Id) }
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey({}+{})", self.name, hex::encode(self.id))
    }
}
