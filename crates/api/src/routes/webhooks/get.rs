//! `GET /v1/webhooks/{id}`

use axum::extract::State;
use axum::response::Response;
use tandem_domain::WebhookId;

use crate::auth::Caller;
use crate::body::Path;
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::ok;
use crate::wire::webhooks::Webhook;

/// Get a webhook, without its secret.
#[utoipa::path(
    get,
    path = "/v1/webhooks/{id}",
    tag = "webhooks",
    params(("id" = String, Path, description = "Id of the webhook")),
    responses((status = 200, description = "The webhook", body = Webhook)),
)]
pub async fn get_webhook(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<WebhookId>,
) -> Result<Response> {
    let hook = state.engine().webhook(&principal, id).await?;
    Ok(ok(&Webhook::new(hook, None)))
}
