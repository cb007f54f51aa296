//! `GET`, `POST` and `DELETE /v1/members/me/slack`, `POST /v1/members/me/slack/confirm`,
//! `POST /v1/slack/interactions`

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use tandem_engine::notify::Pressed;

use crate::auth::{Browser, Caller};
use crate::body::{Body, Raw};
use crate::problem::{Problem, Result};
use crate::state::AppState;
use crate::wire::notifications::{NotificationLink, SlackAccount, SlackAccountIn};
use crate::wire::ok;

/// Read which account of the chat is one's own.
#[utoipa::path(
    get,
    path = "/v1/members/me/slack",
    tag = "notifications",
    responses((status = 200, description = "The account", body = SlackAccount)),
)]
pub async fn get_slack_account(
    State(state): State<AppState>,
    Caller(principal): Caller,
) -> Result<Response> {
    let account = state.engine().slack_account(&principal).await?;
    Ok(ok(&SlackAccount { account }))
}

/// Have a link sent to an account of the chat; whoever opens it signed in as oneself ties it.
/// Browsers only.
#[utoipa::path(
    post,
    path = "/v1/members/me/slack",
    tag = "notifications",
    request_body = SlackAccountIn,
    responses(
        (status = 204, description = "Sent"),
        (status = 409, description = "No chat is set up, or it refused", body = Problem),
    ),
)]
pub async fn ask_slack_account(
    State(state): State<AppState>,
    browser: Browser,
    body: Body<SlackAccountIn>,
) -> Result<Response> {
    let by = &browser.session.principal;
    state.engine().ask_slack_link(by, &body.value.account).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Tie the account that the link was sent to. Browsers only.
#[utoipa::path(
    post,
    path = "/v1/members/me/slack/confirm",
    tag = "notifications",
    request_body = NotificationLink,
    responses(
        (status = 200, description = "The account", body = SlackAccount),
        (status = 409, description = "The link was used, or the account is taken", body = Problem),
    ),
)]
pub async fn confirm_slack_account(
    State(state): State<AppState>,
    browser: Browser,
    body: Body<NotificationLink>,
) -> Result<Response> {
    let by = &browser.session.principal;
    let account = state.engine().confirm_slack_link(by, &body.value.token).await?;
    Ok(ok(&SlackAccount { account: Some(account) }))
}

/// Untie one's account of the chat.
#[utoipa::path(
    delete,
    path = "/v1/members/me/slack",
    tag = "notifications",
    responses((status = 204, description = "Untied")),
)]
pub async fn untie_slack_account(
    State(state): State<AppState>,
    Caller(principal): Caller,
) -> Result<Response> {
    state.engine().unlink_slack(&principal).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// What the chat calls back when somebody presses a button. Its signature is checked
/// (`X-Slack-Signature`, version v0, five minutes), and each request is taken once.
#[utoipa::path(
    post,
    path = "/v1/slack/interactions",
    tag = "notifications",
    params(
        ("X-Slack-Signature" = String, Header, description = "`v0=` and the HMAC-SHA256 in hexadecimal"),
        ("X-Slack-Request-Timestamp" = String, Header, description = "Seconds since the epoch"),
    ),
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "Taken; the message says what became of it", body = serde_json::Value),
        (status = 401, description = "Not the chat's own, or too old", body = Problem),
        (status = 409, description = "Taken before", body = Problem),
    ),
)]
pub async fn slack_interactions(
    State(state): State<AppState>,
    headers: HeaderMap,
    Raw(body): Raw,
) -> Result<Response> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("");
    let (time, signature) = (header("x-slack-request-timestamp"), header("x-slack-signature"));
    let pressed = state.engine().slack_interaction(time, signature, &body).await?;
    Ok(ok(&match pressed {
        Pressed::Judged(case) => json!({"judged": case}),
        Pressed::Refused(why) => json!({"refused": why}),
        Pressed::Nothing => json!({}),
    }))
}
