//! `GET /v1/runs/{id}/controls`

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use tandem_domain::{RunId, Span};
use utoipa::IntoParams;

use crate::auth::Caller;
use crate::body::{Path, Query};
use crate::problem::Result;
use crate::routes::cases::WaitQuery;
use crate::state::AppState;
use crate::wire::common::Page;
use crate::wire::ok;
use crate::wire::runs::ControlOut;

/// Which controls.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ControlsQuery {
    /// Only those after this epoch.
    pub after: Option<u64>,
    /// Parks the request until there is one, at most so long: `30s`.
    #[param(value_type = Option<String>)]
    pub wait: Option<Span>,
}

/// Read the orders a run was given, oldest first. Reading them is no sign of life.
#[utoipa::path(
    get,
    path = "/v1/runs/{id}/controls",
    tag = "runs",
    params(("id" = String, Path, description = "Id of the run"), ControlsQuery),
    responses((status = 200, description = "Controls", body = Page<ControlOut>)),
)]
pub async fn list_controls(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<RunId>,
    Query(query): Query<ControlsQuery>,
) -> Result<Response> {
    let wait = WaitQuery { wait: query.wait }.time(&state)?.unwrap_or_default();
    let after = query.after.unwrap_or(0);
    let found = state.engine().run_controls(&principal, id, after, wait).await?;
    Ok(ok(&Page::whole(found.into_iter().map(ControlOut::from).collect())))
}
