//! `GET /v1/demo/fool`

use axum::extract::State;
use axum::response::Response;

use super::hooks;
use crate::auth::Caller;
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::ok;

/// How many of them were caught.
#[utoipa::path(
    get,
    path = "/v1/demo/fool",
    tag = "demonstration",
    responses((status = 200, description = "What came of it", body = Object)),
)]
pub async fn demo_fooled(
    State(state): State<AppState>,
    Caller(principal): Caller,
) -> Result<Response> {
    let answer = hooks(&state, &principal)?.fooled().await?;
    Ok(ok(&answer))
}
