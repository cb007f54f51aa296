//! `/v1/standing-grants` and `/v1/batches`: what persons allow beforehand, and many calls at once.

pub mod ask;
pub mod batch;
pub mod get;
pub mod revoke;
pub mod sign;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::AppState;

/// Routes of standing permissions and batches.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(ask::ask_standing_grant))
        .routes(routes!(get::list_standing_grants))
        .routes(routes!(get::get_standing_grant))
        .routes(routes!(get::list_standing_grant_uses))
        .routes(routes!(sign::sign_standing_grant))
        .routes(routes!(revoke::revoke_standing_grant))
        .routes(routes!(batch::sign_batch, batch::list_batches))
        .routes(routes!(batch::challenge_batch))
        .routes(routes!(batch::get_batch))
}
