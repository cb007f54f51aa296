//! The realised bound under everything that may happen to audits.

use tandem_learn::LearnError;
use tandem_learn::rng::Rng;
use tandem_learn::sequential::{Audit, AuditSequence};

const DELTA: f64 = 0.05;
const PROPENSITY: f64 = 0.05;

/// What is done to the bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trial {
    /// Errors come in bursts.
    Bursts,
    /// Errs until it is found out, then pauses.
    Adversarial,
    /// Judgments come 200 cases late.
    Late,
    /// Half of the audits of wrong cases are never judged.
    Skipped,
    /// Twenty near-duplicates share one coin and one judgment.
    Clusters,
}

pub(crate) const TRIALS: [(Trial, &str); 5] = [
    (Trial::Bursts, "bursts of errors"),
    (Trial::Adversarial, "errs until found out"),
    (Trial::Late, "judgments 200 cases late"),
    (Trial::Skipped, "half of the audits of wrong cases skipped"),
    (Trial::Clusters, "clusters of 20 near-duplicates"),
];

/// Bugs planted between the stream and the bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    None,
    /// Skipped audits are told as spared.
    DroppedAudits,
    /// Twice the real propensity is told.
    WrongPropensity,
}

/// Share of seeds in which the share wrong so far ever exceeded the bound shown.
pub(crate) fn violations(
    trial: Trial,
    flaw: Flaw,
    cases: usize,
    seeds: u64,
) -> Result<f64, LearnError> {
    let mut broken = 0;
    for seed in 0..seeds {
        broken += u32::from(ever_violated(trial, flaw, cases, seed)?);
    }
    Ok(f64::from(broken) / seeds as f64)
}

fn ever_violated(trial: Trial, flaw: Flaw, cases: usize, seed: u64) -> Result<bool, LearnError> {
    let mut rng = Rng::stream(seed, 53);
    let weight = if trial == Trial::Clusters { 20.0 } else { 1.0 };
    let told = if flaw == Flaw::WrongPropensity { 2.0 * PROPENSITY } else { PROPENSITY };
    let mut sequence = AuditSequence::weighted(told, weight)?;
    let mut late: Vec<(usize, f64)> = Vec::new();
    let (mut wrong, mut total, mut found_out) = (0.0, 0.0, 0_usize);
    for i in 0..cases {
        let rate = match trial {
            Trial::Bursts => {
                if i % 300 < 30 {
                    0.6
                } else {
                    0.001
                }
            }
            Trial::Adversarial => {
                if i < found_out {
                    0.0
                } else {
                    0.5
                }
            }
            Trial::Late | Trial::Skipped | Trial::Clusters => 0.05,
        };
        let error = f64::from(rng.coin(rate));
        let drawn = rng.coin(PROPENSITY);
        wrong += weight * error;
        total += weight;
        let skipped = trial == Trial::Skipped && drawn && error > 0.0 && rng.coin(0.5);
        let audit = match (drawn, skipped) {
            (false, _) => Audit::None,
            (true, true) if flaw == Flaw::DroppedAudits => Audit::None,
            (true, true) => Audit::Pending,
            (true, false) if trial == Trial::Late => {
                late.push((i + 200, error));
                Audit::Pending
            }
            (true, false) => Audit::Judged(error),
        };
        if drawn && error > 0.0 {
            found_out = i + 40;
        }
        sequence.add_weighted(told, weight, audit)?;
        while late.first().is_some_and(|l| l.0 <= i) {
            sequence.resolve(told, late.remove(0).1)?;
        }
        if i % 10 == 9 && wrong / total > sequence.upper(DELTA) {
            return Ok(true);
        }
    }
    Ok(false)
}
