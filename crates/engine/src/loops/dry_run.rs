//! What a draft policy would have done: recorded cases, routed again.
//!
//! Nothing is stored. Facts are computed anew under the draft; what people found is known where they
//! looked, by a review or by an audit whose coin had a known probability, and each such case stands
//! for the inverse of that probability (self-normalised inverse propensity scores, Swaminathan and
//! Joachims, NeurIPS 2015). Cases that passed with no chance of a look are not known, and are counted.

mod figures;
mod views;

use tandem_domain::LoopSpec;
use tandem_domain::answer::same_answer;
use tandem_domain::command::NewProposal;
use tandem_domain::loops::CostSpec;
use tandem_domain::policy::{AutonomyFact, Facts, Route, Standing, route};
use tandem_policy::{CaseView, CompiledLoop, Format, published_diff};

use super::{LoopHandle, publish};
use crate::access::{Action, allow};
use crate::conformal;
use crate::engine::Engine;
use crate::errors::{EngineError, Result};
use crate::principal::Principal;
use crate::recorded::{self, Recorded};

use figures::{before, changed, curve, groups, outcome, sets};
pub use views::{
    ChangedCase, ChangedView, DryRunView, EstimateView, GroupOutcome, OutcomeView, PointView,
    ReasonCount, SetSizes,
};

/// Cases looked at where nothing else is asked for, and at most.
const DEFAULT_CASES: u32 = 2_000;
const MOST_CASES: u32 = 20_000;

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
        let novelty = if draft.spec.policy.novelty.is_some() {
            let inputs: Vec<_> = rows.iter().map(|row| &row.case.core.input).collect();
            self.p_values(&handle, &inputs).await
        } else {
            vec![None; rows.len()]
        };
        let work =
            tokio::task::spawn_blocking(move || tried(&handle, &draft, (&rows, &novelty), costs));
        work.await.map_err(EngineError::internal)
    }
}

fn tried(
    handle: &LoopHandle,
    draft: &CompiledLoop,
    (rows, novelty): (&[Recorded], &[Option<f64>]),
    costs: Option<CostSpec>,
) -> DryRunView {
    let spec = &draft.spec;
    let own = spec.policy.autonomy.as_ref().and_then(|autonomy| autonomy.costs);
    let costs = costs.or(own);
    let scores = conformal::scores(handle, rows);
    let alpha = spec.policy.conformal.map(|conformal| conformal.alpha);
    let bar = alpha.and_then(|alpha| conformal::at_least(&scores, alpha));
    let mut cases: Vec<Tried<'_>> =
        rows.iter().zip(novelty).map(|(row, p)| try_one(handle, draft, row, (bar, *p))).collect();
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
    (bar, novelty): (Option<f64>, Option<f64>),
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
    facts.novelty = novelty;
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
            counts: false,
            second_draw: None,
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
