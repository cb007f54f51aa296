//! How many cases a second come to a decision through a link of the chain outside:
//! `cargo run --release -p tandem-engine --example chain_bench [cases]`.

#![expect(clippy::print_stdout, reason = "it prints what it measured")]
#![expect(clippy::unwrap_used, reason = "a bench that cannot go on stops")]

use std::time::{Duration, Instant};

use tandem_engine::{EngineConfig, Principal, Submission};
use tandem_policy::Format;
use tandem_store::{Store, StoreConfig};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

const ANSWER: &str =
    "{\"output\": {\"intent\": \"other\"}, \"confidence\": 0.95, \"model\": \"bench@1\"}";

#[tokio::main]
async fn main() {
    let cases = std::env::args().nth(1).map_or(10_000, |text| text.parse().unwrap());
    let dir = tempfile::tempdir().unwrap();
    let store = StoreConfig::sqlite(dir.path().join("data"));
    let store = tokio::task::spawn_blocking(move || Store::open(store).unwrap()).await.unwrap();
    let mut config = EngineConfig::new(store);
    config.chain.guard.allow_private = true;
    config.chain.in_flight = 64;
    let engine = tandem_engine::Engine::start(config).await.unwrap();
    let admin = Principal::system("default");
    let file = format!(
        "loop: tickets\ncoverage: selective\ninput: {{ text: {{ kind: text }} }}\n\
         answer: {{ intent: {{ kind: choice, options: [card_arrival, other] }} }}\n\
         policy: {{ confidence: {{ auto_at: 0.9 }} }}\nchain: [{{ http: \"{}\" }}]\n",
        listen().await
    );
    engine.put_loop(&admin, "tickets", file, Format::Yaml, false, "").await.unwrap();
    let begun = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..64_u64 {
        let (engine, admin) = (engine.clone(), admin.clone());
        tasks.spawn(async move {
            for _ in (n..cases).step_by(64) {
                let input = serde_json::json!({"text": "x"});
                let submission = Submission { input, ..Submission::default() };
                engine.submit(&admin, "tickets", submission, None).await.unwrap();
            }
        });
    }
    while tasks.join_next().await.is_some() {}
    let submitted = begun.elapsed();
    while engine.chain(&admin, "tickets").await.unwrap().waiting > 0 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let took = begun.elapsed();
    println!(
        "{cases} cases through a link outside, 64 in flight: handed in after {:.2} s, decided after {:.2} s: {:.0} a second",
        submitted.as_secs_f64(),
        took.as_secs_f64(),
        cases as f64 / took.as_secs_f64()
    );
    engine.shutdown().await;
}

async fn listen() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut read = Vec::new();
                // One request at a time, each in a few packets: its end is the end of its body.
                while stream.read_buf(&mut read).await.unwrap_or(0) > 0 {
                    let Some(head) = read.windows(4).position(|four| four == b"\r\n\r\n") else {
                        continue;
                    };
                    let text = String::from_utf8_lossy(&read[..head]).to_lowercase();
                    let length = text.split("content-length: ").nth(1).unwrap_or("0");
                    let length: usize = length.lines().next().unwrap_or("0").parse().unwrap();
                    if read.len() < head + 4 + length {
                        continue;
                    }
                    read.drain(..head + 4 + length);
                    let length = ANSWER.len();
                    let reply =
                        format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{ANSWER}");
                    if stream.write_all(reply.as_bytes()).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    format!("http://{address}/predict")
}
