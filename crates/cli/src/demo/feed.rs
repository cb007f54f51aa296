//! The stream of images: some at once, the rest at a pace that lets early models learn before they could answer all.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context as _, bail};
use bytes::Bytes;
use hyper::Method;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::digits::{Digit, Digits, LOOP};
use super::reviewer::Shared;
use crate::http::{Client, ClientError, Target};

/// Images there at once.
pub(crate) const AT_ONCE: usize = 200;
/// Images a second with a person at the keys.
const PER_SECOND: f64 = 4.0;
/// Images per judgment with simulated reviewers, who have no seconds.
const PER_JUDGMENT: u64 = 4;
/// Images let in when nothing waits any more.
const REFILL: usize = 40;
/// How long the stream waits for a server that is away.
const PATIENCE: Duration = Duration::from_mins(1);

/// How the stream is paced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    /// By the clock, for people.
    Clock,
    /// By judgments, for simulated reviewers.
    Judgments,
}

/// How far the stream is.
#[derive(Debug, Default)]
pub(crate) struct Streamed(AtomicU64);

impl Streamed {
    /// Images handed in.
    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Hands in the labelled images as decided cases: what the first model learns from.
pub(crate) async fn import_labelled(client: &mut Client, digits: &Digits) -> anyhow::Result<()> {
    // Imported history carries the time of its decision: the data set's publication.
    let rows = digits.labelled.iter().map(|digit| {
        json!({
            "key": digit.key(),
            "input": digit.input(),
            "decision": {"output": Digit::answer(digit.label)},
            "at": "1998-07-01T00:00:00Z",
        })
    });
    hand_in(client, rows).await
}

/// Streams all images, then returns.
pub(crate) async fn stream(
    target: Target,
    digits: Arc<Digits>,
    pace: Pace,
    shared: Arc<Shared>,
    streamed: Arc<Streamed>,
) -> anyhow::Result<()> {
    let mut client = Client::new(&target);
    let start = Instant::now();
    let total = digits.stream.len();
    let (mut sent, mut extra) = (0, 0);
    while sent < total {
        let paced = match pace {
            Pace::Clock => (start.elapsed().as_secs_f64() * PER_SECOND) as usize,
            Pace::Judgments => (shared.judgments.load(Ordering::Relaxed) * PER_JUDGMENT) as usize,
        };
        let allowed = (AT_ONCE + paced + extra).min(total);
        if allowed > sent {
            let rows = digits.stream[sent..allowed].iter();
            hand_in(&mut client, rows.map(|d| json!({"key": d.key(), "input": d.input()}))).await?;
            sent = allowed;
            streamed.0.store(sent as u64, Ordering::Relaxed);
        } else if nothing_waits(&mut client).await? {
            extra += REFILL;
        }
        sleep(Duration::from_millis(if pace == Pace::Clock { 250 } else { 20 })).await;
    }
    Ok(())
}

async fn nothing_waits(client: &mut Client) -> anyhow::Result<bool> {
    let queue = client.get_patiently(&format!("/v1/loops/{LOOP}/stats/queue"), PATIENCE).await?;
    Ok(queue["waiting"].as_u64() == Some(0))
}

/// Hands in cases as one batch; tries again while the server is away. Keys make that harmless.
async fn hand_in(client: &mut Client, rows: impl Iterator<Item = Value>) -> anyhow::Result<()> {
    let mut lines = String::new();
    for row in rows {
        lines.push_str(&row.to_string());
        lines.push('\n');
    }
    let lines = Bytes::from(lines);
    let path = format!("/v1/loops/{LOOP}/cases/batch");
    let start = Instant::now();
    let reply = loop {
        let kind = Some("application/x-ndjson");
        let error = match client.call(Method::POST, &path, kind, lines.clone()).await {
            Ok(reply) if reply.status.is_success() => break reply,
            Ok(reply) => reply.problem(),
            Err(error) => error,
        };
        if !error.is_passing() || start.elapsed() > PATIENCE {
            return Err(error).context("the images cannot be handed in");
        }
        sleep(Duration::from_millis(100)).await;
    };
    for line in reply.body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let result: Value = serde_json::from_slice(line)
            .map_err(|e| ClientError::Answer { what: path.clone(), why: e.to_string() })?;
        if result.get("error").is_some_and(|error| !error.is_null()) {
            bail!("the server refused an image: {result}");
        }
    }
    Ok(())
}
