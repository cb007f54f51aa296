//! `GET /v1/cases/{id}`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use tandem_domain::CaseId;

use super::{WaitQuery, show};
use crate::auth::Caller;
use crate::body::{Path, Query};
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::cases::CaseView;

/// Read a case, waiting for its decision where asked.
#[utoipa::path(
    get,
    path = "/v1/cases/{id}",
    tag = "cases",
    params(("id" = String, Path, description = "Id of the case"), WaitQuery),
    responses(
        (status = 200, description = "The case", body = CaseView<'static>),
        (status = 202, description = "The wait ran out", body = CaseView<'static>),
    ),
)]
pub async fn get_case(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<CaseId>,
    Query(query): Query<WaitQuery>,
) -> Result<Response> {
    let (case, status) = match query.time(&state)? {
        None => (state.engine().fetch(&principal, id).await?, StatusCode::OK),
        Some(wait) => match super::wait(&state, &principal, id, wait).await? {
            (case, true) => (case, StatusCode::OK),
            (case, false) => (case, StatusCode::ACCEPTED),
        },
    };
    show(&state, &principal, status, &case).await
}
