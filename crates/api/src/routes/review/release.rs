//! `DELETE /v1/claims/{id}`

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use tandem_domain::ClaimId;
use utoipa::IntoParams;

use crate::auth::Caller;
use crate::body::{Path, Query};
use crate::problem::Result;
use crate::state::AppState;

/// Which claim.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ReleaseQuery {
    /// The claim's token; not needed by those who may release claims of others.
    pub token: Option<u64>,
}

/// Give a claim back.
#[utoipa::path(
    delete,
    path = "/v1/claims/{id}",
    tag = "review",
    params(("id" = String, Path, description = "Id of the claim"), ReleaseQuery),
    responses((status = 204, description = "It is free again")),
)]
pub async fn release_claim(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<ClaimId>,
    Query(query): Query<ReleaseQuery>,
) -> Result<StatusCode> {
    state.engine().release(&principal, id, query.token).await?;
    Ok(StatusCode::NO_CONTENT)
}
