//! `GET /v1/runs/{id}/gates`

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use tandem_domain::RunId;
use utoipa::IntoParams;

use crate::auth::Caller;
use crate::body::{Path, Query};
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::cases::CaseView;
use crate::wire::common::{Page, limit};
use crate::wire::lens::Lens;
use crate::wire::ok;

/// How many.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct GatesQuery {
    /// Most items, 1 to 500.
    #[param(default = 50, minimum = 1, maximum = 500)]
    pub limit: Option<u32>,
}

/// List the gates of a run, newest first, as the caller may see these cases.
#[utoipa::path(
    get,
    path = "/v1/runs/{id}/gates",
    tag = "runs",
    params(("id" = String, Path, description = "Id of the run"), GatesQuery),
    responses((status = 200, description = "Its newest gates", body = Page<CaseView<'static>>)),
)]
pub async fn list_gates(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<RunId>,
    Query(query): Query<GatesQuery>,
) -> Result<Response> {
    let limit = limit(query.limit)?;
    let cases = state.engine().run_gates(&principal, id, limit).await?;
    let mut gates = Vec::with_capacity(cases.len());
    for case in &cases {
        let handle = state.engine().loop_of(case).await?;
        gates.push((case, Lens::new(&principal, &handle, state.engine().now()), handle));
    }
    let shown = gates.iter().map(|(case, lens, handle)| CaseView::new(case, &handle.name, *lens));
    Ok(ok(&Page::whole(shown.collect())))
}
