//! Following a task: what it is, what it becomes, and what was decided, as server-sent events.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tandem_domain::CaseId;
use tandem_domain::case::Case;
use tandem_engine::cases::is_finished;
use tandem_engine::principal::Principal;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::super::Seen;
use super::error::A2aError;
use super::task;
use crate::state::AppState;

/// How long a stream lasts; its client subscribes again, and is authenticated anew.
const LIFETIME: Duration = Duration::from_mins(5);
/// Pieces that wait for a slow reader.
const AHEAD: usize = 4;

/// Follows a task that is not over.
pub(super) async fn subscribe(
    state: &AppState,
    by: Arc<Principal>,
    id: CaseId,
    rpc: Option<Value>,
) -> Result<Response, A2aError> {
    let case = state.engine().get(&by, id).await?;
    if task::is_over(state, &by, &case).await? {
        return Err(A2aError::unsupported("the task is over; read it"));
    }
    follow(state, by, id, rpc).await
}

/// Follows a task to its end; one that is over is told at once. `rpc` is the id of a JSON-RPC request.
pub(super) async fn follow(
    state: &AppState,
    by: Arc<Principal>,
    id: CaseId,
    rpc: Option<Value>,
) -> Result<Response, A2aError> {
    let case = state.engine().get(&by, id).await?;
    let (out, pieces) = mpsc::channel::<Result<Bytes, std::io::Error>>(AHEAD);
    let feed = Feed { state: state.clone(), by, id, rpc, out };
    tokio::spawn(async move {
        let stopped = feed.state.clone();
        tokio::select! {
            () = feed.run(case) => {}
            () = tokio::time::sleep(LIFETIME) => {}
            () = stopped.stopped() => {}
        }
    });
    let mut response = Body::from_stream(ReceiverStream::new(pieces)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

struct Feed {
    state: AppState,
    by: Arc<Principal>,
    id: CaseId,
    rpc: Option<Value>,
    out: mpsc::Sender<Result<Bytes, std::io::Error>>,
}

impl Feed {
    async fn run(&self, first: Case) {
        let Ok(task) = task::shown(&self.state, &self.by, &first).await else { return };
        let Ok(seen) = Seen::of(&self.state, &self.by, &first).await else { return };
        if !self.say(&json!({ "task": task })).await || (is_finished(&first) && !seen.masked) {
            return;
        }
        let mut told = task["status"]["state"].clone();
        let heartbeat = self.state.config().heartbeat;
        loop {
            let waited = self.state.engine().wait(&self.by, self.id, heartbeat).await;
            let Ok((case, over)) = waited else { return };
            let Ok(seen) = Seen::of(&self.state, &self.by, &case).await else { return };
            if over && !seen.masked {
                return self.end(&case, seen).await;
            }
            if over {
                // It must look undecided, so it goes on like a case that waits.
                tokio::time::sleep(heartbeat).await;
            }
            let state = task::status(&case, seen)["state"].clone();
            // Between beats a reader learns of a proposal asked for, and that the server lives.
            let alive = if state == told {
                self.send(Bytes::from_static(b": \n\n")).await
            } else {
                self.say(&self.update(&case, seen)).await
            };
            told = state;
            if !alive {
                return;
            }
        }
    }

    async fn end(&self, case: &Case, seen: Seen<'_>) {
        if let Some(artifact) = task::artifact(case, seen) {
            let update = json!({"artifactUpdate": {
                "taskId": self.id.to_string(),
                "contextId": task::context(case),
                "artifact": artifact,
                "lastChunk": true,
            }});
            if !self.say(&update).await {
                return;
            }
        }
        self.say(&self.update(case, seen)).await;
    }

    fn update(&self, case: &Case, seen: Seen<'_>) -> Value {
        json!({"statusUpdate": {
            "taskId": self.id.to_string(),
            "contextId": task::context(case),
            "status": task::status(case, seen),
        }})
    }

    async fn say(&self, event: &Value) -> bool {
        let text = match &self.rpc {
            Some(id) => json!({"jsonrpc": "2.0", "id": id, "result": event}).to_string(),
            None => event.to_string(),
        };
        self.send(Bytes::from(format!("data: {text}\n\n"))).await
    }

    async fn send(&self, piece: Bytes) -> bool {
        self.out.send(Ok(piece)).await.is_ok()
    }
}
