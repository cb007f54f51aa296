//! The co-pilot: words suggested to a person at work on a text.

pub mod suggest;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::AppState;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(suggest::suggest))
}
