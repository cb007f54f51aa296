//! Reading requests strictly: bodies, query strings and ids, each fault with its place.

mod locate;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;
use sha2::Digest as _;
use tandem_engine::cases::{IdemKey, LineError, Submission};

use crate::problem::{Fault, Problem, Result};
use crate::state::AppState;
use crate::wire::submit::CaseIn;

/// A JSON body, parsed once and strictly, with its idempotency key.
pub struct Body<T> {
    /// What was sent.
    pub value: T,
    /// The request's idempotency key, if it came with one.
    pub idem: Option<IdemKey>,
}

impl<T: DeserializeOwned> FromRequest<AppState> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &AppState) -> Result<Self> {
        check_type(request.headers())?;
        let key = idempotency_key(request.headers())?;
        let route = key.as_ref().map(|_| route_of(&request));
        let bytes = Bytes::from_request(request, state).await.map_err(too_large)?;
        let idem = match (key, route) {
            (Some(key), Some(route)) => Some(IdemKey { route, key, digest: digest(&bytes) }),
            _ => None,
        };
        Ok(Self { value: parse(&bytes)?, idem })
    }
}

/// A body of raw bytes.
pub struct Raw(pub Bytes);

impl FromRequest<AppState> for Raw {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &AppState) -> Result<Self> {
        Ok(Self(Bytes::from_request(request, state).await.map_err(too_large)?))
    }
}

/// Parses JSON. An empty body is `{}`, so that POSTs without arguments need none.
///
/// # Errors
/// 422 with code `invalid_json` for text that is no JSON and `invalid_input` for JSON of another
/// shape, both with JSON pointer, line and column.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    let bytes = if bytes.is_empty() { b"{}" } else { bytes };
    let value = serde_json::from_slice(bytes).map_err(|error| json_problem(bytes, &error))?;
    // The parser would take a list for an object with its members in order.
    if bytes.trim_ascii_start().first() == Some(&b'[') {
        return Err(Problem::invalid("invalid_input", "", "expected an object, not a list"));
    }
    Ok(value)
}

/// Reads a case from text as `POST /v1/loops/{loop}/cases` takes it, for whoever brings cases by another
/// way; `by` is who proposes.
///
/// # Errors
/// What is wrong and where, as the route would say it.
pub fn read_case(text: &[u8], by: &str) -> std::result::Result<Submission, LineError> {
    let read = parse::<CaseIn>(text).and_then(|case| case.into_domain(by));
    read.map_err(|problem: Problem| LineError {
        code: problem.code,
        path: problem.path.map(String::from),
        message: problem.detail,
    })
}

pub(crate) fn json_problem(bytes: &[u8], error: &serde_json::Error) -> Problem {
    let code = if error.is_data() { "invalid_input" } else { "invalid_json" };
    let full = error.to_string();
    let message = full.rsplit_once(" at line ").map_or(full.as_str(), |(message, _)| message);
    let path = locate::pointer(bytes, error.line(), error.column(), error.is_data());
    let fault = Fault {
        line: error.line() as u32,
        column: error.column() as u32,
        path: path.clone(),
        code: code.to_owned(),
        message: message.to_owned(),
        hint: None,
    };
    Problem { problems: vec![fault], ..Problem::invalid(code, path, full.as_str()) }
}

fn check_type(headers: &HeaderMap) -> Result<()> {
    let Some(kind) = headers.get(header::CONTENT_TYPE) else { return Ok(()) };
    let kind = kind.as_bytes();
    let json = kind.len() >= 16 && kind[..16].eq_ignore_ascii_case(b"application/json");
    if json {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "unsupported_media_type",
        "send the body as `Content-Type: application/json`",
    ))
}

/// The `Idempotency-Key` header.
fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>> {
    let Some(key) = headers.get("idempotency-key") else { return Ok(None) };
    let key = key.to_str().ok().filter(|key| (1..=200).contains(&key.len()));
    key.map(|key| Some(key.to_owned())).ok_or_else(|| {
        Problem::invalid(
            "invalid_input",
            "Idempotency-Key",
            "an idempotency key takes 1 to 200 printable ASCII characters",
        )
    })
}

/// The route as it is remembered: method and path, without the query.
fn route_of(request: &Request) -> String {
    format!("{} {}", request.method(), request.uri().path())
}

fn digest(bytes: &[u8]) -> [u8; 32] {
    sha2::Sha256::digest(bytes).into()
}

#[expect(clippy::needless_pass_by_value, reason = "the signature of map_err")]
pub(crate) fn too_large(rejection: BytesRejection) -> Problem {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            "the body is larger than this endpoint takes; send less, or files as media",
        );
    }
    Problem::new(StatusCode::BAD_REQUEST, "incomplete_body", "the body did not arrive whole")
}

/// Parameters of the query string; unknown ones are refused.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<AppState> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self> {
        let query = axum::extract::Query::<T>::try_from_uri(&parts.uri);
        query.map(|query| Self(query.0)).map_err(|rejection| {
            let text = rejection.body_text();
            let text = text.strip_prefix("Failed to deserialize query string: ").unwrap_or(&text);
            let name = text.split_once(": ").map_or("", |(name, _)| name);
            Problem::invalid("invalid_query", format!("?{name}"), text)
        })
    }
}

/// Ids and names in the path. What cannot be read names nothing: 404.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<AppState> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self> {
        axum::extract::Path::<T>::from_request_parts(parts, state)
            .await
            .map(|path| Self(path.0))
            .map_err(|_| Problem::not_found("resource"))
    }
}
