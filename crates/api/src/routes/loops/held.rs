//! `GET /v1/loops/{loop}/held`

use axum::extract::State;
use axum::response::Response;

use crate::auth::Caller;
use crate::body::Path;
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::held::{Held, HeldDecision};
use crate::wire::ok;

/// List the machine's decisions that are held for a veto, the oldest first. The time for a veto runs
/// only while somebody who may veto follows the events.
#[utoipa::path(
    get,
    path = "/v1/loops/{loop}/held",
    tag = "loops",
    params(("loop" = String, Path, description = "Name of the loop")),
    responses((status = 200, description = "Held decisions", body = Held)),
)]
pub async fn list_held(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(loop_name): Path<String>,
) -> Result<Response> {
    let (items, watched) = state.engine().held_decisions(&principal, &loop_name).await?;
    Ok(ok(&Held { items: items.into_iter().map(HeldDecision::from).collect(), watched }))
}
