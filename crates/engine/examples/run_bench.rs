//! What a fleet of runs costs: starting, listing, counting, and leases that end all at once.
//!
//! `cargo run --release -p tandem-engine --example run_bench [-- <runs> [<url of an empty PostgreSQL database>]]`

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use tandem_domain::RunId;
use tandem_domain::run::{AlertKind, Budget, ControlKind, NewControl, RunStatus, StepKind};
use tandem_engine::runs::{NewRun, ReportedStep, RunQuery};
use tandem_engine::{Engine, EngineConfig, EngineError, Principal};
use tandem_policy::Format;
use tandem_store::{Clock, Store, StoreConfig, TxExt};

const LOOP: &str = "loop: bench\ninput: { text: { kind: text } }\n\
    answer: { intent: { kind: choice, options: [yes, no] } }\n";
/// Runs started at once.
const AT_ONCE: usize = 64;
const SECOND: i64 = 1_000_000;

type Failure = Box<dyn std::error::Error>;

#[expect(clippy::print_stdout, reason = "this program prints its measurements")]
fn say(line: &str) {
    println!("{line}");
}

fn show(what: &str, n: usize, mut each: Vec<Duration>) {
    each.sort_unstable();
    let at = |q: f64| each.get((each.len() as f64 * q) as usize).copied().unwrap_or_default();
    say(&format!("{what:<52} {n:>6}  p50 {:>9.2?}  p99 {:>9.2?}", at(0.5), at(0.99)));
}

fn system() -> Principal {
    Principal::system("default")
}

async fn start(engine: &Engine, runs: usize) -> Result<Vec<RunId>, Failure> {
    let mut tasks = Vec::new();
    for lane in 0..AT_ONCE {
        let engine = engine.clone();
        tasks.push(tokio::spawn(async move {
            let mut ids = Vec::new();
            for n in (lane..runs).step_by(AT_ONCE) {
                let new = NewRun {
                    key: Some(format!("run-{n}")),
                    goal: "answer every ticket of today".to_owned(),
                    budget: Budget { steps: Some(500), ..Budget::default() },
                    ..NewRun::default()
                };
                let run = engine.start_run(&system(), "bench", new, None).await?.run.core.id;
                let step = ReportedStep {
                    kind: StepKind::ToolCall,
                    name: "search".to_owned(),
                    input: json!({"q": "where is my card", "n": n}),
                    output: json!({"found": 3}),
                    failed: false,
                    cost: 0.01,
                    elapsed_ms: Some(40),
                };
                // One in a hundred repeats itself, so that an alert stands.
                let steps = vec![step; if n % 100 == 0 { 6 } else { 1 }];
                engine.report_steps(&system(), run, 0, steps, None).await?;
                ids.push(run);
            }
            Ok::<_, EngineError>(ids)
        }));
    }
    let mut ids = Vec::new();
    for task in tasks {
        ids.extend(task.await??);
    }
    ids.sort_unstable();
    Ok(ids)
}

async fn read(engine: &Engine) -> Result<(), Failure> {
    let filters: [(&str, RunQuery); 5] = [
        ("all", RunQuery::default()),
        (
            "live",
            RunQuery {
                statuses: vec![RunStatus::Running, RunStatus::Pausing, RunStatus::Lost],
                ..RunQuery::default()
            },
        ),
        (
            "paused, of one loop",
            RunQuery {
                statuses: vec![RunStatus::Pausing, RunStatus::Paused],
                loop_name: Some("bench".to_owned()),
                ..RunQuery::default()
            },
        ),
        ("of one agent", RunQuery { agent: Some("system".to_owned()), ..RunQuery::default() }),
        ("looping", RunQuery { alerts: vec![AlertKind::Looping], ..RunQuery::default() }),
    ];
    for (name, query) in filters {
        let (mut each, mut rows) = (Vec::new(), 0);
        for _ in 0..40 {
            let began = Instant::now();
            let page = engine.runs(&system(), query.clone(), None, 100).await?;
            each.push(began.elapsed());
            rows = page.items.len();
        }
        show(&format!("first page of 100: {name}"), rows, each);
    }
    let mut each = Vec::new();
    for _ in 0..40 {
        let began = Instant::now();
        engine.fleet(&system(), None).await?;
        each.push(began.elapsed());
    }
    show("the fleet in numbers", 1, each);
    Ok(())
}

/// The plan of the list and of the counts, as the database tells it.
async fn explain(engine: &Engine, postgres: bool) -> Result<(), Failure> {
    let explain = if postgres { "EXPLAIN" } else { "EXPLAIN QUERY PLAN" };
    let column = if postgres { 0 } else { 3 };
    let page = "SELECT id, state FROM runs WHERE space_id = 'default'";
    let end = "ORDER BY id DESC LIMIT 100";
    let part =
        |status: &str| format!("SELECT * FROM ({page} AND status = '{status}' {end}) AS part");
    let statements = [
        format!("{page} {end}"),
        format!("{} UNION ALL {} {end}", part("running"), part("lost")),
        format!("{page} AND agent = 'key_1' {end}"),
        format!("{page} AND alerts <> 0 AND (alerts & 1) <> 0 {end}"),
        "SELECT loop_id, agent, status, COUNT(*) FROM runs WHERE space_id = 'default' \
         GROUP BY loop_id, agent, status"
            .to_owned(),
        "SELECT id FROM runs WHERE lease_until <= 5 ORDER BY lease_until LIMIT 256".to_owned(),
    ];
    for sql in statements {
        say(&format!("\n{sql}"));
        let sql = format!("{explain} {sql}");
        let plan = engine.store().read(move |tx| {
            Ok::<_, EngineError>(tx.query_all(&sql, &[], |row| Ok(row.text(column)?.to_owned()))?)
        });
        for line in plan.await? {
            say(&format!("    {line}"));
        }
    }
    Ok(())
}

/// Ends all leases at once and gives orders to one run meanwhile.
async fn sweep(engine: &Engine, clock: &AtomicI64, ids: &[RunId]) -> Result<(), Failure> {
    let kept = ids.last().copied().ok_or("no run")?;
    clock.fetch_add(20 * SECOND, Ordering::Relaxed);
    engine.heartbeat(&system(), kept, 0, Duration::ZERO).await?;
    clock.fetch_add(20 * SECOND, Ordering::Relaxed);
    let orders = engine.clone();
    let (done, mut over) = tokio::sync::watch::channel(false);
    let ordering = tokio::spawn(async move {
        let mut each = Vec::new();
        while !*over.borrow_and_update() {
            let new = NewControl {
                budget: Some(Budget::default()),
                ..NewControl::plain(ControlKind::Redirect, "bench")
            };
            let began = Instant::now();
            orders.control_run(&system(), kept, new, None).await?;
            each.push(began.elapsed());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok::<_, EngineError>(each)
    });
    let began = Instant::now();
    while engine.fire_due().await? > 0 {}
    let took = began.elapsed();
    done.send(true)?;
    let each = ordering.await??;
    let lost = engine.metrics().runs_lost.get();
    let rate = lost as f64 / took.as_secs_f64();
    say(&format!("\n{lost} leases ended in {took:.2?}: {rate:.0}/s"));
    show("orders to a run meanwhile", each.len(), each);
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut args = std::env::args().skip(1);
    let runs: usize = args.next().map_or(Ok(10_000), |text| text.parse())?;
    let url = args.next();
    let dir = tempfile::tempdir()?;
    let postgres = url.is_some();
    let mut config = match url {
        Some(url) => StoreConfig::postgres(url),
        None => StoreConfig::sqlite(dir.path().join("data")),
    };
    let clock = Arc::new(AtomicI64::new(1_767_225_600_000_000));
    let source = Arc::clone(&clock);
    config.clock = Clock::custom(move || source.load(Ordering::Relaxed));
    let store = tokio::task::spawn_blocking(move || Store::open(config)).await??;
    let mut config = EngineConfig::new(store);
    // Leases end when this program says so.
    config.workers = false;
    let engine = Engine::start(config).await?;
    engine.put_loop(&system(), "bench", LOOP.to_owned(), Format::Yaml, false, "").await?;
    let began = Instant::now();
    let ids = start(&engine, runs).await?;
    let rate = runs as f64 / began.elapsed().as_secs_f64();
    say(&format!("{runs} runs started, each with a step: {rate:.0}/s"));
    read(&engine).await?;
    explain(&engine, postgres).await?;
    sweep(&engine, &clock, &ids).await
}
