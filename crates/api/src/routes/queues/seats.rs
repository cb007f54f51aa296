//! `GET /v1/queues/seats`

use axum::extract::State;
use axum::response::Response;

use crate::auth::Caller;
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::common::Page;
use crate::wire::ok;
use crate::wire::queues::Seats;

/// List who holds seats, by name, in the loops where one may free them.
#[utoipa::path(
    get,
    path = "/v1/queues/seats",
    tag = "queues",
    responses((status = 200, description = "Members with what they hold", body = Page<Seats>)),
)]
pub async fn list_seats(
    State(state): State<AppState>,
    Caller(principal): Caller,
) -> Result<Response> {
    let seats = state.engine().seats(&principal).await?;
    Ok(ok(&Page::whole(seats.into_iter().map(Seats::from).collect())))
}
