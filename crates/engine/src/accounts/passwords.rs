//! Passwords: argon2id (RFC 9106) on blocking threads, a few at a time, in equal time for everybody.

use std::sync::Arc;

use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use crate::errors::{EngineError, Result};

/// OWASP's first choice for argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
/// Hashes computed at once: 19 MiB and a core each.
const AT_ONCE: usize = 2;
/// Shortest password (NIST SP 800-63B asks for 8 at least; length is what counts).
const SHORTEST: usize = 10;
const LONGEST: usize = 1_000;
/// A hash of no password with the same cost, checked for unknown accounts.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5LW5vYm9keS1ubw$\
                      0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg";

pub(super) struct Passwords {
    turns: Arc<Semaphore>,
}

impl Passwords {
    pub(super) fn new() -> Self {
        Self { turns: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    pub(super) async fn hash(&self, password: &str) -> Result<String> {
        let length = password.chars().count();
        if !(SHORTEST..=LONGEST).contains(&length) {
            return Err(EngineError::invalid(
                "invalid_input",
                "/password",
                format!("a password takes {SHORTEST} to {LONGEST} characters"),
            ));
        }
        let password = password.to_owned();
        self.in_turn(move || {
            let hash: argon2::password_hash::phc::PasswordHash =
                hasher()?.hash_password(password.as_bytes()).map_err(EngineError::internal)?;
            Ok(hash.to_string())
        })
        .await
    }

    /// Whether the password fits; always false without a hash, and after the same time.
    pub(super) async fn verify(&self, password: &str, hash: Option<String>) -> Result<bool> {
        let password: String = password.chars().take(LONGEST + 1).collect();
        self.in_turn(move || {
            let known = hash.is_some();
            let hash = hash.unwrap_or_else(|| NOBODY.to_owned());
            let parsed = PasswordHash::new(&hash).map_err(EngineError::internal)?;
            let fits = hasher()?.verify_password(password.as_bytes(), &parsed).is_ok();
            Ok(known && fits)
        })
        .await
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(EngineError::internal)?;
        tokio::task::spawn_blocking(move || {
            let done = work();
            drop(turn);
            done
        })
        .await
        .map_err(EngineError::internal)?
    }
}

fn hasher() -> Result<Argon2<'static>> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).map_err(EngineError::internal)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn passwords_verify_and_nobody_never_does() {
        let passwords = Passwords::new();
        let hash = passwords.hash("correct horse").await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(passwords.verify("correct horse", Some(hash.clone())).await.unwrap());
        assert!(!passwords.verify("battery staple", Some(hash)).await.unwrap());
        assert!(!passwords.verify("nobody-nobody", None).await.unwrap());
        assert_eq!(passwords.hash("short").await.unwrap_err().code(), "invalid_input");
    }
}
