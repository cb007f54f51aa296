//! `POST /v1/loops/{loop}/versions/{version}/publish`

use axum::extract::State;
use axum::response::Response;

use crate::auth::Caller;
use crate::body::{Body, Path};
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::loops::{Loop, Reason};
use crate::wire::ok;

/// Publish a draft.
#[utoipa::path(
    post,
    path = "/v1/loops/{loop}/versions/{version}/publish",
    tag = "loops",
    params(
        ("loop" = String, Path, description = "Name of the loop"),
        ("version" = u64, Path, description = "Number of the version"),
    ),
    request_body = Reason,
    responses((status = 200, description = "The loop", body = Loop)),
)]
pub async fn publish_version(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path((loop_name, version)): Path<(String, u64)>,
    body: Body<Reason>,
) -> Result<Response> {
    let engine = state.engine();
    let view = engine.publish_version(&principal, &loop_name, version, &body.value.reason).await?;
    Ok(ok(&super::show(&state, &principal, view).await?))
}
