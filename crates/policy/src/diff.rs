//! What a new version of a loop lets pass that the old one did not.

use tandem_domain::LoopSpec;
use tandem_domain::loops::{
    Coverage, DeadlineAction, LinkSpec, Meanwhile, Mode, OnFail, OnNewModel, PolicySpec, RouteTo,
};

/// Every way in which `new` widens the machine's autonomy over `old`, one sentence each; empty
/// where it widens nothing. The first version of a loop (`old` absent) is compared with full review
/// by one person.
pub fn published_diff(old: Option<&LoopSpec>, new: &LoopSpec) -> Vec<String> {
    let mut widened = Vec::new();
    modes(old, new, &mut widened);
    let none = PolicySpec::default();
    let before = old.map_or(&none, |old| &old.policy);
    confidence(before, &new.policy, &mut widened);
    autonomy(before, &new.policy, &mut widened);
    conformal(before, &new.policy, &mut widened);
    novelty(before, &new.policy, &mut widened);
    guardrails(before, &new.policy, &mut widened);
    rules(before, &new.policy, &mut widened);
    chain(old, new, &mut widened);
    review(old, new, &mut widened);
    gates(old, new, &mut widened);
    appeals(old, new, &mut widened);
    widened
}

fn reach(mode: Mode) -> u8 {
    match mode {
        Mode::InTheLoop => 0,
        Mode::OnTheLoop => 1,
        Mode::OutOfTheLoop => 2,
    }
}

fn modes(old: Option<&LoopSpec>, new: &LoopSpec, widened: &mut Vec<String>) {
    let (mode, coverage, enforce) =
        old.map_or((Mode::InTheLoop, Coverage::Full, true), |o| (o.mode, o.coverage, o.enforce));
    if reach(new.mode) > reach(mode) {
        widened.push(format!("mode goes from {} to {}", word(mode), word(new.mode)));
    }
    if coverage == Coverage::Full && new.coverage == Coverage::Selective {
        widened.push("coverage goes from full to selective".to_owned());
    }
    if enforce && !new.enforce {
        widened.push("the policy is no longer enforced: proposals pass without review".to_owned());
    }
    let promoted = |spec: &LoopSpec| spec.new_models() == OnNewModel::Promote;
    if old.is_some_and(|old| !promoted(old)) && promoted(new) {
        widened.push("new models take over at once".to_owned());
    }
}

fn confidence(old: &PolicySpec, new: &PolicySpec, widened: &mut Vec<String>) {
    match (old.confidence, new.confidence) {
        (None, Some(to)) => {
            widened.push(format!("cases pass at a confidence of {} and above", to.auto_at));
        }
        (Some(from), Some(to)) => {
            if to.auto_at < from.auto_at {
                let (from, to) = (from.auto_at, to.auto_at);
                widened.push(format!("the confidence threshold falls from {from} to {to}"));
            }
            if to.audit_rate < from.audit_rate {
                let (from, to) = (from.audit_rate, to.audit_rate);
                widened.push(format!("the audit rate falls from {from} to {to}"));
            }
        }
        (_, None) => {}
    }
}

fn autonomy(old: &PolicySpec, new: &PolicySpec, widened: &mut Vec<String>) {
    let (Some(to), from) = (&new.autonomy, &old.autonomy) else { return };
    let Some(from) = from else {
        let percent = to.target_error * 100.0;
        widened.push(format!("cases pass once an error of at most {percent} % is certified"));
        return;
    };
    let mut moved = |what: &str, from: f64, to: f64, wider: bool| {
        if wider {
            let way = if to > from { "rises" } else { "falls" };
            widened.push(format!("the {what} {way} from {from} to {to}"));
        }
    };
    let (a, b) = (from.target_error, to.target_error);
    moved("target error", a, b, b > a);
    let (a, b) = (from.certainty, to.certainty);
    moved("certainty", a, b, b < a);
    let (a, b) = (from.audit_rate, to.audit_rate);
    moved("audit rate", a, b, b < a);
    let (a, b) = (from.second_looks, to.second_looks);
    moved("share of second looks", a, b, b < a);
    if from.together && !to.together && to.by.is_some() {
        widened.push("groups have the certainty each by itself, no longer together".to_owned());
    }
    if from.by != to.by && from.by.is_some() {
        widened.push("groups no longer earn for themselves as they did".to_owned());
    }
}

fn conformal(old: &PolicySpec, new: &PolicySpec, widened: &mut Vec<String>) {
    match (old.conformal, new.conformal) {
        (None, Some(to)) => {
            let alpha = to.alpha;
            widened.push(format!("cases pass where a prediction set at {alpha} holds one answer"));
        }
        (Some(from), Some(to)) => {
            if to.alpha > from.alpha {
                let (from, to) = (from.alpha, to.alpha);
                widened.push(format!("alpha of the prediction sets rises from {from} to {to}"));
            }
            if to.audit_rate < from.audit_rate {
                let (from, to) = (from.audit_rate, to.audit_rate);
                widened.push(format!("the audit rate falls from {from} to {to}"));
            }
        }
        (_, None) => {}
    }
}

fn novelty(old: &PolicySpec, new: &PolicySpec, widened: &mut Vec<String>) {
    match (old.novelty, new.novelty) {
        (Some(_), None) => widened.push("novel cases no longer go to a person".to_owned()),
        (Some(from), Some(to)) if to.alpha < from.alpha => {
            let (from, to) = (from.alpha, to.alpha);
            widened
                .push(format!("alpha of novelty falls from {from} to {to}: fewer cases are novel"));
        }
        _ => {}
    }
}

fn strength(on_fail: OnFail) -> u8 {
    match on_fail {
        OnFail::Revise => 0,
        OnFail::Review => 1,
        OnFail::Block => 2,
    }
}

fn guardrails(old: &PolicySpec, new: &PolicySpec, widened: &mut Vec<String>) {
    for before in &old.guardrails {
        let name = &before.name;
        match new.guardrails.iter().find(|after| after.name == before.name) {
            None => widened.push(format!("the guardrail `{name}` is gone")),
            Some(after) => {
                let asked = (&after.http, &after.openai, &after.when);
                if (after.check, &after.schema, &after.pattern)
                    != (before.check, &before.schema, &before.pattern)
                    || asked != (&before.http, &before.openai, &before.when)
                {
                    widened.push(format!("the guardrail `{name}` checks something else"));
                }
                if strength(after.on_fail) < strength(before.on_fail) {
                    widened.push(format!("the guardrail `{name}` does less when it fails"));
                }
                if strength(after.on_error()) < strength(before.on_error()) {
                    let what = "does less when its model cannot be asked";
                    widened.push(format!("the guardrail `{name}` {what}"));
                }
            }
        }
    }
}

/// A rule of the chain that says how sure it is lets pass what its author likes.
fn chain(old: Option<&LoopSpec>, new: &LoopSpec, widened: &mut Vec<String>) {
    let known =
        |link: &LinkSpec| old.is_some_and(|old| old.chain.iter().any(|o| o.rule == link.rule));
    let sure = |link: &LinkSpec| link.rule.as_ref().is_some_and(|rule| rule.confidence.is_some());
    for (at, link) in new.chain.iter().enumerate().filter(|(_, link)| sure(link) && !known(link)) {
        widened.push(format!("what the link `{}` proposes may pass", link.label(at)));
    }
}

fn rules(old: &PolicySpec, new: &PolicySpec, widened: &mut Vec<String>) {
    let order = |policy: &PolicySpec, name: &str| policy.rules.iter().position(|r| r.name == name);
    for before in old.rules.iter().filter(|rule| rule.route != RouteTo::Auto) {
        let name = &before.name;
        let Some(after) = new.rules.iter().find(|after| after.name == before.name) else {
            widened.push(format!("the rule `{name}` is gone"));
            continue;
        };
        if after.when != before.when {
            widened.push(format!("the rule `{name}` matches other cases"));
        }
        if before.route == RouteTo::Block && after.route == RouteTo::Review {
            widened.push(format!("the rule `{name}` reviews where it blocked"));
        }
        let seats = |rule: &tandem_domain::loops::RuleSpec| rule.reviewers;
        if let Some(from) = seats(before)
            && seats(after).is_none_or(|to| to < from)
        {
            widened.push(format!("the rule `{name}` asks fewer than {from} reviewers"));
        }
    }
    for after in &new.rules {
        let before = old.rules.iter().find(|before| before.name == after.name);
        let name = &after.name;
        let mode = |rule: &tandem_domain::loops::RuleSpec| rule.mode.map_or(0, reach);
        if before.map_or(0, mode) < mode(after) {
            widened.push(format!("the rule `{name}` raises the oversight mode"));
        }
        if after.route != RouteTo::Auto {
            continue;
        }
        match before {
            Some(before) if before.route == RouteTo::Auto => {
                if before.when != after.when {
                    widened.push(format!("the rule `{name}` lets other cases pass"));
                }
                let moved_up = old.rules.iter().filter(|r| r.route != RouteTo::Auto).any(|other| {
                    order(old, &other.name) < order(old, name)
                        && order(new, &other.name).is_some_and(|at| Some(at) > order(new, name))
                });
                if moved_up {
                    widened.push(format!("the rule `{name}` comes before rules that held it back"));
                }
            }
            _ => widened.push(format!("the rule `{name}` lets cases pass")),
        }
    }
}

fn review(old: Option<&LoopSpec>, new: &LoopSpec, widened: &mut Vec<String>) {
    let from = old.map_or(1, |old| old.review.reviewers);
    if new.review.reviewers < from {
        let to = new.review.reviewers;
        widened.push(format!("reviewers fall from {from} to {to}"));
    }
    if new.review.on_deadline == DeadlineAction::Approve
        && old.is_none_or(|old| old.review.on_deadline != DeadlineAction::Approve)
    {
        widened.push("overdue cases are approved".to_owned());
    }
    let Some(old) = old else { return };
    if new.review.consensus.min_agreement < old.review.consensus.min_agreement {
        let (from, to) = (old.review.consensus.min_agreement, new.review.consensus.min_agreement);
        widened.push(format!("the agreement needed falls from {from} to {to}"));
    }
    if new.review.consensus.rule != old.review.consensus.rule
        && new.review.consensus.rule == tandem_domain::loops::ConsensusRule::Majority
    {
        widened.push("a majority is enough where all had to agree".to_owned());
    }
    if old.review.veto.unwrap_or_default() > new.review.veto.unwrap_or_default() {
        widened.push("there is less time for a veto".to_owned());
    }
    for item in old.checklist.iter().filter(|item| item.required) {
        if !new.checklist.iter().any(|after| after.id == item.id && after.required) {
            widened.push(format!("approval no longer needs `{}` ticked", item.id));
        }
    }
}

/// Decisions that can no longer be contested, or less long, or before fewer persons who see more.
fn appeals(old: Option<&LoopSpec>, new: &LoopSpec, widened: &mut Vec<String>) {
    let Some(from) = old.and_then(|old| old.appeals.as_ref()) else { return };
    let Some(to) = &new.appeals else {
        widened.push("decisions can no longer be contested".to_owned());
        return;
    };
    if to.window < from.window {
        widened.push("there is less time to contest a decision".to_owned());
    }
    let (before, after) = (from.reviewers.count(), to.reviewers.count());
    if after < before {
        widened.push(format!("persons who decide an appeal fall from {before} to {after}"));
    }
    if from.blind && !to.blind {
        widened.push("whoever decides an appeal sees the earlier decision".to_owned());
    }
    if from.meanwhile == Meanwhile::Suspended && to.meanwhile == Meanwhile::Stands {
        widened.push("a decision stays in force while it is contested".to_owned());
    }
}

/// Calls of tools: fewer approvals, more tools, looser limits.
fn gates(old: Option<&LoopSpec>, new: &LoopSpec, widened: &mut Vec<String>) {
    let Some(old) = old else { return };
    let count = |spec: &LoopSpec| spec.review.approvals.map_or(0, |approvals| approvals.count);
    if count(new) < count(old) {
        let (from, to) = (count(old), count(new));
        widened.push(format!("approvals of a call fall from {from} to {to}"));
    }
    let role = |spec: &LoopSpec| spec.review.approvals.map(|approvals| approvals.of);
    if let (Some(from), Some(to)) = (role(old), role(new))
        && from != to
    {
        widened.push(format!("calls are approved by {to}s, not by {from}s"));
    }
    if new.review.channels.iter().any(|channel| !old.review.channels.contains(channel)) {
        widened.push("people may decide in a chat".to_owned());
    }
    for (field, action) in new.actions() {
        let known = old.actions().find(|(name, _)| *name == field).map(|(_, action)| action);
        for (name, tool) in &action.tools {
            match known.and_then(|known| known.tools.get(name)) {
                None => widened.push(format!("the tool `{name}` may be called")),
                Some(before) if before.schema != tool.schema => {
                    widened.push(format!("the tool `{name}` takes other arguments"));
                }
                Some(before) if new.sign_off(tool) < old.sign_off(before) => {
                    widened.push(format!("the tool `{name}` is approved without a passkey"));
                }
                Some(_) => {}
            }
        }
    }
    for before in &old.policy.limits {
        let name = &before.name;
        match new.policy.limits.iter().find(|after| after.name == *name) {
            None => widened.push(format!("the limit `{name}` is gone")),
            Some(after) if after.max > before.max => {
                widened
                    .push(format!("the limit `{name}` rises from {} to {}", before.max, after.max));
            }
            Some(after) if after.window < before.window => {
                widened.push(format!("the limit `{name}` looks back less far"));
            }
            Some(after)
                if (&after.key, &after.sum, after.on_hit)
                    != (&before.key, &before.sum, before.on_hit) =>
            {
                widened.push(format!("the limit `{name}` bounds something else"));
            }
            Some(_) => {}
        }
    }
}

fn word(mode: Mode) -> &'static str {
    match mode {
        Mode::InTheLoop => "in_the_loop",
        Mode::OnTheLoop => "on_the_loop",
        Mode::OutOfTheLoop => "out_of_the_loop",
    }
}
