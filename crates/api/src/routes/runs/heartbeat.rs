//! `POST /v1/runs/{id}/heartbeat`

use axum::extract::State;
use axum::response::Response;
use tandem_domain::RunId;

use crate::auth::Caller;
use crate::body::{Body, Path, Query};
use crate::problem::Result;
use crate::routes::cases::WaitQuery;
use crate::state::AppState;
use crate::wire::ok;
use crate::wire::runs::{BeatIn, StandingOut};

/// Check in: a sign of life with the epoch that was obeyed. The answer holds the orders that wait;
/// with `wait` it comes when there is one, or after a third of the lease at most.
#[utoipa::path(
    post,
    path = "/v1/runs/{id}/heartbeat",
    tag = "runs",
    params(("id" = String, Path, description = "Id of the run"), WaitQuery),
    request_body = BeatIn,
    responses((status = 200, description = "Where the run stands", body = StandingOut)),
)]
pub async fn heartbeat(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<RunId>,
    Query(query): Query<WaitQuery>,
    body: Body<BeatIn>,
) -> Result<Response> {
    let wait = query.time(&state)?.unwrap_or_default();
    let checked = state.engine().heartbeat(&principal, id, body.value.epoch, wait).await?;
    Ok(ok(&StandingOut::from(checked)))
}
