//! `POST /v1/session/link`

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use super::welcome;
use crate::auth::cookie;
use crate::body::Body;
use crate::problem::{Problem, Result};
use crate::state::AppState;
use crate::wire::accounts::{Link, Session};

/// Sign in by a link, which is used up. The link's page asks before it calls this, so that mail
/// scanners, which only fetch, do not use it up.
#[utoipa::path(
    post,
    path = "/v1/session/link",
    tag = "people",
    request_body = Link,
    responses(
        (status = 201, description = "The session, and its cookie", body = Session),
        (status = 401, description = "Unknown, used or expired", body = Problem),
    ),
)]
pub async fn sign_in_by_link(
    State(state): State<AppState>,
    headers: HeaderMap,
    body: Body<Link>,
) -> Result<Response> {
    let opened = state.accounts().sign_in_by_link(&body.value.token, cookie(&headers)).await?;
    welcome(&state, opened).await
}
