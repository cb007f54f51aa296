//! Secrets: 256 random bits as text, and the hashes they are stored as.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::errors::Result;
use crate::ids::IdGen;

/// What every API key begins with, so that people and scanners recognise a leaked one.
pub(super) const KEY_PREFIX: &str = "tdm_";

/// A fresh secret of 43 characters.
pub(super) fn fresh(ids: &IdGen) -> Result<String> {
    Ok(URL_SAFE_NO_PAD.encode(ids.bytes::<32>()?))
}

/// SHA-256 of a secret. Its 256 bits need no slow hash.
pub(super) fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}
