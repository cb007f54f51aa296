//! `PATCH /v1/webhooks/{id}`

use axum::extract::State;
use axum::response::Response;
use tandem_domain::WebhookId;

use crate::auth::Caller;
use crate::body::{Body, Path};
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::ok;
use crate::wire::webhooks::{Webhook, WebhookPatch};

/// Change, pause or resume a webhook.
#[utoipa::path(
    patch,
    path = "/v1/webhooks/{id}",
    tag = "webhooks",
    params(("id" = String, Path, description = "Id of the webhook")),
    request_body = WebhookPatch,
    responses((status = 200, description = "The webhook", body = Webhook)),
)]
pub async fn change_webhook(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<WebhookId>,
    body: Body<WebhookPatch>,
) -> Result<Response> {
    let change = body.value.into_domain();
    let hook = state.engine().change_webhook(&principal, id, change).await?;
    Ok(ok(&Webhook::new(hook, None)))
}
