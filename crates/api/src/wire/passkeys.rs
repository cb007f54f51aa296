//! Passkeys, challenges and what passkeys signed. Binary parts are base64url without padding.

use serde::{Deserialize, Serialize};
use tandem_domain::case::{Answer, Verdict};
use tandem_domain::{PasskeyId, Timestamp};
use tandem_engine::passkeys as engine;
use utoipa::ToSchema;

use super::submit::VerdictName;

/// What a passkey signed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Assertion)]
pub struct AssertionIn {
    /// The `nonce` of the challenge.
    pub nonce: String,
    /// Id of the credential.
    pub credential: String,
    /// The client data, as the browser made it.
    pub client_data: String,
    /// The authenticator data.
    pub authenticator_data: String,
    /// The signature.
    pub signature: String,
}

impl AssertionIn {
    /// As the engine takes it.
    pub fn into_domain(self) -> engine::RawAssertion {
        let Self { nonce, credential, client_data, authenticator_data, signature } = self;
        engine::RawAssertion { nonce, credential, client_data, authenticator_data, signature }
    }
}

/// What is to be signed off.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignOff {
    /// The verdict.
    #[schema(value_type = VerdictName)]
    pub verdict: Verdict,
    /// The `digest` of the proposal that was shown.
    pub seen: String,
    /// The answer, for `modify` and `answer`.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub answer: Option<Answer>,
}

/// What a browser asks an authenticator for.
#[derive(Debug, Serialize, ToSchema)]
pub struct PasskeyChallenge {
    /// What is signed.
    pub challenge: String,
    /// A number used once, to send back.
    pub nonce: String,
    /// The relying party's id: the host that passkeys are bound to.
    pub rp_id: String,
    /// The only origin on which it can be signed.
    pub origin: String,
    /// Ids of one's own credentials.
    pub credentials: Vec<String>,
    /// When it ends.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
}

impl PasskeyChallenge {
    /// As it is sent.
    pub fn new(made: engine::Challenge) -> Self {
        Self {
            challenge: made.challenge,
            nonce: made.nonce,
            rp_id: made.party.id,
            origin: made.party.origin,
            credentials: made.credentials,
            expires_at: made.expires_at,
        }
    }
}

/// A passkey to register.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewPasskey)]
pub struct PasskeyIn {
    /// What its owner calls it.
    pub name: String,
    /// The `nonce` of the options.
    pub nonce: String,
    /// The client data, as the browser made it.
    pub client_data: String,
    /// The attestation object.
    pub attestation: String,
}

impl PasskeyIn {
    /// As the engine takes it.
    pub fn into_domain(self) -> engine::NewPasskey {
        let Self { name, nonce, client_data, attestation } = self;
        engine::NewPasskey { name, nonce, client_data, attestation }
    }
}

/// A passkey.
#[derive(Debug, Serialize, ToSchema)]
pub struct Passkey {
    /// Its id.
    #[schema(value_type = String)]
    pub id: PasskeyId,
    /// What its owner calls it.
    pub name: String,
    /// `es256` or `ed25519`.
    pub algorithm: String,
    /// When it was registered.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it signed last.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_used_at: Option<Timestamp>,
}

impl From<engine::Passkey> for Passkey {
    fn from(key: engine::Passkey) -> Self {
        let engine::Passkey { id, name, algorithm, created_at, last_used_at, .. } = key;
        Self { id, name, algorithm, created_at, last_used_at }
    }
}
