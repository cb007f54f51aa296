//! The second loop of the demo: refunds that an agent asks for, in a process of its own.
//!
//! [`story`] goes through a day of it without anybody at the keys: approvers who know what is due, and a supervisor who
//! pauses the agent, gives it another goal, and stops it, and who looks each time whether it obeyed.

use std::collections::HashMap;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};

use crate::agent::{LOOP, Request, cents, requests};
use crate::commands::loops::put_loop;
use crate::env;
use crate::http::{Client, ClientError, Target};
use crate::random;

const LOOP_FILE: &str = include_str!("../../data/refunds.yaml");
/// How long any part of the story may take.
const PATIENCE: Duration = Duration::from_mins(5);
/// Approvers of the story.
const APPROVERS: u32 = 2;
/// What the supervisor lets the agent ask for after the redirection, in euros.
const MOST: f64 = 60.0;

/// Publishes the loop, unless an earlier run did, and returns who talks as the agent.
pub(crate) async fn prepare(admin: &mut Client) -> anyhow::Result<Target> {
    match admin.get(&format!("/v1/loops/{LOOP}")).await {
        Ok(_) => {}
        Err(error) if error.status() == Some(404) => {
            put_loop(admin, LOOP, LOOP_FILE.to_owned(), false).await?;
        }
        Err(error) => return Err(error.into()),
    }
    let key = json!({"name": "Refund desk", "roles": [{"loop": LOOP, "role": "submitter"}]});
    let key = admin.post("/v1/keys", &key).await?;
    Ok(admin.target().with_key(key["secret"].as_str().context("a key without a secret")?)?)
}

/// Starts the agent. It ends with the demo.
pub(crate) fn start(agent: &Target, more: &[&str]) -> anyhow::Result<Child> {
    let program = std::env::current_exe().context("cannot find the program's own file")?;
    Command::new(program)
        .arg("refund-agent")
        .args(more)
        .env(env::URL, agent.url())
        .env(env::KEY, agent.secret().unwrap_or_default())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .context("cannot start the agent")
}

/// What came of the story.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Figures {
    /// Calls the agent handed in.
    calls: u64,
    /// Calls that passed without a person.
    automatic: u64,
    /// Calls that a limit sent to a person.
    limited: u64,
    /// Calls approved as they were, edited, and rejected by people.
    approved: u64,
    edited: u64,
    rejected: u64,
    /// Calls withdrawn because the agent was stopped.
    withdrawn: u64,
    /// Grants that were executed.
    executed: u64,
    /// What was paid, and what the agent had asked for, in euros.
    paid: f64,
    asked: f64,
    /// Milliseconds from each order until the agent had obeyed it.
    pause_ms: u64,
    redirect_ms: u64,
    stop_ms: u64,
    /// What a call handed in for the paused run was refused with.
    paused_code: String,
    /// Steps while it was paused, calls above the new goal's most, grants after the stop: none may be.
    steps_while_paused: u64,
    above_redirected: u64,
    grants_after_stop: u64,
    /// How long it all took.
    seconds: f64,
}

impl Figures {
    /// For the terminal.
    pub(crate) fn lines(&self) -> Vec<String> {
        vec![
            "Refunds: an agent, two approvers, a supervisor".to_owned(),
            format!(
                "{} calls: {} passed alone, {} approved, {} edited, {} rejected, {} withdrawn; {} by a limit",
                self.calls,
                self.automatic,
                self.approved,
                self.edited,
                self.rejected,
                self.withdrawn,
                self.limited
            ),
            format!(
                "asked for {:.2} EUR, paid {:.2} EUR with {} grants",
                self.asked, self.paid, self.executed
            ),
            format!(
                "obeyed: pause after {} ms, redirection after {} ms, stop after {} ms",
                self.pause_ms, self.redirect_ms, self.stop_ms
            ),
            format!(
                "a call while paused: {}; {} steps while paused, {} calls above the new most, {} grants after the stop",
                self.paused_code,
                self.steps_while_paused,
                self.above_redirected,
                self.grants_after_stop
            ),
        ]
    }
}

/// The whole day, without anybody at the keys.
pub(crate) async fn story(admin: &mut Client, agent: &Target) -> anyhow::Result<Figures> {
    let started = Instant::now();
    let home = Arc::new(AtomicBool::new(false));
    let due: Arc<HashMap<String, Request>> =
        Arc::new(requests()?.into_iter().map(|one| (one.order.clone(), one)).collect());
    let mut approvers = tokio::task::JoinSet::new();
    for number in 1..=APPROVERS {
        let target = member(admin, &format!("Approver {number}"), "reviewer").await?;
        approvers.spawn(approve(target, Arc::clone(&due), Arc::clone(&home)));
    }
    let supervisor = member(admin, "Supervisor", "orchestrator").await?;
    let mut process = start(agent, &["--run", "story", "--pace", "20", "--forever"])?;
    let mut supervised = Supervised::find(admin, Client::new(&supervisor)).await?;
    let mut figures = Figures::default();
    supervised.day(agent, &mut figures).await?;
    let granted = grants(admin).await?;
    let ended = tokio::time::timeout(PATIENCE, process.wait());
    let status = ended.await.context("the agent went on after it was stopped")??;
    ensure!(status.success(), "the agent failed: {status}");
    home.store(true, Ordering::Relaxed);
    approvers.join_all().await.into_iter().collect::<anyhow::Result<Vec<()>>>()?;
    count(admin, &supervised, &mut figures).await?;
    figures.grants_after_stop = figures.executed - granted;
    figures.seconds = cents(started.elapsed().as_secs_f64());
    Ok(figures)
}

async fn member(admin: &mut Client, name: &str, role: &str) -> anyhow::Result<Target> {
    let roles = json!([{"loop": LOOP, "role": role}]);
    let again = hex::encode(random::secret::<4>()?);
    let email = format!("{}-{again}@demo.invalid", name.to_lowercase().replace(' ', "-"));
    let body = json!({"name": name, "email": email, "roles": roles});
    let member = admin.post("/v1/members", &body).await?;
    let body = json!({"name": name, "roles": roles, "member": member["id"]});
    let key = admin.post("/v1/keys", &body).await?;
    Ok(admin.target().with_key(key["secret"].as_str().context("a key without a secret")?)?)
}

/// A person who knows what the shop's rules give back: approves, lowers the amount, or rejects.
async fn approve(
    target: Target,
    due: Arc<HashMap<String, Request>>,
    home: Arc<AtomicBool>,
) -> anyhow::Result<()> {
    let mut client = Client::new(&target);
    while !home.load(Ordering::Relaxed) {
        let reply = client.post("/v1/claims", &json!({"loops": [LOOP], "limit": 1})).await?;
        let Some(claim) = reply["claims"].get(0) else {
            sleep(Duration::from_millis(15)).await;
            continue;
        };
        let call = &claim["proposal"]["output"]["refund"]["arguments"];
        let order = call["order"].as_str().unwrap_or_default();
        let due = due.get(order).map_or(0.0, |request| request.due);
        let asked = call["amount"].as_f64().unwrap_or(0.0);
        let mut body = json!({
            "claim": claim["id"], "token": claim["token"], "proposal": claim["proposal"]["id"],
            "seen": claim["proposal"]["digest"], "elapsed_ms": 1_200, "verdict": "approve",
        });
        if due <= 0.0 {
            body["verdict"] = "reject".into();
            body["reasons"] = json!(["not_due"]);
        } else if asked > due {
            body["verdict"] = "modify".into();
            body["answer"] =
                json!({"refund": {"tool": "refund", "arguments": {"order": order, "amount": due}}});
        }
        let id = claim["case"]["id"].as_str().unwrap_or_default();
        match client.post(&format!("/v1/cases/{id}/judgments"), &body).await {
            // Withdrawn meanwhile.
            Ok(_) | Err(ClientError::Problem { status: 404 | 409, .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// The run of the agent under a supervisor's eyes.
struct Supervised {
    client: Client,
    run: String,
    redirected_at: Value,
}

impl Supervised {
    async fn find(admin: &mut Client, client: Client) -> anyhow::Result<Self> {
        let begun = Instant::now();
        loop {
            let runs = admin.get(&format!("/v1/runs?loop={LOOP}")).await?;
            let found = runs["items"].as_array().into_iter().flatten();
            if let Some(run) = found.into_iter().find(|run| run["key"] == "story") {
                let run = run["id"].as_str().context("a run has no id")?.to_owned();
                return Ok(Self { client, run, redirected_at: Value::Null });
            }
            ensure!(begun.elapsed() < PATIENCE, "the agent starts no run");
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Pauses, lets go on, redirects and stops the agent.
    async fn day(&mut self, agent: &Target, figures: &mut Figures) -> anyhow::Result<()> {
        self.steps(24).await?;
        figures.pause_ms =
            self.order(json!({"kind": "pause", "reason": "the till is counted"}), "paused").await?;
        let before = self.look().await?["used"]["steps"].as_u64().unwrap_or(0);
        figures.paused_code = self.try_gate(agent).await?;
        sleep(Duration::from_millis(400)).await;
        figures.steps_while_paused =
            self.look().await?["used"]["steps"].as_u64().unwrap_or(0) - before;
        self.order(json!({"kind": "resume", "reason": "the till is right"}), "running").await?;
        self.steps(before + 20).await?;
        let redirect = json!({
            "kind": "redirect", "reason": "the month's money is nearly spent",
            "goal": "Answer today's requests; pay small sums only",
            "constraints": ["never more than an order cost", format!("ask for at most {MOST} EUR a call")],
        });
        figures.redirect_ms = self.order(redirect, "running").await?;
        let controls = self.client.get(&format!("/v1/runs/{}/controls?after=0", self.run)).await?;
        let mut found = controls["items"].as_array().into_iter().flatten();
        let last = found.rfind(|control| control["kind"] == "redirect");
        self.redirected_at = last.map_or(Value::Null, |control| control["acknowledged_at"].clone());
        let steps = self.look().await?["used"]["steps"].as_u64().unwrap_or(0);
        self.steps(steps + 30).await?;
        figures.stop_ms =
            self.order(json!({"kind": "stop", "reason": "the shop closes"}), "stopped").await?;
        Ok(())
    }

    /// Hands a call in for the run as the agent could, and returns what it is refused with.
    async fn try_gate(&mut self, agent: &Target) -> anyhow::Result<String> {
        let request = &requests()?[0];
        let body = json!({
            "input": {
                "order": request.order, "customer": request.customer, "item": request.item,
                "paid": request.paid, "message": request.message, "found": request.found,
            },
            "proposal": {"output": {"refund": {"tool": "refund", "arguments": {"order": request.order, "amount": 1}}}},
            "run": self.run,
        });
        match Client::new(agent).post(&format!("/v1/loops/{LOOP}/cases"), &body).await {
            Err(ClientError::Problem { code, .. }) => Ok(code),
            Err(error) => Err(error.into()),
            Ok(_) => Ok("accepted".to_owned()),
        }
    }

    async fn look(&mut self) -> anyhow::Result<Value> {
        Ok(self.client.get(&format!("/v1/runs/{}", self.run)).await?)
    }

    /// Waits until the agent has reported so many steps.
    async fn steps(&mut self, count: u64) -> anyhow::Result<()> {
        let begun = Instant::now();
        while self.look().await?["used"]["steps"].as_u64().unwrap_or(0) < count {
            ensure!(begun.elapsed() < PATIENCE, "the agent does not come to {count} steps");
            sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// Orders, and waits until the agent has obeyed; returns how long that took, in milliseconds.
    async fn order(&mut self, order: Value, state: &str) -> anyhow::Result<u64> {
        let begun = Instant::now();
        self.client.post(&format!("/v1/runs/{}/control", self.run), &order).await?;
        loop {
            let run = self.look().await?;
            if run["obeyed"] == run["epoch"] && run["state"] == state {
                return Ok(begun.elapsed().as_millis().try_into().unwrap_or(u64::MAX));
            }
            ensure!(begun.elapsed() < PATIENCE, "the agent does not obey: {order}");
            sleep(Duration::from_millis(5)).await;
        }
    }
}

/// Every case of the loop.
async fn cases(admin: &mut Client) -> anyhow::Result<Vec<Value>> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = admin.get(&format!("/v1/loops/{LOOP}/cases?limit=100{cursor}")).await?;
        for case in page["items"].as_array().into_iter().flatten() {
            let id = case["id"].as_str().unwrap_or_default();
            all.push(admin.get(&format!("/v1/cases/{id}")).await?);
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Ok(all),
        }
    }
}

fn is_executed(case: &Value) -> bool {
    case["decision"]["delivery"] == "consumed"
}

/// How many grants were given so far.
async fn grants(admin: &mut Client) -> anyhow::Result<u64> {
    Ok(cases(admin).await?.iter().filter(|case| is_executed(case)).count() as u64)
}

/// Reads what came of every case.
async fn count(admin: &mut Client, run: &Supervised, figures: &mut Figures) -> anyhow::Result<()> {
    for case in cases(admin).await? {
        figures.case(&case, &run.redirected_at);
    }
    figures.paid = cents(figures.paid);
    figures.asked = cents(figures.asked);
    Ok(())
}

impl Figures {
    fn case(&mut self, case: &Value, redirected: &Value) {
        let amount =
            |output: &Value| output["refund"]["arguments"]["amount"].as_f64().unwrap_or(0.0);
        let later = |at: &Value, than: &Value| at.as_str() > than.as_str() && than.is_string();
        self.calls += 1;
        let asked = amount(&case["proposals"][0]["output"]);
        self.asked += asked;
        self.above_redirected += u64::from(later(&case["created_at"], redirected) && asked > MOST);
        let reasons = case["route"]["reasons"].as_array().map(Vec::as_slice).unwrap_or_default();
        self.limited += u64::from(reasons.iter().any(|reason| reason["code"] == "limit"));
        let decision = &case["decision"];
        match (decision["by"].as_str(), decision["outcome"].as_str()) {
            (Some("machine"), Some("approved")) => self.automatic += 1,
            (_, Some("approved")) => self.approved += 1,
            (_, Some("modified")) => self.edited += 1,
            (_, Some("rejected")) => self.rejected += 1,
            _ => self.withdrawn += u64::from(case["status"] == "cancelled"),
        }
        if is_executed(case) {
            self.executed += 1;
            self.paid += amount(&decision["output"]);
        }
    }
}
