//! `GET /v1/session`

use axum::extract::State;
use axum::response::Response;

use super::view;
use crate::auth::{Browser, Caller};
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::accounts::{Session, Who};
use crate::wire::common::from_grants;
use crate::wire::ok;

/// Read who one is, with the token that changes must repeat. Works with a key as well.
#[utoipa::path(
    get,
    path = "/v1/session",
    tag = "people",
    responses((status = 200, description = "The session", body = Session)),
)]
pub async fn get_session(
    State(state): State<AppState>,
    browser: Result<Browser>,
    caller: Result<Caller>,
) -> Result<Response> {
    let Caller(principal) = caller?;
    if let (Ok(browser), tandem_engine::principal::Actor::Member { .. }) =
        (browser, principal.actor)
    {
        return Ok(ok(&view(&state, &browser.session).await?));
    }
    let member = match principal.member() {
        Some((id, _)) => Some(state.accounts().member(&principal, id).await?),
        None => None,
    };
    Ok(ok(&Session {
        member: member.map(|view| Who { id: view.id, name: view.name, email: view.email }),
        csrf: None,
        space: principal.space.clone(),
        roles: from_grants(&principal.grants),
        ledger_anchored: state.engine().ledger_status().await?.anchored_size.is_some(),
    }))
}
