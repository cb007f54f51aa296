//! The same over JSON-RPC 2.0.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use serde_json::{Map, Value, json};
use tandem_engine::principal::Principal;

use super::error::A2aError;
use super::{body_of, message, stream, task};
use crate::auth::Caller;
use crate::state::AppState;
use crate::wire::ok;

pub(super) async fn handle(
    State(state): State<AppState>,
    Caller(by): Caller,
    request: Request,
) -> Response {
    let mut id = Value::Null;
    let done = match body_of(&state, &Path(std::collections::HashMap::new()), request).await {
        Ok(body) => {
            id = body.get("id").cloned().unwrap_or_default();
            run(&state, by, &id, &body).await
        }
        Err(error) => Err(error),
    };
    done.unwrap_or_else(|error| ok(&error.rpc(&id)))
}

async fn run(
    state: &AppState,
    by: Arc<Principal>,
    id: &Value,
    body: &Map<String, Value>,
) -> Result<Response, A2aError> {
    let empty = Map::new();
    let params = body.get("params").and_then(Value::as_object).unwrap_or(&empty);
    let named = || task::id_of(params.get("id").and_then(Value::as_str));
    let method = body.get("method").and_then(Value::as_str).unwrap_or_default();
    let result = match method {
        "SendMessage" => json!({ "task": message::send(state, &by, params).await? }),
        "GetTask" => task::get(state, &by, named()?).await?,
        "CancelTask" => task::cancel(state, &by, named()?).await?,
        "ListTasks" => task::list(state, &by, params).await?,
        "SubscribeToTask" => return stream::subscribe(state, by, named()?, Some(id.clone())).await,
        "SendStreamingMessage" => {
            let task = message::send(state, &by, params).await?;
            let task = task::id_of(task["id"].as_str())?;
            return stream::follow(state, by, task, Some(id.clone())).await;
        }
        other if other.contains("PushNotificationConfig") => return Err(A2aError::no_push()),
        other => return Err(A2aError::method(other)),
    };
    Ok(ok(&json!({"jsonrpc": "2.0", "id": id, "result": result})))
}
