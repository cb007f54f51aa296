//! Claims and judgments by many reviewers at once.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::latency::Latencies;
use super::rig::LOOP;
use crate::http::{Client, Target};

/// Pairs of claim and judgment.
#[derive(Debug, Default)]
pub(crate) struct Pairs {
    /// Pairs a second.
    pub(crate) per_second: f64,
    /// Times of the claims.
    pub(crate) claims: Latencies,
    /// Times of the judgments.
    pub(crate) judgments: Latencies,
}

/// Every reviewer claims and judges, one case after the other, for `time`.
pub(crate) async fn pairs(reviewers: &[Target], time: Duration) -> anyhow::Result<Pairs> {
    let mut tasks = JoinSet::new();
    let start = Instant::now();
    for target in reviewers {
        let mut client = Client::new(target);
        tasks.spawn(async move {
            let (mut claims, mut judgments) = (Latencies::default(), Latencies::default());
            client.connect().await?;
            while start.elapsed() < time {
                let one = Instant::now();
                let reply =
                    client.post("/v1/claims", &json!({"loops": [LOOP], "limit": 1})).await?;
                claims.push(one.elapsed());
                let Some(claim) = reply["claims"].get(0) else { break };
                let (path, body) = approval(claim);
                let one = Instant::now();
                client.post(&path, &body).await?;
                judgments.push(one.elapsed());
            }
            anyhow::Ok((claims, judgments))
        });
    }
    let mut all = Pairs::default();
    while let Some(done) = tasks.join_next().await {
        let (claims, judgments) = done??;
        all.claims.extend(claims);
        all.judgments.extend(judgments);
    }
    all.per_second = all.judgments.len() as f64 / start.elapsed().as_secs_f64();
    Ok(all)
}

/// Path and body of an approving judgment on a claim.
fn approval(claim: &Value) -> (String, Value) {
    let case = claim["case"]["id"].as_str().unwrap_or_default();
    let mut body = json!({
        "claim": claim["id"], "token": claim["token"], "verdict": "approve", "elapsed_ms": 900,
    });
    if claim["proposal"]["id"].is_string() {
        body["proposal"] = claim["proposal"]["id"].clone();
    }
    (format!("/v1/cases/{case}/judgments"), body)
}

/// Claims by all reviewers at once, as many at a time as the server gives, and how many seats went out twice.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct HandOuts {
    /// Claims.
    pub(crate) claims: u64,
    /// Claims on a seat that somebody holds.
    pub(crate) doubles: u64,
}

/// Takes about `count` seats without giving any back, and looks for one handed out twice.
pub(crate) async fn hand_outs(reviewers: &[Target], count: u64) -> anyhow::Result<HandOuts> {
    let taken = Arc::new(AtomicU64::new(0));
    let mut tasks = JoinSet::new();
    for target in reviewers {
        let (mut client, taken) = (Client::new(target), Arc::clone(&taken));
        tasks.spawn(async move {
            let mut mine = Vec::new();
            while taken.load(Ordering::Relaxed) < count {
                let reply =
                    client.post("/v1/claims", &json!({"loops": [LOOP], "limit": 20})).await?;
                let claims = reply["claims"].as_array().map(Vec::as_slice).unwrap_or_default();
                if claims.is_empty() {
                    break;
                }
                taken.fetch_add(claims.len() as u64, Ordering::Relaxed);
                let task =
                    |claim: &Value| claim["task"]["id"].as_str().unwrap_or_default().to_owned();
                mine.extend(claims.iter().map(task));
            }
            anyhow::Ok(mine)
        });
    }
    let (mut seen, mut result) = (HashSet::new(), HandOuts::default());
    while let Some(done) = tasks.join_next().await {
        for task in done?? {
            result.claims += 1;
            result.doubles += u64::from(!seen.insert(task));
        }
    }
    Ok(result)
}
