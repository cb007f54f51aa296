//! `POST /v1/loops/{loop}/cases`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use tandem_engine::cases::is_finished;

use super::{WaitQuery, show};
use crate::auth::Caller;
use crate::body::{Body, Path, Query};
use crate::problem::{Problem, Result};
use crate::state::AppState;
use crate::wire::cases::CaseView;
use crate::wire::submit::CaseIn;

/// Submit a case. The same `key` and content give the same case again.
#[utoipa::path(
    post,
    path = "/v1/loops/{loop}/cases",
    tag = "cases",
    params(("loop" = String, Path, description = "Name of the loop"), WaitQuery),
    request_body = CaseIn,
    responses(
        (status = 201, description = "The case", body = CaseView<'static>),
        (status = 200, description = "A case that was there, or is decided now", body = CaseView<'static>),
        (status = 202, description = "The wait ran out", body = CaseView<'static>),
        (status = 409, description = "The key names another case", body = Problem),
    ),
)]
pub async fn submit_case(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(loop_name): Path<String>,
    Query(query): Query<WaitQuery>,
    body: Body<CaseIn>,
) -> Result<Response> {
    let wait = query.time(&state)?;
    let submission = body.value.into_domain(&principal.id())?;
    let engine = state.engine();
    let submitted = engine.submit(&principal, &loop_name, submission, body.idem).await?;
    let mut case = submitted.case;
    let mut status = if submitted.created { StatusCode::CREATED } else { StatusCode::OK };
    if let Some(wait) = wait.filter(|_| !is_finished(&case)) {
        let (waited, finished) = super::wait(&state, &principal, case.core.id, wait).await?;
        case = waited;
        if !finished {
            status = StatusCode::ACCEPTED;
        }
    }
    show(&state, &principal, status, &case).await
}
