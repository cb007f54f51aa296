//! `POST /v1/queues/pause`

use axum::extract::State;
use axum::response::Response;

use crate::auth::Caller;
use crate::body::Body;
use crate::problem::{Problem, Result};
use crate::state::AppState;
use crate::wire::ok;
use crate::wire::queues::{PauseClock, PauseIn, Queue};

/// Let a queue hand out nothing; who holds a seat may finish.
#[utoipa::path(
    post,
    path = "/v1/queues/pause",
    tag = "queues",
    request_body = PauseIn,
    responses(
        (status = 200, description = "The queue", body = Queue),
        (status = 409, description = "It is paused already", body = Problem),
    ),
)]
pub async fn pause_queue(
    State(state): State<AppState>,
    Caller(principal): Caller,
    body: Body<PauseIn>,
) -> Result<Response> {
    let PauseIn { loop_name, queue, clock, reason } = body.value;
    let stops = clock == PauseClock::Stops;
    let engine = state.engine();
    let view =
        engine.pause_queue(&principal, &loop_name, &queue, stops, &reason, body.idem).await?;
    Ok(ok(&Queue::from(view)))
}
