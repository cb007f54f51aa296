//! `report_step`: what an agent did, and what it was told meanwhile.

use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tandem_domain::run::StepKind;
use tandem_domain::{CaseId, RunId, Span};
use tandem_engine::cases::{IdemKey, NewOutcome, OutcomeSource};
use tandem_engine::runs::{NewRun, ReportedStep};

use super::{Ctx, ask};
use crate::problem::{Problem, Result};
use crate::wire::runs::StandingOut;

/// How long a check-in of a run is good for that was started here: agents behind this protocol have no
/// thread that checks in.
const LEASE: Span = Span::seconds(600);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StepIn {
    #[serde(default)]
    run: Option<RunId>,
    #[serde(rename = "loop", default)]
    loop_name: Option<String>,
    #[serde(default)]
    goal: Option<String>,
    #[serde(default)]
    run_epoch: u64,
    kind: StepKind,
    name: String,
    #[serde(default)]
    input: Value,
    #[serde(default)]
    output: Value,
    #[serde(default)]
    failed: bool,
    #[serde(default)]
    cost: f64,
    #[serde(default)]
    request_id: Option<String>,
    #[serde(default)]
    idempotency_key: Option<String>,
}

impl StepIn {
    fn idem(&self, part: &str, given: &Value) -> Option<IdemKey> {
        let key = self.idempotency_key.clone()?;
        let digest = Sha256::digest(serde_json::to_vec(given).unwrap_or_default()).into();
        Some(IdemKey { route: format!("mcp report_step {part}"), key, digest })
    }
}

/// Reports a step into a run, or into a new one; tells a gate what became of its call.
pub(super) async fn report(ctx: &Ctx, arguments: &Value) -> Result<Value> {
    let given: StepIn = ask::read(arguments)?;
    if given.idempotency_key.as_ref().is_some_and(|key| !(1..=200).contains(&key.len())) {
        let detail = "a key has 1 to 200 bytes";
        return Err(Problem::invalid("invalid_input", "/idempotency_key", detail));
    }
    if let Some(request) = &given.request_id {
        executed(ctx, ask::request(request)?, &given, arguments).await?;
        if given.run.is_none() {
            return Ok(json!({"status": "ok", "message": "Noted what became of the call."}));
        }
    }
    let run = match given.run {
        Some(run) => run,
        None => begin(ctx, &given, arguments).await?,
    };
    let idem = given.idem("step", arguments);
    let step = ReportedStep {
        kind: given.kind,
        name: given.name,
        input: given.input,
        output: given.output,
        failed: given.failed,
        cost: given.cost,
        elapsed_ms: None,
    };
    let (engine, by) = (ctx.state.engine(), &ctx.principal);
    let checked = engine.report_steps(by, run, given.run_epoch, vec![step], idem).await?;
    let orders = !checked.pending.is_empty() || checked.halt.is_some();
    let mut shown = json!({
        "run_id": run,
        "status": if orders { "orders" } else { "ok" },
        "run": StandingOut::from(checked),
    });
    if orders {
        shown["message"] = "People told the run something.".into();
        shown["next"] =
            "Obey run.controls in order (during a halt do nothing), then send run_epoch with the \
            number of the newest."
                .into();
    } else {
        shown["message"] = "Noted.".into();
    }
    Ok(shown)
}

/// What became of an approved call.
async fn executed(ctx: &Ctx, case: CaseId, given: &StepIn, arguments: &Value) -> Result<()> {
    // Only of what the caller may read: else it would speak of the executions of others.
    ctx.state.engine().get(&ctx.principal, case).await?;
    let outcome = NewOutcome {
        source: OutcomeSource::System,
        answer: None,
        failure_modes: Vec::new(),
        succeeded: Some(!given.failed),
        grant: None,
        occurred_at: ctx.state.accounts().now(),
    };
    let idem = given.idem("outcome", arguments);
    ctx.state.engine().outcome(&ctx.principal, case, outcome, idem).await?;
    Ok(())
}

async fn begin(ctx: &Ctx, given: &StepIn, arguments: &Value) -> Result<RunId> {
    let need = |path: &str, detail: &str| Problem::invalid("invalid_input", path, detail);
    let goal = given.goal.clone().ok_or_else(|| {
        need("/goal", "send `run` to go on with one, or `goal` to begin a new one")
    })?;
    let loop_name = given.loop_name.clone();
    let loop_name = ask::loop_of(ctx, loop_name, false).await?;
    let new = NewRun { goal, lease: Some(LEASE), ..NewRun::default() };
    let idem = given.idem("run", arguments);
    let started = ctx.state.engine().start_run(&ctx.principal, &loop_name, new, idem).await?;
    Ok(started.run.core.id)
}
