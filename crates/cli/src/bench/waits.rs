//! Parked callers: how soon a decision wakes one, and what ten thousand of them cost.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::latency::Latencies;
use super::rig::{LOOP, Running};
use crate::http::{Client, Target};

/// Hands in a case that waits for people and returns its id.
async fn waiting_case(client: &mut Client) -> anyhow::Result<String> {
    let body = json!({
        "input": {"text": "please look at this one", "amount": 20_000},
        "proposal": {"output": {"intent": "refund"}, "confidence": 0.99},
        "priority": 9,
    });
    let case = client.post(&format!("/v1/loops/{LOOP}/cases"), &body).await?;
    Ok(case["id"].as_str().context("a case has no id")?.to_owned())
}

/// From the moment a judgment is posted until a caller parked on its case has the decision.
pub(crate) async fn wakes(
    admin: &Target,
    reviewer: &Target,
    rounds: usize,
) -> anyhow::Result<Latencies> {
    let (mut submitter, mut judge) = (Client::new(admin), Client::new(reviewer));
    let mut latencies = Latencies::default();
    let mut parked_client = Client::new(admin);
    for _ in 0..rounds {
        let id = waiting_case(&mut submitter).await?;
        let path = format!("/v1/cases/{id}?wait=30s");
        parked_client.connect().await?;
        let parked = tokio::spawn(async move {
            let case = parked_client.get(&path).await;
            (Instant::now(), case, parked_client)
        });
        // The caller must be parked before the judgment comes.
        sleep(Duration::from_millis(4)).await;
        let start = Instant::now();
        let verdict = json!({"verdict": "approve", "elapsed_ms": 700});
        judge.post(&format!("/v1/cases/{id}/judgments"), &verdict).await?;
        let (woken, case, client) = parked.await?;
        parked_client = client;
        ensure!(case?["status"] == "decided", "a parked caller was woken without a decision");
        latencies.push(woken.duration_since(start));
    }
    Ok(latencies)
}

/// What parked callers cost the server.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parked {
    /// Callers.
    pub(crate) callers: usize,
    /// Memory for all of them, in bytes: after minus before, mapped files not counted.
    pub(crate) bytes: Option<u64>,
}

/// Parks `callers` on one case each of a few, measures the server, and wakes them all.
pub(crate) async fn parked(
    server: &Running,
    reviewer: &Target,
    callers: usize,
) -> anyhow::Result<Parked> {
    let mut client = Client::new(&server.target);
    let id = waiting_case(&mut client).await?;
    sleep(Duration::from_secs(1)).await;
    let before = server.own_memory();
    let mut tasks = JoinSet::new();
    for n in 0..callers {
        let (target, path) = (server.target.clone(), format!("/v1/cases/{id}?wait=100s"));
        tasks.spawn(async move { Client::new(&target).get(&path).await });
        if n % 200 == 199 {
            sleep(Duration::from_millis(15)).await;
        }
    }
    sleep(Duration::from_secs(3)).await;
    let after = server.own_memory();
    let judgment = json!({"verdict": "approve", "elapsed_ms": 700});
    let mut judge = Client::new(reviewer);
    judge.post(&format!("/v1/cases/{id}/judgments"), &judgment).await?;
    let mut woken = 0;
    while let Some(done) = tasks.join_next().await {
        let case = done?.context("a caller could not park")?;
        ensure!(case["status"] == "decided", "a parked caller was woken without a decision");
        woken += 1;
    }
    let bytes = before.zip(after).map(|(before, after)| after.saturating_sub(before));
    Ok(Parked { callers: woken, bytes })
}
