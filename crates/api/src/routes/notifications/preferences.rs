//! `GET` and `PUT /v1/members/me/notifications`

use axum::extract::State;
use axum::response::Response;

use crate::auth::Caller;
use crate::body::Body;
use crate::problem::{Problem, Result};
use crate::state::AppState;
use crate::wire::notifications::NotificationPreferences;
use crate::wire::ok;

/// Read what one wants to be told of.
#[utoipa::path(
    get,
    path = "/v1/members/me/notifications",
    tag = "notifications",
    responses((status = 200, description = "The preferences", body = NotificationPreferences)),
)]
pub async fn get_notification_preferences(
    State(state): State<AppState>,
    Caller(principal): Caller,
) -> Result<Response> {
    let wanted = state.engine().notification_preferences(&principal).await?;
    Ok(ok(&NotificationPreferences::from(wanted)))
}

/// Say what one wants to be told of, by which way, and when.
#[utoipa::path(
    put,
    path = "/v1/members/me/notifications",
    tag = "notifications",
    request_body = NotificationPreferences,
    responses(
        (status = 200, description = "The preferences", body = NotificationPreferences),
        (status = 422, description = "A time, zone, kind or way that is none", body = Problem),
    ),
)]
pub async fn set_notification_preferences(
    State(state): State<AppState>,
    Caller(principal): Caller,
    body: Body<NotificationPreferences>,
) -> Result<Response> {
    let wanted = body.value.into_domain();
    let wanted = state.engine().set_notification_preferences(&principal, wanted).await?;
    Ok(ok(&NotificationPreferences::from(wanted)))
}
