//! `GET /v1/jobs/{id}`

use axum::extract::State;
use axum::response::Response;
use tandem_domain::JobId;

use crate::auth::Caller;
use crate::body::Path;
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::jobs::Job;
use crate::wire::ok;

/// Read a background job.
#[utoipa::path(
    get,
    path = "/v1/jobs/{id}",
    tag = "models",
    params(("id" = String, Path, description = "Id of the job")),
    responses((status = 200, description = "The job", body = Job)),
)]
pub async fn get_job(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<JobId>,
) -> Result<Response> {
    Ok(ok(&Job::from(state.engine().job(&principal, id).await?)))
}
