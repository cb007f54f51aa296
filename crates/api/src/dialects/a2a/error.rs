//! Errors of A2A, over HTTP as `google.rpc.Status` and over JSON-RPC by number.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tandem_engine::errors::EngineError;

use crate::problem::Problem;

/// An error in A2A's words.
#[derive(Debug)]
pub(super) struct A2aError {
    status: u16,
    name: &'static str,
    reason: &'static str,
    number: i32,
    message: String,
}

impl A2aError {
    fn new(
        (status, name, reason, number): (u16, &'static str, &'static str, i32),
        message: impl Into<String>,
    ) -> Self {
        Self { status, name, reason, number, message: message.into() }
    }

    pub(super) fn params(message: impl Into<String>) -> Self {
        Self::new((400, "INVALID_ARGUMENT", "INVALID_PARAMS", -32602), message)
    }

    pub(super) fn task() -> Self {
        let message = "there is no such task";
        Self::new((404, "NOT_FOUND", "TASK_NOT_FOUND", -32001), message)
    }

    pub(super) fn not_cancelable(message: impl Into<String>) -> Self {
        Self::new((400, "FAILED_PRECONDITION", "TASK_NOT_CANCELABLE", -32002), message)
    }

    pub(super) fn unsupported(message: impl Into<String>) -> Self {
        Self::new((400, "FAILED_PRECONDITION", "UNSUPPORTED_OPERATION", -32004), message)
    }

    pub(super) fn no_push() -> Self {
        let message =
            "there are no push notifications per task; Tandem's webhooks tell of decisions";
        Self::new((400, "FAILED_PRECONDITION", "PUSH_NOTIFICATION_NOT_SUPPORTED", -32003), message)
    }

    pub(super) fn version(said: &str) -> Self {
        let said: String = said.chars().take(20).collect();
        let message = format!("A2A {said} is not spoken here; send `A2A-Version: 1.0`");
        Self::new((400, "FAILED_PRECONDITION", "VERSION_NOT_SUPPORTED", -32009), message)
    }

    pub(super) fn method(named: &str) -> Self {
        let named: String = named.chars().take(80).collect();
        let message = format!("there is no operation `{named}`");
        Self::new((404, "NOT_FOUND", "METHOD_NOT_FOUND", -32601), message)
    }

    /// As JSON-RPC has it.
    pub(super) fn rpc(&self, id: &Value) -> Value {
        json!({"jsonrpc": "2.0", "id": id, "error": {
            "code": self.number, "message": self.message, "data": [self.info()],
        }})
    }

    fn info(&self) -> Value {
        json!({
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": self.reason,
            "domain": "a2a-protocol.org",
        })
    }
}

impl From<Problem> for A2aError {
    fn from(problem: Problem) -> Self {
        let kind = match problem.status {
            401 => (401, "UNAUTHENTICATED", "UNAUTHENTICATED", -32600),
            403 => (403, "PERMISSION_DENIED", "PERMISSION_DENIED", -32600),
            404 => return Self::task(),
            409 => (400, "FAILED_PRECONDITION", "UNSUPPORTED_OPERATION", -32004),
            429 => (429, "RESOURCE_EXHAUSTED", "RESOURCE_EXHAUSTED", -32603),
            503 | 507 => (503, "UNAVAILABLE", "UNAVAILABLE", -32603),
            400..=499 => (400, "INVALID_ARGUMENT", "INVALID_PARAMS", -32602),
            _ => (500, "INTERNAL", "INTERNAL_ERROR", -32603),
        };
        let message = match problem.path.as_deref().unwrap_or_default() {
            "" => problem.detail,
            path => format!("{path}: {}", problem.detail),
        };
        Self::new(kind, message)
    }
}

impl From<EngineError> for A2aError {
    fn from(error: EngineError) -> Self {
        Problem::from(error).into()
    }
}

impl IntoResponse for A2aError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        let body = json!({"error": {
            "code": self.status,
            "status": self.name,
            "message": self.message,
            "details": [self.info()],
        }});
        let mut response = answer(&body);
        *response.status_mut() = status;
        response
    }
}

/// A body in A2A's media type.
pub(super) fn answer(body: &Value) -> Response {
    let mut response = body.to_string().into_response();
    let kind = HeaderValue::from_static("application/a2a+json");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}
