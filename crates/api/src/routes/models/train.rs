//! `POST /v1/loops/{loop}/models/train`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::auth::Caller;
use crate::body::{Body, Path};
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::jobs::Job;
use crate::wire::json;
use crate::wire::loops::Reason;

/// Train the loop's model in the background.
#[utoipa::path(
    post,
    path = "/v1/loops/{loop}/models/train",
    tag = "models",
    params(("loop" = String, Path, description = "Name of the loop")),
    request_body = Reason,
    responses((status = 202, description = "The job", body = Job)),
)]
pub async fn train(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(loop_name): Path<String>,
    body: Body<Reason>,
) -> Result<Response> {
    let job = state.engine().train(&principal, &loop_name, body.idem).await?;
    Ok(json(StatusCode::ACCEPTED, &Job::from(job)))
}
