//! `POST /v1/loops/{loop}/evaluation-sets`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::auth::Caller;
use crate::body::{Body, Path};
use crate::problem::{Problem, Result};
use crate::state::AppState;
use crate::wire::json;
use crate::wire::models::{EvaluationSet, EvaluationSetIn};

/// Freeze held-out reviewed cases into an evaluation set: from now on a version needs a score on it
/// before it is promoted, and its cases leave the exports of examples.
#[utoipa::path(
    post,
    path = "/v1/loops/{loop}/evaluation-sets",
    tag = "models",
    params(("loop" = String, Path, description = "Name of the loop")),
    request_body = EvaluationSetIn,
    responses(
        (status = 201, description = "The set", body = EvaluationSet),
        (status = 409, description = "`too_few_held_out`", body = Problem),
    ),
)]
pub async fn freeze_evaluation_set(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(loop_name): Path<String>,
    body: Body<EvaluationSetIn>,
) -> Result<Response> {
    let EvaluationSetIn { name, size } = body.value;
    let engine = state.engine();
    let set = engine.freeze_evaluation(&principal, &loop_name, &name, size, body.idem).await?;
    Ok(json(StatusCode::CREATED, &EvaluationSet::from(set)))
}
