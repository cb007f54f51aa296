//! What is checked, and that comparing and diffing answers agree.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::command::NewProposal;

fn spec() -> LoopSpec {
    serde_json::from_value(json!({
        "loop": "claims",
        "input": {
            "text": {"kind": "text"},
            "scan": {"kind": "image", "required": false},
            "talk": {"kind": "chat", "required": false},
            "rows": {"kind": "table", "required": false},
            "file": {"kind": "pdf", "required": false},
            "extra": {"kind": "json", "required": false},
            "amount": {"kind": "number", "required": false},
        },
        "answer": {
            "intent": {"kind": "choice", "options": ["pay", "refuse", "7"]},
            "flags": {"kind": "choice", "multi": true, "required": false,
                      "options": ["late", "fraud", "twice"]},
            "paid": {"kind": "number", "required": false, "min": 0, "max": 100,
                     "error": {"tolerance": 0.5}},
            "note": {"kind": "text", "required": false, "max_length": 5, "error": "ignore"},
            "form": {"kind": "form", "required": false, "schema": {}},
        },
    }))
    .unwrap()
}

fn answer(value: Value) -> Answer {
    value.as_object().unwrap().clone()
}

fn proposal(output: Value) -> NewProposal {
    NewProposal {
        output: answer(output),
        confidence: BTreeMap::new(),
        probabilities: BTreeMap::new(),
        model: None,
        evidence: Vec::new(),
        by: "machine".to_owned(),
    }
}

fn numbers<const N: usize>(pairs: [(&str, f64); N]) -> BTreeMap<String, f64> {
    pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

#[test]
fn answers_are_checked_field_by_field() {
    let cases = [
        (json!({"intent": "pay"}), None, ""),
        (json!({"intent": "pay", "note": null}), None, ""),
        (json!({"intent": "pay", "note": "äöüßé", "paid": 100}), None, ""),
        (json!({"intent": "pay", "flags": ["late", "fraud"], "form": {"a": [1]}}), None, ""),
        (json!({}), Some("/p/intent"), "one of `pay`, `refuse`, `7`"),
        (json!({"intent": null}), Some("/p/intent"), "missing"),
        (json!({"intent": "pya"}), Some("/p/intent"), "did you mean `pay`?"),
        (json!({"intent": 7}), Some("/p/intent"), "write \"7\" with quotes"),
        (json!({"intent": ["pay"]}), Some("/p/intent"), "a list"),
        (json!({"intent": "pay", "intnet": 1}), Some("/p/intnet"), "did you mean `intent`?"),
        (json!({"intent": "pay", "a/b~": 1}), Some("/p/a~1b~0"), "not a field"),
        (json!({"intent": "pay", "flags": "late"}), Some("/p/flags"), "a list of options"),
        (json!({"intent": "pay", "flags": ["late", "late"]}), Some("/p/flags/1"), "twice"),
        (json!({"intent": "pay", "flags": ["late", "x"]}), Some("/p/flags/1"), "not an option"),
        (json!({"intent": "pay", "flags": ["late", 1, 2, 3]}), Some("/p/flags"), "4 entries"),
        (json!({"intent": "pay", "paid": "3"}), Some("/p/paid"), "a finite number"),
        (json!({"intent": "pay", "paid": -1}), Some("/p/paid"), "below"),
        (json!({"intent": "pay", "paid": 100.1}), Some("/p/paid"), "above"),
        (json!({"intent": "pay", "note": "äöüßéx"}), Some("/p/note"), "6 characters"),
        (json!({"intent": "pay", "form": []}), Some("/p/form"), "an object"),
    ];
    for (value, path, text) in cases {
        let result = check_answer(&spec(), &answer(value.clone()), "/p");
        assert_eq!(result.as_ref().err().and_then(|r| r.path.as_deref()), path, "{value}");
        if let Err(refusal) = result {
            assert_eq!(refusal.code, Code::InvalidAnswer);
            assert!(refusal.message.contains(text), "{value}: {}", refusal.message);
        }
    }
}

#[test]
fn inputs_are_checked_field_by_field() {
    let png = "data:image/png;base64,AAAA";
    let cases = [
        (json!({"text": "hi"}), None, ""),
        (json!({"text": "hi", "amount": 3.5, "extra": [1, {"a": null}]}), None, ""),
        (json!({"text": "", "scan": {"width": 2, "height": 1, "pixels": [0, 1.0]}}), None, ""),
        (json!({"text": "", "scan": png}), None, ""),
        (json!({"text": "", "file": {"media": "med_00000000000000000000000000"}}), None, ""),
        (json!({"text": "", "talk": [{"role": "user", "content": "x"}]}), None, ""),
        (json!({"text": "", "rows": [{"a": 1}, {}]}), None, ""),
        (json!([]), Some(""), "an object of fields"),
        (json!({}), Some("/text"), "missing"),
        (json!({"text": 1}), Some("/text"), "give text"),
        (json!({"text": "", "txt": ""}), Some("/txt"), "did you mean `text`?"),
        (json!({"text": "", "amount": "1"}), Some("/amount"), "a finite number"),
        (
            json!({"text": "", "scan": {"width": 2, "height": 2, "pixels": [0, 1]}}),
            Some("/scan/pixels"),
            "give 4, row by row",
        ),
        (
            json!({"text": "", "scan": {"width": 2, "height": 1, "pixels": [0, 1.5]}}),
            Some("/scan/pixels/1"),
            "from 0 to 1",
        ),
        (
            json!({"text": "", "scan": {"width": 0, "height": 1, "pixels": []}}),
            Some("/scan/width"),
            "whole number",
        ),
        (
            json!({"text": "", "scan": {"width": 100_000, "height": 100_000, "pixels": []}}),
            Some("/scan/pixels"),
            "upload it as media",
        ),
        (
            json!({"text": "", "scan": {"width": 1, "height": 1, "pixels": [1], "dpi": 3}}),
            Some("/scan/dpi"),
            "does not belong",
        ),
        (json!({"text": "", "scan": "http://x"}), Some("/scan"), "data:image/"),
        (json!({"text": "", "file": png}), Some("/file"), "data:application/pdf"),
        (json!({"text": "", "file": {"media": "../x"}}), Some("/file/media"), "upload it first"),
        (json!({"text": "", "talk": [{"role": "user"}]}), Some("/talk/0/content"), "both texts"),
        (json!({"text": "", "rows": [{}, 1]}), Some("/rows/1"), "from column to value"),
    ];
    for (value, path, text) in cases {
        let result = check_input(&spec(), &value);
        assert_eq!(result.as_ref().err().and_then(|r| r.path.as_deref()), path, "{value}");
        if let Err(refusal) = result {
            assert_eq!(refusal.code, Code::InvalidInput);
            assert!(refusal.message.contains(text), "{value}: {}", refusal.message);
        }
    }
}

#[test]
fn nesting_is_bounded_exactly() {
    let nested = |levels: usize| (0..levels).fold(json!(1), |inner, _| json!([inner]));
    let input = |levels| json!({"text": "", "extra": nested(levels)});
    assert!(check_input(&spec(), &input(MAX_DEPTH)).is_ok());
    let refusal = check_input(&spec(), &input(MAX_DEPTH + 1)).unwrap_err();
    assert_eq!(refusal.path.as_deref(), Some("/extra"));
}

#[test]
fn proposals_carry_plausible_numbers() {
    type Numbers = BTreeMap<String, f64>;
    let none = || Numbers::new();
    let cases: Vec<(Numbers, Numbers, Option<&str>, &str)> = vec![
        (numbers([("", 0.8)]), none(), None, ""),
        (numbers([("intent", 1.0), ("/form/a", 0.0)]), none(), None, ""),
        (numbers([("intent", 0.81)]), numbers([("pay", 0.82), ("refuse", 0.1)]), None, ""),
        (none(), numbers([("pay", 0.5), ("refuse", 0.3), ("7", 0.205)]), None, ""),
        (numbers([("", 1.5)]), none(), Some("/p/confidence"), "0 to 1"),
        (numbers([("", f64::NAN)]), none(), Some("/p/confidence"), "0 to 1"),
        (numbers([("intnt", 0.5)]), none(), Some("/p/confidence/intnt"), "did you mean `intent`?"),
        (
            numbers([("intent", 0.81)]),
            numbers([("pay", 0.7)]),
            Some("/p/confidence/intent"),
            "does not fit",
        ),
        (none(), numbers([("pay", -0.1)]), Some("/p/probabilities/intent/pay"), "0 to 1"),
        (none(), numbers([("py", 0.1)]), Some("/p/probabilities/intent/py"), "`pay`"),
        (
            none(),
            numbers([("pay", 0.6), ("refuse", 0.6)]),
            Some("/p/probabilities/intent"),
            "1.200",
        ),
        (
            none(),
            numbers([("pay", 0.5), ("refuse", 0.3), ("7", 0.1)]),
            Some("/p/probabilities/intent"),
            "0.900, not 1",
        ),
    ];
    for (confidence, probabilities, path, text) in cases {
        let mut proposal = proposal(json!({"intent": "pay"}));
        proposal.confidence = confidence;
        if !probabilities.is_empty() {
            proposal.probabilities.insert("intent".to_owned(), probabilities);
        }
        let result = check_proposal(&spec(), &proposal, "/p");
        let found = result.as_ref().err().and_then(|r| r.path.as_deref());
        assert_eq!(found, path, "{proposal:?}");
        if let Err(refusal) = result {
            assert_eq!(refusal.code, Code::InvalidConfidence);
            assert!(refusal.message.contains(text), "{}", refusal.message);
        }
    }
    let bad = check_proposal(&spec(), &proposal(json!({"intent": "x"})), "/p").unwrap_err();
    assert_eq!(bad.path.as_deref(), Some("/p/output/intent"));
}

#[test]
fn probabilities_belong_to_choices_and_need_not_add_up_for_several() {
    let mut several = proposal(json!({"intent": "pay", "flags": ["late"]}));
    several.probabilities.insert("flags".to_owned(), numbers([("late", 0.9), ("fraud", 0.8)]));
    assert!(check_proposal(&spec(), &several, "").is_ok());
    several.probabilities.insert("note".to_owned(), numbers([("x", 0.5)]));
    let refusal = check_proposal(&spec(), &several, "").unwrap_err();
    assert_eq!(refusal.path.as_deref(), Some("/probabilities/note"));
}

#[test]
fn the_error_rule_of_each_field_says_what_is_the_same() {
    let base = json!({"intent": "pay", "flags": ["late", "fraud"], "paid": 10, "form": {"a": 1}});
    let cases = [
        (json!({"flags": ["fraud", "late"]}), true),
        (json!({"flags": ["late"]}), false),
        (json!({"paid": 10.5}), true),
        (json!({"paid": 10.51}), false),
        (json!({"paid": null}), false),
        (json!({"note": "anything"}), true),
        (json!({"intent": "refuse"}), false),
        (json!({"form": {"a": 1.0, "b": null}}), true),
        (json!({"form": {"a": 2}}), false),
        (json!({"stranger": 1}), false),
        (json!({"stranger": null}), true),
    ];
    for (patch, same) in cases {
        let (a, mut b) = (answer(base.clone()), answer(base.clone()));
        b.extend(answer(patch.clone()));
        assert_eq!(same_answer(&spec(), &a, &b), same, "{patch}");
        assert_eq!(same_answer(&spec(), &b, &a), same, "{patch}");
    }
}

#[test]
fn changes_point_into_forms_and_rows() {
    let before = answer(json!({
        "intent": "pay", "gone": 1, "null": null, "flags": ["a", "b"],
        "form": {"name": "x", "lines": [{"sum": 1}, {"sum": 2}]},
    }));
    let after = answer(json!({
        "intent": "refuse", "flags": ["a", "c"], "new/": true,
        "form": {"name": "x", "lines": [{"sum": 1.0}, {"sum": 3}]},
    }));
    let found: Vec<_> =
        changes(&before, &after).into_iter().map(|c| (c.path, c.before, c.after)).collect();
    let expected = [
        ("/flags", json!(["a", "b"]), json!(["a", "c"])),
        ("/form/lines/1/sum", json!(2), json!(3)),
        ("/gone", json!(1), json!(null)),
        ("/intent", json!("pay"), json!("refuse")),
        ("/new~1", json!(null), json!(true)),
    ];
    assert_eq!(found, expected.map(|(path, b, a)| (path.to_owned(), b, a)));
}

#[test]
fn slips_are_found_and_strangers_are_not() {
    let words = ["reviewers", "review", "retrain"];
    assert_eq!(nearest("reveiwers", words.into_iter()), Some("reviewers"));
    assert_eq!(nearest("Review", words.into_iter()), Some("review"));
    assert_eq!(nearest("banana", words.into_iter()), None);
    assert_eq!(nearest("x", ["y"].into_iter()), None);
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-5_i64..5).prop_map(Value::from),
        (-2.0..2.0_f64).prop_map(Value::from),
        "[a-c~/]{0,2}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-c~/]{0,2}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn any_answer() -> impl Strategy<Value = Answer> {
    let field = prop::sample::select(vec!["intent", "flags", "paid", "note", "form", "other"]);
    let value = prop_oneof![
        any_json(),
        prop::sample::select(vec!["pay", "late", "fraud"]).prop_map(Value::from),
        prop::sample::subsequence(vec!["late", "fraud", "twice"], 0..=3).prop_map(Value::from),
    ];
    prop::collection::btree_map(field.prop_map(str::to_owned), value, 0..5)
        .prop_map(|map| map.into_iter().collect())
}

/// Puts `value` at `path`, as somebody would who replays a list of changes.
fn put(target: &mut Value, path: &str, value: Value) {
    let mut here = target;
    for step in path.split('/').skip(1) {
        let step = step.replace("~1", "/").replace("~0", "~");
        here = match here {
            Value::Array(items) => &mut items[step.parse::<usize>().unwrap()],
            Value::Object(map) => map.entry(step).or_insert(Value::Null),
            other => panic!("no step into {other}"),
        };
    }
    *here = value;
}

proptest! {
    #[test]
    fn same_is_reflexive_and_symmetric(a in any_answer(), b in any_answer()) {
        let spec = spec();
        prop_assert!(same_answer(&spec, &a, &a));
        prop_assert_eq!(same_answer(&spec, &a, &b), same_answer(&spec, &b, &a));
    }

    #[test]
    fn no_changes_means_the_same(a in any_answer(), b in any_answer()) {
        if changes(&a, &b).is_empty() {
            prop_assert!(same_answer(&spec(), &a, &b));
        }
        prop_assert!(changes(&a, &a).is_empty());
    }

    #[test]
    fn replayed_changes_lead_from_before_to_after(a in any_answer(), b in any_answer()) {
        let mut replayed = Value::Object(a.clone());
        for change in changes(&a, &b) {
            put(&mut replayed, &change.path, change.after);
        }
        let replayed = answer(replayed);
        prop_assert!(changes(&replayed, &b).is_empty(), "{:?} {:?}", replayed, b);
    }

    #[test]
    fn refusals_point_into_what_was_checked(a in any_answer(), input in any_json()) {
        if let Err(refusal) = check_answer(&spec(), &a, "/at") {
            prop_assert!(refusal.path.unwrap().starts_with("/at/"));
        }
        if let Err(refusal) = check_input(&spec(), &input) {
            prop_assert_eq!(refusal.code, Code::InvalidInput);
        }
    }

    #[test]
    fn what_was_accepted_is_accepted_in_any_order_and_again(a in any_answer()) {
        if check_answer(&spec(), &a, "").is_ok() {
            let kept: Answer = a.iter().filter(|(_, v)| !v.is_null())
                .map(|(k, v)| (k.clone(), v.clone())).collect();
            prop_assert!(check_answer(&spec(), &kept, "").is_ok());
            prop_assert!(same_answer(&spec(), &a, &kept));
        }
    }

    #[test]
    fn softmax_is_a_distribution(scores in prop::collection::vec(-20.0..20.0_f64, 3)) {
        let weights: Vec<f64> = scores.iter().map(|s| s.exp()).collect();
        let sum: f64 = weights.iter().sum();
        let p: Vec<f64> = weights.iter().map(|w| w / sum).collect();
        let mut proposal = proposal(json!({"intent": "pay"}));
        proposal.confidence.insert("intent".to_owned(), p[0]);
        proposal.probabilities.insert(
            "intent".to_owned(),
            numbers([("pay", p[0]), ("refuse", p[1]), ("7", p[2])]),
        );
        prop_assert!(check_proposal(&spec(), &proposal, "").is_ok());
    }
}
