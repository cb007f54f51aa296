//! What an authenticator must have said (W3C Web Authentication, level 2, sections 7.1 and 7.2).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{ECDSA_P256_SHA256_ASN1, ED25519, UnparsedPublicKey};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::cbor::{self, Cbor};

/// A person was present.
const PRESENT: u8 = 0x01;
/// The authenticator verified who: by a PIN, a finger, a face.
const VERIFIED: u8 = 0x04;
/// A credential follows.
const ATTESTED: u8 = 0x40;
/// Longest id of a credential.
const LONGEST_CREDENTIAL: usize = 1_023;

/// Where the server is reached, as browsers see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelyingParty {
    /// The host's name: what passkeys are bound to.
    pub id: String,
    /// The only origin that asks them.
    pub origin: String,
}

/// Why what an authenticator said is not accepted.
pub(super) type Fault = &'static str;

/// The key of a new credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NewCredential {
    pub(super) id: Vec<u8>,
    pub(super) algorithm: &'static str,
    pub(super) public_key: Vec<u8>,
    pub(super) counter: u32,
}

#[derive(Deserialize)]
struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(default, rename = "crossOrigin")]
    cross_origin: bool,
}

/// Checks what the browser says it had signed.
fn check_client(
    bytes: &[u8],
    kind: &str,
    challenge: &[u8],
    party: &RelyingParty,
) -> Result<(), Fault> {
    let client: ClientData =
        serde_json::from_slice(bytes).map_err(|_| "the client data is not what browsers send")?;
    if client.kind != kind {
        return Err("it was signed for another purpose");
    }
    if client.challenge != URL_SAFE_NO_PAD.encode(challenge) {
        return Err("something else was signed than what is approved");
    }
    if client.origin != party.origin || client.cross_origin {
        return Err("it was signed for another site");
    }
    Ok(())
}

/// Checks the flags of authenticator data and returns its counter and what follows.
fn check_authenticator<'a>(
    data: &'a [u8],
    party: &RelyingParty,
) -> Result<(u8, u32, &'a [u8]), Fault> {
    let short = "the authenticator data is cut short";
    let (hash, rest) = data.split_at_checked(32).ok_or(short)?;
    let (head, rest) = rest.split_at_checked(5).ok_or(short)?;
    if hash != Sha256::digest(party.id.as_bytes()).as_slice() {
        return Err("it was signed for another site");
    }
    let flags = head[0];
    if flags & PRESENT == 0 || flags & VERIFIED == 0 {
        return Err("the authenticator did not verify who was there");
    }
    let counter = u32::from_be_bytes([head[1], head[2], head[3], head[4]]);
    Ok((flags, counter, rest))
}

/// The credential that a registration made. How the authenticator attests itself is not asked.
pub(super) fn registered(
    client: &[u8],
    attestation: &[u8],
    challenge: &[u8],
    party: &RelyingParty,
) -> Result<NewCredential, Fault> {
    check_client(client, "webauthn.create", challenge, party)?;
    let form = "the attestation is not what authenticators send";
    let Some((Cbor::Map(_, named), [])) = cbor::read(attestation) else { return Err(form) };
    let Some(Cbor::Bytes(data)) = named.get("authData") else { return Err(form) };
    let (flags, counter, rest) = check_authenticator(data, party)?;
    if flags & ATTESTED == 0 {
        return Err(form);
    }
    let (_, rest) = rest.split_at_checked(16).ok_or(form)?;
    let (length, rest) = rest.split_at_checked(2).ok_or(form)?;
    let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
    let (id, rest) = rest.split_at_checked(length).ok_or(form)?;
    if id.is_empty() || id.len() > LONGEST_CREDENTIAL {
        return Err(form);
    }
    let (Cbor::Map(key, _), _) = cbor::read(rest).ok_or(form)? else { return Err(form) };
    let int = |name: i64| match key.get(&name) {
        Some(Cbor::Int(value)) => Some(*value),
        _ => None,
    };
    let coordinate = |name: i64| match key.get(&name) {
        Some(Cbor::Bytes(bytes)) if bytes.len() == 32 => Some(bytes.as_slice()),
        _ => None,
    };
    let (algorithm, public_key) = match (int(1), int(3), int(-1)) {
        (Some(2), Some(-7), Some(1)) => {
            let (x, y) = (coordinate(-2).ok_or(form)?, coordinate(-3).ok_or(form)?);
            ("es256", [&[4], x, y].concat())
        }
        (Some(1), Some(-8), Some(6)) => ("ed25519", coordinate(-2).ok_or(form)?.to_vec()),
        _ => return Err("the passkey's algorithm is neither ES256 nor Ed25519"),
    };
    Ok(NewCredential { id: id.to_vec(), algorithm, public_key, counter })
}

/// Checks an assertion and returns the authenticator's counter.
pub(super) fn asserted(
    (algorithm, public_key): (&str, &[u8]),
    (client, authenticator, signature): (&[u8], &[u8], &[u8]),
    challenge: &[u8],
    party: &RelyingParty,
) -> Result<u32, Fault> {
    check_client(client, "webauthn.get", challenge, party)?;
    let (_, counter, _) = check_authenticator(authenticator, party)?;
    let signed = [authenticator, Sha256::digest(client).as_slice()].concat();
    let checked = match algorithm {
        "es256" => {
            UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, public_key).verify(&signed, signature)
        }
        "ed25519" => UnparsedPublicKey::new(&ED25519, public_key).verify(&signed, signature),
        _ => return Err("the passkey's algorithm is not known"),
    };
    checked.map_err(|_| "the signature is not the passkey's")?;
    Ok(counter)
}

/// Whether a counter went on since the last signature: an authenticator that was copied counts twice.
/// Many keep none, and always say 0.
pub(super) fn counts_on(before: u64, now: u32) -> bool {
    (before == 0 && now == 0) || u64::from(now) > before
}
