//! Random histories: every step is checked against the laws and against a plain ledger of what
//! was granted, held and made effective so far.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::json;
use tandem_domain::case::{
    AppealState, CaseCore, CaseState, DecidedBy, Decision, DecisionState, Delivery, JudgmentState,
    Purpose, Status, Verdict,
};
use tandem_domain::command::{Command, Context, Effect, Timer};
use tandem_domain::event::Kind;
use tandem_domain::loops::{LoopSpec, Meanwhile};
use tandem_domain::machine::{Outcome, decide, submit};
use tandem_domain::policy::{AutonomyFact, Facts, Standing};
use tandem_domain::{PersonId, Span, Timestamp};

use crate::fixtures::{answer, appeal, at, core, facts, judgment, proposal, reviewer, spec};

#[derive(Debug, Clone)]
enum Step {
    Wait(i64),
    FireTimers,
    Halt(bool),
    Claim(u8),
    Renew(u8),
    Release(u8),
    Judge { who: u8, verdict: u8, option: u8, claimed: bool },
    Undo { who: u8, n: u8 },
    Retract { who: u8, n: u8 },
    Propose { option: u8, confidence: u8, shadow: bool },
    Veto(u8),
    Cancel,
    Transfer(bool),
    Reprioritise(u8),
    Reopen,
    Appeal(u8),
    WithdrawAppeal(u8),
    Deliver,
    Consume { who: u8, right: bool, sealed: bool },
}

fn step() -> impl Strategy<Value = Step> {
    let who = 1_u8..=9;
    prop_oneof![
        2 => (1_i64..90).prop_map(Step::Wait),
        4 => Just(Step::FireTimers),
        1 => any::<bool>().prop_map(Step::Halt),
        4 => who.clone().prop_map(Step::Claim),
        1 => who.clone().prop_map(Step::Renew),
        1 => who.clone().prop_map(Step::Release),
        8 => (who.clone(), 0_u8..8, 0_u8..3, any::<bool>())
            .prop_map(|(who, verdict, option, claimed)| Step::Judge { who, verdict, option, claimed }),
        2 => (who.clone(), 1_u8..5).prop_map(|(who, n)| Step::Undo { who, n }),
        1 => (who.clone(), 1_u8..5).prop_map(|(who, n)| Step::Retract { who, n }),
        1 => (0_u8..3, 0_u8..10, any::<bool>())
            .prop_map(|(option, confidence, shadow)| Step::Propose { option, confidence, shadow }),
        1 => who.clone().prop_map(Step::Veto),
        1 => Just(Step::Cancel),
        2 => any::<bool>().prop_map(Step::Transfer),
        1 => (0_u8..12).prop_map(Step::Reprioritise),
        1 => Just(Step::Reopen),
        3 => who.clone().prop_map(Step::Appeal),
        1 => who.clone().prop_map(Step::WithdrawAppeal),
        1 => Just(Step::Deliver),
        2 => (1_u8..3, any::<bool>(), any::<bool>())
            .prop_map(|(who, right, sealed)| Step::Consume { who, right, sealed }),
    ]
}

fn loops() -> impl Strategy<Value = LoopSpec> {
    let rule = prop_oneof![Just("majority"), Just("unanimous")];
    let tie = prop_oneof![Just("add_reviewer"), Just("arbiter")];
    let mode = prop_oneof![Just("in_the_loop"), Just("on_the_loop"), Just("out_of_the_loop")];
    let deadline = prop_oneof![Just("escalate"), Just("reject"), Just("keep"), Just("approve")];
    let looks = prop_oneof![Just(None), Just(Some(0.5)), Just(Some(1.0))];
    let undo = prop_oneof![Just("0s"), Just("10s")];
    let meanwhile = prop_oneof![Just("stands"), Just("suspended")];
    let appeals = proptest::option::weighted(0.8, (meanwhile, any::<bool>(), 1_u32..3));
    (1_u32..4, rule, tie, mode, deadline, any::<bool>(), undo, (looks, appeals)).prop_map(
        |(reviewers, rule, tie, mode, action, reopen, undo, (looks, appeals))| {
            let mut spec = spec(&json!({
                "mode": mode,
                "review": {
                    "reviewers": reviewers, "undo": undo, "veto": "20s", "deadline": "5m",
                    "consensus": {"rule": rule, "on_tie": tie},
                    "on_deadline": action, "reopen_on_audit_error": reopen
                }
            }));
            if let Some((meanwhile, blind, count)) = appeals {
                let appeals = json!({
                    "meanwhile": meanwhile, "blind": blind, "window": "10m", "deadline": "2m",
                    "reviewers": {"count": count},
                });
                spec.appeals = Some(serde_json::from_value(appeals).expect("appeals"));
            }
            if let Some(share) = looks {
                spec.mode = tandem_domain::loops::Mode::InTheLoop;
                spec.policy.confidence = None;
                let autonomy = json!({"target_error": 0.1, "second_looks": share});
                spec.policy.autonomy = serde_json::from_value(autonomy).ok();
            }
            spec
        },
    )
}

/// What is known of a case when it comes in; where autonomy is asked, it lets confident ones pass.
fn known(spec: &LoopSpec, confidence: Option<f64>) -> Facts {
    let fact = |score: f64| AutonomyFact {
        group: String::new(),
        epoch: 1,
        standing: Standing::Acting,
        threshold: Some(0.8),
        automatic: score >= 0.8,
        propensity: 1.0,
        draw: 0.5,
        counts: true,
        second_draw: Some(0.3),
    };
    let asked = spec.policy.autonomy.is_some();
    Facts { autonomy: confidence.filter(|_| asked).map(fact), ..facts(confidence) }
}

const VERDICTS: [Verdict; 8] = [
    Verdict::Approve,
    Verdict::Reject,
    Verdict::Modify,
    Verdict::Answer,
    Verdict::RequestChanges,
    Verdict::Escalate,
    Verdict::Skip,
    Verdict::Unsure,
];
const OPTIONS: [&str; 3] = ["a", "b", "c"];

/// What the outside saw so far, kept apart from the state on purpose.
struct World {
    spec: LoopSpec,
    core: CaseCore,
    state: CaseState,
    ctx: Context,
    timers: BTreeMap<String, (Timer, Timestamp)>,
    grants: BTreeMap<u32, String>,
    learned: i64,
    vetoed: Vec<PersonId>,
}

impl World {
    fn start(spec: LoopSpec, confidence: Option<u8>) -> Self {
        let (core, ctx) = (core(), at(0));
        let confidence = confidence.map(|c| f64::from(c) / 9.0);
        let new = confidence.map(|c| proposal("a", c));
        let outcome =
            submit(&spec, &core, new, known(&spec, confidence), &ctx).expect("a valid case");
        let mut world = Self {
            spec,
            core,
            state: outcome.state.clone(),
            ctx,
            timers: BTreeMap::new(),
            grants: BTreeMap::new(),
            learned: 0,
            vetoed: Vec::new(),
        };
        world.absorb(outcome);
        world
    }

    fn run(&mut self, command: Command) -> bool {
        let facts = match &command {
            Command::Propose { proposal, .. } => Some(facts(proposal.weakest())),
            _ => None,
        };
        let before = self.state.clone();
        let go = || {
            decide(
                &self.spec,
                &self.core,
                before.clone(),
                command.clone(),
                facts.clone(),
                &self.ctx,
            )
        };
        let result = go();
        assert_eq!(result, go(), "the same input must give the same outcome");
        match result {
            Ok(outcome) => {
                if outcome.events.is_empty() {
                    assert_eq!(outcome.state, before, "no event, no change");
                }
                self.absorb(outcome);
                true
            }
            Err(_) => false,
        }
    }

    fn absorb(&mut self, outcome: Outcome) {
        for effect in &outcome.effects {
            match effect {
                Effect::SetTimer { timer, at } => {
                    self.timers.insert(timer.name(), (*timer, *at));
                }
                Effect::ClearTimer { timer } => {
                    self.timers.remove(&timer.name());
                }
                Effect::Learn { .. } => self.learned += 1,
                Effect::Unlearn { .. } => self.learned -= 1,
                _ => {}
            }
        }
        let effective = outcome.events.iter().any(|event| event.kind == Kind::Effective);
        let consumed = outcome.events.iter().any(|event| event.kind == Kind::Consumed);
        assert!(!(self.ctx.halted && (effective || consumed)), "a halt lets nothing through");
        self.state = outcome.state;
        self.check();
    }

    fn check(&mut self) {
        let state = &self.state;
        let live: Vec<_> = state.decisions.iter().filter(|d| d.state.is_live()).collect();
        assert!(live.len() <= 1, "at most one live decision");
        for task in &state.tasks {
            let held = task.claims.iter().filter(|claim| !claim.lapsed).count();
            let filled: Vec<_> = state.filled(task.n).collect();
            assert!(filled.len() <= task.seats as usize);
            assert!(!task.open || held + filled.len() <= task.seats as usize, "seats exceeded");
            assert!(task.open || task.claims.is_empty(), "a closed task holds no claim");
            let mut persons: Vec<_> = filled.iter().map(|j| j.person).collect();
            persons.sort();
            persons.dedup();
            assert_eq!(persons.len(), filled.len(), "a natural person counts once per task");
        }
        assert!(
            state.judgments.iter().all(|j| Some(j.person) != self.core.submitted_by_person),
            "nobody judges their own proposal"
        );
        for decision in &state.decisions {
            if decision.by == DecidedBy::People && decision.state.is_live() {
                assert!(!decision.judgments.is_empty());
                assert!(decision.judgments.iter().all(|n| {
                    let judgment = &state.judgments[*n as usize - 1];
                    matches!(judgment.state, JudgmentState::Counted | JudgmentState::Retracted)
                }));
            }
            if let Delivery::Consumed { consumer, .. } = &decision.delivery {
                let first = self.grants.entry(decision.n).or_insert_with(|| consumer.clone());
                assert_eq!(first, consumer, "one grant, one consumer");
            }
            if decision.state == DecisionState::Effective {
                assert!(decision.effective_at <= self.ctx.now, "effective before its time");
            }
        }
        let pending = |kind: &str| self.timers.keys().any(|name| name.starts_with(kind));
        match state.status {
            Status::Held => assert!(pending("effect"), "a held decision needs its timer"),
            Status::WaitingForProposal => {
                assert!(pending("revision"), "a revision needs its timer");
            }
            Status::Queued | Status::Claimed | Status::Reopened => {
                assert!(state.open_deciding_task().is_some(), "an open case has an open task");
            }
            Status::Decided => assert_eq!(live.len(), 1),
            Status::Cancelled => assert!(live.is_empty()),
        }
        for task in state.tasks.iter().filter(|task| task.open) {
            for claim in task.claims.iter().filter(|claim| !claim.lapsed) {
                let name = Timer::Lease(claim.n).name();
                assert!(self.timers.contains_key(&name), "a lease needs its timer");
            }
        }
        self.check_appeals();
        assert!((0..=1).contains(&self.learned), "one live decision teaches once");
        if let Some(finding) = &self.state.finding {
            let state = &self.state;
            let looks = finding.looks.iter().map(|look| look.judgment);
            let judged = finding.judgments.iter().copied().chain(looks).map(|n| n as usize - 1);
            let mut persons: Vec<_> = judged.map(|n| state.judgments[n].person).collect();
            let all = persons.len();
            persons.sort();
            persons.dedup();
            assert_eq!(persons.len(), all, "nobody looks again at what they judged");
            assert!(finding.looks.len() <= 2 && (!finding.is_tied() || finding.wrong()));
        }
    }

    /// Whoever decided, judged, vetoed, asked for or handed in what an appeal is about never decides it,
    /// whatever accounts they have; and no machine and no time limit does.
    fn check_appeals(&self) {
        let state = &self.state;
        let open: Vec<_> =
            state.appeals.iter().filter(|appeal| appeal.state == AppealState::Open).collect();
        assert!(open.len() <= 1, "one appeal at a time");
        for appeal in &open {
            let name = Timer::Appeal(appeal.n).name();
            assert!(appeal.overdue || self.timers.contains_key(&name), "an appeal needs its timer");
            let contested = &state.decisions[appeal.decision as usize - 1];
            let held = state.decisions.iter().any(|d| d.state == DecisionState::Held);
            let suspended = held || appeal.meanwhile == Meanwhile::Suspended;
            assert_eq!(contested.state == DecisionState::Suspended, suspended);
            assert_eq!(contested.state == DecisionState::Effective, !suspended);
        }
        if open.is_empty() {
            let suspended = |d: &Decision| d.state == DecisionState::Suspended;
            assert!(!state.decisions.iter().any(suspended), "nothing stays suspended");
        }
        for decision in &state.decisions {
            let Some(ruling) = decision.ruling else { continue };
            let appeal = &state.appeals[ruling.appeal as usize - 1];
            assert_eq!((decision.by, appeal.decision), (DecidedBy::People, ruling.decision));
            let (before, after) = state.judgments.split_at(appeal.before.judgments as usize);
            for n in &decision.judgments {
                let judgment = &state.judgments[*n as usize - 1];
                assert!(after.contains(judgment));
                let person = judgment.person;
                assert!(before.iter().all(|earlier| earlier.person != person), "decided before");
                assert_ne!(Some(person), self.core.submitted_by_person);
                assert_ne!(Some(person), appeal.lodged_by_person);
                assert!(!self.vetoed.contains(&person));
                let approved = matches!(judgment.verdict, Verdict::Approve | Verdict::Modify);
                assert!(!(appeal.blind && approved), "nobody approves unseen");
            }
        }
    }

    fn fire_timers(&mut self) {
        let due: Vec<_> = self
            .timers
            .iter()
            .filter(|(_, (_, at))| *at <= self.ctx.now)
            .map(|(name, _)| name.clone())
            .collect();
        for name in due {
            let command = Timer::command(&name).expect("a timer's name is a command");
            let kept = self.timers.remove(&name);
            // Refused under a halt: the shell keeps the timer and tries again.
            if let (false, Some(timer)) = (self.run(command), kept) {
                self.timers.insert(name, timer);
            }
        }
    }

    fn apply(&mut self, step: &Step) {
        match *step {
            Step::Wait(seconds) => self.ctx.now = self.ctx.now + Span::seconds(seconds),
            Step::Halt(on) => self.ctx.halted = on,
            Step::Transfer(away) => {
                let queue = if away { "vip" } else { "default" }.to_owned();
                let movable = |task: &&tandem_domain::Task| {
                    task.open && !matches!(task.purpose, Purpose::Arbitrate | Purpose::Appeal)
                };
                let wanted = self.state.tasks.iter().find(movable).map(|task| task.n);
                let done = self.run(Command::Transfer { queue: queue.clone(), bulk: None });
                assert_eq!(done, wanted.is_some(), "what waits for reviewers moves, nothing else");
                if let Some(task) = wanted.and_then(|n| self.state.task(n)) {
                    assert_eq!(task.queue, queue);
                    let stays: Vec<_> = task.stays(self.ctx.now).collect();
                    assert!(stays.windows(2).all(|pair| pair[0].until == pair[1].from));
                }
            }
            Step::Reprioritise(priority) => {
                let status = self.state.status;
                let done = self.run(Command::Reprioritise { priority, bulk: None });
                assert!(!done || priority <= 9);
                assert_eq!(self.state.status, status);
            }
            Step::FireTimers => self.fire_timers(),
            Step::Claim(who) => {
                self.run(Command::Claim { tasks: None, reviewer: reviewer(who) });
            }
            Step::Renew(who) => {
                if let Some((claim, token)) = self.claim_of(who) {
                    self.run(Command::Renew { claim, token, reviewer: reviewer(who) });
                }
            }
            Step::Release(who) => {
                if let Some((claim, _)) = self.claim_of(who) {
                    self.run(Command::Release { claim, by: Some(reviewer(who)) });
                }
            }
            Step::Judge { who, verdict, option, claimed } => {
                let verdict = VERDICTS[verdict as usize];
                let given = matches!(verdict, Verdict::Modify | Verdict::Answer);
                let judgment = judgment(verdict, given.then(|| OPTIONS[option as usize]));
                let claim = if claimed { self.claim_of(who) } else { None };
                self.run(Command::Judge {
                    claim,
                    reviewer: reviewer(who),
                    judgment: Box::new(judgment),
                    tasks: None,
                    void: Vec::new(),
                    edited: None,
                });
            }
            Step::Undo { who, n } => {
                self.run(Command::Undo { judgment: n.into(), reviewer: reviewer(who) });
            }
            Step::Retract { who, n } => {
                self.run(Command::Retract { judgment: n.into(), by: Some(reviewer(who)) });
            }
            Step::Propose { option, confidence, shadow } => {
                let new = proposal(OPTIONS[option as usize], f64::from(confidence) / 9.0);
                self.run(Command::Propose { proposal: new, shadow });
            }
            Step::Veto(who) => {
                if self.run(Command::Veto { reviewer: reviewer(who) }) {
                    self.vetoed.push(reviewer(who).person);
                }
            }
            Step::Cancel => {
                self.run(Command::Cancel);
            }
            Step::Reopen => {
                self.run(Command::Reopen);
            }
            Step::Appeal(who) => {
                self.ctx.person = Some(reviewer(who).person);
                let appeal = Box::new(appeal(&format!("account {who}")));
                let lodged = self.run(Command::Appeal { appeal });
                self.ctx.person = None;
                let allowed = self.spec.appeals.is_some();
                assert!(!lodged || allowed, "a loop without appeals takes none");
            }
            Step::WithdrawAppeal(who) => {
                self.ctx.person = Some(reviewer(who).person);
                self.run(Command::WithdrawAppeal { by: format!("account {who}") });
                self.ctx.person = None;
            }
            Step::Deliver => {
                self.run(Command::Deliver);
            }
            Step::Consume { who, right, sealed } => {
                let opened = self.run(Command::Consume {
                    digest: if right { String::new() } else { "other".to_owned() },
                    consumer: format!("consumer-{who}"),
                    grant: format!("grant-{who}"),
                    valid: Span::seconds(60),
                    halted: self.ctx.halted,
                    sealed,
                });
                assert!(
                    !opened || (right && sealed && !self.ctx.halted),
                    "the gate opened wrongly"
                );
            }
        }
    }

    fn claim_of(&self, who: u8) -> Option<(u32, u64)> {
        let claims = self.state.tasks.iter().flat_map(|task| &task.claims);
        claims
            .filter(|claim| claim.member == reviewer(who).member)
            .map(|claim| (claim.n, claim.token))
            .next()
    }
}

trait Weakest {
    fn weakest(&self) -> Option<f64>;
}

impl Weakest for tandem_domain::command::NewProposal {
    fn weakest(&self) -> Option<f64> {
        self.confidence.values().copied().reduce(f64::min)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, ..ProptestConfig::default() })]

    #[test]
    fn every_history_keeps_the_laws(
        spec in loops(),
        confidence in proptest::option::of(0_u8..10),
        steps in proptest::collection::vec(step(), 1..60),
    ) {
        let mut world = World::start(spec, confidence);
        for step in &steps {
            world.apply(step);
        }
    }

    #[test]
    fn every_case_ends_once_people_answer(
        spec in loops(),
        confidence in proptest::option::of(0_u8..10),
        steps in proptest::collection::vec(step(), 0..30),
    ) {
        let mut world = World::start(spec, confidence);
        for step in &steps {
            world.apply(step);
        }
        // Fresh reviewers answer alike, an arbiter is among them, and time passes.
        world.ctx.halted = false;
        for round in 0..12_u8 {
            for who in 20 + round * 6..26 + round * 6 {
                let mut fresh = reviewer(who);
                fresh.arbiter = true;
                let judgment = judgment(Verdict::Answer, Some("b"));
                world.run(Command::Judge { claim: None, reviewer: fresh, judgment: Box::new(judgment), tasks: None, void: Vec::new(), edited: None });
            }
            world.ctx.now = world.ctx.now + Span::seconds(400);
            world.fire_timers();
        }
        prop_assert!(world.state.status.is_final(), "still {:?}", world.state.status);
        prop_assert!(world.state.open_appeal().is_none(), "an appeal was never decided");
        prop_assert_eq!(answer("b").len(), 1);
    }

    #[test]
    fn the_stored_document_reads_back(
        spec in loops(),
        confidence in proptest::option::of(0_u8..10),
        steps in proptest::collection::vec(step(), 1..40),
    ) {
        let mut world = World::start(spec, confidence);
        for step in &steps {
            world.apply(step);
        }
        let text = serde_json::to_string(&world.state).expect("serialises");
        let back: CaseState = serde_json::from_str(&text).expect("reads back");
        prop_assert_eq!(back, world.state);
    }
}
