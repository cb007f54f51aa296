//! `POST /v1/resume`

use axum::extract::State;
use axum::response::Response;

use super::Halt;
use crate::auth::Caller;
use crate::body::Body;
use crate::problem::{Problem, Result};
use crate::state::AppState;
use crate::wire::loops::HaltIn;
use crate::wire::ok;

/// Let things go on: a second person does, not the one who halted.
#[utoipa::path(
    post,
    path = "/v1/resume",
    tag = "control",
    request_body = HaltIn,
    responses(
        (status = 200, description = "The halt", body = Halt),
        (status = 409, description = "Who halted does not resume; it says who may", body = Problem),
    ),
)]
pub async fn resume(
    State(state): State<AppState>,
    Caller(principal): Caller,
    body: Body<HaltIn>,
) -> Result<Response> {
    let HaltIn { scope, reason } = body.value;
    let halt = state.engine().resume(&principal, scope.as_deref(), &reason, body.idem).await?;
    Ok(ok(&Halt::of(state.engine(), halt).await?))
}
