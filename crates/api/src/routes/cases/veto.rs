//! `POST /v1/cases/{id}/veto`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use tandem_domain::CaseId;

use super::show;
use crate::auth::Caller;
use crate::body::{Body, Path};
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::cases::CaseView;
use crate::wire::loops::Reason;

/// Withdraw a machine's decision before it takes effect. The reason is kept as a comment.
#[utoipa::path(
    post,
    path = "/v1/cases/{id}/veto",
    tag = "cases",
    params(("id" = String, Path, description = "Id of the case")),
    request_body = Reason,
    responses((status = 200, description = "The case", body = CaseView<'static>)),
)]
pub async fn veto_case(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<CaseId>,
    body: Body<Reason>,
) -> Result<Response> {
    let reason = &body.value.reason;
    let case = state.engine().veto(&principal, id, reason, body.idem).await?;
    show(&state, &principal, StatusCode::OK, &case).await
}
