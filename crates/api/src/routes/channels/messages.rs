//! `GET /v1/channels/{id}/messages`

use axum::extract::State;
use axum::response::Response;
use tandem_domain::ChannelId;

use crate::auth::Caller;
use crate::body::{Path, Query};
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::channels::{ChannelMessage, ChannelMessageQuery};
use crate::wire::common::{Page, cursor, limit};
use crate::wire::ok;
use crate::wire::webhooks::DeliveryState;

/// List messages of a channel, newest first: outward all that are kept, inward those that were no good.
#[utoipa::path(
    get,
    path = "/v1/channels/{id}/messages",
    tag = "channels",
    params(("id" = String, Path, description = "Id of the channel"), ChannelMessageQuery),
    responses((status = 200, description = "A page of messages", body = Page<ChannelMessage>)),
)]
pub async fn list_channel_messages(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<ChannelId>,
    Query(query): Query<ChannelMessageQuery>,
) -> Result<Response> {
    let (limit, before) = (limit(query.limit)?, cursor(query.cursor.as_deref())?);
    let only = query.state.map(DeliveryState::as_str);
    let page = state.engine().channel_messages(&principal, id, only, before, limit).await?;
    let items = page.items.into_iter().map(ChannelMessage::from).collect();
    let next_cursor = page.next.map(|next| next.to_string());
    Ok(ok(&Page::<ChannelMessage> { items, next_cursor }))
}
