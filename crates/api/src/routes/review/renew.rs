//! `POST /v1/claims/{id}/renew`

use axum::extract::State;
use axum::response::Response;
use tandem_domain::ClaimId;

use crate::auth::Caller;
use crate::body::{Body, Path};
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::claims::{Renewed, Token};
use crate::wire::ok;

/// Prolong a lease.
#[utoipa::path(
    post,
    path = "/v1/claims/{id}/renew",
    tag = "review",
    params(("id" = String, Path, description = "Id of the claim")),
    request_body = Token,
    responses((status = 200, description = "The lease", body = Renewed)),
)]
pub async fn renew_claim(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<ClaimId>,
    body: Body<Token>,
) -> Result<Response> {
    let claim = state.engine().renew(&principal, id, body.value.token, body.idem).await?;
    Ok(ok(&Renewed { expires_at: claim.expires_at, token: claim.token }))
}
