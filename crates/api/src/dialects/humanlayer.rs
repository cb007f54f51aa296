//! HumanLayer: approvals of function calls and questions to people, under `/compat/humanlayer`.
//!
//! `require_approval` and `human_as_tool` of the SDK, unchanged, with another base URL and key. A call
//! is a case whose proposal is the call; that it is reported as approved is the taking of its grant,
//! so a halt, or a call that ran already, opens nothing. A question is a case without a proposal.

mod calls;
mod contacts;

use std::collections::HashMap;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use tandem_domain::CaseId;
use tandem_domain::case::{Case, Decision, Judgment, JudgmentState, Speaker};
use tandem_domain::loops::LoopSpec;
use tandem_engine::cases::NewUtterance;
use tandem_engine::named::Kind;
use tandem_engine::principal::Principal;
use tandem_engine::review::Said;

use crate::problem::{Problem, Result};
use crate::state::AppState;
use crate::wire::submit::JudgmentIn;

/// Where the SDK's paths begin: for the loops that it has by default, or for one that is named.
const BASES: [&str; 2] = ["/compat/humanlayer/v1", "/compat/humanlayer/loops/{loop}/v1"];
/// Most bytes of a call or question.
const BODY_BYTES: usize = 1 << 20;
/// Longest id of a call.
const LONGEST_ID: usize = 200;

pub(super) fn router() -> Router<AppState> {
    let mut router = Router::new();
    for base in BASES {
        let at = |path: &str| format!("{base}{path}");
        router = router
            .route(&at("/function_calls"), post(calls::add))
            .route(&at("/function_calls/{call}"), get(calls::get))
            .route(&at("/agent/function_calls/{call}/respond"), post(calls::respond))
            .route(&at("/agent/function_calls/{call}/escalate_email"), post(calls::escalate))
            .route(&at("/agent/human_contacts/{call}/respond"), post(contacts::respond))
            .route(&at("/agent/human_contacts/{call}/escalate_email"), post(contacts::escalate));
        // The SDK and its documentation differ.
        for noun in ["/contact_requests", "/human_contacts"] {
            router = router
                .route(&at(noun), post(contacts::add))
                .route(&at(&format!("{noun}/{{call}}")), get(contacts::get));
        }
    }
    router.layer(DefaultBodyLimit::max(BODY_BYTES))
}

/// The parts of a path that vary.
type Parts = axum::extract::Path<HashMap<String, String>>;

fn loop_of<'a>(parts: &'a Parts, usual: &'a str) -> &'a str {
    parts.get("loop").map_or(usual, String::as_str)
}

fn call_of(parts: &Parts) -> &str {
    parts.get("call").map_or("", String::as_str)
}

fn check_id(id: &str) -> Result<()> {
    if !id.is_empty() && id.len() <= LONGEST_ID && id.chars().all(|c| c.is_ascii_graphic()) {
        return Ok(());
    }
    let detail = format!("give 1 to {LONGEST_ID} visible ASCII characters");
    Err(Problem::invalid("invalid_input", "/call_id", detail))
}

/// Those of the given fields that the loop's input has, and are not null.
fn fields(spec: &LoopSpec, given: Value) -> Map<String, Value> {
    let Value::Object(given) = given else { return Map::new() };
    given
        .into_iter()
        .filter(|(name, value)| !value.is_null() && spec.input.contains_key(name))
        .collect()
}

/// A channel without the secret that it may carry: cases are kept and shown.
fn without_secrets(mut channel: Value) -> Value {
    if let Some(slack) = channel.get_mut("slack").and_then(Value::as_object_mut)
        && slack.contains_key("bot_token")
    {
        slack.insert("bot_token".to_owned(), Value::Null);
    }
    channel
}

/// What the people said whose judgments a decision rests on.
fn judgments<'a>(case: &'a Case, decision: &'a Decision) -> impl Iterator<Item = &'a Judgment> {
    case.state.judgments.iter().filter(|judgment| {
        judgment.state == JudgmentState::Counted && decision.judgments.contains(&judgment.n)
    })
}

/// Their remarks, one after the other; `None` where nobody remarked anything.
fn remarks(case: &Case, decision: &Decision) -> Option<String> {
    let said: Vec<&str> = judgments(case, decision)
        .filter_map(|judgment| judgment.comment.as_deref())
        .map(str::trim)
        .filter(|comment| !comment.is_empty())
        .collect();
    (!said.is_empty()).then(|| said.join("\n"))
}

/// The option that an answer names or repeats.
fn option_named<'a>(options: &'a Value, said: &str) -> Option<&'a Value> {
    let said = said.trim();
    options.as_array()?.iter().find(|option| {
        ["name", "title", "prompt_fill"]
            .iter()
            .any(|part| option[*part].as_str().is_some_and(|text| text.trim() == said))
    })
}

/// Whom it is addressed to, as people see it beside the case.
async fn say_escalation(
    state: &AppState,
    by: &Principal,
    kind: Kind,
    call: &str,
    body: &Value,
) -> Result<()> {
    let text = body["escalation_msg"].as_str().map(str::trim).filter(|text| !text.is_empty());
    let detail = "say in words why this is urgent";
    let text = text.ok_or_else(|| Problem::invalid("invalid_input", "/escalation_msg", detail))?;
    let (_, case) = state.engine().named_case(by, kind, call).await?;
    // The SDK names no escalation, and sends one again whose answer it missed: the same words are said once.
    let words = hex::encode(&Sha256::digest(text.as_bytes())[..16]);
    let said = NewUtterance {
        client_id: Some(format!("escalation-{words}")),
        speaker: Some(Speaker::Agent),
        body: format!("Escalation: {text}"),
    };
    state.engine().say(by, case.core.id, said, None).await?;
    // First of all where the caller may say so; everybody reads the message either way.
    let first = state.engine().reprioritise(by, case.core.id, 9, text, None).await;
    if let Err(error) = first {
        tracing::debug!(case = %case.core.id, %error, "an escalation did not move the case");
    }
    Ok(())
}

/// What a reviewer says through the SDK, as they would to a case: only keys of members may, and
/// nothing is approved that has to be seen.
fn said(case: CaseId, body: Value) -> Result<Said> {
    let body: JudgmentIn = serde_json::from_value(body)
        .map_err(|error| Problem::invalid("invalid_input", "", error.to_string()))?;
    let (claim, judgment, _) = body.into_domain(case)?;
    Ok(Said { claim, judgment, assertion: None })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn no_token_of_a_bot_is_kept() {
        let channel = json!({"slack": {"channel_or_user_id": "C1", "bot_token": "xoxb-1"}});
        assert_eq!(
            without_secrets(channel),
            json!({"slack": {"channel_or_user_id": "C1", "bot_token": null}})
        );
        assert_eq!(without_secrets(Value::Null), Value::Null);
    }

    #[test]
    fn options_are_found_by_what_people_say() {
        let options = json!([
            {"name": "fraud", "title": "Looks like fraud"},
            {"name": "later", "prompt_fill": "ask again tomorrow"},
        ]);
        let name = |said: &str| option_named(&options, said).map(|o| o["name"].clone());
        assert_eq!(name("fraud"), Some(json!("fraud")));
        assert_eq!(name(" Looks like fraud "), Some(json!("fraud")));
        assert_eq!(name("ask again tomorrow"), Some(json!("later")));
        assert_eq!(name("no"), None);
        assert_eq!(option_named(&Value::Null, "fraud"), None);
    }
}
