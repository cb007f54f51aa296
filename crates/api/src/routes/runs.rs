//! `/v1/runs`: agents at work, and the orders people give them.

pub mod clear;
pub mod control;
pub mod control_all;
pub mod controls;
pub mod finish;
pub mod fleet;
pub mod gates;
pub mod get;
pub mod heartbeat;
pub mod list;
pub mod report;
pub mod start;
pub mod steps;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::AppState;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(start::start_run, list::list_runs))
        .routes(routes!(control_all::control_runs))
        .routes(routes!(fleet::count_runs))
        .routes(routes!(get::get_run))
        .routes(routes!(gates::list_gates))
        .routes(routes!(report::report_steps, steps::list_steps))
        .routes(routes!(heartbeat::heartbeat))
        .routes(routes!(controls::list_controls))
        .routes(routes!(control::control_run))
        .routes(routes!(finish::finish_run))
        .routes(routes!(clear::clear_alert))
}
