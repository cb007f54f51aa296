//! `POST /v1/resume`

use axum::extract::State;
use axum::response::Response;

use super::Halt;
use crate::auth::Caller;
use crate::body::Body;
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::loops::HaltIn;
use crate::wire::ok;

/// Let things go on.
#[utoipa::path(
    post,
    path = "/v1/resume",
    tag = "control",
    request_body = HaltIn,
    responses((status = 200, description = "The halt", body = Halt)),
)]
pub async fn resume(
    State(state): State<AppState>,
    Caller(principal): Caller,
    body: Body<HaltIn>,
) -> Result<Response> {
    let HaltIn { scope, reason } = body.value;
    let halt = state.engine().resume(&principal, scope.as_deref(), &reason, body.idem).await?;
    Ok(ok(&Halt::from(halt)))
}
