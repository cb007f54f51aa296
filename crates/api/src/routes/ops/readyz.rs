//! `GET /readyz`

use axum::extract::State;
use axum::response::Response;

use super::Health;
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::ok;

/// Whether the server can take work: the database answers and it is not stopping.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "operation",
    responses((status = 200, description = "It can", body = Health)),
)]
pub async fn readyz(State(state): State<AppState>) -> Result<Response> {
    if *state.engine().stopping().borrow() {
        let why = "the server is shutting down".to_owned();
        return Err(tandem_engine::errors::EngineError::Unavailable(why).into());
    }
    state.engine().ledger_status().await?;
    Ok(ok(&Health { status: "ok" }))
}
