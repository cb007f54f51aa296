//! `POST /v1/loops/{loop}/cases/batch`

mod lines;
mod write;

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, stream};
use tandem_engine::access::{Action, allow};
use tandem_engine::errors::EngineError;
use tandem_engine::principal::Principal;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use self::lines::{Chunk, Lines};
use crate::auth::Caller;
use crate::body::{Path, read_case};
use crate::problem::Result;
use crate::state::AppState;

/// Chunks on their way to the database at once: one commits while the next is parsed.
const IN_FLIGHT: usize = 3;
/// Written chunks that wait for a slow reader.
const AHEAD: usize = 2;

/// Submit many cases: a JSON object a line in, a result a line out, in order, streamed. Bad lines
/// come back by number; the good ones are stored.
#[utoipa::path(
    post,
    path = "/v1/loops/{loop}/cases/batch",
    tag = "cases",
    params(("loop" = String, Path, description = "Name of the loop")),
    request_body(content = String, content_type = "application/x-ndjson"),
    responses((
        status = 200,
        description = "`{line, id, status, route: {to}}` or `{line, error: {code, path, detail}}` a line",
        body = String,
        content_type = "application/x-ndjson",
    )),
)]
pub async fn submit_batch(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(loop_name): Path<String>,
    body: Body,
) -> Result<Response> {
    // Refused as a whole before anything is read: the loop must be there, and the right.
    allow(&principal, Action::CaseSubmit, Some(&loop_name))?;
    state.engine().compiled(&principal.space, &loop_name).await?;
    let lines = Lines::new(body.into_data_stream(), state.config().line_limit);
    let (out, results) = mpsc::channel::<std::result::Result<Bytes, std::io::Error>>(AHEAD);
    tokio::spawn(async move {
        let chunks = stream::unfold(lines, |mut lines| async {
            lines.next_chunk().await.map(|chunk| (chunk, lines))
        });
        // Each chunk is a task of its own, so that one is computed while another commits.
        let work = |chunk: Chunk| {
            let numbers: Vec<u64> = chunk.iter().map(|(line, _)| *line).collect();
            let (state, principal) = (state.clone(), Arc::clone(&principal));
            let done = tokio::spawn(work_off(state, principal, loop_name.clone(), chunk));
            async move {
                let done = done.await;
                done.unwrap_or_else(|error| write::failure(&numbers, EngineError::internal(error)))
            }
        };
        let mut written = std::pin::pin!(chunks.map(work).buffered(IN_FLIGHT));
        while let Some(bytes) = written.next().await {
            // A caller that went away ends the batch; what is stored stays stored.
            if out.send(Ok(bytes)).await.is_err() {
                return;
            }
        }
    });
    let mut response = Body::from_stream(ReceiverStream::new(results)).into_response();
    let kind = HeaderValue::from_static("application/x-ndjson");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    Ok(response)
}

async fn work_off(
    state: AppState,
    principal: Arc<Principal>,
    loop_name: String,
    chunk: Chunk,
) -> Bytes {
    let numbers: Vec<u64> = chunk.iter().map(|(line, _)| *line).collect();
    let by = principal.id();
    let lines = chunk
        .into_iter()
        .map(|(line, text)| (line, text.and_then(|text| read_case(&text, &by))))
        .collect();
    match state.engine().submit_batch(&principal, &loop_name, lines).await {
        Ok(results) => write::results(&results),
        Err(error) => write::failure(&numbers, error),
    }
}
