//! `sagemaker-a2i-runtime`: human loops are started, described, listed, stopped and deleted.

use axum::extract::{Path, Request, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tandem_domain::Timestamp;
use tandem_domain::case::Case;
use tandem_domain::loops::LoopSpec;
use tandem_engine::access::{Action, allow};
use tandem_engine::errors::EngineError;
use tandem_engine::named::{Kind, NameCursor, NameQuery, NameView, NewName};

use super::super::Seen;
use super::super::aws::error::AwsError;
use super::super::aws::query;
use super::{ACCOUNT, Flow, Standing, answer, check_name, in_arn, output, signed};
use crate::state::AppState;
use crate::wire::submit::CaseIn;

/// Most characters of an input.
pub(super) const INPUT_CHARS: usize = 3_145_728;
/// The member of an input that carries whatever else a case can have.
const REST: &str = "tandem";
const JSON: &str = "application/json";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NewLoop {
    human_loop_name: String,
    flow_definition_arn: String,
    human_loop_input: LoopInput,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct LoopInput {
    input_content: String,
}

/// `StartHumanLoop`
pub(super) async fn start(
    State(state): State<AppState>,
    request: Request,
) -> Result<Response, AwsError> {
    let signed = signed(&state, request).await?;
    let new: NewLoop = signed.json()?;
    check_name("HumanLoopName", &new.human_loop_name)?;
    let flow_name = in_arn(&new.flow_definition_arn, "flow-definition")?;
    let text = new.human_loop_input.input_content;
    if text.len() > INPUT_CHARS && text.chars().count() > INPUT_CHARS {
        let message = format!("HumanLoopInput.InputContent: more than {INPUT_CHARS} characters");
        return Err(AwsError::validation(message));
    }
    let by = &signed.principal;
    let flow = Flow::find(&state, by, flow_name).await?;
    let missing = || AwsError::not_found("flow definition, nor a loop of that name");
    allow(by, Action::CaseSubmit, Some(&flow.loop_name))?;
    let handle = match state.engine().compiled(&by.space, &flow.loop_name).await {
        Ok(handle) => handle,
        Err(EngineError::NotFound { .. }) => return Err(missing()),
        Err(error) => return Err(error.into()),
    };
    let case = case_of(&text, handle.spec(), &flow)?;
    let submission = case.into_domain(&by.id())?;
    let name = NewName {
        kind: Kind::HumanLoop,
        name: new.human_loop_name,
        parent: flow.name.clone(),
        loop_name: flow.loop_name.clone(),
        content: [flow.name.as_bytes(), b"\0", text.as_bytes()].concat(),
        document: json!({ "arn": new.flow_definition_arn, "flow": flow.kept() }),
    };
    let (name, _, _) = state.engine().submit_named(by, name, submission).await?;
    let arn = human_loop_arn(&name);
    Ok(answer(JSON, &json!({ "HumanLoopArn": arn })))
}

/// The case of an input: its members are the fields of the loop's input. Of a loop made of a
/// template, what it does not show goes into `more`.
fn case_of(text: &str, spec: &LoopSpec, flow: &Flow) -> Result<CaseIn, AwsError> {
    let refused = |why: String| AwsError::validation(format!("HumanLoopInput.InputContent: {why}"));
    let input: Map<String, Value> = serde_json::from_str(text)
        .map_err(|error| refused(format!("it must be a JSON object; {error}")))?;
    let made = !flow.document["elements"].is_null();
    let mut rest = Map::new();
    let (mut fields, mut more) = (Map::new(), Map::new());
    for (key, value) in input {
        if key == REST && !spec.input.contains_key(REST) {
            match value {
                Value::Object(members) => rest = members,
                _ => return Err(refused("`tandem` takes an object".to_owned())),
            }
        } else if made && (key == "more" || !spec.input.contains_key(&key)) {
            more.insert(key, value);
        } else {
            fields.insert(key, value);
        }
    }
    if !more.is_empty() {
        fields.insert("more".to_owned(), Value::Object(more));
    }
    if rest.contains_key("key") || rest.contains_key("input") {
        return Err(refused("`tandem` takes neither `key` nor `input`".to_owned()));
    }
    rest.insert("input".to_owned(), Value::Object(fields));
    serde_json::from_value(Value::Object(rest))
        .map_err(|error| refused(format!("`tandem`: {error}")))
}

/// What was given as input, put together again.
pub(super) fn input_of(case: &Case, made: bool) -> Value {
    let mut input = case.core.input.clone();
    if made
        && let Some(fields) = input.as_object_mut()
        && let Some(Value::Object(more)) = fields.remove("more")
    {
        fields.extend(more);
    }
    input
}

fn human_loop_arn(name: &NameView) -> String {
    // In the region and account of the flow definition, as it was named.
    let flow = name.document["arn"].as_str().unwrap_or_default();
    let mut parts = flow.splitn(6, ':').skip(3);
    let region = parts.next().unwrap_or("us-east-1");
    let account = parts.next().unwrap_or(ACCOUNT);
    format!("arn:aws:sagemaker:{region}:{account}:human-loop/{}", name.name)
}

/// `DescribeHumanLoop`
pub(super) async fn describe(
    State(state): State<AppState>,
    Path(name): Path<String>,
    request: Request,
) -> Result<Response, AwsError> {
    let signed = signed(&state, request).await?;
    let by = &signed.principal;
    let (name, case) = state.engine().named_case(by, Kind::HumanLoop, &name).await?;
    let standing = Standing::of(&case, Seen::of(&state, by, &case).await?);
    let mut shown = summary(&name, standing);
    shown["HumanLoopArn"] = json!(human_loop_arn(&name));
    if standing == Standing::Expired {
        shown["FailureCode"] = json!("Expired");
    }
    if standing == Standing::Completed {
        let flow = Flow::of(&state, by, &name).await?;
        shown["HumanLoopOutput"] = json!({ "OutputS3Uri": output::uri(&flow, &name) });
    }
    Ok(answer(JSON, &shown))
}

fn summary(name: &NameView, standing: Standing) -> Value {
    let mut shown = json!({
        "HumanLoopName": name.name,
        "HumanLoopStatus": standing.as_str(),
        "CreationTime": name.created_at,
        "FlowDefinitionArn": name.document["arn"],
    });
    if standing == Standing::Expired {
        shown["FailureReason"] = json!("nobody answered in time");
    }
    shown
}

/// `ListHumanLoops`
pub(super) async fn list(
    State(state): State<AppState>,
    request: Request,
) -> Result<Response, AwsError> {
    let signed = signed(&state, request).await?;
    let query = query(&signed.uri);
    let value = |name: &str| query.get(name).map(String::as_str);
    let time = |name: &str| -> Result<Option<Timestamp>, AwsError> {
        let wrong =
            |_| AwsError::validation(format!("{name}: give a time like 2026-01-01T00:00:00Z"));
        value(name).map(|text| text.parse().map_err(wrong)).transpose()
    };
    let flow = value("FlowDefinitionArn")
        .ok_or_else(|| AwsError::validation("FlowDefinitionArn: it is missing"))?;
    let limit = match value("MaxResults").map(str::parse) {
        None => 10,
        Some(Ok(limit @ 1..=100)) => limit,
        Some(_) => return Err(AwsError::validation("MaxResults: it takes 1 to 100")),
    };
    let wanted = NameQuery {
        parent: Some(in_arn(flow, "flow-definition")?.to_owned()),
        since: time("CreationTimeAfter")?,
        before: time("CreationTimeBefore")?,
        newest_first: value("SortOrder") != Some("Ascending"),
        after: token(value("NextToken"))?,
        limit,
    };
    let by = &signed.principal;
    let page = state.engine().names(by, Kind::HumanLoop, wanted).await?;
    let mut shown: Vec<Value> = Vec::with_capacity(page.items.len());
    for (name, case) in &page.items {
        let Some(case) = case else { continue };
        shown.push(summary(name, Standing::of(case, Seen::of(&state, by, case).await?)));
    }
    let mut listing = json!({ "HumanLoopSummaries": shown });
    if let Some((at, name)) = page.next {
        listing["NextToken"] = json!(format!("{}/{name}", at.0));
    }
    Ok(answer(JSON, &listing))
}

/// Where a page goes on.
pub(super) fn token(token: Option<&str>) -> Result<Option<NameCursor>, AwsError> {
    let Some(token) = token else { return Ok(None) };
    let parts = token.split_once('/').filter(|_| token.len() <= 8_192);
    let cursor = parts.and_then(|(at, name)| Some((Timestamp(at.parse().ok()?), name.to_owned())));
    cursor.map(Some).ok_or_else(|| AwsError::validation("NextToken: it is not one of ours"))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Stop {
    human_loop_name: String,
}

/// `StopHumanLoop`
pub(super) async fn stop(
    State(state): State<AppState>,
    request: Request,
) -> Result<Response, AwsError> {
    let signed = signed(&state, request).await?;
    let stop: Stop = signed.json()?;
    let (engine, by) = (state.engine(), &signed.principal);
    let (_, case) = engine.named_case(by, Kind::HumanLoop, &stop.human_loop_name).await?;
    match Standing::of(&case, Seen::of(&state, by, &case).await?) {
        Standing::InProgress => {
            engine.cancel(by, case.core.id, None).await?;
        }
        Standing::Stopped => {}
        over => {
            let message = format!("the human loop is {} already", over.as_str());
            return Err(AwsError::validation(message));
        }
    }
    Ok(answer(JSON, &json!({})))
}

/// `DeleteHumanLoop`
pub(super) async fn delete(
    State(state): State<AppState>,
    Path(name): Path<String>,
    request: Request,
) -> Result<Response, AwsError> {
    let signed = signed(&state, request).await?;
    let (engine, by) = (state.engine(), &signed.principal);
    let (_, case) = engine.named_case(by, Kind::HumanLoop, &name).await?;
    if Standing::of(&case, Seen::of(&state, by, &case).await?) == Standing::InProgress {
        return Err(AwsError::validation("the human loop is in progress; stop it first"));
    }
    engine.drop_name(by, Kind::HumanLoop, &name).await?;
    Ok(answer(JSON, &json!({})))
}
