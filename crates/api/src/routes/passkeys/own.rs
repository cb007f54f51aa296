//! `GET` and `POST /v1/passkeys`, `POST /v1/passkeys/options`, `DELETE /v1/passkeys/{id}`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use tandem_domain::PasskeyId;

use crate::auth::{Browser, Caller};
use crate::body::{Body, Path};
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::common::Page;
use crate::wire::passkeys::{Passkey, PasskeyChallenge, PasskeyIn};
use crate::wire::{json, ok};

/// List one's own passkeys.
#[utoipa::path(
    get,
    path = "/v1/passkeys",
    tag = "session",
    responses((status = 200, description = "All of them", body = Page<Passkey>)),
)]
pub async fn list_passkeys(
    State(state): State<AppState>,
    Caller(principal): Caller,
) -> Result<Response> {
    let found = state.engine().passkeys(&principal).await?;
    Ok(ok(&Page::whole(found.into_iter().map(Passkey::from).collect())))
}

/// Ask for the challenge of a new passkey. Browsers only.
#[utoipa::path(
    post,
    path = "/v1/passkeys/options",
    tag = "session",
    responses((status = 200, description = "The challenge", body = PasskeyChallenge)),
)]
pub async fn passkey_options(State(state): State<AppState>, browser: Browser) -> Result<Response> {
    let made = state.engine().passkey_options(&browser.session.principal).await?;
    Ok(ok(&PasskeyChallenge::new(made)))
}

/// Register a passkey. Browsers only: whoever has a key of the API has no passkey by that.
#[utoipa::path(
    post,
    path = "/v1/passkeys",
    tag = "session",
    request_body = PasskeyIn,
    responses((status = 201, description = "Registered", body = Passkey)),
)]
pub async fn add_passkey(
    State(state): State<AppState>,
    browser: Browser,
    body: Body<PasskeyIn>,
) -> Result<Response> {
    let new = body.value.into_domain();
    let added = state.engine().add_passkey(&browser.session.principal, new).await?;
    Ok(json(StatusCode::CREATED, &Passkey::from(added)))
}

/// Remove one of one's own passkeys. What it signed stays verifiable.
#[utoipa::path(
    delete,
    path = "/v1/passkeys/{id}",
    tag = "session",
    params(("id" = String, Path, description = "Id of the passkey")),
    responses((status = 204, description = "Removed")),
)]
pub async fn remove_passkey(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<PasskeyId>,
) -> Result<Response> {
    state.engine().remove_passkey(&principal, id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
