//! `GET /v1/members`

use axum::extract::State;
use axum::response::Response;

use crate::auth::Caller;
use crate::body::Query;
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::accounts::Member;
use crate::wire::common::{Page, PageQuery, cursor, limit};
use crate::wire::ok;

/// List members.
#[utoipa::path(
    get,
    path = "/v1/members",
    tag = "people",
    params(PageQuery),
    responses((status = 200, description = "A page of members", body = Page<Member>)),
)]
pub async fn list_members(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Query(query): Query<PageQuery>,
) -> Result<Response> {
    let (limit, after) = (limit(query.limit)?, cursor(query.cursor.as_deref())?);
    let members = state.accounts().members(&principal, after, limit).await?;
    let full = members.len() == limit as usize;
    let next = members.last().filter(|_| full).map(|member| member.id.to_string());
    let items = members.into_iter().map(|member| Member::new(member, None)).collect();
    Ok(ok(&Page::<Member> { items, next_cursor: next }))
}
