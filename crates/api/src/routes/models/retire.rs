//! `POST /v1/loops/{loop}/models/{version}/retire`

use axum::extract::State;
use axum::response::Response;

use crate::auth::Caller;
use crate::body::{Body, Path};
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::loops::Reason;
use crate::wire::models::Model;
use crate::wire::ok;

/// Take a model out of use.
#[utoipa::path(
    post,
    path = "/v1/loops/{loop}/models/{version}/retire",
    tag = "models",
    params(
        ("loop" = String, Path, description = "Name of the loop"),
        ("version" = String, Path, description = "Version or name of the model"),
    ),
    request_body = Reason,
    responses((status = 200, description = "The model", body = Model)),
)]
pub async fn retire_model(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path((loop_name, version)): Path<(String, String)>,
    body: Body<Reason>,
) -> Result<Response> {
    let why = (body.value.reason.as_str(), true);
    let model = state.engine().demote(&principal, &loop_name, &version, why, body.idem).await?;
    Ok(ok(&Model::from(model)))
}
