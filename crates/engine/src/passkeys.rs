//! Passkeys (WebAuthn): approvals that a person's own key signs, so that not even the server can make them.
//!
//! What is signed is the digest of what is approved: case, proposal, verdict, answer, member, and a
//! number used once. The assertion is stored with the judgment, and the ledger commits to it.

mod cbor;
mod verify;

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tandem_domain::case::{Answer, Assertion, Verdict};
use tandem_domain::command::NewJudgment;
use tandem_domain::{CaseId, MemberId, PasskeyId, Span, Timestamp};
use tandem_store::passkeys as rows;
pub use tandem_store::passkeys::Passkey;
use tandem_store::{Tx, cases};
pub use verify::RelyingParty;

use crate::access::{Action, allow, allow_somewhere};
use crate::accounts::note;
use crate::engine::{Engine, Inner};
use crate::errors::{EngineError, Result};
use crate::principal::Principal;
use crate::record::digest_hex;
use crate::runner::no_case;

/// Gives the digest that is signed, in hexadecimal and as bytes, with the number that is used once.
type Over<'a> = dyn Fn(&str) -> Result<(String, Vec<u8>)> + Sync + 'a;

/// How long a challenge is good for.
const VALID: Span = Span::seconds(300);
/// Most passkeys of a member.
const MOST: usize = 20;
/// Longest part of an assertion in characters.
const LONGEST: usize = 16 * 1024;

/// What a browser is asked to have signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// What is signed, base64url.
    pub challenge: String,
    /// The number used once, base64url.
    pub nonce: String,
    /// The relying party.
    pub party: RelyingParty,
    /// Ids of the member's credentials, base64url.
    pub credentials: Vec<String>,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// What is approved.
#[derive(Debug, Clone, PartialEq)]
pub struct SignOffSubject {
    /// The verdict.
    pub verdict: Verdict,
    /// Digest of the proposal that was shown.
    pub seen: String,
    /// The answer, where the verdict has one.
    pub answer: Option<Answer>,
}

/// What a browser sends back; every part base64url.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawAssertion {
    /// The number used once.
    pub nonce: String,
    /// Id of the credential.
    pub credential: String,
    /// The client data, JSON.
    pub client_data: String,
    /// The authenticator data.
    pub authenticator_data: String,
    /// The signature.
    pub signature: String,
}

/// A passkey to register; parts base64url.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPasskey {
    /// What its owner calls it.
    pub name: String,
    /// The number used once.
    pub nonce: String,
    /// The client data, JSON.
    pub client_data: String,
    /// The attestation object.
    pub attestation: String,
}

impl Engine {
    /// Says where browsers reach the server, as in `https://tandem.example.org`: passkeys are bound to
    /// it. The first call counts.
    ///
    /// # Errors
    /// `invalid_input` for something that is no origin.
    pub fn reached_at(&self, url: &str) -> Result<()> {
        let url = url.trim_end_matches('/');
        let host = url.split_once("://").filter(|(scheme, _)| matches!(*scheme, "http" | "https"));
        let host = host.map(|(_, rest)| rest.split_once(':').map_or(rest, |(host, _)| host));
        let Some(host) =
            host.filter(|host| !host.is_empty() && !host.contains(['/', '@', '?', '[']))
        else {
            let message = "give scheme and host, as in `https://tandem.example.org`";
            return Err(EngineError::invalid("invalid_input", "/public_url", message));
        };
        let party =
            RelyingParty { id: host.to_ascii_lowercase(), origin: url.to_ascii_lowercase() };
        // Whoever said it first keeps its word.
        let _ = self.inner.party.set(party);
        Ok(())
    }

    /// Asks for a new passkey: what the browser passes to the authenticator.
    pub async fn passkey_options(&self, principal: &Principal) -> Result<Challenge> {
        let member = own(principal)?;
        self.challenge(member, &principal.space, "register", None).await
    }

    /// Registers a passkey.
    pub async fn add_passkey(&self, principal: &Principal, new: NewPasskey) -> Result<Passkey> {
        let member = own(principal)?;
        let name = new.name.trim().to_owned();
        if name.is_empty() || name.chars().count() > 100 || name.chars().any(char::is_control) {
            let message = "give 1 to 100 visible characters";
            return Err(EngineError::invalid("invalid_input", "/name", message));
        }
        let client = decode(&new.client_data, "/client_data")?;
        let attestation = decode(&new.attestation, "/attestation")?;
        let nonce = decode(&new.nonce, "/nonce")?;
        let found = verify::registered(&client, &attestation, &nonce, self.inner.party()?)
            .map_err(bad("/attestation"))?;
        let (inner, by) = (Arc::clone(&self.inner), principal.clone());
        let added = self.inner.store.write(move |tx| {
            if !rows::take_nonce(tx, &nonce, member, "register")? {
                return Err(used_up());
            }
            if rows::of_member(tx, member)?.len() >= MOST {
                return Err(conflict(
                    "too_many",
                    "you have as many passkeys as one can; remove one",
                ));
            }
            let now = tx.now();
            let key = Passkey {
                id: PasskeyId(inner.ids.uuid(now)?),
                space: by.space.clone(),
                member,
                credential: found.id.clone(),
                algorithm: found.algorithm.to_owned(),
                public_key: found.public_key.clone(),
                counter: u64::from(found.counter),
                name: name.clone(),
                created_at: now,
                last_used_at: None,
            };
            if !rows::insert(tx, &key)? {
                return Err(conflict("known_passkey", "this passkey is registered already"));
            }
            note(tx, &inner.ids, &by, "passkey.added", data(&key))?;
            Ok(key)
        });
        added.await
    }

    /// One's own passkeys.
    pub async fn passkeys(&self, principal: &Principal) -> Result<Vec<Passkey>> {
        let member = own(principal)?;
        let found =
            self.inner.store.read(move |tx| Ok::<_, EngineError>(rows::of_member(tx, member)?));
        found.await
    }

    /// Removes one of one's own passkeys. What it signed stays verifiable.
    pub async fn remove_passkey(&self, principal: &Principal, id: PasskeyId) -> Result<()> {
        let member = own(principal)?;
        let (inner, by) = (Arc::clone(&self.inner), principal.clone());
        let removed = self.inner.store.write(move |tx| {
            if !rows::remove(tx, member, id)? {
                return Err(EngineError::not_found(format!("passkey {id}")));
            }
            let data = [("member", text(member)), ("passkey", text(id))];
            note(tx, &inner.ids, &by, "passkey.removed", data)
        });
        removed.await
    }

    /// Asks for the signature of an approval: the challenge is the digest of what is approved.
    pub async fn sign_off(
        &self,
        principal: &Principal,
        case: CaseId,
        subject: SignOffSubject,
    ) -> Result<Challenge> {
        let member = own(principal)?;
        let (inner, asker) = (Arc::clone(&self.inner), principal.clone());
        let seen = self.inner.store.read(move |tx| {
            let found = cases::get(tx, case)?.filter(|case| case.core.space == asker.space);
            let found = found.ok_or_else(|| no_case(case))?;
            let handle = inner.loops.of_case(tx, found.core.loop_id, found.core.loop_version)?;
            allow(&asker, Action::Judge, Some(&handle.name))?;
            Ok::<_, EngineError>(found.state.current_proposal().and_then(|p| p.digest.clone()))
        });
        if seen.await?.as_deref() != Some(&*subject.seen) {
            let message = "what you were shown is not what would run; look at the case again";
            return Err(EngineError::invalid("seen_mismatch", "/seen", message));
        }
        self.challenge(member, &principal.space, "approve", Some((case, subject))).await
    }

    async fn challenge(
        &self,
        member: MemberId,
        space: &str,
        purpose: &'static str,
        subject: Option<(CaseId, SignOffSubject)>,
    ) -> Result<Challenge> {
        let Some((case, subject)) = subject else {
            return self.challenge_with(member, space, purpose, None).await;
        };
        let over = |nonce: &str| {
            let said = (subject.verdict, Some(&*subject.seen), subject.answer.as_ref());
            digest_of(case, member, said, nonce)
        };
        self.challenge_with(member, space, purpose, Some(&over)).await
    }

    /// Asks for a signature over something other than a judgment; `over` gives its digest, in
    /// hexadecimal and as bytes, with the number that is used once.
    pub(crate) async fn challenge_over(
        &self,
        principal: &Principal,
        purpose: &'static str,
        over: impl Fn(&str) -> Result<(String, Vec<u8>)> + Sync,
    ) -> Result<Challenge> {
        let member = principal.member().map(|(member, _)| member);
        let member = member.ok_or_else(|| EngineError::forbidden("passkeys are people's"))?;
        self.challenge_with(member, &principal.space, purpose, Some(&over)).await
    }

    async fn challenge_with(
        &self,
        member: MemberId,
        space: &str,
        purpose: &'static str,
        over: Option<&Over<'_>>,
    ) -> Result<Challenge> {
        self.running()?;
        let party = self.inner.party()?.clone();
        let nonce: [u8; 32] = self.inner.ids.bytes()?;
        let text = URL_SAFE_NO_PAD.encode(nonce);
        let challenge = match over {
            None => nonce.to_vec(),
            Some(over) => over(&text)?.1,
        };
        let space = space.to_owned();
        let made = self.inner.store.write(move |tx| {
            let expires_at = tx.now() + VALID;
            rows::add_nonce(tx, &nonce, &space, member, purpose, expires_at)?;
            Ok::<_, EngineError>((rows::of_member(tx, member)?, expires_at))
        });
        let (keys, expires_at) = made.await?;
        if over.is_some() && keys.is_empty() {
            return Err(conflict("no_passkey", "register a passkey first: Settings, Passkeys"));
        }
        let credentials = keys.iter().map(|key| URL_SAFE_NO_PAD.encode(&key.credential)).collect();
        Ok(Challenge {
            challenge: URL_SAFE_NO_PAD.encode(challenge),
            nonce: text,
            party,
            credentials,
            expires_at,
        })
    }

    /// Puts into the ledger that a passkey signed with a counter that did not go on.
    pub(crate) async fn note_cloned(&self, principal: &Principal, raw: &RawAssertion) {
        let (inner, by, credential) =
            (Arc::clone(&self.inner), principal.clone(), raw.credential.clone());
        let noted = self.inner.store.write(move |tx| {
            let digest = hex::encode(Sha256::digest(credential.as_bytes()));
            let data = [("credential_sha256", Value::String(digest))];
            note(tx, &inner.ids, &by, "passkey.cloned", data)
        });
        if let Err(error) = noted.await {
            tracing::warn!(%error, "a passkey that may be copied was not put into the ledger");
        }
    }
}

impl Inner {
    fn party(&self) -> Result<&RelyingParty> {
        self.party.get().ok_or_else(|| {
            conflict(
                "no_public_url",
                "the server does not know where browsers reach it: set `public_url`",
            )
        })
    }
}

/// Verifies what a passkey signed over a judgment, uses the challenge up, and returns what is stored.
pub(crate) fn check(
    tx: &mut dyn Tx,
    inner: &Inner,
    asker: &Principal,
    case: CaseId,
    judgment: &NewJudgment,
    raw: &RawAssertion,
) -> Result<Assertion> {
    let (member, _) = asker.member().ok_or_else(|| EngineError::forbidden("only people sign"))?;
    let said = (judgment.verdict, judgment.seen.as_deref(), judgment.answer.as_ref());
    let over = digest_of(case, member, said, &raw.nonce)?;
    verified(tx, inner, member, "approve", over, raw)
}

/// Verifies what a member's passkey signed over a digest (hexadecimal, and as bytes: the challenge),
/// uses the number up, and returns what is stored.
pub(crate) fn verified(
    tx: &mut dyn Tx,
    inner: &Inner,
    member: MemberId,
    purpose: &str,
    (subject, challenge): (String, Vec<u8>),
    raw: &RawAssertion,
) -> Result<Assertion> {
    let nonce = decode(&raw.nonce, "/assertion/nonce")?;
    let credential = decode(&raw.credential, "/assertion/credential")?;
    let client = decode(&raw.client_data, "/assertion/client_data")?;
    let authenticator = decode(&raw.authenticator_data, "/assertion/authenticator_data")?;
    let signature = decode(&raw.signature, "/assertion/signature")?;
    if !rows::take_nonce(tx, &nonce, member, purpose)? {
        return Err(used_up());
    }
    let key = rows::lock(tx, &credential)?.filter(|key| key.member == member);
    let key =
        key.ok_or_else(|| bad("/assertion/credential")("this passkey is not registered as yours"))?;
    let parts = (&*client, &*authenticator, &*signature);
    let counter =
        verify::asserted((&key.algorithm, &key.public_key), parts, &challenge, inner.party()?)
            .map_err(bad("/assertion"))?;
    if !verify::counts_on(key.counter, counter) {
        return Err(conflict(
            "cloned_passkey",
            "the passkey's counter did not go on: there may be a copy of it; remove it and register another",
        ));
    }
    rows::used(tx, key.id, u64::from(counter))?;
    Ok(Assertion {
        credential: raw.credential.clone(),
        algorithm: key.algorithm,
        public_key: URL_SAFE_NO_PAD.encode(key.public_key),
        client_data: raw.client_data.clone(),
        authenticator_data: raw.authenticator_data.clone(),
        signature: raw.signature.clone(),
        nonce: raw.nonce.clone(),
        subject,
    })
}

/// Digest of what is approved, in hexadecimal and as bytes: the challenge.
fn digest_of(
    case: CaseId,
    member: MemberId,
    (verdict, seen, answer): (Verdict, Option<&str>, Option<&Answer>),
    nonce: &str,
) -> Result<(String, Vec<u8>)> {
    let answer = answer.map(|answer| digest_hex(&json!(answer))).transpose()?;
    let digest = digest_hex(&json!({
        "answer": answer,
        "case": case,
        "digest": seen,
        "member": member,
        "nonce": nonce,
        "verdict": verdict.as_str(),
    }))?;
    let bytes = hex::decode(&digest).map_err(EngineError::internal)?;
    Ok((digest, bytes))
}

fn own(principal: &Principal) -> Result<MemberId> {
    allow_somewhere(principal, Action::PasskeyOwn)?;
    let member = principal.member().map(|(member, _)| member);
    member.ok_or_else(|| EngineError::forbidden("passkeys are people's: sign in"))
}

fn decode(text: &str, path: &'static str) -> Result<Vec<u8>> {
    let fits = text.len() <= LONGEST;
    URL_SAFE_NO_PAD
        .decode(text.trim_end_matches('='))
        .ok()
        .filter(|_| fits)
        .ok_or_else(|| bad(path)("this is not base64url of what a browser sends"))
}

fn bad(path: &'static str) -> impl Fn(&'static str) -> EngineError {
    move |fault| EngineError::invalid("invalid_assertion", path, fault)
}

fn used_up() -> EngineError {
    conflict("challenge_used", "the challenge was used, is not yours, or is over; ask for another")
}

fn conflict(code: &'static str, message: &str) -> EngineError {
    EngineError::Conflict { code, message: message.to_owned(), resource: None }
}

fn data(key: &Passkey) -> [(&'static str, Value); 4] {
    [
        ("algorithm", Value::String(key.algorithm.clone())),
        ("credential_sha256", Value::String(hex::encode(Sha256::digest(&key.credential)))),
        ("member", text(key.member)),
        ("passkey", text(key.id)),
    ]
}

fn text(id: impl std::fmt::Display) -> Value {
    Value::String(id.to_string())
}
