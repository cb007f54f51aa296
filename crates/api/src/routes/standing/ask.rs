//! `POST /v1/loops/{loop}/standing-grants`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::auth::Caller;
use crate::body::{Body, Path};
use crate::problem::{Problem, Result};
use crate::state::AppState;
use crate::wire::json;
use crate::wire::standing::{StandingGrant, StandingIn};

/// Ask for a standing permission and sign it first. It is in force once as many distinct persons signed
/// as approve a call of the loop, and at least two.
#[utoipa::path(
    post,
    path = "/v1/loops/{loop}/standing-grants",
    tag = "gates",
    params(("loop" = String, Path, description = "Name of the loop")),
    request_body = StandingIn,
    responses(
        (status = 201, description = "It waits for others to sign", body = StandingGrant),
        (status = 422, description = "The tool, scope or caps are at fault", body = Problem),
    ),
)]
pub async fn ask_standing_grant(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(loop_name): Path<String>,
    body: Body<StandingIn>,
) -> Result<Response> {
    let idem = body.idem;
    let StandingIn { terms, reason } = body.value;
    let spec = terms.into_domain();
    let asked = state.engine().ask_standing(&principal, &loop_name, spec, &reason, idem).await?;
    Ok(json(StatusCode::CREATED, &StandingGrant::new(asked)))
}
