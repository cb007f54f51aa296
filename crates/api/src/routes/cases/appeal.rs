//! `POST /v1/cases/{id}/appeal`, `POST …/appeal/withdraw`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use tandem_domain::CaseId;

use super::show;
use crate::auth::Caller;
use crate::body::{Body, Path};
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::appeals::AppealIn;
use crate::wire::cases::CaseView;
use crate::wire::loops::Reason;

/// Contest the decision that is in force, as the person affected or for them. Somebody who took no part
/// in it decides anew. 409 `not_appealable`, `too_late` or `appeal_open` where that is not possible.
#[utoipa::path(
    post,
    path = "/v1/cases/{id}/appeal",
    tag = "cases",
    params(("id" = String, Path, description = "Id of the case")),
    request_body = AppealIn,
    responses((status = 201, description = "The case", body = CaseView<'static>)),
)]
pub async fn lodge_appeal(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<CaseId>,
    body: Body<AppealIn>,
) -> Result<Response> {
    let lodged = body.value.into_domain();
    let case = state.engine().appeal(&principal, id, lodged, body.idem).await?;
    show(&state, &principal, StatusCode::CREATED, &case).await
}

/// Take the open appeal back: for whoever handed it in.
#[utoipa::path(
    post,
    path = "/v1/cases/{id}/appeal/withdraw",
    tag = "cases",
    params(("id" = String, Path, description = "Id of the case")),
    request_body = Reason,
    responses((status = 200, description = "The case", body = CaseView<'static>)),
)]
pub async fn withdraw_appeal(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<CaseId>,
    body: Body<Reason>,
) -> Result<Response> {
    let case = state.engine().withdraw_appeal(&principal, id, body.idem).await?;
    show(&state, &principal, StatusCode::OK, &case).await
}
