//! How a call waits for a person, with a client that gives up long before people do.
//!
//! From the best way to the last: a task that the client polls; a call that is held for some seconds and
//! then answered with a sealed state, with which the client calls again; the approval's address, opened
//! for the user; progress on the call's stream; and always, before the client's deadline, an answer that
//! says `pending` and what to do next. The request itself was written before any of it: whoever goes
//! away detaches, and whoever calls again attaches.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tandem_domain::case::Case;
use tandem_domain::{CaseId, RunId};
use tandem_engine::runs::CheckedIn;
use tokio::time::Instant;

use super::ask::is_ready;
use super::call::Call;
use super::rpc::{INVALID_PARAMS, Result, RpcError};
use super::shown::{self, Take};
use super::stream::Live;
use super::{Answer, Ctx, seal, tasks, tools};
use crate::problem::Result as ApiResult;
use crate::wire::runs::StandingOut;

/// What a state is sealed for.
const STATE: &str = "mcp.state";
/// Times a client is sent round. Clients give up after ten; the last answer must come before.
const ROUNDS: u32 = 8;
/// Time between two signs of life of a run that waits.
const ALIVE: Duration = Duration::from_secs(8);

/// How somebody waits.
#[derive(Debug, Clone, Default)]
pub(super) struct Waiting {
    /// Who takes the grant.
    pub(super) consumer: Option<String>,
    /// The run that waits, and the newest order it obeyed.
    pub(super) run: (Option<String>, Option<u64>),
    /// Longest time in seconds, where the caller says so.
    pub(super) most: Option<f64>,
    /// How often the client was sent round.
    pub(super) round: u32,
}

impl Waiting {
    pub(super) fn new(consumer: Option<String>, run: (Option<String>, Option<u64>)) -> Self {
        Self { consumer, run, most: None, round: 0 }
    }
}

/// What a client brings back.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct State {
    /// The request.
    #[serde(rename = "c")]
    pub(super) case: CaseId,
    /// Who asked.
    #[serde(rename = "p")]
    principal: String,
    /// Tool and arguments.
    #[serde(rename = "d")]
    digest: String,
    /// How often it was sent round.
    #[serde(rename = "r")]
    pub(super) round: u32,
    /// Not after this time, in milliseconds since 1970.
    #[serde(rename = "x")]
    until_ms: u64,
}

/// Opens the state of a call. One that was forged, belongs to somebody or something else, or is too old
/// is an error: the same call without it attaches by its key.
pub(super) fn opened(ctx: &Ctx, call: &Call, text: &str) -> Result<State> {
    let bad = |code: &str, why: &str| {
        RpcError::new(INVALID_PARAMS, why).data(json!({"code": code, "path": "/requestState"}))
    };
    let state: Option<State> = seal::open(ctx.state.engine(), STATE, text);
    let state = state.ok_or_else(|| bad("forged_state", "this server did not make this state"))?;
    if state.principal != ctx.principal.id() || state.digest != call.digest()? {
        let why = "the state belongs to another call; call without it to attach by the key";
        return Err(bad("foreign_state", why));
    }
    if state.until_ms < ctx.state.accounts().now().unix_ms() {
        let why = "the state is too old; call without it to attach by the key";
        return Err(bad("expired_state", why));
    }
    Ok(state)
}

fn sealed(ctx: &Ctx, call: &Call, case: CaseId, round: u32) -> Result<String> {
    let valid = ctx.state.config().mcp_state_valid.as_millis() as u64;
    let state = State {
        case,
        principal: ctx.principal.id(),
        digest: call.digest()?,
        round,
        until_ms: ctx.state.accounts().now().unix_ms() + valid,
    };
    Ok(seal::seal(ctx.state.engine(), STATE, &state))
}

/// Answers a call whose request is written.
pub(super) async fn answer(ctx: Ctx, call: &Call, case: Case, waiting: Waiting) -> Result<Answer> {
    if is_ready(&case) {
        return Ok(Answer::Whole(finished(&ctx, &case, &waiting).await?));
    }
    if ctx.client.tasks {
        let task = tasks::begun(&ctx, &case, waiting.consumer.as_deref());
        return Ok(Answer::Whole(ctx.client.complete(task)));
    }
    let (id, modern) = (case.core.id, ctx.client.modern());
    let again = if modern && waiting.round < ROUNDS {
        Some(sealed(&ctx, call, id, waiting.round + 1)?)
    } else {
        None
    };
    // Shown once: whoever waits on has seen it.
    let shows = ctx.client.url && call.tool != tools::WAIT;
    let url = shown::review_url(ctx.state.engine(), &case).filter(|_| shows);
    if let (Some(url), Some(state), 0) = (&url, &again, waiting.round) {
        // The user sees the page at once; the client comes back as soon as it has opened it.
        let asked = json!({"approval": elicitation(url, None)});
        return Ok(Answer::Whole(ctx.client.complete(again_with(state, Some(asked)))));
    }
    let opens = url.filter(|_| !modern).map(|url| elicitation(&url, Some(&id.to_string())));
    let streamed = ctx.client.streams && (ctx.client.progress.is_some() || opens.is_some());
    let progress = ctx.client.progress.clone();
    drop(case);
    let work = async move {
        let result = held(&ctx, id, &waiting, again).await;
        drop(ctx);
        result
    };
    if streamed {
        return Ok(Answer::Stream(Box::new(Live::new(Box::pin(work), progress, opens))));
    }
    Ok(Answer::Whole(work.await?))
}

/// A request to open the page where people decide. Forms are never sent: who runs the agent must not
/// be the one who approves what it does.
fn elicitation(url: &str, id: Option<&str>) -> Value {
    let message = "A person must decide. Who may do so finds the request here.";
    let mut params = json!({"mode": "url", "message": message, "url": url});
    if let Some(id) = id {
        params["elicitationId"] = id.into();
    }
    json!({"method": "elicitation/create", "params": params})
}

fn again_with(state: &str, asked: Option<Value>) -> Map<String, Value> {
    let mut result = Map::new();
    result.insert("resultType".into(), "input_required".into());
    result.insert("requestState".into(), state.into());
    if let Some(asked) = asked {
        result.insert("inputRequests".into(), asked);
    }
    result
}

/// Holds a call for as long as its client certainly waits.
async fn held(ctx: &Ctx, id: CaseId, waiting: &Waiting, again: Option<String>) -> Result<Value> {
    let hold = ctx.state.config().mcp_hold;
    let time = match waiting.most {
        Some(seconds) => Duration::from_secs_f64(seconds.clamp(0.0, hold.as_secs_f64())),
        None => hold,
    };
    let (case, orders) = park(ctx, id, waiting, time).await?;
    if is_ready(&case) {
        return finished(ctx, &case, waiting).await;
    }
    // A caller that said how long is answered then, and so is one whose run has orders to obey.
    if let Some(state) = again.filter(|_| waiting.most.is_none() && orders.is_none()) {
        return Ok(ctx.client.complete(again_with(&state, None)));
    }
    let mut pending = shown::request(ctx, &case, Take::Nothing).await?;
    if let Some(run) = orders {
        pending["next"] =
            "Obey the orders in `run`, then call wait_for_decision with run_epoch.".into();
        pending["run"] = serde_json::to_value(StandingOut::from(run)).unwrap_or_default();
    }
    Ok(ctx.client.complete(shown::result(pending, false)))
}

/// Waits. A run that waits is alive: it checks in meanwhile, and ends the wait when there are orders.
async fn park(
    ctx: &Ctx,
    id: CaseId,
    waiting: &Waiting,
    time: Duration,
) -> ApiResult<(Case, Option<CheckedIn>)> {
    let deadline = Instant::now() + time;
    let run = waiting.run.0.as_deref().and_then(|run| run.parse::<RunId>().ok());
    let run = run.zip(waiting.run.1);
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let now = if run.is_some() { left.min(ALIVE) } else { left };
        let (case, ready) = tokio::select! {
            waited = ctx.state.engine().wait_for(&ctx.principal, id, now, is_ready) => waited?,
            () = ctx.state.stopped() => {
                return Ok((ctx.state.engine().get(&ctx.principal, id).await?, None));
            }
        };
        if ready || Instant::now() >= deadline {
            return Ok((case, None));
        }
        let Some((run, epoch)) = run else { return Ok((case, None)) };
        let beat = ctx.state.engine().heartbeat(&ctx.principal, run, epoch, Duration::ZERO);
        match beat.await {
            Ok(checked) if checked.pending.is_empty() && checked.halt.is_none() => {}
            Ok(checked) => return Ok((case, Some(checked))),
            // The gate itself says what is wrong with its run.
            Err(error) => tracing::debug!(%run, %error, "a waiting run could not check in"),
        }
    }
}

/// The result of a request that has one.
pub(super) async fn finished(ctx: &Ctx, case: &Case, waiting: &Waiting) -> Result<Value> {
    let take = Take::Grant(waiting.consumer.as_deref());
    let result = match shown::request(ctx, case, take).await {
        Ok(shown) => shown::result(shown, false),
        Err(problem) => shown::failure(&problem, Some(&case.core.id.to_string())),
    };
    Ok(ctx.client.complete(result))
}
