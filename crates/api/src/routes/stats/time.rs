//! `GET /v1/loops/{loop}/stats/time`

use axum::extract::State;
use axum::response::Response;

use crate::auth::Caller;
use crate::body::Path;
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::ok;

/// How long judgments take.
#[utoipa::path(
    get,
    path = "/v1/loops/{loop}/stats/time",
    tag = "statistics",
    params(("loop" = String, Path, description = "Name of the loop")),
    responses((status = 200, description = "The figures", body = crate::wire::stats::Time)),
)]
pub async fn stats_time(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(loop_name): Path<String>,
) -> Result<Response> {
    Ok(ok(&state.engine().stats_time(&principal, &loop_name).await?))
}
