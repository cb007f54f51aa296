//! `DELETE /v1/webhooks/{id}`

use axum::extract::State;
use axum::http::StatusCode;
use tandem_domain::WebhookId;

use crate::auth::Caller;
use crate::body::Path;
use crate::problem::Result;
use crate::state::AppState;

/// Remove a webhook and what waits for it.
#[utoipa::path(
    delete,
    path = "/v1/webhooks/{id}",
    tag = "webhooks",
    params(("id" = String, Path, description = "Id of the webhook")),
    responses((status = 204, description = "It is removed")),
)]
pub async fn remove_webhook(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<WebhookId>,
) -> Result<StatusCode> {
    state.engine().remove_webhook(&principal, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
