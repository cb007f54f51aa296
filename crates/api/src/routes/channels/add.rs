//! `POST /v1/channels`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::auth::Caller;
use crate::body::Body;
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::channels::{Channel, ChannelIn};
use crate::wire::json;

/// Add a channel: it connects at once.
#[utoipa::path(
    post,
    path = "/v1/channels",
    tag = "channels",
    request_body = ChannelIn,
    responses((status = 201, description = "The channel", body = Channel)),
)]
pub async fn add_channel(
    State(state): State<AppState>,
    Caller(principal): Caller,
    body: Body<ChannelIn>,
) -> Result<Response> {
    let new = body.value.into_domain()?;
    let (view, created) = state.engine().add_channel(&principal, new, body.idem).await?;
    let status = if created { StatusCode::CREATED } else { StatusCode::OK };
    Ok(json(status, &Channel::new(view)))
}
