//! Who calls: by key, or by the browser's session cookie.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use subtle::ConstantTimeEq;
use tandem_engine::accounts::Session;
use tandem_engine::errors::EngineError;
use tandem_engine::principal::Principal;

use crate::problem::{Problem, Result};
use crate::state::AppState;

/// Name of the session cookie.
pub const COOKIE: &str = "tandem_session";
/// Header in which a browser repeats its session's token.
pub const CSRF_HEADER: &str = "x-csrf-token";

/// Whoever is authenticated. Extracting it refuses everybody else, checks the token against
/// cross-site requests, and counts against the caller's rate.
pub struct Caller(pub Arc<Principal>);

impl FromRequestParts<AppState> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self> {
        let principal = match bearer(&parts.headers)? {
            Some(secret) => state.accounts().by_key(secret).await?,
            None => Arc::clone(&browser(parts, state).await?.principal),
        };
        state.rates().take(&principal.actor)?;
        Ok(Self(principal))
    }
}

/// A browser's session; keys are refused.
pub struct Browser {
    /// The session.
    pub session: Arc<Session>,
    /// The cookie's secret.
    pub token: String,
}

impl FromRequestParts<AppState> for Browser {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self> {
        let session = browser(parts, state).await?;
        state.rates().take(&session.principal.actor)?;
        let token = cookie(&parts.headers).unwrap_or_default().to_owned();
        Ok(Self { session, token })
    }
}

async fn browser(parts: &Parts, state: &AppState) -> Result<Arc<Session>> {
    let token = cookie(&parts.headers).ok_or(EngineError::Unauthenticated)?;
    let session = state.accounts().by_session(token).await?;
    if !matches!(parts.method, Method::GET | Method::HEAD) {
        let sent = parts.headers.get(CSRF_HEADER).map_or(&b""[..], |sent| sent.as_bytes());
        if !bool::from(sent.ct_eq(session.csrf.as_bytes())) {
            return Err(Problem::new(
                StatusCode::FORBIDDEN,
                "csrf",
                "repeat the session's token in the header `X-CSRF-Token`",
            ));
        }
    }
    Ok(session)
}

/// The key of a request, where it carries one.
pub(crate) fn bearer(headers: &HeaderMap) -> Result<Option<&str>> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let secret = value.to_str().ok().and_then(|value| value.split_once(' '));
    match secret {
        Some((scheme, secret)) if scheme.eq_ignore_ascii_case("bearer") => Ok(Some(secret.trim())),
        _ => Err(EngineError::Unauthenticated.into()),
    }
}

/// The session cookie's secret.
pub(crate) fn cookie(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(COOKIE)?.strip_prefix('='))
}
