//! `POST /v1/queues/resume`

use axum::extract::State;
use axum::response::Response;

use crate::auth::Caller;
use crate::body::Body;
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::ok;
use crate::wire::queues::{Queue, ResumeIn};

/// Let a queue hand out claims again.
#[utoipa::path(
    post,
    path = "/v1/queues/resume",
    tag = "queues",
    request_body = ResumeIn,
    responses((status = 200, description = "The queue", body = Queue)),
)]
pub async fn resume_queue(
    State(state): State<AppState>,
    Caller(principal): Caller,
    body: Body<ResumeIn>,
) -> Result<Response> {
    let ResumeIn { loop_name, queue, reason } = body.value;
    let engine = state.engine();
    let view = engine.resume_queue(&principal, &loop_name, &queue, &reason, body.idem).await?;
    Ok(ok(&Queue::from(view)))
}
