//! `POST /v1/channels/{id}/test`

use axum::extract::State;
use axum::response::Response;
use tandem_domain::ChannelId;

use crate::auth::Caller;
use crate::body::Path;
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::channels::ChannelTest;
use crate::wire::ok;

/// Try a channel now: inward it connects and looks, outward a test is sent. At a help desk that makes a
/// ticket.
#[utoipa::path(
    post,
    path = "/v1/channels/{id}/test",
    tag = "channels",
    params(("id" = String, Path, description = "Id of the channel")),
    responses((status = 200, description = "What it met", body = ChannelTest)),
)]
pub async fn test_channel(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<ChannelId>,
) -> Result<Response> {
    Ok(ok(&ChannelTest::from(state.engine().test_channel(&principal, id).await?)))
}
