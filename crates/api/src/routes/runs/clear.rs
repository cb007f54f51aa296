//! `POST /v1/runs/{id}/alerts/clear`

use axum::extract::State;
use axum::response::Response;
use tandem_domain::RunId;

use crate::auth::Caller;
use crate::body::{Body, Path};
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::ok;
use crate::wire::runs::{ClearIn, RunOut};

/// Clear an alert of a run, with the reason.
#[utoipa::path(
    post,
    path = "/v1/runs/{id}/alerts/clear",
    tag = "runs",
    params(("id" = String, Path, description = "Id of the run")),
    request_body = ClearIn,
    responses((status = 200, description = "The run", body = RunOut)),
)]
pub async fn clear_alert(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<RunId>,
    body: Body<ClearIn>,
) -> Result<Response> {
    let ClearIn { kind, reason } = body.value;
    let run = state.engine().clear_alert(&principal, id, kind, &reason, body.idem).await?;
    Ok(ok(&RunOut::from(run)))
}
