//! The 32-byte SHA-256 value that names leaves, nodes and roots.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

/// A SHA-256 value: a leaf hash, a node or a root.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Hash(pub [u8; 32]);

/// A text or slice that is not a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a SHA-256 value: expected 32 bytes as {expected}")]
pub struct HashError {
    expected: &'static str,
}

impl Hash {
    /// Lower-case hexadecimal, 64 characters.
    pub fn to_hex(self) -> String {
        hex::encode(self.0)
    }

    /// Standard base64 with padding, 44 characters.
    pub fn to_base64(self) -> String {
        BASE64.encode(self.0)
    }

    /// Reads 64 lower-case hexadecimal characters.
    pub fn from_hex(text: &str) -> Result<Self, HashError> {
        let error = HashError { expected: "64 lower-case hexadecimal characters" };
        let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return Err(error) };
        if pairs.len() != 32 {
            return Err(error);
        }
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Ok(byte - b'0'),
            b'a'..=b'f' => Ok(byte - b'a' + 10),
            _ => Err(error),
        };
        let mut bytes = [0; 32];
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = digit(*high)? << 4 | digit(*low)?;
        }
        Ok(Self(bytes))
    }

    /// Reads canonical standard base64.
    pub fn from_base64(text: &str) -> Result<Self, HashError> {
        let error = HashError { expected: "standard base64" };
        let bytes = BASE64.decode(text).map_err(|_| error)?;
        Self::from_slice(&bytes).map_err(|_| error)
    }

    /// Reads exactly 32 bytes.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, HashError> {
        bytes.try_into().map(Self).map_err(|_| HashError { expected: "bytes" })
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl std::fmt::Display for Hash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.to_hex())
    }
}

impl std::fmt::Debug for Hash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Hash({self})")
    }
}
