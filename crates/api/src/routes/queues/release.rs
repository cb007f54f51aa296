//! `POST /v1/queues/release`

use axum::extract::State;
use axum::response::Response;

use crate::auth::Caller;
use crate::body::Body;
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::ok;
use crate::wire::queues::{ReleaseIn, Released};

/// Free the seats that a person holds. Their drafts stay with them; their tokens are refused.
#[utoipa::path(
    post,
    path = "/v1/queues/release",
    tag = "queues",
    request_body = ReleaseIn,
    responses((status = 200, description = "How many were freed", body = Released)),
)]
pub async fn release_member(
    State(state): State<AppState>,
    Caller(principal): Caller,
    body: Body<ReleaseIn>,
) -> Result<Response> {
    let ReleaseIn { member, loop_name, reason } = body.value;
    let engine = state.engine();
    let only = loop_name.as_deref();
    let released = engine.release_member(&principal, member, only, &reason, body.idem).await?;
    Ok(ok(&Released { released }))
}
