//! `POST /v1/loops/{loop}/models/{version}/evaluation`

use axum::extract::State;
use axum::response::Response;
use tandem_engine::learning::Prediction;

use crate::auth::Caller;
use crate::body::{Body, Path};
use crate::problem::{Problem, Result};
use crate::state::AppState;
use crate::wire::models::{EvaluationIn, Model};
use crate::wire::ok;

/// Score a model from outside on the newest evaluation set, by its predictions for all of its cases.
/// A version is scored once.
#[utoipa::path(
    post,
    path = "/v1/loops/{loop}/models/{version}/evaluation",
    tag = "models",
    params(
        ("loop" = String, Path, description = "Name of the loop"),
        ("version" = String, Path, description = "Version or name of the model"),
    ),
    request_body = EvaluationIn,
    responses(
        (status = 200, description = "The model with its score", body = Model),
        (status = 409, description = "`already_scored` or `no_evaluation_set`", body = Problem),
    ),
)]
pub async fn evaluate_model(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path((loop_name, version)): Path<(String, String)>,
    body: Body<EvaluationIn>,
) -> Result<Response> {
    let said: Vec<Prediction> = body.value.predictions.into_iter().map(Prediction::from).collect();
    let engine = state.engine();
    let model = engine.evaluate_model(&principal, &loop_name, &version, said, body.idem).await?;
    Ok(ok(&Model::from(model)))
}
