//! How fast a million decisions are exported, and in how much memory.
//!
//! `cargo run --release -p tandem-engine --example export_bench -- [rows] [directory]`
//! Rows that the directory holds already are not stored again.

use std::io::Write as _;
use std::path::PathBuf;
use std::time::Instant;

use serde_json::json;
use tandem_domain::Timestamp;
use tandem_engine::exports::{ExportFormat, ExportKind, ExportRequest, Shape};
use tandem_engine::{Engine, EngineConfig, History, Principal, Submission};
use tandem_policy::Format;
use tandem_store::{Database, Store, StoreConfig};

const LOOP: &str = "loop: bench\ncoverage: selective\ninput: { text: { kind: text } }\n\
                    answer: { label: { kind: choice, options: [a, b] } }\n";

type Failure = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let rows: usize = arguments.next().map_or(Ok(1_000_000), |n| n.parse())?;
    let dir =
        arguments.next().map_or_else(|| std::env::temp_dir().join("tandem-export"), PathBuf::from);
    let store = tokio::task::spawn_blocking(move || {
        Store::open(StoreConfig::new(Database::Sqlite { dir }))
    })
    .await??;
    let engine = Engine::start(EngineConfig::new(store)).await?;
    let system = Principal::system("default");
    engine.put_loop(&system, "bench", LOOP.to_owned(), Format::Yaml, false, "bench").await?;
    let mut out = std::io::stdout();

    let stored = engine.stats_live(&system, "bench").await?.errors.cases as usize;
    let started = Instant::now();
    for chunk in (stored..rows).collect::<Vec<_>>().chunks(5_000) {
        let line = |&i: &usize| {
            let label = if i % 2 == 0 { "a" } else { "b" };
            let history = History {
                output: json!({"label": label}).as_object().cloned(),
                at: Timestamp(1_700_000_000_000_000 + i as i64),
            };
            let input = json!({"text": format!("this is the text of case number {i}")});
            let submission = Submission { input, history: Some(history), ..Submission::default() };
            (i as u64, Ok(submission))
        };
        engine.submit_batch(&system, "bench", chunk.iter().map(line).collect()).await?;
    }
    let seconds = started.elapsed().as_secs_f64();
    writeln!(out, "stored {} cases in {seconds:.1} s", rows.saturating_sub(stored))?;

    for (kind, format) in [
        (ExportKind::Decisions, ExportFormat::Jsonl),
        (ExportKind::Decisions, ExportFormat::Csv),
        (ExportKind::Examples, ExportFormat::Jsonl),
        (ExportKind::Sft, ExportFormat::Jsonl),
    ] {
        let request =
            ExportRequest { kind, format, shape: Shape::Trl, until: None, max_ai_share: None };
        let started = Instant::now();
        let mut export = engine.export(&system, "bench", request).await?;
        let (mut lines, mut bytes, mut memory) = (0, 0, 0);
        while let Some(chunk) = export.next().await {
            let chunk = chunk?;
            bytes += chunk.len();
            if lines % 50_000 < 2_000 {
                memory = memory.max(held());
            }
            lines += chunk.split(|byte| *byte == b'\n').count() - 1;
        }
        let seconds = started.elapsed().as_secs_f64();
        let rate = lines as f64 / seconds;
        writeln!(
            out,
            "{} {}: {lines} lines, {:.0} MB in {seconds:.2} s, {rate:.0} lines/s, at most {} MB held",
            kind.as_str(),
            format.as_str(),
            bytes as f64 / 1e6,
            memory / 1024
        )?;
    }
    let started = Instant::now();
    engine.stats_live(&system, "bench").await?;
    writeln!(out, "statistics again in {:.1} ms", started.elapsed().as_secs_f64() * 1e3)?;
    engine.shutdown().await;
    Ok(())
}

/// Kilobytes of memory of its own (files that the database maps are not counted); 0 where the
/// system does not tell.
fn held() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    line.and_then(|text| text.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}
