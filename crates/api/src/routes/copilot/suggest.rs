//! `POST /v1/loops/{loop}/suggest`

use axum::extract::State;
use axum::response::Response;

use crate::auth::Caller;
use crate::body::{Body, Path};
use crate::problem::{Problem, Result};
use crate::state::AppState;
use crate::wire::copilot::{SuggestIn, SuggestOut};
use crate::wire::ok;

/// Suggest words for a text of an answer, as a person writes it. Nothing is written for them.
#[utoipa::path(
    post,
    path = "/v1/loops/{loop}/suggest",
    tag = "review",
    params(("loop" = String, Path, description = "Name of the loop")),
    request_body = SuggestIn,
    responses(
        (status = 200, description = "At least one suggestion", body = SuggestOut),
        (status = 409, description = "The loop has no co-pilot (`no_copilot`), the asker holds no claim on \
            the case (`claim_lost`), or it is judged blind (`blind`)", body = Problem),
        (status = 422, description = "The field, the text or the selection does not fit", body = Problem),
        (status = 429, description = "Asked too often; `Retry-After` says when to ask again", body = Problem),
        (status = 424, description = "No model had a suggestion (`no_suggestion`)", body = Problem),
    ),
)]
pub async fn suggest(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(loop_name): Path<String>,
    body: Body<SuggestIn>,
) -> Result<Response> {
    let wanted = body.value.into_domain()?;
    let offered = state.engine().suggest(&principal, &loop_name, wanted).await?;
    Ok(ok(&SuggestOut::from(offered)))
}
