//! Ids, salts and draws: the only place where randomness enters.
//!
//! Ids are UUIDv7 of the store's time and random bits of the operating system, taken in blocks. A
//! draw is no randomness at all: it is HMAC-SHA256(loop secret, case id || purpose), so that whoever
//! holds the secret can compute it again, and nobody else can foresee it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tandem_domain::policy::Draws;
use tandem_domain::{CaseId, Timestamp};
use uuid::Uuid;

use crate::errors::{EngineError, Result};

const BLOCK: usize = 4_096;

/// Makes ids and salts.
pub struct IdGen {
    pool: Mutex<Pool>,
}

struct Pool {
    bytes: [u8; BLOCK],
    used: usize,
}

impl Default for IdGen {
    fn default() -> Self {
        Self { pool: Mutex::new(Pool { bytes: [0; BLOCK], used: BLOCK }) }
    }
}

impl IdGen {
    /// `N` fresh random bytes.
    pub fn bytes<const N: usize>(&self) -> Result<[u8; N]> {
        let mut pool = self.lock();
        if pool.used + N > BLOCK {
            getrandom::fill(&mut pool.bytes).map_err(EngineError::internal)?;
            pool.used = 0;
        }
        let start = pool.used;
        pool.used += N;
        let mut out = [0; N];
        out.copy_from_slice(&pool.bytes[start..start + N]);
        // What was handed out is not kept: salts and secrets come from here.
        pool.bytes[start..start + N].fill(0);
        Ok(out)
    }

    /// A fresh UUIDv7.
    pub fn uuid(&self, now: Timestamp) -> Result<Uuid> {
        Ok(tandem_domain::ids::uuid_v7(now.unix_ms(), &self.bytes::<10>()?))
    }

    fn lock(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The secret of a loop, ready to draw with.
#[derive(Clone)]
pub struct DrawKey(Hmac<Sha256>);

impl DrawKey {
    /// The key of this secret.
    pub fn new(secret: &[u8]) -> Result<Self> {
        Hmac::new_from_slice(secret).map(Self).map_err(EngineError::internal)
    }

    /// All draws of a case.
    pub fn draws(&self, case: CaseId) -> Draws {
        Draws {
            audit: self.draw(case, b"audit"),
            blind: self.draw(case, b"blind"),
            sample: self.draw(case, b"sample"),
        }
    }

    /// A uniform number in 0..1 with 53 bits.
    pub fn draw(&self, case: CaseId, purpose: &[u8]) -> f64 {
        let code = self.code(&[case.as_bytes(), purpose]);
        let mut first = [0; 8];
        first.copy_from_slice(&code[..8]);
        (u64::from_be_bytes(first) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A salt that only the loop's secret gives again, for records that are not about a person.
    pub fn salt(&self, table: &str, id: &str) -> [u8; 16] {
        let code = self.code(&[b"salt", table.as_bytes(), b"\0", id.as_bytes()]);
        let mut salt = [0; 16];
        salt.copy_from_slice(&code[..16]);
        salt
    }

    /// A code over a message that only the holder of the secret can make; another purpose gives another.
    pub fn tag(&self, purpose: &str, message: &[u8]) -> [u8; 32] {
        self.code(&[b"tag", purpose.as_bytes(), b"\0", message])
    }

    /// A mark of content that only the secret gives again: equal content, equal mark.
    pub(crate) fn mark(&self, purpose: &str, content: &[u8]) -> [u8; 32] {
        self.code(&[b"mark", purpose.as_bytes(), b"\0", content])
    }

    fn code(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = self.0.clone();
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

impl std::fmt::Debug for DrawKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DrawKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_are_uniform_and_repeatable() {
        let key = DrawKey::new(b"secret").unwrap();
        let ids = IdGen::default();
        let mut sum = 0.0;
        for _ in 0..4_000 {
            let case = CaseId(ids.uuid(Timestamp(1)).unwrap());
            let draws = key.draws(case);
            assert_eq!(draws, key.draws(case));
            assert!((0.0..1.0).contains(&draws.audit));
            assert_ne!(draws.audit, draws.blind);
            sum += draws.audit;
        }
        // Standard error of the mean is 0.0046; six of them.
        assert!((sum / 4_000.0 - 0.5).abs() < 0.028, "{}", sum / 4_000.0);
    }

    #[test]
    fn ids_never_repeat() {
        let ids = IdGen::default();
        let made: std::collections::HashSet<_> =
            (0..10_000).map(|_| ids.uuid(Timestamp(1_000_000)).unwrap()).collect();
        assert_eq!(made.len(), 10_000);
    }
}
