//! `GET /v1/runs/{id}`

use axum::extract::State;
use axum::response::Response;
use tandem_domain::RunId;

use crate::auth::Caller;
use crate::body::Path;
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::ok;
use crate::wire::runs::RunOut;

/// Read a run.
#[utoipa::path(
    get,
    path = "/v1/runs/{id}",
    tag = "runs",
    params(("id" = String, Path, description = "Id of the run")),
    responses((status = 200, description = "The run", body = RunOut)),
)]
pub async fn get_run(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<RunId>,
) -> Result<Response> {
    Ok(ok(&RunOut::from(state.engine().run(&principal, id).await?)))
}
