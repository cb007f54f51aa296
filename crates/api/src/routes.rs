//! Every route, a file per endpoint under the noun it is about.

pub mod autonomy;
pub mod cases;
pub mod chain;
pub mod channels;
pub mod copilot;
pub mod demo;
pub mod events;
pub mod exports;
pub mod halts;
pub mod keys;
pub mod ledger;
pub mod loops;
pub mod media;
pub mod members;
pub mod models;
pub mod notifications;
pub mod ops;
pub mod passkeys;
pub mod queues;
pub mod review;
pub mod runs;
pub mod session;
pub mod standing;
pub mod stats;
pub mod web;
pub mod webhooks;

use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::{Router, http::StatusCode};
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};
use utoipa_axum::router::OpenApiRouter;

use crate::config::ApiConfig;
use crate::http::linger::linger;
use crate::http::security::guard;
use crate::http::timing::observe;
use crate::problem::Problem;
use crate::state::AppState;

/// Routes with their descriptions.
pub(crate) fn described(config: &ApiConfig) -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(crate::docs::base())
        .merge(cases::router())
        .merge(review::router())
        .merge(queues::router())
        .merge(runs::router())
        .merge(loops::router())
        .merge(events::router())
        .merge(ledger::router())
        .merge(stats::router())
        .merge(standing::router())
        .merge(autonomy::router())
        .merge(chain::router())
        .merge(copilot::router())
        .merge(models::router())
        .merge(exports::router())
        .merge(media::router(config))
        .merge(halts::router())
        .merge(session::router())
        .merge(passkeys::router())
        .merge(members::router())
        .merge(keys::router())
        .merge(webhooks::router())
        .merge(channels::router())
        .merge(notifications::router())
        .merge(demo::router())
        .merge(ops::router())
}

/// The server's routes, with everything that wraps them.
pub fn router(state: AppState) -> Router {
    let (routes, _) = described(state.config()).split_for_parts();
    let streams = NotForContentType::const_new("application/x-ndjson")
        .and(NotForContentType::const_new("text/event-stream"))
        .and(NotForContentType::const_new("application/octet-stream"))
        .and(NotForContentType::IMAGES);
    let compression = CompressionLayer::new()
        .quality(CompressionLevel::Fastest)
        .compress_when(SizeAbove::new(1_024).and(streams));
    routes
        .merge(crate::mcp::router())
        .merge(crate::dialects::router())
        .merge(web::router())
        .method_not_allowed_fallback(not_allowed)
        .layer(DefaultBodyLimit::max(state.config().body_limit))
        .layer(compression)
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn(guard))
        .layer(from_fn_with_state(state.clone(), observe))
        .layer(from_fn(linger))
        .with_state(state)
}

async fn not_allowed() -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "this path does not take that method; /openapi.json lists what it takes",
    )
}

fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    tracing::error!("a handler panicked");
    let detail = "something is wrong on the server; its log says what";
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail).into_response()
}
