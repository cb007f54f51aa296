//! Calls of functions that people approve.

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tandem_domain::case::{Answer, Case, DecidedBy, Decision, Delivery, Outcome, Proposal, Status};
use tandem_domain::command::NewProposal;
use tandem_domain::loops::{FieldSpec, LoopSpec};
use tandem_domain::refusal::Code;
use tandem_engine::Submission;
use tandem_engine::access::{Action, allow, owns};
use tandem_engine::errors::EngineError;
use tandem_engine::named::{Kind, NameView, NewName};
use tandem_engine::principal::Principal;

use super::super::Seen;
use super::{
    Parts, call_of, check_id, fields, judgments, loop_of, option_named, remarks, said,
    say_escalation, without_secrets,
};
use crate::auth::Caller;
use crate::body::Body;
use crate::problem::{Problem, Result};
use crate::state::AppState;
use crate::wire::ok;

/// The loop where none is named.
const USUAL: &str = "humanlayer-approvals";
const KIND: Kind = Kind::FunctionCall;

/// A call as the SDK sends it; what newer ones add is ignored.
#[derive(Debug, Deserialize)]
pub(super) struct CallIn {
    run_id: String,
    call_id: String,
    spec: Spec,
}

#[derive(Debug, Deserialize)]
struct Spec {
    #[serde(rename = "fn")]
    function: String,
    kwargs: Map<String, Value>,
    #[serde(default)]
    channel: Value,
    #[serde(default)]
    reject_options: Value,
    #[serde(default)]
    state: Value,
}

/// `POST /function_calls`
pub(super) async fn add(
    State(state): State<AppState>,
    Caller(by): Caller,
    parts: Parts,
    body: Body<CallIn>,
) -> Result<Response> {
    let call = body.value;
    check_id(&call.call_id)?;
    let loop_name = loop_of(&parts, USUAL);
    allow(&by, Action::CaseSubmit, Some(loop_name))?;
    let handle = state.engine().compiled(&by.space, loop_name).await?;
    let content = [call.spec.function.as_bytes(), b"\0", &bytes(&call.spec.kwargs)].concat();
    let submission = submission(&by, handle.spec(), &call)?;
    let name = NewName {
        kind: KIND,
        name: call.call_id,
        parent: String::new(),
        loop_name: loop_name.to_owned(),
        content,
        document: json!({ "run_id": call.run_id }),
    };
    let (name, case, _) = state.engine().submit_named(&by, name, submission).await?;
    show(&state, &by, &name, case).await
}

fn bytes(kwargs: &Map<String, Value>) -> Vec<u8> {
    serde_json::to_vec(kwargs).unwrap_or_default()
}

fn submission(by: &Principal, spec: &LoopSpec, call: &CallIn) -> Result<Submission> {
    let CallIn { run_id, spec: said, .. } = call;
    let proposed = proposed(spec, said)?;
    let mut input = fields(
        spec,
        json!({
            "function": said.function,
            "arguments": said.kwargs,
            "run_id": run_id,
            "channel": without_secrets(said.channel.clone()),
            "reject_options": said.reject_options,
            "state": said.state,
        }),
    );
    // A loop of one's own may show arguments in fields of their name.
    for (name, value) in fields(spec, Value::Object(said.kwargs.clone())) {
        input.entry(name).or_insert(value);
    }
    Ok(Submission {
        input: Value::Object(input),
        proposal: Some(NewProposal {
            output: proposed,
            confidence: std::collections::BTreeMap::new(),
            probabilities: std::collections::BTreeMap::new(),
            model: None,
            evidence: Vec::new(),
            by: by.id(),
        }),
        ..Submission::default()
    })
}

/// The call as an answer of the loop: of an action that has the tool, else of a form.
fn proposed(spec: &LoopSpec, said: &Spec) -> Result<Answer> {
    let action = spec.answer.iter().find(|(_, field)| match field {
        FieldSpec::Action(action) => action.tools.contains_key(&said.function),
        _ => false,
    });
    if let Some((name, _)) = action {
        let call = json!({"tool": said.function, "arguments": said.kwargs});
        return Ok([(name.clone(), call)].into_iter().collect());
    }
    let form = spec.answer.iter().find(|(_, field)| matches!(field, FieldSpec::Form(_)));
    if let Some((name, _)) = form {
        let call = json!({"fn": said.function, "kwargs": said.kwargs});
        return Ok([(name.clone(), call)].into_iter().collect());
    }
    let detail = format!(
        "the loop `{}` has neither an action with the tool `{}` nor a form to hold the call",
        spec.name, said.function
    );
    Err(Problem::invalid("invalid_input", "/spec/fn", detail))
}

/// `GET /function_calls/{call_id}`
pub(super) async fn get(
    State(state): State<AppState>,
    Caller(by): Caller,
    parts: Parts,
) -> Result<Response> {
    let (name, case) = state.engine().named_case(&by, KIND, call_of(&parts)).await?;
    show(&state, &by, &name, case).await
}

/// `POST /agent/function_calls/{call_id}/respond`
pub(super) async fn respond(
    State(state): State<AppState>,
    Caller(by): Caller,
    parts: Parts,
    body: Body<StatusIn>,
) -> Result<Response> {
    let (engine, status) = (state.engine(), body.value);
    let (name, case) = engine.named_case(&by, KIND, call_of(&parts)).await?;
    let Some(approved) = status.approved else {
        return Err(Problem::invalid("invalid_input", "/approved", "say true or false"));
    };
    let handle = engine.loop_of(&case).await?;
    let mut comment = status.comment.filter(|comment| !comment.trim().is_empty());
    let mut reasons = Vec::new();
    match status.reject_option_name.filter(|_| !approved) {
        Some(option) if handle.spec().reject_reasons.contains(&option) => reasons.push(option),
        Some(option) => comment = comment.or(Some(option)),
        None => {}
    }
    let verdict = if approved { "approve" } else { "reject" };
    let body = json!({"verdict": verdict, "reasons": reasons, "comment": comment});
    let said = said(case.core.id, body)?;
    let judged = engine.judge(&by, case.core.id, said, None).await?;
    show(&state, &by, &name, judged.case).await
}

/// A status as the SDK sends it.
#[derive(Debug, Deserialize)]
pub(super) struct StatusIn {
    #[serde(default)]
    approved: Option<bool>,
    #[serde(default)]
    comment: Option<String>,
    #[serde(default)]
    reject_option_name: Option<String>,
}

/// `POST /agent/function_calls/{call_id}/escalate_email`
pub(super) async fn escalate(
    State(state): State<AppState>,
    Caller(by): Caller,
    parts: Parts,
    body: Body<Value>,
) -> Result<Response> {
    say_escalation(&state, &by, KIND, call_of(&parts), &body.value).await?;
    let (name, case) = state.engine().named_case(&by, KIND, call_of(&parts)).await?;
    show(&state, &by, &name, case).await
}

/// What the SDK is told.
struct Told {
    approved: bool,
    comment: Option<String>,
}

impl Told {
    fn no(comment: impl Into<String>) -> Self {
        Self { approved: false, comment: Some(comment.into()) }
    }
}

async fn show(state: &AppState, by: &Principal, name: &NameView, case: Case) -> Result<Response> {
    let seen = Seen::of(state, by, &case).await?;
    let told = told(state, by, &case, seen).await?;
    let decision = seen.decision;
    let option = decision.and_then(|decision| chosen(&case, decision));
    let at = decision.map(|decision| decision.decided_at);
    let over = at.or((case.state.status == Status::Cancelled).then_some(case.state.updated_at));
    let (function, kwargs) = call(case.state.proposals.first().filter(|_| !seen.hidden));
    let input = &case.core.input;
    Ok(ok(&json!({
        "run_id": name.document["run_id"],
        "call_id": name.name,
        "spec": {
            "fn": function,
            "kwargs": kwargs,
            "channel": input["channel"],
            "reject_options": input["reject_options"],
            "state": input["state"],
        },
        "status": {
            "requested_at": case.core.created_at,
            "responded_at": over.filter(|_| told.is_some()),
            "approved": told.as_ref().map(|told| told.approved),
            "comment": told.as_ref().and_then(|told| told.comment.clone()),
            "reject_option_name": option.filter(|_| told.is_some_and(|told| !told.approved)),
            "slack_message_ts": null,
        },
    })))
}

fn call(proposal: Option<&Proposal>) -> (Value, Value) {
    let call = proposal.and_then(|proposal| proposal.output.values().next());
    let part = |first: &str, second: &str| {
        let call = call?;
        call.get(first).or_else(|| call.get(second)).cloned()
    };
    (
        part("tool", "fn").unwrap_or_else(|| json!("")),
        part("arguments", "kwargs").unwrap_or_else(|| json!({})),
    )
}

/// What became of the call; `None` while nobody has decided, or nothing may run.
async fn told(
    state: &AppState,
    by: &Principal,
    case: &Case,
    seen: Seen<'_>,
) -> Result<Option<Told>> {
    if case.state.status == Status::Cancelled {
        return Ok(Some(Told::no("The request was withdrawn.")));
    }
    let Some(decision) = seen.decision else { return Ok(None) };
    Ok(match decision.outcome {
        Outcome::Approved => taken(state, by, case, decision).await?,
        Outcome::Rejected | Outcome::Blocked => Some(Told::no(why(case, decision))),
        Outcome::Modified | Outcome::Labelled => Some(Told::no(instead(case, decision))),
    })
}

/// Takes the grant of an approval: once, not while a halt is in force, and for whoever asked. Nobody
/// else is told yes: whoever may only read must not run it, and who takes it for the asker spends it.
async fn taken(
    state: &AppState,
    by: &Principal,
    case: &Case,
    decision: &Decision,
) -> Result<Option<Told>> {
    if !owns(by, &case.core) {
        return Ok(None);
    }
    // Approved is the newest proposal; the SDK runs the arguments that it sent, which are the first.
    let asked = case.state.proposals.first().map(|first| &first.output);
    if asked.is_none() || decision.output.as_ref() != asked {
        return Ok(Some(Told::no(instead(case, decision))));
    }
    let (id, digest) = (case.core.id, decision.digest.clone());
    let consumer = format!("humanlayer/{}", by.id());
    let consumed = state.engine().consume(by, id, digest, consumer, None).await;
    match consumed {
        Ok(_) => Ok(Some(Told { approved: true, comment: remarks(case, decision) })),
        // Asked again three seconds later, as the SDK does.
        Err(EngineError::Refused(refusal))
            if matches!(refusal.code, Code::NotSealed | Code::Halted) =>
        {
            Ok(None)
        }
        Err(EngineError::Refused(refusal)) => {
            let why = match &decision.delivery {
                Delivery::Consumed { at, .. } => {
                    format!("The approval was used at {at} and does not open twice; ask again.")
                }
                _ => format!("The approval cannot be used: {}", refusal.message),
            };
            Ok(Some(Told::no(why)))
        }
        Err(error) => Err(error.into()),
    }
}

/// Why not. The SDK gives up on a rejection without words, so there always are some.
fn why(case: &Case, decision: &Decision) -> String {
    if let Some(said) = remarks(case, decision) {
        return said;
    }
    let option = chosen(case, decision).and_then(|name| {
        let options = &case.core.input["reject_options"];
        let option = option_named(options, name.as_str()?)?;
        let text = |part: &str| option[part].as_str().filter(|text| !text.is_empty());
        text("prompt_fill").or_else(|| text("title")).or_else(|| text("name")).map(str::to_owned)
    });
    if let Some(text) = option {
        return text;
    }
    if !decision.reason_codes.is_empty() {
        return decision.reason_codes.join(", ");
    }
    match (decision.by, decision.outcome) {
        (DecidedBy::Deadline, _) => "Nobody answered in time.",
        (_, Outcome::Blocked) => "A guardrail stopped the call.",
        _ => "Rejected without a comment.",
    }
    .to_owned()
}

/// What people said in place of an approval: this SDK can change no arguments.
fn instead(case: &Case, decision: &Decision) -> String {
    let output = decision.output.as_ref().and_then(|output| output.values().next());
    let answer = output.and_then(|output| output.get("respond")).and_then(Value::as_str);
    let said = remarks(case, decision);
    let text = match (answer, output) {
        (Some(answer), _) => answer.to_owned(),
        (None, Some(output)) => {
            let arguments = output.get("arguments").or_else(|| output.get("kwargs"));
            format!("Not as asked; call it with these arguments: {}", arguments.unwrap_or(output))
        }
        (None, None) => "Not as asked.".to_owned(),
    };
    said.map_or(text.clone(), |said| format!("{text}\n{said}"))
}

/// The reject option that people chose: as a reason, or in their own words.
fn chosen(case: &Case, decision: &Decision) -> Option<Value> {
    let options = &case.core.input["reject_options"];
    let reasons = decision.reason_codes.iter().map(String::as_str);
    let comments = judgments(case, decision).filter_map(|judgment| judgment.comment.as_deref());
    let found = reasons.chain(comments).find_map(|said| option_named(options, said));
    found.map(|option| option["name"].clone())
}
