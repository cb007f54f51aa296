//! What is handed to a client to bring back: readable by anybody, made by this server alone.
//!
//! The text is `<base64url of JSON>.<base64url of HMAC-SHA256>`; the key is the database's, so a state
//! holds over a restart and on every node.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;
use subtle::ConstantTimeEq;
use tandem_engine::Engine;

/// Longest sealed text that is looked at.
const LONGEST: usize = 4_096;

/// Seals `value` for one purpose.
pub(super) fn seal<T: Serialize>(engine: &Engine, purpose: &str, value: &T) -> String {
    // Small structs of texts and numbers serialise.
    let body = URL_SAFE_NO_PAD.encode(serde_json::to_vec(value).unwrap_or_default());
    let code = URL_SAFE_NO_PAD.encode(engine.tag(purpose, body.as_bytes()));
    format!("{body}.{code}")
}

/// Opens what [`seal`] made; `None` for anything else.
pub(super) fn open<T: DeserializeOwned>(engine: &Engine, purpose: &str, text: &str) -> Option<T> {
    if text.len() > LONGEST {
        return None;
    }
    let (body, code) = text.split_once('.')?;
    let code = URL_SAFE_NO_PAD.decode(code).ok()?;
    let right = engine.tag(purpose, body.as_bytes());
    if !bool::from(code.ct_eq(&right)) {
        return None;
    }
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(body).ok()?).ok()
}
