//! `POST /v1/loops/{loop}/models/{version}/promote`

use axum::extract::State;
use axum::response::Response;

use crate::auth::Caller;
use crate::body::{Body, Path};
use crate::problem::{Problem, Result};
use crate::state::AppState;
use crate::wire::models::{Model, PromoteIn};
use crate::wire::ok;

/// Make a model live; the one that was retires.
#[utoipa::path(
    post,
    path = "/v1/loops/{loop}/models/{version}/promote",
    tag = "models",
    params(
        ("loop" = String, Path, description = "Name of the loop"),
        ("version" = String, Path, description = "Version or name of the model"),
    ),
    request_body = PromoteIn,
    responses(
        (status = 200, description = "The model", body = Model),
        (status = 409, description = "`not_evaluated`: it has no score on the frozen evaluation set", body = Problem),
    ),
)]
pub async fn promote_model(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path((loop_name, version)): Path<(String, String)>,
    body: Body<PromoteIn>,
) -> Result<Response> {
    let PromoteIn { reason, force } = body.value;
    let why = (reason.as_str(), force);
    let model = state.engine().promote(&principal, &loop_name, &version, why, body.idem).await?;
    Ok(ok(&Model::from(model)))
}
