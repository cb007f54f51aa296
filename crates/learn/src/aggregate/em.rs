//! What all expectation-maximisation methods share: the loop, and the pass over the answers.

use super::answers::Answers;
use crate::LearnError;

/// When to stop, and the seed of restarts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EmOptions {
    /// Converged when an iteration raises the objective by less than this, in nats per answer.
    pub tolerance: f64,
    /// At most this many iterations.
    pub max_iterations: usize,
    /// Seed of whatever is random (MACE's restarts).
    pub seed: u64,
}

impl Default for EmOptions {
    fn default() -> Self {
        Self { tolerance: 1e-9, max_iterations: 2000, seed: 0 }
    }
}

impl EmOptions {
    pub(super) fn check(&self) -> Result<(), LearnError> {
        if !(self.tolerance.is_finite() && self.tolerance >= 0.0) {
            return Err(LearnError::Parameter { name: "tolerance", must: "not negative" });
        }
        if self.max_iterations == 0 {
            return Err(LearnError::Parameter { name: "max_iterations", must: "at least 1" });
        }
        Ok(())
    }
}

/// How an iterative fit went.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Trace {
    /// Objective after each iteration: log-likelihood of the answers plus log-prior up to a
    /// constant, in nats. Empty for methods that have none.
    pub objective: Vec<f64>,
    /// Iterations done.
    pub iterations: usize,
    /// False if the iterations ran out first.
    pub converged: bool,
}

/// Calls `step` (one iteration, returning its objective) until the objective stands still.
pub(super) fn run(options: &EmOptions, answers: usize, mut step: impl FnMut() -> f64) -> Trace {
    let enough = options.tolerance * answers.max(1) as f64;
    let mut trace = Trace::default();
    let mut last = f64::NEG_INFINITY;
    while trace.iterations < options.max_iterations {
        let objective = step();
        trace.iterations += 1;
        trace.objective.push(objective);
        if objective - last <= enough {
            trace.converged = true;
            break;
        }
        last = objective;
    }
    trace
}

/// Calls `$f::<K>` with the number of classes as a constant where it is small, else `$f::<0>`.
macro_rules! by_classes {
    ($k:expr, $f:ident ( $($arg:expr),* $(,)? )) => {
        match $k {
            2 => $f::<2>($($arg),*),
            3 => $f::<3>($($arg),*),
            4 => $f::<4>($($arg),*),
            5 => $f::<5>($($arg),*),
            6 => $f::<6>($($arg),*),
            7 => $f::<7>($($arg),*),
            8 => $f::<8>($($arg),*),
            10 => $f::<10>($($arg),*),
            _ => $f::<0>($($arg),*),
        }
    };
}
pub(super) use by_classes;

/// Turns log-scores into probabilities in place and returns the log of their sum.
#[inline]
pub(super) fn softmax(row: &mut [f64]) -> f64 {
    let (top, sum) = normalise(row);
    top + sum.ln()
}

/// Turns log-scores into probabilities in place; returns the largest score and the sum of
/// exponentials relative to it, which lies between 1 and the number of classes.
#[inline]
pub(super) fn normalise(row: &mut [f64]) -> (f64, f64) {
    let top = row.iter().fold(f64::NEG_INFINITY, |a, &b| if a > b { a } else { b });
    let mut sum = 0.0;
    for x in row.iter_mut() {
        *x = exp(*x - top);
        sum += *x;
    }
    let scale = 1.0 / sum;
    for x in row.iter_mut() {
        *x *= scale;
    }
    (top, sum)
}

/// Sums `top + ln sum` of many rows with few logarithms: sums are multiplied, as long as the
/// product is sure not to overflow.
#[derive(Debug, Clone, Copy)]
pub(super) struct LogSum {
    tops: f64,
    product: f64,
}

impl LogSum {
    pub(super) fn new() -> Self {
        Self { tops: 0.0, product: 1.0 }
    }

    #[inline]
    pub(super) fn add(&mut self, (top, sum): (f64, f64)) {
        self.tops += top;
        self.product *= sum;
        if self.product > 1e200 {
            self.tops += self.product.ln();
            self.product = 1.0;
        }
    }

    pub(super) fn value(self) -> f64 {
        self.tops + self.product.ln()
    }
}

/// `e^x` for `x <= 0`, 0 below -40 (where it is lost beside a term of 1); relative error below
/// 1e-15. No branch and no call, so that loops over classes vectorise.
///
/// `x = n ln 2 + r` with `n` rounded by adding 1.5 * 2^52, then the Taylor series of `e^r`.
#[inline]
fn exp(x: f64) -> f64 {
    const LOST: f64 = -40.0;
    const ROUND: f64 = 6_755_399_441_055_744.0;
    let kept = if x > LOST { x } else { LOST };
    let shifted = kept * std::f64::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    // ln 2 in two parts, the first with trailing zeros so that its product with n is exact.
    let r = kept - n * 0.693_147_180_369_123_8 - n * 1.908_214_929_270_587_7e-10;
    let mut p = 1.0 / 479_001_600.0;
    for factorial in [
        39_916_800.0,
        3_628_800.0,
        362_880.0,
        40_320.0,
        5_040.0,
        720.0,
        120.0,
        24.0,
        6.0,
        2.0,
        1.0,
        1.0,
    ] {
        p = p * r + 1.0 / factorial;
    }
    // The low bits of `shifted` are n: multiplying by 2^n is adding n to the exponent.
    let y = f64::from_bits(p.to_bits().wrapping_add(shifted.to_bits() << 52));
    if x > LOST { y } else { 0.0 }
}

/// Class shares of `posteriors`, with `pseudo` tasks of each class besides.
pub(super) fn class_shares(posteriors: &[f64], classes: usize, pseudo: f64) -> Vec<f64> {
    let mut sums = vec![pseudo; classes];
    for row in posteriors.chunks_exact(classes) {
        for (s, q) in sums.iter_mut().zip(row) {
            *s += q;
        }
    }
    let total: f64 = sums.iter().sum();
    for s in &mut sums {
        *s /= total;
    }
    sums
}

/// Expectation under a model in which only the own label's probability differs by truth: one-coin
/// and MACE. `gain[cell]` is added to the log-score of the answer's label. Fills `posteriors`, and
/// `hits[cell]` with the summed posterior of the cell's label; returns the summed log-normaliser.
pub(super) fn diagonal_pass(
    answers: &Answers,
    gain: &[f64],
    log_prior: &[f64],
    posteriors: &mut [f64],
    hits: &mut [f64],
) -> f64 {
    let k = answers.classes();
    by_classes!(k, diagonal(answers, gain, log_prior, posteriors, hits))
}

fn diagonal<const K: usize>(
    answers: &Answers,
    gain: &[f64],
    log_prior: &[f64],
    posteriors: &mut [f64],
    hits: &mut [f64],
) -> f64 {
    let k = if K == 0 { answers.classes() } else { K };
    let mut total = LogSum::new();
    hits.fill(0.0);
    for (t, row) in posteriors.chunks_exact_mut(k).enumerate() {
        let cells = answers.cells_of(t);
        row.copy_from_slice(log_prior);
        for &c in cells {
            row[(c % k as u32) as usize] += gain[c as usize];
        }
        total.add(normalise(row));
        for &c in cells {
            hits[c as usize] += row[(c % k as u32) as usize];
        }
    }
    total.value()
}

/// `hits` of given posteriors.
pub(super) fn diagonal_tally(answers: &Answers, posteriors: &[f64]) -> Vec<f64> {
    let k = answers.classes();
    let mut hits = vec![0.0; answers.workers() * k];
    for (t, row) in posteriors.chunks_exact(k).enumerate() {
        for &c in answers.cells_of(t) {
            hits[c as usize] += row[(c % k as u32) as usize];
        }
    }
    hits
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn exp_is_close(x in -39.9_f64..0.0) {
            prop_assert!((exp(x) / x.exp() - 1.0).abs() < 1e-15, "{x}");
        }

        #[test]
        fn sums_of_logarithms_agree(
            rows in prop::collection::vec(prop::collection::vec(-700.0_f64..5.0, 3), 1..400),
        ) {
            let mut fast = LogSum::new();
            let mut slow = 0.0;
            for row in &rows {
                let mut row = row.clone();
                slow += row.iter().map(|x| x.exp()).sum::<f64>().ln();
                fast.add(normalise(&mut row));
                prop_assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-14);
            }
            prop_assert!((fast.value() - slow).abs() <= 1e-12 * (1.0 + slow.abs()));
        }
    }

    #[test]
    fn edges_of_exp() {
        assert_eq!((exp(0.0), exp(-0.0), exp(-41.0), exp(f64::NEG_INFINITY)), (1.0, 1.0, 0.0, 0.0));
    }
}
