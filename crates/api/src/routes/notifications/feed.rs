//! `GET /v1/members/me/notifications/feed`, `POST /v1/members/me/notifications/read`

use axum::extract::State;
use axum::response::Response;

use crate::auth::Caller;
use crate::body::{Body, Query};
use crate::problem::{Problem, Result};
use crate::state::AppState;
use crate::wire::common::{cursor, limit};
use crate::wire::notifications::{
    FeedQuery, NotificationFeed, NotificationsRead, NotificationsReadIn,
};
use crate::wire::ok;

/// List what one was told in the app, newest first, with how many are unread.
#[utoipa::path(
    get,
    path = "/v1/members/me/notifications/feed",
    tag = "notifications",
    params(FeedQuery),
    responses((status = 200, description = "A page", body = NotificationFeed)),
)]
pub async fn list_notifications(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Query(query): Query<FeedQuery>,
) -> Result<Response> {
    let (limit, before) = (limit(query.limit)?, cursor(query.cursor.as_deref())?);
    let feed = state.engine().notification_feed(&principal, query.unread, before, limit).await?;
    Ok(ok(&NotificationFeed::from(feed)))
}

/// Note that one read one, everything up to one, or everything.
#[utoipa::path(
    post,
    path = "/v1/members/me/notifications/read",
    tag = "notifications",
    request_body = NotificationsReadIn,
    responses((status = 200, description = "How many became read", body = NotificationsRead)),
)]
pub async fn read_notifications(
    State(state): State<AppState>,
    Caller(principal): Caller,
    body: Body<NotificationsReadIn>,
) -> Result<Response> {
    let NotificationsReadIn { id, upto } = body.value;
    if id.is_some() && upto.is_some() {
        let detail = "give `id` for one, `upto` for all up to one, or neither for all";
        return Err(Problem::invalid("invalid_input", "", detail));
    }
    let engine = state.engine();
    let count = engine.read_notifications(&principal, id.or(upto), upto.is_some()).await?;
    Ok(ok(&NotificationsRead { count }))
}
