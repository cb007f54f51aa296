//! `POST /v1/webhooks/{id}/rotate`

use axum::extract::State;
use axum::response::Response;
use tandem_domain::WebhookId;

use crate::auth::Caller;
use crate::body::{Body, Path};
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::ok;
use crate::wire::webhooks::{Rotation, Webhook};

/// Change the secret. The new one is in this answer only; the one before signs as well for a while.
#[utoipa::path(
    post,
    path = "/v1/webhooks/{id}/rotate",
    tag = "webhooks",
    params(("id" = String, Path, description = "Id of the webhook")),
    request_body = Rotation,
    responses((status = 200, description = "The webhook with its new secret", body = Webhook)),
)]
pub async fn rotate_webhook(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<WebhookId>,
    body: Body<Rotation>,
) -> Result<Response> {
    let made = state.engine().rotate_webhook(&principal, id, body.value.overlap_s).await?;
    Ok(ok(&Webhook::new(made.hook, made.secret)))
}
