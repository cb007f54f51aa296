//! kill -9 in the middle of everything: what was acknowledged is there, nothing counts twice, timers
//! go on, and the ledger verifies.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Command, Stdio};
use std::time::Duration;

use tandem_domain::CaseId;
use tandem_domain::case::{Status, Verdict};
use tandem_engine::{ClaimRequest, Engine, EngineConfig, Said};
use tandem_ledger::note::SigningKey;
use tandem_policy::Format;
use tandem_store::{Store, StoreConfig};

use crate::common::{Kind, blocking, machine, reviewer, says, ticket, tickets};

const CHILD: &str = "TANDEM_ENGINE_CRASH_CHILD";
const ROUNDS: u64 = 6;

/// Not a story of its own: the process that the story below kills. It prints what was acknowledged:
/// `s <case>` for a submission, `j <case>` for a judgment that decided.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child() {
    let Ok(target) = std::env::var(CHILD) else { return };
    let engine = open(&target).await;
    let mut tasks = Vec::new();
    for n in 1..=4_u8 {
        let engine = engine.clone();
        tasks.push(tokio::spawn(async move {
            let who = reviewer(n);
            // More than it lives to do.
            for _ in 0..1_000_000 {
                let made = ticket("a", "other", None);
                let made = engine.submit(&machine(), "tickets", made, None).await.unwrap();
                say('s', made.case.core.id);
                let claims = engine.claim(&who, ClaimRequest::default(), None).await.unwrap();
                let Some(claim) = claims.into_iter().next() else { continue };
                let id = claim.case.core.id;
                let judgment = says(Verdict::Approve, None);
                let said = Said { claim: Some((claim.id, claim.token)), judgment, assertion: None };
                engine.judge(&who, id, said, None).await.unwrap();
                say('j', id);
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
}

fn say(what: char, id: CaseId) {
    let line = format!("{what} {id}\n");
    std::io::stdout().lock().write_all(line.as_bytes()).unwrap();
}

async fn open(target: &str) -> Engine {
    let config = if target.starts_with("postgres") {
        StoreConfig::postgres(target)
    } else {
        StoreConfig::sqlite(target)
    };
    let store = blocking(move || Store::open(config).unwrap()).await;
    let mut config = EngineConfig::new(store);
    config.checkpoint_key = SigningKey::from_seed("crash.example/log", &[3; 32]).ok();
    config.checkpoint_every = Duration::from_millis(20);
    Engine::start(config).await.unwrap()
}

/// Runs the child for a while from its first word on (a busy machine may take seconds to get there),
/// kills it, and returns what it said.
fn run_and_kill(target: &str, after: Duration) -> String {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::child", "--nocapture"])
        .env(CHILD, target)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut said = String::new();
    while !said.lines().any(|line| line.starts_with("s ")) {
        assert!(stdout.read_line(&mut said).unwrap() > 0, "the child ended by itself: {said}");
    }
    std::thread::sleep(after);
    child.kill().unwrap();
    stdout.read_to_string(&mut said).unwrap();
    child.wait().unwrap();
    said
}

async fn survives(kind: Kind) {
    let dir = tempfile::tempdir().unwrap();
    let target = match kind {
        Kind::Sqlite => dir.path().join("data").display().to_string(),
        Kind::Postgres => blocking(super::cluster::fresh_database).await,
    };
    let engine = open(&target).await;
    let source = tickets("review: { undo: 0s, lease: 60s }\n");
    engine.put_loop(&machine(), "tickets", source, Format::Yaml, false, "").await.unwrap();
    engine.shutdown().await;
    let mut acknowledged: BTreeMap<CaseId, bool> = BTreeMap::new();
    for round in 0..ROUNDS {
        let (path, after) = (target.clone(), Duration::from_millis(500 + 130 * round));
        let said = blocking(move || run_and_kill(&path, after)).await;
        for line in said.lines() {
            let Some((what, id)) = line.split_once(' ') else { continue };
            // The last line may be cut.
            let Ok(id) = id.parse::<CaseId>() else { continue };
            match what {
                "s" => _ = acknowledged.entry(id).or_insert(false),
                "j" => _ = acknowledged.insert(id, true),
                _ => {}
            }
        }
        let engine = open(&target).await;
        for (id, judged) in &acknowledged {
            let case = engine.get(&machine(), *id).await.expect("it was acknowledged");
            if *judged {
                assert_eq!(case.state.status, Status::Decided);
                assert_eq!(case.state.decisions.len(), 1);
                assert_eq!(case.state.judgments.len(), 1);
            }
        }
        let report = engine.verify_live(&machine()).await.unwrap();
        assert_eq!(report.problems, [], "round {round}");
        engine.shutdown().await;
    }
    assert!(acknowledged.values().filter(|judged| **judged).count() > 10, "the child did its work");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_survives_kill_9() {
    survives(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_survives_kill_9_of_a_node() {
    survives(Kind::Postgres).await;
}
