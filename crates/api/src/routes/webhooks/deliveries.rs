//! `GET /v1/webhooks/{id}/deliveries`

use axum::extract::State;
use axum::response::Response;
use tandem_domain::WebhookId;

use crate::auth::Caller;
use crate::body::{Path, Query};
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::common::{Page, cursor, limit};
use crate::wire::ok;
use crate::wire::webhooks::{Delivery, DeliveryQuery, DeliveryState};

/// List messages of a webhook and what became of them, newest first.
#[utoipa::path(
    get,
    path = "/v1/webhooks/{id}/deliveries",
    tag = "webhooks",
    params(("id" = String, Path, description = "Id of the webhook"), DeliveryQuery),
    responses((status = 200, description = "A page of messages", body = Page<Delivery>)),
)]
pub async fn list_deliveries(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<WebhookId>,
    Query(query): Query<DeliveryQuery>,
) -> Result<Response> {
    let (limit, before) = (limit(query.limit)?, cursor(query.cursor.as_deref())?);
    let only = query.state.map(DeliveryState::as_str);
    let page = state.engine().deliveries(&principal, id, only, before, limit).await?;
    let items = page.items.into_iter().map(Delivery::from).collect();
    let next_cursor = page.next.map(|next| next.to_string());
    Ok(ok(&Page::<Delivery> { items, next_cursor }))
}
