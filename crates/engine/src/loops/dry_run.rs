//! What a draft policy would have done: recorded cases, routed again.
//!
//! Nothing is stored. Facts are computed anew under the draft; what people found is known where they
//! looked, by a review or by an audit whose coin had a known probability, and each such case stands
//! for the inverse of that probability (self-normalised inverse propensity scores, Swaminathan and
//! Joachims, NeurIPS 2015). Cases that passed with no chance of a look are not known, and are counted.

use std::collections::BTreeMap;

use serde::Serialize;
use tandem_domain::answer::same_answer;
use tandem_domain::command::NewProposal;
use tandem_domain::loops::{CostSpec, RouteTo};
use tandem_domain::policy::{AutonomyFact, Facts, Route, Standing, route};
use tandem_domain::{CaseId, LoopSpec};
use tandem_learn::off_policy::{Estimator, Logged, OffPolicyOptions, evaluate};
use tandem_policy::{CaseView, CompiledLoop, Format, published_diff};

use super::{LoopHandle, publish};
use crate::access::{Action, allow};
use crate::conformal;
use crate::engine::Engine;
use crate::errors::{EngineError, Result};
use crate::principal::Principal;
use crate::recorded::{self, Recorded};

/// Cases looked at where nothing else is asked for, and at most.
const DEFAULT_CASES: u32 = 2_000;
const MOST_CASES: u32 = 20_000;
/// Thresholds on the curve.
const LEVELS: usize = 40;
/// Changed cases shown.
const SHOWN: usize = 20;
/// One minus the certainty of the intervals.
const DELTA: f64 = 0.05;
/// Alphas whose prediction sets are shown.
const ALPHAS: [f64; 5] = [0.01, 0.02, 0.05, 0.1, 0.2];

/// What to try.
#[derive(Debug, Clone, Default)]
pub struct DryRun {
    /// A loop file; the version in force where absent.
    pub source: Option<(String, Format)>,
    /// How many of the newest cases.
    pub limit: Option<u32>,
    /// What an error and a review cost; the draft's own costs where absent.
    pub costs: Option<CostSpec>,
}

/// What a draft would have done.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DryRunView {
    /// Cases looked at.
    pub cases: usize,
    /// Of these, cases whose right answer is known.
    pub known: usize,
    /// In which ways the draft widens what the machine may do over the version in force.
    pub widens: Vec<String>,
    /// What happened.
    pub before: OutcomeView,
    /// What would have happened.
    pub after: OutcomeView,
    /// Cases that would have gone elsewhere.
    pub changed: ChangedView,
    /// Coverage and error by threshold on the confidence, over cases that no rule or guardrail decides.
    pub curve: Vec<PointView>,
    /// By proposed class.
    pub groups: Vec<GroupOutcome>,
    /// Sizes of prediction sets by alpha, where proposals carry probabilities.
    pub sets: Vec<SetSizes>,
    /// What the figures rest on, in words.
    pub notes: Vec<String>,
}

/// Where cases went, or would have gone.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OutcomeView {
    /// Share that passed.
    pub automatic_share: f64,
    /// Share that people see.
    pub review_share: f64,
    /// Share that is blocked.
    pub block_share: f64,
    /// Share wrong among what passed.
    pub error: Option<EstimateView>,
    /// Wrong answers that passed, in expectation.
    pub wrong: Option<f64>,
    /// Errors and reviews in the unit of the costs.
    pub cost: Option<f64>,
    /// Reasons, most frequent first.
    pub reasons: Vec<ReasonCount>,
}

/// An off-policy estimate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct EstimateView {
    /// The estimate.
    pub estimate: f64,
    /// Lower end.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
    /// Certainty of the interval.
    pub certainty: f64,
    /// How many unweighted cases the known ones are worth.
    pub effective_cases: f64,
    /// Cases behind it.
    pub known: usize,
    /// Share of the cases that nobody could have looked at: nothing is known about them.
    pub unknown_share: f64,
}

/// How often a reason was given.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReasonCount {
    /// The code.
    pub code: String,
    /// The rule or guardrail.
    pub name: Option<String>,
    /// Cases.
    pub cases: usize,
}

/// Cases that would have gone elsewhere.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct ChangedView {
    /// To the machine.
    pub to_auto: usize,
    /// To people.
    pub to_review: usize,
    /// Blocked.
    pub to_block: usize,
    /// Some of them.
    pub examples: Vec<ChangedCase>,
}

/// A case that would have gone elsewhere.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChangedCase {
    /// The case.
    pub case: CaseId,
    /// Where it went.
    pub from: RouteTo,
    /// Where it would have gone.
    pub to: RouteTo,
    /// Why.
    pub reason: String,
    /// Whether the proposal was wrong, where that is known.
    pub wrong: Option<bool>,
}

/// A threshold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PointView {
    /// The threshold.
    pub threshold: f64,
    /// Share of cases at or above it.
    pub coverage: f64,
    /// Share wrong among them.
    pub error: Option<EstimateView>,
    /// Cost per case at this threshold.
    pub cost: Option<f64>,
}

/// What would have happened to the cases of one proposed class.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GroupOutcome {
    /// The class.
    pub group: String,
    /// Cases.
    pub cases: usize,
    /// Share that would have passed.
    pub automatic_share: f64,
    /// Share wrong among those.
    pub error: Option<EstimateView>,
    /// Mean size of the prediction sets at the draft's alpha.
    pub set_size: Option<f64>,
}

/// Prediction sets at one alpha.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct SetSizes {
    /// Share of sets that may miss the right answer.
    pub alpha: f64,
    /// Share of empty sets.
    pub empty: f64,
    /// Share of sets of one answer.
    pub one: f64,
    /// Of two.
    pub two: f64,
    /// Of more.
    pub more: f64,
}

/// A recorded case under the draft.
struct Tried<'a> {
    row: &'a Recorded,
    proposal: NewProposal,
    facts: Facts,
    route: Route,
    /// Whether the proposal was wrong, and how many cases this one stands for.
    known: Option<(bool, f64)>,
}

impl Engine {
    /// Routes recorded cases again under a draft, and says what that would have led to.
    pub async fn dry_run(
        &self,
        principal: &Principal,
        loop_name: &str,
        wanted: DryRun,
    ) -> Result<DryRunView> {
        allow(principal, Action::StatsRead, Some(loop_name))?;
        let limit = wanted.limit.unwrap_or(DEFAULT_CASES);
        if !(1..=MOST_CASES).contains(&limit) {
            let message = format!("a dry run looks at 1 to {MOST_CASES} cases");
            return Err(EngineError::invalid("invalid_input", "/limit", message));
        }
        let handle = self.compiled(&principal.space, loop_name).await?;
        let draft = if let Some((source, format)) = &wanted.source {
            publish::compile(source, *format)?
        } else {
            let row = self.loop_view(principal, loop_name, None).await?;
            publish::compile(&row.source, super::format_of(&row.format))?
        };
        let id = handle.id;
        let rows = self.store().read(move |tx| recorded::newest(tx, id, limit)).await?;
        let costs = wanted.costs;
        let work = tokio::task::spawn_blocking(move || tried(&handle, &draft, &rows, costs));
        work.await.map_err(EngineError::internal)
    }
}

fn tried(
    handle: &LoopHandle,
    draft: &CompiledLoop,
    rows: &[Recorded],
    costs: Option<CostSpec>,
) -> DryRunView {
    let spec = &draft.spec;
    let own = spec.policy.autonomy.as_ref().and_then(|autonomy| autonomy.costs);
    let costs = costs.or(own);
    let scores = conformal::scores(handle, rows);
    let alpha = spec.policy.conformal.map(|conformal| conformal.alpha);
    let bar = alpha.and_then(|alpha| conformal::at_least(&scores, alpha));
    let mut cases: Vec<Tried<'_>> =
        rows.iter().map(|row| try_one(handle, draft, row, bar)).collect();
    let curve = curve(&cases, costs);
    let mut notes = Vec::new();
    if let Some(autonomy) = &spec.policy.autonomy {
        let earned = curve
            .iter()
            .rev()
            .find(|point| point.error.is_some_and(|error| error.upper <= autonomy.target_error));
        let threshold = earned.map(|point| point.threshold);
        notes.push(match threshold {
            Some(threshold) => format!(
                "Autonomy is earned case by case. The figures show it at {threshold:.3}, the loosest threshold whose \
                 interval over these cases lies within the target; the certificate, which holds at every moment, may \
                 come later."
            ),
            None => "On these cases no threshold would have earned autonomy: the figures show full review."
                .to_owned(),
        });
        for case in &mut cases {
            case.earn(handle, spec, threshold);
        }
    }
    let known = cases.iter().filter(|case| case.known.is_some()).count();
    if known < cases.len() {
        notes.push(format!(
            "The right answer is known for {known} of {} cases: those that people reviewed or audited.",
            cases.len()
        ));
    }
    let imported = rows.iter().filter(|row| row.case.core.imported).count();
    if imported > 0 {
        notes.push(format!(
            "{imported} cases are imported history: their answers count here, and never as evidence for autonomy."
        ));
    }
    DryRunView {
        cases: cases.len(),
        known,
        widens: published_diff(Some(handle.spec()), spec),
        before: before(&cases, costs),
        after: outcome(&cases, |case| case.route.to, |case| &case.route, costs),
        changed: changed(&cases),
        curve,
        groups: groups(&cases, spec, alpha.zip(bar).map(|(_, bar)| bar), handle),
        sets: sets(handle, &cases, &scores),
        notes,
    }
}

fn try_one<'a>(
    handle: &LoopHandle,
    draft: &CompiledLoop,
    row: &'a Recorded,
    bar: Option<f64>,
) -> Tried<'a> {
    let core = &row.case.core;
    let first = row.proposal();
    let proposal = NewProposal {
        output: first.output.clone(),
        confidence: first.confidence.clone(),
        probabilities: first.probabilities.clone(),
        model: first.model.clone(),
        evidence: Vec::new(),
        by: first.by.clone(),
    };
    let mut facts = draft.facts(&CaseView::from(core), Some(&proposal));
    if draft.spec.trusts_promoted_only() {
        // Where nobody asked then, nothing is known against the model.
        let route = row.case.state.route.as_ref();
        facts.model = route.and_then(|route| route.facts.model.clone());
    }
    if draft.spec.policy.conformal.is_some() {
        facts.conformal = Some(conformal::set(handle, &proposal, bar));
    }
    let draws = handle.draws(core.id);
    let routed = route(&draft.spec, handle.version, handle.epoch, facts.clone(), draws);
    let known = row.found.as_ref().map(|found| {
        let same = |answer| same_answer(&draft.spec, answer, &proposal.output);
        let right = found.answer.as_ref().is_some_and(same);
        (!right, 1.0 / found.propensity)
    });
    Tried { row, proposal, facts, route: routed, known }
}

impl Tried<'_> {
    /// Routes the case as if autonomy acted at a threshold.
    fn earn(&mut self, handle: &LoopHandle, spec: &LoopSpec, threshold: Option<f64>) {
        let score = self.facts.confidence.unwrap_or(0.0);
        self.facts.autonomy = Some(AutonomyFact {
            group: String::new(),
            epoch: 0,
            standing: if threshold.is_some() { Standing::Acting } else { Standing::Earning },
            threshold,
            automatic: threshold.is_some_and(|threshold| score >= threshold),
            propensity: spec.policy.audit_rate(),
            draw: 0.0,
        });
        let draws = handle.draws(self.row.case.core.id);
        self.route = route(spec, handle.version, handle.epoch, self.facts.clone(), draws);
    }

    /// Whether a threshold, and no rule or guardrail, says where the case goes.
    fn open(&self) -> bool {
        const OPEN: [&str; 14] = [
            "confidence",
            "low_confidence",
            "autonomy",
            "below_threshold",
            "warming_up",
            "earning",
            "demoted",
            "other_model",
            "no_evidence",
            "singleton",
            "ambiguous",
            "novel",
            "not_calibrated",
            "no_rule",
        ];
        let reasons = &self.route.reasons;
        self.facts.confidence.is_some()
            && reasons.iter().any(|reason| OPEN.contains(&reason.code.as_str()))
    }
}

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

fn before(cases: &[Tried<'_>], costs: Option<CostSpec>) -> OutcomeView {
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

fn outcome<'a>(
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

fn changed(cases: &[Tried<'_>]) -> ChangedView {
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
fn curve(cases: &[Tried<'_>], costs: Option<CostSpec>) -> Vec<PointView> {
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

fn groups(
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

fn sets(handle: &LoopHandle, cases: &[Tried<'_>], scores: &[(f64, f64)]) -> Vec<SetSizes> {
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
