//! What the engine does in a second: single submissions, batches, claims with judgments, wakes.
//!
//! `cargo run --release -p tandem-engine --example engine_bench [-- <cases>]`

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use tandem_domain::case::Verdict;
use tandem_domain::command::{NewJudgment, NewProposal};
use tandem_domain::roles::Role;
use tandem_domain::{MemberId, PersonId};
use tandem_engine::{
    Actor, ClaimRequest, Engine, EngineConfig, LoopScope, Principal, Said, Submission,
};
use tandem_policy::Format;
use tandem_store::{Store, StoreConfig};

const LOOP: &str = "loop: bench\ncoverage: selective\ninput: { text: { kind: text }, amount: { kind: number } }\n\
    answer: { intent: { kind: choice, options: [card_arrival, lost_card, other] } }\n\
    policy:\n  rules:\n    - { name: big, when: 'input.amount > 10000.0', route: review, queue: finance }\n\
    \x20 confidence: { auto_at: 0.9, audit_rate: 0.02 }\nqueues: { finance: { roles: [reviewer] } }\n\
    review: { undo: 0s }\n";

fn submission(n: u64) -> Submission {
    let confidence = if n.is_multiple_of(2) { 0.95 } else { 0.4 };
    Submission {
        key: Some(format!("ticket-{n}-{}", std::process::id())),
        input: json!({"text": "my card still has not arrived, what can I do?", "amount": n % 500}),
        proposal: Some(NewProposal {
            output: json!({"intent": "card_arrival"}).as_object().cloned().unwrap_or_default(),
            confidence: [(String::new(), confidence)].into(),
            probabilities: [(
                "intent".to_owned(),
                [("card_arrival".to_owned(), confidence)].into(),
            )]
            .into(),
            model: Some("intent@7".to_owned()),
            evidence: Vec::new(),
            by: String::new(),
        }),
        ..Submission::default()
    }
}

fn reviewer(n: u8) -> Principal {
    let (id, person) = (MemberId::from_bytes([n; 16]), PersonId::from_bytes([n; 16]));
    Principal {
        actor: Actor::Member { id, person },
        name: format!("reviewer {n}"),
        space: "default".to_owned(),
        grants: vec![(LoopScope::All, Role::Reviewer)],
        scopes: Vec::new(),
        stands_in_for: Vec::new(),
        skills: Vec::new(),
    }
}

fn approve() -> NewJudgment {
    NewJudgment {
        verdict: Verdict::Approve,
        answer: None,
        proposal: None,
        reasons: Vec::new(),
        failure_modes: Vec::new(),
        rating: None,
        checklist: Vec::new(),
        comment: None,
        rationale: None,
        notice: None,
        seen: None,
        batch: None,
        signed: None,
        written: tandem_domain::provenance::Written::default(),
        elapsed_ms: 700,
    }
}

#[expect(clippy::print_stdout, reason = "this program prints its measurements")]
fn show(what: &str, count: u64, took: Duration, mut each: Vec<Duration>) {
    each.sort();
    let at = |q: f64| each.get((each.len() as f64 * q) as usize).copied().unwrap_or_default();
    let rate = count as f64 / took.as_secs_f64();
    let cpu = cpu_micros().saturating_sub(CPU.load(Ordering::Relaxed)) as f64 / count as f64;
    CPU.store(cpu_micros(), Ordering::Relaxed);
    println!(
        "{what:<34} {rate:>9.0}/s  p50 {:>8.2?}  p99 {:>8.2?}  cpu {cpu:>7.1} us each",
        at(0.5),
        at(0.99)
    );
}

/// CPU time of this process up to the last line shown.
static CPU: AtomicU64 = AtomicU64::new(0);

/// CPU time of this process so far, from `/proc`; 0 where there is none.
fn cpu_micros() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit(')').next().unwrap_or_default();
    let ticks = after.split_whitespace().skip(11).take(2);
    // A tick is a hundredth of a second on Linux.
    ticks.filter_map(|ticks| ticks.parse::<u64>().ok()).sum::<u64>() * 10_000
}

type Failure = Box<dyn std::error::Error>;

async fn singles(engine: &Engine, connections: u64, cases: u64) -> Result<(), Failure> {
    let started = Instant::now();
    let mut tasks = Vec::new();
    for c in 0..connections {
        let engine = engine.clone();
        tasks.push(tokio::spawn(async move {
            let system = Principal::system("default");
            let mut each = Vec::new();
            for n in (c..cases).step_by(connections as usize) {
                let began = Instant::now();
                engine.submit(&system, "bench", submission(n), None).await?;
                each.push(began.elapsed());
            }
            Ok::<_, tandem_engine::EngineError>(each)
        }));
    }
    let mut each = Vec::new();
    for task in tasks {
        each.extend(task.await??);
    }
    show("single submissions", cases, started.elapsed(), each);
    Ok(())
}

async fn batches(engine: &Engine, from: u64, cases: u64) -> Result<(), Failure> {
    let system = Principal::system("default");
    let started = Instant::now();
    let mut each = Vec::new();
    for chunk in (from..from + cases).collect::<Vec<_>>().chunks(2_000) {
        let lines = chunk.iter().map(|n| (*n, Ok(submission(*n)))).collect();
        let began = Instant::now();
        engine.submit_batch(&system, "bench", lines).await?;
        each.push(began.elapsed());
    }
    show("batch lines (2,000 each)", cases, started.elapsed(), each);
    Ok(())
}

async fn pairs(engine: &Engine, reviewers: u8, seconds: u64) -> Result<(), Failure> {
    let started = Instant::now();
    let until = started + Duration::from_secs(seconds);
    let mut tasks = Vec::new();
    for n in 1..=reviewers {
        let engine = engine.clone();
        tasks.push(tokio::spawn(async move {
            let who = reviewer(n);
            let (mut claims, mut pairs) = (Vec::new(), Vec::new());
            while Instant::now() < until {
                let began = Instant::now();
                let found = engine.claim(&who, ClaimRequest::default(), None).await?;
                claims.push(began.elapsed());
                let Some(claim) = found.into_iter().next() else { break };
                let said = Said {
                    claim: Some((claim.id, claim.token)),
                    judgment: approve(),
                    assertion: None,
                };
                engine.judge(&who, claim.case.core.id, said, None).await?;
                pairs.push(began.elapsed());
            }
            Ok::<_, tandem_engine::EngineError>((claims, pairs))
        }));
    }
    let (mut claims, mut pairs) = (Vec::new(), Vec::new());
    for task in tasks {
        let (c, p) = task.await??;
        claims.extend(c);
        pairs.extend(p);
    }
    let took = started.elapsed();
    show("claim and judge", pairs.len() as u64, took, pairs);
    show("of these, the claims", claims.len() as u64, took, claims);
    Ok(())
}

/// From the call of a judgment to the return of the caller who waited for it.
async fn wakes(engine: &Engine) -> Result<(), Failure> {
    let who = reviewer(200);
    let system = Principal::system("default");
    let mut each = Vec::new();
    let started = Instant::now();
    for _ in 0..300 {
        let found = engine.claim(&who, ClaimRequest::default(), None).await?;
        let Some(claim) = found.into_iter().next() else { break };
        let id = claim.case.core.id;
        let (waiting, asker) = (engine.clone(), system.clone());
        let parked = tokio::spawn(async move {
            let waited = waiting.wait(&asker, id, Duration::from_secs(20)).await;
            (waited.is_ok(), Instant::now())
        });
        // An audit of a decided case has nothing to wait for.
        while engine.waiting() == 0 && !parked.is_finished() {
            tokio::task::yield_now().await;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
        let said =
            Said { claim: Some((claim.id, claim.token)), judgment: approve(), assertion: None };
        let began = Instant::now();
        engine.judge(&who, id, said, None).await?;
        let (_, woken) = parked.await?;
        each.push(woken - began);
    }
    show("judgment to caller woken", each.len() as u64, started.elapsed(), each);
    Ok(())
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<(), Failure> {
    let cases: u64 = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(40_000);
    let dir = tempfile::tempdir()?;
    let path = dir.path().to_owned();
    let store =
        tokio::task::spawn_blocking(move || Store::open(StoreConfig::sqlite(path))).await??;
    let engine = Engine::start(EngineConfig::new(store)).await?;
    let system = Principal::system("default");
    engine.put_loop(&system, "bench", LOOP.to_owned(), Format::Yaml, false, "").await?;
    singles(&engine, 64, cases).await?;
    batches(&engine, cases, cases * 4).await?;
    pairs(&engine, 64, 5).await?;
    wakes(&engine).await?;
    engine.shutdown().await;
    Ok(())
}
