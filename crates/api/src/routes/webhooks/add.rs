//! `POST /v1/webhooks`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::auth::Caller;
use crate::body::Body;
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::json;
use crate::wire::webhooks::{Webhook, WebhookIn};

/// Add a webhook. Its secret is in this answer only.
#[utoipa::path(
    post,
    path = "/v1/webhooks",
    tag = "webhooks",
    request_body = WebhookIn,
    responses((status = 201, description = "The webhook", body = Webhook)),
)]
pub async fn add_webhook(
    State(state): State<AppState>,
    Caller(principal): Caller,
    body: Body<WebhookIn>,
) -> Result<Response> {
    let made = state.engine().add_webhook(&principal, body.value.into_domain(), body.idem).await?;
    let status = if made.secret.is_some() { StatusCode::CREATED } else { StatusCode::OK };
    Ok(json(status, &Webhook::new(made.hook, made.secret)))
}
