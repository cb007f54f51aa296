//! Stories with a known end.

use serde_json::json;
use tandem_domain::case::{CaseState, DecisionState, Outcome, Purpose, Status, Verdict};
use tandem_domain::command::{Command, Context, Effect};
use tandem_domain::loops::LoopSpec;
use tandem_domain::machine::{self, decide};
use tandem_domain::refusal::{Code, Refusal};

use crate::fixtures::{at, core, facts, judgment, proposal, reviewer, spec};

fn submit(spec: &LoopSpec, confidence: f64, ctx: &Context) -> machine::Outcome {
    let new = proposal("a", confidence);
    machine::submit(spec, &core(), Some(new), facts(Some(confidence)), ctx).expect("submits")
}

fn run(spec: &LoopSpec, state: CaseState, command: Command, ctx: &Context) -> machine::Outcome {
    decide(spec, &core(), state, command, None, ctx).expect("the command is allowed")
}

fn refused(spec: &LoopSpec, state: &CaseState, command: Command, ctx: &Context) -> Refusal {
    decide(spec, &core(), state.clone(), command, None, ctx).expect_err("must be refused")
}

fn judge(who: u8, verdict: Verdict, option: Option<&str>) -> Command {
    let judgment = judgment(verdict, option);
    Command::Judge {
        claim: None,
        reviewer: reviewer(who),
        judgment: Box::new(judgment),
        tasks: None,
        void: Vec::new(),
        edited: None,
    }
}

#[test]
fn one_person_decides_and_may_undo_until_it_takes_effect() {
    let spec = spec(&json!({}));
    let state = submit(&spec, 0.5, &at(0)).state;
    assert_eq!(state.status, Status::Queued);
    let held = run(&spec, state, judge(1, Verdict::Answer, Some("b")), &at(1));
    assert_eq!(held.state.status, Status::Held);
    assert!(!held.effects.contains(&Effect::WakeWaiters), "nobody hears of a held decision");
    let undo = Command::Undo { judgment: 1, reviewer: reviewer(1) };
    let undone = run(&spec, held.state.clone(), undo.clone(), &at(5));
    assert_eq!(undone.state.status, Status::Queued);
    assert_eq!(undone.state.decisions[0].state, DecisionState::Withdrawn);

    let effective = run(&spec, held.state, Command::TakeEffect { decision: 1 }, &at(11));
    assert_eq!(effective.state.status, Status::Decided);
    let decision = &effective.state.decisions[0];
    assert_eq!((decision.outcome, decision.changes.len()), (Outcome::Modified, 1));
    assert!(effective.effects.contains(&Effect::Learn { decision: 1 }));
    assert_eq!(refused(&spec, &effective.state, undo, &at(12)).code, Code::TooLate);
}

#[test]
fn a_lapsed_lease_is_honoured_until_somebody_takes_the_seat() {
    let spec = spec(&json!({}));
    let state = submit(&spec, 0.5, &at(0)).state;
    let claim = Command::Claim { tasks: None, reviewer: reviewer(1) };
    let state = run(&spec, state, claim, &at(0)).state;
    let state = run(&spec, state, Command::ExpireClaim { claim: 1 }, &at(61)).state;
    assert_eq!(state.status, Status::Queued);
    let late = Command::Judge {
        claim: Some((1, 1)),
        reviewer: reviewer(1),
        judgment: Box::new(judgment(Verdict::Approve, None)),
        tasks: None,
        void: Vec::new(),
        edited: None,
    };
    assert_eq!(run(&spec, state.clone(), late.clone(), &at(62)).state.status, Status::Held);
    let other = Command::Claim { tasks: None, reviewer: reviewer(5) };
    let state = run(&spec, state, other, &at(62)).state;
    assert_eq!(refused(&spec, &state, late, &at(63)).code, Code::ClaimLost);
}

#[test]
fn an_automatic_case_is_audited_without_changing_its_status() {
    let spec = spec(&json!({}));
    let outcome = submit(&spec, 0.95, &at(0));
    assert_eq!(outcome.state.status, Status::Decided);
    assert!(outcome.effects.contains(&Effect::AutomaticDecided { propensity: 0.5, audited: true }));
    let audit = &outcome.state.tasks[0];
    assert_eq!((audit.purpose, audit.blind), (Purpose::Audit, true));
    let judged = run(&spec, outcome.state, judge(1, Verdict::Answer, Some("c")), &at(1));
    assert_eq!(judged.state.status, Status::Decided);
    assert!(!judged.effects.iter().any(|e| matches!(e, Effect::AuditResult { .. })));
    let settled = run(&spec, judged.state, Command::SettleAudit { task: 1 }, &at(11));
    assert!(settled.effects.contains(&Effect::AuditResult { error: true, judgment: 1 }));
}

#[test]
fn two_reviewers_who_disagree_get_a_third_and_then_a_majority() {
    let spec = spec(&json!({"review": {"reviewers": 2}}));
    let state = submit(&spec, 0.5, &at(0)).state;
    let state = run(&spec, state, judge(1, Verdict::Answer, Some("a")), &at(1)).state;
    let state = run(&spec, state, judge(2, Verdict::Answer, Some("b")), &at(2)).state;
    assert_eq!((state.status, state.tasks[0].seats), (Status::Queued, 3));
    let state = run(&spec, state, judge(5, Verdict::Answer, Some("b")), &at(3)).state;
    let decision = state.live_decision().expect("decided");
    assert_eq!((decision.rule.as_str(), decision.judgments.len()), ("majority", 2));
}

#[test]
fn accounts_of_one_person_count_once() {
    let spec = spec(&json!({"review": {"reviewers": 2}}));
    let state = submit(&spec, 0.5, &at(0)).state;
    let state = run(&spec, state, judge(3, Verdict::Approve, None), &at(1)).state;
    let refusal = refused(&spec, &state, judge(4, Verdict::Approve, None), &at(2));
    assert_eq!(refusal.code, Code::NotEligible);
    let own = refused(&spec, &state, judge(9, Verdict::Approve, None), &at(2));
    assert_eq!(own.code, Code::NotEligible);
}

#[test]
fn a_new_proposal_ends_claims_and_voids_judgments_on_the_old_one() {
    let spec = spec(&json!({"review": {"reviewers": 2}}));
    let state = submit(&spec, 0.5, &at(0)).state;
    let state = run(&spec, state, judge(1, Verdict::Approve, None), &at(1)).state;
    let claim = Command::Claim { tasks: None, reviewer: reviewer(5) };
    let state = run(&spec, state, claim, &at(1)).state;
    let new = Command::Propose { proposal: proposal("b", 0.4), shadow: false };
    let state = decide(&spec, &core(), state, new, Some(facts(Some(0.4))), &at(2))
        .expect("a revision")
        .state;
    let mut stale = judgment(Verdict::Approve, None);
    stale.proposal = Some(1);
    let lost = Command::Judge {
        claim: Some((2, 2)),
        reviewer: reviewer(5),
        judgment: Box::new(stale.clone()),
        tasks: None,
        void: Vec::new(),
        edited: None,
    };
    assert_eq!(refused(&spec, &state, lost, &at(3)).code, Code::ClaimLost);
    let old = Command::Judge {
        claim: None,
        reviewer: reviewer(5),
        judgment: Box::new(stale),
        tasks: None,
        void: Vec::new(),
        edited: None,
    };
    assert_eq!(refused(&spec, &state, old, &at(3)).code, Code::ProposalSuperseded);
    assert_eq!(state.filled(2).count(), 0);
}

#[test]
fn a_halt_turns_automatic_routes_into_reviews_and_holds_what_people_decide() {
    let spec = spec(&json!({"review": {"undo": "0s"}}));
    let halted = Context { halted: true, ..at(0) };
    let state = submit(&spec, 0.99, &halted).state;
    assert_eq!(state.status, Status::Queued);
    let state = run(&spec, state, judge(1, Verdict::Approve, None), &halted).state;
    assert_eq!(state.status, Status::Held);
    let timer = Command::TakeEffect { decision: 1 };
    assert_eq!(refused(&spec, &state, timer.clone(), &halted).code, Code::Halted);
    assert_eq!(run(&spec, state, timer, &at(5)).state.status, Status::Decided);
}

#[test]
fn only_the_token_of_the_seat_is_honoured() {
    let spec = spec(&json!({}));
    let state = submit(&spec, 0.5, &at(0)).state;
    let claim = Command::Claim { tasks: None, reviewer: reviewer(1) };
    let state = run(&spec, state, claim, &at(0)).state;
    let said = judgment(Verdict::Approve, None);
    let stale = Command::Judge {
        claim: Some((1, 99)),
        reviewer: reviewer(1),
        judgment: Box::new(said),
        tasks: None,
        void: Vec::new(),
        edited: None,
    };
    assert_eq!(refused(&spec, &state, stale, &at(1)).code, Code::StaleToken);
}

#[test]
fn a_tie_is_no_majority_even_under_a_low_bar() {
    let low = json!({"review": {"reviewers": 2, "consensus": {"min_agreement": 0.3}}});
    let spec = spec(&low);
    let state = submit(&spec, 0.5, &at(0)).state;
    let state = run(&spec, state, judge(1, Verdict::Answer, Some("a")), &at(1)).state;
    let state = run(&spec, state, judge(2, Verdict::Answer, Some("b")), &at(2)).state;
    assert!(state.live_decision().is_none());
    assert_eq!(state.tasks[0].seats, 3);
}

#[test]
fn one_consumer_gets_the_grant_and_gets_it_again() {
    let spec = spec(&json!({}));
    let state = submit(&spec, 0.95, &at(0)).state;
    let consume = |consumer: &str| Command::Consume {
        digest: String::new(),
        consumer: consumer.to_owned(),
        grant: "grant".to_owned(),
        valid: tandem_domain::Span::seconds(60),
        halted: false,
        sealed: true,
    };
    let state = run(&spec, state, consume("first"), &at(1)).state;
    assert!(run(&spec, state.clone(), consume("first"), &at(2)).events.is_empty());
    assert_eq!(refused(&spec, &state, consume("second"), &at(2)).code, Code::AlreadyConsumed);
}
