//! Estimates and their intervals.

use crate::LearnError;
use crate::experiment::betting::bounded_interval;
use crate::experiment::check_delta;
use crate::special::normal_quantile;

/// Recorded rows; all slices have the same length.
#[derive(Debug, Clone, Copy)]
pub struct Logged<'a> {
    /// Reward of the action taken.
    pub rewards: &'a [f64],
    /// Probability with which it was taken, in `(0, 1]`.
    pub propensities: &'a [f64],
    /// Probability with which the policy in question takes it, in `0..=1`.
    pub target: &'a [f64],
}

/// How the value of a policy is estimated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Estimator<'a> {
    /// Inverse propensity scores.
    Ips,
    /// Inverse propensity scores with weights of at most this.
    Clipped(f64),
    /// Self-normalised inverse propensity scores.
    Snips,
    /// A model's guess, corrected by the rows.
    DoublyRobust {
        /// Guessed reward of the action taken.
        taken: &'a [f64],
        /// Guessed reward under the policy: the sum over actions of probability times guess.
        policy: &'a [f64],
    },
}

/// Limits and levels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OffPolicyOptions {
    /// Propensities below this count as this, in `(0, 1]`. Default 0.01.
    pub floor: f64,
    /// Smallest and largest reward that can be: needed for intervals that hold for any sample size.
    /// Default 0 and 1.
    pub rewards: (f64, f64),
    /// Intervals have the level `1 - delta`. Default 0.05.
    pub delta: f64,
}

impl Default for OffPolicyOptions {
    fn default() -> Self {
        Self { floor: 0.01, rewards: (0.0, 1.0), delta: 0.05 }
    }
}

/// An estimated value of a policy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// Mean reward under the policy.
    pub value: f64,
    /// Its standard error (delta method for SNIPS).
    pub standard_error: f64,
    /// Normal interval: right for many rows, too narrow for few or for large weights.
    pub asymptotic: (f64, f64),
    /// Empirical Bernstein interval (Maurer and Pontil, COLT 2009), which holds for any number of
    /// independent rows, cut to the limits of rewards. None for SNIPS.
    pub bernstein: Option<(f64, f64)>,
    /// Betting interval ([`bounded_interval`]), which holds at every moment of a growing record,
    /// usually shorter; cut likewise. None for SNIPS.
    pub betting: Option<(f64, f64)>,
    /// `(sum w)^2 / sum w^2`: how many unweighted rows this is worth.
    pub effective_rows: f64,
    /// Rows.
    pub rows: usize,
    /// Mean weight before clipping; about 1 if propensities are right.
    pub mean_weight: f64,
    /// Largest weight used.
    pub largest_weight: f64,
    /// Rows whose propensity was raised to the floor.
    pub floored: usize,
    /// Rows whose weight was clipped.
    pub clipped: usize,
}

/// Estimates the mean reward under a policy.
///
/// Intervals other than the asymptotic one are about the mean of the terms, which for raised
/// propensities and clipped weights is not quite the policy's value.
///
/// Errors if there are fewer than two rows, lengths differ, a number is not finite, a propensity is
/// above 1 or negative, a reward outside its limits, no weight positive, an option out of its range; and
/// with [`LearnError::Support`] if an action has a propensity of 0.
pub fn evaluate(
    logged: &Logged<'_>,
    estimator: Estimator<'_>,
    options: &OffPolicyOptions,
) -> Result<Estimate, LearnError> {
    check_options(estimator, options)?;
    check_rows(logged, estimator, options)?;
    let n = logged.rewards.len();
    let cap = if let Estimator::Clipped(cap) = estimator { cap } else { f64::INFINITY };
    let (mut floored, mut clipped, mut raw_sum) = (0, 0, 0.0);
    let weights: Vec<f64> = logged
        .propensities
        .iter()
        .zip(logged.target)
        .map(|(&p, &q)| {
            floored += usize::from(p < options.floor);
            let w = q / p.max(options.floor);
            clipped += usize::from(w > cap);
            raw_sum += w;
            w.min(cap)
        })
        .collect();
    let sum: f64 = weights.iter().sum();
    if sum <= 0.0 {
        return Err(LearnError::Parameter {
            name: "target",
            must: "positive for some action that was taken",
        });
    }
    let squares: f64 = weights.iter().map(|w| w * w).sum();
    let terms = terms(logged, &weights, estimator, sum);
    let mean = terms.iter().sum::<f64>() / n as f64;
    let variance = terms.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1) as f64;
    let standard_error = (variance / n as f64).sqrt();
    let half = normal_quantile(1.0 - 0.5 * options.delta) * standard_error;
    let value = if estimator == Estimator::Snips { ratio(logged, &weights, sum) } else { mean };
    let (bernstein, betting) = match limits(estimator, options) {
        Some(limits) => finite_sample(&terms, mean, variance, limits, options)?,
        None => (None, None),
    };
    Ok(Estimate {
        value,
        standard_error,
        asymptotic: (value - half, value + half),
        bernstein,
        betting,
        effective_rows: sum * sum / squares,
        rows: n,
        mean_weight: raw_sum / n as f64,
        largest_weight: weights.iter().copied().fold(0.0, f64::max),
        floored,
        clipped,
    })
}

/// `sum w r / sum w`.
fn ratio(logged: &Logged<'_>, weights: &[f64], sum: f64) -> f64 {
    weights.iter().zip(logged.rewards).map(|(w, r)| w * r).sum::<f64>() / sum
}

/// The terms whose mean is the estimate; for SNIPS its influences, whose mean is 0.
fn terms(logged: &Logged<'_>, weights: &[f64], estimator: Estimator<'_>, sum: f64) -> Vec<f64> {
    let rows = weights.iter().zip(logged.rewards);
    match estimator {
        Estimator::Ips | Estimator::Clipped(_) => rows.map(|(w, r)| w * r).collect(),
        Estimator::Snips => {
            let (value, mean) = (ratio(logged, weights, sum), sum / weights.len() as f64);
            rows.map(|(w, r)| w * (r - value) / mean).collect()
        }
        Estimator::DoublyRobust { taken, policy } => {
            rows.zip(taken.iter().zip(policy)).map(|((w, r), (m, v))| v + w * (r - m)).collect()
        }
    }
}

/// Limits of the terms, known without looking at the rows.
fn limits(estimator: Estimator<'_>, options: &OffPolicyOptions) -> Option<(f64, f64)> {
    let (low, high) = options.rewards;
    let weight = 1.0 / options.floor;
    match estimator {
        Estimator::Snips => None,
        Estimator::Ips => Some(((weight * low).min(0.0), (weight * high).max(0.0))),
        Estimator::Clipped(cap) => {
            let weight = weight.min(cap);
            Some(((weight * low).min(0.0), (weight * high).max(0.0)))
        }
        Estimator::DoublyRobust { .. } => {
            Some((low - weight * (high - low), high + weight * (high - low)))
        }
    }
}

type Interval = Option<(f64, f64)>;

fn finite_sample(
    terms: &[f64],
    mean: f64,
    variance: f64,
    (low, high): (f64, f64),
    options: &OffPolicyOptions,
) -> Result<(Interval, Interval), LearnError> {
    let n = terms.len() as f64;
    let log = (4.0 / options.delta).ln();
    let half = (2.0 * variance * log / n).sqrt() + 7.0 * (high - low) * log / (3.0 * (n - 1.0));
    let cut = |(a, b): (f64, f64)| {
        let within = |x: f64| x.clamp(options.rewards.0, options.rewards.1);
        (within(a), within(b))
    };
    let betting = bounded_interval(terms, low, high, options.delta)?;
    Ok((Some(cut((mean - half, mean + half))), Some(cut(betting))))
}

fn check_options(estimator: Estimator<'_>, options: &OffPolicyOptions) -> Result<(), LearnError> {
    check_delta(options.delta)?;
    if !(options.floor > 0.0 && options.floor <= 1.0) {
        return Err(LearnError::Parameter { name: "floor", must: "in (0, 1]" });
    }
    let (low, high) = options.rewards;
    if !(low.is_finite() && high.is_finite() && low < high) {
        return Err(LearnError::Parameter { name: "rewards", must: "finite, low below high" });
    }
    match estimator {
        Estimator::Clipped(cap) if !(cap.is_finite() && cap > 0.0) => {
            Err(LearnError::Parameter { name: "cap", must: "positive and finite" })
        }
        _ => Ok(()),
    }
}

fn check_rows(
    logged: &Logged<'_>,
    estimator: Estimator<'_>,
    options: &OffPolicyOptions,
) -> Result<(), LearnError> {
    let n = logged.rewards.len();
    if n < 2 {
        return Err(LearnError::Parameter { name: "rows", must: "at least 2" });
    }
    let share = |x: f64| (0.0..=1.0).contains(&x);
    // Limits may themselves be rounded.
    let slack = 1e-9 * (options.rewards.1 - options.rewards.0);
    let reward = |x: f64| x >= options.rewards.0 - slack && x <= options.rewards.1 + slack;
    check_column("reward (within its limits) of row", logged.rewards, n, reward)?;
    check_column("propensity (in 0..=1) of row", logged.propensities, n, share)?;
    check_column("target probability (in 0..=1) of row", logged.target, n, share)?;
    if let Estimator::DoublyRobust { taken, policy } = estimator {
        check_column("guessed reward (within its limits) of row", taken, n, reward)?;
        check_column("guessed value (within its limits) of row", policy, n, reward)?;
    }
    match logged.propensities.iter().position(|p| *p == 0.0) {
        Some(row) => Err(LearnError::Support { row, action: None }),
        None => Ok(()),
    }
}

fn check_column(
    what: &'static str,
    values: &[f64],
    expected: usize,
    fine: impl Fn(f64) -> bool,
) -> Result<(), LearnError> {
    if values.len() != expected {
        return Err(LearnError::Shape { what, expected, found: values.len() });
    }
    match values.iter().position(|x| !fine(*x)) {
        Some(at) => Err(LearnError::NotFinite { what, at }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
