//! `POST /v1/channels/{id}/replay`

use axum::extract::State;
use axum::response::Response;
use tandem_domain::ChannelId;

use crate::auth::Caller;
use crate::body::{Body, Path};
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::channels::{ChannelReplay, ChannelReplayed};
use crate::wire::ok;

/// Outward, send messages again; inward, hand in once more what was no good.
#[utoipa::path(
    post,
    path = "/v1/channels/{id}/replay",
    tag = "channels",
    params(("id" = String, Path, description = "Id of the channel")),
    request_body = ChannelReplay,
    responses((status = 200, description = "What became of them", body = ChannelReplayed)),
)]
pub async fn replay_channel(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<ChannelId>,
    body: Body<ChannelReplay>,
) -> Result<Response> {
    let what = body.value.into_domain()?;
    let replayed = state.engine().replay_channel(&principal, id, what).await?;
    Ok(ok(&ChannelReplayed::from(replayed)))
}
