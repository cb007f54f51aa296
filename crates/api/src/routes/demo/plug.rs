//! `POST /v1/demo/plug`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::hooks;
use crate::auth::Caller;
use crate::body::Body;
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::json;
use crate::wire::loops::Reason;

/// Kill the server a moment later; it comes back.
#[utoipa::path(
    post,
    path = "/v1/demo/plug",
    tag = "demonstration",
    request_body = Reason,
    responses((status = 202, description = "What came of it", body = Object)),
)]
pub async fn demo_plug(
    State(state): State<AppState>,
    Caller(principal): Caller,
    _: Body<Reason>,
) -> Result<Response> {
    let answer = hooks(&state, &principal)?.plug().await?;
    Ok(json(StatusCode::ACCEPTED, &answer))
}
