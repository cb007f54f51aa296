//! `POST /v1/members/{id}/signin-link`

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use tandem_domain::MemberId;

use crate::auth::Caller;
use crate::body::{Body, Path};
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::accounts::Member;
use crate::wire::json;
use crate::wire::loops::Reason;

/// Make a further sign-in link for a member. It works once, for three days.
#[utoipa::path(
    post,
    path = "/v1/members/{id}/signin-link",
    tag = "people",
    params(("id" = String, Path, description = "Id of the member")),
    request_body = Reason,
    responses((status = 201, description = "The member, with the link", body = Member)),
)]
pub async fn make_signin_link(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<MemberId>,
    headers: HeaderMap,
    _: Body<Reason>,
) -> Result<Response> {
    let link = state.accounts().sign_in_link(&principal, id).await?;
    let member = state.accounts().member(&principal, id).await?;
    Ok(json(StatusCode::CREATED, &Member::new(member, Some(super::link(&state, &headers, &link)))))
}
