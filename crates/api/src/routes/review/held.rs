//! `GET /v1/claims`

use axum::extract::State;
use axum::response::Response;

use super::show_claims;
use crate::auth::Caller;
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::claims::{Claims, Shown};
use crate::wire::ok;

/// List the seats one holds: after a restart or a reload the work goes on where it was.
#[utoipa::path(
    get,
    path = "/v1/claims",
    tag = "review",
    responses((status = 200, description = "The claims", body = Claims<'static>)),
)]
pub async fn held_claims(
    State(state): State<AppState>,
    Caller(principal): Caller,
) -> Result<Response> {
    let views = state.engine().held_claims(&principal).await?;
    let shown = show_claims(&state, &principal, views).await?;
    Ok(ok(&Claims { claims: shown.iter().map(Shown::claim).collect() }))
}
