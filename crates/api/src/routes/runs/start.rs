//! `POST /v1/runs`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::auth::Caller;
use crate::body::Body;
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::json;
use crate::wire::runs::{RunIn, RunOut};

/// Start a run, or take one over by its key: its epoch rises then, so that the process that had it
/// opens no gate any more.
#[utoipa::path(
    post,
    path = "/v1/runs",
    tag = "runs",
    request_body = RunIn,
    responses(
        (status = 201, description = "The run", body = RunOut),
        (status = 200, description = "A run that was there", body = RunOut),
    ),
)]
pub async fn start_run(
    State(state): State<AppState>,
    Caller(principal): Caller,
    body: Body<RunIn>,
) -> Result<Response> {
    let (loop_name, new) = body.value.into_domain();
    let started = state.engine().start_run(&principal, &loop_name, new, body.idem).await?;
    let status = if started.created { StatusCode::CREATED } else { StatusCode::OK };
    Ok(json(status, &RunOut::from(started.run)))
}
