//! `DELETE /v1/loops/{loop}/autonomy/order`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

use crate::auth::Caller;
use crate::body::Path;
use crate::problem::Result;
use crate::state::AppState;

/// End a standing order.
#[utoipa::path(
    delete,
    path = "/v1/loops/{loop}/autonomy/order",
    tag = "autonomy",
    params(("loop" = String, Path, description = "Name of the loop")),
    responses(
        (status = 204, description = "There is none any more"),
    ),
)]
pub async fn end_autonomy_order(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(loop_name): Path<String>,
) -> Result<Response> {
    state.engine().end_order(&principal, &loop_name).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
