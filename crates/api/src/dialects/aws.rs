//! What the dialects of AWS share: signed requests, their errors, and times.

pub(super) mod error;
mod sigv4;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, Uri};
use serde::de::DeserializeOwned;
use tandem_domain::Timestamp;
use tandem_engine::errors::EngineError;
use tandem_engine::principal::Principal;

use crate::body::too_large;
use crate::state::AppState;
use error::{AwsError, Style};

/// Twelve digits that stand where AWS names an account.
pub(super) const ACCOUNT: &str = "000000000000";

/// A body that is read whatever else comes in the name of its key.
const SHORT: usize = 64 << 10;

/// A request whose signature was verified, with its whole body.
pub(super) struct Signed {
    /// Whose key signed.
    pub(super) principal: Arc<Principal>,
    /// The region it was signed for; it goes into names.
    pub(super) region: String,
    pub(super) uri: Uri,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Signed {
    /// Verifies a request before anything in it is believed.
    ///
    /// The time and the key are looked at before the body is read, and the key's rate counts what it
    /// signed. Where more comes in its name than it may send, only short bodies are read, so that
    /// whoever knows the access key id can neither lock the key out nor fill the memory.
    pub(super) async fn read(
        state: &AppState,
        request: Request,
        service: &str,
        style: Style,
    ) -> Result<Self, AwsError> {
        let fail = |problem: AwsError| problem.in_style(style);
        let (parts, body) = request.into_parts();
        let asked = sigv4::parse(&parts.headers, service).map_err(fail)?;
        sigv4::check_time(asked.time, state.accounts().now()).map_err(fail)?;
        let known = state.accounts().by_access_key(asked.access_key_id).await;
        let named = known.map_err(|error| fail(unknown_key(error)))?;
        let crowded = state.unverified().take(&named.actor).err();
        let body = if let Some(problem) = crowded {
            let short = axum::body::to_bytes(body, SHORT).await;
            short.map_err(|_| fail(problem.into()))?
        } else {
            let whole = Request::from_parts(parts.clone(), body);
            let whole = Bytes::from_request(whole, state).await;
            whole.map_err(|rejection| fail(too_large(rejection).into()))?
        };
        let text = sigv4::string_to_sign(&asked, &parts.method, &parts.uri, &parts.headers, &body)
            .map_err(fail)?;
        let signed = asked.signed(&text);
        let checked = state.accounts().by_aws_signature(signed).await;
        let principal = checked.map_err(|error| {
            fail(match error {
                EngineError::Forbidden { .. } => AwsError::wrong_signature(),
                error => unknown_key(error),
            })
        })?;
        state.rates().take(&principal.actor).map_err(|problem| fail(problem.into()))?;
        let region = asked.region.to_owned();
        let (uri, headers) = (parts.uri, parts.headers);
        Ok(Self { principal, region, uri, headers, body })
    }

    /// The body as JSON; unknown members are ignored, as AWS does.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, AwsError> {
        let body = if self.body.is_empty() { b"{}" } else { &self.body[..] };
        serde_json::from_slice(body).map_err(|error| {
            if error.is_data() {
                AwsError::validation(error.to_string())
            } else {
                AwsError::new(400, "SerializationException", error.to_string())
            }
        })
    }
}

fn unknown_key(error: EngineError) -> AwsError {
    match error {
        EngineError::Unauthenticated => AwsError::unknown_key(),
        error => crate::Problem::from(error).into(),
    }
}

/// Seconds since 1970, as JSON 1.1 writes times.
pub(super) fn epoch(at: Timestamp) -> f64 {
    (at.0 / 1_000) as f64 / 1_000.0
}

/// A parameter of the query, decoded; the last where it is repeated.
pub(super) fn query(uri: &Uri) -> std::collections::BTreeMap<String, String> {
    axum::extract::Query::try_from_uri(uri).map(|query| query.0).unwrap_or_default()
}
