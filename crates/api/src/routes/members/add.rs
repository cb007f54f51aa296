//! `POST /v1/members`

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use crate::auth::Caller;
use crate::body::Body;
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::accounts::{Member, MemberIn};
use crate::wire::json;

/// Add a member. Without a password the answer holds a sign-in link, once.
#[utoipa::path(
    post,
    path = "/v1/members",
    tag = "people",
    request_body = MemberIn,
    responses((status = 201, description = "The member", body = Member)),
)]
pub async fn add_member(
    State(state): State<AppState>,
    Caller(principal): Caller,
    headers: HeaderMap,
    body: Body<MemberIn>,
) -> Result<Response> {
    let new = body.value.into_domain();
    let added = state.accounts().add_member_once(&principal, new, body.idem).await?;
    let link = added.link.as_deref().map(|token| super::link(&state, &headers, token));
    Ok(json(StatusCode::CREATED, &Member::new(added.member, link)))
}
