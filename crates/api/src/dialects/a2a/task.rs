//! Tasks: cases as A2A shows them.

use serde_json::{Map, Value, json};
use tandem_domain::CaseId;
use tandem_domain::case::{Case, Outcome, Status};
use tandem_engine::CaseQuery;
use tandem_engine::principal::Principal;

use super::super::Seen;
use super::error::A2aError;
use crate::state::AppState;

pub(super) fn id_of(id: Option<&str>) -> Result<CaseId, A2aError> {
    id.and_then(|id| id.parse().ok()).ok_or_else(A2aError::task)
}

pub(super) async fn get(state: &AppState, by: &Principal, id: CaseId) -> Result<Value, A2aError> {
    shown(state, by, &state.engine().fetch(by, id).await?).await
}

pub(super) async fn cancel(
    state: &AppState,
    by: &Principal,
    id: CaseId,
) -> Result<Value, A2aError> {
    let case = state.engine().get(by, id).await?;
    if is_over(state, by, &case).await? {
        return Err(A2aError::not_cancelable("the task is over"));
    }
    shown(state, by, &state.engine().cancel(by, id, None).await?).await
}

/// Tasks of a loop, newest first.
pub(super) async fn list(
    state: &AppState,
    by: &Principal,
    query: &Map<String, Value>,
) -> Result<Value, A2aError> {
    let text = |name: &str| query.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let named = text("tenant").ok_or_else(|| A2aError::params("name the loop as tenant"))?;
    let cursor = text("pageToken").map(|token| id_of(Some(token))).transpose();
    let cursor = cursor.map_err(|_| A2aError::params("pageToken: it is not one of ours"))?;
    let size = query.get("pageSize");
    let size = size.and_then(|size| size.as_u64().or_else(|| size.as_str()?.parse().ok()));
    let size = u32::try_from(size.unwrap_or(50)).unwrap_or(100).clamp(1, 100);
    let page = state.engine().list(by, named, CaseQuery::default(), cursor, size).await?;
    let mut tasks: Vec<Value> = Vec::with_capacity(page.items.len());
    for case in &page.items {
        tasks.push(shown(state, by, case).await?);
    }
    Ok(json!({
        "pageSize": tasks.len(),
        "tasks": tasks,
        "nextPageToken": page.next.as_ref().map(ToString::to_string).unwrap_or_default(),
    }))
}

/// Whether nothing more comes, as far as the caller may know.
pub(super) async fn is_over(
    state: &AppState,
    by: &Principal,
    case: &Case,
) -> Result<bool, A2aError> {
    Ok(case.state.status.is_final() && !Seen::of(state, by, case).await?.masked)
}

const WAITS: (&str, &str) = ("TASK_STATE_INPUT_REQUIRED", "It waits for a person.");

/// Where it stands, and in words what that means.
fn standing(case: &Case, seen: Seen<'_>) -> (&'static str, &'static str) {
    match (case.state.status, seen.decision.map(|decision| decision.outcome)) {
        (status, _) if seen.masked && status != Status::Cancelled => WAITS,
        (Status::Cancelled, _) => ("TASK_STATE_CANCELED", "It was withdrawn."),
        (Status::Decided, Some(Outcome::Rejected)) => ("TASK_STATE_REJECTED", "It was rejected."),
        (Status::Decided, Some(Outcome::Blocked)) => {
            ("TASK_STATE_REJECTED", "A guardrail or rule stopped it.")
        }
        (Status::Decided, _) => ("TASK_STATE_COMPLETED", "It is decided."),
        (Status::Held, _) => ("TASK_STATE_WORKING", "It is decided and takes effect soon."),
        (Status::WaitingForProposal, _) if case.state.attempts == 0 => {
            ("TASK_STATE_WORKING", "A model is asked.")
        }
        (Status::WaitingForProposal, _) => {
            ("TASK_STATE_INPUT_REQUIRED", "A person asks for another proposal.")
        }
        (Status::Queued | Status::Claimed | Status::Reopened, _) => WAITS,
    }
}

/// The status alone.
pub(super) fn status(case: &Case, seen: Seen<'_>) -> Value {
    let (state, text) = standing(case, seen);
    json!({
        "state": state,
        "timestamp": case.state.updated_at,
        "message": {
            "messageId": format!("{}-{}", case.core.id, case.state.revision),
            "role": "ROLE_AGENT",
            "taskId": case.core.id.to_string(),
            "contextId": context(case),
            "parts": [{ "text": text }],
        },
    })
}

pub(super) fn context(case: &Case) -> String {
    case.core.run.clone().unwrap_or_else(|| case.core.id.to_string())
}

/// What was decided, as an artifact.
pub(super) fn artifact(case: &Case, seen: Seen<'_>) -> Option<Value> {
    let decision = seen.decision?;
    Some(json!({
        "artifactId": format!("{}-decision-{}", case.core.id, decision.n),
        "name": "decision",
        "parts": [{"mediaType": "application/json", "data": {
            "case": case.core.id.to_string(),
            "outcome": decision.outcome.as_str(),
            "by": decision.by.as_str(),
            "output": decision.output,
            "reasons": decision.reason_codes,
            "digest": decision.digest,
        }}],
    }))
}

/// A task.
pub(super) async fn shown(
    state: &AppState,
    by: &Principal,
    case: &Case,
) -> Result<Value, A2aError> {
    let seen = Seen::of(state, by, case).await?;
    let artifacts: Vec<Value> = artifact(case, seen).into_iter().collect();
    Ok(json!({
        "id": case.core.id.to_string(),
        "contextId": context(case),
        "status": status(case, seen),
        "artifacts": artifacts,
    }))
}
