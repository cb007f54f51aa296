//! Members.

pub mod add;
pub mod change;
pub mod link;
pub mod list;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::AppState;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list::list_members))
        .routes(routes!(add::add_member))
        .routes(routes!(change::change_member))
        .routes(routes!(link::make_signin_link))
}

/// Path of the page that signs in by a link.
fn link_path(token: &str) -> String {
    format!("/signin/{token}")
}
