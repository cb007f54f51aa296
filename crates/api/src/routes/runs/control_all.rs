//! `POST /v1/runs/control`

use axum::extract::State;
use axum::response::Response;

use crate::auth::Caller;
use crate::body::Body;
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::ok;
use crate::wire::runs::{BulkIn, Controlled};

/// Pause, resume or stop every run that fits. Asked again it orders only those that it has not.
#[utoipa::path(
    post,
    path = "/v1/runs/control",
    tag = "runs",
    request_body = BulkIn,
    responses((status = 200, description = "Which", body = Controlled)),
)]
pub async fn control_runs(
    State(state): State<AppState>,
    Caller(principal): Caller,
    body: Body<BulkIn>,
) -> Result<Response> {
    let done = state.engine().control_runs(&principal, body.value.into(), body.idem).await?;
    Ok(ok(&Controlled { runs: done.runs }))
}
