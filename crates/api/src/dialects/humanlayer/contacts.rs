//! Questions to people.

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};
use tandem_domain::case::{Case, DecidedBy, Decision, Outcome, Status};
use tandem_domain::loops::{FieldSpec, LoopSpec};
use tandem_engine::Submission;
use tandem_engine::access::{Action, allow};
use tandem_engine::named::{Kind, NameView, NewName};
use tandem_engine::principal::Principal;

use super::super::Seen;
use super::{
    Parts, call_of, check_id, fields, loop_of, option_named, remarks, said, say_escalation,
    without_secrets,
};
use crate::auth::Caller;
use crate::body::Body;
use crate::problem::{Problem, Result};
use crate::state::AppState;
use crate::wire::ok;

/// The loop where none is named.
const USUAL: &str = "humanlayer-contacts";
const KIND: Kind = Kind::HumanContact;

/// A question as the SDK sends it.
#[derive(Debug, Deserialize)]
pub(super) struct ContactIn {
    run_id: String,
    call_id: String,
    spec: Spec,
}

#[derive(Debug, Deserialize)]
struct Spec {
    msg: String,
    #[serde(default)]
    subject: Value,
    #[serde(default)]
    channel: Value,
    #[serde(default)]
    response_options: Value,
    #[serde(default)]
    state: Value,
}

/// `POST /contact_requests`, `POST /human_contacts`
pub(super) async fn add(
    State(state): State<AppState>,
    Caller(by): Caller,
    parts: Parts,
    body: Body<ContactIn>,
) -> Result<Response> {
    let ContactIn { run_id, call_id, spec } = body.value;
    check_id(&call_id)?;
    let loop_name = loop_of(&parts, USUAL);
    allow(&by, Action::CaseSubmit, Some(loop_name))?;
    let handle = state.engine().compiled(&by.space, loop_name).await?;
    let content = spec.msg.clone().into_bytes();
    let input = fields(
        handle.spec(),
        json!({
            "message": spec.msg,
            "run_id": run_id,
            "subject": spec.subject,
            "channel": without_secrets(spec.channel),
            "response_options": spec.response_options,
            "state": spec.state,
        }),
    );
    let submission = Submission { input: Value::Object(input), ..Submission::default() };
    let name = NewName {
        kind: KIND,
        name: call_id,
        parent: String::new(),
        loop_name: loop_name.to_owned(),
        content,
        document: json!({ "run_id": run_id }),
    };
    let (name, case, _) = state.engine().submit_named(&by, name, submission).await?;
    show(&state, &by, &name, &case).await
}

/// `GET /contact_requests/{call_id}`, `GET /human_contacts/{call_id}`
pub(super) async fn get(
    State(state): State<AppState>,
    Caller(by): Caller,
    parts: Parts,
) -> Result<Response> {
    let (name, case) = state.engine().named_case(&by, KIND, call_of(&parts)).await?;
    show(&state, &by, &name, &case).await
}

/// A status as the SDK sends it.
#[derive(Debug, Deserialize)]
pub(super) struct ContactStatus {
    #[serde(default)]
    response: Option<String>,
    #[serde(default)]
    response_option_name: Option<String>,
}

/// `POST /agent/human_contacts/{call_id}/respond`
pub(super) async fn respond(
    State(state): State<AppState>,
    Caller(by): Caller,
    parts: Parts,
    body: Body<ContactStatus>,
) -> Result<Response> {
    let engine = state.engine();
    let (name, case) = engine.named_case(&by, KIND, call_of(&parts)).await?;
    let text = body.value.response.or(body.value.response_option_name);
    let text = text.filter(|text| !text.trim().is_empty());
    let missing = || Problem::invalid("invalid_input", "/response", "say what the answer is");
    let text = text.ok_or_else(missing)?;
    let handle = engine.loop_of(&case).await?;
    let field = answer_field(handle.spec()).ok_or_else(|| {
        let detail = "the answer of this loop has more than one field; answer it in the inbox";
        Problem::invalid("invalid_input", "/response", detail)
    })?;
    let said = said(case.core.id, json!({"verdict": "answer", "answer": {field: text}}))?;
    let judged = engine.judge(&by, case.core.id, said, None).await?;
    show(&state, &by, &name, &judged.case).await
}

/// The one field that a response can fill.
fn answer_field(spec: &LoopSpec) -> Option<&str> {
    let mut texts = spec.answer.iter().filter(|(_, field)| field.required());
    match (texts.next(), texts.next()) {
        (Some((name, FieldSpec::Text(_) | FieldSpec::Choice(_))), None) => Some(name),
        _ => None,
    }
}

/// `POST /agent/human_contacts/{call_id}/escalate_email`
pub(super) async fn escalate(
    State(state): State<AppState>,
    Caller(by): Caller,
    parts: Parts,
    body: Body<Value>,
) -> Result<Response> {
    say_escalation(&state, &by, KIND, call_of(&parts), &body.value).await?;
    let (name, case) = state.engine().named_case(&by, KIND, call_of(&parts)).await?;
    show(&state, &by, &name, &case).await
}

async fn show(state: &AppState, by: &Principal, name: &NameView, case: &Case) -> Result<Response> {
    let input = &case.core.input;
    let decision = Seen::of(state, by, case).await?.decision;
    let response = match decision {
        _ if case.state.status == Status::Cancelled => {
            Some("The question was withdrawn.".to_owned())
        }
        Some(decision) => Some(response(case, decision)),
        None => None,
    };
    let said = response.as_deref().unwrap_or_default();
    let option = option_named(&input["response_options"], said).map(|option| &option["name"]);
    Ok(ok(&json!({
        "run_id": name.document["run_id"],
        "call_id": name.name,
        "spec": {
            "msg": input["message"],
            "subject": input["subject"],
            "channel": input["channel"],
            "response_options": input["response_options"],
            "state": input["state"],
        },
        "status": {
            "requested_at": case.core.created_at,
            "responded_at": response.as_ref().map(|_| {
                decision.map_or(case.state.updated_at, |decision| decision.decided_at)
            }),
            "response": response,
            "response_option_name": option,
        },
    })))
}

/// The answer in words. The SDK asks until there is one, so a refusal is told as well.
fn response(case: &Case, decision: &Decision) -> String {
    let mut said: Vec<String> = Vec::new();
    for value in decision.output.iter().flat_map(|output| output.values()) {
        match value {
            Value::String(text) => said.push(text.clone()),
            Value::Null => {}
            other => said.push(other.to_string()),
        }
    }
    said.extend(remarks(case, decision));
    if !said.is_empty() {
        return said.join("\n");
    }
    match (decision.by, decision.outcome) {
        (DecidedBy::Deadline, _) => "Nobody answered in time.",
        (_, Outcome::Rejected) => "A person declined to answer.",
        _ => "There is no answer.",
    }
    .to_owned()
}
