//! `POST /v1/runs/{id}/finish`

use axum::extract::State;
use axum::response::Response;
use tandem_domain::RunId;

use crate::auth::Caller;
use crate::body::{Body, Path};
use crate::problem::{Problem, Result};
use crate::state::AppState;
use crate::wire::ok;
use crate::wire::runs::{FinishIn, RunOut};

/// End a run by itself.
#[utoipa::path(
    post,
    path = "/v1/runs/{id}/finish",
    tag = "runs",
    params(("id" = String, Path, description = "Id of the run")),
    request_body = FinishIn,
    responses(
        (status = 200, description = "The run", body = RunOut),
        (status = 409, description = "The run does not take it; says where it stands", body = Problem),
    ),
)]
pub async fn finish_run(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<RunId>,
    body: Body<FinishIn>,
) -> Result<Response> {
    let FinishIn { epoch, failed, summary } = body.value;
    let end = (failed, summary);
    let run = state.engine().finish_run(&principal, id, epoch, end, body.idem).await?;
    Ok(ok(&RunOut::from(run)))
}
