//! The loop learns: real handwriting, a person who answers, models that take over.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tandem_domain::case::{Case, DecidedBy, Verdict};
use tandem_domain::command::NewJudgment;
use tandem_domain::loops::RouteTo;
use tandem_domain::roles::Role;
use tandem_domain::{CaseId, JobId, MemberId, PersonId, Timestamp};
use tandem_engine::exports::{ExportFormat, ExportKind, ExportRequest, Shape};
use tandem_engine::learning::ModelView;
use tandem_engine::loops::DryRun;
use tandem_engine::{
    Actor, ClaimRequest, Engine, EngineConfig, EngineError, History, LoopScope, Principal, Said,
    Submission,
};
use tandem_ledger::note::SigningKey;
use tandem_policy::Format;
use tandem_store::examples::{self, ExampleRow};
use tandem_store::{Clock, Database, Store, StoreConfig, jobs, loops};

/// A picture of the data set and its digit.
type Digit = (Value, String);

fn digits() -> Vec<Digit> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../cli/data/digits.csv");
    let text = std::fs::read_to_string(path).unwrap();
    let row = |line: &str| {
        let numbers: Vec<u32> = line.split(',').map(|n| n.trim().parse().unwrap()).collect();
        let pixels: Vec<f64> = numbers[..64].iter().map(|&n| f64::from(n) / 16.0).collect();
        let image = json!({"width": 8, "height": 8, "pixels": pixels});
        (json!({"image": image}), numbers[64].to_string())
    };
    text.lines().skip(1).map(row).collect()
}

fn loop_file(more: &str, review: &str) -> String {
    format!(
        "loop: digits\ncoverage: selective\ninput: {{ image: {{ kind: image }} }}\n\
         answer: {{ digit: {{ kind: choice, options: ['0','1','2','3','4','5','6','7','8','9'] }} }}\n\
         policy: {{ confidence: {{ auto_at: 0.9, audit_rate: 0.5 }} }}\n\
         review: {{ {review} }}\n\
         learner: {{ kind: linear, min_examples: 10, retrain: {{ every: 10 }} }}\n{more}"
    )
}

fn person(n: u8) -> Principal {
    Principal {
        actor: Actor::Member {
            id: MemberId::from_bytes([n; 16]),
            person: PersonId::from_bytes([n; 16]),
        },
        name: format!("reviewer {n}"),
        space: "default".to_owned(),
        grants: vec![(LoopScope::All, Role::Admin), (LoopScope::All, Role::Reviewer)],
        scopes: Vec::new(),
        stands_in_for: Vec::new(),
        skills: Vec::new(),
    }
}

struct World {
    engine: Engine,
    store: Store,
    system: Principal,
    truth: BTreeMap<CaseId, String>,
    dir: tempfile::TempDir,
}

fn open(dir: &Path) -> Store {
    let database = Database::Sqlite { dir: dir.to_owned() };
    Store::open(StoreConfig::new(database)).unwrap()
}

impl World {
    async fn new(file: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = open(dir.path());
        Self::over(store, dir, file).await
    }

    async fn over(store: Store, dir: tempfile::TempDir, file: &str) -> Self {
        let mut config = EngineConfig::new(store.clone());
        config.checkpoint_key = SigningKey::from_seed("tandem.example/log", &[7; 32]).ok();
        let engine = Engine::start(config).await.unwrap();
        let system = Principal::system("default");
        engine
            .put_loop(&system, "digits", file.to_owned(), Format::Yaml, false, "test")
            .await
            .unwrap();
        Self { engine, store, system, truth: BTreeMap::new(), dir }
    }

    async fn submit(&mut self, (input, label): &Digit, history: bool) -> Case {
        let output = json!({"digit": label}).as_object().cloned();
        let history = history.then_some(History { output, at: Timestamp(1_700_000_000_000_000) });
        let submission = Submission { input: input.clone(), history, ..Submission::default() };
        let done = self.engine.submit(&self.system, "digits", submission, None).await.unwrap();
        self.truth.insert(done.case.core.id, label.clone());
        done.case
    }

    /// Hands in known answers in one commit: a training sees all of them, so that no draw of what is held
    /// out leaves too few to train on.
    async fn seeds(&mut self, digits: &[Digit]) {
        let line = |(n, (input, label)): (usize, &Digit)| {
            let output = json!({"digit": label}).as_object().cloned();
            let history = Some(History { output, at: Timestamp(1_700_000_000_000_000) });
            let submission = Submission { input: input.clone(), history, ..Submission::default() };
            (n as u64, Ok(submission))
        };
        let lines = digits.iter().enumerate().map(line).collect();
        let done = self.engine.submit_batch(&self.system, "digits", lines).await.unwrap();
        for (result, (_, label)) in done.into_iter().zip(digits) {
            self.truth.insert(result.outcome.unwrap().case.core.id, label.clone());
        }
    }

    /// Claims the next case and answers it with the truth.
    async fn review(&self, who: &Principal) -> CaseId {
        let claims = self.engine.claim(who, ClaimRequest::default(), None).await.unwrap();
        let claim = claims.first().expect("something waits");
        let said = Said {
            claim: Some((claim.id, claim.token)),
            judgment: self.answer(claim.case.core.id),
            assertion: None,
        };
        self.engine.judge(who, claim.case.core.id, said, None).await.unwrap();
        claim.case.core.id
    }

    fn answer(&self, case: CaseId) -> NewJudgment {
        NewJudgment {
            verdict: Verdict::Answer,
            answer: json!({"digit": self.truth[&case]}).as_object().cloned(),
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

    async fn models(&self) -> Vec<ModelView> {
        self.engine.models(&self.system, "digits").await.unwrap()
    }

    /// Waits until the newest model was trained on all there is and no job is under way.
    async fn settled(&self) -> ModelView {
        until("the learner to settle", async || {
            let total = self.examples("labelled").await.len() as u64;
            let models = self.models().await;
            let due = models.first().is_none_or(|m| m.metrics.examples + 10 <= total);
            let jobs = self.engine.jobs(&self.system, "digits").await.unwrap();
            let busy = jobs.iter().any(|j| j.state == "queued" || j.state == "running");
            (!due && !busy).then(|| models[0].clone())
        })
        .await
    }

    async fn examples(&self, kind: &'static str) -> Vec<ExampleRow> {
        let rows = self.store.read(move |tx| {
            let row = loops::by_name(tx, "default", "digits")?.unwrap();
            Ok::<_, EngineError>(examples::page(tx, row.id, None, 5_000)?)
        });
        rows.await.unwrap().into_iter().filter(|row| row.kind == kind).collect()
    }

    /// Share of `rows` that the live model gets right.
    async fn accuracy(&self, rows: &[Digit]) -> f64 {
        let mut right = 0;
        for (input, label) in rows {
            let proposed = self.engine.predict(&self.system, "digits", input).await.unwrap();
            right += usize::from(proposed.unwrap().0.output["digit"] == **label);
        }
        right as f64 / rows.len() as f64
    }

    async fn lines(&self, kind: ExportKind, shape: Shape) -> Vec<Value> {
        let request = ExportRequest {
            kind,
            format: ExportFormat::Jsonl,
            shape,
            until: None,
            max_ai_share: None,
        };
        let mut export = self.engine.export(&self.system, "digits", request).await.unwrap();
        let mut bytes = Vec::new();
        while let Some(chunk) = export.next().await {
            bytes.extend(chunk.unwrap());
        }
        let text = String::from_utf8(bytes).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    for _ in 0..18_000 {
        if let Some(found) = look().await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("waited a quarter of an hour for {what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_judgments_a_model_accuracy_rises_and_open_cases_follow() {
    let world = World::new(&loop_file("", "undo: 0s, lease: 12h")).await;
    closes_the_loop(world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_loop_closes_on_postgres_too() {
    let store = tokio::task::spawn_blocking(|| {
        let url = super::cluster::fresh_database();
        Store::open(StoreConfig::new(Database::Postgres { url })).unwrap()
    });
    let (store, dir) = (store.await.unwrap(), tempfile::tempdir().unwrap());
    let world = World::over(store, dir, &loop_file("", "undo: 0s, lease: 12h")).await;
    closes_the_loop(world).await;
}

async fn closes_the_loop(mut world: World) {
    let all = digits();
    // Too few for a second training, however late the first one looks.
    let (seeds, rest) = all.split_at(19);
    let (stream, unseen) = rest.split_at(501);
    let unseen = &unseen[..400];
    world.seeds(seeds).await;
    let first = world.settled().await;
    assert_eq!((first.version, first.stage.as_str()), (1, "live"));
    let before = world.accuracy(unseen).await;
    for digit in stream {
        let case = world.submit(digit, false).await;
        let proposal = case.state.current_proposal().expect("the live model proposes");
        assert_eq!(proposal.model.as_deref(), Some("digits@1"));
    }
    // Somebody holds one of them all the while.
    let holder = person(9);
    let held = world.engine.claim(&holder, ClaimRequest::default(), None).await.unwrap();
    let held = held[0].case.clone();

    #[cfg(target_os = "linux")]
    trains_at_the_lowest_priority();
    let reviewer = person(1);
    let mut judged = Vec::new();
    for round in 1..=12_u64 {
        for _ in 0..10 {
            judged.push(world.review(&reviewer).await);
        }
        let model = world.settled().await;
        assert!(model.version > round, "round {round}: {model:?}");
    }
    let last = world.settled().await;
    let after = world.accuracy(unseen).await;
    assert!(after > before + 0.05 && after > 0.8, "{before} to {after}");

    // Exactly one version is live, and every row is either trained on or measured on.
    let models = world.models().await;
    assert_eq!(models.iter().filter(|m| m.stage == "live").count(), 1);
    assert!(models[1..].iter().all(|m| m.stage == "retired"));
    let labelled = world.examples("labelled").await;
    let rows = labelled.len() as u64;
    let kept = labelled.iter().filter(|row| row.held_out).count() as u64;
    assert!(rows >= 90 && kept > 5 && kept < rows / 2, "{kept} of {rows}");
    if last.metrics.examples == rows {
        assert_eq!(last.trained_on, rows - kept);
        assert_eq!(last.metrics.accuracy.unwrap().n, kept);
    }

    // Cases that waited for a person were decided by a later model; the held one was left alone.
    let mut followed = 0;
    for id in world.truth.keys() {
        let case = world.engine.get(&world.system, *id).await.unwrap();
        let by_machine = case.state.decisions.iter().any(|d| d.by == DecidedBy::Machine);
        let proposals = &case.state.proposals;
        if by_machine && proposals.len() > 1 {
            followed += 1;
            assert!(case.state.judgments.iter().all(|j| Some(j.task) != decided_task(&case)));
            assert_eq!(case.state.route.as_ref().unwrap().to, RouteTo::Auto);
            assert_ne!(proposals[0].model, proposals[proposals.len() - 1].model);
        }
    }
    assert!(followed >= 10, "{followed} cases followed a new model");
    let same = world.engine.get(&world.system, held.core.id).await.unwrap();
    assert_eq!(same.state.proposals, held.state.proposals);

    // Audits of automatic cases feed the bound; statistics say what happened.
    let live = world.engine.stats_live(&world.system, "digits").await.unwrap();
    assert_eq!(live.errors.cases, 520);
    assert!(live.errors.automatic >= followed);
    assert_eq!(live.time.median_ms, Some(700));
    assert_eq!(live.points.len(), models.len());
    let error = live.errors.error.clone().unwrap();
    assert_eq!(error.cases, live.errors.automatic);
    assert!(error.lower <= error.upper && error.upper <= 1.0);
    let quality = world.engine.stats_quality(&world.system, "digits").await.unwrap();
    assert_eq!(quality.members.len(), 1);
    assert_eq!(quality.members[0].judgments, judged.len() as u64);

    exports_agree(&world, &labelled).await;
    // Every model and every change of its stage stands in the ledger.
    world.settled().await;
    let report = until("the ledger to cover every row", async || {
        let report = world.engine.verify_live(&world.system).await.unwrap();
        let rows = report.problems.iter().filter(|p| p.code.to_string().starts_with("row_"));
        (rows.count() == 0).then_some(report)
    })
    .await;
    assert!(report.rows >= 2 * 520 + models.len() as u64, "{report:#?}");
    world.engine.shutdown().await;
}

/// Every training thread of this process (tests share one) has niceness 19.
#[cfg(target_os = "linux")]
fn trains_at_the_lowest_priority() {
    let mut found = 0;
    for thread in std::fs::read_dir("/proc/self/task").unwrap().flatten() {
        let read = |name: &str| std::fs::read_to_string(thread.path().join(name));
        // Threads of other tests end meanwhile.
        let (Ok(name), Ok(stat)) = (read("comm"), read("stat")) else { continue };
        if name.trim() == "tandem-learn" {
            let fields = stat.rsplit_once(')').unwrap().1;
            let nice: Vec<&str> = fields.split_whitespace().collect();
            found += usize::from(nice[16] == "19");
        }
    }
    assert!(found >= 1, "no training thread of the lowest priority");
}

/// The task that was to decide a case.
fn decided_task(case: &Case) -> Option<u32> {
    case.state.tasks.iter().find(|task| task.purpose.decides()).map(|task| task.n)
}

/// Exports hold what the store holds, in lines that parse, and manifests tell their hash.
async fn exports_agree(world: &World, labelled: &[ExampleRow]) {
    let rows = world.lines(ExportKind::Examples, Shape::Trl).await;
    assert_eq!(rows.iter().filter(|row| row["kind"] == "labelled").count(), labelled.len());
    assert!(rows.iter().all(|row| row["case"].is_string() && row["held_out"].is_boolean()));
    let corrections = world.lines(ExportKind::Corrections, Shape::Trl).await;
    assert!(!corrections.is_empty());
    assert!(
        corrections.iter().all(|row| row["before"] != row["after"] && row["model"].is_string())
    );
    let decisions = world.lines(ExportKind::Decisions, Shape::Trl).await;
    for row in &decisions {
        let id = row["id"].as_str().unwrap();
        assert!(id.starts_with("dec_") && row["case"].is_string() && row["loop"] == "digits");
    }
    let preferences = world.lines(ExportKind::Preferences, Shape::OpenAi).await;
    assert_eq!(preferences.len(), corrections.len());
    assert!(preferences[0]["preferred_output"][0]["content"].is_string());

    for format in [ExportFormat::Jsonl, ExportFormat::Csv] {
        let mut request = ExportRequest {
            kind: ExportKind::Decisions,
            format,
            shape: Shape::Trl,
            until: None,
            max_ai_share: None,
        };
        let manifest =
            world.engine.export_manifest(&world.system, "digits", request).await.unwrap();
        assert_eq!(manifest.rows, decisions.len() as u64);
        request.until = Some(manifest.until);
        let mut export = world.engine.export(&world.system, "digits", request).await.unwrap();
        let mut bytes = Vec::new();
        while let Some(chunk) = export.next().await {
            bytes.extend(chunk.unwrap());
        }
        use sha2::Digest;
        assert_eq!(manifest.sha256, hex::encode(sha2::Sha256::digest(&bytes)));
        assert_eq!(manifest.bytes, bytes.len() as u64);
    }
    let mut nobody = person(3);
    nobody.grants = vec![(LoopScope::All, Role::Reviewer)];
    let request = ExportRequest {
        kind: ExportKind::Decisions,
        format: ExportFormat::Csv,
        shape: Shape::Trl,
        until: None,
        max_ai_share: None,
    };
    let refused = world.engine.export(&nobody, "digits", request).await;
    assert!(matches!(refused, Err(EngineError::Forbidden { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_in_the_shadow_acts_only_when_promoted_and_the_old_one_retires() {
    let all = digits();
    let mut world = World::new(&loop_file("on_new_model: shadow_first\n", "undo: 0s")).await;
    world.seeds(&all[..40]).await;
    let first = world.settled().await;
    assert!(world.models().await.iter().all(|m| m.stage == "shadow"));
    let case = world.submit(&all[100], false).await;
    assert!(case.state.current_proposal().is_none(), "a shadow does not propose");

    let promoted = world
        .engine
        .promote(&world.system, "digits", &first.version.to_string(), ("", false), None)
        .await
        .unwrap();
    assert_eq!(promoted.stage, "live");
    until("the open case to get a proposal", async || {
        let case = world.engine.get(&world.system, case.core.id).await.unwrap();
        case.state.current_proposal().map(|_| ())
    })
    .await;
    let job = world.engine.train(&world.system, "digits", None).await.unwrap();
    until("the ordered training", async || {
        let job = world.engine.job(&world.system, job.id).await.unwrap();
        (job.state == "done").then_some(())
    })
    .await;
    let second = world.models().await[0].version;
    assert!(second > first.version);
    world
        .engine
        .promote(&world.system, "digits", &second.to_string(), ("", false), None)
        .await
        .unwrap();
    let stages: Vec<String> = world.models().await.into_iter().map(|m| m.stage).collect();
    assert_eq!(stages.iter().filter(|s| *s == "live").count(), 1);
    assert_eq!(stages[0], "live");
    assert!(stages.contains(&"retired".to_owned()));
    let missing = world.engine.promote(&world.system, "digits", "99", ("", false), None).await;
    assert!(matches!(missing, Err(EngineError::NotFound { .. })));
    let refused =
        world.engine.promote(&person_without_roles(), "digits", "1", ("", false), None).await;
    assert!(matches!(refused, Err(EngineError::Forbidden { .. })));
    world.engine.shutdown().await;
}

fn person_without_roles() -> Principal {
    Principal { grants: Vec::new(), ..person(4) }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_training_whose_worker_died_is_taken_over_after_its_lease() {
    let all = digits();
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let mut config = EngineConfig::new(store.clone());
    config.workers = false;
    let engine = Engine::start(config).await.unwrap();
    let system = Principal::system("default");
    let file = loop_file("", "undo: 0s");
    engine.put_loop(&system, "digits", file, Format::Yaml, false, "test").await.unwrap();
    let mut world = World { engine, store, system, truth: BTreeMap::new(), dir };
    world.seeds(&all[..20]).await;
    let queued = world.engine.train(&world.system, "digits", None).await.unwrap();
    // A worker leases the job for half a second and dies.
    let dead = world.store.write(|tx| {
        let until = Timestamp(tx.now().0 + 500_000);
        Ok::<_, EngineError>(jobs::lease(tx, &["train"], until)?)
    });
    let dead = dead.await.unwrap().unwrap();
    assert_eq!(dead.id, queued.id);

    let second = Engine::start(EngineConfig::new(world.store.clone())).await.unwrap();
    let done = until("another worker to take the job over", async || {
        let job = second.job(&world.system, JobId::clone(&queued.id)).await.unwrap();
        (job.state == "done").then_some(job)
    })
    .await;
    assert_eq!(done.attempts, 2);
    assert_eq!(second.models(&world.system, "digits").await.unwrap().len(), 1);
    // The dead worker comes back: its token is worth nothing any more.
    let (id, token) = (dead.id, dead.token);
    let late =
        world.store.write(move |tx| Ok::<_, EngineError>(jobs::finish(tx, id, token, None)?));
    assert!(!late.await.unwrap());
    second.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_undone_or_reopened_does_not_teach() {
    let all = digits();
    let dir = tempfile::tempdir().unwrap();
    let time = Arc::new(AtomicI64::new(1_767_225_600_000_000));
    let source = Arc::clone(&time);
    let database = Database::Sqlite { dir: dir.path().to_owned() };
    let mut config = StoreConfig::new(database);
    config.clock = Clock::custom(move || source.load(Ordering::Relaxed));
    let store = Store::open(config).unwrap();
    let mut world = World::over(store, dir, &loop_file("", "undo: 1h")).await;
    let engine = world.engine.clone();
    let pass = async || {
        time.fetch_add(2 * 3_600_000_000, Ordering::Relaxed);
        while engine.fire_due().await.unwrap() > 0 {}
    };
    let reviewer = person(1);
    let case = world.submit(&all[0], false).await.core.id;
    let claims = world.engine.claim(&reviewer, ClaimRequest::default(), None).await.unwrap();
    let said = Said {
        claim: Some((claims[0].id, claims[0].token)),
        judgment: world.answer(case),
        assertion: None,
    };
    let judged = world.engine.judge(&reviewer, case, said, None).await.unwrap();
    world.engine.undo(&reviewer, judged.id, None).await.unwrap();
    pass().await;
    assert!(world.examples("labelled").await.is_empty(), "an undone judgment taught");

    world.review(&reviewer).await;
    assert!(world.examples("labelled").await.is_empty(), "a held decision taught");
    pass().await;
    let taught =
        until("the decision to take effect", async || world.examples("labelled").await.pop()).await;
    assert_eq!((taught.case_id, taught.origin.as_str()), (case, "human_only"));
    world.engine.reopen(&world.system, case, "look again", None).await.unwrap();
    assert!(world.examples("labelled").await.is_empty(), "a reopened decision still teaches");
    world.engine.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_training_that_cannot_work_fails_visibly_and_hurts_nothing() {
    let all = digits();
    let mut world = World::new(&loop_file("", "undo: 0s")).await;
    let job = world.engine.train(&world.system, "digits", None).await.unwrap();
    let failed = until("the job to fail", async || {
        let job = world.engine.job(&world.system, job.id).await.unwrap();
        (job.state == "failed").then_some(job)
    })
    .await;
    let error = failed.error.unwrap();
    assert!(error.contains("min_examples"), "{error}");
    assert!(world.models().await.is_empty());
    world.seeds(&all[..19]).await;
    assert_eq!(world.settled().await.version, 1);
    world.engine.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_meets_damaged_data_is_tried_again_and_says_why() {
    let all = digits();
    let mut world = World::new(&loop_file("", "undo: 0s")).await;
    for seed in &all[..5] {
        world.submit(seed, true).await;
    }
    let mut damaged = world.examples("labelled").await.remove(0);
    damaged.n = 99;
    "{".clone_into(&mut damaged.body);
    let insert = world
        .store
        .write(move |tx| Ok::<_, EngineError>(examples::upsert(tx, &[damaged.clone()])?));
    insert.await.unwrap();
    let job = world.engine.train(&world.system, "digits", None).await.unwrap();
    let again = until("a second attempt", async || {
        let job = world.engine.job(&world.system, job.id).await.unwrap();
        (job.attempts >= 2).then_some(job)
    })
    .await;
    assert!(again.error.is_some_and(|error| error.contains("example of case_")));
    let failed = until("the last attempt", async || {
        let job = world.engine.job(&world.system, job.id).await.unwrap();
        (job.state == "failed").then_some(job)
    })
    .await;
    assert_eq!(failed.attempts, 3);
    world.engine.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn under_full_review_a_new_model_proposes_and_everything_goes_to_people() {
    let all = digits();
    let mut world = World::new(&loop_file("on_new_model: full_review\n", "undo: 0s")).await;
    world.seeds(&all[..60]).await;
    let model = world.settled().await;
    assert_eq!(model.stage, "canary");
    let mut routes = Vec::new();
    for digit in &all[100..140] {
        let case = world.submit(digit, false).await;
        let proposal = case.state.current_proposal().expect("a canary proposes");
        assert!(proposal.confidence.is_empty() && !proposal.probabilities.is_empty());
        routes.push(case.state.route.unwrap());
    }
    assert!(routes.iter().all(|route| route.to == RouteTo::Review));
    assert_eq!(routes[0].reasons[0].code, "no_confidence");

    // Trusted by a person, it acts: the sure ones among the open cases pass.
    world
        .engine
        .promote(&world.system, "digits", &model.version.to_string(), ("", false), None)
        .await
        .unwrap();
    until("sure cases to pass", async || {
        let live = world.engine.stats_live(&world.system, "digits").await.unwrap();
        (live.errors.automatic > 0).then_some(())
    })
    .await;
    world.engine.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_unlike_any_seen_go_to_a_person_however_sure_the_model_is() {
    let all = digits();
    let file = loop_file("", "undo: 0s").replace("auto_at: 0.9", "auto_at: 0");
    let asked = file.replace("policy: {", "policy: { novelty: { alpha: 0.05 },");
    let mut world = World::new(&asked).await;
    // Neighbours in the file are by one hand, so both parts have pictures of every hand.
    for (_, seed) in all[..1_000].iter().enumerate().filter(|(n, _)| n % 5 != 0) {
        world.submit(seed, true).await;
    }
    world.settled().await;
    let mut routes = [(); 2].map(|()| Vec::new());
    for (input, label) in all[..1_000].iter().step_by(5) {
        let pixels = input["image"]["pixels"].as_array().unwrap();
        // A quarter turn to the left.
        let turned: Vec<&Value> = (0..64).map(|i| &pixels[(i % 8) * 8 + 7 - i / 8]).collect();
        let turned = json!({"image": {"width": 8, "height": 8, "pixels": turned}});
        for (routes, input) in routes.iter_mut().zip([input.clone(), turned]) {
            let case = world.submit(&(input, label.clone()), false).await;
            routes.push(case.state.route.unwrap());
        }
    }
    let [upright, turned] = routes.map(|routes| {
        let novel = routes.iter().filter(|route| route.reasons[0].code == "novelty");
        novel.inspect(|route| assert_eq!(route.to, RouteTo::Review)).count()
    });
    // At most 5 % on average over calibrations of some 160 pictures, which are drawn anew each time: more than
    // this of 200 come once in 100,000 runs.
    assert!(upright <= 37, "{upright} of 200 upright pictures");
    assert!(turned >= 150, "{turned} of 200 turned pictures");

    // A dry run tells beforehand what asking for novelty would do, on the same cases.
    let source = file.replace("policy: {", "policy: { novelty: { alpha: 0.03 },");
    let wanted = DryRun { source: Some((source, Format::Yaml)), ..DryRun::default() };
    let told = world.engine.dry_run(&world.system, "digits", wanted).await.unwrap();
    assert!(told.after.reasons.iter().any(|reason| reason.code == "novelty"), "{told:#?}");
    world.engine.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_due_before_a_restart_is_trained_after_it() {
    let all = digits();
    let mut world = World::new(&loop_file("", "undo: 0s")).await;
    world.seeds(&all[..20]).await;
    world.engine.train(&world.system, "digits", None).await.unwrap();
    // Whatever the worker is at now, it gives back, unless it does not come to it within the engine's patience.
    let begun = std::time::Instant::now();
    world.engine.shutdown().await;
    let gave_back = begun.elapsed() < Duration::from_secs(5);
    let dir = world.dir.path().to_owned();
    let store = tokio::task::spawn_blocking(move || open(&dir)).await.unwrap();
    // Nobody waits for the lease of whoever stopped: it is free, unless all was done.
    let free = store.write(|tx| {
        let until = Timestamp(tx.now().0 + 1);
        let leased = jobs::lease(tx, &["train"], until)?.is_some();
        let of_loop = loops::by_name(tx, "default", "digits")?.unwrap().id;
        let done = jobs::list(tx, of_loop, 10)?.iter().all(|job| job.state == "done");
        Ok::<_, EngineError>(leased || done)
    });
    assert!(free.await.unwrap() || !gave_back);
    let engine = Engine::start(EngineConfig::new(store)).await.unwrap();
    until("a model after the restart", async || {
        let jobs = engine.jobs(&world.system, "digits").await.unwrap();
        let done = jobs.iter().all(|job| job.state == "done");
        let models = engine.models(&world.system, "digits").await.unwrap();
        (done && !models.is_empty()).then_some(())
    })
    .await;
    engine.shutdown().await;
}
