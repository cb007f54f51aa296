//! For operators: health, readiness, metrics, the OpenAPI document.

pub mod healthz;
pub mod metrics;
pub mod openapi;
pub mod readyz;

use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::AppState;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(healthz::healthz))
        .routes(routes!(readyz::readyz))
        .routes(routes!(metrics::metrics))
        .routes(routes!(openapi::get_openapi))
        .routes(routes!(openapi::get_docs))
}

/// How the server is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// `ok`.
    pub status: &'static str,
}
