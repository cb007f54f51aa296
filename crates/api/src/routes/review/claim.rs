//! `POST /v1/claims`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::show_claims;
use crate::auth::Caller;
use crate::body::Body;
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::claims::{ClaimFilter, Claims, Shown};
use crate::wire::json;

/// Claim seats to work on.
#[utoipa::path(
    post,
    path = "/v1/claims",
    tag = "review",
    request_body = ClaimFilter,
    responses((status = 201, description = "The claims; none where nothing waits", body = Claims<'static>)),
)]
pub async fn claim(
    State(state): State<AppState>,
    Caller(principal): Caller,
    body: Body<ClaimFilter>,
) -> Result<Response> {
    let request = body.value.into_domain()?;
    let views = state.engine().claim(&principal, request, body.idem).await?;
    let shown = show_claims(&state, &principal, views).await?;
    let claims = Claims { claims: shown.iter().map(Shown::claim).collect() };
    Ok(json(StatusCode::CREATED, &claims))
}
