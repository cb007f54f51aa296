//! `POST /v1/cases/{id}/proposals`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use tandem_domain::CaseId;
use utoipa::IntoParams;

use super::show;
use crate::auth::Caller;
use crate::body::{Body, Path, Query};
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::cases::CaseView;
use crate::wire::submit::ProposalIn;

/// How a proposal is recorded.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ProposeQuery {
    /// Only records it beside the live one.
    #[serde(default)]
    pub shadow: bool,
}

/// Propose again on a case.
#[utoipa::path(
    post,
    path = "/v1/cases/{id}/proposals",
    tag = "cases",
    params(("id" = String, Path, description = "Id of the case"), ProposeQuery),
    request_body = ProposalIn,
    responses((status = 201, description = "The case", body = CaseView<'static>)),
)]
pub async fn propose(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<CaseId>,
    Query(query): Query<ProposeQuery>,
    body: Body<ProposalIn>,
) -> Result<Response> {
    let proposal = body.value.into_domain(principal.id());
    let engine = state.engine();
    let case = engine.propose(&principal, id, proposal, query.shadow, body.idem).await?;
    show(&state, &principal, StatusCode::CREATED, &case).await
}
