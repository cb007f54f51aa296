//! API keys.

pub mod aws;
pub mod list;
pub mod make;
pub mod revoke;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::AppState;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list::list_keys))
        .routes(routes!(make::make_key))
        .routes(routes!(revoke::revoke_key))
        .routes(routes!(aws::aws_pair))
}
