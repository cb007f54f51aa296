//! `tools/call`: what is asked for is written first; only then does anybody wait.

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use tandem_domain::CaseId;
use tandem_domain::case::Case;

use super::ask::{self, ApprovalIn, QuestionIn, is_ready};
use super::ladder::{self, Waiting};
use super::rpc::{self, RpcError};
use super::shown::{self, Take};
use super::{Answer, Ctx, steps, tools};
use crate::problem::{Problem, Result};

/// Arguments of `wait_for_decision`.
#[derive(Debug, serde::Deserialize)]
struct WaitIn {
    request_id: String,
    #[serde(default)]
    max_wait_s: Option<f64>,
    #[serde(default)]
    consumer: Option<String>,
    #[serde(default)]
    run: Option<String>,
    #[serde(default)]
    run_epoch: Option<u64>,
}

/// Arguments of `get_request` and `cancel_request`.
#[derive(Debug, serde::Deserialize)]
struct RequestIn {
    request_id: String,
    #[serde(default)]
    reason: Option<String>,
}

/// A call as it came.
pub(super) struct Call {
    pub(super) tool: String,
    pub(super) arguments: Value,
    /// The state that a client brings back.
    pub(super) state: Option<String>,
}

impl Call {
    fn read(params: Value) -> rpc::Result<Self> {
        let Value::Object(mut params) = params else {
            return Err(RpcError::params("", "name a tool"));
        };
        let Some(Value::String(tool)) = params.remove("name") else {
            return Err(RpcError::params("/name", "name a tool"));
        };
        let arguments = params.remove("arguments").unwrap_or_else(|| json!({}));
        if !arguments.is_object() {
            return Err(RpcError::params("/arguments", "arguments are an object"));
        }
        let state = match params.remove("requestState") {
            None | Some(Value::Null) => None,
            Some(Value::String(state)) => Some(state),
            Some(_) => return Err(RpcError::params("/requestState", "the state is a text")),
        };
        Ok(Self { tool, arguments, state })
    }

    /// What a sealed state is bound to.
    pub(super) fn digest(&self) -> rpc::Result<String> {
        let whole = json!({"tool": self.tool, "arguments": self.arguments});
        let whole = whole.as_object().cloned().unwrap_or_default();
        let text = tandem_engine::gates::canonical(&whole)?;
        Ok(hex::encode(Sha256::digest(text)))
    }
}

/// Runs a tool. What a model did wrong is a result that says so; only what no tool call can be is an
/// error of the protocol.
pub(super) async fn call(ctx: Ctx, params: Value) -> rpc::Result<Answer> {
    let call = Call::read(params)?;
    let done = match call.tool.as_str() {
        tools::REQUEST_APPROVAL | tools::ASK_HUMAN | tools::WAIT => {
            let (case, waiting) = match resumed(&ctx, &call).await? {
                Some(found) => found,
                None => match begin(&ctx, &call).await {
                    Ok(found) => found,
                    Err(problem) => {
                        return refused(&ctx, &placed(problem), None);
                    }
                },
            };
            return ladder::answer(ctx, &call, case, waiting).await;
        }
        tools::GET => get(&ctx, &call.arguments).await,
        tools::CANCEL => cancel(&ctx, &call.arguments).await,
        tools::REPORT_STEP => steps::report(&ctx, &call.arguments).await,
        other => {
            let known = [
                tools::REQUEST_APPROVAL,
                tools::ASK_HUMAN,
                tools::WAIT,
                tools::GET,
                tools::CANCEL,
                tools::REPORT_STEP,
            ];
            let why = format!("there is no tool `{other}`; these are: {}", known.join(", "));
            return Err(RpcError::params("/name", why));
        }
    };
    match done {
        Ok(shown) => Ok(whole(&ctx, shown::result(shown, false))),
        Err(problem) => refused(&ctx, &problem, None),
    }
}

fn whole(ctx: &Ctx, result: Map<String, Value>) -> Answer {
    Answer::Whole(ctx.client.complete(result))
}

/// The same fault, at its place in the arguments of the tool.
fn placed(problem: Problem) -> Problem {
    let Some(path) = problem.path.as_deref() else { return problem };
    let rest = path.strip_prefix("/proposal/output").or_else(|| path.strip_prefix("/output"));
    let Some(rest) = rest else { return problem };
    // Below the field that holds the call its parts are named as in the tool.
    let call = rest.splitn(3, '/').nth(2).filter(|part| {
        ["tool", "arguments"].iter().any(|name| part.split('/').next() == Some(name))
    });
    let placed = call.map_or_else(|| format!("/suggestion{rest}"), |call| format!("/{call}"));
    Problem { path: Some(placed.into()), ..problem }
}

/// A refusal as it is told: by the transport where it is the transport's, else in a result.
fn refused(ctx: &Ctx, problem: &Problem, request: Option<&str>) -> rpc::Result<Answer> {
    if matches!(problem.status, 401 | 500) {
        return Err(problem.clone().into());
    }
    Ok(whole(ctx, shown::failure(problem, request)))
}

/// The request that a client's sealed state stands for. It was written when the state was made, so
/// nothing is handed in a second time.
async fn resumed(ctx: &Ctx, call: &Call) -> rpc::Result<Option<(Case, Waiting)>> {
    let Some(text) = call.state.as_deref().filter(|_| ctx.client.modern()) else { return Ok(None) };
    let state = ladder::opened(ctx, call, text)?;
    let case = ctx.state.engine().get(&ctx.principal, state.case).await?;
    let arguments = &call.arguments;
    let text = |name: &str| arguments.get(name).and_then(Value::as_str).map(str::to_owned);
    let waiting = Waiting {
        consumer: text("consumer"),
        run: (text("run"), arguments.get("run_epoch").and_then(Value::as_u64)),
        most: None,
        round: state.round,
    };
    Ok(Some((case, waiting)))
}

/// Writes what is asked for, or finds what was asked before.
async fn begin(ctx: &Ctx, call: &Call) -> Result<(Case, Waiting)> {
    let (engine, by) = (ctx.state.engine(), &ctx.principal);
    match call.tool.as_str() {
        tools::REQUEST_APPROVAL => {
            let given = ApprovalIn::read(&call.arguments)?;
            let waiting = Waiting::new(given.consumer.clone(), given.run());
            if let Some(request) = given.request_id.clone() {
                return Ok((revise(ctx, &given, &request).await?, waiting));
            }
            let asked = given.asked(ctx, &call.arguments).await?;
            let done = engine.submit(by, &asked.loop_name, asked.submission, None).await?;
            Ok((done.case, waiting))
        }
        tools::ASK_HUMAN => {
            let given = QuestionIn::read(&call.arguments)?;
            let waiting = Waiting::new(None, given.run());
            let asked = given.asked(ctx, &call.arguments).await?;
            let done = engine.submit(by, &asked.loop_name, asked.submission, None).await?;
            Ok((done.case, waiting))
        }
        _ => {
            let names = ["request_id", "max_wait_s", "consumer", "run", "run_epoch"];
            ask::known(&call.arguments, &names)?;
            let given: WaitIn = ask::read(&call.arguments)?;
            let mut waiting = Waiting::new(given.consumer, (given.run, given.run_epoch));
            waiting.most = given.max_wait_s.filter(|seconds| seconds.is_finite());
            Ok((engine.get(by, ask::request(&given.request_id)?).await?, waiting))
        }
    }
}

/// New arguments for a request whose reviewer wants changes. Sent twice, the second finds them there.
async fn revise(ctx: &Ctx, given: &ApprovalIn, request: &str) -> Result<Case> {
    let (engine, by) = (ctx.state.engine(), &ctx.principal);
    let id = ask::request(request)?;
    let case = engine.get(by, id).await?;
    let handle = engine.loop_of(&case).await?;
    let proposal = given.proposal(by, handle.spec())?;
    let there = case.state.current_proposal().is_some_and(|now| now.output == proposal.output);
    if there && !is_ready(&case) {
        return Ok(case);
    }
    Ok(engine.propose(by, id, proposal, false, None).await?)
}

async fn get(ctx: &Ctx, arguments: &Value) -> Result<Value> {
    ask::known(arguments, &["request_id"])?;
    let given: RequestIn = ask::read(arguments)?;
    let case = ctx.state.engine().fetch(&ctx.principal, ask::request(&given.request_id)?).await?;
    shown::request(ctx, &case, Take::Nothing).await
}

async fn cancel(ctx: &Ctx, arguments: &Value) -> Result<Value> {
    ask::known(arguments, &["request_id", "reason"])?;
    let given: RequestIn = ask::read(arguments)?;
    if given.reason.is_some_and(|reason| reason.len() > 4_096) {
        return Err(Problem::invalid(
            "invalid_input",
            "/reason",
            "a reason has at most 4096 bytes",
        ));
    }
    let case = withdraw(ctx, ask::request(&given.request_id)?).await?;
    shown::request(ctx, &case, Take::Nothing).await
}

/// Withdraws a request. Withdrawn twice is withdrawn.
pub(super) async fn withdraw(ctx: &Ctx, id: CaseId) -> Result<Case> {
    let (engine, by) = (ctx.state.engine(), &ctx.principal);
    let case = engine.get(by, id).await?;
    if case.state.status == tandem_domain::case::Status::Cancelled {
        return Ok(case);
    }
    Ok(engine.cancel(by, id, None).await?)
}
