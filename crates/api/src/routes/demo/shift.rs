//! `POST /v1/demo/shift`

use axum::extract::State;
use axum::response::Response;

use super::hooks;
use crate::auth::Caller;
use crate::body::Body;
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::loops::Reason;
use crate::wire::ok;

/// Let autonomy be earned on upright digits, then turn them: it falls by itself.
#[utoipa::path(
    post,
    path = "/v1/demo/shift",
    tag = "demonstration",
    request_body = Reason,
    responses((status = 200, description = "What came of it", body = Object)),
)]
pub async fn demo_shift(
    State(state): State<AppState>,
    Caller(principal): Caller,
    _: Body<Reason>,
) -> Result<Response> {
    let answer = hooks(&state, &principal)?.shift().await?;
    Ok(ok(&answer))
}
