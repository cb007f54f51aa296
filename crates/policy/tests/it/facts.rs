//! Facts: guardrails, rules, confidence; the same for the same inputs.

use std::hint::black_box;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use serde_json::{Value, json};
use tandem_policy::CompiledLoop;

use crate::{Case, NONE, compiled, proposal, with};

#[test]
fn a_loop_is_shared_between_threads() {
    fn shared<T: Send + Sync + 'static>() {}
    shared::<CompiledLoop>();
}

#[test]
fn confidence_is_the_smallest_one() {
    let loop_ = compiled(&with(""));
    let case = Case::new(json!({"text": "x"}));
    let facts = loop_.facts(&case.view(), NONE);
    assert!(!facts.has_proposal && facts.confidence.is_none() && facts.rule.is_none());
    let mut new = proposal(json!({"intent": "pay"}));
    assert_eq!(loop_.facts(&case.view(), Some(&new)).confidence, None);
    new.confidence.extend([(String::new(), 0.9), ("intent".to_owned(), 0.7)]);
    let facts = loop_.facts(&case.view(), Some(&new));
    assert!(facts.has_proposal);
    assert_eq!(facts.confidence, Some(0.7));
}

#[test]
fn guardrails_report_in_the_order_of_the_file() {
    let loop_ = compiled(&with(
        "  note: { kind: text, required: false }\npolicy:\n  guardrails:\n    - { name: shape, \
         check: json_schema, schema: { required: [note] }, on_fail: revise }\n    - { name: \
         secret, check: regex, pattern: 'sk-[a-z0-9]{4}', on_fail: block }\n    - { name: pii, \
         check: pii, on_fail: review }\n",
    ));
    let case = Case::new(json!({"text": "call +49 30 1234567"}));
    for (output, failed) in [
        (json!({"intent": "pay", "note": "fine"}), vec![]),
        (json!({"intent": "pay"}), vec!["shape"]),
        (json!({"intent": "pay", "note": "use sk-ab12"}), vec!["secret"]),
        (json!({"intent": "pay", "note": "sk-ab12 to jane@example.com"}), vec!["secret", "pii"]),
        (json!({"intent": "pay", "x": [{"jane@example.com": 1}]}), vec!["shape", "pii"]),
    ] {
        let facts = loop_.facts(&case.view(), Some(&proposal(output.clone())));
        let names: Vec<_> = facts.failed.iter().map(|failed| failed.name.as_str()).collect();
        assert_eq!(names, failed, "{output}");
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map("[a-z]{1,3}", inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

const RULES: &str = "
  any: { kind: json, required: false }
";

fn busy() -> CompiledLoop {
    let source = with("").replace("answer:", &format!("{}answer:", RULES.trim_start_matches('\n')));
    compiled(&format!(
        "{source}use_group: true
policy:
  guardrails:
    - {{ name: pii, check: pii, on_fail: review }}
    - {{ name: word, check: regex, pattern: '(?i)x+y', on_fail: block }}
  rules:
    - {{ name: a, when: 'input.any.exists(x, input.any[x] == 1.0 || x > 3)', route: block }}
    - {{ name: b, when: 'size(input.any.filter(x, x != null)) > 2', route: review }}
    - {{ name: c, when: 'proposal.confidence > 0.5 && group.region == \"EU\"', route: auto }}
    - {{ name: d, when: 'input.any.all(x, size(string(x)) < 4) || model == run', route: auto }}
"
    ))
}

proptest! {
    /// Invariant 10: the same recorded inputs give the same facts, also in another process, where
    /// hash maps are seeded differently (every evaluation makes new ones).
    #[test]
    fn facts_can_be_replayed(
        any in any_json(), text in "\\PC{0,30}", confidence in 0.0..1.0_f64,
        region in "EU|US", run in prop::option::of("[a-z]{1,4}"),
    ) {
        let (one, other) = (busy(), busy());
        let mut case = Case::new(json!({"text": text, "any": any}));
        case.group.insert("region".to_owned(), region);
        case.run = run;
        let mut new = proposal(json!({"intent": text}));
        new.confidence.insert(String::new(), confidence);
        let facts = one.facts(&case.view(), Some(&new));
        for _ in 0..4 {
            prop_assert_eq!(&facts, &one.facts(&case.view(), Some(&new)));
        }
        prop_assert_eq!(&facts, &other.facts(&case.view(), Some(&new)));
        let kept = serde_json::to_string(&facts).unwrap();
        prop_assert_eq!(serde_json::from_str::<tandem_domain::policy::Facts>(&kept).unwrap(), facts);
    }
}

/// Time of one call, the best of many: some of them nothing else interrupts.
fn time_of(mut call: impl FnMut()) -> Duration {
    let once = |_| {
        let start = Instant::now();
        call();
        start.elapsed()
    };
    (0..10_000).map(once).min().unwrap()
}

/// An input is not copied for rules that do not look at it: whatever the machine is at, its facts take less time
/// than a copy of it does.
#[test]
fn facts_are_cheap() {
    let pixels: Vec<f64> = vec![0.5; 40_000];
    let image = json!({"width": 200, "height": 200, "pixels": pixels});
    let case =
        Case::new(json!({"text": "my card has not arrived", "amount": 3, "any": image.clone()}));
    let mut new = proposal(json!({"intent": "pay"}));
    new.confidence.insert(String::new(), 0.9);
    let with_any =
        |more: &str| compiled(&with(more).replace("answer:", "  any: { kind: json }\nanswer:"));
    let none = with_any("");
    let two = with_any(
        "policy:\n  rules:\n    - { name: a, when: \"'pii' in tags\", route: review }\n    - { name: \
         b, when: 'input.amount > 10000.0', route: review }\n",
    );
    let plain = time_of(|| drop(black_box(none.facts(&case.view(), Some(&new)))));
    let ruled = time_of(|| drop(black_box(two.facts(&case.view(), Some(&new)))));
    let copy = || {
        let start = Instant::now();
        drop(black_box(image.clone()));
        start.elapsed()
    };
    let copied = (0..20).map(|_| copy()).min().unwrap();
    println!("facts: {plain:?} without rules, {ruled:?} with two rules; a copy: {copied:?}");
    assert!(plain < copied, "{plain:?}, {copied:?}");
    assert!(ruled < copied, "{ruled:?}, {copied:?}");
}
