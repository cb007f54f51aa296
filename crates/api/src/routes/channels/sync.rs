//! `POST /v1/channels/{id}/sync`

use axum::extract::State;
use axum::response::Response;
use serde_json::Value;
use tandem_domain::ChannelId;

use crate::auth::Caller;
use crate::body::{Body, Path};
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::channels::TicketSynced;
use crate::wire::ok;

/// A help desk tells what a ticket says: a comment on its case, never a judgment.
#[utoipa::path(
    post,
    path = "/v1/channels/{id}/sync",
    tag = "channels",
    params(("id" = String, Path, description = "Id of the channel")),
    request_body(
        content = Object,
        description = "As the desk writes it; the channel's `sync` says where what stands",
    ),
    responses((status = 200, description = "The case and the comment", body = TicketSynced)),
)]
pub async fn sync_ticket(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<ChannelId>,
    body: Body<Value>,
) -> Result<Response> {
    let synced = state.engine().sync_ticket(&principal, id, body.value).await?;
    Ok(ok(&TicketSynced::from(synced)))
}
