//! Pictures, sounds and documents.

pub mod get;
pub mod put;

use axum::extract::DefaultBodyLimit;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::config::ApiConfig;
use crate::state::AppState;

pub(super) fn router(config: &ApiConfig) -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(put::put_media))
        .layer(DefaultBodyLimit::max(config.media_limit))
        .routes(routes!(get::get_media))
}
