//! `DELETE /v1/channels/{id}`

use axum::extract::State;
use axum::http::StatusCode;
use tandem_domain::ChannelId;

use crate::auth::Caller;
use crate::body::Path;
use crate::problem::Result;
use crate::state::AppState;

/// Remove a channel with what waits for it.
#[utoipa::path(
    delete,
    path = "/v1/channels/{id}",
    tag = "channels",
    params(("id" = String, Path, description = "Id of the channel")),
    responses((status = 204, description = "It is removed")),
)]
pub async fn remove_channel(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<ChannelId>,
) -> Result<StatusCode> {
    state.engine().remove_channel(&principal, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
