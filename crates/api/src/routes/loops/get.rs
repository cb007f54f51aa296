//! `GET /v1/loops/{loop}`

use axum::extract::State;
use axum::response::Response;

use crate::auth::Caller;
use crate::body::{Path, Query};
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::loops::{Loop, VersionQuery};
use crate::wire::ok;

/// Read a loop, in the version in force or another.
#[utoipa::path(
    get,
    path = "/v1/loops/{loop}",
    tag = "loops",
    params(("loop" = String, Path, description = "Name of the loop"), VersionQuery),
    responses((status = 200, description = "The loop", body = Loop)),
)]
pub async fn get_loop(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(loop_name): Path<String>,
    Query(query): Query<VersionQuery>,
) -> Result<Response> {
    let view = state.engine().get_loop(&principal, &loop_name, query.version).await?;
    Ok(ok(&super::show(&state, &principal, view).await?))
}
