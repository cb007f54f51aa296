//! `GET /v1/channels/kinds`

use axum::extract::State;
use axum::response::Response;
use tandem_engine::access::{Action, allow};

use crate::auth::Caller;
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::channels::ChannelKind;
use crate::wire::common::Page;
use crate::wire::ok;

/// List kinds of channels, those that this build lacks with the way to get them.
#[utoipa::path(
    get,
    path = "/v1/channels/kinds",
    tag = "channels",
    responses((status = 200, description = "All of them", body = Page<ChannelKind>)),
)]
pub async fn list_channel_kinds(
    State(state): State<AppState>,
    Caller(principal): Caller,
) -> Result<Response> {
    allow(&principal, Action::ChannelRead, None)?;
    let kinds = state.engine().channel_kinds().into_iter().map(ChannelKind::from).collect();
    Ok(ok(&Page::<ChannelKind>::whole(kinds)))
}
