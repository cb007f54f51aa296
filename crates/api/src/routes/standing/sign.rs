//! `POST /v1/standing-grants/{id}/sign`

use axum::extract::State;
use axum::response::Response;
use tandem_domain::StandingId;

use crate::auth::Caller;
use crate::body::{Body, Path};
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::ok;
use crate::wire::standing::{SignIn, StandingGrant};

/// Sign a standing permission that somebody else asked for.
#[utoipa::path(
    post,
    path = "/v1/standing-grants/{id}/sign",
    tag = "gates",
    params(("id" = String, Path, description = "Id of the permission")),
    request_body = SignIn,
    responses((status = 200, description = "Signed; in force once enough persons did", body = StandingGrant)),
)]
pub async fn sign_standing_grant(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<StandingId>,
    body: Body<SignIn>,
) -> Result<Response> {
    let done = state.engine().sign_standing(&principal, id, &body.value.digest).await?;
    Ok(ok(&StandingGrant::new(done)))
}
