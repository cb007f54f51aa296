//! Routes: the order of guardrails, rules, modes and thresholds, and their replay.

use proptest::prelude::*;
use serde_json::{Value, json};
use tandem_domain::loops::{OnFail, RouteTo};
use tandem_domain::policy::{
    self, Draws, Facts, GuardrailFact, ModelFact, ModelStage, Route, RuleFact, route,
};

use crate::fixtures::{facts, spec};

#[track_caller]
fn check(patch: Value, facts: Facts, to: RouteTo, first_reason: &str) -> Route {
    let draws = Draws { audit: 0.3, blind: 0.3, sample: 0.5 };
    let route = route(&spec(&patch), 7, 1, facts, draws);
    assert_eq!(route.to, to, "{route:?}");
    assert_eq!(route.reasons[0].code, first_reason, "{route:?}");
    route
}

fn failed(on_fail: OnFail) -> Facts {
    let failed = vec![GuardrailFact {
        name: "pii".to_owned(),
        on_fail,
        why: "an e-mail address in /reply".to_owned(),
    }];
    Facts { failed, ..facts(Some(0.99)) }
}

fn ruled(to: Option<RouteTo>) -> Facts {
    let rule = RuleFact {
        name: "big".to_owned(),
        to,
        queue: Some("finance".to_owned()),
        reviewers: Some(2),
        mode: None,
    };
    Facts { rule: Some(rule), ..facts(Some(0.99)) }
}

#[test]
fn confidence_decides_last() {
    check(json!({}), facts(Some(0.95)), RouteTo::Auto, "confidence");
    check(json!({}), facts(Some(0.9)), RouteTo::Auto, "confidence");
    check(json!({}), facts(Some(0.89)), RouteTo::Review, "low_confidence");
    let unsaid = Facts { has_proposal: true, ..facts(None) };
    check(json!({}), unsaid, RouteTo::Review, "no_confidence");
    check(json!({}), facts(None), RouteTo::Review, "no_proposal");
}

fn of_model(facts: Facts, stage: ModelStage) -> Facts {
    Facts { model: Some(ModelFact { name: Some("intent@8".to_owned()), stage }), ..facts }
}

#[test]
fn only_a_live_model_passes_whatever_would_let_it() {
    let ways = [json!({}), json!({"mode": "on_the_loop"}), json!({"mode": "out_of_the_loop"})];
    for way in ways {
        for stage in [ModelStage::Canary, ModelStage::Shadow, ModelStage::Retired] {
            let sure = of_model(facts(Some(0.99)), stage);
            let route = check(way.clone(), sure, RouteTo::Review, "model_not_live");
            assert_eq!(route.reasons[0].name.as_deref(), Some(stage.as_str()));
        }
        let live = of_model(facts(Some(0.99)), ModelStage::Live);
        assert_eq!(route(&spec(&way), 7, 1, live, Draws::default()).to, RouteTo::Auto);
    }
    let ruled_in = of_model(ruled(Some(RouteTo::Auto)), ModelStage::Unregistered);
    let route = check(json!({}), ruled_in, RouteTo::Review, "rule");
    assert_eq!(
        (route.reasons[1].code.as_str(), route.queue.as_str()),
        ("model_not_live", "finance")
    );
}

#[test]
fn earned_autonomy_is_asked_of_a_canary_and_of_no_shadow() {
    let spec = spec(&json!({"policy": {"autonomy": {"target_error": 0.05, "certainty": 0.95}}}));
    let asks = |stage| policy::asks_autonomy(&spec, &of_model(facts(Some(0.99)), stage));
    assert!(asks(ModelStage::Live) && asks(ModelStage::Canary));
    assert!(!asks(ModelStage::Shadow) && !asks(ModelStage::Unregistered));
}

#[test]
fn a_novel_case_goes_to_a_person_in_every_mode_and_after_the_rules() {
    let novel = json!({"policy": {"novelty": {"alpha": 0.02}, "confidence": {"auto_at": 0.5}}});
    let at = |p| Facts { novelty: Some(p), ..facts(Some(0.99)) };
    let route = check(novel.clone(), at(0.02), RouteTo::Review, "novelty");
    assert_eq!((route.reasons[0].value, route.reasons[0].threshold), (Some(0.02), Some(0.02)));
    check(novel.clone(), at(0.021), RouteTo::Auto, "confidence");
    check(novel.clone(), facts(Some(0.99)), RouteTo::Auto, "confidence");
    let mut out = novel.clone();
    out["mode"] = json!("out_of_the_loop");
    check(out, at(0.01), RouteTo::Review, "novelty");
    let ruled = Facts { novelty: Some(0.0), ..ruled(Some(RouteTo::Auto)) };
    check(novel, ruled, RouteTo::Auto, "rule");
    check(json!({}), at(0.0), RouteTo::Auto, "confidence");
}

#[test]
fn full_coverage_lets_nothing_pass() {
    let full = json!({"coverage": "full"});
    check(full.clone(), facts(Some(1.0)), RouteTo::Review, "full_review");
    let route = check(full, ruled(Some(RouteTo::Auto)), RouteTo::Review, "rule");
    assert_eq!(route.reasons[1].code, "full_review");
}

#[test]
fn guardrails_come_before_rules_and_block_before_review() {
    check(json!({}), failed(OnFail::Block), RouteTo::Block, "guardrail");
    let route = check(json!({}), failed(OnFail::Review), RouteTo::Review, "guardrail");
    assert_eq!(route.reasons[0].why.as_deref(), Some("an e-mail address in /reply"));
    let mut both = failed(OnFail::Review);
    both.failed.push(GuardrailFact {
        name: "schema".to_owned(),
        on_fail: OnFail::Block,
        why: String::new(),
    });
    let route = check(json!({}), both, RouteTo::Block, "guardrail");
    assert_eq!(route.reasons[0].name.as_deref(), Some("schema"));
    assert!(check(json!({}), failed(OnFail::Revise), RouteTo::Review, "guardrail").revise);
}

#[test]
fn a_rule_names_its_queue_and_a_broken_rule_means_review() {
    let route = check(json!({}), ruled(Some(RouteTo::Review)), RouteTo::Review, "rule");
    assert_eq!((route.queue.as_str(), route.reviewers), ("finance", 2));
    check(json!({}), ruled(None), RouteTo::Review, "rule_error");
    check(json!({}), ruled(Some(RouteTo::Block)), RouteTo::Block, "rule");
}

#[test]
fn whoever_asks_for_a_person_gets_one() {
    let asked = Facts { requested_human: true, ..facts(Some(1.0)) };
    check(json!({"mode": "out_of_the_loop"}), asked, RouteTo::Review, "requested_human");
}

#[test]
fn the_machine_acts_on_and_out_of_the_loop() {
    check(json!({"mode": "on_the_loop"}), facts(Some(0.1)), RouteTo::Auto, "on_the_loop");
    check(json!({"mode": "out_of_the_loop"}), facts(Some(0.1)), RouteTo::Auto, "out_of_the_loop");
}

#[test]
fn without_enforcement_the_route_says_what_it_would_have_been() {
    let off = json!({"enforce": false});
    let route = check(off, facts(Some(0.2)), RouteTo::Auto, "not_enforced");
    assert_eq!(route.would_be, Some(RouteTo::Review));
}

proptest! {
    #[test]
    fn same_facts_and_draws_same_route(
        confidence in proptest::option::of(0.0..=1.0_f64),
        audit in 0.0..1.0_f64,
        blind in 0.0..1.0_f64,
        sample in 0.0..1.0_f64,
        enforce: bool,
    ) {
        let spec = spec(&json!({"enforce": enforce, "review": {"blind_rate": 0.5}}));
        let draws = Draws { audit, blind, sample };
        let first = route(&spec, 1, 1, facts(confidence), draws);
        // What is recorded is enough to replay it.
        let text = serde_json::to_string(&first).expect("serialises");
        let recorded: Route = serde_json::from_str(&text).expect("reads back");
        let again = route(&spec, recorded.loop_version, recorded.epoch, recorded.facts.clone(), draws);
        prop_assert_eq!(&again, &recorded);
        prop_assert_eq!(first.audit, first.to == RouteTo::Auto && audit < 0.5);
    }
}
