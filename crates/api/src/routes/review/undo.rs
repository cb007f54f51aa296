//! `POST /v1/judgments/{id}/undo`

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

/// Undo one's judgment in its window.
#[utoipa::path(
    post,
    path = "/v1/judgments/{id}/undo",
    tag = "review",
    params(("id" = String, Path, description = "Id of the judgment")),
    request_body = Reason,
    responses((status = 200, description = "The case", body = CaseView<'static>)),
)]
pub async fn undo_judgment(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<JudgmentId>,
    body: Body<Reason>,
) -> Result<Response> {
    let case = state.engine().undo(&principal, id, body.idem).await?;
    crate::routes::cases::show(&state, &principal, StatusCode::OK, &case).await
}
