//! `POST /v1/loops/{loop}/autonomy/raise`

use axum::extract::State;
use axum::response::Response;

use crate::auth::Caller;
use crate::body::{Body, Path};
use crate::problem::{Problem, Result};
use crate::state::AppState;
use crate::wire::autonomy::{Autonomy, Raise};
use crate::wire::ok;

/// Sign a proposal: the certified threshold acts from now on.
#[utoipa::path(
    post,
    path = "/v1/loops/{loop}/autonomy/raise",
    tag = "autonomy",
    params(("loop" = String, Path, description = "Name of the loop")),
    request_body = Raise,
    responses(
        (status = 200, description = "Where autonomy stands now", body = Autonomy),
        (status = 409, description = "The evidence has changed since", body = Problem),
    ),
)]
pub async fn raise_autonomy(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(loop_name): Path<String>,
    body: Body<Raise>,
) -> Result<Response> {
    let engine = state.engine();
    let Raise { group, epoch, level, reason } = body.value;
    let step = (epoch, level);
    engine.raise_autonomy(&principal, &loop_name, &group, step, &reason, body.idem).await?;
    Ok(ok(&engine.stats_autonomy(&principal, &loop_name).await?))
}
