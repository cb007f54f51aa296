//! How many webhooks a second reach a fast endpoint on this machine while another one hangs:
//! `cargo run --release -p tandem-engine --example webhook_bench [messages]`.

#![expect(clippy::print_stdout, reason = "it prints what it measured")]
#![expect(clippy::unwrap_used, reason = "a bench that cannot go on stops")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tandem_connect::http::Guard;
use tandem_engine::webhooks::{NewWebhook, WebhookChange};
use tandem_engine::{Engine, EngineConfig, Principal, Submission};
use tandem_policy::Format;
use tandem_store::{Store, StoreConfig};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

const LOOP: &str = "loop: tickets\ncoverage: selective\ninput: { text: { kind: text } }\n\
    answer: { intent: { kind: choice, options: [card_arrival, other] } }\n\
    policy: { confidence: { auto_at: 0.9, audit_rate: 0.0 } }\nreview: { undo: 0s }\n";

#[tokio::main]
async fn main() {
    let messages = std::env::args().nth(1).map_or(10_000, |text| text.parse().unwrap());
    let dir = tempfile::tempdir().unwrap();
    let store = StoreConfig::sqlite(dir.path().join("data"));
    let store = tokio::task::spawn_blocking(move || Store::open(store).unwrap()).await.unwrap();
    let mut config = EngineConfig::new(store);
    config.webhooks.guard = Guard { allow_private: true, ..Guard::default() };
    let engine = Engine::start(config).await.unwrap();
    let admin = Principal::system("default");
    let put = engine.put_loop(&admin, "tickets", LOOP.to_owned(), Format::Yaml, false, "");
    put.await.unwrap();

    let came = Arc::new(AtomicU64::new(0));
    let fast = listen(Some(Arc::clone(&came))).await;
    let hanging = listen(None).await;
    let mut paused = Vec::new();
    for url in [&fast, &hanging] {
        let new = NewWebhook { url: url.clone(), ..NewWebhook::default() };
        let made = engine.add_webhook(&admin, new, None).await.unwrap();
        let change = WebhookChange { paused: Some(true), ..WebhookChange::default() };
        engine.change_webhook(&admin, made.hook.id, change).await.unwrap();
        paused.push(made.hook.id);
    }
    submit(&engine, &admin, messages).await;
    // Fanned out before the clock starts: what is measured is leasing, sending and settling.
    while engine.webhook_counts().await.unwrap().0 < 2 * messages {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let begun = Instant::now();
    for id in paused.into_iter().rev() {
        let change = WebhookChange { paused: Some(false), ..WebhookChange::default() };
        engine.change_webhook(&admin, id, change).await.unwrap();
    }
    while came.load(Ordering::Relaxed) < messages {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let took = begun.elapsed();
    println!(
        "{messages} messages to a fast endpoint in {:.2} s while another hung: {:.0} a second",
        took.as_secs_f64(),
        messages as f64 / took.as_secs_f64()
    );
    engine.shutdown().await;
}

async fn submit(engine: &Engine, admin: &Principal, messages: u64) {
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..64_u64 {
        let (engine, admin) = (engine.clone(), admin.clone());
        tasks.spawn(async move {
            for _ in (n..messages).step_by(64) {
                let submission = Submission {
                    input: serde_json::json!({"text": "x"}),
                    proposal: Some(tandem_domain::command::NewProposal {
                        output: [("intent".to_owned(), "other".into())].into_iter().collect(),
                        confidence: [(String::new(), 0.95)].into_iter().collect(),
                        probabilities: std::collections::BTreeMap::new(),
                        model: None,
                        evidence: Vec::new(),
                        by: String::new(),
                    }),
                    ..Submission::default()
                };
                engine.submit(&admin, "tickets", submission, None).await.unwrap();
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
}

/// A receiver that counts what comes and answers 204 at once, or reads and never answers.
async fn listen(count: Option<Arc<AtomicU64>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let count = count.clone();
            tokio::spawn(async move {
                let mut read = Vec::new();
                loop {
                    while let Some(end) = whole(&read) {
                        read.drain(..end);
                        let Some(count) = &count else { continue };
                        count.fetch_add(1, Ordering::Relaxed);
                        if stream.write_all(b"HTTP/1.1 204 OK\r\n\r\n").await.is_err() {
                            return;
                        }
                    }
                    if !matches!(stream.read_buf(&mut read).await, Ok(1..)) {
                        return;
                    }
                }
            });
        }
    });
    url
}

/// Where the first whole request of these bytes ends.
fn whole(read: &[u8]) -> Option<usize> {
    let head = read.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(&read[..head]).ok()?;
    let length = text.lines().find_map(|line| line.strip_prefix("content-length: "))?;
    let end = head + length.trim().parse::<usize>().ok()?;
    (read.len() >= end).then_some(end)
}
