//! Members.

pub mod absence;
pub mod add;
pub mod change;
pub mod link;
pub mod list;
pub mod persons;

use axum::http::{HeaderMap, header};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::AppState;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list::list_members))
        .routes(routes!(add::add_member))
        .routes(routes!(change::change_member))
        .routes(routes!(link::make_signin_link))
        .routes(routes!(persons::ask_person_change, persons::list_person_changes))
        .routes(routes!(persons::confirm_person_change))
        .routes(routes!(persons::decline_person_change))
        .routes(routes!(absence::list_absences))
        .routes(routes!(absence::get_absence, absence::set_absence))
        .routes(routes!(absence::challenge_absence))
        .routes(routes!(absence::accept_absence))
        .routes(routes!(absence::decline_absence))
}

/// Address of the page that signs in by a link, on the host that the caller used.
fn link(state: &AppState, headers: &HeaderMap, token: &str) -> String {
    let scheme = if state.config().secure_cookies { "https" } else { "http" };
    match headers.get(header::HOST).and_then(|host| host.to_str().ok()) {
        Some(host) => format!("{scheme}://{host}/signin/{token}"),
        None => format!("/signin/{token}"),
    }
}
