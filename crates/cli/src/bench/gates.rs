//! Gates: how soon an agent goes on after a person's word, how many a second, what thousands of waiting agents cost, and
//! how fast a halt shuts what is open.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use hyper::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::latency::Latencies;
use super::rig::{GATES, Running};
use crate::http::{Client, ClientError, Target};

/// Connections that hand in calls and take grants.
const HANDS: usize = 64;
/// Pause before another look at whether a decision is sealed, which a server over PostgreSQL does every 100 ms.
const UNSEALED: Duration = Duration::from_millis(2);

/// What an agent reads of its case: the rest of the answer is skipped, for the driver shares the server's processors.
#[derive(Debug, Clone, Deserialize)]
struct Told {
    id: String,
    status: String,
    decision: Option<Decision>,
}

#[derive(Debug, Clone, Deserialize)]
struct Decision {
    digest: String,
}

impl Told {
    async fn get(agent: &mut Client, path: &str) -> anyhow::Result<Self> {
        let reply = agent.call(Method::GET, path, None, Bytes::new()).await?;
        if !reply.status.is_success() {
            return Err(reply.problem().into());
        }
        Ok(serde_json::from_slice(&reply.body)?)
    }

    fn decided(self) -> anyhow::Result<Self> {
        ensure!(self.status == "decided", "an agent went on without a decision");
        Ok(self)
    }
}

/// A call that waits for a person.
#[derive(Debug)]
struct Gate {
    id: String,
    /// Digest of what is shown.
    seen: String,
    /// The proposal.
    proposal: String,
}

impl Gate {
    async fn submit(client: &mut Client, n: usize) -> anyhow::Result<Self> {
        let order = format!("order {n}");
        let body = json!({
            "input": {"order": order},
            "proposal": {"output": {"refund": {"tool": "refund", "arguments": {"order": order, "amount": n}}}},
        });
        let case = client.post(&format!("/v1/loops/{GATES}/cases"), &body).await?;
        let proposal = &case["proposals"][0];
        let text = |value: &Value| value.as_str().map(str::to_owned);
        Ok(Self {
            id: text(&case["id"]).context("a case has no id")?,
            seen: text(&proposal["digest"]).context("a call has no digest")?,
            proposal: text(&proposal["id"]).context("a proposal has no id")?,
        })
    }

    async fn approve(&self, judge: &mut Client) -> Result<(), ClientError> {
        let body = json!({
            "verdict": "approve", "proposal": self.proposal, "seen": self.seen, "elapsed_ms": 700,
        });
        let path = format!("/v1/cases/{}/judgments", self.id);
        let body = Bytes::from(body.to_string());
        let reply = judge.call(Method::POST, &path, Some("application/json"), body).await?;
        if reply.status.is_success() { Ok(()) } else { Err(reply.problem()) }
    }

    fn wait(&self) -> String {
        format!("/v1/cases/{}?wait=100s", self.id)
    }
}

/// Takes the grant of a decided case, as soon as its decision is sealed.
async fn consume(client: &mut Client, case: &Told) -> Result<Value, ClientError> {
    let path = format!("/v1/cases/{}/consume", case.id);
    let digest = case.decision.as_ref().map(|decision| &decision.digest);
    let body = json!({"digest": digest, "consumer": "bench"});
    loop {
        match client.post(&path, &body).await {
            Err(ClientError::Problem { code, .. }) if code == "not_sealed" => sleep(UNSEALED).await,
            other => return other,
        }
    }
}

/// Hands in `count` calls over some connections.
async fn submit_many(target: &Target, count: usize) -> anyhow::Result<Vec<Gate>> {
    let mut tasks = JoinSet::new();
    for hand in 0..HANDS {
        let mut client = Client::new(target);
        tasks.spawn(async move {
            let mut gates = Vec::new();
            for n in (hand..count).step_by(HANDS) {
                gates.push(Gate::submit(&mut client, n).await?);
            }
            anyhow::Ok(gates)
        });
    }
    let mut all = Vec::with_capacity(count);
    while let Some(done) = tasks.join_next().await {
        all.extend(done??);
    }
    Ok(all)
}

/// How long agents took to go on.
#[derive(Debug, Default)]
pub(crate) struct Resumed {
    /// Agents that went on, a second.
    pub(crate) per_second: f64,
    /// From the moment an approval is sent until the parked agent has the decision.
    pub(crate) woken: Latencies,
    /// From the same moment until it has its grant.
    pub(crate) granted: Latencies,
}

/// What an agent of the load does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cycle {
    /// Waits on calls that were handed in before.
    Decide,
    /// Hands the call in, waits, and takes the grant.
    Whole,
}

/// `reviewers` approve one call after the other for `time`, each for an agent of its own, which is parked on the case.
pub(crate) async fn cycles(
    agents: &Target,
    reviewers: &[Target],
    time: Duration,
    cycle: Cycle,
) -> anyhow::Result<Resumed> {
    // More than any machine at hand decides in the time.
    let ready = if cycle == Cycle::Decide { 8_000.0 * time.as_secs_f64() } else { 0.0 };
    let mut ready = submit_many(agents, ready as usize).await?;
    let share = ready.len() / reviewers.len();
    let start = Instant::now();
    let mut tasks = JoinSet::new();
    for (number, reviewer) in reviewers.iter().enumerate() {
        let (agent, judge) = (Client::new(agents), Client::new(reviewer));
        let own = ready.split_off(ready.len() - share);
        let pair = Pair { agent, judge, own, cycle, number };
        tasks.spawn(pair.work(start, time));
    }
    let mut all = Resumed::default();
    while let Some(done) = tasks.join_next().await {
        let one = done??;
        all.woken.extend(one.woken);
        all.granted.extend(one.granted);
    }
    all.per_second = all.woken.len() as f64 / start.elapsed().as_secs_f64();
    Ok(all)
}

/// An agent and whoever decides for it.
struct Pair {
    agent: Client,
    judge: Client,
    own: Vec<Gate>,
    cycle: Cycle,
    number: usize,
}

impl Pair {
    async fn work(mut self, start: Instant, time: Duration) -> anyhow::Result<Resumed> {
        let mut all = Resumed::default();
        self.judge.connect().await?;
        while start.elapsed() < time {
            let gate = match self.cycle {
                Cycle::Whole => Gate::submit(&mut self.agent, self.number).await?,
                Cycle::Decide => self.own.pop().context("too few calls were handed in before")?,
            };
            let mut agent = self.agent;
            agent.connect().await?;
            let path = gate.wait();
            let parked = tokio::spawn(async move {
                let case = Told::get(&mut agent, &path).await;
                (Instant::now(), case, agent)
            });
            // The task has sent its request before this one goes on, or sends it while the approval is on its way;
            // either is a caller that waits.
            tokio::task::yield_now().await;
            let one = Instant::now();
            gate.approve(&mut self.judge).await?;
            let (woken, case, agent) = parked.await?;
            self.agent = agent;
            let case = case?.decided()?;
            all.woken.push(woken.duration_since(one));
            if self.cycle == Cycle::Whole {
                consume(&mut self.agent, &case).await?;
                all.granted.push(one.elapsed());
            }
        }
        Ok(all)
    }
}

/// One agent at a time: parked first, then approved, then granted.
pub(crate) async fn resumes(
    agents: &Target,
    reviewer: &Target,
    rounds: usize,
) -> anyhow::Result<Resumed> {
    let (mut agent, mut judge) = (Client::new(agents), Client::new(reviewer));
    let mut all = Resumed::default();
    judge.connect().await?;
    for n in 0..rounds {
        let gate = Gate::submit(&mut agent, n).await?;
        let path = gate.wait();
        let parked = tokio::spawn(async move {
            let case = Told::get(&mut agent, &path).await;
            (Instant::now(), case, agent)
        });
        // The agent must be parked before the approval comes.
        sleep(Duration::from_millis(4)).await;
        let one = Instant::now();
        gate.approve(&mut judge).await?;
        let (woken, case, back) = parked.await?;
        agent = back;
        all.woken.push(woken.duration_since(one));
        consume(&mut agent, &case?).await?;
        all.granted.push(one.elapsed());
    }
    Ok(all)
}

/// Agents that wait, each on a case of its own.
#[derive(Debug)]
pub(crate) struct Waiting {
    /// How many were woken by their own decision.
    pub(crate) agents: usize,
    /// Memory for all of them, in bytes: after minus before, mapped files not counted.
    pub(crate) bytes: Option<u64>,
    /// From the moment an approval is sent until the agent has the decision, while all others wait.
    pub(crate) woken: Latencies,
}

/// Parks `count` agents, approves `some` of their calls one by one, then lets the others go.
pub(crate) async fn waiting(
    server: &Running,
    reviewers: &[Target],
    count: usize,
    some: usize,
) -> anyhow::Result<Waiting> {
    let gates = submit_many(&server.target, count).await?;
    let mut judges: Vec<Client> = reviewers.iter().map(Client::new).collect();
    for judge in &mut judges {
        judge.connect().await?;
    }
    sleep(Duration::from_secs(1)).await;
    let before = server.own_memory();
    let mut parked = Vec::with_capacity(count);
    for (n, gate) in gates.iter().enumerate() {
        let (target, path) = (server.target.clone(), gate.wait());
        parked.push(tokio::spawn(async move {
            let case = Told::get(&mut Client::new(&target), &path).await;
            (Instant::now(), case)
        }));
        if n % 200 == 199 {
            sleep(Duration::from_millis(15)).await;
        }
    }
    sleep(Duration::from_secs(3)).await;
    let after = server.own_memory();
    let (mut agents, mut woken) = (0, Latencies::default());
    let mut pairs = gates.into_iter().zip(parked);
    for (n, (gate, agent)) in pairs.by_ref().take(some).enumerate() {
        let count = judges.len();
        let one = Instant::now();
        gate.approve(&mut judges[n % count]).await?;
        let (at, case) = agent.await?;
        case?.decided()?;
        woken.push(at.duration_since(one));
        agents += 1;
    }
    let mut rest = JoinSet::new();
    let mut shares: Vec<Vec<_>> = judges.iter().map(|_| Vec::new()).collect();
    let many = shares.len();
    for (n, pair) in pairs.enumerate() {
        shares[n % many].push(pair);
    }
    for (mut judge, share) in judges.into_iter().zip(shares) {
        rest.spawn(async move {
            let mut woken = 0;
            for (gate, agent) in share {
                gate.approve(&mut judge).await?;
                let (_, case) = agent.await?;
                case?.decided()?;
                woken += 1;
            }
            anyhow::Ok(woken)
        });
    }
    while let Some(done) = rest.join_next().await {
        agents += done??;
    }
    Ok(Waiting { agents, bytes: before.zip(after).map(|(b, a)| a.saturating_sub(b)), woken })
}

/// A halt in the middle of agents that take their grants.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Halted {
    /// Approved calls there were.
    pub(crate) open: usize,
    /// Grants given before.
    pub(crate) granted: usize,
    /// Calls refused because of the halt.
    pub(crate) refused: usize,
    /// Grants to requests that were sent after the halt was acknowledged: there must be none.
    pub(crate) after: usize,
    /// From the moment the halt is sent until it is in force and acknowledged.
    pub(crate) took: Duration,
    /// From the same moment until every other agent was refused.
    pub(crate) all: Duration,
}

/// Opens `count` gates, lets agents take grants, and halts the loop at once. The loop stays halted.
pub(crate) async fn halt(
    target: &Target,
    reviewers: &[Target],
    count: usize,
) -> anyhow::Result<Halted> {
    let cases = open_gates(target, reviewers, count).await?;
    let in_force = Arc::new(AtomicBool::new(false));
    let mut tasks = JoinSet::new();
    let each = cases.len().div_ceil(HANDS);
    for share in cases.chunks(each) {
        let (share, mut agent) = (share.to_vec(), Client::new(target));
        let in_force = Arc::clone(&in_force);
        tasks.spawn(async move {
            let mut seen = Halted::default();
            agent.connect().await?;
            for case in share {
                let late = in_force.load(Ordering::SeqCst);
                match consume(&mut agent, &case).await {
                    Ok(_) => {
                        seen.granted += 1;
                        seen.after += usize::from(late);
                    }
                    Err(ClientError::Problem { code, .. }) if code == "halted" => seen.refused += 1,
                    Err(error) => return Err(error.into()),
                }
            }
            anyhow::Ok(seen)
        });
    }
    let mut person = Client::new(target);
    person.connect().await?;
    sleep(Duration::from_millis(5)).await;
    let sent = Instant::now();
    let body = Bytes::from(json!({"scope": GATES, "reason": "the bench halts"}).to_string());
    let reply = person.call(Method::POST, "/v1/halt", Some("application/json"), body).await?;
    in_force.store(true, Ordering::SeqCst);
    let mut all = Halted { took: sent.elapsed(), open: cases.len(), ..Halted::default() };
    ensure!(reply.status.is_success(), "the halt was refused: {}", reply.problem());
    while let Some(done) = tasks.join_next().await {
        let one = done??;
        all.granted += one.granted;
        all.refused += one.refused;
        all.after += one.after;
    }
    all.all = sent.elapsed();
    Ok(all)
}

/// Approved calls whose grants nobody took yet.
async fn open_gates(
    target: &Target,
    reviewers: &[Target],
    count: usize,
) -> anyhow::Result<Vec<Told>> {
    let mut gates = submit_many(target, count).await?;
    let mut tasks = JoinSet::new();
    let each = gates.len().div_ceil(reviewers.len());
    for reviewer in reviewers {
        let share = gates.split_off(gates.len().saturating_sub(each));
        let (mut judge, mut agent) = (Client::new(reviewer), Client::new(target));
        tasks.spawn(async move {
            let mut cases = Vec::new();
            for gate in share {
                gate.approve(&mut judge).await?;
                cases.push(Told::get(&mut agent, &gate.wait()).await?);
            }
            anyhow::Ok(cases)
        });
    }
    let mut cases = Vec::with_capacity(count);
    while let Some(done) = tasks.join_next().await {
        cases.extend(done??);
    }
    ensure!(cases.iter().all(|case| case.decision.is_some()), "no decision");
    Ok(cases)
}
