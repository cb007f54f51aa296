//! Amazon A2I: `sagemaker-a2i-runtime`, the part of `sagemaker` that sets it up, and `s3` for what
//! came out, under `/compat/a2i`.
//!
//! A flow definition is a loop of the same name, or the one that its tag `tandem:loop` names; a human
//! loop is a case. The clients are boto3's own, unchanged, with `endpoint_url` and credentials of
//! `tandem key aws`. What is not signed is refused.

mod control;
mod flow;
mod output;
mod runtime;
mod template;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use serde_json::{Value, json};
use tandem_domain::case::{Case, DecidedBy, Status};
use tandem_engine::named::{Kind, NameView};
use tandem_engine::principal::Principal;

use super::Seen;
use super::aws::error::{AwsError, Style};
use super::aws::{ACCOUNT, Signed};
use crate::state::AppState;

/// A whole input of 3,145,728 characters, four bytes each, with room for escapes.
const BODY_BYTES: usize = 16 << 20;
/// The tag of a flow definition that names its loop.
const LOOP_TAG: &str = "tandem:loop";

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/compat/a2i", any(control))
        .route("/compat/a2i/", any(control))
        .route("/compat/a2i/human-loops", get(runtime::list).post(runtime::start))
        .route("/compat/a2i/human-loops/stop", post(runtime::stop))
        .route("/compat/a2i/human-loops/{name}", get(runtime::describe).delete(runtime::delete))
        .route("/compat/a2i/{bucket}/{*key}", get(output::get_object).layer(no_body()))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
}

/// For what is fetched, and may yet be sent with a body.
fn no_body() -> DefaultBodyLimit {
    DefaultBodyLimit::max(1_024)
}

/// JSON 1.1: the operation is in `X-Amz-Target`.
async fn control(State(state): State<AppState>, request: Request) -> Response {
    match control::run(&state, request).await {
        Ok(value) => answer("application/x-amz-json-1.1", &value),
        Err(error) => error.in_style(Style::Target).into_response(),
    }
}

fn answer(kind: &'static str, value: &Value) -> Response {
    (StatusCode::OK, [(header::CONTENT_TYPE, kind)], value.to_string()).into_response()
}

async fn signed(state: &AppState, request: Request) -> Result<Signed, AwsError> {
    Signed::read(state, request, "sagemaker", Style::Rest).await
}

/// What an ARN of this kind ends with.
fn resource<'a>(arn: &'a str, kind: &str) -> Option<&'a str> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    match parts[..] {
        ["arn", partition, "sagemaker", _, account, resource]
            if is_partition(partition) && is_account(account) =>
        {
            resource.strip_prefix(kind).and_then(|rest| rest.strip_prefix('/'))
        }
        _ => None,
    }
}

fn is_arn(arn: &str, kind: &str) -> bool {
    resource(arn, kind).is_some()
}

fn is_partition(partition: &str) -> bool {
    partition
        .strip_prefix("aws")
        .is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'))
}

fn is_account(account: &str) -> bool {
    account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit())
}

/// The name at the end of an ARN of this kind.
fn in_arn<'a>(arn: &'a str, kind: &str) -> Result<&'a str, AwsError> {
    resource(arn, kind).filter(|name| is_name(name)).ok_or_else(|| {
        let form = format!("arn:aws:sagemaker:REGION:ACCOUNT:{kind}/NAME");
        AwsError::validation(format!("`{}` is not of the form {form}", clipped(arn)))
    })
}

fn arn(region: &str, kind: &str, name: &str) -> String {
    format!("arn:aws:sagemaker:{region}:{ACCOUNT}:{kind}/{name}")
}

/// `^[a-z0-9](-*[a-z0-9])*$`, 1 to 63 of them.
fn is_name(name: &str) -> bool {
    let edge = |byte: Option<&u8>| byte.is_some_and(|byte| *byte != b'-');
    let bytes = name.as_bytes();
    (1..=63).contains(&bytes.len())
        && bytes.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-')
        && edge(bytes.first())
        && edge(bytes.last())
}

fn check_name(member: &str, name: &str) -> Result<(), AwsError> {
    if is_name(name) {
        return Ok(());
    }
    Err(AwsError::validation(format!(
        "{member}: `{}` is no name: it takes 1 to 63 lower case letters, digits and hyphens, no \
         hyphen first or last",
        clipped(name)
    )))
}

fn clipped(text: &str) -> String {
    text.chars().take(80).collect()
}

/// A flow definition: as it was created, or a loop of that name taken for one.
struct Flow {
    name: String,
    loop_name: String,
    /// As it was created; empty for a loop that is taken for one.
    document: Value,
}

impl Flow {
    /// The same for everybody: whoever may not read a flow definition must not be sent to the loop of
    /// its name instead. What may be done with the loop is looked at there.
    async fn find(state: &AppState, by: &Principal, name: &str) -> Result<Self, AwsError> {
        let found = state.engine().resolve(&by.space, Kind::FlowDefinition, name).await?;
        if let Some(view) = found {
            return Ok(Self::from(view));
        }
        let document = json!({});
        Ok(Self { name: name.to_owned(), loop_name: name.to_owned(), document })
    }

    /// The flow of a human loop as it was when that began: what became of the definition since moves no output and
    /// changes no form. Older human loops have no such copy.
    async fn of(state: &AppState, by: &Principal, name: &NameView) -> Result<Self, AwsError> {
        let kept = &name.document["flow"];
        if kept.is_null() {
            return Self::find(state, by, &name.parent).await;
        }
        let (loop_name, document) = (name.loop_name.clone(), kept.clone());
        Ok(Self { name: name.parent.clone(), loop_name, document })
    }

    /// What of it counts for a human loop that begins now.
    fn kept(&self) -> Value {
        json!({
            "OutputConfig": {"S3OutputPath": self.output_path()},
            "elements": self.document["elements"],
        })
    }

    /// Where its output goes, without a slash at the end.
    fn output_path(&self) -> &str {
        let path = self.document["OutputConfig"]["S3OutputPath"].as_str();
        path.unwrap_or("s3://tandem").trim_end_matches('/')
    }
}

impl From<NameView> for Flow {
    fn from(view: NameView) -> Self {
        Self { name: view.name, loop_name: view.loop_name, document: view.document }
    }
}

/// Where a human loop stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    InProgress,
    Completed,
    Stopped,
    /// Nobody answered in time.
    Expired,
}

impl Standing {
    fn of(case: &Case, seen: Seen<'_>) -> Self {
        match seen.decision {
            _ if case.state.status == Status::Cancelled => Self::Stopped,
            Some(decision) if decision.by == DecidedBy::Deadline => Self::Expired,
            Some(_) => Self::Completed,
            None => Self::InProgress,
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::InProgress => "InProgress",
            Self::Completed => "Completed",
            Self::Stopped => "Stopped",
            Self::Expired => "Failed",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_arns_are_those_of_the_service() {
        for (name, good) in [
            ("a", true),
            ("loop-1", true),
            ("a--b", true),
            ("", false),
            ("-a", false),
            ("a-", false),
            ("Upper", false),
            ("a_b", false),
        ] {
            assert_eq!(is_name(name), good, "{name}");
        }
        assert!(is_name(&"a".repeat(63)) && !is_name(&"a".repeat(64)));
        let arn = "arn:aws-cn:sagemaker:us-east-1:123456789012:flow-definition/refunds";
        assert_eq!(in_arn(arn, "flow-definition").unwrap(), "refunds");
        for wrong in [
            "refunds",
            "arn:aws:sagemaker:us-east-1:1234:flow-definition/refunds",
            "arn:aws:sagemaker:us-east-1:123456789012:human-loop/refunds",
            "arn:aws:s3:us-east-1:123456789012:flow-definition/refunds",
        ] {
            assert!(in_arn(wrong, "flow-definition").is_err(), "{wrong}");
        }
    }
}
