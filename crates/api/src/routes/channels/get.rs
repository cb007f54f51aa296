//! `GET /v1/channels/{id}`

use axum::extract::State;
use axum::response::Response;
use tandem_domain::ChannelId;

use crate::auth::Caller;
use crate::body::Path;
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::channels::Channel;
use crate::wire::ok;

/// One channel, and how it is.
#[utoipa::path(
    get,
    path = "/v1/channels/{id}",
    tag = "channels",
    params(("id" = String, Path, description = "Id of the channel")),
    responses((status = 200, description = "The channel", body = Channel)),
)]
pub async fn get_channel(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<ChannelId>,
) -> Result<Response> {
    Ok(ok(&Channel::new(state.engine().channel(&principal, id).await?)))
}
