//! `POST /v1/webhooks/{id}/replay`

use axum::extract::State;
use axum::response::Response;
use tandem_domain::WebhookId;

use crate::auth::Caller;
use crate::body::{Body, Path};
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::ok;
use crate::wire::webhooks::{ReplayIn, Replayed};

/// Send finished messages again, with the ids they had: one, or all since a time.
#[utoipa::path(
    post,
    path = "/v1/webhooks/{id}/replay",
    tag = "webhooks",
    params(("id" = String, Path, description = "Id of the webhook")),
    request_body = ReplayIn,
    responses((status = 200, description = "How many", body = Replayed)),
)]
pub async fn replay_webhook(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<WebhookId>,
    body: Body<ReplayIn>,
) -> Result<Response> {
    let what = body.value.into_domain()?;
    let count = state.engine().replay_webhook(&principal, id, what).await?;
    Ok(ok(&Replayed { count }))
}
