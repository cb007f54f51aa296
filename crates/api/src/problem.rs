//! Errors on the wire: RFC 9457 problems, made in one place.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Serialize, Serializer};
use tandem_domain::refusal::{Code, Refusal};
use tandem_engine::errors::EngineError;
use utoipa::ToSchema;

use crate::wire::runs::StandingOut;

/// An error (RFC 9457, `application/problem+json`).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Problem {
    /// Always `about:blank`: the code says what kind it is.
    #[serde(rename = "type", serialize_with = "about_blank")]
    #[schema(value_type = String, example = "about:blank")]
    pub kind: (),
    /// The status in words.
    #[serde(serialize_with = "in_words")]
    #[schema(value_type = String)]
    pub title: StatusCode,
    /// The HTTP status.
    pub status: u16,
    /// Stable code.
    #[schema(example = "invalid_input")]
    pub code: &'static str,
    /// What is wrong and how to mend it.
    pub detail: String,
    /// JSON pointer to the part of the input at fault; `?name` for a query parameter.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub path: Option<Box<str>>,
    /// For files with several faults: each with its place.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<Fault>,
    /// The resource that is there already.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub resource: Option<Box<str>>,
    /// Seconds to wait before the next try.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u32>,
    /// Where the run stands, and the orders it has not acknowledged.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<StandingOut>)]
    pub run: Option<Box<StandingOut>>,
}

/// One fault of a file or body.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Fault {
    /// Line, from 1; 0 where unknown.
    pub line: u32,
    /// Column, from 1; 0 where unknown.
    pub column: u32,
    /// JSON pointer.
    pub path: String,
    /// Stable code.
    pub code: String,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// Result of handlers.
pub type Result<T, E = Problem> = std::result::Result<T, E>;

impl Problem {
    /// A problem without further details.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            kind: (),
            title: status,
            status: status.as_u16(),
            code,
            detail: detail.into(),
            path: None,
            problems: Vec::new(),
            resource: None,
            retry_after_s: None,
            run: None,
        }
    }

    /// An input at fault: 422.
    pub fn invalid(code: &'static str, path: impl Into<String>, detail: impl Into<String>) -> Self {
        let problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail);
        Self { path: Some(path.into().into_boxed_str()), ..problem }
    }

    /// A thing that is not there: 404.
    pub fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", format!("there is no such {what}"))
    }

    /// The response, with its headers.
    fn response(&self) -> Response {
        // Serialising strings and numbers into memory does not fail.
        let body = serde_json::to_vec(self).unwrap_or_default();
        let mut response = (self.title, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == 401 {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature of serialize_with")]
fn about_blank<S: Serializer>(_: &(), serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str("about:blank")
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature of serialize_with")]
fn in_words<S: Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(status.canonical_reason().unwrap_or("Error"))
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        self.response()
    }
}

fn refused(refusal: Refusal) -> Problem {
    let status = match refusal.code {
        Code::InvalidInput
        | Code::InvalidAnswer
        | Code::InvalidConfidence
        | Code::InvalidProvenance
        | Code::InvalidVerdict => StatusCode::UNPROCESSABLE_ENTITY,
        Code::NotEligible => StatusCode::FORBIDDEN,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::DigestMismatch => StatusCode::PRECONDITION_FAILED,
        Code::InvalidTransition
        | Code::ClaimLost
        | Code::StaleToken
        | Code::ProposalSuperseded
        | Code::NoSeat
        | Code::TooLate
        | Code::AlreadyConsumed
        | Code::Halted
        | Code::SeenMismatch
        | Code::QueuePaused
        | Code::Unwatched
        | Code::TakenOver
        | Code::SignOffNeeded
        | Code::AppealOpen
        | Code::NotAppealable
        | Code::NotSealed => StatusCode::CONFLICT,
    };
    let problem = Problem::new(status, refusal.code.as_str(), refusal.message);
    let retry_after_s = (refusal.code == Code::NotSealed).then_some(1);
    Problem { path: refusal.path.map(String::into_boxed_str), retry_after_s, ..problem }
}

impl From<EngineError> for Problem {
    fn from(error: EngineError) -> Self {
        let (code, detail) = (error.code(), error.to_string());
        match error {
            EngineError::Refused(refusal) => refused(refusal),
            EngineError::Invalid { path, problems, .. } => Self {
                path: path.map(String::into_boxed_str),
                problems: problems.into_iter().map(Fault::from).collect(),
                ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail)
            },
            EngineError::NotFound { .. } => Self::new(StatusCode::NOT_FOUND, code, detail),
            EngineError::Forbidden { .. } => Self::new(StatusCode::FORBIDDEN, code, detail),
            EngineError::Unauthenticated => Self::new(StatusCode::UNAUTHORIZED, code, detail),
            EngineError::Conflict { resource, .. } => {
                let resource = resource.map(String::into_boxed_str);
                Self { resource, ..Self::new(StatusCode::CONFLICT, code, detail) }
            }
            EngineError::Outside { .. } => Self::new(StatusCode::FAILED_DEPENDENCY, code, detail),
            EngineError::Run { run, .. } => Self {
                run: Some(Box::new(StandingOut::from(*run))),
                ..Self::new(StatusCode::CONFLICT, code, detail)
            },
            EngineError::Busy { retry_after_s } => Self {
                retry_after_s: Some(u32::try_from(retry_after_s).unwrap_or(u32::MAX)),
                ..Self::new(StatusCode::TOO_MANY_REQUESTS, code, detail)
            },
            EngineError::DiskFull => Self::new(StatusCode::INSUFFICIENT_STORAGE, code, detail),
            EngineError::Unavailable(_) | EngineError::Stale => Self {
                retry_after_s: Some(1),
                ..Self::new(StatusCode::SERVICE_UNAVAILABLE, code, detail)
            },
            // The cause is for the log: it may name files, statements or data.
            other => {
                tracing::error!(error = %other, "a request failed");
                Self::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "internal",
                    "something is wrong on the server; its log says what",
                )
            }
        }
    }
}

impl From<tandem_engine::errors::Problem> for Fault {
    fn from(fault: tandem_engine::errors::Problem) -> Self {
        Self {
            line: fault.line,
            column: fault.column,
            path: fault.path,
            code: fault.code,
            message: fault.message,
            hint: fault.hint,
        }
    }
}
