//! Stories of calls of tools, on the state machine alone.

use serde_json::{Value, json};
use tandem_domain::case::{Answer, CaseState, Status, Verdict};
use tandem_domain::command::{Command, NewJudgment, NewProposal, Reviewer};
use tandem_domain::loops::LoopSpec;
use tandem_domain::loops::{OnHit, RouteTo};
use tandem_domain::machine::{self, decide};
use tandem_domain::policy::{Facts, LimitFact};
use tandem_domain::refusal::{Code, Refusal};

use crate::fixtures::{at, core, judgment, person, reviewer};

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
        void: Vec::new(),
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
