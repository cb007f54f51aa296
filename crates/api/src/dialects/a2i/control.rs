//! The part of `sagemaker` that sets human loops up: templates and flow definitions.

use axum::extract::Request;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use tandem_engine::access::{Action, allow};
use tandem_engine::errors::EngineError;
use tandem_engine::loops::Format;
use tandem_engine::named::{Kind, NameQuery, NameView, NewName};
use tandem_engine::principal::Principal;

use super::super::aws::error::{AwsError, Style};
use super::super::aws::{Signed, epoch};
use super::flow::{LoopConfig, NewFlow};
use super::{Flow, LOOP_TAG, arn, check_name, in_arn, template};
use crate::state::AppState;

const TARGET: &str = "SageMaker.";
/// Most characters of a template.
const TEMPLATE_CHARS: usize = 128_000;

/// Carries one operation out.
pub(super) async fn run(state: &AppState, request: Request) -> Result<Value, AwsError> {
    let signed = Signed::read(state, request, "sagemaker", Style::Target).await?;
    let target = signed.headers.get("x-amz-target").and_then(|value| value.to_str().ok());
    let operation = target.and_then(|target| target.strip_prefix(TARGET)).unwrap_or_default();
    let done = match operation {
        "CreateHumanTaskUi" => create_ui(state, &signed).await,
        "DescribeHumanTaskUi" => describe_ui(state, &signed).await,
        "ListHumanTaskUis" => list_uis(state, &signed).await,
        "DeleteHumanTaskUi" => delete(state, &signed, Kind::HumanTaskUi, "HumanTaskUiName").await,
        "CreateFlowDefinition" => create_flow(state, &signed).await,
        "DescribeFlowDefinition" => describe_flow(state, &signed).await,
        "ListFlowDefinitions" => list_flows(state, &signed).await,
        "DeleteFlowDefinition" => {
            delete(state, &signed, Kind::FlowDefinition, "FlowDefinitionName").await
        }
        _ => {
            let message = format!(
                "`{}` is not spoken here; Create, Describe, List and Delete of HumanTaskUi and \
                 FlowDefinition are",
                super::clipped(operation)
            );
            Err(AwsError::new(400, "UnknownOperationException", message))
        }
    };
    // This service has shorter names for two errors.
    done.map_err(|error| {
        error
            .named("ResourceNotFoundException", "ResourceNotFound")
            .named("ConflictException", "ResourceInUse")
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NewUi {
    human_task_ui_name: String,
    ui_template: UiTemplate,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UiTemplate {
    content: String,
}

async fn create_ui(state: &AppState, signed: &Signed) -> Result<Value, AwsError> {
    let new: NewUi = signed.json()?;
    check_name("HumanTaskUiName", &new.human_task_ui_name)?;
    let content = new.ui_template.content;
    let length = content.chars().count();
    if length == 0 || length > TEMPLATE_CHARS {
        let message = format!("UiTemplate.Content: it takes 1 to {TEMPLATE_CHARS} characters");
        return Err(AwsError::validation(message));
    }
    let name = NewName {
        kind: Kind::HumanTaskUi,
        name: new.human_task_ui_name,
        parent: String::new(),
        loop_name: String::new(),
        content: content.clone().into_bytes(),
        document: json!({ "content": content }),
    };
    let (taken, _) = state.engine().take_name(&signed.principal, name).await?;
    Ok(json!({ "HumanTaskUiArn": arn(&signed.region, "human-task-ui", &taken.name) }))
}

/// A member of the body that names something.
fn named(signed: &Signed, member: &str) -> Result<String, AwsError> {
    let body: Map<String, Value> = signed.json()?;
    let name = body.get(member).and_then(Value::as_str).map(str::to_owned);
    name.ok_or_else(|| AwsError::validation(format!("{member}: it is missing")))
}

async fn describe_ui(state: &AppState, signed: &Signed) -> Result<Value, AwsError> {
    let name = named(signed, "HumanTaskUiName")?;
    let view = state.engine().named(&signed.principal, Kind::HumanTaskUi, &name).await?;
    let content = view.document["content"].as_str().unwrap_or_default();
    Ok(json!({
        "HumanTaskUiArn": arn(&signed.region, "human-task-ui", &view.name),
        "HumanTaskUiName": view.name,
        "HumanTaskUiStatus": "Active",
        "CreationTime": epoch(view.created_at),
        "UiTemplate": {"ContentSha256": hex::encode(Sha256::digest(content.as_bytes()))},
    }))
}

async fn list_uis(state: &AppState, signed: &Signed) -> Result<Value, AwsError> {
    let (items, next) = page(state, signed, Kind::HumanTaskUi).await?;
    let shown = items.into_iter().map(|view| {
        json!({
            "HumanTaskUiArn": arn(&signed.region, "human-task-ui", &view.name),
            "HumanTaskUiName": view.name,
            "CreationTime": epoch(view.created_at),
        })
    });
    Ok(listing("HumanTaskUiSummaries", shown.collect(), next))
}

async fn delete(
    state: &AppState,
    signed: &Signed,
    kind: Kind,
    member: &str,
) -> Result<Value, AwsError> {
    let name = named(signed, member)?;
    state.engine().drop_name(&signed.principal, kind, &name).await?;
    Ok(json!({}))
}

async fn create_flow(state: &AppState, signed: &Signed) -> Result<Value, AwsError> {
    let new: NewFlow = signed.json()?;
    let body: Map<String, Value> = signed.json()?;
    new.check(state.engine().public_url())?;
    // The name stands in for a loop of that name: whoever may not change that one must not take its
    // traffic to another.
    allow(&signed.principal, Action::LoopWrite, Some(&new.flow_definition_name))?;
    let (engine, by) = (state.engine(), &signed.principal);
    let tagged = new.tags.iter().find(|tag| tag.key == LOOP_TAG).map(|tag| tag.value.clone());
    let mut elements = Value::Null;
    let loop_name = if let Some(name) = tagged {
        engine.get_loop(by, &name, None).await?;
        name
    } else {
        elements = made_of_template(state, by, &new).await?;
        new.flow_definition_name.clone()
    };
    let kept = [
        "OutputConfig",
        "RoleArn",
        "HumanLoopConfig",
        "HumanLoopActivationConfig",
        "HumanLoopRequestSource",
    ];
    let mut document: Map<String, Value> =
        body.into_iter().filter(|(key, _)| kept.contains(&key.as_str())).collect();
    let content = serde_json::to_vec(&document).unwrap_or_default();
    if !elements.is_null() {
        document.insert("elements".to_owned(), elements);
    }
    let name = NewName {
        kind: Kind::FlowDefinition,
        name: new.flow_definition_name,
        parent: String::new(),
        loop_name,
        content,
        document: Value::Object(document),
    };
    let (taken, _) = engine.take_name(by, name).await?;
    Ok(json!({ "FlowDefinitionArn": arn(&signed.region, "flow-definition", &taken.name) }))
}

/// The loop of the flow's own name, made of its template where there is none. Returns how answers
/// are written where the template says.
async fn made_of_template(
    state: &AppState,
    by: &Principal,
    new: &NewFlow,
) -> Result<Value, AwsError> {
    let name = &new.flow_definition_name;
    match state.engine().get_loop(by, name, None).await {
        Ok(_) if new.human_loop_config.is_none() => return Ok(Value::Null),
        Ok(_) | Err(EngineError::NotFound { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    let Some(config) = &new.human_loop_config else {
        let message = format!(
            "HumanLoopConfig: without it there must be a loop `{name}`, or one that the tag \
             `{LOOP_TAG}` names"
        );
        return Err(AwsError::validation(message));
    };
    let ui = in_arn(&config.human_task_ui_arn, "human-task-ui")?;
    let ui = state.engine().named(by, Kind::HumanTaskUi, ui).await?;
    let content = ui.document["content"].as_str().unwrap_or_default();
    let read = template::read(content)
        .map_err(|text| AwsError::validation(format!("HumanTaskUi `{}`: {text}", ui.name)))?;
    let file = loop_file(name, config, &read);
    // A loop that is there is the owner's: what it says counts.
    if state.engine().get_loop(by, name, None).await.is_err() {
        let reason = "made of the template of a flow definition";
        let engine = state.engine();
        engine.put_loop(by, name, file.to_string(), Format::Json, false, reason).await?;
    }
    Ok(Value::from(read.elements))
}

fn loop_file(name: &str, config: &LoopConfig, read: &template::Read) -> Value {
    let lease_s = config.task_time_limit_in_seconds.unwrap_or(3_600);
    let mut review = json!({
        "reviewers": config.task_count,
        "lease": format!("{lease_s}s"),
        "on_deadline": "reject",
    });
    if let Some(seconds) = config.task_availability_lifetime_in_seconds {
        review["deadline"] = json!(format!("{seconds}s"));
    }
    json!({
        "loop": name,
        "title": config.task_title,
        "guidelines": config.task_description,
        "input": read.input,
        "answer": read.answer,
        "review": review,
    })
}

async fn describe_flow(state: &AppState, signed: &Signed) -> Result<Value, AwsError> {
    let name = named(signed, "FlowDefinitionName")?;
    let view = state.engine().named(&signed.principal, Kind::FlowDefinition, &name).await?;
    let created_at = view.created_at;
    let flow = Flow::from(view);
    let mut shown = match flow.document {
        Value::Object(document) => document,
        _ => Map::new(),
    };
    shown.remove("elements");
    shown.insert(
        "FlowDefinitionArn".to_owned(),
        arn(&signed.region, "flow-definition", &flow.name).into(),
    );
    shown.insert("FlowDefinitionName".to_owned(), flow.name.into());
    shown.insert("FlowDefinitionStatus".to_owned(), "Active".into());
    shown.insert("CreationTime".to_owned(), epoch(created_at).into());
    Ok(Value::Object(shown))
}

async fn list_flows(state: &AppState, signed: &Signed) -> Result<Value, AwsError> {
    let (items, next) = page(state, signed, Kind::FlowDefinition).await?;
    let shown = items.into_iter().map(|view| {
        json!({
            "FlowDefinitionArn": arn(&signed.region, "flow-definition", &view.name),
            "FlowDefinitionName": view.name,
            "FlowDefinitionStatus": "Active",
            "CreationTime": epoch(view.created_at),
        })
    });
    Ok(listing("FlowDefinitionSummaries", shown.collect(), next))
}

fn listing(name: &str, items: Vec<Value>, next: Option<String>) -> Value {
    let mut listing = json!({ name: items });
    if let Some(next) = next {
        listing["NextToken"] = json!(next);
    }
    listing
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListIn {
    max_results: Option<u32>,
    next_token: Option<String>,
    sort_order: Option<String>,
    creation_time_after: Option<f64>,
    creation_time_before: Option<f64>,
}

async fn page(
    state: &AppState,
    signed: &Signed,
    kind: Kind,
) -> Result<(Vec<NameView>, Option<String>), AwsError> {
    let wanted: ListIn = signed.json()?;
    let time = |seconds: f64| tandem_domain::Timestamp((seconds * 1e6) as i64);
    let query = NameQuery {
        parent: None,
        since: wanted.creation_time_after.map(time),
        before: wanted.creation_time_before.map(time),
        newest_first: wanted.sort_order.as_deref() != Some("Ascending"),
        after: super::runtime::token(wanted.next_token.as_deref())?,
        limit: wanted.max_results.unwrap_or(100),
    };
    let page = state.engine().names(&signed.principal, kind, query).await?;
    let next = page.next.map(|(at, name)| format!("{}/{name}", at.0));
    Ok((page.items.into_iter().map(|(view, _)| view).collect(), next))
}
