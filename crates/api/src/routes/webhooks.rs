//! Webhooks.

pub mod add;
pub mod change;
pub mod deliveries;
pub mod get;
pub mod list;
pub mod remove;
pub mod replay;
pub mod rotate;
pub mod test;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::AppState;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list::list_webhooks))
        .routes(routes!(add::add_webhook))
        .routes(routes!(get::get_webhook))
        .routes(routes!(change::change_webhook))
        .routes(routes!(remove::remove_webhook))
        .routes(routes!(test::test_webhook))
        .routes(routes!(rotate::rotate_webhook))
        .routes(routes!(replay::replay_webhook))
        .routes(routes!(deliveries::list_deliveries))
}
