//! Random commands against a pure model of what must hold, on both databases.
//!
//! The model knows who may do what to which case and when; the engine must agree with it after
//! every step. The invariants of the architecture are checked on the stored state besides: one live
//! decision, seats, judgments that count once, gates that open only for what was decided, halts,
//! replayable routes, and a ledger that verifies.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tandem_domain::CaseId;
use tandem_domain::case::{Case, DecidedBy, DecisionState, JudgmentState, Status, Verdict};
use tandem_domain::roles::Role;
use tandem_engine::{ClaimView, LoopScope, Principal, Submission};
use tandem_ledger::note::SigningKey;

use crate::common::{Kind, SECOND, World, machine, reviewer, says, start, ticket, tickets};

const PEOPLE: u8 = 3;
const LEASE: i64 = 60 * SECOND;
const UNDO: i64 = 10 * SECOND;
const DEADLINE: i64 = 3_600 * SECOND;

#[derive(Debug, Clone)]
enum Step {
    Submit { by: Option<u8>, confidence: Option<f64>, key: Option<u8> },
    Claim(u8),
    Judge(u8, bool),
    Release(u8),
    Undo(u8),
    Pass(i64),
    Halt(bool),
    Cancel(u8),
    Reopen(u8),
    Consume { case: u8, right: bool, consumer: u8 },
    Stranger(u8),
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let who = 0..PEOPLE;
    let step = prop_oneof![
        5 => (
            prop::option::of(who.clone()),
            prop::option::of(prop::sample::select(vec![0.3, 0.95])),
            prop::option::of(0..3_u8),
        )
            .prop_map(|(by, confidence, key)| Step::Submit { by, confidence, key }),
        6 => who.clone().prop_map(Step::Claim),
        6 => (who.clone(), any::<bool>()).prop_map(|(who, yes)| Step::Judge(who, yes)),
        1 => who.clone().prop_map(Step::Release),
        2 => who.clone().prop_map(Step::Undo),
        3 => prop::sample::select(vec![SECOND, UNDO + 1, LEASE + 1, DEADLINE + 1])
            .prop_map(Step::Pass),
        1 => any::<bool>().prop_map(Step::Halt),
        1 => (0..8_u8).prop_map(Step::Cancel),
        1 => (0..8_u8).prop_map(Step::Reopen),
        3 => (0..8_u8, any::<bool>(), 0..2_u8)
            .prop_map(|(case, right, consumer)| Step::Consume { case, right, consumer }),
        1 => (0..8_u8).prop_map(Step::Stranger),
        1 => Just(Step::Restart),
    ];
    prop::collection::vec(step, 1..40)
}

/// What the model knows of a case.
#[derive(Debug, Clone)]
struct Known {
    id: CaseId,
    made: i64,
    by: Option<u8>,
    /// Who may not have it again.
    barred: BTreeSet<u8>,
    /// Who took its grant.
    consumed: Option<u8>,
}

struct Model {
    world: World,
    known: Vec<Known>,
    keys: HashMap<u8, (CaseId, Option<u8>, u64)>,
    claims: BTreeMap<u8, ClaimView>,
    judged: BTreeMap<u8, tandem_domain::JudgmentId>,
    halted: bool,
}

fn person(n: u8) -> Principal {
    let mut principal = reviewer(n + 1);
    principal.grants.push((LoopScope::All, Role::Submitter));
    principal
}

impl Model {
    async fn new(kind: Kind) -> Self {
        let world = World::with(kind, |config| {
            config.checkpoint_key = SigningKey::from_seed("model.example/log", &[1; 32]).ok();
        })
        .await;
        world
            .put(&tickets(
                "coverage: selective\npolicy: { confidence: { auto_at: 0.9, audit_rate: 0.0 } }\n\
                 review: { undo: 10s, lease: 60s, deadline: 1h, on_deadline: reject }\n",
            ))
            .await;
        Self {
            world,
            known: Vec::new(),
            keys: HashMap::new(),
            claims: BTreeMap::new(),
            judged: BTreeMap::new(),
            halted: false,
        }
    }

    fn case(&self, n: u8) -> Option<Known> {
        (!self.known.is_empty()).then(|| self.known[n as usize % self.known.len()].clone())
    }

    async fn take(&mut self, step: Step) {
        let before = self.effective().await;
        match step.clone() {
            Step::Submit { by, confidence, key } => self.submit(by, confidence, key).await,
            Step::Claim(who) => self.claim(who).await,
            Step::Judge(who, yes) => self.judge(who, yes).await,
            Step::Release(who) => self.release(who).await,
            Step::Undo(who) => self.undo(who).await,
            Step::Pass(micros) => self.world.pass_some(micros).await,
            Step::Halt(stop) => self.halt(stop).await,
            Step::Cancel(n) => self.cancel(n).await,
            Step::Reopen(n) => self.reopen(n).await,
            Step::Consume { case, right, consumer } => self.consume(case, right, consumer).await,
            Step::Stranger(n) => self.stranger(n).await,
            Step::Restart => self.restart().await,
        }
        if self.halted {
            // Whatever took effect under a halt was not the machine's and not a timer's doing.
            let after = self.effective().await;
            assert_eq!(after.difference(&before).count(), 0, "{step:?} took effect under a halt");
        }
        self.check().await;
    }

    /// Decisions that stand: case and number.
    async fn effective(&self) -> BTreeSet<(CaseId, u32)> {
        let mut found = BTreeSet::new();
        for known in &self.known {
            let case = self.world.get(known.id).await;
            let stands =
                case.state.decisions.iter().filter(|d| d.state == DecisionState::Effective);
            found.extend(stands.map(|d| (known.id, d.n)));
        }
        found
    }

    async fn submit(&mut self, by: Option<u8>, confidence: Option<f64>, key: Option<u8>) {
        let principal = by.map_or_else(machine, person);
        let text = format!("{confidence:?}");
        let submission = Submission {
            key: key.map(|key| format!("key-{key}")),
            ..ticket(&text, "other", confidence)
        };
        let bits = confidence.map_or(0, f64::to_bits);
        let result = self.world.engine.submit(&principal, "tickets", submission, None).await;
        if let Some((id, _, known)) = key.and_then(|key| self.keys.get(&key)) {
            match result {
                Ok(again) => {
                    assert_eq!((again.case.core.id, again.created, *known), (*id, false, bits));
                }
                Err(error) => {
                    assert_eq!(error.code(), "key_conflict");
                    assert_ne!(*known, bits);
                }
            }
            return;
        }
        let submitted = result.unwrap();
        assert!(submitted.created);
        let case = submitted.case;
        let auto = confidence == Some(0.95) && !self.halted;
        let expected = if auto { Status::Decided } else { Status::Queued };
        assert_eq!(case.state.status, expected);
        if let Some(key) = key {
            self.keys.insert(key, (case.core.id, by, bits));
        }
        self.known.push(Known {
            id: case.core.id,
            made: case.core.created_at.0,
            by,
            barred: BTreeSet::new(),
            consumed: None,
        });
    }

    /// The cases that somebody may claim now, oldest first.
    async fn claimable(&self, who: u8) -> Vec<CaseId> {
        let mut open = Vec::new();
        for known in &self.known {
            let case = self.world.get(known.id).await;
            let free = matches!(case.state.status, Status::Queued | Status::Reopened);
            let holds = case.state.tasks.iter().flat_map(|task| &task.claims).any(|claim| {
                person(who).member().is_some_and(|(m, _)| m == claim.member && !claim.lapsed)
            });
            let arbitration = case
                .state
                .open_deciding_task()
                .is_some_and(|task| task.purpose.as_str() == "arbitrate");
            if free
                && !holds
                && !arbitration
                && known.by != Some(who)
                && !known.barred.contains(&who)
            {
                let task = case.state.open_deciding_task().unwrap();
                open.push((task.created_at.0.max(known.made), known.id));
            }
        }
        open.sort();
        open.into_iter().map(|(_, id)| id).collect()
    }

    async fn claim(&mut self, who: u8) {
        let open = self.claimable(who).await;
        let claim = self.world.claim(&person(who)).await;
        match claim {
            None => assert_eq!(open, [], "person {who} gets nothing"),
            Some(claim) => {
                assert_eq!(open.first(), Some(&claim.case.core.id), "person {who}");
                self.claims.insert(who, claim);
            }
        }
    }

    async fn judge(&mut self, who: u8, yes: bool) {
        let Some(claim) = self.claims.remove(&who) else { return };
        let case = self.world.get(claim.case.core.id).await;
        let holds = case.state.claim(claim.id.n).is_some_and(|(_, c)| c.token == claim.token);
        let verdict = if yes { Verdict::Approve } else { Verdict::Reject };
        let result = self.world.judge(&person(who), &claim, says(verdict, None)).await;
        match result {
            Ok(judged) => {
                assert!(holds, "a lost claim was honoured");
                assert_eq!(judged.case.state.status, Status::Held, "undo keeps it held");
                self.judged.insert(who, judged.id);
                self.bar(claim.case.core.id, who, true);
            }
            Err(error) => {
                assert!(!holds, "{error}: a claim that holds was refused");
                assert!(matches!(error.code(), "claim_lost" | "stale_token"), "{error}");
            }
        }
    }

    fn bar(&mut self, id: CaseId, who: u8, barred: bool) {
        for known in self.known.iter_mut().filter(|known| known.id == id) {
            if barred {
                known.barred.insert(who);
            } else {
                known.barred.remove(&who);
            }
        }
    }

    async fn release(&mut self, who: u8) {
        let Some(claim) = self.claims.remove(&who) else { return };
        let case = self.world.get(claim.case.core.id).await;
        let holds = case.state.claim(claim.id.n).is_some();
        let result = self.world.engine.release(&person(who), claim.id, Some(claim.token)).await;
        assert_eq!(result.is_ok(), holds);
    }

    async fn undo(&mut self, who: u8) {
        let Some(id) = self.judged.remove(&who) else { return };
        let case = self.world.get(id.case).await;
        let judgment = &case.state.judgments[id.n as usize - 1];
        let held = case.state.status == Status::Held && judgment.state == JudgmentState::Counted;
        let in_time = self.world.engine.now().0 - judgment.at.0 <= UNDO;
        let result = self.world.engine.undo(&person(who), id, None).await;
        assert_eq!(result.is_ok(), held && in_time, "{result:?}");
        if result.is_ok() {
            self.bar(id.case, who, false);
        }
    }

    async fn halt(&mut self, stop: bool) {
        let (engine, system) = (&self.world.engine, machine());
        if stop {
            engine.halt(&system, None, "stop", None).await.unwrap();
        } else {
            engine.resume(&system, None, "go", None).await.unwrap();
        }
        self.halted = stop;
    }

    async fn cancel(&mut self, n: u8) {
        let Some(known) = self.case(n) else { return };
        let done = self.world.get(known.id).await.state.status.is_final();
        let result = self.world.engine.cancel(&machine(), known.id, None).await;
        assert_eq!(result.is_err(), done);
    }

    async fn reopen(&mut self, n: u8) {
        let Some(known) = self.case(n) else { return };
        let decided = self.world.get(known.id).await.state.status == Status::Decided;
        let result = self.world.engine.reopen(&machine(), known.id, "look again", None).await;
        assert_eq!(result.is_ok(), decided);
        if decided {
            for case in self.known.iter_mut().filter(|case| case.id == known.id) {
                case.barred.clear();
                case.consumed = None;
            }
        }
    }

    /// A gate opens only for exactly what was decided, once, and never under a halt.
    async fn consume(&mut self, n: u8, right: bool, consumer: u8) {
        let Some(known) = self.case(n) else { return };
        super::proof::sealed(&self.world).await;
        let case = self.world.get(known.id).await;
        let decision = case.state.live_decision().filter(|d| d.state == DecisionState::Effective);
        let digest = match decision {
            Some(decision) if right => decision.digest.clone(),
            _ => "ab".repeat(32),
        };
        let name = format!("consumer-{consumer}");
        let result = self.world.engine.consume(&machine(), known.id, digest, name, None).await;
        let allowed = right
            && !self.halted
            && decision.is_some_and(|decision| decision.output.is_some())
            && known.consumed.is_none_or(|holder| holder == consumer);
        match result {
            Ok(grant) => {
                assert!(allowed, "a gate opened");
                assert_eq!(Some(&grant.arguments), decision.and_then(|d| d.output.as_ref()));
                for case in self.known.iter_mut().filter(|case| case.id == known.id) {
                    case.consumed = Some(consumer);
                }
            }
            Err(error) => {
                // A grant that was taken expires.
                assert!(!allowed || error.code() == "too_late", "{error}");
            }
        }
    }

    /// Somebody without a role sees and does nothing.
    async fn stranger(&mut self, n: u8) {
        let nobody = Principal { grants: Vec::new(), ..reviewer(77) };
        let engine = &self.world.engine;
        let refused = engine.submit(&nobody, "tickets", ticket("a", "other", None), None).await;
        assert_eq!(refused.unwrap_err().code(), "forbidden");
        let Some(known) = self.case(n) else { return };
        assert_eq!(engine.get(&nobody, known.id).await.unwrap_err().code(), "not_found");
        assert!(engine.cancel(&nobody, known.id, None).await.is_err());
        assert!(engine.reopen(&nobody, known.id, "why", None).await.is_err());
        let said = tandem_engine::Said {
            claim: None,
            judgment: says(Verdict::Reject, None),
            assertion: None,
        };
        assert!(engine.judge(&nobody, known.id, said, None).await.is_err());
        let elsewhere = Principal { space: "another".to_owned(), ..machine() };
        assert_eq!(engine.get(&elsewhere, known.id).await.unwrap_err().code(), "not_found");
    }

    async fn restart(&mut self) {
        self.world.engine.shutdown().await;
        self.world.engine = start(self.world.store.clone(), |config| {
            config.checkpoint_key = SigningKey::from_seed("model.example/log", &[1; 32]).ok();
        })
        .await;
    }

    /// What holds after every step, read from the database.
    async fn check(&self) {
        let mut statuses: BTreeMap<&str, u64> = BTreeMap::new();
        for known in &self.known {
            let case = self.world.get(known.id).await;
            laws(&case);
            *statuses.entry(case.state.status.as_str()).or_default() += 1;
            let handle = self.world.engine.loop_of(&case).await.unwrap();
            let route = case.state.route.clone().unwrap();
            let draws = handle.draws(known.id);
            let again = tandem_domain::policy::route(
                handle.spec(),
                route.loop_version,
                route.epoch,
                route.facts.clone(),
                draws,
            );
            if route.reasons[0].code != "halted" {
                assert_eq!(again, route, "the same facts give the same route");
            }
        }
        let summary = &self.world.engine.list_loops(&machine()).await.unwrap()[0];
        assert_eq!(summary.cases, self.known.len() as u64, "nothing acknowledged is lost");
        let open: u64 = ["queued", "claimed", "reopened", "held", "waiting_for_proposal"]
            .iter()
            .filter_map(|status| statuses.get(status))
            .sum();
        assert_eq!(summary.open, open, "totals fit the cases");
        assert_eq!(summary.decided, statuses.get("decided").copied().unwrap_or(0));
    }

    /// In the end every case comes to its end, and the ledger proves all of it.
    async fn finish(mut self) {
        if self.halted {
            self.halt(false).await;
        }
        for _ in 0..3 {
            self.world.pass(2 * DEADLINE).await;
        }
        for known in &self.known {
            let case = self.world.get(known.id).await;
            let reopened =
                case.state.decisions.iter().any(|d| d.state == DecisionState::Superseded);
            assert!(
                case.state.status.is_final() || reopened || case.state.overdue,
                "{} is neither final nor overdue: {:?}",
                known.id,
                case.state.status
            );
        }
        super::proof::sealed(&self.world).await;
        self.world.engine.checkpoint_now().await.unwrap();
        let report = self.world.engine.verify_live(&machine()).await.unwrap();
        assert_eq!(report.problems, []);
        self.world.engine.shutdown().await;
    }
}

fn laws(case: &Case) {
    let state = &case.state;
    assert!(state.decisions.iter().filter(|d| d.state.is_live()).count() <= 1);
    for task in &state.tasks {
        let held = task.claims.iter().filter(|claim| !claim.lapsed).count();
        let filled = state.filled(task.n).count();
        assert!(held + filled <= task.seats as usize, "more than the configured seats");
        let people: BTreeSet<_> = state.filled(task.n).map(|j| j.person.to_string()).collect();
        assert_eq!(people.len(), filled, "each judgment is another person's");
    }
    for decision in &state.decisions {
        assert_eq!(decision.digest.len(), 64);
        if decision.by == DecidedBy::People {
            for n in &decision.judgments {
                let judgment = &state.judgments[*n as usize - 1];
                let own = Some(judgment.person) == case.core.submitted_by_person;
                assert!(!own, "nobody approves their own proposal");
            }
        }
    }
    let undecided = state.live_decision().is_none();
    assert!(undecided || state.open_deciding_task().is_none());
}

impl World {
    /// Moves the clock and fires what is due; a halt puts timers off, so not until none is left.
    async fn pass_some(&self, micros: i64) {
        self.advance(micros);
        for _ in 0..3 {
            self.engine.fire_due().await.unwrap();
        }
    }
}

fn run(kind: Kind, cases: u32) {
    let config = Config { cases, max_shrink_iters: 200, ..Config::default() };
    let mut runner = TestRunner::new(config);
    let outcome = runner.run(&steps(), |steps| {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let mut model = Model::new(kind).await;
            for step in steps {
                model.take(step).await;
            }
            model.finish().await;
        });
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

#[test]
fn sqlite_agrees_with_the_model() {
    run(Kind::Sqlite, 40);
}

#[test]
fn postgres_agrees_with_the_model() {
    run(Kind::Postgres, 10);
}
