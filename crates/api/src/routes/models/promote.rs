//! `POST /v1/loops/{loop}/models/{version}/promote`

use axum::extract::State;
use axum::response::Response;

use crate::auth::Caller;
use crate::body::{Body, Path};
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::jobs::Model;
use crate::wire::loops::Reason;
use crate::wire::ok;

/// Make a model live; the one that was retires.
#[utoipa::path(
    post,
    path = "/v1/loops/{loop}/models/{version}/promote",
    tag = "models",
    params(
        ("loop" = String, Path, description = "Name of the loop"),
        ("version" = u64, Path, description = "Version of the model"),
    ),
    request_body = Reason,
    responses((status = 200, description = "The model", body = Model)),
)]
pub async fn promote_model(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path((loop_name, version)): Path<(String, u64)>,
    body: Body<Reason>,
) -> Result<Response> {
    let model = state.engine().promote(&principal, &loop_name, version, body.idem).await?;
    Ok(ok(&Model::from(model)))
}
