//! `POST /v1/standing-grants/{id}/revoke`

use axum::extract::State;
use axum::response::Response;
use tandem_domain::StandingId;

use crate::auth::Caller;
use crate::body::{Body, Path};
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::ok;
use crate::wire::standing::{RevokeIn, StandingGrant};

/// Take a standing permission back, at once. What it decided and nobody took is no longer handed out.
#[utoipa::path(
    post,
    path = "/v1/standing-grants/{id}/revoke",
    tag = "gates",
    params(("id" = String, Path, description = "Id of the permission")),
    request_body = RevokeIn,
    responses((status = 200, description = "Revoked", body = StandingGrant)),
)]
pub async fn revoke_standing_grant(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<StandingId>,
    body: Body<RevokeIn>,
) -> Result<Response> {
    let done = state.engine().revoke_standing(&principal, id, &body.value.reason).await?;
    Ok(ok(&StandingGrant::new(done)))
}
