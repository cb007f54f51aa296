//! Errors as clients of AWS read them: by a header, in JSON, or in XML.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use tandem_engine::errors::EngineError;

use crate::Problem;

/// How a service writes its errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::dialects) enum Style {
    /// REST and JSON: the name in `x-amzn-ErrorType`, the text as `Message`.
    Rest,
    /// JSON 1.0 or 1.1: both in the body, always with 400 unless it is the server's fault.
    Target,
    /// S3: XML.
    Xml,
}

/// An error with the name that the client maps to an exception.
#[derive(Debug)]
pub(in crate::dialects) struct AwsError {
    status: u16,
    name: &'static str,
    message: String,
    style: Style,
    retry_after_s: Option<u32>,
}

impl AwsError {
    pub(in crate::dialects) fn new(
        status: u16,
        name: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self { status, name, message: message.into(), style: Style::Rest, retry_after_s: None }
    }

    pub(in crate::dialects) fn in_style(self, style: Style) -> Self {
        Self { style, ..self }
    }

    /// The same error under the name that another service has for it.
    pub(in crate::dialects) fn named(self, from: &str, name: &'static str) -> Self {
        if self.name == from { Self { name, ..self } } else { self }
    }

    pub(in crate::dialects) fn validation(message: impl Into<String>) -> Self {
        Self::new(400, "ValidationException", message)
    }

    pub(in crate::dialects) fn not_found(what: &str) -> Self {
        Self::new(404, "ResourceNotFoundException", format!("there is no such {what}"))
    }

    pub(super) fn unsigned() -> Self {
        Self::new(
            403,
            "MissingAuthenticationTokenException",
            "sign the request (AWS4-HMAC-SHA256, in the header `Authorization`)",
        )
    }

    pub(super) fn incomplete(message: &str) -> Self {
        Self::new(400, "IncompleteSignatureException", message)
    }

    pub(super) fn unknown_key() -> Self {
        Self::new(
            403,
            "UnrecognizedClientException",
            "the access key id names no key of this server; `tandem key aws` gives a pair",
        )
    }

    pub(super) fn wrong_signature() -> Self {
        Self::new(
            403,
            "InvalidSignatureException",
            "the signature is not by this access key over this request; check the secret",
        )
    }

    pub(super) fn stale() -> Self {
        Self::new(
            403,
            "InvalidSignatureException",
            "the signature is of another time; set the clock of the client or of the server",
        )
    }

    /// The name that S3 has for it.
    fn in_s3(&self) -> &'static str {
        match self.name {
            "UnrecognizedClientException" => "InvalidAccessKeyId",
            "InvalidSignatureException" => "SignatureDoesNotMatch",
            "MissingAuthenticationTokenException" | "AccessDeniedException" => "AccessDenied",
            "IncompleteSignatureException" => "AuthorizationHeaderMalformed",
            "ResourceNotFoundException" => "NoSuchKey",
            "ThrottlingException" => "SlowDown",
            "ValidationException" => "InvalidRequest",
            _ => "InternalError",
        }
    }
}

impl From<Problem> for AwsError {
    fn from(problem: Problem) -> Self {
        let (status, name) = match problem.status {
            401 => (403, "UnrecognizedClientException"),
            403 => (403, "AccessDeniedException"),
            404 => (404, "ResourceNotFoundException"),
            409 if ["key_conflict", "name_taken", "name_in_use"].contains(&problem.code) => {
                (409, "ConflictException")
            }
            413 => (413, "RequestEntityTooLargeException"),
            429 => (429, "ThrottlingException"),
            503 => (503, "ServiceUnavailableException"),
            507 => (402, "ServiceQuotaExceededException"),
            400..=499 => (400, "ValidationException"),
            _ => (500, "InternalServerException"),
        };
        let place = problem.path.as_deref().unwrap_or_default();
        let message = match place {
            "" => problem.detail,
            place => format!("{place}: {}", problem.detail),
        };
        Self { retry_after_s: problem.retry_after_s, ..Self::new(status, name, message) }
    }
}

impl From<EngineError> for AwsError {
    fn from(error: EngineError) -> Self {
        Problem::from(error).into()
    }
}

impl IntoResponse for AwsError {
    fn into_response(self) -> Response {
        let at_fault = self.status < 500;
        let (status, kind, body) = match self.style {
            Style::Rest => {
                let body = json!({ "Message": self.message }).to_string();
                (self.status, "application/json", body)
            }
            Style::Target => {
                let body = json!({
                    "__type": self.name, "message": self.message, "Message": self.message
                });
                (
                    if at_fault { 400 } else { self.status },
                    "application/x-amz-json-1.1",
                    body.to_string(),
                )
            }
            Style::Xml => {
                let body = format!(
                    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{}</Code><Message>{}\
                     </Message></Error>",
                    self.in_s3(),
                    escaped(&self.message)
                );
                (self.status, "application/xml", body)
            }
        };
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        headers.insert(
            HeaderName::from_static("x-amzn-errortype"),
            HeaderValue::from_static(self.name),
        );
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
