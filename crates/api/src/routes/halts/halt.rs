//! `POST /v1/halt`

use axum::extract::State;
use axum::response::Response;

use super::Halt;
use crate::auth::Caller;
use crate::body::Body;
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::loops::HaltIn;
use crate::wire::ok;

/// Stop: no gate opens until somebody lets things go on.
#[utoipa::path(
    post,
    path = "/v1/halt",
    tag = "control",
    request_body = HaltIn,
    responses((status = 200, description = "The halt", body = Halt)),
)]
pub async fn halt(
    State(state): State<AppState>,
    Caller(principal): Caller,
    body: Body<HaltIn>,
) -> Result<Response> {
    let HaltIn { scope, reason } = body.value;
    let halt = state.engine().halt(&principal, scope.as_deref(), &reason, body.idem).await?;
    Ok(ok(&Halt::of(state.engine(), halt).await?))
}
