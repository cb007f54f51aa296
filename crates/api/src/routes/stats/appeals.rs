//! `GET /v1/loops/{loop}/stats/appeals`

use axum::extract::State;
use axum::response::Response;

use crate::auth::Caller;
use crate::body::Path;
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::ok;

/// How many decisions were contested, how often that changed the outcome, and how long it took.
#[utoipa::path(
    get,
    path = "/v1/loops/{loop}/stats/appeals",
    tag = "statistics",
    params(("loop" = String, Path, description = "Name of the loop")),
    responses((status = 200, description = "The figures", body = crate::wire::stats::Appeals)),
)]
pub async fn stats_appeals(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(loop_name): Path<String>,
) -> Result<Response> {
    Ok(ok(&state.engine().stats_appeals(&principal, &loop_name).await?))
}
