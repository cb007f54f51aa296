//! `POST /v1/keys/{id}/aws`

use axum::extract::State;
use axum::response::Response;
use tandem_domain::KeyId;

use crate::auth::Caller;
use crate::body::Path;
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::accounts::AwsCredentials;
use crate::wire::ok;

/// AWS credentials of a key, for clients that sign requests: they open what the key opens, and end
/// when it is revoked.
#[utoipa::path(
    post,
    path = "/v1/keys/{id}/aws",
    tag = "people",
    params(("id" = String, Path, description = "Id of the key")),
    responses((status = 200, description = "The pair", body = AwsCredentials)),
)]
pub async fn aws_pair(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<KeyId>,
) -> Result<Response> {
    let pair = state.accounts().aws_pair(&principal, id).await?;
    Ok(ok(&AwsCredentials::from(pair)))
}
