//! `GET /v1/channels`

use axum::extract::State;
use axum::response::Response;

use crate::auth::Caller;
use crate::body::Query;
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::channels::Channel;
use crate::wire::common::{Page, PageQuery, limit};
use crate::wire::ok;

/// List channels by name, with how they are.
#[utoipa::path(
    get,
    path = "/v1/channels",
    tag = "channels",
    params(PageQuery),
    responses((status = 200, description = "A page of channels", body = Page<Channel>)),
)]
pub async fn list_channels(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Query(query): Query<PageQuery>,
) -> Result<Response> {
    let limit = limit(query.limit)?;
    let after = query.cursor.unwrap_or_default();
    let found = state.engine().channels(&principal, &after, limit).await?;
    let full = found.len() == limit as usize;
    let next_cursor = found.last().filter(|_| full).map(|view| view.channel.name.clone());
    let items = found.into_iter().map(Channel::new).collect();
    Ok(ok(&Page::<Channel> { items, next_cursor }))
}
