//! Stories of calls of tools, on the state machine alone.

use serde_json::{Value, json};
use tandem_domain::case::{Answer, CaseState, Outcome, Status, Verdict};
use tandem_domain::command::{Command, NewJudgment, NewProposal, Reviewer};
use tandem_domain::loops::LoopSpec;
use tandem_domain::loops::{OnHit, RouteTo};
use tandem_domain::machine::{self, decide};
use tandem_domain::policy::{Facts, LimitFact};
use tandem_domain::refusal::{Code, Refusal};

use crate::fixtures::{appeal, at, core, judgment, person, reviewer};

fn refunds(review: &Value) -> LoopSpec {
    let file = json!({
        "loop": "refunds", "coverage": "selective",
        "input": {"text": {"kind": "text"}},
        "answer": {"refund": {"kind": "action", "tools": {"refund": {"schema": {}}}}},
        "policy": {"confidence": {"auto_at": 0.9}},
        "review": review,
    });
    serde_json::from_value(file).expect("a loop file")
}

fn call(amount: u32) -> Answer {
    let call = json!({"refund": {"tool": "refund", "arguments": {"amount": amount}}});
    call.as_object().expect("an object").clone()
}

fn submit(spec: &LoopSpec, facts: Facts) -> CaseState {
    let new = NewProposal {
        output: call(240),
        confidence: [(String::new(), 0.95)].into(),
        probabilities: std::collections::BTreeMap::new(),
        model: None,
        evidence: Vec::new(),
        by: "agent".to_owned(),
    };
    machine::submit(spec, &core(), Some(new), facts, &at(0)).expect("submits").state
}

fn judge(
    spec: &LoopSpec,
    state: &CaseState,
    who: Reviewer,
    verdict: Verdict,
    answer: Option<Answer>,
) -> Result<CaseState, Refusal> {
    let judgment = NewJudgment { answer, ..judgment(verdict, None) };
    let command = Command::Judge {
        claim: None,
        reviewer: who,
        judgment: Box::new(judgment),
        tasks: None,
        void: Vec::new(),
        edited: None,
    };
    decide(spec, &core(), state.clone(), command, None, &at(1)).map(|outcome| outcome.state)
}

fn unsure() -> Facts {
    Facts { has_proposal: true, confidence: Some(0.5), ..Facts::default() }
}

/// Every order in which three persons may approve or edit: a decision always rests on two distinct
/// persons who approved exactly its bytes, none of whom wrote them.
#[test]
fn a_decision_rests_on_two_persons_who_did_not_write_its_bytes() {
    let spec = refunds(&json!({"approvals": {"count": 2}}));
    // Accounts 3 and 4 are one person; 9 is the submitter's.
    let persons = [1, 3, 4, 5, 6, 9];
    let moves = persons.len() * 2;
    let mut decided = 0;
    for first in 0..moves {
        for second in 0..moves {
            for third in 0..moves {
                for fourth in 0..moves {
                    let mut state = submit(&spec, unsure());
                    for step in [first, second, third, fourth] {
                        let who = reviewer(persons[step / 2]);
                        let edit = step % 2 == 1;
                        let (verdict, answer) = if edit {
                            (Verdict::Modify, Some(call(step as u32)))
                        } else {
                            (Verdict::Approve, None)
                        };
                        if let Ok(next) = judge(&spec, &state, who, verdict, answer) {
                            state = next;
                        }
                    }
                    let Some(decision) = state.live_decision() else { continue };
                    decided += 1;
                    let said: Vec<_> = decision
                        .judgments
                        .iter()
                        .map(|n| &state.judgments[*n as usize - 1])
                        .collect();
                    assert_eq!(said.len(), 2);
                    assert_ne!(said[0].person, said[1].person);
                    for judgment in said {
                        assert_eq!(judgment.answer, decision.output);
                        assert!(!state.requesters.contains(&judgment.person));
                        assert_ne!(judgment.person, person(9));
                    }
                }
            }
        }
    }
    assert!(decided > 1_000, "{decided}");
}

#[test]
fn a_limit_is_met_and_not_exceeded_and_says_so() {
    let spec = refunds(&json!({}));
    let limit = |used: f64, on_hit| LimitFact {
        name: "per day".to_owned(),
        used,
        amount: Some(240.0),
        max: 500.0,
        on_hit,
    };
    let route = |limit: LimitFact| {
        let facts = Facts {
            has_proposal: true,
            confidence: Some(0.95),
            limits: vec![limit],
            ..Facts::default()
        };
        submit(&spec, facts).route.expect("a route")
    };
    assert_eq!(route(limit(260.0, OnHit::Review)).to, RouteTo::Auto);
    let held = route(limit(260.5, OnHit::Review));
    assert_eq!((held.to, held.reasons[0].code.as_str()), (RouteTo::Review, "limit"));
    assert_eq!(held.reasons[0].value, Some(500.5));
    assert_eq!(route(limit(260.5, OnHit::Block)).to, RouteTo::Block);
    let unknown = LimitFact { amount: None, ..limit(0.0, OnHit::Block) };
    let unknown = route(unknown);
    assert_eq!((unknown.to, unknown.reasons[0].code.as_str()), (RouteTo::Review, "limit_error"));
}

#[test]
fn only_the_executor_and_its_instances_take_the_grant() {
    let mut file = serde_json::to_value(refunds(&json!({}))).expect("a value");
    file["answer"]["refund"]["tools"]["refund"]["executor"] = json!("payments");
    let spec: LoopSpec = serde_json::from_value(file).expect("a loop file");
    let facts = Facts { confidence: Some(0.95), ..unsure() };
    let state = submit(&spec, facts);
    assert_eq!(state.status, Status::Decided);
    let consume = |consumer: &str| {
        let command = Command::Consume {
            digest: String::new(),
            consumer: consumer.to_owned(),
            grant: "grant".to_owned(),
            valid: tandem_domain::Span::seconds(60),
            halted: false,
            sealed: true,
        };
        decide(&spec, &core(), state.clone(), command, None, &at(1))
    };
    assert_eq!(consume("other").expect_err("refused").code, Code::NotEligible);
    assert_eq!(consume("payments-2").expect_err("refused").code, Code::NotEligible);
    assert!(consume("payments").is_ok());
    assert!(consume("payments/node-7").is_ok());
}

/// A refused call that is contested, and decided anew by two persons.
fn contested(approvals: &Value) -> (LoopSpec, CaseState) {
    let mut spec = refunds(&json!({"undo": "0s", "approvals": approvals}));
    spec.appeals = serde_json::from_value(
        json!({"reviewers": {"of": "reviewer", "count": 2}, "blind": false}),
    )
    .expect("appeals");
    let state = submit(&spec, unsure());
    let refused = judge(&spec, &state, reviewer(1), Verdict::Reject, None).expect("rejects");
    assert_eq!(refused.live_decision().map(|decision| decision.outcome), Some(Outcome::Rejected));
    let lodge = Command::Appeal { appeal: Box::new(appeal("key")) };
    let state = decide(&spec, &core(), refused, lodge, None, &at(1)).expect("lodges").state;
    (spec, state)
}

/// Who says yes or no in turn, and what came of it: the outcome with the rule, or the seats.
fn say(spec: &LoopSpec, mut state: CaseState, answers: &[bool]) -> Result<(Outcome, String), u32> {
    for (n, yes) in answers.iter().enumerate() {
        let verdict = if *yes { Verdict::Approve } else { Verdict::Reject };
        let who = reviewer(10 + n as u8);
        state = judge(spec, &state, who, verdict, None).expect("is heard");
    }
    match state.decisions.get(1) {
        Some(ruling) => Ok((ruling.outcome, ruling.rule.clone())),
        None => Err(state.appeal_task().map_or(0, |task| task.seats)),
    }
}

#[test]
fn nobody_alone_decides_an_appeal_over_a_call() {
    let (spec, state) = contested(&json!({"count": 2}));
    let said = |answers: &[bool]| say(&spec, state.clone(), answers);
    assert_eq!(said(&[false]), Err(2), "one no upholds nothing");
    assert_eq!(said(&[false, false]), Ok((Outcome::Rejected, "appeal".to_owned())));
    assert_eq!(said(&[true, true]), Ok((Outcome::Approved, "appeal".to_owned())));
    assert_eq!(said(&[true, false]), Err(3));
    assert_eq!(said(&[true, false, true]), Ok((Outcome::Approved, "appeal".to_owned())));
    assert_eq!(said(&[false, true, false]), Ok((Outcome::Rejected, "appeal".to_owned())));
}

#[test]
fn a_call_runs_on_appeal_by_as_many_as_approve_it_elsewhere() {
    let (spec, state) = contested(&json!({"count": 4}));
    let said = |answers: &[bool]| say(&spec, state.clone(), answers);
    assert_eq!(said(&[true, true, true]), Err(4), "as many seats as approvals");
    assert_eq!(said(&[true, true, true, true]), Ok((Outcome::Approved, "appeal".to_owned())));
    // More than half say yes, and yet too few.
    assert_eq!(said(&[true, true, true, false]), Err(5));
    let eight = [true, false, true, false, true, false, false, true];
    assert_eq!(said(&eight[..7]), Ok((Outcome::Rejected, "appeal".to_owned())));
    assert_eq!(said(&eight[..6]), Err(7));
}

#[test]
fn an_appeal_asks_no_more_than_four_further_persons() {
    let (mut spec, _) = contested(&json!({"count": 2}));
    spec.review.approvals = None;
    let state = submit(&spec, unsure());
    let refused = judge(&spec, &state, reviewer(1), Verdict::Reject, None).expect("rejects");
    let lodge = Command::Appeal { appeal: Box::new(appeal("key")) };
    let mut state = decide(&spec, &core(), refused, lodge, None, &at(1)).expect("lodges").state;
    for n in 0..6 {
        assert!(state.decisions.len() == 1, "{n}");
        let text = json!({"refund": {"respond": format!("words {}", n.min(4))}});
        let answer = text.as_object().expect("an object").clone();
        let who = reviewer(10 + n);
        state = judge(&spec, &state, who, Verdict::Answer, Some(answer)).expect("is heard");
    }
    let ruling = &state.decisions[1];
    assert_eq!((ruling.rule.as_str(), ruling.judgments.len()), ("appeal_plurality", 2));
    assert!(state.open_appeal().is_none());
}

#[test]
fn an_edit_on_a_blind_appeal_shows_nothing_of_what_is_hidden() {
    let (mut spec, mut state) = contested(&json!({"count": 2}));
    spec.appeals.as_mut().expect("appeals").blind = true;
    for proposal in &mut state.proposals {
        proposal.evidence = serde_json::from_value(json!([{"title": "why"}])).expect("evidence");
    }
    let open = judge(&spec, &state, reviewer(10), Verdict::Modify, Some(call(7))).expect("edits");
    assert_eq!(open.proposals[1].evidence.len(), 1, "it was no blind appeal");
    for appeal in &mut state.appeals {
        appeal.blind = true;
    }
    let open = judge(&spec, &state, reviewer(10), Verdict::Answer, Some(call(7))).expect("edits");
    assert_eq!((open.proposals.len(), open.proposals[1].evidence.len()), (2, 0));
}
