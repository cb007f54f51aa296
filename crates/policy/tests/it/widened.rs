//! What a new version lets pass that the old one did not.

use tandem_domain::LoopSpec;
use tandem_policy::published_diff;

use crate::{compiled, with};

fn spec(more: &str) -> LoopSpec {
    compiled(&with(more)).spec
}

#[test]
fn widening_is_named_and_narrowing_is_not() {
    let cases = [
        ("", "mode: on_the_loop", "mode goes from in_the_loop to on_the_loop"),
        ("", "coverage: selective", "coverage goes from full to selective"),
        ("appeals: {}", "", "can no longer be contested"),
        ("appeals: { window: 30d }", "appeals: { window: 10d }", "less time to contest"),
        (
            "appeals: { reviewers: { of: arbiter, count: 2 } }",
            "appeals: { reviewers: arbiter }",
            "fall from 2 to 1",
        ),
        ("appeals: {}", "appeals: { blind: false }", "sees the earlier decision"),
        ("appeals: { meanwhile: suspended }", "appeals: {}", "stays in force"),
        ("", "enforce: false", "no longer enforced"),
        ("", "policy: { confidence: { auto_at: 0.9 } }", "pass at a confidence of 0.9"),
        (
            "policy: { confidence: { auto_at: 0.9 } }",
            "policy: { confidence: { auto_at: 0.8 } }",
            "falls from 0.9 to 0.8",
        ),
        (
            "policy: { confidence: { auto_at: 0.9, audit_rate: 0.1 } }",
            "policy: { confidence: { auto_at: 0.9, audit_rate: 0.05 } }",
            "audit rate falls",
        ),
        (
            "",
            "policy: { autonomy: { target_error: 0.05 } }",
            "pass once an error of at most 5 % is certified",
        ),
        (
            "policy: { autonomy: { target_error: 0.05 } }",
            "policy: { autonomy: { target_error: 0.1 } }",
            "the target error rises from 0.05 to 0.1",
        ),
        (
            "policy: { autonomy: { target_error: 0.05, certainty: 0.99 } }",
            "policy: { autonomy: { target_error: 0.05 } }",
            "the certainty falls from 0.99 to 0.95",
        ),
        (
            "policy: { autonomy: { target_error: 0.05, by: { slice: region } } }",
            "policy: { autonomy: { target_error: 0.05 } }",
            "groups no longer earn for themselves",
        ),
        (
            "policy: { autonomy: { target_error: 0.05, second_looks: 0.2 } }",
            "policy: { autonomy: { target_error: 0.05 } }",
            "the share of second looks falls from 0.2 to 0",
        ),
        (
            "policy: { autonomy: { target_error: 0.05, by: { slice: region }, together: true } }",
            "policy: { autonomy: { target_error: 0.05, by: { slice: region } } }",
            "no longer together",
        ),
        (
            "policy: { autonomy: { target_error: 0.05 } }",
            "policy: { autonomy: { target_error: 0.05, audit_rate: 0.02 } }",
            "the audit rate falls from 0.05 to 0.02",
        ),
        (
            "policy: { conformal: { alpha: 0.05 } }",
            "policy: { conformal: { alpha: 0.1 } }",
            "alpha of the prediction sets rises from 0.05 to 0.1",
        ),
        (
            "policy: { novelty: { alpha: 0.05 } }\nlearner: { kind: linear }",
            "learner: { kind: linear }",
            "novel cases no longer go to a person",
        ),
        (
            "policy: { novelty: { alpha: 0.05 } }\nlearner: { kind: linear }",
            "policy: { novelty: { alpha: 0.01 } }\nlearner: { kind: linear }",
            "alpha of novelty falls from 0.05 to 0.01",
        ),
        ("review: { reviewers: 2 }", "review: { reviewers: 1 }", "reviewers fall from 2 to 1"),
        (
            "policy: { guardrails: [{ name: g, check: pii, on_fail: block }] }",
            "",
            "the guardrail `g` is gone",
        ),
        (
            "policy: { guardrails: [{ name: g, check: pii, on_fail: block }] }",
            "policy: { guardrails: [{ name: g, check: pii, on_fail: review }] }",
            "does less",
        ),
        (
            "policy: { guardrails: [{ name: g, check: regex, pattern: a, on_fail: block }] }",
            "policy: { guardrails: [{ name: g, check: regex, pattern: b, on_fail: block }] }",
            "checks something else",
        ),
        (
            "policy: { rules: [{ name: r, when: 'true', route: review }] }",
            "",
            "the rule `r` is gone",
        ),
        (
            "policy: { rules: [{ name: r, when: 'true', route: review, reviewers: 3 }] }",
            "policy: { rules: [{ name: r, when: 'true', route: review, reviewers: 2 }] }",
            "fewer than 3",
        ),
        (
            "policy: { rules: [{ name: r, when: 'true', route: block }] }",
            "policy: { rules: [{ name: r, when: 'true', route: review }] }",
            "reviews where it blocked",
        ),
        (
            "",
            "policy: { rules: [{ name: r, when: 'true', route: auto }] }",
            "the rule `r` lets cases pass",
        ),
        (
            "policy: { rules: [{ name: a, when: 'true', route: block }, { name: r, when: 'true', \
             route: auto }] }",
            "policy: { rules: [{ name: r, when: 'true', route: auto }, { name: a, when: 'true', \
             route: block }] }",
            "comes before rules that held it back",
        ),
        (
            "coverage: selective",
            "coverage: selective\nreview: { on_deadline: approve }",
            "overdue cases are approved",
        ),
        (
            "checklist: [{ id: c, text: t, required: true }]",
            "checklist: [{ id: c, text: t }]",
            "no longer needs `c`",
        ),
    ];
    for (old, new, text) in cases {
        let (old, new) = (spec(old), spec(new));
        let widened = published_diff(Some(&old), &new);
        assert!(widened.iter().any(|line| line.contains(text)), "{text}: {widened:?}");
        assert_eq!(widened.len(), 1, "{widened:?}");
        assert_eq!(published_diff(Some(&new), &new), Vec::<String>::new());
    }
}

#[test]
fn the_first_version_is_compared_with_full_review() {
    assert_eq!(published_diff(None, &spec("")), Vec::<String>::new());
    let first = spec("coverage: selective\npolicy: { confidence: { auto_at: 0.9 } }");
    assert_eq!(published_diff(None, &first).len(), 2);
}

#[test]
fn narrowing_is_silent() {
    let wide = spec(
        "coverage: selective\npolicy: { confidence: { auto_at: 0.5 }, rules: [{ name: r, when: \
         'true', route: auto }] }",
    );
    let narrow = spec("review: { reviewers: 3 }");
    assert_eq!(published_diff(Some(&wide), &narrow), Vec::<String>::new());
}
