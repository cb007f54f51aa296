//! Signing in and out of the browser.

pub mod get;
pub mod link;
pub mod sign_in;
pub mod sign_out;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use tandem_engine::accounts::{Session as Opened, SignedIn};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::COOKIE;
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::accounts::{Session, Who};
use crate::wire::common::from_grants;
use crate::wire::json;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(get::get_session))
        .routes(routes!(sign_in::sign_in))
        .routes(routes!(sign_out::sign_out))
        .routes(routes!(link::sign_in_by_link))
}

async fn view(state: &AppState, session: &Opened) -> Result<Session> {
    Ok(Session {
        member: Some(Who {
            id: session.member.id,
            name: session.member.name.clone(),
            email: session.member.email.clone(),
        }),
        csrf: Some(session.csrf.clone()),
        space: session.principal.space.clone(),
        roles: from_grants(&session.principal.grants),
        ledger_anchored: state.engine().ledger_status().await?.anchored_size.is_some(),
    })
}

/// The session with its cookie.
async fn welcome(state: &AppState, opened: SignedIn) -> Result<Response> {
    let seconds = (opened.session.expires_at - state.accounts().now()).as_seconds() as u64;
    let mut response = json(StatusCode::CREATED, &view(state, &opened.session).await?);
    set_cookie(state, &mut response, &opened.token, seconds);
    Ok(response)
}

fn set_cookie(state: &AppState, response: &mut Response, token: &str, seconds: u64) {
    let secure = if state.config().secure_cookies { "; Secure" } else { "" };
    let cookie =
        format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}
