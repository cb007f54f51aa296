//! What a tool gives back: where a request stands, and the grant where a call may run.

use std::time::Duration;

use serde_json::{Map, Value, json};
use tandem_domain::case::{Case, Decision, DecisionState, Outcome, Status};
use tandem_engine::Engine;
use tandem_engine::errors::EngineError;

use super::{Ctx, rpc};
use crate::problem::{Problem, Result};
use crate::wire::cases::changes_wanted;
use crate::wire::decisions::{DecisionView, GrantView};
use crate::wire::lens::Lens;

/// How often, and how long apart, a decision that is not sealed yet is asked for again.
const UNSEALED: (u32, Duration) = (400, Duration::from_millis(50));

/// How much is taken with a look.
#[derive(Debug, Clone, Copy)]
pub(super) enum Take<'a> {
    /// Nothing: only look.
    Nothing,
    /// The grant of an approved call, for this consumer or the caller itself.
    Grant(Option<&'a str>),
}

/// A result of a tool: the same as text and as structured content.
pub(super) fn result(structured: Value, failed: bool) -> Map<String, Value> {
    let text = structured.to_string();
    let mut map = Map::new();
    map.insert("content".into(), json!([{"type": "text", "text": text}]));
    map.insert("structuredContent".into(), structured);
    if failed {
        map.insert("isError".into(), true.into());
    }
    map
}

/// What was not done and why, in the shape of a result: a model reads it and does better.
pub(super) fn failure(problem: &Problem, request: Option<&str>) -> Map<String, Value> {
    let mut shown = json!({
        "status": "error",
        "message": problem.detail,
        "error": rpc::told(problem),
    });
    if let Some(request) = request {
        shown["request_id"] = request.into();
    }
    if let Some(next) = mend(problem.code) {
        shown["next"] = next.into();
    }
    result(shown, true)
}

fn mend(code: &str) -> Option<&'static str> {
    Some(match code {
        "halted" => {
            "Do nothing: people stopped this. The request stands; call wait_for_decision again later."
        }
        "not_sealed" | "unavailable" | "busy" => "Call again in a second; nothing was lost.",
        "run_not_running" | "run_stale_epoch" | "run_lost" => {
            "Obey the orders in error.run, say so with run_epoch, then call again."
        }
        "key_conflict" => "Give another idempotency_key: this one names another request.",
        "already_consumed" | "expired" | "too_late" => {
            "Do not run it. Ask again with a new idempotency_key if it is still wanted."
        }
        _ => return None,
    })
}

/// Where people decide a case.
pub(super) fn review_url(engine: &Engine, case: &Case) -> Option<String> {
    Some(format!("{}/cases/{}", engine.public_url()?, case.core.id))
}

/// Where a request stands. `Err` where taking its grant is refused.
pub(super) async fn request(ctx: &Ctx, case: &Case, take: Take<'_>) -> Result<Value> {
    let engine = ctx.state.engine();
    let handle = engine.loop_of(case).await?;
    let lens = Lens::new(&ctx.principal, &handle, engine.now());
    let mut shown = json!({"request_id": case.core.id, "loop": handle.name});
    if let Some(url) = review_url(engine, case) {
        shown["review_url"] = url.into();
    }
    let effective = case
        .state
        .decisions
        .iter()
        .find(|found| found.state == DecisionState::Effective && !lens.hides_decision(case));
    let Some(decision) = effective else {
        unfinished(&mut shown, case);
        return Ok(shown);
    };
    shown["decision"] =
        serde_json::to_value(DecisionView::new(case, decision, engine.now())).unwrap_or_default();
    let (status, message) = outcome(case, decision, &mut shown);
    shown["status"] = status.into();
    shown["message"] = message.into();
    if decision.gate.is_some()
        && let Value::Object(map) = &mut shown["decision"]
    {
        // What may run is told with the grant, and in no other place.
        map.remove("output");
    }
    if matches!(status, "approved" | "modified") && decision.gate.is_some() {
        shown["tool"] = call(decision).map_or(Value::Null, |call| call.tool.as_str().into());
        granted(ctx, case, decision, take, &mut shown).await?;
    } else if let Some(output) = &decision.output {
        shown["answer"] = Value::Object(output.clone());
    }
    Ok(shown)
}

fn unfinished(shown: &mut Value, case: &Case) {
    if case.state.status == Status::Cancelled {
        shown["status"] = "cancelled".into();
        shown["message"] = "The request was withdrawn; nothing was decided.".into();
        shown["next"] =
            "Do not run it. Ask again with a new idempotency_key if it is wanted.".into();
    } else if let Some(wanted) = changes_wanted(case) {
        shown["status"] = "changes_requested".into();
        shown["message"] = wanted.note.unwrap_or("A reviewer wants the call changed.").into();
        shown["changes_wanted"] = serde_json::to_value(&wanted).unwrap_or_default();
        shown["next"] =
            "Call request_approval again with this request_id and changed arguments.".into();
    } else {
        shown["status"] = "pending".into();
        shown["message"] = "Nobody has decided yet.".into();
        shown["next"] = "Call wait_for_decision with this request_id.".into();
    }
}

fn call(decision: &Decision) -> Option<&tandem_domain::case::BoundCall> {
    decision.gate.as_ref()?.calls.first()
}

/// Whether the approved call was proposed by somebody else than whoever asks: approved is the newest
/// proposal, and a reviewer's edit is one where several people approve.
fn edited(case: &Case, decision: &Decision) -> bool {
    let approved = case.state.proposals.iter().find(|found| Some(found.n) == decision.proposal);
    decision.gate.is_some() && approved.is_some_and(|found| found.by != case.core.submitted_by)
}

/// What came out, in a word and in a sentence.
fn outcome(case: &Case, decision: &Decision, shown: &mut Value) -> (&'static str, String) {
    let words = decision.output.iter().flat_map(|output| output.values());
    let respond = words.filter_map(|value| value.get("respond")).find_map(Value::as_str);
    if let Some(respond) = respond {
        shown["respond"] = respond.into();
        return ("answered", format!("A person answered in place of the call: {respond}"));
    }
    let why = |said: &str| match (decision.rationale.as_deref(), decision.reason_codes.as_slice()) {
        (Some(why), _) => format!("{said}: {why}"),
        (None, []) => format!("{said}."),
        (None, codes) => format!("{said}: {}", codes.join(", ")),
    };
    match decision.outcome {
        Outcome::Approved if edited(case, decision) => {
            ("modified", "Approved with changes; only these count.".to_owned())
        }
        Outcome::Approved => ("approved", "Approved as it was asked.".to_owned()),
        Outcome::Modified => ("modified", "Approved with changes; only these count.".to_owned()),
        Outcome::Labelled => ("answered", "A person answered.".to_owned()),
        Outcome::Rejected => ("rejected", why("Rejected; do not run it")),
        Outcome::Blocked => ("blocked", why("Blocked by the policy; do not run it")),
    }
}

/// Takes the grant and shows exactly what may run.
async fn granted(
    ctx: &Ctx,
    case: &Case,
    decision: &Decision,
    take: Take<'_>,
    shown: &mut Value,
) -> Result<()> {
    let Take::Grant(consumer) = take else {
        shown["next"] = "Call wait_for_decision: it hands out the grant.".into();
        return Ok(());
    };
    let executor = call(decision).and_then(|call| call.executor.as_deref());
    if let (None, Some(executor)) = (consumer, executor) {
        shown["next"] = format!(
            "The executor `{executor}` takes the grant and runs it; do not run it yourself."
        )
        .into();
        return Ok(());
    }
    let consumer = consumer.map_or_else(|| ctx.principal.id(), str::to_owned);
    let grant = consume(ctx, case, decision, consumer).await?;
    let view = GrantView {
        grant: grant.grant,
        tool: grant.tool,
        arguments: grant.arguments,
        digest: grant.digest,
        note: grant.note,
        expires_at: grant.expires_at,
    };
    let mut view = serde_json::to_value(&view).unwrap_or_default();
    if let Value::Object(map) = &mut view {
        // Once, beside the tool: there must be one place to read what runs.
        shown["arguments"] = map.remove("arguments").unwrap_or_default();
        map.remove("tool");
    }
    shown["grant"] = view;
    shown["next"] =
        "Run it once, with exactly these arguments, before grant.expires_at. Then call \
        report_step with this request_id and whether it failed."
            .into();
    Ok(())
}

async fn consume(
    ctx: &Ctx,
    case: &Case,
    decision: &Decision,
    consumer: String,
) -> Result<tandem_engine::cases::Grant> {
    let (engine, by) = (ctx.state.engine(), &ctx.principal);
    let (mut left, apart) = UNSEALED;
    loop {
        let (digest, consumer) = (decision.digest.clone(), consumer.clone());
        match engine.consume(by, case.core.id, digest, consumer, None).await {
            Err(error @ EngineError::Refused(_)) if error.code() == "not_sealed" && left > 0 => {
                left -= 1;
                tokio::time::sleep(apart).await;
            }
            done => return Ok(done?),
        }
    }
}
