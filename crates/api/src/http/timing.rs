//! A span and two numbers per request: by route, never by what was sent.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;

use crate::state::AppState;

/// Counts and times a request. Neither bodies nor queries nor headers are logged.
pub async fn observe(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let name = route.as_ref().map_or("other", |route| route.as_str());
    let method = request.method().clone();
    let span = tracing::debug_span!("http.request", %method, route = name);
    let response = next.run(request).instrument(span.clone()).await;
    let took = started.elapsed();
    let status = response.status();
    span.in_scope(|| {
        tracing::debug!(status = status.as_u16(), took_us = took.as_micros() as u64, "answered");
    });
    state.metrics().record(&method, name, status, took);
    response
}
