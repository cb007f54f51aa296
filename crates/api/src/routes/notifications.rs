//! Notifications of members, the ways they go by, and what the chat calls back.

pub mod channels;
pub mod feed;
pub mod open;
pub mod preferences;
pub mod slack;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::AppState;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(
            preferences::get_notification_preferences,
            preferences::set_notification_preferences
        ))
        .routes(routes!(feed::list_notifications))
        .routes(routes!(feed::read_notifications))
        .routes(routes!(open::open_notification_link))
        .routes(routes!(
            slack::get_slack_account,
            slack::ask_slack_account,
            slack::untie_slack_account
        ))
        .routes(routes!(slack::confirm_slack_account))
        .routes(routes!(slack::slack_interactions))
        .routes(routes!(channels::list_notification_channels))
        .routes(routes!(channels::test_notification_channel))
}
