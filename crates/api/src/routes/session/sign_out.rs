//! `DELETE /v1/session`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::set_cookie;
use crate::auth::Browser;
use crate::problem::Result;
use crate::state::AppState;

/// Sign out.
#[utoipa::path(
    delete,
    path = "/v1/session",
    tag = "people",
    responses((status = 204, description = "The session ended")),
)]
pub async fn sign_out(State(state): State<AppState>, browser: Browser) -> Result<Response> {
    state.accounts().sign_out(&browser.token).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    set_cookie(&state, &mut response, "", 0);
    Ok(response)
}
