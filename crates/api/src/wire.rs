//! What JSON looks like: one module per noun, converted by hand from the domain's types.

pub mod accounts;
pub mod appeals;
pub mod autonomy;
pub mod cases;
pub mod chain;
pub mod channels;
pub mod claims;
pub mod common;
pub mod copilot;
pub mod decisions;
pub mod dry_run;
pub mod events;
pub mod held;
pub mod jobs;
pub mod ledger;
pub mod lens;
pub mod loops;
pub mod messages;
pub mod models;
pub mod notifications;
pub mod passkeys;
pub mod queues;
pub mod runs;
pub mod standing;
pub mod stats;
pub mod submit;
pub mod webhooks;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// A JSON response.
pub fn json<T: Serialize + ?Sized>(status: StatusCode, value: &T) -> Response {
    let mut body = Vec::with_capacity(1_024);
    if let Err(error) = serde_json::to_writer(&mut body, value) {
        tracing::error!(%error, "a response could not be written as JSON");
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let mut response = (status, body).into_response();
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

/// 200 with JSON.
pub fn ok<T: Serialize + ?Sized>(value: &T) -> Response {
    json(StatusCode::OK, value)
}
