//! `PATCH /v1/members/{id}`

use axum::extract::State;
use axum::response::Response;
use tandem_domain::MemberId;
use tandem_engine::accounts::MemberChange;

use crate::auth::Caller;
use crate::body::{Body, Path};
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::accounts::{Member, MemberPatch};
use crate::wire::common::to_grants;
use crate::wire::ok;

/// Change a member's name, roles or skills, or shut it out. Nobody changes their own rights.
#[utoipa::path(
    patch,
    path = "/v1/members/{id}",
    tag = "people",
    params(("id" = String, Path, description = "Id of the member")),
    request_body = MemberPatch,
    responses((status = 200, description = "The member", body = Member)),
)]
pub async fn change_member(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<MemberId>,
    body: Body<MemberPatch>,
) -> Result<Response> {
    let MemberPatch { name, roles, disabled, skills } = body.value;
    let change = MemberChange { name, grants: roles.map(to_grants), disabled, skills };
    let member = state.accounts().change_member(&principal, id, change).await?;
    Ok(ok(&Member::new(member, None)))
}
