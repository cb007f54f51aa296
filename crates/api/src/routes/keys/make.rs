//! `POST /v1/keys`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::auth::Caller;
use crate::body::Body;
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::accounts::{Key, KeyIn};
use crate::wire::json;

/// Make a key. Its secret is in this answer only.
#[utoipa::path(
    post,
    path = "/v1/keys",
    tag = "people",
    request_body = KeyIn,
    responses((status = 201, description = "The key", body = Key)),
)]
pub async fn make_key(
    State(state): State<AppState>,
    Caller(principal): Caller,
    body: Body<KeyIn>,
) -> Result<Response> {
    let new = body.value.into_domain();
    let made = state.accounts().make_key_once(&principal, new, body.idem).await?;
    let secret = Some(made.secret).filter(|secret| !secret.is_empty());
    let status = if secret.is_some() { StatusCode::CREATED } else { StatusCode::OK };
    Ok(json(status, &Key::new(made.key, secret)))
}
