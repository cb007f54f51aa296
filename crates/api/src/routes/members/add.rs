//! `POST /v1/members`

use axum::extract::State;
use axum::http::StatusCode;
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
    body: Body<MemberIn>,
) -> Result<Response> {
    let added = state.accounts().add_member(&principal, body.value.into_domain()).await?;
    let link = added.link.as_deref().map(super::link_path);
    Ok(json(StatusCode::CREATED, &Member::new(added.member, link)))
}
