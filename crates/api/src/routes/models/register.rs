//! `POST /v1/loops/{loop}/models`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::auth::Caller;
use crate::body::{Body, Path};
use crate::problem::{Problem, Result};
use crate::state::AppState;
use crate::wire::json;
use crate::wire::models::{Model, ModelIn};

/// Register a model from outside, or a version of a prompt. It begins in the stage that the loop's
/// `on_new_model` says; nothing of it is fetched.
#[utoipa::path(
    post,
    path = "/v1/loops/{loop}/models",
    tag = "models",
    params(("loop" = String, Path, description = "Name of the loop")),
    request_body = ModelIn,
    responses(
        (status = 201, description = "The model", body = Model),
        (status = 200, description = "It was registered before, with this content", body = Model),
        (status = 409, description = "`model_exists`: another content has this name", body = Problem),
    ),
)]
pub async fn register_model(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(loop_name): Path<String>,
    body: Body<ModelIn>,
) -> Result<Response> {
    let engine = state.engine();
    let (model, new) =
        engine.register_model(&principal, &loop_name, body.value.into(), body.idem).await?;
    let status = if new { StatusCode::CREATED } else { StatusCode::OK };
    Ok(json(status, &Model::from(model)))
}
