//! AWS credentials of an API key, for clients that sign requests instead of sending a secret.
//!
//! A signature (Signature Version 4) is an HMAC, so whoever checks it needs the secret itself, and
//! keys are stored as hashes only. The pair is therefore another secret of the same key: HKDF-SHA256
//! (RFC 5869) of a secret of the installation, salted with the key's hash, for the key's id. Nothing
//! of it is stored; revoking the key ends it. The pair opens nothing that the key does not.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use tandem_domain::KeyId;
use tandem_store::{Tx, keys, meta};

use super::keys::{Known, principal};
use super::members::text;
use super::{Accounts, record, same_space};
use crate::access::{Action, allow};
use crate::errors::{EngineError, Result};
use crate::principal::Principal;

/// What every access key id begins with.
const PREFIX: &str = "TDMA";
/// The digits of base 32 (RFC 4648).
const DIGITS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// Name under which the installation's secret is kept.
const SECRET: &str = "aws.secret";

/// AWS credentials of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsPair {
    /// Names the key.
    pub access_key_id: String,
    /// Signs.
    pub secret_access_key: String,
}

/// A signature with what it is over, as a request carries it.
#[derive(Debug, Clone, Copy)]
pub struct AwsSigned<'a> {
    /// Whose it is said to be.
    pub access_key_id: &'a str,
    /// `YYYYMMDD`, the day that the signing key is for.
    pub date: &'a str,
    /// The region that it is for.
    pub region: &'a str,
    /// The service that it is for.
    pub service: &'a str,
    /// The string to sign.
    pub text: &'a str,
    /// The signature, 32 bytes.
    pub signature: &'a [u8],
}

impl Accounts {
    /// The AWS credentials of a key, for whoever may make keys. It is an event of the ledger.
    pub async fn aws_pair(&self, by: &Principal, id: KeyId) -> Result<AwsPair> {
        allow(by, Action::KeyWrite, None)?;
        let (ids, by) = (self.ids(), by.clone());
        let fresh = ids.bytes::<32>()?;
        self.inner
            .store
            .write(move |tx: &mut dyn Tx| {
                let key = keys::get(tx, id)?.filter(|key| key.revoked_at.is_none());
                let key = key.ok_or_else(|| EngineError::not_found("key"))?;
                same_space(&by, &key.space, (), "key")?;
                let secret = meta::get_or_set(tx, SECRET, &fresh)?;
                record::note(tx, &ids, &by, "key.aws_issued", [("key", text(id))])?;
                Ok(AwsPair {
                    access_key_id: access_key_id(id),
                    secret_access_key: derive(&secret, &key.hash, id)?,
                })
            })
            .await
    }

    /// Whose access key id this is, before anything is read of what it signed. Whoever knows the id may
    /// have sent it: the key does not count as used.
    ///
    /// # Errors
    /// [`EngineError::Unauthenticated`] as [`Accounts::by_key`].
    pub async fn by_access_key(&self, access_key_id: &str) -> Result<Arc<Principal>> {
        Ok(Arc::clone(&self.signer(access_key_id).await?.principal))
    }

    /// Whether the signature is by the named key's pair, in constant time; and whose key it is.
    ///
    /// # Errors
    /// [`EngineError::Unauthenticated`] for an unknown, expired or revoked key, the key of a disabled
    /// member, and [`EngineError::Forbidden`] for a signature that is not by its pair.
    pub async fn by_aws_signature(&self, signed: AwsSigned<'_>) -> Result<Arc<Principal>> {
        let known = self.signer(signed.access_key_id).await?;
        let mut key = format!("AWS4{}", known.aws_secret).into_bytes();
        for part in [signed.date, signed.region, signed.service, "aws4_request"] {
            key = code(&key, &[part.as_bytes()])?.to_vec();
        }
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(EngineError::internal)?;
        mac.update(signed.text.as_bytes());
        mac.verify_slice(signed.signature)
            .map_err(|_| EngineError::forbidden("the signature is not by this access key"))?;
        self.mark_used(&known);
        Ok(Arc::clone(&known.principal))
    }

    async fn signer(&self, access_key_id: &str) -> Result<Arc<Known>> {
        let id = key_of(access_key_id).ok_or(EngineError::Unauthenticated)?;
        // Of another length than a key's secret, so that the hash of one is never the other's.
        let hash: [u8; 32] = Sha256::digest(format!("aws {id}").as_bytes()).into();
        let known = match self.inner.keys.get(&hash) {
            Some(known) => known,
            None => self.load_signer(hash, id).await?,
        };
        if known.expires_at.is_some_and(|end| end <= self.now()) {
            return Err(EngineError::Unauthenticated);
        }
        Ok(known)
    }

    async fn load_signer(&self, hash: [u8; 32], id: KeyId) -> Result<Arc<Known>> {
        let generation = self.inner.keys.generation();
        let known = self
            .inner
            .store
            .read(move |tx: &mut dyn Tx| {
                let key = keys::get(tx, id)?.filter(|key| key.revoked_at.is_none());
                let key = key.ok_or(EngineError::Unauthenticated)?;
                let secret = meta::get(tx, SECRET)?.ok_or(EngineError::Unauthenticated)?;
                let aws_secret = derive(&secret, &key.hash, id)?;
                let expires_at = key.expires_at;
                let principal = Arc::new(principal(tx, key)?);
                Ok::<_, EngineError>(Arc::new(Known { principal, expires_at, aws_secret }))
            })
            .await?;
        self.inner.keys.put(hash, generation, Arc::clone(&known));
        Ok(known)
    }
}

/// HKDF-SHA256, one block.
fn derive(secret: &[u8], salt: &[u8], id: KeyId) -> Result<String> {
    let extracted = code(salt, &[secret])?;
    let expanded = code(&extracted, &[b"tandem/aws-secret/v1\0", id.as_bytes(), &[1]])?;
    Ok(URL_SAFE_NO_PAD.encode(expanded))
}

fn code(key: &[u8], parts: &[&[u8]]) -> Result<[u8; 32]> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(EngineError::internal)?;
    for part in parts {
        mac.update(part);
    }
    Ok(mac.finalize().into_bytes().into())
}

/// The access key id of a key: its 128 bits in base 32.
fn access_key_id(id: KeyId) -> String {
    let bits = u128::from_be_bytes(*id.as_bytes());
    let digits = (0..26).rev().map(|at| char::from(DIGITS[(bits >> (at * 5)) as usize & 31]));
    PREFIX.chars().chain(digits).collect()
}

/// The key that an access key id names; `None` where it can be none of ours.
fn key_of(access_key_id: &str) -> Option<KeyId> {
    let digits = access_key_id.strip_prefix(PREFIX).filter(|digits| digits.len() == 26)?;
    let mut bits = 0_u128;
    for digit in digits.bytes() {
        let value = DIGITS.iter().position(|&known| known == digit)?;
        // 26 digits hold 130 bits: the two highest must be clear.
        if bits >> 123 != 0 {
            return None;
        }
        bits = (bits << 5) | value as u128;
    }
    Some(KeyId(uuid::Uuid::from_bytes(bits.to_be_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_access_key_id_names_its_key_and_nothing_else_does() {
        for bits in [0, 1, u128::MAX, 0x0192_3fa1_77aa_7bbb_8ccc_0123_4567_89ab] {
            let id = KeyId(uuid::Uuid::from_u128(bits));
            let text = access_key_id(id);
            assert_eq!((text.len(), key_of(&text)), (30, Some(id)));
            assert_eq!(key_of(&text.to_lowercase()), None);
            assert_eq!(key_of(&text[..29]), None);
        }
        assert_eq!(key_of(&format!("{PREFIX}{}", "7".repeat(26))), None);
        assert_eq!(key_of("AKIDEXAMPLE"), None);
    }

    #[test]
    fn hkdf_is_that_of_rfc_5869() {
        // Test case 1, its first block: PRK and OKM as published.
        let prk =
            code(&hex::decode("000102030405060708090a0b0c").unwrap(), &[&[0x0b; 22]]).unwrap();
        assert_eq!(
            hex::encode(prk),
            "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5"
        );
        let info = hex::decode("f0f1f2f3f4f5f6f7f8f9").unwrap();
        let okm = code(&prk, &[&info, &[1]]).unwrap();
        assert_eq!(
            hex::encode(okm),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
        );
    }

    #[test]
    fn other_keys_and_other_salts_have_other_secrets() {
        let id = |bits| KeyId(uuid::Uuid::from_u128(bits));
        let one = derive(&[1; 32], &[2; 32], id(3)).unwrap();
        assert_eq!(one.len(), 43);
        for other in [([9; 32], [2; 32], 3), ([1; 32], [9; 32], 3), ([1; 32], [2; 32], 9)] {
            assert_ne!(one, derive(&other.0, &other.1, id(other.2)).unwrap());
        }
    }
}
