//! `POST /v1/loops/{loop}/chain/test`

use axum::extract::State;
use axum::response::Response;

use crate::auth::Caller;
use crate::body::{Body, Path};
use crate::problem::{Problem, Result};
use crate::state::AppState;
use crate::wire::chain::{ChainTestIn, ChainTestOut, TryView};
use crate::wire::ok;

/// Ask every link of the chain what it would say of an input, one after the other. No case is made.
#[utoipa::path(
    post,
    path = "/v1/loops/{loop}/chain/test",
    tag = "loops",
    params(("loop" = String, Path, description = "Name of the loop")),
    request_body = ChainTestIn,
    responses(
        (status = 200, description = "What each said", body = ChainTestOut<'static>),
        (status = 422, description = "The input does not fit the loop", body = Problem),
    ),
)]
pub async fn test_chain(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(loop_name): Path<String>,
    body: Body<ChainTestIn>,
) -> Result<Response> {
    let ChainTestIn { input, tags } = body.value;
    let tries = state.engine().try_chain(&principal, &loop_name, input, tags).await?;
    let tries = tries.iter().map(|tried| TryView::new(tried, true)).collect();
    Ok(ok(&ChainTestOut { tries }))
}
