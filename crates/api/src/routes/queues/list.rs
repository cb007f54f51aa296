//! `GET /v1/queues`

use axum::extract::State;
use axum::response::Response;

use crate::auth::Caller;
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::common::Page;
use crate::wire::ok;
use crate::wire::queues::Queue;

/// List what waits, by loop and queue.
#[utoipa::path(
    get,
    path = "/v1/queues",
    tag = "queues",
    responses((status = 200, description = "All queues one may see", body = Page<Queue>)),
)]
pub async fn list_queues(
    State(state): State<AppState>,
    Caller(principal): Caller,
) -> Result<Response> {
    let queues = state.engine().queues(&principal).await?;
    Ok(ok(&Page::whole(queues.into_iter().map(Queue::from).collect())))
}
