//! `POST /v1/runs/{id}/steps`

use axum::extract::State;
use axum::response::Response;
use tandem_domain::RunId;

use crate::auth::Caller;
use crate::body::{Body, Path};
use crate::problem::{Problem, Result};
use crate::state::AppState;
use crate::wire::ok;
use crate::wire::runs::{StandingOut, StepsIn};

/// Report steps, all or none. The answer holds the orders that wait.
#[utoipa::path(
    post,
    path = "/v1/runs/{id}/steps",
    tag = "runs",
    params(("id" = String, Path, description = "Id of the run")),
    request_body = StepsIn,
    responses(
        (status = 200, description = "Where the run stands", body = StandingOut),
        (status = 409, description = "The run does not take it; says where it stands", body = Problem),
    ),
)]
pub async fn report_steps(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<RunId>,
    body: Body<StepsIn>,
) -> Result<Response> {
    let StepsIn { epoch, steps } = body.value;
    let steps = steps.into_iter().map(Into::into).collect();
    let checked = state.engine().report_steps(&principal, id, epoch, steps, body.idem).await?;
    Ok(ok(&StandingOut::from(checked)))
}
