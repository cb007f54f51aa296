//! `GET /v1/notifications/channels`, `POST /v1/notifications/channels/{id}/test`

use axum::extract::State;
use axum::response::Response;
use tandem_domain::notify::Way;
use tandem_engine::errors::EngineError;

use crate::auth::Caller;
use crate::body::Path;
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::common::Page;
use crate::wire::notifications::{NotificationChannel, NotificationTest};
use crate::wire::ok;

/// List the ways of telling members, and how well each does.
#[utoipa::path(
    get,
    path = "/v1/notifications/channels",
    tag = "notifications",
    responses((status = 200, description = "All of them", body = Page<NotificationChannel>)),
)]
pub async fn list_notification_channels(
    State(state): State<AppState>,
    Caller(principal): Caller,
) -> Result<Response> {
    let found = state.engine().notification_channels(&principal).await?;
    Ok(ok(&Page::whole(found.into_iter().map(NotificationChannel::from).collect())))
}

/// Send a test to oneself now, once, and see what it met.
#[utoipa::path(
    post,
    path = "/v1/notifications/channels/{id}/test",
    tag = "notifications",
    params(("id" = String, Path, description = "`app`, `email` or `slack`")),
    responses((status = 200, description = "What it met", body = NotificationTest)),
)]
pub async fn test_notification_channel(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<String>,
) -> Result<Response> {
    let way = Way::of(&id).ok_or_else(|| EngineError::not_found(format!("channel `{id}`")))?;
    Ok(ok(&NotificationTest::from(state.engine().test_notification(&principal, way).await?)))
}
