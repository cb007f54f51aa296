//! `GET /v1/standing-grants`, one of them, and what it covered

use axum::extract::State;
use axum::response::Response;
use tandem_domain::StandingId;

use crate::auth::Caller;
use crate::body::{Path, Query};
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::common::{Page, PageQuery, cursor, limit};
use crate::wire::ok;
use crate::wire::standing::{StandingGrant, StandingGrantUse};

/// List standing permissions, newest first.
#[utoipa::path(
    get,
    path = "/v1/standing-grants",
    tag = "gates",
    params(PageQuery),
    responses((status = 200, description = "A page of them", body = Page<StandingGrant>)),
)]
pub async fn list_standing_grants(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Query(query): Query<PageQuery>,
) -> Result<Response> {
    let (limit, before) = (limit(query.limit)?, cursor(query.cursor.as_deref())?);
    let found = state.engine().standing_grants(&principal, before, limit).await?;
    let full = found.len() == limit as usize;
    let next_cursor = found.last().filter(|_| full).map(|last| last.id.to_string());
    let items = found.into_iter().map(StandingGrant::new).collect();
    Ok(ok(&Page { items, next_cursor }))
}

/// Read a standing permission.
#[utoipa::path(
    get,
    path = "/v1/standing-grants/{id}",
    tag = "gates",
    params(("id" = String, Path, description = "Id of the permission")),
    responses((status = 200, description = "The permission", body = StandingGrant)),
)]
pub async fn get_standing_grant(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<StandingId>,
) -> Result<Response> {
    Ok(ok(&StandingGrant::new(state.engine().standing_grant(&principal, id).await?)))
}

/// List the calls that a standing permission covered, newest first.
#[utoipa::path(
    get,
    path = "/v1/standing-grants/{id}/uses",
    tag = "gates",
    params(("id" = String, Path, description = "Id of the permission"), PageQuery),
    responses((status = 200, description = "A page of them", body = Page<StandingGrantUse>)),
)]
pub async fn list_standing_grant_uses(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<StandingId>,
    Query(query): Query<PageQuery>,
) -> Result<Response> {
    let (limit, before) = (limit(query.limit)?, cursor(query.cursor.as_deref())?);
    let found = state.engine().standing_uses(&principal, id, before, limit).await?;
    let full = found.len() == limit as usize;
    let next_cursor = found.last().filter(|_| full).map(|last| last.n.to_string());
    let items = found.into_iter().map(StandingGrantUse::from).collect();
    Ok(ok(&Page { items, next_cursor }))
}
