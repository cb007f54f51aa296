//! Channels.

pub mod add;
pub mod change;
pub mod get;
pub mod kinds;
pub mod list;
pub mod messages;
pub mod remove;
pub mod replay;
pub mod sync;
pub mod test;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::AppState;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list::list_channels))
        .routes(routes!(add::add_channel))
        .routes(routes!(kinds::list_channel_kinds))
        .routes(routes!(get::get_channel))
        .routes(routes!(change::change_channel))
        .routes(routes!(remove::remove_channel))
        .routes(routes!(test::test_channel))
        .routes(routes!(messages::list_channel_messages))
        .routes(routes!(replay::replay_channel))
        .routes(routes!(sync::sync_ticket))
}
