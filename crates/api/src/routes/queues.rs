//! Queues, for whoever owns them.

pub mod alerts;
pub mod bulk;
pub mod list;
pub mod pause;
pub mod progress;
pub mod release;
pub mod resume;
pub mod seats;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::AppState;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list::list_queues))
        .routes(routes!(alerts::list_alerts))
        .routes(routes!(seats::list_seats))
        .routes(routes!(pause::pause_queue))
        .routes(routes!(resume::resume_queue))
        .routes(routes!(release::release_member))
        .routes(routes!(bulk::change_many))
        .routes(routes!(progress::get_bulk))
}
