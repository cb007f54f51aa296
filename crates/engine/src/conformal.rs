//! Conformal policies: how probable an answer must be to belong to the prediction set.
//!
//! Split conformal prediction with the score `1 - p` of the right answer (Sadinle, Lei and Wasserman,
//! JASA 2019) over the newest cases that people looked at. Automatic cases are looked at with the
//! probability of their audit, so each counts for the inverse of it (weighted conformal prediction,
//! Tibshirani, Foygel Barber, Candès and Ramdas, NeurIPS 2019): calibrating on reviews alone would be
//! on the hard cases only.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;
use tandem_domain::LoopId;
use tandem_domain::command::NewProposal;
use tandem_domain::policy::ConformalFact;

use crate::engine::Engine;
use crate::errors::Result;
use crate::loops::LoopHandle;
use crate::recorded::{self, Recorded};

/// Cases that are calibrated on, at most.
pub(crate) const NEWEST: u32 = 2_000;
/// How long a calibration is used.
const FRESH: Duration = Duration::from_secs(20);

/// A calibration, of which version and from when.
#[derive(Debug, Clone, Copy)]
struct Calibration {
    made: Instant,
    version: u32,
    at_least: Option<f64>,
}

/// Calibrations by loop, for the version in force.
#[derive(Default)]
pub(crate) struct Calibrations {
    known: Mutex<HashMap<LoopId, Calibration>>,
}

impl Engine {
    /// What the prediction set of a proposal is; `None` where the policy asks for none.
    pub(crate) async fn prediction_set(
        &self,
        handle: &LoopHandle,
        proposal: Option<&NewProposal>,
    ) -> Result<Option<ConformalFact>> {
        let (Some(spec), Some(proposal)) = (handle.spec().policy.conformal, proposal) else {
            return Ok(None);
        };
        let at_least = self.calibration(handle, spec.alpha).await?;
        Ok(Some(set(handle, proposal, at_least)))
    }

    async fn calibration(&self, handle: &LoopHandle, alpha: f64) -> Result<Option<f64>> {
        let known = &self.inner.calibrations.known;
        let lock = || known.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = lock().get(&handle.id).copied();
        if let Some(kept) = kept
            && kept.version == handle.version
            && kept.made.elapsed() < FRESH
        {
            return Ok(kept.at_least);
        }
        let id = handle.id;
        let rows = self.store().read(move |tx| recorded::newest(tx, id, NEWEST)).await?;
        let at_least = at_least(&scores(handle, &rows), alpha);
        let made = Calibration { made: Instant::now(), version: handle.version, at_least };
        lock().insert(handle.id, made);
        Ok(at_least)
    }
}

/// Probability of the right answer and weight of each case that people looked at.
pub(crate) fn scores(handle: &LoopHandle, rows: &[Recorded]) -> Vec<(f64, f64)> {
    let Some(field) = handle.spec().class_field() else { return Vec::new() };
    let scores = rows.iter().filter_map(|row| {
        let found = row.found.as_ref()?;
        let right = found.answer.as_ref()?.get(field)?.as_str()?;
        let probabilities = row.proposal().probabilities.get(field)?;
        let p = probabilities.get(right).copied().unwrap_or(0.0);
        Some((p, 1.0 / found.propensity))
    });
    scores.collect()
}

/// The largest probability that at least `1 - alpha` of the weight reaches, the case to come counted
/// as if nothing were probable enough; `None` if there is too little evidence for that.
pub(crate) fn at_least(scores: &[(f64, f64)], alpha: f64) -> Option<f64> {
    let mut sorted = scores.to_vec();
    sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
    let heaviest = sorted.iter().map(|score| score.1).fold(1.0, f64::max);
    let total: f64 = sorted.iter().map(|score| score.1).sum::<f64>() + heaviest;
    let mut reached = 0.0;
    for (p, weight) in sorted {
        reached += weight;
        if reached >= (1.0 - alpha) * total - 1e-9 {
            return Some(p);
        }
    }
    None
}

/// The answers that are probable enough, most probable first.
pub(crate) fn set(
    handle: &LoopHandle,
    proposal: &NewProposal,
    at_least: Option<f64>,
) -> ConformalFact {
    let field = handle.spec().class_field().unwrap_or_default();
    let mut members: Vec<(&String, f64)> = match (at_least, proposal.probabilities.get(field)) {
        (Some(bar), Some(probabilities)) => {
            probabilities.iter().map(|(name, p)| (name, *p)).filter(|(_, p)| *p >= bar).collect()
        }
        _ => Vec::new(),
    };
    members.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
    // Without probabilities there is no set.
    let known = proposal.probabilities.contains_key(field);
    // What would pass is the proposal: a set of another answer is nothing to pass.
    let proposed = proposal.output.get(field).and_then(Value::as_str);
    let other = members.len() == 1 && proposed != Some(members[0].0.as_str());
    ConformalFact {
        set: members.into_iter().map(|(name, _)| name.clone()).collect(),
        at_least: at_least.filter(|_| known && !other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_is_the_split_conformal_quantile() {
        // Nine equal weights and the case to come: at alpha 0.1 all nine must be reached.
        let scores: Vec<(f64, f64)> = (1..=9).map(|n| (f64::from(n) / 10.0, 1.0)).collect();
        assert_eq!(at_least(&scores, 0.1), Some(0.1));
        assert_eq!(at_least(&scores, 0.5), Some(0.5));
        assert_eq!(at_least(&scores, 0.05), None);
        assert_eq!(at_least(&[], 0.5), None);
    }

    #[test]
    fn audited_cases_count_for_those_nobody_saw() {
        // Ten reviewed hard cases and ten audits at 10 % of easy ones.
        let hard = (0..10).map(|_| (0.3, 1.0));
        let easy = (0..10).map(|_| (0.9, 10.0));
        let scores: Vec<(f64, f64)> = hard.chain(easy).collect();
        assert_eq!(at_least(&scores, 0.2), Some(0.9));
        let unweighted: Vec<(f64, f64)> = scores.iter().map(|score| (score.0, 1.0)).collect();
        assert_eq!(at_least(&unweighted, 0.2), Some(0.3));
    }
}
