//! `POST /v1/webhooks/{id}/test`

use axum::extract::State;
use axum::response::Response;
use tandem_domain::WebhookId;

use crate::auth::Caller;
use crate::body::Path;
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::ok;
use crate::wire::webhooks::Delivery;

/// Send a test now, once, and see what the endpoint answered.
#[utoipa::path(
    post,
    path = "/v1/webhooks/{id}/test",
    tag = "webhooks",
    params(("id" = String, Path, description = "Id of the webhook")),
    responses((status = 200, description = "The test, delivered or dead", body = Delivery)),
)]
pub async fn test_webhook(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<WebhookId>,
) -> Result<Response> {
    let told = state.engine().test_webhook(&principal, id).await?;
    Ok(ok(&Delivery::from(told)))
}
