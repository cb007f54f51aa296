//! A loop, a case and commands to build histories from.

use serde_json::{Value, json};
use tandem_domain::case::{Answer, CaseCore, Verdict};
use tandem_domain::command::{Context, NewAppeal, NewJudgment, NewProposal, Reviewer};
use tandem_domain::loops::LoopSpec;
use tandem_domain::policy::{Draws, Facts};
use tandem_domain::{CaseId, LoopId, MemberId, PersonId, Timestamp};
use uuid::Uuid;

/// A loop with one choice; `patch` is merged over the top level.
pub(crate) fn spec(patch: &Value) -> LoopSpec {
    let mut loop_file = json!({
        "loop": "intents",
        "coverage": "selective",
        "input": {"text": {"kind": "text"}},
        "answer": {"intent": {"kind": "choice", "options": ["a", "b", "c"]}},
        "policy": {"confidence": {"auto_at": 0.9, "audit_rate": 0.5}},
        "review": {"undo": "10s", "lease": "60s"}
    });
    for (key, value) in patch.as_object().expect("an object") {
        match (loop_file.get_mut(key).and_then(Value::as_object_mut), value.as_object()) {
            (Some(inner), Some(more)) => inner.extend(more.clone()),
            _ => loop_file[key] = value.clone(),
        }
    }
    serde_json::from_value(loop_file).expect("a loop file")
}

pub(crate) fn core() -> CaseCore {
    CaseCore {
        id: CaseId(Uuid::from_u128(1)),
        space: "default".to_owned(),
        loop_id: LoopId(Uuid::from_u128(2)),
        loop_version: 1,
        key: None,
        subject: None,
        input: json!({"text": "hello"}),
        tags: Vec::new(),
        group: std::collections::BTreeMap::new(),
        priority: 5,
        deadline: None,
        requested_human: false,
        handover: tandem_domain::case::Handover::default(),
        interim: None,
        run: None,
        submitted_by: "key".to_owned(),
        submitted_by_person: Some(person(9)),
        salt: "00".repeat(16),
        created_at: Timestamp(0),
        imported: false,
    }
}

pub(crate) fn person(n: u8) -> PersonId {
    PersonId(Uuid::from_u128(100 + u128::from(n)))
}

/// Account `n`. Accounts 3 and 4 belong to one person; account 9 is the submitter's.
pub(crate) fn reviewer(n: u8) -> Reviewer {
    let owner = if n == 4 { 3 } else { n };
    Reviewer {
        member: MemberId(Uuid::from_u128(u128::from(n))),
        person: person(owner),
        arbiter: n == 2,
        appeals: true,
        stands_in_for: [None; tandem_domain::command::MAX_ONE_WITH],
    }
}

pub(crate) fn answer(option: &str) -> Answer {
    json!({"intent": option}).as_object().expect("an object").clone()
}

pub(crate) fn proposal(option: &str, confidence: f64) -> NewProposal {
    NewProposal {
        output: answer(option),
        confidence: [("intent".to_owned(), confidence)].into(),
        probabilities: std::collections::BTreeMap::new(),
        model: Some("intents@1".to_owned()),
        evidence: Vec::new(),
        by: "machine".to_owned(),
    }
}

pub(crate) fn facts(confidence: Option<f64>) -> Facts {
    Facts { confidence, has_proposal: confidence.is_some(), ..Facts::default() }
}

pub(crate) fn judgment(verdict: Verdict, option: Option<&str>) -> NewJudgment {
    NewJudgment {
        verdict,
        answer: option.map(answer),
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

pub(crate) fn appeal(by: &str) -> NewAppeal {
    NewAppeal {
        by: "the customer".to_owned(),
        statement: "My income was read wrong.".to_owned(),
        evidence: Vec::new(),
        lodged_by: by.to_owned(),
        excluded: Vec::new(),
    }
}

pub(crate) fn at(seconds: i64) -> Context {
    Context {
        now: Timestamp(seconds * 1_000_000),
        draws: Draws { audit: 0.25, blind: 0.5, sample: 0.5 },
        loop_version: 1,
        epoch: 1,
        halted: false,
        person: None,
        lost: tandem_domain::Span::ZERO,
    }
}
