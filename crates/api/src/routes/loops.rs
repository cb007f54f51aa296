//! Loops: publish, read, list.

pub mod dry_run;
pub mod get;
pub mod held;
pub mod list;
pub mod publish;
pub mod put;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use tandem_engine::loops::LoopView;
use tandem_engine::principal::Principal;

use crate::problem::Result;
use crate::state::AppState;
use crate::wire::loops::{LiveModel, Loop};

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list::list_loops))
        .routes(routes!(get::get_loop))
        .routes(routes!(put::put_loop))
        .routes(routes!(publish::publish_version))
        .routes(routes!(dry_run::dry_run))
        .routes(routes!(held::list_held))
}

/// A loop with its live model, which those see who may see models.
async fn show(state: &AppState, principal: &Principal, view: LoopView) -> Result<Loop> {
    let models = state.engine().models(principal, &view.name).await.unwrap_or_default();
    let live = models.into_iter().find(|model| model.stage == "live");
    let live = live.map(|model| LiveModel { version: model.version, stage: model.stage });
    Ok(Loop::new(view, live))
}
