//! `POST /v1/demo/forge`

use axum::extract::State;
use axum::response::Response;

use super::hooks;
use crate::auth::Caller;
use crate::body::Body;
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::loops::Reason;
use crate::wire::ok;

/// Forge a record in a copy of the database, and verify it.
#[utoipa::path(
    post,
    path = "/v1/demo/forge",
    tag = "demonstration",
    request_body = Reason,
    responses((status = 200, description = "What came of it", body = Object)),
)]
pub async fn demo_forge(
    State(state): State<AppState>,
    Caller(principal): Caller,
    _: Body<Reason>,
) -> Result<Response> {
    let answer = hooks(&state, &principal)?.forge().await?;
    Ok(ok(&answer))
}
