//! The secret coins of an epoch.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tandem_ledger::canonical;

use crate::errors::{EngineError, Result};

/// SHA-256 over the canonical input: cases with the same input are one piece of evidence and share a
/// coin, so handing a case in again draws no other.
pub(super) fn input_digest(input: &Value) -> Result<[u8; 32]> {
    Ok(Sha256::digest(canonical::to_string(input)?).into())
}

/// A uniform number in 0..1 with 53 bits: HMAC-SHA256(secret, digest of the input), the coin of audits.
pub(super) fn draw(secret: &[u8], digest: &[u8; 32]) -> Result<f64> {
    draw_for(secret, b"", digest)
}

/// The coin of second looks: HMAC-SHA256(secret, `second_look`, digest of the input).
pub(super) fn second_look(secret: &[u8], digest: &[u8; 32]) -> Result<f64> {
    draw_for(secret, b"second_look", digest)
}

fn draw_for(secret: &[u8], purpose: &[u8], digest: &[u8; 32]) -> Result<f64> {
    let mut mac: Hmac<Sha256> = Hmac::new_from_slice(secret).map_err(EngineError::internal)?;
    mac.update(purpose);
    mac.update(digest);
    let code: [u8; 32] = mac.finalize().into_bytes().into();
    let mut first = [0; 8];
    first.copy_from_slice(&code[..8]);
    Ok((u64::from_be_bytes(first) >> 11) as f64 / (1_u64 << 53) as f64)
}

/// What the ledger says of a secret before it is revealed.
pub(super) fn commitment(secret: &[u8]) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(secret)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn coins_are_uniform_and_the_same_for_the_same_input() {
        let mut sum = 0.0;
        for n in 0..4_000 {
            let a = input_digest(&json!({"text": n, "b": 1})).unwrap();
            assert_eq!(a, input_digest(&json!({"b": 1, "text": n})).unwrap());
            let coin = draw(b"secret", &a).unwrap();
            assert!((0.0..1.0).contains(&coin) && coin != draw(b"other", &a).unwrap());
            assert_ne!(coin, second_look(b"secret", &a).unwrap());
            sum += coin;
        }
        // Six standard errors of the mean.
        assert!((sum / 4_000.0 - 0.5).abs() < 0.028, "{sum}");
    }
}
