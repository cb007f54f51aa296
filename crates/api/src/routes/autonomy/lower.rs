//! `POST /v1/loops/{loop}/autonomy/lower`

use axum::extract::State;
use axum::response::Response;

use crate::auth::Caller;
use crate::body::{Body, Path};
use crate::problem::{Problem, Result};
use crate::state::AppState;
use crate::wire::autonomy::{Autonomy, Lower};
use crate::wire::ok;

/// Take autonomy back: to a stricter threshold, or to full review.
#[utoipa::path(
    post,
    path = "/v1/loops/{loop}/autonomy/lower",
    tag = "autonomy",
    params(("loop" = String, Path, description = "Name of the loop")),
    request_body = Lower,
    responses(
        (status = 200, description = "Where autonomy stands now", body = Autonomy),
        (status = 409, description = "Everything is reviewed already", body = Problem),
    ),
)]
pub async fn lower_autonomy(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(loop_name): Path<String>,
    body: Body<Lower>,
) -> Result<Response> {
    let engine = state.engine();
    let Lower { group, level, reason } = body.value;
    engine.lower_autonomy(&principal, &loop_name, &group, level, &reason, body.idem).await?;
    Ok(ok(&engine.stats_autonomy(&principal, &loop_name).await?))
}
