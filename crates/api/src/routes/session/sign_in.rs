//! `POST /v1/session`

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use super::welcome;
use crate::auth::cookie;
use crate::body::Body;
use crate::problem::{Problem, Result};
use crate::state::AppState;
use crate::wire::accounts::{Credentials, Session};

/// Sign in by password. A session the browser had before ends.
#[utoipa::path(
    post,
    path = "/v1/session",
    tag = "people",
    request_body = Credentials,
    responses(
        (status = 201, description = "The session, and its cookie", body = Session),
        (status = 401, description = "Wrong address or password", body = Problem),
        (status = 429, description = "Too many tries", body = Problem),
    ),
)]
pub async fn sign_in(
    State(state): State<AppState>,
    headers: HeaderMap,
    body: Body<Credentials>,
) -> Result<Response> {
    let Credentials { email, password } = body.value;
    let opened = state.accounts().sign_in(&email, &password, cookie(&headers)).await?;
    welcome(&state, opened).await
}
