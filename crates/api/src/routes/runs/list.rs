//! `GET /v1/runs`

use std::str::FromStr;

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use tandem_domain::run::{AlertKind, RunStatus};
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
    /// Only runs that this key or member started.
    pub agent: Option<String>,
    /// Only runs that have not ended and on which one of these alerts stands, separated by commas.
    pub alert: Option<String>,
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
    let statuses: Vec<RunStatus> = several("?state", query.state.as_deref())?;
    let alerts: Vec<AlertKind> = several("?alert", query.alert.as_deref())?;
    let (limit, cursor) = (limit(query.limit)?, cursor(query.cursor.as_deref())?);
    let query = RunQuery { loop_name: query.loop_name, statuses, agent: query.agent, alerts };
    let page = state.engine().runs(&principal, query, cursor, limit).await?;
    Ok(ok(&Page {
        items: page.items.into_iter().map(RunOut::from).collect(),
        next_cursor: page.next.map(|id| id.to_string()),
    }))
}

/// The values of a parameter, each once.
fn several<T>(name: &str, text: Option<&str>) -> Result<Vec<T>>
where
    T: FromStr<Err = String> + PartialEq,
{
    let mut found = Vec::new();
    for word in text.unwrap_or_default().split(',').filter(|word| !word.is_empty()) {
        let value = word.parse().map_err(|error| Problem::invalid("invalid_query", name, error))?;
        if !found.contains(&value) {
            found.push(value);
        }
    }
    Ok(found)
}
