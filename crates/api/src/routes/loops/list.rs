//! `GET /v1/loops`

use axum::extract::State;
use axum::response::Response;

use crate::auth::Caller;
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::common::Page;
use crate::wire::loops::Summary;
use crate::wire::ok;

/// List the loops one has a role in.
#[utoipa::path(
    get,
    path = "/v1/loops",
    tag = "loops",
    responses((status = 200, description = "All of them", body = Page<Summary>)),
)]
pub async fn list_loops(
    State(state): State<AppState>,
    Caller(principal): Caller,
) -> Result<Response> {
    let loops = state.engine().list_loops(&principal).await?;
    Ok(ok(&Page::whole(loops.into_iter().map(Summary::from).collect())))
}
