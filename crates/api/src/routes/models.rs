//! Models, what they are measured on, and jobs.

pub mod cases;
pub mod demote;
pub mod evaluate;
pub mod freeze;
pub mod job;
pub mod list;
pub mod promote;
pub mod register;
pub mod retire;
pub mod sets;
pub mod train;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::AppState;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list::list_models, register::register_model))
        .routes(routes!(demote::demote_model))
        .routes(routes!(retire::retire_model))
        .routes(routes!(evaluate::evaluate_model))
        .routes(routes!(sets::list_evaluation_sets, freeze::freeze_evaluation_set))
        .routes(routes!(cases::list_evaluation_cases))
        .routes(routes!(train::train))
        .routes(routes!(promote::promote_model))
        .routes(routes!(job::get_job))
}
