//! Second looks: who is asked, what counts, and what becomes of judgments that are taken back.

use serde_json::json;
use tandem_domain::case::{CaseState, Purpose, Status, Verdict};
use tandem_domain::command::{Command, Effect, Timer};
use tandem_domain::event::Kind;
use tandem_domain::loops::LoopSpec;
use tandem_domain::machine::{Outcome, decide, submit};
use tandem_domain::policy::{AutonomyFact, Facts, Standing};
use tandem_domain::refusal::Code;

use crate::fixtures::{at, core, facts, judgment, proposal, reviewer, spec};

fn looks(share: f64, undo: &str) -> LoopSpec {
    let mut spec = spec(&json!({"review": {"undo": undo}}));
    spec.policy.confidence = None;
    let autonomy = json!({"target_error": 0.1, "audit_rate": 1.0, "second_looks": share});
    spec.policy.autonomy = Some(serde_json::from_value(autonomy).expect("a policy"));
    spec
}

/// A case that autonomy was asked about; the coin of second looks fell on `draw`.
fn came_in(spec: &LoopSpec, automatic: bool, draw: f64) -> CaseState {
    let standing = if automatic { Standing::Acting } else { Standing::Earning };
    let fact = AutonomyFact {
        group: String::new(),
        epoch: 1,
        standing,
        threshold: Some(0.5),
        automatic,
        propensity: 1.0,
        draw: 0.5,
        counts: true,
        second_draw: Some(draw),
    };
    let facts = Facts { autonomy: Some(fact), ..facts(Some(0.9)) };
    submit(spec, &core(), Some(proposal("a", 0.9)), facts, &at(0)).expect("a case").state
}

fn judge(who: u8, option: &str) -> Command {
    let judgment = judgment(Verdict::Answer, Some(option));
    Command::Judge {
        claim: None,
        reviewer: reviewer(who),
        judgment: Box::new(judgment),
        tasks: None,
        void: Vec::new(),
        edited: None,
    }
}

fn run(spec: &LoopSpec, state: CaseState, command: Command) -> Outcome {
    decide(spec, &core(), state, command, None, &at(1)).expect("allowed")
}

fn open(state: &CaseState) -> Option<u32> {
    let task = state.tasks.iter().find(|t| t.open && t.purpose == Purpose::CrossCheck)?;
    assert!(task.blind && task.seats == 1);
    Some(task.n)
}

fn wrong(state: &CaseState) -> bool {
    state.finding.as_ref().expect("a finding").wrong()
}

#[test]
fn an_error_is_looked_at_by_another_person_and_an_agreement_by_chance() {
    let spec = looks(0.2, "0s");
    let agreed = run(&spec, came_in(&spec, false, 0.3), judge(1, "a"));
    assert_eq!((open(&agreed.state), wrong(&agreed.state)), (None, false));
    let drawn = run(&spec, came_in(&spec, false, 0.1), judge(1, "a"));
    assert!(open(&drawn.state).is_some() && !wrong(&drawn.state));
    assert_eq!(drawn.state.status, Status::Decided);
    let asked = drawn.events.iter().find(|event| event.kind == Kind::LookAsked).unwrap();
    assert_eq!((&asked.data["propensity"], &asked.data["draw"]), (&json!(0.2), &json!(0.1)));
    let found = run(&spec, came_in(&spec, false, 0.99), judge(3, "b"));
    assert!(open(&found.state).is_some() && wrong(&found.state));
    // Accounts 3 and 4 are one person, and 9 handed the case in.
    for who in [3, 4, 9] {
        let refused = decide(&spec, &core(), found.state.clone(), judge(who, "b"), None, &at(1));
        assert_eq!(refused.unwrap_err().code, Code::NotEligible, "{who}");
    }
    let seen = run(&spec, found.state, judge(5, "c"));
    assert!(open(&seen.state).is_none() && wrong(&seen.state));
    assert_eq!(seen.state.status, Status::Decided);
}

#[test]
fn without_second_looks_nobody_is_asked() {
    let spec = looks(0.0, "0s");
    let found = run(&spec, came_in(&spec, false, 0.0), judge(1, "b"));
    assert!(found.state.tasks.iter().all(|task| task.purpose == Purpose::Decide));
    assert!(wrong(&found.state));
}

#[test]
fn two_of_three_decide_and_a_tie_counts_as_wrong() {
    let spec = looks(1.0, "0s");
    for (said, counts, third) in [
        (["b", "a", "a"], [true, true, false], true),
        (["b", "a", "c"], [true, true, true], true),
        (["a", "b", "b"], [false, true, true], true),
        (["a", "b", "a"], [false, true, false], true),
        (["a", "a", "b"], [false, false, false], false),
        (["b", "c", "a"], [true, true, true], false),
    ] {
        let mut state = came_in(&spec, false, 0.5);
        for (who, (answer, counts)) in [1, 2, 5].into_iter().zip(said.into_iter().zip(counts)) {
            if who == 5 && open(&state).is_none() {
                assert!(!third, "{said:?}");
                break;
            }
            state = run(&spec, state, judge(who, answer)).state;
            assert_eq!(wrong(&state), counts, "{said:?} {who}");
        }
        assert_eq!(state.finding.as_ref().unwrap().looks.len(), if third { 2 } else { 1 });
        assert!(open(&state).is_none());
    }
}

#[test]
fn an_audit_that_others_overrule_says_so() {
    let spec = looks(1.0, "0s");
    let state = came_in(&spec, true, 0.5);
    let state = run(&spec, state, judge(1, "b")).state;
    let state = run(&spec, state, judge(2, "a"));
    assert!(!state.effects.iter().any(|e| matches!(e, Effect::AuditOverruled { .. })));
    let over = run(&spec, state.state, judge(5, "a"));
    assert!(over.effects.contains(&Effect::AuditOverruled { error: false }));
    assert_eq!(over.state.status, Status::Decided);
}

#[test]
fn a_look_counts_after_its_undo_window_and_can_be_undone_in_it() {
    let spec = looks(1.0, "10s");
    let audited = run(&spec, came_in(&spec, true, 0.5), judge(1, "b")).state;
    let settle = |state, task| {
        decide(&spec, &core(), state, Command::SettleAudit { task }, None, &at(12)).unwrap()
    };
    let state = settle(audited, 1).state;
    let task = open(&state).unwrap();
    let looked = run(&spec, state, judge(2, "a"));
    assert!(looked.state.finding.as_ref().unwrap().looks.is_empty());
    let timer = Timer::Audit(task);
    let set = |e: &Effect| matches!(e, Effect::SetTimer { timer: t, .. } if *t == timer);
    assert!(looked.effects.iter().any(set));
    let undo = Command::Undo { judgment: 2, reviewer: reviewer(2) };
    let undone = run(&spec, looked.state.clone(), undo);
    assert!(undone.effects.contains(&Effect::ClearTimer { timer }));
    assert_eq!(open(&undone.state), Some(task));
    assert_eq!(settle(looked.state, task).state.finding.unwrap().looks.len(), 1);
}

#[test]
fn what_is_taken_back_is_asked_for_again() {
    let spec = looks(1.0, "0s");
    let retract = |judgment| Command::Retract { judgment, by: None };
    // An audit: its task is open again, for somebody else.
    let state = run(&spec, came_in(&spec, true, 0.5), judge(1, "a")).state;
    let back = run(&spec, state.clone(), retract(1));
    assert!(back.effects.contains(&Effect::AuditRetracted { judgment: 1 }));
    assert!(back.state.finding.is_none() && open(&back.state).is_none());
    assert!(back.state.tasks[0].open && back.state.status == Status::Decided);
    let again = run(&spec, back.state, judge(2, "b")).state;
    assert!(wrong(&again) && open(&again).is_none(), "no further coin is drawn");
    // A look: the tie it made is gone, and its task is open again.
    let state = run(&spec, state, judge(2, "b")).state;
    assert!(wrong(&state));
    let back = run(&spec, state, retract(2));
    assert!(back.effects.contains(&Effect::AuditOverruled { error: false }));
    assert_eq!((open(&back.state), wrong(&back.state)), (Some(2), false));
    // A review: the case is found anew once it is open again.
    let state = run(&spec, came_in(&spec, false, 0.5), judge(1, "a")).state;
    let reopened = run(&spec, state, Command::Reopen).state;
    assert!(reopened.finding.is_none() && open(&reopened).is_none());
    assert!(wrong(&run(&spec, reopened, judge(2, "c")).state));
}
