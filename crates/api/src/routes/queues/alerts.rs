//! `GET /v1/alerts`

use axum::extract::State;
use axum::response::Response;

use crate::auth::Caller;
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::common::Page;
use crate::wire::ok;
use crate::wire::queues::Alert;

/// List what somebody should look at: bounds that are passed, approved calls that nobody ran, and
/// what is over lately.
#[utoipa::path(
    get,
    path = "/v1/alerts",
    tag = "queues",
    responses((status = 200, description = "What stands first, then what is over", body = Page<Alert>)),
)]
pub async fn list_alerts(
    State(state): State<AppState>,
    Caller(principal): Caller,
) -> Result<Response> {
    let alerts = state.engine().alerts(&principal).await?;
    Ok(ok(&Page::whole(alerts.into_iter().map(Alert::from).collect())))
}
