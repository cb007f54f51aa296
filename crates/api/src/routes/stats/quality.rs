//! `GET /v1/loops/{loop}/stats/quality`

use axum::extract::State;
use axum::response::Response;

use crate::auth::Caller;
use crate::body::Path;
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::ok;

/// Reviewers' pace and agreement.
#[utoipa::path(
    get,
    path = "/v1/loops/{loop}/stats/quality",
    tag = "statistics",
    params(("loop" = String, Path, description = "Name of the loop")),
    responses((status = 200, description = "The figures", body = crate::wire::stats::Quality)),
)]
pub async fn stats_quality(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(loop_name): Path<String>,
) -> Result<Response> {
    Ok(ok(&state.engine().stats_quality(&principal, &loop_name).await?))
}
