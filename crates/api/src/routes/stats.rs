//! Statistics of a loop.

pub mod appeals;
pub mod autonomy;
pub mod desk;
pub mod errors;
pub mod learning;
pub mod live;
pub mod quality;
pub mod queue;
pub mod time;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::AppState;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(live::live))
        .routes(routes!(desk::stats_desk))
        .routes(routes!(errors::stats_errors))
        .routes(routes!(queue::stats_queue))
        .routes(routes!(time::stats_time))
        .routes(routes!(learning::stats_learning))
        .routes(routes!(quality::stats_quality))
        .routes(routes!(autonomy::stats_autonomy))
        .routes(routes!(appeals::stats_appeals))
}
