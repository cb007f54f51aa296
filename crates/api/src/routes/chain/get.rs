//! `GET /v1/loops/{loop}/chain`

use axum::extract::State;
use axum::response::Response;

use crate::auth::Caller;
use crate::body::Path;
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::chain::ChainOut;
use crate::wire::ok;

/// How the links of a loop's chain, and the models that check, fare since this server started.
#[utoipa::path(
    get,
    path = "/v1/loops/{loop}/chain",
    tag = "loops",
    params(("loop" = String, Path, description = "Name of the loop")),
    responses((status = 200, description = "Each link, and how many cases wait", body = ChainOut)),
)]
pub async fn get_chain(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(loop_name): Path<String>,
) -> Result<Response> {
    let view = state.engine().chain(&principal, &loop_name).await?;
    Ok(ok(&ChainOut::from(view)))
}
