//! `POST /v1/loops/{loop}/versions/{version}/publish`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use tandem_engine::loops::PUBLISHED;

use crate::auth::Caller;
use crate::body::{Body, Path};
use crate::problem::{Problem, Result};
use crate::state::AppState;
use crate::wire::json;
use crate::wire::loops::{Loop, Reason};

/// Publish a draft. Where it widens what the machine may do, the first person who asks proposes it and a
/// second one publishes it.
#[utoipa::path(
    post,
    path = "/v1/loops/{loop}/versions/{version}/publish",
    tag = "loops",
    params(
        ("loop" = String, Path, description = "Name of the loop"),
        ("version" = u64, Path, description = "Number of the version"),
    ),
    request_body = Reason,
    responses(
        (status = 200, description = "The loop", body = Loop),
        (status = 202, description = "Proposed; a second person must agree", body = Loop),
        (status = 409, description = "It is published, or you proposed it yourself", body = Problem),
    ),
)]
pub async fn publish_version(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path((loop_name, version)): Path<(String, u64)>,
    body: Body<Reason>,
) -> Result<Response> {
    let engine = state.engine();
    let reason = &body.value.reason;
    let view = engine.publish_version(&principal, &loop_name, version, reason, body.idem).await?;
    let shown = view.versions.iter().find(|known| known.version == version);
    let waits = shown.is_some_and(|known| known.state != PUBLISHED);
    let status = if waits { StatusCode::ACCEPTED } else { StatusCode::OK };
    Ok(json(status, &super::show(&state, &principal, view).await?))
}
