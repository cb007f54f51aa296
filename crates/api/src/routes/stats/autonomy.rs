//! `GET /v1/loops/{loop}/stats/autonomy`

use axum::extract::State;
use axum::response::Response;

use crate::auth::Caller;
use crate::body::Path;
use crate::problem::{Problem, Result};
use crate::state::AppState;
use crate::wire::autonomy::Autonomy;
use crate::wire::ok;

/// What the machine may decide alone, by which evidence, and what is still needed.
#[utoipa::path(
    get,
    path = "/v1/loops/{loop}/stats/autonomy",
    tag = "statistics",
    params(("loop" = String, Path, description = "Name of the loop")),
    responses(
        (status = 200, description = "The three claims", body = Autonomy),
        (status = 409, description = "The loop's policy has no autonomy", body = Problem),
    ),
)]
pub async fn stats_autonomy(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(loop_name): Path<String>,
) -> Result<Response> {
    Ok(ok(&state.engine().stats_autonomy(&principal, &loop_name).await?))
}
