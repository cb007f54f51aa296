//! `POST` and `GET /v1/loops/{loop}/batches`, `GET /v1/batches/{id}`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use tandem_domain::BatchId;

use crate::auth::Caller;
use crate::body::{Body, Path, Query};
use crate::problem::{Problem, Result};
use crate::state::AppState;
use crate::wire::common::{Page, PageQuery, limit};
use crate::wire::passkeys::PasskeyChallenge;
use crate::wire::standing::{Batch, BatchIn};
use crate::wire::{json, ok};

/// Approve waiting calls of one tool in one sign-off. Each case gets its own decision; what changed
/// since it was listed is left out and named.
#[utoipa::path(
    post,
    path = "/v1/loops/{loop}/batches",
    tag = "gates",
    params(("loop" = String, Path, description = "Name of the loop")),
    request_body = BatchIn,
    responses(
        (status = 201, description = "What was approved, and what was left out", body = Batch),
        (status = 409, description = "None of the cases can be approved", body = Problem),
        (status = 422, description = "Over a cap: nothing was approved", body = Problem),
    ),
)]
pub async fn sign_batch(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(loop_name): Path<String>,
    body: Body<BatchIn>,
) -> Result<Response> {
    let (idem, batch) = (body.idem, body.value.into_domain());
    let done = state.engine().sign_batch(&principal, &loop_name, batch, idem).await?;
    Ok(json(StatusCode::CREATED, &Batch::new(done)))
}

/// Ask for the challenge that one's passkey signs over a batch: the digest of loop, tool and the cases
/// with their digests. It is good for five minutes.
#[utoipa::path(
    post,
    path = "/v1/loops/{loop}/batches/challenge",
    tag = "gates",
    params(("loop" = String, Path, description = "Name of the loop")),
    request_body = BatchIn,
    responses(
        (status = 200, description = "The challenge", body = PasskeyChallenge),
        (status = 409, description = "No passkey is registered", body = Problem),
    ),
)]
pub async fn challenge_batch(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(loop_name): Path<String>,
    body: Body<BatchIn>,
) -> Result<Response> {
    let batch = body.value.into_domain();
    let made = state.engine().batch_challenge(&principal, &loop_name, batch).await?;
    Ok(ok(&PasskeyChallenge::new(made)))
}

/// List the newest sign-offs over many cases.
#[utoipa::path(
    get,
    path = "/v1/loops/{loop}/batches",
    tag = "gates",
    params(("loop" = String, Path, description = "Name of the loop"), PageQuery),
    responses((status = 200, description = "The newest", body = Page<Batch>)),
)]
pub async fn list_batches(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(loop_name): Path<String>,
    Query(query): Query<PageQuery>,
) -> Result<Response> {
    let found = state.engine().batches(&principal, &loop_name, limit(query.limit)?).await?;
    Ok(ok(&Page::whole(found.into_iter().map(Batch::new).collect())))
}

/// Read a sign-off over many cases.
#[utoipa::path(
    get,
    path = "/v1/batches/{id}",
    tag = "gates",
    params(("id" = String, Path, description = "Id of the batch")),
    responses((status = 200, description = "The batch", body = Batch)),
)]
pub async fn get_batch(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<BatchId>,
) -> Result<Response> {
    Ok(ok(&Batch::new(state.engine().batch(&principal, id).await?)))
}
