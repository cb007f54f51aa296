//! Queues, guardrails and rules.

use tandem_domain::answer::{nearest, pointer};
use tandem_domain::loops::{
    APPEAL_QUEUE, ARBITER_QUEUE, DEFAULT_QUEUE, GroupBy, RouteTo, RuleSpec,
};

use super::{File, Report, guardrails, is_slug};
use crate::guardrails::Guardrail;
use crate::rules::{Fault, RuleSet, Scope, compile};
use crate::shape::names;

/// Most rules, and most guardrails, of a loop.
const MAX_CHECKS: usize = 100;

pub(super) fn queues(file: &File<'_>, report: &mut Report<'_>) {
    for name in file.spec.queues.keys() {
        let path = pointer("/queues", name);
        // `appeals` is only there where decisions can be contested: older files may use the name.
        let taken = name == APPEAL_QUEUE && file.spec.appeals.is_some();
        if name == DEFAULT_QUEUE || name == ARBITER_QUEUE || taken {
            let message = format!("every loop has the queue `{name}` already");
            report.at_key(&path, "conflict", message).hint = Some("choose another name".to_owned());
        } else if !is_slug(&name.replace('_', "-")) {
            let shown = crate::shape::shorten(name);
            report.at_key(&path, "bad_name", format!("`{shown}` is no name for a queue")).hint =
                Some("use 1 to 64 lower case letters, digits, hyphens and underscores".to_owned());
        }
    }
}

pub(super) fn guardrails(file: &File<'_>, report: &mut Report<'_>) -> Vec<Guardrail> {
    let specs = &file.spec.policy.guardrails;
    too_many(report, "/policy/guardrails", "guardrails", specs.len());
    let named = specs.iter().enumerate();
    report.unique(
        "the guardrail",
        named.map(|(i, spec)| (format!("/policy/guardrails/{i}/name"), spec.name.as_str())),
    );
    specs
        .iter()
        .enumerate()
        .filter_map(|(i, spec)| {
            guardrails::compile(file, spec, &format!("/policy/guardrails/{i}"), report)
        })
        .collect()
}

/// Exactly one way to pass besides rules, and what it needs.
pub(super) fn ways(file: &File<'_>, report: &mut Report<'_>) {
    let policy = &file.spec.policy;
    let given = [
        ("confidence", policy.confidence.is_some()),
        ("autonomy", policy.autonomy.is_some()),
        ("conformal", policy.conformal.is_some()),
    ];
    let mut given = given.iter().filter(|way| way.1).map(|way| way.0);
    if let (Some(first), Some(second)) = (given.next(), given.next()) {
        let message = format!("`{second}` does not go with `{first}`: a policy has one of them");
        report.at_key(&format!("/policy/{second}"), "conflict", message).hint =
            Some(format!("remove `{first}` or `{second}`"));
    }
    let class = file.spec.class_field().is_some();
    let by_class = policy.autonomy.as_ref().is_some_and(|a| a.by == Some(GroupBy::Class));
    if by_class && !class {
        let message = "there is no single choice whose proposed value could make groups";
        report.at("/policy/autonomy/by", "conflict", message);
    }
    if policy.novelty.is_some() && file.spec.learned_field().is_none() {
        let message = "novelty is told by the loop's own model, and this loop has none";
        report.at_key("/policy/novelty", "conflict", message).hint =
            Some("give it a learner (`learner: {kind: linear}`), or remove `novelty`".to_owned());
    }
    let alone = policy.autonomy.as_ref().is_some_and(|a| a.together && a.by.is_none());
    if alone {
        let message = "`together` is about several groups, and there are none";
        report.at_key("/policy/autonomy/together", "conflict", message).hint =
            Some("add `by`, or remove `together`".to_owned());
    }
    if policy.conformal.is_some() && !class {
        let message = "prediction sets need a single choice in the answer";
        report.at_key("/policy/conformal", "conflict", message);
    }
}

fn too_many(report: &mut Report<'_>, path: &str, what: &str, found: usize) {
    if found > MAX_CHECKS {
        let message = format!("the loop has {found} {what}, more than {MAX_CHECKS}");
        report.at(path, "too_large", message);
    }
}

pub(super) fn rules(file: &File<'_>, report: &mut Report<'_>) -> RuleSet {
    let specs = &file.spec.policy.rules;
    too_many(report, "/policy/rules", "rules", specs.len());
    report.unique(
        "the rule",
        specs
            .iter()
            .enumerate()
            .map(|(i, spec)| (format!("/policy/rules/{i}/name"), spec.name.as_str())),
    );
    let mut rules = RuleSet::default();
    for (i, spec) in specs.iter().enumerate() {
        let path = format!("/policy/rules/{i}");
        review_keys(file, spec, &path, report);
        let path = format!("{path}/when");
        match compile(&spec.when, &Scope { spec: file.spec }) {
            Ok(expression) => rules.push(spec, expression),
            Err(faults) => expression_faults(file, &spec.when, &path, faults, report),
        }
    }
    rules
}

/// Each fault of an expression, at its own character.
pub(super) fn expression_faults(
    file: &File<'_>,
    text: &str,
    path: &str,
    faults: Vec<Fault>,
    report: &mut Report<'_>,
) {
    let node = file.root.nearest(path);
    for fault in faults {
        let place = node.place_in(file.source, text, fault.offset);
        let problem = report.push(place.problem(path, fault.code, fault.message));
        problem.hint = fault.hint;
    }
}

fn review_keys(file: &File<'_>, spec: &RuleSpec, path: &str, report: &mut Report<'_>) {
    for (key, given) in [("queue", spec.queue.is_some()), ("reviewers", spec.reviewers.is_some())] {
        // A case that passes may still be reviewed, because coverage is full or for an audit; a
        // blocked one never is.
        if given && spec.route == RouteTo::Block {
            let message = format!("`{key}` does not go with `route: block`");
            report.at_key(&format!("{path}/{key}"), "conflict", message);
        }
    }
    if let Some(queue) = &spec.queue
        && queue != DEFAULT_QUEUE
        && queue != ARBITER_QUEUE
        && !file.spec.queues.contains_key(queue)
    {
        let known =
            || file.spec.queues.keys().map(String::as_str).chain([DEFAULT_QUEUE, ARBITER_QUEUE]);
        let hint = match nearest(queue, known()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("declare it under `queues`; there are {}", names(known())),
        };
        let message = format!("the queue `{}` is not declared", crate::shape::shorten(queue));
        report.at(&format!("{path}/queue"), "not_declared", message).hint = Some(hint);
    }
}
