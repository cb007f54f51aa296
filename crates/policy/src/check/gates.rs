//! Calls of tools: what goes with them, the ladder, and limits over many cases.

use tandem_domain::answer::{nearest, pointer};
use tandem_domain::loops::{ARBITER_QUEUE, DEFAULT_QUEUE, DeadlineAction, SignOff};

use super::{File, Report};
use crate::compiled::Limit;
use crate::place::Place;
use crate::shape::names;

/// Most limits, and most rungs, of a loop.
const MAX_LIST: usize = 20;

/// What goes with a call of a tool, and what does not.
pub(super) fn action(file: &File<'_>, report: &mut Report<'_>) {
    let spec = file.spec;
    let fields: Vec<&str> = spec.actions().map(|(name, _)| name).collect();
    for name in fields.iter().skip(1) {
        let message = "an answer holds one action: a grant lets one call run";
        report.at_key(&pointer("/answer", name), "conflict", message).hint =
            Some("put all tools into one action, or make two loops".to_owned());
    }
    if fields.is_empty() {
        if spec.review.approvals.is_some() {
            let message = "approvals are for actions; this answer has none";
            report.at_key("/review/approvals", "conflict", message).hint =
                Some("use `reviewers` and `consensus`".to_owned());
        }
        if spec.review.sign_off != SignOff::Server {
            let message = "`sign_off` is for actions; this answer has none";
            report.at_key("/review/sign_off", "conflict", message);
        }
        return;
    }
    let hint = || Some("use `escalate` or `reject`".to_owned());
    let (what, irreversible) = match spec.review.on_deadline {
        DeadlineAction::Approve => ("approve", first_irreversible(file)),
        DeadlineAction::Keep => ("keep waiting over", None),
        DeadlineAction::Escalate | DeadlineAction::Reject => return,
    };
    let message = match irreversible {
        Some(tool) => format!("a deadline cannot approve `{tool}`, which cannot be taken back"),
        None => format!("a deadline cannot {what} a call that waits for its approval"),
    };
    report.at("/review/on_deadline", "conflict", message).hint = hint();
}

fn first_irreversible<'a>(file: &'a File<'_>) -> Option<&'a str> {
    let tools = file.spec.actions().flat_map(|(_, action)| &action.tools);
    tools.filter(|(_, tool)| !tool.reversible).map(|(name, _)| name.as_str()).next()
}

/// Rungs rise, and lead to queues that exist.
pub(super) fn ladder(file: &File<'_>, report: &mut Report<'_>) {
    let rungs = &file.spec.review.escalation;
    if rungs.len() > MAX_LIST {
        let message = format!("the ladder has {} rungs, more than {MAX_LIST}", rungs.len());
        report.at("/review/escalation", "too_large", message);
    }
    for (i, rung) in rungs.iter().enumerate() {
        let path = format!("/review/escalation/{i}");
        if i > 0 && rung.after <= rungs[i - 1].after {
            let message = "a rung comes later than the one before it";
            report.at(&format!("{path}/after"), "conflict", message);
        }
        let last = i + 1 == rungs.len();
        if rung.to == ARBITER_QUEUE && !last {
            let message = "arbiters are the last rung; what follows is never reached";
            report.at(&format!("{path}/to"), "conflict", message);
        }
        let known = rung.to == ARBITER_QUEUE
            || rung.to == DEFAULT_QUEUE
            || file.spec.queues.contains_key(&rung.to);
        if !known {
            let queues = || file.spec.queues.keys().map(String::as_str).chain([ARBITER_QUEUE]);
            let hint = match nearest(&rung.to, queues()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("declare it under `queues`; there are {}", names(queues())),
            };
            let message =
                format!("the queue `{}` is not declared", crate::shape::shorten(&rung.to));
            report.at(&format!("{path}/to"), "not_declared", message).hint = Some(hint);
        }
    }
}

pub(super) fn limits(file: &File<'_>, report: &mut Report<'_>) -> Vec<Limit> {
    let specs = &file.spec.policy.limits;
    if specs.len() > MAX_LIST {
        let message = format!("the loop has {} limits, more than {MAX_LIST}", specs.len());
        report.at("/policy/limits", "too_large", message);
    }
    let named = specs.iter().enumerate();
    report.unique(
        "the limit",
        named.map(|(i, spec)| (format!("/policy/limits/{i}/name"), spec.name.as_str())),
    );
    let mut limits = Vec::with_capacity(specs.len());
    for (i, spec) in specs.iter().enumerate() {
        let mut place = |key: &str, text: Option<&String>| match Place::parse(text?, file.spec) {
            Ok(place) => Some(place),
            Err(message) => {
                report.at(&format!("/policy/limits/{i}/{key}"), "not_declared", message);
                None
            }
        };
        let key = place("key", spec.key.as_ref());
        let sum = place("sum", spec.sum.as_ref());
        limits.push(Limit { key, sum });
    }
    limits
}
