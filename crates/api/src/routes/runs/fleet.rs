//! `GET /v1/runs/fleet`

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::auth::Caller;
use crate::body::Query;
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::ok;
use crate::wire::runs::FleetOut;

/// Which runs.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FleetQuery {
    /// Only this loop's.
    #[serde(rename = "loop")]
    pub loop_name: Option<String>,
}

/// Count runs by state and alert, and the gates that stand in front of them.
#[utoipa::path(
    get,
    path = "/v1/runs/fleet",
    tag = "runs",
    params(FleetQuery),
    responses((status = 200, description = "The fleet in numbers", body = FleetOut)),
)]
pub async fn count_runs(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Query(query): Query<FleetQuery>,
) -> Result<Response> {
    let fleet = state.engine().fleet(&principal, query.loop_name.as_deref()).await?;
    Ok(ok(&FleetOut::from(fleet)))
}
