//! `POST /v1/cases/{id}/transfer`

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
use crate::wire::queues::TransferIn;

/// Put a waiting case into another queue; seats that are held are freed.
#[utoipa::path(
    post,
    path = "/v1/cases/{id}/transfer",
    tag = "queues",
    params(("id" = String, Path, description = "Id of the case")),
    request_body = TransferIn,
    responses((status = 200, description = "The case", body = CaseView<'static>)),
)]
pub async fn transfer_case(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<CaseId>,
    body: Body<TransferIn>,
) -> Result<Response> {
    let TransferIn { queue, reason } = body.value;
    let case = state.engine().transfer(&principal, id, &queue, &reason, body.idem).await?;
    show(&state, &principal, StatusCode::OK, &case).await
}
