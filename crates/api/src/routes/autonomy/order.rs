//! `POST /v1/loops/{loop}/autonomy/order`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use tandem_engine::autonomy::OrderSpec;

use crate::auth::Caller;
use crate::body::{Body, Path};
use crate::problem::{Problem, Result};
use crate::state::AppState;
use crate::wire::autonomy::{Order, OrderIn};
use crate::wire::json;

/// Ask for a standing order, or agree to the one another person asked for: certified thresholds within
/// its bound act at once, until it expires or autonomy is lost.
#[utoipa::path(
    post,
    path = "/v1/loops/{loop}/autonomy/order",
    tag = "autonomy",
    params(("loop" = String, Path, description = "Name of the loop")),
    request_body = OrderIn,
    responses(
        (status = 200, description = "Two persons agreed", body = Order),
        (status = 202, description = "Another person must agree", body = Order),
        (status = 409, description = "You asked for it yourself", body = Problem),
    ),
)]
pub async fn order_autonomy(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(loop_name): Path<String>,
    body: Body<OrderIn>,
) -> Result<Response> {
    let OrderIn { max_coverage, expires_at, reason } = body.value;
    let spec = OrderSpec { max_coverage, expires_at };
    let order = state.engine().order_autonomy(&principal, &loop_name, spec, &reason).await?;
    let status = if order.second.is_some() { StatusCode::OK } else { StatusCode::ACCEPTED };
    Ok(json(status, &order))
}
