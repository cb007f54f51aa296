//! `GET /v1/ledger/proof`

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

/// Of what.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ProofQuery {
    /// Index of the event.
    pub leaf: u64,
    /// Size of the tree.
    pub size: u64,
}

/// A proof that an event is in the tree (RFC 9162, section 2.1.3).
#[derive(Debug, Serialize, ToSchema)]
pub struct Inclusion {
    /// Index of the event.
    pub leaf: u64,
    /// Size of the tree.
    pub size: u64,
    /// Hash of the leaf, base64.
    pub leaf_hash: String,
    /// Root of the tree, base64.
    pub root: String,
    /// The proof, lowest first, base64.
    pub hashes: Vec<String>,
}

/// Prove that an event is in the tree.
#[utoipa::path(
    get,
    path = "/v1/ledger/proof",
    tag = "ledger",
    params(ProofQuery),
    responses((status = 200, description = "The proof", body = Inclusion)),
)]
pub async fn get_proof(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Query(query): Query<ProofQuery>,
) -> Result<Response> {
    let (leaf, size) = (query.leaf, query.size);
    let proof = state.engine().ledger_inclusion(&principal, leaf, size).await?;
    Ok(ok(&Inclusion {
        leaf,
        size,
        leaf_hash: base64(proof.subject.0),
        root: base64(proof.root.0),
        hashes: proof.hashes.iter().map(|hash| base64(hash.0)).collect(),
    }))
}
