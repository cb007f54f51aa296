//! A2A 1.0: agents ask for a decision by `message:send`, under `/compat/a2a`, over HTTP and JSON or
//! JSON-RPC.
//!
//! A task is a case. While it waits for people it is in `TASK_STATE_INPUT_REQUIRED`; further messages
//! to it propose again, speak in its conversation, or, by a member's key, judge it.

mod card;
mod error;
mod message;
mod rpc;
mod stream;
mod task;

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRequest, Path, Query, Request, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use serde_json::{Map, Value, json};

use self::error::A2aError;
use crate::auth::Caller;
use crate::state::AppState;

/// Most bytes of a message.
const BODY_BYTES: usize = 4 << 20;
const VERSION: &str = "1.0";

pub(super) fn router() -> Router<AppState> {
    let mut router = Router::new()
        .route("/.well-known/agent-card.json", get(card::get))
        .route("/compat/a2a/rpc", post(rpc::handle));
    // A tenant is a loop: in the path, as A2A has it, or in the message.
    for base in ["/compat/a2a", "/compat/a2a/{loop}"] {
        router = router
            .route(&format!("{base}/message:send"), post(send))
            .route(&format!("{base}/message:stream"), post(send_and_follow))
            .route(&format!("{base}/tasks"), get(list))
            .route(&format!("{base}/tasks/{{task}}"), any(of_task))
            .route(&format!("{base}/tasks/{{task}}/pushNotificationConfigs"), any(no_push));
    }
    router.layer(DefaultBodyLimit::max(BODY_BYTES))
}

type Parts = Path<std::collections::HashMap<String, String>>;

fn check_version(headers: &HeaderMap) -> Result<(), A2aError> {
    let said = headers.get("a2a-version").and_then(|value| value.to_str().ok()).unwrap_or("0.3");
    let mut parts = said.split('.');
    match (parts.next(), parts.next()) {
        (Some("1"), Some("0")) => Ok(()),
        _ => Err(A2aError::version(said)),
    }
}

/// The body as an object, with the loop of the path as its tenant.
async fn body_of(
    state: &AppState,
    parts: &Parts,
    request: Request,
) -> Result<Map<String, Value>, A2aError> {
    check_version(request.headers())?;
    let bytes = axum::body::Bytes::from_request(request, state)
        .await
        .map_err(|rejection| A2aError::from(crate::body::too_large(rejection)))?;
    let bytes = if bytes.is_empty() { &b"{}"[..] } else { &bytes[..] };
    let mut body: Map<String, Value> = serde_json::from_slice(bytes)
        .map_err(|error| A2aError::params(format!("the body must be a JSON object; {error}")))?;
    if let Some(name) = parts.get("loop") {
        body.insert("tenant".to_owned(), json!(name));
    }
    Ok(body)
}

/// `POST /message:send`
async fn send(
    State(state): State<AppState>,
    Caller(by): Caller,
    parts: Parts,
    request: Request,
) -> Result<Response, A2aError> {
    let body = body_of(&state, &parts, request).await?;
    let task = message::send(&state, &by, &body).await?;
    Ok(error::answer(&json!({ "task": task })))
}

/// `POST /message:stream`
async fn send_and_follow(
    State(state): State<AppState>,
    Caller(by): Caller,
    parts: Parts,
    request: Request,
) -> Result<Response, A2aError> {
    let body = body_of(&state, &parts, request).await?;
    let task = message::send(&state, &by, &body).await?;
    let id = task::id_of(task["id"].as_str())?;
    stream::follow(&state, by, id, None).await
}

/// `GET /tasks`
async fn list(
    State(state): State<AppState>,
    Caller(by): Caller,
    parts: Parts,
    Query(mut query): Query<Map<String, Value>>,
    headers: HeaderMap,
) -> Result<Response, A2aError> {
    check_version(&headers)?;
    if let Some(name) = parts.get("loop") {
        query.insert("tenant".to_owned(), json!(name));
    }
    Ok(error::answer(&task::list(&state, &by, &query).await?))
}

/// `GET /tasks/{id}`, `POST /tasks/{id}:cancel`, `/tasks/{id}:subscribe`
async fn of_task(
    State(state): State<AppState>,
    Caller(by): Caller,
    parts: Parts,
    request: Request,
) -> Result<Response, A2aError> {
    check_version(request.headers())?;
    let named = parts.get("task").map_or("", String::as_str);
    let reads = request.method() == axum::http::Method::GET;
    match named.split_once(':') {
        None if reads => {
            let id = task::id_of(Some(named))?;
            Ok(error::answer(&task::get(&state, &by, id).await?))
        }
        Some((id, "cancel")) if !reads => {
            let id = task::id_of(Some(id))?;
            Ok(error::answer(&task::cancel(&state, &by, id).await?))
        }
        Some((id, "subscribe")) => {
            stream::subscribe(&state, by, task::id_of(Some(id))?, None).await
        }
        _ => Err(A2aError::method(request.uri().path())),
    }
}

async fn no_push(Caller(_): Caller) -> Response {
    A2aError::no_push().into_response()
}
