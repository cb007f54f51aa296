//! `GET /v1/ledger/consistency`

use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::base64;
use crate::auth::Caller;
use crate::body::Query;
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::ok;

/// Between which sizes.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ConsistencyQuery {
    /// The older size.
    pub from: u64,
    /// The newer size.
    pub to: u64,
}

/// A proof that the newer tree continues the older one (RFC 9162, section 2.1.4).
#[derive(Debug, Serialize, ToSchema)]
pub struct Consistency {
    /// The older size.
    pub from: u64,
    /// The newer size.
    pub to: u64,
    /// Root of the older tree, base64.
    pub from_root: String,
    /// Root of the newer tree, base64.
    pub to_root: String,
    /// The proof, base64.
    pub hashes: Vec<String>,
}

/// Prove that nothing was changed between two sizes.
#[utoipa::path(
    get,
    path = "/v1/ledger/consistency",
    tag = "ledger",
    params(ConsistencyQuery),
    responses((status = 200, description = "The proof", body = Consistency)),
)]
pub async fn get_consistency(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Query(query): Query<ConsistencyQuery>,
) -> Result<Response> {
    let (from, to) = (query.from, query.to);
    let proof = state.engine().ledger_consistency(&principal, from, to).await?;
    Ok(ok(&Consistency {
        from,
        to,
        from_root: base64(proof.subject.0),
        to_root: base64(proof.root.0),
        hashes: proof.hashes.iter().map(|hash| base64(hash.0)).collect(),
    }))
}
