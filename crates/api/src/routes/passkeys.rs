//! `/v1/passkeys` and the challenge of a sign-off.

pub mod own;
pub mod sign_off;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::AppState;

/// Routes of passkeys.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(own::list_passkeys, own::add_passkey))
        .routes(routes!(own::passkey_options))
        .routes(routes!(own::remove_passkey))
        .routes(routes!(sign_off::sign_off_case))
}
