//! Step Functions: what a worker says about a task by its token (JSON 1.0, `AWSStepFunctions`), under
//! `/compat/stepfunctions`.
//!
//! The token is a case's id: it names, and opens nothing; the signing key does. What comes with it is
//! an answer from outside, so it is a proposal that the loop's policy routes, never a person's word.

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use tandem_domain::CaseId;
use tandem_domain::case::{Answer, Case, Speaker};
use tandem_domain::command::NewProposal;
use tandem_engine::IdemKey;
use tandem_engine::cases::NewUtterance;
use tandem_engine::errors::EngineError;

use super::Seen;
use super::aws::Signed;
use super::aws::error::{AwsError, Style};
use crate::state::AppState;

const TARGET: &str = "AWSStepFunctions.";
/// Most characters of a token.
const TOKEN_CHARS: usize = 2_048;
/// Most characters of an output.
const OUTPUT_CHARS: usize = 262_144;
/// A whole output, four bytes a character, with room for escapes.
const BODY_BYTES: usize = 2 << 20;

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/compat/stepfunctions", any(handle))
        .route("/compat/stepfunctions/", any(handle))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
}

async fn handle(State(state): State<AppState>, request: Request) -> Response {
    match run(&state, request).await {
        Ok(()) => {
            let kind = [(header::CONTENT_TYPE, "application/x-amz-json-1.0")];
            (StatusCode::OK, kind, "{}").into_response()
        }
        Err(error) => error.in_style(Style::Target).into_response(),
    }
}

async fn run(state: &AppState, request: Request) -> Result<(), AwsError> {
    let signed = Signed::read(state, request, "states", Style::Target).await?;
    let target = signed.headers.get("x-amz-target").and_then(|value| value.to_str().ok());
    let operation = target.and_then(|target| target.strip_prefix(TARGET)).unwrap_or_default();
    match operation {
        "SendTaskSuccess" => success(state, &signed).await,
        "SendTaskFailure" => failure(state, &signed).await,
        "SendTaskHeartbeat" => {
            open_case(state, &signed, &signed.json::<Heartbeat>()?.task_token).await.map(|_| ())
        }
        _ => {
            let shown: String = operation.chars().take(80).collect();
            let message = format!(
                "`{shown}` is not spoken here; SendTaskSuccess, SendTaskFailure and \
                 SendTaskHeartbeat are"
            );
            Err(AwsError::new(400, "UnknownOperationException", message))
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Success {
    task_token: String,
    output: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Failure {
    task_token: String,
    #[serde(default)]
    error: String,
    #[serde(default)]
    cause: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Heartbeat {
    task_token: String,
}

/// The case of a token, which still waits.
async fn open_case(state: &AppState, signed: &Signed, token: &str) -> Result<Case, AwsError> {
    let case = any_case(state, signed, token).await?;
    let over = case.state.status.is_final() || case.state.live_decision().is_some();
    if over && !Seen::of(state, &signed.principal, &case).await?.masked {
        return Err(timed_out());
    }
    Ok(case)
}

async fn any_case(state: &AppState, signed: &Signed, token: &str) -> Result<Case, AwsError> {
    let id = Some(token).filter(|token| token.len() <= TOKEN_CHARS);
    let id = id.and_then(|token| token.parse::<CaseId>().ok()).ok_or_else(|| {
        AwsError::new(400, "InvalidToken", "the token is a case's id, as in case_…")
    })?;
    state.engine().get(&signed.principal, id).await.map_err(renamed)
}

fn timed_out() -> AwsError {
    AwsError::new(400, "TaskTimedOut", "the case is decided, or was answered otherwise")
}

fn renamed(error: EngineError) -> AwsError {
    AwsError::from(error).named("ResourceNotFoundException", "TaskDoesNotExist")
}

async fn success(state: &AppState, signed: &Signed) -> Result<(), AwsError> {
    let said: Success = signed.json()?;
    let wrong = |why: String| AwsError::new(400, "InvalidOutput", why);
    if said.output.chars().count() > OUTPUT_CHARS {
        return Err(wrong(format!("it takes at most {OUTPUT_CHARS} characters")));
    }
    let output: Answer = serde_json::from_str(&said.output)
        .map_err(|error| wrong(format!("it must be an object of the answer's fields; {error}")))?;
    let case = any_case(state, signed, &said.task_token).await?;
    // The token is good once: the same again is the same, another answer comes too late.
    let idem = IdemKey {
        route: "stepfunctions SendTaskSuccess".to_owned(),
        key: said.task_token.clone(),
        digest: Sha256::digest(said.output.as_bytes()).into(),
    };
    let proposal = NewProposal {
        output,
        confidence: std::collections::BTreeMap::new(),
        probabilities: std::collections::BTreeMap::new(),
        model: None,
        evidence: Vec::new(),
        by: signed.principal.id(),
    };
    let (engine, by) = (state.engine(), &signed.principal);
    match engine.propose(by, case.core.id, proposal, false, Some(idem)).await {
        Ok(_) => Ok(()),
        Err(EngineError::Conflict { .. }) => Err(timed_out()),
        Err(EngineError::Refused(refusal)) => Err(match refusal.code {
            tandem_domain::refusal::Code::InvalidAnswer
            | tandem_domain::refusal::Code::InvalidInput => wrong(refusal.message),
            _ => timed_out(),
        }),
        Err(EngineError::Invalid { message, .. }) => Err(wrong(message)),
        Err(error) => Err(renamed(error)),
    }
}

/// A worker that failed hands the case over to people: they read why, and decide.
async fn failure(state: &AppState, signed: &Signed) -> Result<(), AwsError> {
    let said: Failure = signed.json()?;
    let case = open_case(state, signed, &said.task_token).await?;
    let clip = |text: &str, most: usize| text.chars().take(most).collect::<String>();
    let (error, cause) = (clip(&said.error, 256), clip(&said.cause, 3_000));
    let mark = hex::encode(&Sha256::digest(format!("{error}\0{cause}").as_bytes())[..12]);
    let message = NewUtterance {
        client_id: Some(format!("stepfunctions-{mark}")),
        speaker: Some(Speaker::Agent),
        body: format!("The task failed: {error}. {cause}").trim().to_owned(),
    };
    state.engine().say(&signed.principal, case.core.id, message, None).await.map_err(renamed)?;
    Ok(())
}
