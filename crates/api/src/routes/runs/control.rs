//! `POST /v1/runs/{id}/control`

use axum::extract::State;
use axum::response::Response;
use tandem_domain::RunId;

use crate::auth::Caller;
use crate::body::{Body, Path};
use crate::problem::{Problem, Result};
use crate::state::AppState;
use crate::wire::ok;
use crate::wire::runs::{ControlIn, RunOut};

/// Order a run: pause, resume, stop, redirect or override. The run's gates obey at once; the agent
/// learns of it with its next check-in.
#[utoipa::path(
    post,
    path = "/v1/runs/{id}/control",
    tag = "runs",
    params(("id" = String, Path, description = "Id of the run")),
    request_body = ControlIn,
    responses(
        (status = 200, description = "The run", body = RunOut),
        (status = 409, description = "The run does not take it; says where it stands", body = Problem),
    ),
)]
pub async fn control_run(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<RunId>,
    body: Body<ControlIn>,
) -> Result<Response> {
    let run = state.engine().control_run(&principal, id, body.value.into(), body.idem).await?;
    Ok(ok(&RunOut::from(run)))
}
