//! What the store takes and how long it takes: `cargo run --release -p tandem-store --example store_bench -- [--open N] [--seconds S] [--postgres URL]`.
//!
//! Prints one JSON line per measurement, with the raw flush rate of the same disk beside it. Cases
//! are made and stored as the engine does it: the row, its open task, its event.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tandem_domain::case::{
    Case, CaseCore, CaseState, Claim, DecidedBy, Decision, DecisionState, Delivery, Outcome,
    Proposal, Purpose, Status, Task,
};
use tandem_domain::{CaseId, LoopId, MemberId, PersonId, Timestamp};
use tandem_store::decisions::{self, DecisionRow};
use tandem_store::tasks::{ClaimOrder, ClaimQuery, Lane};
use tandem_store::{NewEvent, Store, StoreConfig, StoreError, Tx, cases, tasks};

type Failure = Box<dyn std::error::Error>;

static NEXT: AtomicU64 = AtomicU64::new(1);

fn main() -> Result<(), Failure> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let value =
        |name: &str| args.iter().position(|arg| arg == name).and_then(|at| args.get(at + 1));
    let open: usize = value("--open").map_or(Ok(100_000), |text| text.parse())?;
    let time = Duration::from_secs_f64(value("--seconds").map_or(Ok(3.0), |text| text.parse())?);
    let dir = tempdir()?;
    say(&json!({"what": "raw flush", "per_second": flush_rate(&dir)?}))?;
    let config = match value("--postgres") {
        Some(url) => StoreConfig::postgres(url),
        None => StoreConfig::sqlite(&dir),
    };
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let store = Store::open(config.clone())?;
    let loop_id = LoopId::from_bytes(*uuid::Uuid::from_u128(1).as_bytes());
    runtime.block_on(async {
        say(&singles(&store, loop_id, 64, time).await?)?;
        say(&singles(&store, loop_id, 1, time).await?)?;
        let stored = NEXT.load(Ordering::Relaxed) as usize;
        say(&batches(&store, loop_id, 1_000, 4, open.saturating_sub(stored)).await?)?;
        say(&claims(&store, loop_id, 1, time).await?)?;
        say(&claims(&store, loop_id, 8, time).await?)?;
        say(&claims(&store, loop_id, 64, time).await?)?;
        say(&export(&store, open / 4).await?)?;
        Ok::<(), Failure>(())
    })?;
    store.close();
    let begun = Instant::now();
    Store::open(config)?.read_blocking(|tx: &mut dyn Tx| tandem_store::ledger::head(tx))?;
    say(&json!({"what": "open and first read", "seconds": begun.elapsed().as_secs_f64()}))?;
    std::fs::remove_dir_all(&dir)?;
    Ok(())
}

fn say(line: &Value) -> std::io::Result<()> {
    writeln!(std::io::stdout(), "{line}")
}

fn tempdir() -> std::io::Result<std::path::PathBuf> {
    let dir = std::env::temp_dir().join(format!("tandem-store-bench-{}", std::process::id()));
    std::fs::create_dir_all(&dir)?;
    Ok(dir)
}

/// Flushes per second of 4 KiB appended and flushed one after the other.
fn flush_rate(dir: &std::path::Path) -> std::io::Result<f64> {
    let mut file = File::create(dir.join("flush"))?;
    let started = Instant::now();
    let mut count = 0_u32;
    while started.elapsed() < Duration::from_secs(1) {
        file.write_all(&[7; 4096])?;
        file.sync_data()?;
        count += 1;
    }
    Ok(f64::from(count) / started.elapsed().as_secs_f64())
}

fn case(loop_id: LoopId) -> Case {
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let mut id = [0; 16];
    id[..8].copy_from_slice(&number.to_be_bytes());
    id[8..].copy_from_slice(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    let at = Timestamp(1_767_225_600_000_000 + number as i64);
    let text = "My card was ordered two weeks ago and it still has not arrived. Could you tell me where it is?";
    let output: tandem_domain::case::Answer =
        [("intent".to_owned(), json!("card_arrival"))].into_iter().collect();
    Case {
        core: CaseCore {
            id: CaseId::from_bytes(id),
            space: "default".to_owned(),
            loop_id,
            loop_version: 1,
            key: Some(format!("ticket-{number}")),
            subject: None,
            input: json!({"text": text, "amount": number}),
            tags: vec!["bench".to_owned()],
            group: BTreeMap::new(),
            priority: (number % 10) as u8,
            deadline: None,
            requested_human: false,
            handover: tandem_domain::case::Handover::default(),
            interim: None,
            run: None,
            submitted_by: "key_bench".to_owned(),
            submitted_by_person: None,
            salt: "00".repeat(16),
            created_at: at,
            imported: false,
        },
        state: CaseState {
            status: Status::Queued,
            route: None,
            proposals: vec![Proposal {
                n: 1,
                output,
                confidence: [("intent".to_owned(), 0.81)].into(),
                probabilities: BTreeMap::new(),
                model: Some("intent@7".to_owned()),
                evidence: Vec::new(),
                by: "machine".to_owned(),
                shadow: false,
                digest: None,
                at,
            }],
            tasks: vec![Task {
                n: 1,
                purpose: Purpose::Decide,
                queue: "main".to_owned(),
                seats: 1,
                open: true,
                blind: false,
                rung: 0,
                left: Vec::new(),
                claims: Vec::new(),
                created_at: at,
            }],
            judgments: Vec::new(),
            decisions: Vec::new(),
            appeals: Vec::new(),
            finding: None,
            barred: Vec::new(),
            requesters: Vec::new(),
            involved: Vec::new(),
            credited: tandem_domain::Span::ZERO,
            priority: None,
            taken_over: None,
            claims_made: 0,
            attempts: 0,
            revision: 1,
            deadline: None,
            overdue: false,
            chain: None,
            updated_at: at,
        },
    }
}

fn event(case: &Case, kind: &str) -> NewEvent {
    let id = case.core.id;
    NewEvent {
        space: "default".to_owned(),
        loop_id: Some(case.core.loop_id),
        case_id: Some(id),
        kind: kind.to_owned(),
        body: format!(
            "{{\"at\":{},\"case\":\"{id}\",\"commitment\":\"{}\",\"kind\":\"{kind}\",\"v\":1}}",
            case.state.updated_at.0,
            "0".repeat(64)
        ),
    }
}

/// Latencies in milliseconds at the usual percentiles.
fn percentiles(mut times: Vec<Duration>) -> Value {
    times.sort();
    let at = |share: f64| {
        let index = ((times.len() as f64 - 1.0) * share) as usize;
        times.get(index).map_or(0.0, |time| (time.as_secs_f64() * 1e6).round() / 1e3)
    };
    json!({"p50_ms": at(0.5), "p99_ms": at(0.99), "max_ms": at(1.0)})
}

async fn singles(
    store: &Store,
    loop_id: LoopId,
    producers: usize,
    time: Duration,
) -> Result<Value, Failure> {
    let started = Instant::now();
    let mut tasks = Vec::new();
    for _ in 0..producers {
        let store = store.clone();
        tasks.push(tokio::spawn(async move {
            let mut times = Vec::new();
            while started.elapsed() < time {
                let case = case(loop_id);
                let begun = Instant::now();
                store
                    .write_grouped(move |tx: &mut dyn Tx| -> Result<(), StoreError> {
                        cases::insert(tx, &case, &[0; 32])?;
                        tx.append_event(event(&case, "case.submitted"));
                        Ok(())
                    })
                    .await?;
                times.push(begun.elapsed());
            }
            Ok::<_, StoreError>(times)
        }));
    }
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await??);
    }
    let rate = times.len() as f64 / started.elapsed().as_secs_f64();
    Ok(
        json!({"what": "single cases", "producers": producers, "per_second": rate.round(), "latency": percentiles(times)}),
    )
}

async fn batches(
    store: &Store,
    loop_id: LoopId,
    size: usize,
    producers: usize,
    total: usize,
) -> Result<Value, Failure> {
    let started = Instant::now();
    let left = Arc::new(AtomicU64::new((total / size) as u64));
    let mut tasks = Vec::new();
    for _ in 0..producers {
        let (store, left) = (store.clone(), Arc::clone(&left));
        tasks.push(tokio::spawn(async move {
            let take = || {
                left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1))
            };
            while take().is_ok() {
                let batch: Vec<Case> = (0..size).map(|_| case(loop_id)).collect();
                store
                    .write_grouped(move |tx: &mut dyn Tx| -> Result<(), StoreError> {
                        let new: Vec<_> = batch
                            .iter()
                            .map(|case| cases::NewCase { case, body_digest: &[0; 32] })
                            .collect();
                        cases::insert_many(tx, &new)?;
                        for case in &batch {
                            tx.append_event(event(case, "case.submitted"));
                        }
                        Ok(())
                    })
                    .await?;
            }
            Ok::<_, StoreError>(())
        }));
    }
    for task in tasks {
        task.await??;
    }
    let rate = total as f64 / started.elapsed().as_secs_f64();
    Ok(
        json!({"what": "batched cases", "batch": size, "producers": producers, "cases": total, "per_second": rate.round()}),
    )
}

/// A loop of decided cases, exported page by page.
async fn export(store: &Store, total: usize) -> Result<Value, Failure> {
    let loop_id = LoopId::from_bytes(*uuid::Uuid::from_u128(2).as_bytes());
    for _ in 0..total / 1_000 {
        let batch: Vec<Case> = (0..1_000).map(|_| decided(case(loop_id))).collect();
        store
            .write_grouped(move |tx: &mut dyn Tx| -> Result<(), StoreError> {
                let new: Vec<_> = batch
                    .iter()
                    .map(|case| cases::NewCase { case, body_digest: &[0; 32] })
                    .collect();
                cases::insert_many(tx, &new)
            })
            .await?;
    }
    let (begun, mut after, mut rows) = (Instant::now(), None, 0_usize);
    loop {
        let page: Vec<DecisionRow> = store
            .read(move |tx: &mut dyn Tx| decisions::page(tx, loop_id, after, 1_000))
            .await
            .map_err(|error: StoreError| error)?;
        let Some(last) = page.last() else { break };
        after = Some((last.effective_at, last.id));
        rows += page.len();
    }
    let rate = rows as f64 / begun.elapsed().as_secs_f64();
    Ok(json!({"what": "exported decisions", "rows": rows, "per_second": rate.round()}))
}

/// The case as the machine decided it.
fn decided(mut case: Case) -> Case {
    let state = &mut case.state;
    state.tasks.clear();
    state.status = Status::Decided;
    state.decisions.push(Decision {
        n: 1,
        output: state.proposals.first().map(|proposal| proposal.output.clone()),
        outcome: Outcome::Approved,
        by: DecidedBy::Machine,
        rule: "policy".to_owned(),
        judgments: Vec::new(),
        proposal: Some(1),
        changes: Vec::new(),
        reason_codes: Vec::new(),
        rationale: None,
        notice: None,
        model: Some("intent@7".to_owned()),
        loop_version: 1,
        decided_at: state.updated_at,
        effective_at: state.updated_at,
        state: DecisionState::Effective,
        delivery: Delivery::Pending,
        standing_grant: None,
        contestable_until: None,
        ruling: None,
        batches: Vec::new(),
        gate: None,
        digest: "0".repeat(64),
    });
    case
}

/// Claims by reviewers who then keep what they got: each sees only its own bars.
async fn claims(
    store: &Store,
    loop_id: LoopId,
    reviewers: usize,
    time: Duration,
) -> Result<Value, Failure> {
    let started = Instant::now();
    let mut workers = Vec::new();
    for _ in 0..reviewers {
        let store = store.clone();
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let member = MemberId::from_bytes(*uuid::Uuid::from_u128(u128::from(number)).as_bytes());
        workers.push(tokio::spawn(async move {
            let mut times = Vec::new();
            while started.elapsed() < time {
                let begun = Instant::now();
                if !store.write(move |tx: &mut dyn Tx| claim(tx, loop_id, member)).await? {
                    break;
                }
                times.push(begun.elapsed());
            }
            Ok::<_, StoreError>(times)
        }));
    }
    let mut times = Vec::new();
    for worker in workers {
        times.extend(worker.await??);
    }
    let rate = times.len() as f64 / started.elapsed().as_secs_f64();
    let open =
        store.read(move |tx: &mut dyn Tx| tandem_store::counters::get(tx, loop_id, "tasks.open"));
    let open = open.await.map_err(|error: StoreError| error)?;
    Ok(
        json!({"what": "claims", "reviewers": reviewers, "open": open, "per_second": rate.round(), "latency": percentiles(times)}),
    )
}

fn claim(tx: &mut dyn Tx, loop_id: LoopId, member: MemberId) -> Result<bool, StoreError> {
    let lanes = vec![Lane::new(loop_id, Some("main".to_owned()))];
    let query = ClaimQuery { member, arbiter: false, lanes, order: ClaimOrder::Policy, limit: 1 };
    let candidates = tasks::claim_candidates(tx, &query)?;
    let found = !candidates.is_empty();
    for task in candidates {
        let Some(before) = cases::lock(tx, task.case)? else { continue };
        if before.state.free_seats(&before.state.tasks[0]) == 0 {
            continue;
        }
        let mut after = before.clone();
        after.state.revision += 1;
        after.state.claims_made += 1;
        after.state.status = Status::Claimed;
        let expires_at = Timestamp(tx.now().0 + 300_000_000);
        let person = PersonId::from_bytes(*member.as_bytes());
        after.state.tasks[0].claims =
            vec![Claim { n: 1, member, token: 1, person, expires_at, lapsed: false }];
        cases::save(tx, &before, &after)?;
        tx.append_event(event(&after, "claim.made"));
    }
    Ok(found)
}
