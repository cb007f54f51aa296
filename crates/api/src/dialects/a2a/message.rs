//! `message:send`: a new task, or more about one that waits.

use std::time::Duration;

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use tandem_domain::CaseId;
use tandem_domain::case::Case;
use tandem_domain::loops::{InputKind, LoopSpec};
use tandem_engine::access::{Action, allow};
use tandem_engine::cases::{IdemKey, NewUtterance};
use tandem_engine::named::{Kind, NewName};
use tandem_engine::principal::Principal;
use tandem_engine::review::Said;

use super::error::A2aError;
use super::task;
use crate::state::AppState;
use crate::wire::passkeys::AssertionIn;
use crate::wire::submit::{CaseIn, JudgmentIn, ProposalIn};

/// Longest id of a message.
const LONGEST_ID: usize = 128;
/// Longest words about a task, in bytes.
const LONGEST_TEXT: usize = 16_384;

/// What the parts of a message say.
struct Told {
    text: Option<String>,
    data: Map<String, Value>,
}

/// Takes a message and returns its task.
pub(super) async fn send(
    state: &AppState,
    by: &Principal,
    body: &Map<String, Value>,
) -> Result<Value, A2aError> {
    let message = body.get("message").and_then(Value::as_object);
    let message = message.ok_or_else(|| A2aError::params("message: it is missing"))?;
    let told = told(message)?;
    match message.get("taskId").and_then(Value::as_str).filter(|id| !id.is_empty()) {
        Some(id) => more(state, by, task::id_of(Some(id))?, message, told).await,
        None => new(state, by, body, message, told).await,
    }
}

/// The id of a message: it is what makes it the same when it is sent again.
fn id_of(message: &Map<String, Value>) -> Result<&str, A2aError> {
    let id = message.get("messageId").and_then(Value::as_str).unwrap_or_default();
    if (1..=LONGEST_ID).contains(&id.len()) {
        return Ok(id);
    }
    Err(A2aError::params(format!("message.messageId: give 1 to {LONGEST_ID} bytes")))
}

fn told(message: &Map<String, Value>) -> Result<Told, A2aError> {
    let parts = message.get("parts").and_then(Value::as_array);
    let parts = parts.filter(|parts| !parts.is_empty());
    let parts = parts.ok_or_else(|| A2aError::params("message.parts: there are none"))?;
    let (mut texts, mut data) = (Vec::new(), Map::new());
    for part in parts {
        match (part["text"].as_str(), &part["data"]) {
            (Some(text), _) => texts.push(text),
            (None, Value::Object(members)) => data.extend(members.clone()),
            _ => {
                let message = "message.parts: only texts and data that are objects are taken";
                return Err(A2aError::params(message));
            }
        }
    }
    let text = (!texts.is_empty()).then(|| texts.join("\n"));
    Ok(Told { text, data })
}

async fn new(
    state: &AppState,
    by: &Principal,
    body: &Map<String, Value>,
    message: &Map<String, Value>,
    told: Told,
) -> Result<Value, A2aError> {
    let id = id_of(message)?;
    let mut data = told.data;
    let named = data.remove("loop");
    let named = named.as_ref().or_else(|| message.get("metadata").and_then(|m| m.get("loop")));
    let named = named.or_else(|| body.get("metadata").and_then(|m| m.get("loop")));
    let named = named.or_else(|| body.get("tenant")).and_then(Value::as_str);
    let named = named.filter(|name| !name.is_empty()).ok_or_else(|| {
        A2aError::params("name the loop: as `loop` in a data part or the metadata, or as tenant")
    })?;
    let engine = state.engine();
    allow(by, Action::CaseSubmit, Some(named))?;
    let handle = engine
        .compiled(&by.space, named)
        .await
        .map_err(|_| A2aError::params(format!("there is no loop `{named}`")))?;
    if let Some(text) = &told.text {
        add_text(handle.spec(), &mut data, text)?;
    }
    let content = serde_json::to_vec(&data).unwrap_or_default();
    let context = message.get("contextId").and_then(Value::as_str).filter(|id| !id.is_empty());
    if let Some(context) = context {
        data.entry("run").or_insert_with(|| json!(context));
    }
    if data.contains_key("key") {
        return Err(A2aError::params("the message's id is the key; leave `key` out"));
    }
    let case: CaseIn = serde_json::from_value(Value::Object(data))
        .map_err(|error| A2aError::params(format!("message.parts: {error}")))?;
    let name = NewName {
        kind: Kind::Message,
        name: format!("{}/{id}", by.id()),
        parent: String::new(),
        loop_name: named.to_owned(),
        content,
        document: json!({}),
    };
    let submission = case.into_domain(&by.id())?;
    let (_, case, _) = engine.submit_named(by, name, submission).await?;
    task::shown(state, by, &case).await
}

/// Plain words are the one text of the loop's input.
fn add_text(spec: &LoopSpec, data: &mut Map<String, Value>, text: &str) -> Result<(), A2aError> {
    let mut texts = spec.input.iter().filter(|(_, field)| field.kind == InputKind::Text);
    let input = data.entry("input").or_insert_with(|| json!({}));
    match (texts.next(), texts.next(), input) {
        (Some((name, _)), None, Value::Object(input)) if !input.contains_key(name) => {
            input.insert(name.clone(), json!(text));
            Ok(())
        }
        _ => Err(A2aError::params(format!(
            "plain words fit only a loop with one text among its inputs; `{}` takes a data part",
            spec.name
        ))),
    }
}

/// More about a task: a proposal, a judgment, or words. Sent again with the same id it is done once.
async fn more(
    state: &AppState,
    by: &Principal,
    id: CaseId,
    message: &Map<String, Value>,
    told: Told,
) -> Result<Value, A2aError> {
    let engine = state.engine();
    let key = id_of(message)?;
    let case = engine.get(by, id).await?;
    let Told { text, mut data } = told;
    let alone = !data.contains_key("proposal") && !data.contains_key("verdict");
    if let Some(text) = &text {
        check_words(state, by, &case, (key, text), alone).await?;
    } else if alone {
        let message = "a data part about a task has a `proposal`, or a `verdict` by a member's key";
        return Err(A2aError::params(message));
    }
    let digest: [u8; 32] = Sha256::digest(serde_json::to_vec(message).unwrap_or_default()).into();
    let idem = |part: &str| {
        Some(IdemKey { route: format!("a2a message {part} {id}"), key: key.to_owned(), digest })
    };
    let wrong = |error: serde_json::Error| A2aError::params(format!("message.parts: {error}"));
    if let Some(proposal) = data.remove("proposal") {
        let proposal: ProposalIn = serde_json::from_value(proposal).map_err(wrong)?;
        engine.propose(by, id, proposal.into_domain(by.id()), false, idem("proposal")).await?;
    } else if !alone {
        let mut said: JudgmentIn = serde_json::from_value(Value::Object(data)).map_err(wrong)?;
        let assertion = said.assertion.take().map(AssertionIn::into_domain);
        let (claim, judgment, _) = said.into_domain(id)?;
        engine.judge(by, id, Said { claim, judgment, assertion }, idem("judgment")).await?;
    }
    if let Some(body) = text {
        let said = NewUtterance { client_id: Some(key.to_owned()), speaker: None, body };
        engine.say(by, id, said, None).await?;
    }
    task::get(state, by, id).await
}

/// Whether words would be taken, before anything of their message is written.
async fn check_words(
    state: &AppState,
    by: &Principal,
    case: &Case,
    (key, text): (&str, &str),
    alone: bool,
) -> Result<(), A2aError> {
    if text.trim().is_empty() || text.len() > LONGEST_TEXT {
        let message = format!("message.parts: words have 1 to {LONGEST_TEXT} bytes");
        return Err(A2aError::params(message));
    }
    let member = by.member().map(|(member, _)| member);
    let silenced = case.state.taken_over.is_some_and(|held| member != Some(held.member));
    let refused = if silenced {
        "a person has taken over this conversation: stay silent until they give the turn back"
    } else if alone && task::is_over(state, by, case).await? {
        "the task is over; send a new message"
    } else {
        return Ok(());
    };
    // What was said before is said: that it is sent again is no matter of the turn.
    if was_said(state, by, case.core.id, key).await? {
        return Ok(());
    }
    Err(A2aError::unsupported(refused))
}

/// Whether the caller said something under this id.
async fn was_said(
    state: &AppState,
    by: &Principal,
    id: CaseId,
    key: &str,
) -> Result<bool, A2aError> {
    let (mut after, own) = (0, by.id());
    loop {
        let page = state.engine().conversation(by, id, after, Duration::ZERO).await?;
        let Some(last) = page.said.last() else { return Ok(false) };
        after = last.n;
        if page.said.iter().any(|said| said.client_id == key && said.said_by == own) {
            return Ok(true);
        }
    }
}
