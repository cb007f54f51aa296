//! `GET /v1/webhooks`

use axum::extract::State;
use axum::response::Response;

use crate::auth::Caller;
use crate::body::Query;
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::common::{Page, PageQuery, cursor, limit};
use crate::wire::ok;
use crate::wire::webhooks::Webhook;

/// List webhooks, never their secrets.
#[utoipa::path(
    get,
    path = "/v1/webhooks",
    tag = "webhooks",
    params(PageQuery),
    responses((status = 200, description = "A page of webhooks", body = Page<Webhook>)),
)]
pub async fn list_webhooks(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Query(query): Query<PageQuery>,
) -> Result<Response> {
    let (limit, after) = (limit(query.limit)?, cursor(query.cursor.as_deref())?);
    let hooks = state.engine().webhooks(&principal, after, limit).await?;
    let full = hooks.len() == limit as usize;
    let next = hooks.last().filter(|_| full).map(|hook| hook.id.to_string());
    let items = hooks.into_iter().map(|hook| Webhook::new(hook, None)).collect();
    Ok(ok(&Page::<Webhook> { items, next_cursor: next }))
}
