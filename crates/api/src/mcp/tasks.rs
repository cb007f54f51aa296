//! The tasks extension. A task is a case: it is durable before its handle is given out, and survives
//! whatever happens to this process. Its id is the case's, with the consumer where one was named.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use tandem_domain::CaseId;
use tandem_domain::case::{Case, Status};

use super::ask::is_ready;
use super::ladder::{self, Waiting};
use super::rpc::{Result, RpcError};
use super::{Ctx, call, shown};
use crate::problem::Problem;

/// Time between two looks that clients are asked to keep to, in milliseconds.
const POLL_MS: u64 = 1_000;

/// What a task's id says.
pub(crate) struct TaskId {
    /// The request.
    pub(super) case: CaseId,
    /// Who takes the grant.
    pub(super) consumer: Option<String>,
}

impl TaskId {
    fn text(case: CaseId, consumer: Option<&str>) -> String {
        match consumer {
            None => case.to_string(),
            Some(consumer) => format!("{case}.{}", URL_SAFE_NO_PAD.encode(consumer)),
        }
    }

    /// Reads the id of a task.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (case, consumer) = match text.split_once('.') {
            None => (text, None),
            Some((case, consumer)) => {
                (case, Some(String::from_utf8(URL_SAFE_NO_PAD.decode(consumer).ok()?).ok()?))
            }
        };
        Some(Self { case: case.parse().ok()?, consumer })
    }
}

/// The handle of a call that became a task.
pub(super) fn begun(ctx: &Ctx, case: &Case, consumer: Option<&str>) -> Map<String, Value> {
    let mut task = base(ctx, case, consumer, "working");
    task.insert("resultType".into(), "task".into());
    task
}

fn base(ctx: &Ctx, case: &Case, consumer: Option<&str>, status: &str) -> Map<String, Value> {
    let says = match status {
        "working" => match shown::review_url(ctx.state.engine(), case) {
            Some(url) => format!("Waiting for a person, who decides at {url}"),
            None => "Waiting for a person".to_owned(),
        },
        "cancelled" => "Withdrawn".to_owned(),
        _ => "Decided".to_owned(),
    };
    let task = json!({
        "taskId": TaskId::text(case.core.id, consumer),
        "status": status,
        "statusMessage": says,
        "createdAt": case.core.created_at,
        "lastUpdatedAt": case.state.updated_at,
        "ttlMs": null,
        "pollIntervalMs": POLL_MS,
    });
    task.as_object().cloned().unwrap_or_default()
}

/// A task with its result, where it has one.
pub(super) async fn shown(ctx: &Ctx, case: &Case, task: &TaskId) -> Result<Map<String, Value>> {
    let consumer = task.consumer.as_deref();
    if case.state.status == Status::Cancelled {
        return Ok(base(ctx, case, consumer, "cancelled"));
    }
    if !is_ready(case) {
        return Ok(base(ctx, case, consumer, "working"));
    }
    let waiting = Waiting { consumer: task.consumer.clone(), ..Waiting::default() };
    let mut done = base(ctx, case, consumer, "completed");
    done.insert("result".into(), ladder::finished(ctx, case, &waiting).await?);
    Ok(done)
}

fn named(ctx: &Ctx, params: &Value) -> Result<TaskId> {
    ctx.client.needs_tasks()?;
    let text = params.get("taskId").and_then(Value::as_str);
    let task = text.and_then(TaskId::read);
    task.ok_or_else(|| RpcError::params("/taskId", "there is no such task"))
}

/// A task that is not there is a parameter at fault, as the extension has it.
fn lost(error: impl Into<Problem>) -> RpcError {
    let problem = error.into();
    if problem.status == 404 {
        return RpcError::params("/taskId", "there is no such task");
    }
    problem.into()
}

async fn found(ctx: &Ctx, task: &TaskId) -> Result<Case> {
    ctx.state.engine().get(&ctx.principal, task.case).await.map_err(lost)
}

/// `tasks/get`.
pub(super) async fn get(ctx: &Ctx, params: &Value) -> Result<Value> {
    let task = named(ctx, params)?;
    let case = found(ctx, &task).await?;
    Ok(ctx.client.complete(shown(ctx, &case, &task).await?))
}

/// `tasks/update`. No task asks its client for anything, so there is nothing to take.
pub(super) async fn update(ctx: &Ctx, params: &Value) -> Result<Value> {
    let task = named(ctx, params)?;
    found(ctx, &task).await?;
    Ok(ctx.client.complete(Map::new()))
}

/// `tasks/cancel`: withdraws the request, unless it is decided.
pub(super) async fn cancel(ctx: &Ctx, params: &Value) -> Result<Value> {
    let task = named(ctx, params)?;
    let case = found(ctx, &task).await?;
    if !tandem_engine::cases::is_finished(&case) {
        match call::withdraw(ctx, task.case).await {
            // Decided meanwhile: the acknowledgement promises no more than an attempt.
            Ok(_) => {}
            Err(problem) if problem.status == 409 => {}
            Err(problem) => return Err(lost(problem)),
        }
    }
    Ok(ctx.client.complete(Map::new()))
}
