//! Chains: how links fare, and a try of all of them.

pub mod get;
pub mod test;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::AppState;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(get::get_chain)).routes(routes!(test::test_chain))
}
