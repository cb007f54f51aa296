//! `GET /v1/grants/key`

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::Caller;
use crate::problem::{Problem, Result};
use crate::state::AppState;
use crate::wire::ok;

/// The public half of the key that signs grants.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GrantKey)]
pub struct GrantKeyView {
    /// `name+id+base64(0x01 || Ed25519 key)`, as keys of signed notes are written.
    pub vkey: String,
}

/// Read the public key that grants are signed with. Pin it: an executor checks grants by it alone.
#[utoipa::path(
    get,
    path = "/v1/grants/key",
    tag = "cases",
    responses((status = 200, description = "The key", body = GrantKeyView)),
)]
pub async fn get_grant_key(
    State(state): State<AppState>,
    Caller(principal): Caller,
) -> Result<Response> {
    let key = state.engine().grant_key(&principal)?;
    let key = key.ok_or_else(|| Problem::not_found("grant key"))?;
    Ok(ok(&GrantKeyView { vkey: key.vkey }))
}
