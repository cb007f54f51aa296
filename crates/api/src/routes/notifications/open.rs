//! `POST /v1/notifications/open`

use axum::extract::State;
use axum::response::Response;

use crate::auth::Browser;
use crate::body::Body;
use crate::problem::{Problem, Result};
use crate::state::AppState;
use crate::wire::notifications::{NotificationLink, NotificationTarget};
use crate::wire::ok;

/// Use a link of a message up, and read where it leads. Browsers only, signed in as whom it was sent
/// to. The link's page asks for this after sign-in, so fetching the link changes nothing; opening
/// decides nothing either.
#[utoipa::path(
    post,
    path = "/v1/notifications/open",
    tag = "notifications",
    request_body = NotificationLink,
    responses(
        (status = 200, description = "Where it leads", body = NotificationTarget),
        (status = 409, description = "Used, ended, or another member's", body = Problem),
    ),
)]
pub async fn open_notification_link(
    State(state): State<AppState>,
    browser: Browser,
    body: Body<NotificationLink>,
) -> Result<Response> {
    let by = &browser.session.principal;
    let opened = state.engine().open_link(by, &body.value.token).await?;
    Ok(ok(&NotificationTarget { case: opened.case }))
}
