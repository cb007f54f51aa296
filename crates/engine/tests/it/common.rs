//! A world of its own for one test: a database, an engine, people, and a clock the test moves.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tandem_domain::case::{Answer, Case, Verdict};
use tandem_domain::command::{NewJudgment, NewProposal};
use tandem_domain::roles::Role;
use tandem_domain::{CaseId, MemberId, PersonId};
use tandem_engine::{
    Actor, ClaimRequest, ClaimView, Engine, EngineConfig, EngineError, Judged, LoopScope,
    Principal, Said, Submission,
};
use tandem_policy::Format;
use tandem_store::{Clock, Store, StoreConfig};
use tempfile::TempDir;

/// Which database a story runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

/// 2026-01-01T00:00:00Z.
pub(crate) const START: i64 = 1_767_225_600_000_000;
/// One second.
pub(crate) const SECOND: i64 = 1_000_000;

/// An engine over a database of its own.
pub(crate) struct World {
    pub(crate) engine: Engine,
    pub(crate) time: Arc<AtomicI64>,
    pub(crate) store: StoreConfig,
    pub(crate) dir: TempDir,
}

impl World {
    pub(crate) async fn new(kind: Kind) -> Self {
        Self::with(kind, |_| ()).await
    }

    /// Workers are off unless `adjust` turns them on: tests fire timers themselves.
    pub(crate) async fn with(kind: Kind, adjust: impl FnOnce(&mut EngineConfig)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut config = match kind {
            Kind::Sqlite => StoreConfig::sqlite(dir.path().join("data")),
            Kind::Postgres => StoreConfig::postgres(blocking(super::cluster::fresh_database).await),
        };
        let time = Arc::new(AtomicI64::new(START));
        let source = Arc::clone(&time);
        config.clock = Clock::custom(move || source.load(Ordering::Relaxed));
        config.readers = 2;
        config.writers = 4;
        let engine = start(config.clone(), adjust).await;
        Self { engine, time, store: config, dir }
    }

    pub(crate) fn advance(&self, micros: i64) {
        self.time.fetch_add(micros, Ordering::Relaxed);
    }

    /// Moves the clock and fires what is due then.
    pub(crate) async fn pass(&self, micros: i64) {
        self.advance(micros);
        while self.engine.fire_due().await.unwrap() > 0 {}
    }

    pub(crate) async fn put(&self, source: &str) {
        let admin = Principal::system("default");
        let name = name_of(source);
        let put = self.engine.put_loop(&admin, &name, source.to_owned(), Format::Yaml, false, "");
        put.await.unwrap();
    }

    pub(crate) async fn submit(&self, name: &str, confidence: Option<f64>) -> Case {
        let submission = ticket("where is my card", "card_arrival", confidence);
        self.engine.submit(&machine(), name, submission, None).await.unwrap().case
    }

    pub(crate) async fn claim(&self, who: &Principal) -> Option<ClaimView> {
        let claims = self.engine.claim(who, ClaimRequest::default(), None).await.unwrap();
        claims.into_iter().next()
    }

    pub(crate) async fn judge(
        &self,
        who: &Principal,
        claim: &ClaimView,
        judgment: NewJudgment,
    ) -> Result<Judged, EngineError> {
        let said = Said { claim: Some((claim.id, claim.token)), judgment, assertion: None };
        self.engine.judge(who, claim.case.core.id, said, None).await
    }

    pub(crate) async fn get(&self, id: CaseId) -> Case {
        self.engine.get(&Principal::system("default"), id).await.unwrap()
    }
}

/// Runs what blocks outside the runtime's threads.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}

/// Opens the store and starts an engine.
pub(crate) async fn start(config: StoreConfig, adjust: impl FnOnce(&mut EngineConfig)) -> Engine {
    let store = blocking(move || Store::open(config).unwrap()).await;
    let mut config = EngineConfig::new(store);
    config.workers = false;
    config.checkpoint_every = Duration::from_millis(50);
    adjust(&mut config);
    Engine::start(config).await.unwrap()
}

fn name_of(source: &str) -> String {
    let line = source.lines().find(|line| line.starts_with("loop:")).unwrap();
    line.trim_start_matches("loop:").trim().to_owned()
}

/// A loop over tickets; `more` is YAML for its policy, review and the rest.
pub(crate) fn tickets(more: &str) -> String {
    format!(
        "loop: tickets\ninput: {{ text: {{ kind: text }} }}\n\
         answer: {{ intent: {{ kind: choice, options: [card_arrival, lost_card, other] }} }}\n{more}"
    )
}

/// A loop where nothing passes without a person and decisions take effect at once.
pub(crate) fn by_hand() -> String {
    tickets("review: { undo: 0s, lease: 60s }\n")
}

/// A loop where confident proposals pass.
pub(crate) fn selective() -> String {
    tickets(
        "coverage: selective\npolicy: { confidence: { auto_at: 0.9, audit_rate: 0.0 } }\n\
         review: { undo: 0s }\n",
    )
}

pub(crate) fn answer(intent: &str) -> Answer {
    json!({"intent": intent}).as_object().cloned().unwrap()
}

pub(crate) fn ticket(text: &str, intent: &str, confidence: Option<f64>) -> Submission {
    let confidence = confidence.map(|c| (String::new(), c)).into_iter().collect();
    Submission {
        input: json!({"text": text}),
        proposal: Some(NewProposal {
            output: answer(intent),
            confidence,
            probabilities: std::collections::BTreeMap::new(),
            model: Some("intent@7".to_owned()),
            evidence: Vec::new(),
            by: String::new(),
        }),
        ..Submission::default()
    }
}

pub(crate) fn says(verdict: Verdict, intent: Option<&str>) -> NewJudgment {
    NewJudgment {
        verdict,
        answer: intent.map(answer),
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
        elapsed_ms: 900,
    }
}

/// A reviewer with an account and a person of their own.
pub(crate) fn reviewer(n: u8) -> Principal {
    Principal {
        actor: Actor::Member {
            id: MemberId::from_bytes([n; 16]),
            person: PersonId::from_bytes([n; 16]),
        },
        name: format!("reviewer {n}"),
        space: "default".to_owned(),
        grants: vec![(LoopScope::All, Role::Reviewer)],
        scopes: Vec::new(),
        stands_in_for: Vec::new(),
        skills: Vec::new(),
    }
}

/// The system as the one that hands cases in.
pub(crate) fn machine() -> Principal {
    Principal::system("default")
}

pub(crate) fn code<T: std::fmt::Debug>(result: Result<T, EngineError>) -> &'static str {
    result.expect_err("a refusal").code()
}

pub(crate) fn output(case: &Case) -> Option<Value> {
    let decision = case.state.live_decision()?;
    decision.output.clone().map(Value::Object)
}

/// Tells one story on both databases.
#[macro_export]
macro_rules! on_both {
    ($($(#[$meta:meta])* $name:ident),* $(,)?) => {
        mod sqlite {
            $($(#[$meta])* #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::$name($crate::common::Kind::Sqlite).await; })*
        }
        mod postgres {
            $($(#[$meta])* #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::$name($crate::common::Kind::Postgres).await; })*
        }
    };
}
