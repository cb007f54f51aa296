//! `POST /v1/judgments/{id}/retract`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use tandem_domain::JudgmentId;

use crate::auth::Caller;
use crate::body::{Body, Path};
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::cases::CaseView;
use crate::wire::loops::Reason;

/// Take a judgment back later. The decision stands until the case is reopened.
#[utoipa::path(
    post,
    path = "/v1/judgments/{id}/retract",
    tag = "review",
    params(("id" = String, Path, description = "Id of the judgment")),
    request_body = Reason,
    responses((status = 200, description = "The case", body = CaseView<'static>)),
)]
pub async fn retract_judgment(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<JudgmentId>,
    body: Body<Reason>,
) -> Result<Response> {
    let case = state.engine().retract(&principal, id, body.idem).await?;
    crate::routes::cases::show(&state, &principal, StatusCode::OK, &case).await
}
