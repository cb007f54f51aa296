//! `DELETE /v1/keys/{id}`

use axum::extract::State;
use axum::http::StatusCode;
use tandem_domain::KeyId;

use crate::auth::Caller;
use crate::body::Path;
use crate::problem::Result;
use crate::state::AppState;

/// Revoke a key, at once on this server and within two seconds on others.
#[utoipa::path(
    delete,
    path = "/v1/keys/{id}",
    tag = "people",
    params(("id" = String, Path, description = "Id of the key")),
    responses((status = 204, description = "It is revoked")),
)]
pub async fn revoke_key(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<KeyId>,
) -> Result<StatusCode> {
    state.accounts().revoke_key(&principal, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
