//! The example files compile, and do what they say.

use std::fs;
use std::path::Path;

use serde_json::json;
use tandem_domain::loops::{LearnerKind, RouteTo};
use tandem_domain::policy::{Draws, route};
use tandem_policy::{CompiledLoop, Format, compile, compile_spec};

use crate::{Case, compiled, proposal};

fn example(name: &str) -> CompiledLoop {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/loops").join(name);
    compiled(&fs::read_to_string(path).unwrap())
}

#[test]
fn every_example_compiles_and_survives_storage() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/loops");
    let mut found = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let source = fs::read_to_string(&path).unwrap();
        let loop_ = compile(&source, Format::Yaml)
            .unwrap_or_else(|problems| panic!("{}: {problems:#?}", path.display()));
        let kept = compile_spec(&loop_.spec).unwrap();
        assert_eq!(kept.spec, loop_.spec, "{}", path.display());
        let names = |spec: &tandem_domain::LoopSpec| {
            spec.input.keys().chain(spec.answer.keys()).cloned().collect::<Vec<_>>()
        };
        assert_eq!(names(&kept.spec), names(&loop_.spec), "the order of fields is kept");
        assert_eq!(Some(loop_.spec.name.as_str()), path.file_stem().and_then(|s| s.to_str()));
        found += 1;
    }
    assert!(found >= 3);
}

#[test]
fn digits_pass_when_the_model_is_sure() {
    let digits = example("digits.yaml");
    assert_eq!(digits.spec.learner.kind, LearnerKind::Linear);
    let pixels: Vec<f64> = (0..64).map(|i| f64::from(i) / 63.0).collect();
    let case = Case::new(json!({"image": {"width": 8, "height": 8, "pixels": pixels}}));
    digits.check_input(&case.input).unwrap();
    for (confidence, to) in [(0.85, RouteTo::Auto), (0.84, RouteTo::Review)] {
        let mut new = proposal(json!({"digit": "7"}));
        new.confidence.insert("digit".to_owned(), confidence);
        digits.check_proposal(&new, "/proposal").unwrap();
        let facts = digits.facts(&case.view(), Some(&new));
        assert_eq!(route(&digits.spec, 1, 0, facts, Draws::default()).to, to);
    }
}

#[test]
fn tickets_follow_the_rules() {
    let tickets = example("support-intents.yaml");
    let rule = |case: &Case, intent: &str| {
        let facts = tickets.facts(&case.view(), Some(&proposal(json!({"intent": intent}))));
        facts.rule.map(|rule| rule.name)
    };
    let mut case = Case::new(json!({"text": "where is my card?"}));
    assert_eq!(rule(&case, "card_arrival"), None);
    assert_eq!(rule(&case, "lost_or_stolen_card").as_deref(), Some("lost card"));
    case.input = json!({"text": "STOLEN!", "amount": 10_000});
    assert_eq!(rule(&case, "other").as_deref(), Some("lost card"));
    case.input = json!({"text": "STOLEN!", "amount": 10_001});
    assert_eq!(rule(&case, "other").as_deref(), Some("big money"));
    case.tags = vec!["pii".to_owned()];
    assert_eq!(rule(&case, "other").as_deref(), Some("sensitive"));
}

#[test]
fn claims_fit_their_form() {
    let claims = example("claims-form.yaml");
    let answer = |number: &str, cost: f64| {
        json!({
            "verdict": "pay", "amount": 12.5,
            "claim": {"policy_number": number, "date": "2026-01-02",
                      "lines": [{"what": "glass", "cost": 1}, {"what": "door", "cost": cost}]},
        })
        .as_object()
        .unwrap()
        .clone()
    };
    claims.check_answer(&answer("AB-123456", 2.0), "/answer").unwrap();
    let refusal = claims.check_answer(&answer("AB-12345", 2.0), "/answer").unwrap_err();
    assert_eq!(refusal.path.as_deref(), Some("/answer/claim/policy_number"));
    let refusal = claims.check_answer(&answer("AB-123456", -2.0), "").unwrap_err();
    assert_eq!(refusal.path.as_deref(), Some("/claim/lines/1/cost"));
    assert!(refusal.message.contains("does not fit its schema"), "{}", refusal.message);

    let case = Case::new(json!({"letter": "x", "items": [{"cost": 1}, {"cost": 5001}]}));
    claims.check_input(&case.input).unwrap();
    let mut new = proposal(answer("AB-123456", 2.0).into());
    new.output.insert("note".to_owned(), json!("I Promise: write to a@example.com"));
    let facts = claims.facts(&case.view(), Some(&new));
    assert_eq!(facts.rule.unwrap().name, "large line");
    let failed: Vec<_> = facts.failed.iter().map(|failed| failed.name.as_str()).collect();
    assert_eq!(failed, ["note without account numbers", "no promises"]);
}

/// The loop of the API's description, without the parts that are not built.
#[test]
fn the_described_loop_compiles() {
    let source = r#"
loop: support-intents
title: Route support tickets
mode: in_the_loop            # on_the_loop | out_of_the_loop
coverage: selective          # full (default): nothing passes without a person
enforce: true
input:
  text: { kind: text }
  amount: { kind: number }
answer:
  intent: { kind: choice, options: [card_arrival, { value: lost_or_stolen_card, label: Lost or stolen, help: "…", key: "2" }], error: exact }
guidelines: |                # Markdown, shown beside the case; versioned
  Be kind.
reject_reasons: [wrong_intent, unsafe]
failure_modes: [hallucination, off_topic]
checklist: [{ id: pii, text: No personal data left, required: true }]
queues: { privacy: { roles: [reviewer], skills: [privacy] }, finance: { roles: [arbiter] } }
policy:
  guardrails:
    - { name: schema, check: json_schema, schema: { type: object, required: [intent] }, on_fail: revise }
    - { name: pii, check: pii, on_fail: review }
  rules:
    - { name: sensitive,  when: "'pii' in tags",          route: review, queue: privacy, reviewers: 2 }
    - { name: big money,  when: "input.amount > 10000.0", route: review, queue: finance }
  confidence: { auto_at: 0.92, audit_rate: 0.02 }
review:
  reviewers: 1
  consensus: { rule: majority, min_agreement: 0.5, on_tie: add_reviewer }
  lease: 5m
  undo: 10s
  deadline: 4h
  on_deadline: escalate
  blind_rate: 0.05
learner: { kind: text_linear, features: { text: [word_1_2, char_3_5] }, retrain: { every: 50 } }
on_new_model: shadow_first
chain: [{ model: live }, { human: true }]
"#;
    let loop_ = compiled(source);
    assert_eq!(loop_.spec.title(), "Route support tickets");
    assert_eq!(loop_.spec.policy.rules.len(), 2);
}
