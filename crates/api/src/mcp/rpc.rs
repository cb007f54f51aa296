//! JSON-RPC 2.0: messages in, results and errors out.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tandem_engine::errors::EngineError;

use crate::problem::Problem;

/// Result of everything in this dialect.
pub(super) type Result<T, E = RpcError> = std::result::Result<T, E>;

pub(super) const PARSE: i32 = -32_700;
pub(super) const INVALID_REQUEST: i32 = -32_600;
pub(super) const NO_METHOD: i32 = -32_601;
pub(super) const INVALID_PARAMS: i32 = -32_602;
pub(super) const INTERNAL: i32 = -32_603;
/// Refusals of this server that the protocol has no code for; `data.code` says which.
pub(super) const REFUSED: i32 = -32_001;
/// A header contradicts the message.
pub(super) const HEADER_MISMATCH: i32 = -32_020;
/// The client did not declare what the method needs.
pub(super) const NO_CAPABILITY: i32 = -32_021;
/// A revision that this server does not speak.
pub(super) const NO_VERSION: i32 = -32_022;

/// Id of a request: text or a whole number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Id {
    /// A number.
    Number(i64),
    /// A text.
    Text(String),
}

/// A message of a client.
#[derive(Debug)]
pub(super) struct Message {
    /// Absent for notifications.
    pub(super) id: Option<Id>,
    /// Absent for answers.
    pub(super) method: Option<String>,
    /// Null where absent.
    pub(super) params: Value,
}

impl Message {
    /// Reads one message.
    pub(super) fn read(bytes: &[u8]) -> Result<Self> {
        let value: Value = serde_json::from_slice(bytes).map_err(|error| {
            let message = format!("this is no JSON: {error}");
            RpcError::new(PARSE, message).status(StatusCode::BAD_REQUEST)
        })?;
        let bad = |why: &str| RpcError::new(INVALID_REQUEST, why).status(StatusCode::BAD_REQUEST);
        let Value::Object(mut map) = value else {
            return Err(bad("send one message, an object; lists of messages are not taken"));
        };
        if map.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
            return Err(bad("`jsonrpc` must be \"2.0\""));
        }
        let id = match map.remove("id") {
            None | Some(Value::Null) => None,
            Some(id) => Some(
                serde_json::from_value(id)
                    .map_err(|_| bad("`id` must be a text or a whole number"))?,
            ),
        };
        let method = match map.remove("method") {
            None => None,
            Some(Value::String(method)) => Some(method),
            Some(_) => return Err(bad("`method` must be a text")),
        };
        if method.is_none() && !map.contains_key("result") && !map.contains_key("error") {
            return Err(bad("a message has a `method`, a `result` or an `error`"));
        }
        let params = map.remove("params").unwrap_or(Value::Null);
        if !matches!(params, Value::Null | Value::Object(_)) {
            let error = RpcError::new(INVALID_PARAMS, "`params` must be an object");
            return Err(id.iter().fold(error, RpcError::of));
        }
        Ok(Self { id, method, params })
    }
}

/// A message with a result.
pub(super) fn success(id: &Id, result: &Value) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "result": result})
}

/// A notification.
pub(super) fn notification(method: &str, params: Value) -> Value {
    json!({"jsonrpc": "2.0", "method": method, "params": params})
}

/// Why a request has no result.
#[derive(Debug)]
pub(super) struct RpcError {
    id: Option<Id>,
    code: i32,
    message: String,
    data: Option<Value>,
    status: StatusCode,
    retry_after_s: Option<u32>,
}

impl RpcError {
    /// An error that leaves with HTTP status 200, as most of the protocol's do.
    pub(super) fn new(code: i32, message: impl Into<String>) -> Self {
        Self {
            id: None,
            code,
            message: message.into(),
            data: None,
            status: StatusCode::OK,
            retry_after_s: None,
        }
    }

    /// The same with another HTTP status.
    pub(super) fn status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// The same with data.
    pub(super) fn data(self, data: Value) -> Self {
        Self { data: Some(data), ..self }
    }

    /// The same as the answer to a request.
    pub(super) fn of(self, id: &Id) -> Self {
        Self { id: Some(id.clone()), ..self }
    }

    /// A parameter at fault.
    pub(super) fn params(path: &str, why: impl Into<String>) -> Self {
        Self::new(INVALID_PARAMS, why).data(json!({"code": "invalid_input", "path": path}))
    }

    pub(super) fn too_large(limit: usize) -> Self {
        Self::new(INVALID_REQUEST, format!("a message has at most {limit} bytes"))
            .data(json!({"code": "too_large", "limit": limit}))
            .status(StatusCode::PAYLOAD_TOO_LARGE)
    }

    pub(super) fn no_method(method: &str, modern: bool) -> Self {
        let error = Self::new(NO_METHOD, format!("there is no method `{method}`"));
        if modern { error.status(StatusCode::NOT_FOUND) } else { error }
    }

    /// The error as a message.
    pub(super) fn message(&self) -> Value {
        let mut error = json!({"code": self.code, "message": self.message});
        if let Some(data) = &self.data {
            error["data"] = data.clone();
        }
        json!({"jsonrpc": "2.0", "id": self.id, "error": error})
    }

    /// The response, with its headers.
    pub(super) fn response(&self) -> Response {
        let mut response = crate::wire::json(self.status, &self.message()).into_response();
        let headers = response.headers_mut();
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<Problem> for RpcError {
    fn from(problem: Problem) -> Self {
        let status = problem.title;
        // What HTTP itself must say; everything else is an error inside an answer.
        let outside = matches!(status.as_u16(), 401 | 405 | 429 | 500 | 503 | 507);
        let code = match status.as_u16() {
            422 => INVALID_PARAMS,
            500 => INTERNAL,
            405 => NO_METHOD,
            _ => REFUSED,
        };
        let retry_after_s = problem.retry_after_s;
        let data = told(&problem);
        Self {
            id: None,
            code,
            message: problem.detail,
            data: Some(data),
            status: if outside { status } else { StatusCode::OK },
            retry_after_s,
        }
    }
}

impl From<EngineError> for RpcError {
    fn from(error: EngineError) -> Self {
        Problem::from(error).into()
    }
}

/// What a problem says, as it stands in errors of this dialect.
pub(super) fn told(problem: &Problem) -> Value {
    let mut told = json!({"code": problem.code, "message": problem.detail});
    let more = [
        ("path", problem.path.as_deref().map(Value::from)),
        ("resource", problem.resource.as_deref().map(Value::from)),
        ("retry_after_s", problem.retry_after_s.map(Value::from)),
        ("run", problem.run.as_ref().and_then(|run| serde_json::to_value(run).ok())),
    ];
    for (name, value) in more {
        if let Some(value) = value {
            told[name] = value;
        }
    }
    if !problem.problems.is_empty() {
        told["problems"] = serde_json::to_value(&problem.problems).unwrap_or_default();
    }
    told
}
