//! Measures canonical JSON, hashing and the verifier: `cargo run --release -p tandem-ledger --example verify_speed [events]`.

use serde_json::json;
use std::hint::black_box;
use std::io::Write;
use std::time::Instant;
use tandem_ledger::bundle::BundleLines;
use tandem_ledger::canonical;
use tandem_ledger::event::commit;
use tandem_ledger::merkle::{Frontier, leaf_hash};
use tandem_ledger::note::{Checkpoint, SigningKey};
use tandem_ledger::verify::Verifier;

const ORIGIN: &str = "speed.example/ledger";

/// Seconds this thread has run on a processor (Linux), so that a busy machine does not blur the figures.
fn cpu_seconds() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split(' ').next()?.parse::<f64>().ok().map(|nanoseconds| nanoseconds / 1e9)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let events: u64 = std::env::args().nth(1).map_or(Ok(200_000), |text| text.parse())?;
    let mut out = std::io::stdout().lock();
    let key = SigningKey::from_seed(ORIGIN, &[1; 32])?;
    let (mut lines, mut bundle) = BundleLines::start(ORIGIN, &key.verifier().to_string());
    let (mut tree, mut rows) = (Frontier::new(), String::new());
    let (mut bytes, mut writing, mut hashing) = (0, 0.0, 0.0);
    for index in 0..events {
        let (id, case) =
            (format!("01890000-0000-7000-8000-{index:012}"), format!("case-{index:012}"));
        let record = json!({"id": case, "status": "queued", "confidence": 0.125 + index as f64 / 1e7, "priority": 3});
        let salt = u128::from(index).to_be_bytes();
        let commitment = commit(&salt, &canonical::to_vec(&record)?);
        let event = json!({"v": 1, "id": id, "kind": "case_submitted", "at": 1_790_000_000_000_000_u64 + index, "space": "support",
            "actor": {"key": "k-17", "kind": "machine"}, "data": {"case": case, "loop": "triage", "loop_version": 12, "policy": "sha256:aaaaaaaaaaaaaaaa",
            "route": "review", "reasons": ["below_threshold", "audit"], "draw": 0.438_291, "propensity": 0.05, "facts": {"top": 0.81, "margin": 0.22, "novelty": 1.5},
            "rows": [{"table": "cases", "id": case, "commitment": commitment}]}});
        let start = Instant::now();
        let text = canonical::to_string(black_box(&event))?;
        writing += start.elapsed().as_secs_f64();
        let start = Instant::now();
        let leaf = leaf_hash(text.as_bytes());
        tree.append(leaf);
        hashing += start.elapsed().as_secs_f64();
        bytes += text.len();
        bundle += &lines.event(index, &text, &leaf);
        rows += &lines.row("cases", &case, &id, &salt, &record)?;
        if index % 1_000 == 999 {
            let note = Checkpoint::new(ORIGIN, tree.size(), tree.root()).sign(&[&key])?;
            bundle += &lines.checkpoint(&note);
        }
    }
    bundle += &rows;
    bundle += &lines.end();
    let each = |seconds: f64| seconds * 1e6 / events as f64;
    writeln!(
        out,
        "{events} events of {} bytes, each with a row; a checkpoint every 1,000",
        bytes / events.max(1) as usize
    )?;
    writeln!(
        out,
        "canonical text: {:.2} us an event; leaf hash and append: {:.2} us",
        each(writing),
        each(hashing)
    )?;
    if let Some(path) = std::env::args().nth(2) {
        std::fs::write(path, &bundle)?;
    }
    let (start, cpu) = (Instant::now(), cpu_seconds());
    let report = Verifier::new(Some(&key.verifier().to_string()), None::<&[u8]>)?
        .verify(bundle.as_bytes())?;
    let seconds = start.elapsed().as_secs_f64();
    let on_cpu = cpu_seconds().zip(cpu).map_or(seconds, |(end, start)| end - start);
    let (size, problems) = (report.size, report.problem_count);
    writeln!(
        out,
        "verified {size} events in {seconds:.2} s: {:.0} events/s, {problems} problems",
        events as f64 / seconds
    )?;
    writeln!(out, "on the processor {on_cpu:.2} s: {:.0} events/s", events as f64 / on_cpu)?;
    Ok(())
}
