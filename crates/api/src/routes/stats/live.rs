//! `GET /v1/loops/{loop}/live`

use axum::extract::State;
use axum::response::Response;

use crate::auth::Caller;
use crate::body::Path;
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::ok;

/// Everything the live page shows, in one look.
#[utoipa::path(
    get,
    path = "/v1/loops/{loop}/live",
    tag = "statistics",
    params(("loop" = String, Path, description = "Name of the loop")),
    responses((status = 200, description = "The figures", body = crate::wire::stats::Live)),
)]
pub async fn live(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(loop_name): Path<String>,
) -> Result<Response> {
    Ok(ok(&*state.engine().stats_live(&principal, &loop_name).await?))
}
