//! `GET /v1/loops/{loop}/stats`

use axum::extract::State;
use axum::response::Response;

use crate::auth::Caller;
use crate::body::Path;
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::ok;
use crate::wire::queues::{Alert, Desk, Queue};

/// How the desk of a loop does: what waits in its queues against what people can look at, what gives
/// way, and which alerts stand.
#[utoipa::path(
    get,
    path = "/v1/loops/{loop}/stats",
    tag = "statistics",
    params(("loop" = String, Path, description = "Name of the loop")),
    responses((status = 200, description = "Queues and alerts", body = Desk)),
)]
pub async fn stats_desk(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(loop_name): Path<String>,
) -> Result<Response> {
    let view = state.engine().desk(&principal, &loop_name).await?;
    Ok(ok(&Desk {
        queues: view.queues.into_iter().map(Queue::from).collect(),
        alerts: view.alerts.into_iter().map(Alert::from).collect(),
    }))
}
