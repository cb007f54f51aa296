//! `GET /v1/runs`

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use tandem_domain::run::RunStatus;
use tandem_engine::runs::RunQuery;
use utoipa::IntoParams;

use crate::auth::Caller;
use crate::body::Query;
use crate::problem::{Problem, Result};
use crate::state::AppState;
use crate::wire::common::{Page, cursor, limit};
use crate::wire::ok;
use crate::wire::runs::RunOut;

/// Which runs.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RunsQuery {
    /// Only this loop's.
    #[serde(rename = "loop")]
    pub loop_name: Option<String>,
    /// Only runs in these states, separated by commas.
    pub state: Option<String>,
    /// Most items on the page, 1 to 500.
    #[param(default = 50, minimum = 1, maximum = 500)]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// List runs, newest first.
#[utoipa::path(
    get,
    path = "/v1/runs",
    tag = "runs",
    params(RunsQuery),
    responses((status = 200, description = "A page", body = Page<RunOut>)),
)]
pub async fn list_runs(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Query(query): Query<RunsQuery>,
) -> Result<Response> {
    let states = query.state.as_deref().unwrap_or_default().split(',');
    let statuses = states
        .filter(|text| !text.is_empty())
        .map(str::parse::<RunStatus>)
        .collect::<std::result::Result<Vec<_>, _>>()
        .map_err(|error| Problem::invalid("invalid_query", "?state", error))?;
    let (limit, cursor) = (limit(query.limit)?, cursor(query.cursor.as_deref())?);
    let query = RunQuery { loop_name: query.loop_name, statuses };
    let page = state.engine().runs(&principal, query, cursor, limit).await?;
    Ok(ok(&Page {
        items: page.items.into_iter().map(RunOut::from).collect(),
        next_cursor: page.next.map(|id| id.to_string()),
    }))
}
