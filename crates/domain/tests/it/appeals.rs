//! Appeals, on the state machine alone.

use proptest::prelude::*;
use serde_json::{Value, json};
use tandem_domain::PersonId;
use tandem_domain::case::{
    AppealEvidence, AppealState, CaseState, DecisionState, Outcome, Purpose, Status, Verdict,
};
use tandem_domain::command::{Command, Context, Effect, MAX_ONE_WITH, NewAppeal, Reviewer};
use tandem_domain::loops::LoopSpec;
use tandem_domain::machine::{self, decide};
use tandem_domain::refusal::{Code, Refusal};

use crate::fixtures::{
    answer, appeal, at, core, facts, judgment, person, proposal, reviewer, spec,
};

const DAY: i64 = 86_400;

fn contestable(appeals: &Value) -> LoopSpec {
    let mut appeals = appeals.clone();
    appeals["deadline"] = json!("5d");
    spec(&json!({
        "review": {"undo": "0s"},
        "policy": {"confidence": {"auto_at": 0.9, "audit_rate": 0.0}},
        "notice": {"template": "We chose {answer.intent}.", "rejected": "No."},
        "appeals": appeals,
    }))
}

fn run(spec: &LoopSpec, state: CaseState, command: Command, ctx: &Context) -> machine::Outcome {
    decide(spec, &core(), state, command, None, ctx).expect("the command is allowed")
}

fn refused(spec: &LoopSpec, state: &CaseState, command: Command, ctx: &Context) -> Refusal {
    decide(spec, &core(), state.clone(), command, None, ctx).expect_err("must be refused")
}

fn said(who: Reviewer, verdict: Verdict, option: Option<&str>) -> Command {
    let judgment = Box::new(judgment(verdict, option));
    Command::Judge {
        claim: None,
        reviewer: who,
        judgment,
        tasks: None,
        void: Vec::new(),
        edited: None,
    }
}

fn lodge() -> Command {
    Command::Appeal { appeal: Box::new(appeal("key")) }
}

/// A case that account 1 decided: `b`.
fn decided(spec: &LoopSpec) -> CaseState {
    let new = proposal("a", 0.5);
    let state = machine::submit(spec, &core(), Some(new), facts(Some(0.5)), &at(0))
        .expect("accepted")
        .state;
    run(spec, state, said(reviewer(1), Verdict::Answer, Some("b")), &at(0)).state
}

fn consume() -> Command {
    Command::Consume {
        digest: String::new(),
        consumer: "payments".to_owned(),
        grant: "grt_1".to_owned(),
        valid: tandem_domain::Span::seconds(60),
        halted: false,
        sealed: true,
    }
}

#[test]
fn somebody_else_decides_anew_and_sees_nothing_of_what_was() {
    let spec = contestable(&json!({}));
    let state = decided(&spec);
    let until = state.decisions[0].contestable_until.expect("contestable");
    assert_eq!(until, at(30 * DAY).now);
    let notice = state.decisions[0].notice.as_deref().expect("a notice");
    assert!(notice.starts_with("We chose b.\n\n") && notice.contains("1970-01-31"), "{notice}");

    let lodged = run(&spec, state, lodge(), &at(1));
    assert!(lodged.effects.contains(&Effect::Publish { topic: "appeal.lodged" }));
    let state = lodged.state;
    let task = state.appeal_task().expect("a task");
    assert_eq!((task.purpose, task.blind, task.queue.as_str()), (Purpose::Appeal, true, "appeals"));
    // It stands meanwhile: the case is decided, and may be acted on.
    assert_eq!(state.status, Status::Decided);
    assert_eq!(run(&spec, state.clone(), consume(), &at(2)).state.status, Status::Decided);

    let first = refused(&spec, &state, said(reviewer(1), Verdict::Reject, None), &at(2));
    assert_eq!(first.code, Code::NotEligible);
    for verdict in [Verdict::Approve, Verdict::RequestChanges] {
        let unseen = refused(&spec, &state, said(reviewer(5), verdict, None), &at(2));
        assert_eq!(unseen.code, Code::InvalidVerdict);
    }
    let mut other_role = reviewer(5);
    other_role.appeals = false;
    let role = refused(&spec, &state, said(other_role, Verdict::Answer, Some("a")), &at(2));
    assert_eq!(role.code, Code::NotEligible);

    let done = run(&spec, state, said(reviewer(5), Verdict::Answer, Some("a")), &at(3));
    for topic in ["appeal.decided", "case.decided"] {
        assert!(done.effects.contains(&Effect::Publish { topic }), "{topic}");
    }
    let teaches = |effect: &Effect| matches!(effect, Effect::Learn { .. } | Effect::Unlearn { .. });
    let teaching: Vec<_> = done.effects.iter().filter(|effect| teaches(effect)).collect();
    assert_eq!(teaching, [&Effect::Unlearn { decision: 1 }, &Effect::Learn { decision: 2 }]);
    let state = done.state;
    let ruling = state.decisions[1].ruling.expect("made on an appeal");
    assert!(ruling.overturned && ruling.decision == 1);
    assert_eq!(state.decisions[0].state, DecisionState::Superseded);
    assert_eq!(state.decisions[1].contestable_until, None);
    assert_eq!(state.appeals[0].state, AppealState::Overturned);
    assert_eq!(state.appeals[0].ruling, Some(2));
    let again = refused(&spec, &state, lodge(), &at(4));
    assert_eq!(again.code, Code::NotAppealable);
}

#[test]
fn a_suspended_decision_is_not_in_force_until_the_appeal_is_over() {
    let spec = contestable(&json!({"meanwhile": "suspended", "blind": false}));
    let state = run(&spec, decided(&spec), lodge(), &at(1)).state;
    assert_eq!(state.status, Status::Reopened);
    assert_eq!(state.decisions[0].state, DecisionState::Suspended);
    assert_eq!(refused(&spec, &state, consume(), &at(2)).code, Code::AppealOpen);
    for command in [Command::Cancel, lodge()] {
        assert_eq!(refused(&spec, &state, command, &at(2)).code, Code::AppealOpen);
    }
    let propose = Command::Propose { proposal: proposal("c", 0.99), shadow: false };
    let machine = decide(&spec, &core(), state.clone(), propose, Some(facts(Some(0.99))), &at(2));
    assert_eq!(machine.expect_err("no machine decides it").code, Code::AppealOpen);
    // No time limit of the case decides it either.
    let mut late = state.clone();
    late.deadline = Some(at(2).now);
    assert!(run(&spec, late, Command::Deadline, &at(3)).events.is_empty());

    let mut back = at(4);
    back.person = None;
    let other = Command::WithdrawAppeal { by: "somebody".to_owned() };
    assert_eq!(refused(&spec, &state, other, &back).code, Code::NotEligible);
    let own = Command::WithdrawAppeal { by: "key".to_owned() };
    let withdrawn = run(&spec, state.clone(), own, &back).state;
    assert_eq!(withdrawn.status, Status::Decided);
    assert_eq!(withdrawn.decisions[0].state, DecisionState::Effective);
    assert_eq!(withdrawn.appeals[0].state, AppealState::Withdrawn);
    assert!(withdrawn.appeal_task().is_none());
    let taken = run(&spec, withdrawn.clone(), consume(), &at(5)).state;
    assert_eq!(taken.decisions[0].delivery.as_str(), "consumed");
    assert!(run(&spec, withdrawn, lodge(), &at(6)).state.open_appeal().is_some());

    // The same outcome is upheld: a further decision all the same.
    let upheld = run(&spec, state, said(reviewer(5), Verdict::Answer, Some("b")), &at(7)).state;
    assert_eq!(upheld.appeals[0].state, AppealState::Upheld);
    assert_eq!(upheld.live_decision().map(|d| (d.n, d.outcome)), Some((2, Outcome::Modified)));
    assert_eq!(
        run(&spec, upheld, consume(), &at(8)).state.decisions[1].delivery.as_str(),
        "consumed"
    );
}

#[test]
fn the_window_ends_to_the_microsecond_and_begins_when_the_decision_takes_effect() {
    let spec = contestable(&json!({"window": "1d"}));
    let state = decided(&spec);
    let mut edge = at(DAY);
    edge.now.0 -= 1;
    assert!(run(&spec, state.clone(), lodge(), &edge).state.open_appeal().is_some());
    let late = refused(&spec, &state, lodge(), &at(DAY));
    assert_eq!(late.code, Code::TooLate);
    assert!(late.message.contains("1970-01-02"), "{}", late.message);

    // A halt holds the decision: nobody loses time by it.
    let new = proposal("a", 0.5);
    let state = machine::submit(&spec, &core(), Some(new), facts(Some(0.5)), &at(0)).unwrap().state;
    let mut halted = at(0);
    halted.halted = true;
    let held = run(&spec, state, said(reviewer(1), Verdict::Answer, Some("b")), &halted).state;
    assert_eq!(refused(&spec, &held, lodge(), &halted).code, Code::InvalidTransition);
    let lifted = run(&spec, held, Command::TakeEffect { decision: 1 }, &at(DAY)).state;
    assert_eq!(lifted.decisions[0].contestable_until, Some(at(2 * DAY).now));

    let none = crate::fixtures::spec(&json!({"review": {"undo": "0s"}}));
    let refusal = refused(&none, &decided(&none), lodge(), &at(1));
    assert_eq!(refusal.code, Code::NotAppealable);
}

#[test]
fn a_deadline_raises_an_alarm_and_decides_nothing() {
    let spec = contestable(&json!({}));
    let state = run(&spec, decided(&spec), lodge(), &at(1)).state;
    let early = run(&spec, state.clone(), Command::AppealOverdue { appeal: 1 }, &at(5 * DAY));
    assert!(early.events.is_empty());
    let late = run(&spec, state, Command::AppealOverdue { appeal: 1 }, &at(5 * DAY + 1));
    assert!(late.effects.contains(&Effect::Publish { topic: "appeal.overdue" }));
    assert!(late.state.appeals[0].overdue && late.state.appeal_task().is_some());
    assert_eq!(late.state.priority, Some(9));
    assert_eq!(late.state.decisions.len(), 1);
    let twice = run(&spec, late.state, Command::AppealOverdue { appeal: 1 }, &at(6 * DAY));
    assert!(twice.events.is_empty());
}

#[test]
fn two_who_differ_ask_a_third_and_undoing_brings_the_old_decision_back() {
    let mut spec = contestable(&json!({"reviewers": {"of": "reviewer", "count": 2}}));
    spec.review.undo = Some(tandem_domain::Span::seconds(10));
    let held = decided(&spec);
    let state = run(&spec, held, Command::TakeEffect { decision: 1 }, &at(10)).state;
    let state = run(&spec, state, lodge(), &at(11)).state;
    let state = run(&spec, state, said(reviewer(5), Verdict::Answer, Some("a")), &at(12)).state;
    let state = run(&spec, state, said(reviewer(6), Verdict::Reject, None), &at(13)).state;
    assert_eq!(state.appeal_task().map(|task| task.seats), Some(3));
    assert_eq!(state.status, Status::Decided);
    let state = run(&spec, state, said(reviewer(7), Verdict::Answer, Some("a")), &at(14)).state;
    assert_eq!(state.status, Status::Held);
    assert_eq!(state.decisions[0].state, DecisionState::Suspended);
    assert_eq!(state.open_appeal().map(|appeal| appeal.n), Some(1));
    let back = Command::WithdrawAppeal { by: "key".to_owned() };
    assert_eq!(refused(&spec, &state, back, &at(15)).code, Code::TooLate);
    let undo = Command::Undo { judgment: 4, reviewer: reviewer(7) };
    let undone = run(&spec, state.clone(), undo, &at(15)).state;
    assert_eq!(undone.status, Status::Decided);
    assert_eq!(undone.decisions[0].state, DecisionState::Effective);
    assert!(undone.appeal_task().is_some());
    let done = run(&spec, state, Command::TakeEffect { decision: 2 }, &at(24)).state;
    assert_eq!(done.decisions[1].judgments, [2, 4]);
    assert_eq!(done.appeals[0].state, AppealState::Overturned);
}

#[test]
fn sizes_are_bounded_and_evidence_is_something() {
    let spec = contestable(&json!({}));
    let state = decided(&spec);
    let piece = |text: Option<&str>| AppealEvidence {
        title: None,
        text: text.map(str::to_owned),
        media: None,
    };
    let with = |change: &dyn Fn(&mut NewAppeal)| {
        let mut new = appeal("key");
        change(&mut new);
        refused(&spec, &state, Command::Appeal { appeal: Box::new(new) }, &at(1))
    };
    let cases = [
        (with(&|new| new.by = " ".to_owned()), "/by"),
        (with(&|new| new.by = "x".repeat(257)), "/by"),
        (with(&|new| new.statement = String::new()), "/statement"),
        (with(&|new| new.statement = "x".repeat(16_385)), "/statement"),
        (with(&|new| new.evidence = vec![piece(None)]), "/evidence/0"),
        (with(&|new| new.evidence = vec![piece(Some("a")), piece(Some(""))]), "/evidence/1/text"),
        (with(&|new| new.evidence = vec![piece(Some("a")); 21]), "/evidence"),
        (with(&|new| new.evidence = vec![piece(Some(&"x".repeat(16_000))); 5]), "/evidence"),
    ];
    for (refusal, path) in cases {
        assert_eq!((refusal.code, refusal.path.as_deref()), (Code::InvalidInput, Some(path)));
    }
}

/// What happened before an appeal, and who did it.
#[derive(Debug, Clone)]
enum Move {
    Judge { who: u8, verdict: u8, option: u8 },
    Retract(u8),
    Undo { who: u8, n: u8 },
    Veto(u8),
    Reopen,
    Settle,
}

fn moves() -> impl Strategy<Value = Move> {
    let who = 1_u8..=8;
    prop_oneof![
        8 => (who.clone(), 0_u8..5, 0_u8..3)
            .prop_map(|(who, verdict, option)| Move::Judge { who, verdict, option }),
        1 => (1_u8..4).prop_map(Move::Retract),
        1 => (who.clone(), 1_u8..4).prop_map(|(who, n)| Move::Undo { who, n }),
        2 => who.prop_map(Move::Veto),
        1 => Just(Move::Reopen),
        4 => Just(Move::Settle),
    ]
}

const VERDICTS: [Verdict; 5] =
    [Verdict::Approve, Verdict::Reject, Verdict::Answer, Verdict::Skip, Verdict::Unsure];

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, ..ProptestConfig::default() })]

    /// Whatever happened before: whoever judged (even if it was undone, retracted, or only skipped),
    /// vetoed, submitted or handed the appeal in, and whoever is one with them, gets no seat of the appeal;
    /// everybody else with the role does.
    #[test]
    fn no_earlier_decider_is_ever_eligible(
        history in proptest::collection::vec(moves(), 0..12),
        confidence in 0_u8..2,
        seats in 1_u32..3,
        suspended in any::<bool>(),
        lodger in 1_u8..=9,
        stands_in in proptest::option::of(1_u8..=10),
    ) {
        let meanwhile = if suspended { "suspended" } else { "stands" };
        let mut spec = contestable(&json!({"meanwhile": meanwhile}));
        spec.mode = tandem_domain::loops::Mode::OnTheLoop;
        spec.review.veto = Some(tandem_domain::Span::seconds(20));
        spec.review.undo = Some(tandem_domain::Span::seconds(20));
        spec.review.reviewers = seats;
        let sure = if confidence == 0 { 0.5 } else { 0.95 };
        let mut ctx = at(0);
        let new = proposal("a", sure);
        let mut state =
            machine::submit(&spec, &core(), Some(new), facts(Some(sure)), &ctx).unwrap().state;
        // Account 9 handed the case in.
        let mut involved: Vec<PersonId> = vec![person(9), reviewer(lodger).person];
        for step in history {
            let (command, who) = match step {
                Move::Judge { who, verdict, option } => {
                    let verdict = VERDICTS[verdict as usize];
                    let option = ["a", "b", "c"][option as usize];
                    let given = (verdict == Verdict::Answer).then_some(option);
                    (said(reviewer(who), verdict, given), Some(who))
                }
                Move::Retract(n) => (Command::Retract { judgment: n.into(), by: None }, None),
                Move::Undo { who, n } => {
                    (Command::Undo { judgment: n.into(), reviewer: reviewer(who) }, Some(who))
                }
                Move::Veto(who) => (Command::Veto { reviewer: reviewer(who) }, Some(who)),
                Move::Reopen => (Command::Reopen, None),
                Move::Settle => {
                    ctx.now.0 += 30_000_000;
                    let decision = state.decisions.len() as u32;
                    (Command::TakeEffect { decision }, None)
                }
            };
            if let Ok(next) = decide(&spec, &core(), state.clone(), command, None, &ctx) {
                state = next.state;
                involved.extend(who.map(|who| reviewer(who).person));
            }
        }
        ctx.person = Some(reviewer(lodger).person);
        let Ok(lodged) = decide(&spec, &core(), state, lodge(), None, &ctx) else { return Ok(()) };
        ctx.person = None;
        let task = lodged.state.appeal_task().map(|task| task.n);
        for who in 1..=12_u8 {
            let mut asks = reviewer(who);
            let mut stand_ins = [None; MAX_ONE_WITH];
            stand_ins[0] = stands_in.map(person);
            asks.stands_in_for = stand_ins;
            let claim = Command::Claim { tasks: task.map(|task| vec![task]), reviewer: asks };
            let claimed = decide(&spec, &core(), lodged.state.clone(), claim, None, &ctx);
            let barred = asks.persons().any(|person| involved.contains(&person));
            prop_assert_eq!(claimed.is_ok(), !barred, "account {}: {:?}", who, claimed.err());
        }
        prop_assert_eq!(answer("b").len(), 1);
    }
}
