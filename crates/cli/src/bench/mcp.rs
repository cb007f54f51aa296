//! Agents that wait over MCP: what a thousand parked calls cost, and how soon an approval reaches its agent.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::Method;
use hyper::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::latency::Latencies;
use super::rig::{GATES, Running};
use crate::http::{Client, Target};

/// Calls that are started one after the other before the next pause.
const AT_ONCE: usize = 50;

/// What waiting calls came to.
pub(crate) struct Waited {
    /// How many.
    pub(crate) calls: usize,
    /// Memory of the server for all of them, in bytes: after minus before, mapped files not counted.
    pub(crate) bytes: Option<u64>,
    /// From sending an approval until the call's client has the grant.
    pub(crate) latencies: Latencies,
}

/// One call of `request_approval`, with progress on its stream; the result and when it came.
async fn call(target: Target, n: usize) -> anyhow::Result<(String, Instant)> {
    let order = format!("mcp {n}");
    let body = json!({
        "jsonrpc": "2.0", "id": n, "method": "tools/call",
        "params": {
            "name": "request_approval",
            "arguments": {"loop": GATES, "tool": "refund", "arguments": {"order": order, "amount": n + 1}},
            "_meta": {"progressToken": n},
        },
    });
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (ACCEPT, HeaderValue::from_static("application/json, text/event-stream")),
    ];
    let body = Full::new(Bytes::from(body.to_string())).map_err(|never| match never {}).boxed();
    let mut client = Client::new(&target);
    let response = client.open_with(Method::POST, "/mcp", headers, body).await?;
    let text = response.into_body().collect().await.context("a stream broke")?.to_bytes();
    let at = Instant::now();
    let text = String::from_utf8_lossy(&text);
    let last = text.lines().rev().find_map(|line| line.strip_prefix("data: "));
    let last: Value = serde_json::from_str(last.context("a stream has no result")?)?;
    let shown = &last["result"]["structuredContent"];
    ensure!(shown["status"] == "approved", "a call ended with {last}");
    ensure!(shown["grant"]["grant"].is_string(), "an approval came without its grant: {last}");
    Ok((shown["request_id"].as_str().unwrap_or_default().to_owned(), at))
}

/// Cases that wait, with the proposal and its digest.
async fn open(client: &mut Client) -> anyhow::Result<Vec<[String; 3]>> {
    let mut found = Vec::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/v1/loops/{GATES}/cases?status=queued&limit=200{cursor}");
        let page = client.get(&path).await?;
        for case in page["items"].as_array().context("a page has no cases")? {
            let proposal = &case["proposal"];
            let texts = [&case["id"], &proposal["id"], &proposal["digest"]];
            found.push(texts.map(|text| text.as_str().unwrap_or_default().to_owned()));
        }
        let Some(next) = page["next_cursor"].as_str() else { return Ok(found) };
        cursor = format!("&cursor={next}");
    }
}

/// Parks `calls` calls, measures the server, and approves them one after the other.
pub(crate) async fn waiting(
    server: &Running,
    reviewers: &[Target],
    calls: usize,
) -> anyhow::Result<Waited> {
    let mut client = Client::new(&server.target);
    // The caches that the first call fills are no cost of waiting.
    client.get(&format!("/v1/loops/{GATES}")).await?;
    sleep(Duration::from_secs(1)).await;
    let before = server.own_memory();
    let mut tasks = JoinSet::new();
    for n in 0..calls {
        tasks.spawn(call(server.target.clone(), n));
        if n % AT_ONCE == AT_ONCE - 1 {
            sleep(Duration::from_millis(50)).await;
        }
    }
    let mut waits = open(&mut client).await?;
    for _ in 0..100 {
        if waits.len() >= calls {
            break;
        }
        sleep(Duration::from_millis(100)).await;
        waits = open(&mut client).await?;
    }
    ensure!(waits.len() == calls, "{} of {calls} calls wait", waits.len());
    sleep(Duration::from_secs(1)).await;
    let after = server.own_memory();
    let mut judge = Client::new(&reviewers[0]);
    let mut sent = HashMap::new();
    for [id, proposal, seen] in waits {
        let body =
            json!({"verdict": "approve", "proposal": proposal, "seen": seen, "elapsed_ms": 700});
        let begun = Instant::now();
        judge.post(&format!("/v1/cases/{id}/judgments"), &body).await?;
        sent.insert(id, begun);
    }
    let mut latencies = Latencies::default();
    while let Some(done) = tasks.join_next().await {
        let (id, at) = done??;
        latencies.push(at.duration_since(*sent.get(&id).context("a grant of another case")?));
    }
    let bytes = before.zip(after).map(|(before, after)| after.saturating_sub(before));
    Ok(Waited { calls, bytes, latencies })
}
