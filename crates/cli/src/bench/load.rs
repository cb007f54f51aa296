//! Cases handed in: one by one over many connections, and as batches.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use futures_util::stream;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::Method;
use hyper::body::Frame;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::latency::Latencies;
use super::rig::LOOP;
use crate::http::{Client, Target};
use crate::text::line_ends;

/// Lines of a batch sent at a time.
const CHUNK: u64 = 500;
/// A confidence that waits for people.
pub(crate) const REVIEW: f64 = 0.6;
/// A confidence that passes.
pub(crate) const AUTO: f64 = 0.97;

/// A rate with the latencies behind it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rate {
    /// Done a second.
    pub(crate) per_second: f64,
    /// How long each took.
    pub(crate) latencies: Latencies,
}

/// One case of the load.
fn case(n: u64, confidence: f64) -> String {
    format!(
        "{{\"input\":{{\"text\":\"my card has not arrived yet, it was sent two weeks ago, order {n}\",\"amount\":{}}},\
         \"proposal\":{{\"output\":{{\"intent\":\"card_arrival\"}},\"confidence\":{confidence},\
         \"probabilities\":{{\"intent\":{{\"card_arrival\":{confidence},\"other\":0.02}}}},\"model\":\"intent@7\"}}}}",
        n % 9_000
    )
}

/// POSTs single cases over `connections` for `time`; answers count only after their durable commit.
pub(crate) async fn singles(
    target: &Target,
    connections: usize,
    time: Duration,
    confidence: f64,
) -> anyhow::Result<Rate> {
    let next = Arc::new(AtomicU64::new(0));
    let mut tasks = JoinSet::new();
    let start = Instant::now();
    for _ in 0..connections {
        let (mut client, next) = (Client::new(target), Arc::clone(&next));
        tasks.spawn(async move {
            let path = format!("/v1/loops/{LOOP}/cases");
            let mut latencies = Latencies::default();
            client.connect().await?;
            while start.elapsed() < time {
                let body = Bytes::from(case(next.fetch_add(1, Ordering::Relaxed), confidence));
                let one = Instant::now();
                let reply =
                    client.call(Method::POST, &path, Some("application/json"), body).await?;
                latencies.push(one.elapsed());
                ensure!(reply.status == 201, "a case was refused: {}", reply.problem());
            }
            Ok(latencies)
        });
    }
    let mut latencies = Latencies::default();
    while let Some(done) = tasks.join_next().await {
        latencies.extend(done??);
    }
    Ok(Rate { per_second: latencies.len() as f64 / start.elapsed().as_secs_f64(), latencies })
}

/// POSTs `count` cases as `streams` NDJSON batches at once; returns cases a second.
pub(crate) async fn batch(
    target: &Target,
    count: u64,
    streams: u64,
    confidence: f64,
) -> anyhow::Result<f64> {
    let start = Instant::now();
    let mut tasks = JoinSet::new();
    for i in 0..streams {
        let share = count / streams + u64::from(i < count % streams);
        let client = Client::new(target);
        tasks.spawn(one_batch(client, i * count, share, confidence));
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    Ok(count as f64 / start.elapsed().as_secs_f64())
}

async fn one_batch(
    mut client: Client,
    first: u64,
    count: u64,
    confidence: f64,
) -> anyhow::Result<()> {
    let chunks = stream::unfold(0, move |sent| async move {
        if sent >= count {
            return None;
        }
        let n = CHUNK.min(count - sent);
        let mut lines = String::with_capacity(n as usize * 300);
        for i in 0..n {
            lines.push_str(&case(first + sent + i, confidence));
            lines.push('\n');
        }
        Some((Ok(Frame::data(Bytes::from(lines))), sent + n))
    });
    let path = format!("/v1/loops/{LOOP}/cases/batch");
    let body = StreamBody::new(chunks).boxed();
    let response = client.open(Method::POST, &path, Some("application/x-ndjson"), body).await?;
    ensure!(response.status().is_success(), "a batch was refused: {}", response.status());
    let mut body = response.into_body();
    let (mut lines, mut tail) = (0, Vec::new());
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.context("a batch broke off")?.into_data() else { continue };
        lines += line_ends(&data);
        tail = data.to_vec();
    }
    let tail = String::from_utf8_lossy(&tail[tail.len().saturating_sub(300)..]).into_owned();
    ensure!(lines == count, "a batch of {count} cases was answered by {lines} lines: …{tail}");
    ensure!(!tail.contains("\"error\":{"), "the server refused cases of a batch: …{tail}");
    Ok(())
}
