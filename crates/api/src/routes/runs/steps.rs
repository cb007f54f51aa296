//! `GET /v1/runs/{id}/steps`

use axum::extract::State;
use axum::response::Response;
use tandem_domain::RunId;

use crate::auth::Caller;
use crate::body::{Path, Query};
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::common::{Page, PageQuery, cursor, limit};
use crate::wire::ok;
use crate::wire::runs::StepOut;

/// Read the steps of a run, newest first.
#[utoipa::path(
    get,
    path = "/v1/runs/{id}/steps",
    tag = "runs",
    params(("id" = String, Path, description = "Id of the run"), PageQuery),
    responses((status = 200, description = "A page", body = Page<StepOut>)),
)]
pub async fn list_steps(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<RunId>,
    Query(query): Query<PageQuery>,
) -> Result<Response> {
    let (limit, before) = (limit(query.limit)?, cursor(query.cursor.as_deref())?);
    let page = state.engine().run_steps(&principal, id, before, limit).await?;
    Ok(ok(&Page {
        items: page.items.into_iter().map(StepOut::from).collect(),
        next_cursor: page.next.map(|n| n.to_string()),
    }))
}
