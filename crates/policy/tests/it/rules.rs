//! Rules: what matches, what breaks, what is bounded.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tandem_domain::loops::RouteTo;

use crate::{Case, NONE, compiled, problems, proposal, with, with_rule};

/// `Some(true)` matched, `Some(false)` did not, `None` broke.
fn outcome(when: &str, case: &Case, output: Option<Value>) -> Option<bool> {
    let loop_ = compiled(&with_rule(when));
    let new = output.map(|output| {
        let mut new = proposal(output);
        new.confidence.insert("intent".to_owned(), 0.4);
        new.probabilities.insert("intent".to_owned(), [("pay".to_owned(), 0.4)].into());
        new
    });
    match loop_.facts(&case.view(), new.as_ref()).rule {
        None => Some(false),
        Some(fact) => fact.to.map(|to| to == RouteTo::Block),
    }
}

#[test]
fn rules_see_the_case_and_the_proposal() {
    let mut case = Case::new(json!({"text": "Where is my CARD", "amount": 12}));
    case.tags = vec!["vip".to_owned()];
    let pay = || Some(json!({"intent": "pay"}));
    for (when, expected) in [
        ("true", Some(true)),
        ("input.amount > 11.5 && input.amount < 13", Some(true)),
        ("input.amount == 12", Some(true)),
        ("input['amount'] == 12.0", Some(true)),
        ("input.amount * 2.0 == 24.0", Some(true)),
        ("input.text.lowerAscii().contains('card')", Some(true)),
        ("input.text.startsWith('where')", Some(false)),
        ("size(input.text) == 16", Some(true)),
        ("'vip' in tags && !('pii' in tags)", Some(true)),
        ("tags.exists(t, t.startsWith('v'))", Some(true)),
        ("size(tags.filter(t, t != 'vip')) == 0", Some(true)),
        ("has(input.amount) && has(proposal.confidence)", Some(true)),
        ("proposal.output.intent == 'pay'", Some(true)),
        ("proposal.confidence < 0.5", Some(true)),
        ("proposal.probabilities.intent.pay == proposal.confidences.intent", Some(true)),
        ("model == 'intent@7' && proposal.model == model && proposal.by == 'machine'", Some(true)),
        ("run == null", Some(true)),
        ("type(input.amount) == double", Some(true)),
        ("size(input) == 2", Some(true)),
        // What breaks goes to a person.
        ("input.text > 3", None),
        ("input.amount + 1 > 3.0", None),
        ("1 / 0 == 1", None),
        ("proposal.probabilities.intent.refuse > 0.5", None),
        ("input.text", None),
    ] {
        assert_eq!(outcome(when, &case, pay()), expected, "{when}");
    }
    case.input = json!({"text": "x"});
    assert_eq!(outcome("input.amount > 1.0", &case, pay()), None);
    assert_eq!(outcome("has(input.amount) && input.amount > 1.0", &case, pay()), Some(false));
}

#[test]
fn rules_about_the_proposal_do_not_apply_without_one() {
    let case = Case::new(json!({"text": "x"}));
    assert_eq!(outcome("proposal.confidence < 0.5", &case, None), Some(false));
    assert_eq!(outcome("input.text == 'x'", &case, None), Some(true));
    assert_eq!(outcome("model == null", &case, None), Some(true));
}

#[test]
fn the_first_rule_that_matches_or_breaks_counts() {
    let loop_ = compiled(&with(
        "queues: { big: {} }\npolicy:\n  rules:\n    - { name: no, when: 'false', route: block }\n    \
         - { name: broken, when: 'input.amount > 1.0', route: block }\n    - { name: yes, when: \
         'true', route: review, queue: big, reviewers: 3, mode: on_the_loop }\n",
    ));
    let fact = loop_.facts(&Case::new(json!({"text": ""})).view(), NONE).rule.unwrap();
    assert_eq!((fact.name.as_str(), fact.to, fact.queue), ("broken", None, None));
    let case = Case::new(json!({"text": "", "amount": 0}));
    let fact = loop_.facts(&case.view(), NONE).rule.unwrap();
    assert_eq!((fact.name.as_str(), fact.to), ("yes", Some(RouteTo::Review)));
    assert_eq!((fact.queue.as_deref(), fact.reviewers), (Some("big"), Some(3)));
    assert_eq!(fact.mode, Some(tandem_domain::loops::Mode::OnTheLoop));
}

#[test]
fn groups_are_seen_only_where_the_loop_says_so() {
    let rule = "policy: { rules: [{ name: r, when: \"group.region == 'EU'\", route: block }] }\n";
    let found = problems(&with(rule));
    assert!(found[0].message.contains("may not see `group`"), "{}", found[0]);
    let loop_ = compiled(&with(&format!("use_group: true\n{rule}")));
    let mut case = Case::new(json!({"text": ""}));
    case.group.insert("region".to_owned(), "EU".to_owned());
    assert_eq!(loop_.facts(&case.view(), NONE).rule.unwrap().to, Some(RouteTo::Block));
}

#[test]
fn large_cases_break_rules_rather_than_stall_them() {
    let text = |bytes: usize| Case::new(json!({"text": "a".repeat(bytes), "amount": 1}));
    assert_eq!(outcome("input.text.contains('b')", &text(1 << 19), None), Some(false));
    assert_eq!(outcome("input.text.contains('b')", &text(1 << 21), None), None);
    // What a rule does not look at weighs nothing.
    assert_eq!(outcome("input.amount == 1.0", &text(1 << 21), None), Some(true));
    let mut case = text(1 << 17);
    let loops = "tags.exists(t, input.text.contains(t))";
    case.tags = (0..100).map(|i| format!("tag{i}")).collect();
    assert_eq!(outcome(loops, &case, None), Some(false));
    case.tags = (0..8_000).map(|i| format!("tag{i}")).collect();
    assert_eq!(outcome(loops, &case, None), None);
}

#[test]
fn the_worst_rules_within_the_limits_end_soon() {
    // As many scans of the largest text as the limits allow, and the longest list.
    let scans = |n| format!("tags.exists(t, {})", vec!["input.text.contains(t)"; n].join(" || "));
    let filter = "size(tags.filter(t, t.contains('a'))) > 100000".to_owned();
    for when in [scans(1), scans(8), scans(60), filter] {
        let loop_ = compiled(&with_rule(&when));
        let mut weight = 1 << 18;
        let (mut case, mut broken) = (Case::default(), true);
        // The largest case the rule accepts, half of it text and half of it tags.
        while broken {
            weight = weight * 9 / 10;
            case = Case::new(json!({"text": "ab".repeat(weight / 4), "amount": 1}));
            case.tags = (0..weight / 48).map(|i| format!("abc{i:05}")).collect();
            broken = loop_.facts(&case.view(), NONE).rule.is_some();
        }
        let start = Instant::now();
        assert_eq!(loop_.facts(&case.view(), NONE).rule, None);
        let took = start.elapsed();
        println!("{} tags of {weight} bytes: {took:?}", case.tags.len());
        assert!(took < Duration::from_secs(20), "{took:?}");
    }
}

#[test]
fn what_could_grow_or_hang_is_refused() {
    for (when, text) in [
        ("tags.map(t, t + t).size() > 1", "not offered"),
        ("tags.filter(t, true)[0] == 'x'", "not offered"),
        ("tags.exists(t, tags.exists(u, t == u))", "once"),
        ("tags.all(t, size(tags.filter(u, u == t)) > 0)", "once"),
        ("size(tags.filter(t, true).filter(t, true)) > 0", "not offered"),
        ("input.text.matches('a*')", "`matches` does not exist"),
        ("size(input.text.split('a')) > 3", "`split` does not exist"),
        ("input.txt == ''", "`input.txt` is not declared"),
        ("input['txt'] == ''", "`input.txt` is not declared"),
        ("has(input.txt)", "`input.txt` is not declared"),
        ("proposal.output.amount > 1", "`amount` is not a field of the answer"),
        ("proposal.score > 1", "`proposal.score` does not exist"),
        ("tag == 'x'", "`tag` is not a variable"),
        ("tags.exists(t, u == 'x')", "`u` is not a variable"),
        ("1 + 1", "neither true nor false"),
        ("'yes'", "neither true nor false"),
        ("", "empty"),
        ("Thing{a: 1} == 1", "cannot make a message"),
    ] {
        let found = problems(&with_rule(when));
        assert!(found[0].message.contains(text), "{when}: {}", found[0]);
        assert_eq!(found[0].path, "/policy/rules/0/when");
    }
    let long = vec!["true"; 500].join(" && ");
    assert!(problems(&with_rule(&long))[0].message.contains("more than 2000"));
    let many = vec!["1==1"; 240].join("||");
    assert!(problems(&with_rule(&many))[0].message.contains("terms"));
    for (open, close) in [("(", ")"), ("[", "]"), ("!", ""), ("- ", "")] {
        let deep = format!("{}true{}", open.repeat(900), close.repeat(900));
        let deep: String = deep.chars().take(1_900).collect();
        let found = problems(&with_rule(&deep));
        assert!(found[0].message.contains("nested"), "{open}: {}", found[0]);
    }
}
