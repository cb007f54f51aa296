//! `GET /v1/loops/{loop}/evaluation-sets`

use axum::extract::State;
use axum::response::Response;

use crate::auth::Caller;
use crate::body::Path;
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::common::Page;
use crate::wire::models::EvaluationSet;
use crate::wire::ok;

/// List a loop's frozen evaluation sets, newest first.
#[utoipa::path(
    get,
    path = "/v1/loops/{loop}/evaluation-sets",
    tag = "models",
    params(("loop" = String, Path, description = "Name of the loop")),
    responses((status = 200, description = "All of them", body = Page<EvaluationSet>)),
)]
pub async fn list_evaluation_sets(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(loop_name): Path<String>,
) -> Result<Response> {
    let sets = state.engine().evaluation_sets(&principal, &loop_name).await?;
    Ok(ok(&Page::whole(sets.into_iter().map(EvaluationSet::from).collect())))
}
