//! `POST /v1/cases/{id}/priority`

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
use crate::wire::queues::PriorityIn;

/// Change the priority of a waiting case.
#[utoipa::path(
    post,
    path = "/v1/cases/{id}/priority",
    tag = "queues",
    params(("id" = String, Path, description = "Id of the case")),
    request_body = PriorityIn,
    responses((status = 200, description = "The case", body = CaseView<'static>)),
)]
pub async fn reprioritise_case(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<CaseId>,
    body: Body<PriorityIn>,
) -> Result<Response> {
    let PriorityIn { priority, reason } = body.value;
    let case = state.engine().reprioritise(&principal, id, priority, &reason, body.idem).await?;
    show(&state, &principal, StatusCode::OK, &case).await
}
