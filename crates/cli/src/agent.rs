//! The agent of the demo's second loop, a process of its own: it reads requests for refunds, looks orders up, and asks
//! Tandem before it pays. It knows nothing of Tandem but its HTTP API: a run, steps, gates and grants.

mod desk;
mod orders;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use serde_json::{Value, json};
use tandem_domain::Timestamp;
use tokio::io::AsyncReadExt as _;
use tokio::time::sleep;

use crate::http::{Client, ClientError, Target};
use crate::{env, exit, output};
pub(crate) use desk::{Request, requests};
use orders::{Orders, Turn};

/// The loop it works in.
pub(crate) const LOOP: &str = "refunds";
/// How long it waits on a case before it checks in again, well within the lease of its run.
const LOOK: &str = "5s";
/// Pause while the server is away or will not give a grant yet.
const AGAIN: Duration = Duration::from_millis(200);

/// Arguments of the agent.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Names its run: a second process with the same one takes it over
    #[arg(long, default_value = "desk-1")]
    run: String,
    /// Milliseconds between two requests
    #[arg(long, default_value_t = 4_000)]
    pace: u64,
    /// Begin again when every request was worked on
    #[arg(long)]
    forever: bool,
}

/// Works until its run ends: all requests done, or told to stop.
pub(crate) async fn run(args: Args) -> anyhow::Result<u8> {
    let url = env::get(env::URL).context("TANDEM_URL is not set")?;
    let target = Target::new(&url, env::get(env::KEY).as_deref())?;
    let mut client = Client::new(&target);
    let orders = Orders::start(&mut client, &args.run).await?;
    let mut agent = Agent { client, orders, paid: 0.0, args };
    let stopped = tokio::select! {
        stopped = agent.work() => stopped?,
        () = orphaned() => return Ok(exit::OK),
    };
    if !stopped {
        let summary = format!("all requests answered, {:.2} EUR paid", agent.paid);
        agent.orders.finish(&mut agent.client, &summary).await?;
    }
    output::line(&json!({"paid": cents(agent.paid), "stopped": stopped}).to_string());
    Ok(exit::OK)
}

/// Returns when standard input closes: whoever started the agent is gone, however it ended.
async fn orphaned() {
    let mut byte = [0];
    while matches!(tokio::io::stdin().read(&mut byte).await, Ok(n) if n > 0) {}
}

/// An amount of money without the dust of binary fractions.
pub(crate) fn cents(amount: f64) -> f64 {
    (amount * 100.0).round() / 100.0
}

struct Agent {
    client: Client,
    orders: Orders,
    paid: f64,
    args: Args,
}

impl Agent {
    /// True where it was told to stop.
    async fn work(&mut self) -> anyhow::Result<bool> {
        let all = requests()?;
        let mut round = 0;
        loop {
            for request in &all {
                let key = format!("{}/{}/{round}", self.args.run, request.order);
                if !self.answer(request, &key).await? {
                    return Ok(true);
                }
                sleep(Duration::from_millis(self.args.pace)).await;
            }
            if !self.args.forever {
                return Ok(false);
            }
            round += 1;
        }
    }

    /// Works on one request; false where the run was stopped.
    async fn answer(&mut self, request: &Request, key: &str) -> anyhow::Result<bool> {
        if self.turn().await? == Turn::Stop {
            return Ok(false);
        }
        let asked = json!({"order": request.order, "message": request.message});
        let plan = json!({"plan": "look the order up, then refund what is asked for"});
        let found = json!({"item": request.item, "paid": request.paid, "found": request.found});
        let look = json!({"order": request.order});
        self.report(json!([
            {"kind": "plan", "name": "read the request", "input": asked, "output": plan, "cost": 0.01},
            {"kind": "tool_call", "name": "lookup_order", "input": look, "output": found, "cost": 0.002},
        ]))
        .await?;
        let Some(case) = self.submit(request, key).await? else { return Ok(false) };
        let Some(case) = self.decided(request, case).await? else { return Ok(false) };
        let outcome = case["decision"]["outcome"].as_str().unwrap_or_default();
        if !matches!(outcome, "approved" | "modified" | "labelled") {
            let why = json!({"outcome": outcome, "reasons": case["decision"]["reason_codes"]});
            self.report(json!([{"kind": "observation", "name": "refund refused", "output": why}]))
                .await?;
            return Ok(true);
        }
        self.pay(&case).await
    }

    /// Checks in: obeys what it was told, and waits while it is paused.
    async fn turn(&mut self) -> anyhow::Result<Turn> {
        self.orders.obey(&mut self.client).await
    }

    /// Reports steps; those of a run that was told something meanwhile are reported once it obeyed.
    async fn report(&mut self, steps: Value) -> anyhow::Result<()> {
        loop {
            match self.orders.report(&mut self.client, &steps).await {
                Ok(()) => return Ok(()),
                Err(error) if refused_by_run(&error) => {
                    if self.turn().await? == Turn::Stop {
                        return Ok(());
                    }
                }
                Err(error) if error.is_passing() => sleep(AGAIN).await,
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Hands the call in; `None` where the run was stopped.
    async fn submit(&mut self, request: &Request, key: &str) -> anyhow::Result<Option<Value>> {
        loop {
            let amount = request.wanted(self.orders.most());
            let body = json!({
                "key": format!("{key}/v{}", self.orders.version()),
                "input": {
                    "order": request.order, "customer": request.customer, "item": request.item,
                    "paid": request.paid, "message": request.message, "found": request.found,
                },
                "proposal": {
                    "output": {"refund": {"tool": "refund", "arguments": {"order": request.order, "amount": amount}}},
                    "confidence": 0.9, "model": "desk@1",
                },
                "run": self.orders.run(),
                "run_epoch": self.orders.obeyed(),
            });
            match self.client.post(&format!("/v1/loops/{LOOP}/cases"), &body).await {
                Ok(case) => return Ok(Some(case)),
                Err(error) if refused_by_run(&error) => {
                    if self.turn().await? == Turn::Stop {
                        return Ok(None);
                    }
                }
                Err(error) if error.is_passing() => sleep(AGAIN).await,
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Waits for a decision, checking in all the while; `None` where the run was stopped.
    async fn decided(
        &mut self,
        request: &Request,
        mut case: Value,
    ) -> anyhow::Result<Option<Value>> {
        let id = case["id"].as_str().context("a case has no id")?.to_owned();
        let mut revised = 0;
        loop {
            match case["status"].as_str() {
                Some("decided") => return Ok(Some(case)),
                // The gates of a run that is told to stop are withdrawn.
                Some("cancelled") => {
                    self.turn().await?;
                    return Ok(None);
                }
                _ => {}
            }
            if self.turn().await? == Turn::Stop {
                return Ok(None);
            }
            let attempt = case["changes_wanted"]["attempt"].as_u64().unwrap_or(0);
            if attempt > revised {
                revised = attempt;
                self.revise(request, &id).await?;
            }
            match self.client.get(&format!("/v1/cases/{id}?wait={LOOK}")).await {
                Ok(seen) => case = seen,
                Err(error) if error.is_passing() => sleep(AGAIN).await,
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Proposes again, half of what was asked for, where a reviewer wants changes.
    async fn revise(&mut self, request: &Request, id: &str) -> anyhow::Result<()> {
        let amount = cents(request.wanted(self.orders.most()) / 2.0);
        let output = json!({"refund": {"tool": "refund", "arguments": {"order": request.order, "amount": amount}}});
        let body = json!({"output": output, "model": "desk@1"});
        match self.client.post(&format!("/v1/cases/{id}/proposals"), &body).await {
            Ok(_) | Err(ClientError::Problem { status: 409, .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Takes the grant, pays exactly what it says, and tells; false where the run was stopped.
    async fn pay(&mut self, case: &Value) -> anyhow::Result<bool> {
        let id = case["id"].as_str().unwrap_or_default();
        let consumer = format!("till/{}", self.args.run);
        let body = json!({"digest": case["decision"]["digest"], "consumer": consumer});
        let grant = loop {
            match self.client.post(&format!("/v1/cases/{id}/consume"), &body).await {
                Ok(grant) => break grant,
                Err(error) if refused_by_run(&error) => {
                    if self.turn().await? == Turn::Stop {
                        return Ok(false);
                    }
                }
                Err(error) if error.is_passing() || is(&error, &["not_sealed"]) => {
                    sleep(AGAIN).await;
                }
                // A halt: nothing is paid until people let things go on.
                Err(error) if is(&error, &["halted"]) => {
                    sleep(AGAIN).await;
                    if self.turn().await? == Turn::Stop {
                        return Ok(false);
                    }
                }
                // Answered in its place, or decided anew: there is nothing to pay.
                Err(ClientError::Problem { status: 409 | 412, .. }) => return Ok(true),
                Err(error) => return Err(error.into()),
            }
        };
        let amount = grant["arguments"]["amount"].as_f64().context("a grant without an amount")?;
        self.paid += amount;
        let done = json!({
            "source": "system",
            "execution": "succeeded",
            "grant": grant["grant"],
            "occurred_at": now(),
        });
        let told = self.client.post(&format!("/v1/cases/{id}/outcomes"), &done).await;
        if let Err(error) = told {
            tracing::warn!(%error, "the result of a refund was not recorded");
        }
        self.report(json!([{
            "kind": "tool_call", "name": "refund", "input": grant["arguments"],
            "output": {"paid": amount, "grant": grant["grant"]}, "cost": 0.005,
        }]))
        .await?;
        Ok(true)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the agent is another program, with a clock of its own"
)]
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

fn is(error: &ClientError, codes: &[&str]) -> bool {
    matches!(error, ClientError::Problem { code, .. } if codes.contains(&code.as_str()))
}

/// Whether its run stands in the way: it was told something that it has not obeyed, or was lost.
fn refused_by_run(error: &ClientError) -> bool {
    is(error, &["run_not_running", "run_stale_epoch", "run_lost"])
}
