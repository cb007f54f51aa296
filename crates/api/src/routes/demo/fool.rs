//! `POST /v1/demo/fool`

use axum::extract::State;
use axum::response::Response;

use super::{Fool, hooks};
use crate::auth::Caller;
use crate::body::Body;
use crate::problem::{Problem, Result};
use crate::state::AppState;
use crate::wire::ok;

/// Plant wrong proposals.
#[utoipa::path(
    post,
    path = "/v1/demo/fool",
    tag = "demonstration",
    request_body = Fool,
    responses((status = 200, description = "What came of it", body = Object)),
)]
pub async fn demo_fool(
    State(state): State<AppState>,
    Caller(principal): Caller,
    body: Body<Fool>,
) -> Result<Response> {
    if !(1..=1_000).contains(&body.value.n) {
        return Err(Problem::invalid("invalid_input", "/n", "plant 1 to 1,000 of them"));
    }
    let answer = hooks(&state, &principal)?.fool(body.value.n).await?;
    Ok(ok(&answer))
}
