//! Figures over the cases that were tried: shares, errors off policy, curves and groups.

use std::collections::BTreeMap;

use tandem_domain::LoopSpec;
use tandem_domain::loops::{CostSpec, RouteTo};
use tandem_domain::policy::Route;
use tandem_learn::off_policy::{Estimator, Logged, OffPolicyOptions, evaluate};

use super::views::{
    ChangedCase, ChangedView, EstimateView, GroupOutcome, OutcomeView, PointView, ReasonCount,
    SetSizes,
};
use super::{LoopHandle, Tried};
use crate::conformal;

/// Thresholds on the curve.
const LEVELS: usize = 40;
/// Changed cases shown.
const SHOWN: usize = 20;
/// One minus the certainty of the intervals.
const DELTA: f64 = 0.05;
/// Alphas whose prediction sets are shown.
const ALPHAS: [f64; 5] = [0.01, 0.02, 0.05, 0.1, 0.2];

/// Share wrong among cases; `None` before two of them are known.
fn estimate<'a>(cases: impl Iterator<Item = &'a Tried<'a>>) -> Option<EstimateView> {
    let (mut rewards, mut propensities, mut all) = (Vec::new(), Vec::new(), 0_usize);
    for case in cases {
        all += 1;
        if let Some((wrong, weight)) = case.known {
            rewards.push(f64::from(u8::from(wrong)));
            propensities.push((1.0 / weight).clamp(1e-6, 1.0));
        }
    }
    let target = vec![1.0; rewards.len()];
    let logged = Logged { rewards: &rewards, propensities: &propensities, target: &target };
    let options = OffPolicyOptions { floor: 1e-6, delta: DELTA, ..OffPolicyOptions::default() };
    let found = evaluate(&logged, Estimator::Snips, &options).ok()?;
    let stood_for: f64 = propensities.iter().map(|p| 1.0 / p).sum();
    // A normal interval around 0 or 1 has no width: Wilson's over the effective cases is the wider.
    let n = found.effective_rows.max(1.0);
    let (low, high) = wilson(found.value, n);
    Some(EstimateView {
        estimate: found.value,
        lower: low.min(found.asymptotic.0.max(0.0)),
        upper: high.max(found.asymptotic.1.min(1.0)),
        certainty: 1.0 - DELTA,
        effective_cases: found.effective_rows,
        known: rewards.len(),
        unknown_share: (1.0 - stood_for / all.max(1) as f64).clamp(0.0, 1.0),
    })
}

/// Wilson's interval of a share over a number of cases that need not be whole.
fn wilson(share: f64, n: f64) -> (f64, f64) {
    let z = tandem_learn::proportion::normal_quantile(1.0 - DELTA / 2.0);
    let z2 = z * z / n;
    let centre = (share + z2 / 2.0) / (1.0 + z2);
    let half = z / (1.0 + z2) * (share * (1.0 - share) / n + z2 / (4.0 * n)).sqrt();
    ((centre - half).max(0.0), (centre + half).min(1.0))
}

pub(super) fn before(cases: &[Tried<'_>], costs: Option<CostSpec>) -> OutcomeView {
    outcome(
        cases,
        |case| recorded_route(case).map_or(RouteTo::Review, |route| route.to),
        |case| recorded_route(case).unwrap_or(&case.route),
        costs,
    )
}

fn recorded_route<'a>(case: &'a Tried<'_>) -> Option<&'a Route> {
    case.row.case.state.route.as_ref()
}

pub(super) fn outcome<'a>(
    cases: &'a [Tried<'a>],
    to: impl Fn(&Tried<'_>) -> RouteTo,
    route: impl Fn(&'a Tried<'a>) -> &'a Route,
    costs: Option<CostSpec>,
) -> OutcomeView {
    let n = cases.len().max(1) as f64;
    let count = |wanted: RouteTo| cases.iter().filter(|case| to(case) == wanted).count() as f64;
    let automatic = count(RouteTo::Auto);
    let review = count(RouteTo::Review);
    let error = estimate(cases.iter().filter(|case| to(case) == RouteTo::Auto));
    let wrong = error.map(|error| error.estimate * automatic);
    let mut reasons: BTreeMap<(String, Option<String>), usize> = BTreeMap::new();
    for case in cases {
        if let Some(reason) = route(case).reasons.first() {
            *reasons.entry((reason.code.clone(), reason.name.clone())).or_default() += 1;
        }
    }
    let mut reasons: Vec<ReasonCount> = reasons
        .into_iter()
        .map(|((code, name), cases)| ReasonCount { code, name, cases })
        .collect();
    reasons.sort_by(|a, b| b.cases.cmp(&a.cases).then(a.code.cmp(&b.code)));
    let none_passed = (automatic < 0.5).then_some(0.0);
    let cost =
        costs.and_then(|costs| Some(wrong.or(none_passed)? * costs.error + review * costs.review));
    OutcomeView {
        automatic_share: automatic / n,
        review_share: review / n,
        block_share: count(RouteTo::Block) / n,
        error,
        wrong: wrong.or(none_passed),
        cost,
        reasons,
    }
}

pub(super) fn changed(cases: &[Tried<'_>]) -> ChangedView {
    let mut changed = ChangedView::default();
    for case in cases {
        let Some(from) = recorded_route(case).map(|route| route.to) else { continue };
        let to = case.route.to;
        if from == to {
            continue;
        }
        match to {
            RouteTo::Auto => changed.to_auto += 1,
            RouteTo::Review => changed.to_review += 1,
            RouteTo::Block => changed.to_block += 1,
        }
        if changed.examples.len() < SHOWN {
            let reason = case.route.reasons.first().map(|reason| reason.code.clone());
            changed.examples.push(ChangedCase {
                case: case.row.case.core.id,
                from,
                to,
                reason: reason.unwrap_or_default(),
                wrong: case.known.map(|known| known.0),
            });
        }
    }
    changed
}

/// Strictest threshold first.
pub(super) fn curve(cases: &[Tried<'_>], costs: Option<CostSpec>) -> Vec<PointView> {
    let mut open: Vec<&Tried<'_>> = cases.iter().filter(|case| case.open()).collect();
    open.sort_by(|a, b| {
        b.facts.confidence.unwrap_or(0.0).total_cmp(&a.facts.confidence.unwrap_or(0.0))
    });
    let n = open.len();
    let mut points: Vec<PointView> = Vec::new();
    for level in 1..=LEVELS {
        let end = (n * level).div_ceil(LEVELS).min(n);
        let Some(last) = end.checked_sub(1).and_then(|at| open.get(at)) else { continue };
        let threshold = last.facts.confidence.unwrap_or(0.0);
        // All cases of the same score pass together.
        let end = open.partition_point(|case| case.facts.confidence.unwrap_or(0.0) >= threshold);
        if points.last().is_some_and(|point| point.threshold <= threshold) {
            continue;
        }
        let error = estimate(open[..end].iter().copied());
        let coverage = end as f64 / n as f64;
        let cost = costs.zip(error).map(|(costs, error)| {
            coverage * error.estimate * costs.error + (1.0 - coverage) * costs.review
        });
        points.push(PointView { threshold, coverage, error, cost });
    }
    points
}

pub(super) fn groups(
    cases: &[Tried<'_>],
    spec: &LoopSpec,
    bar: Option<f64>,
    handle: &LoopHandle,
) -> Vec<GroupOutcome> {
    let Some(field) = spec.class_field() else { return Vec::new() };
    let mut by_class: BTreeMap<&str, Vec<&Tried<'_>>> = BTreeMap::new();
    for case in cases {
        let class = case.proposal.output.get(field).and_then(serde_json::Value::as_str);
        if let Some(class) = class {
            by_class.entry(class).or_default().push(case);
        }
    }
    by_class
        .into_iter()
        .map(|(class, members)| {
            let passed = || members.iter().filter(|case| case.route.to == RouteTo::Auto);
            let n = members.len();
            let sizes = bar.map(|bar| {
                let size = |case: &&Tried<'_>| {
                    conformal::set(handle, &case.proposal, Some(bar)).set.len() as f64
                };
                members.iter().map(size).sum::<f64>() / n as f64
            });
            GroupOutcome {
                group: class.to_owned(),
                cases: n,
                automatic_share: passed().count() as f64 / n as f64,
                error: estimate(passed().copied()),
                set_size: sizes,
            }
        })
        .collect()
}

pub(super) fn sets(
    handle: &LoopHandle,
    cases: &[Tried<'_>],
    scores: &[(f64, f64)],
) -> Vec<SetSizes> {
    let with: Vec<&Tried<'_>> =
        cases.iter().filter(|case| !case.proposal.probabilities.is_empty()).collect();
    if with.is_empty() {
        return Vec::new();
    }
    let n = with.len() as f64;
    ALPHAS
        .iter()
        .filter_map(|&alpha| {
            let bar = conformal::at_least(scores, alpha)?;
            let mut shares = [0.0; 4];
            for case in &with {
                let size = conformal::set(handle, &case.proposal, Some(bar)).set.len();
                shares[size.min(3)] += 1.0 / n;
            }
            let [empty, one, two, more] = shares;
            Some(SetSizes { alpha, empty, one, two, more })
        })
        .collect()
}
