//! Models and jobs.

pub mod job;
pub mod list;
pub mod promote;
pub mod train;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::AppState;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list::list_models))
        .routes(routes!(train::train))
        .routes(routes!(promote::promote_model))
        .routes(routes!(job::get_job))
}
