//! `GET /v1/halt`

use axum::extract::State;
use axum::response::Response;

use super::Halt;
use crate::auth::Caller;
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::common::Page;
use crate::wire::ok;

/// List halts that were ever set.
#[utoipa::path(
    get,
    path = "/v1/halt",
    tag = "control",
    responses((status = 200, description = "All of them", body = Page<Halt>)),
)]
pub async fn get_halts(
    State(state): State<AppState>,
    Caller(principal): Caller,
) -> Result<Response> {
    let mut halts = Vec::new();
    for row in state.engine().halts(&principal).await? {
        halts.push(Halt::of(state.engine(), row).await?);
    }
    Ok(ok(&Page::whole(halts)))
}
