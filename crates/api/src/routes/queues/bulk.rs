//! `POST /v1/queues/bulk`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::auth::Caller;
use crate::body::Body;
use crate::problem::{Problem, Result};
use crate::state::AppState;
use crate::wire::queues::{Bulk, BulkIn};
use crate::wire::{json, ok};

/// Change many waiting cases: count them with `dry_run`, then send the same with `expect`.
///
/// Which cases is fixed when the change is accepted. They are changed a hundred at a time, each with
/// its own event; `GET /v1/queues/bulk/{id}` says how far it is.
#[utoipa::path(
    post,
    path = "/v1/queues/bulk",
    tag = "queues",
    request_body = BulkIn,
    responses(
        (status = 200, description = "How many would be changed", body = Bulk),
        (status = 202, description = "The change is under way", body = Bulk),
        (status = 409, description = "Other cases fit by now than were counted", body = Problem),
    ),
)]
pub async fn change_many(
    State(state): State<AppState>,
    Caller(principal): Caller,
    body: Body<BulkIn>,
) -> Result<Response> {
    let BulkIn { loop_name, filter, change, dry_run, expect, reason } = body.value;
    let (engine, filter) = (state.engine(), filter.into_engine()?);
    if dry_run {
        let wanted = change.clone().into();
        let found = engine.preview_bulk(&principal, &loop_name, filter, wanted).await?;
        return Ok(ok(&Bulk::counted(loop_name, change, found)));
    }
    let Some(expect) = expect else {
        let detail = "count first, with `dry_run`, and confirm that number";
        return Err(Problem::invalid("invalid_input", "/expect", detail));
    };
    let what = (filter, change.into());
    let view = engine.start_bulk(&principal, &loop_name, what, expect, &reason, body.idem).await?;
    Ok(json(StatusCode::ACCEPTED, &Bulk::from(view)))
}
