//! `GET /v1/demo`

use axum::extract::State;
use axum::response::Response;

use super::hooks;
use crate::auth::Caller;
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::ok;

/// How the demonstration goes.
#[utoipa::path(
    get,
    path = "/v1/demo",
    tag = "demonstration",
    responses((status = 200, description = "What came of it", body = Object)),
)]
pub async fn demo_state(
    State(state): State<AppState>,
    Caller(principal): Caller,
) -> Result<Response> {
    let answer = hooks(&state, &principal)?.state().await?;
    Ok(ok(&answer))
}
