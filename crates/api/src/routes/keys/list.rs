//! `GET /v1/keys`

use axum::extract::State;
use axum::response::Response;

use crate::auth::Caller;
use crate::body::Query;
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::accounts::Key;
use crate::wire::common::{Page, PageQuery, cursor, limit};
use crate::wire::ok;

/// List keys, never their secrets.
#[utoipa::path(
    get,
    path = "/v1/keys",
    tag = "people",
    params(PageQuery),
    responses((status = 200, description = "A page of keys", body = Page<Key>)),
)]
pub async fn list_keys(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Query(query): Query<PageQuery>,
) -> Result<Response> {
    let (limit, after) = (limit(query.limit)?, cursor(query.cursor.as_deref())?);
    let keys = state.accounts().keys(&principal, after, limit).await?;
    let full = keys.len() == limit as usize;
    let next = keys.last().filter(|_| full).map(|key| key.id.to_string());
    let items = keys.into_iter().map(|key| Key::new(key, None)).collect();
    Ok(ok(&Page::<Key> { items, next_cursor: next }))
}
