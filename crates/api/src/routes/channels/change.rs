//! `PATCH /v1/channels/{id}`

use axum::extract::State;
use axum::response::Response;
use tandem_domain::ChannelId;

use crate::auth::Caller;
use crate::body::{Body, Path};
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::channels::{Channel, ChannelPatch};
use crate::wire::ok;

/// Change, pause or resume a channel: it connects anew.
#[utoipa::path(
    patch,
    path = "/v1/channels/{id}",
    tag = "channels",
    params(("id" = String, Path, description = "Id of the channel")),
    request_body = ChannelPatch,
    responses((status = 200, description = "The channel", body = Channel)),
)]
pub async fn change_channel(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<ChannelId>,
    body: Body<ChannelPatch>,
) -> Result<Response> {
    let change = body.value.into_domain()?;
    Ok(ok(&Channel::new(state.engine().change_channel(&principal, id, change).await?)))
}
