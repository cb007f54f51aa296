//! `GET /v1/loops/{loop}/stats/queue`

use axum::extract::State;
use axum::response::Response;

use crate::auth::Caller;
use crate::body::Path;
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::ok;

/// What waits.
#[utoipa::path(
    get,
    path = "/v1/loops/{loop}/stats/queue",
    tag = "statistics",
    params(("loop" = String, Path, description = "Name of the loop")),
    responses((status = 200, description = "The figures", body = crate::wire::stats::Queue)),
)]
pub async fn stats_queue(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(loop_name): Path<String>,
) -> Result<Response> {
    Ok(ok(&state.engine().stats_queue(&principal, &loop_name).await?))
}
