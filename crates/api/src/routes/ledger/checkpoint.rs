//! `GET /v1/ledger/checkpoint`

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use tandem_engine::access::{Action, allow_somewhere};

use crate::auth::Caller;
use crate::problem::{Problem, Result};
use crate::state::AppState;
use crate::wire::ledger::{Checkpoint, Unsealed};
use crate::wire::ok;

/// Read the newest checkpoint: a signed note, or with `Accept: application/json` an object.
#[utoipa::path(
    get,
    path = "/v1/ledger/checkpoint",
    tag = "ledger",
    responses((
        status = 200,
        description = "The checkpoint",
        content((Checkpoint = "application/json"), (String = "text/plain")),
    )),
)]
pub async fn get_checkpoint(
    State(state): State<AppState>,
    Caller(principal): Caller,
    headers: HeaderMap,
) -> Result<Response> {
    allow_somewhere(&principal, Action::CheckpointRead)?;
    let status = state.engine().ledger_status().await?;
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    if accept.is_some_and(|accept| accept.contains("application/json")) {
        let (note, at) = status.checkpoint.map(|kept| (kept.note, kept.at)).unzip();
        return Ok(ok(&Checkpoint {
            origin: status.origin,
            size: status.size,
            root: status.root,
            note,
            at,
            anchored_size: status.anchored_size,
            vkey: status.vkey,
            unsealed: Unsealed { count: status.unsealed, oldest_at: status.unsealed_since },
        }));
    }
    let note = status.checkpoint.map(|kept| kept.note);
    let note = note.ok_or_else(|| Problem::not_found("signed checkpoint yet"))?;
    let mut response = note.into_response();
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    Ok(response)
}
