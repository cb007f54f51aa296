//! The mixtures of bets, turned into bounds and estimates.

use super::{AuditSequence, BETS};

/// Each bet is this much smaller than the one before; the smallest suits some 10^8 cases.
const RATIO: f64 = 0.74;
/// The largest bet, against the largest that keeps wealth from becoming negative: at the limit one
/// error found would cost a bet all it has.
const LARGEST: f64 = 0.8;
/// The largest lower bet: there is no limit to it, but more than this never pays.
const LARGEST_LOWER: f64 = 2.0;

/// `theta_j` of the upper bound. The largest obeys `e^(theta w) - 1 <= p / (1 - p)` for all weights
/// and propensities that may come, that is `theta <= -ln(1 - p_min) / w_max`.
pub(super) fn upper_bets(min_propensity: f64, max_weight: f64) -> [f64; BETS] {
    // With a propensity of 1 nothing is ever spared; any bet is as good as another.
    let limit = -(-min_propensity.min(0.999)).ln_1p();
    std::array::from_fn(|j| LARGEST * limit / max_weight * RATIO.powi(j as i32))
}

/// `theta_j` of the lower bound, where spared cases have the factor `1 - (1 - e^(-theta w)) e`.
pub(super) fn lower_bets(min_propensity: f64, max_weight: f64) -> [f64; BETS] {
    std::array::from_fn(|j| LARGEST_LOWER * min_propensity / max_weight * RATIO.powi(j as i32))
}

impl AuditSequence {
    /// Multiplies the wealth of the upper bound (or divides it, for a `sign` of -1) by the factors
    /// of an audited case.
    pub(super) fn bet_upper(&mut self, propensity: f64, weight: f64, error: f64, sign: f64) {
        if error == 0.0 || propensity >= 1.0 {
            return;
        }
        let odds = (1.0 - propensity) / propensity;
        for j in 0..BETS {
            let l = (self.upper_bets[j] * weight).exp_m1();
            self.upper[j] += sign * (-l * error * odds).ln_1p();
        }
    }

    /// The same for the lower bound.
    pub(super) fn bet_lower(&mut self, propensity: f64, weight: f64, error: f64, sign: f64) {
        if error == 0.0 || propensity >= 1.0 {
            return;
        }
        let odds = (1.0 - propensity) / propensity;
        for j in 0..BETS {
            let l = -(-self.lower_bets[j] * weight).exp_m1();
            self.lower[j] += sign * (l * error * odds).ln_1p();
        }
    }

    /// Logarithm of the upper mixture if the spared cases hold errors of weight `spared`.
    pub(super) fn upper_wealth(&self, spared: f64) -> f64 {
        log_mixture(|j| self.upper_bets[j] * spared + self.upper[j])
    }

    /// Logarithm of the lower mixture if the spared cases hold errors of weight `spared`.
    pub(super) fn lower_wealth(&self, spared: f64) -> f64 {
        log_mixture(|j| -self.lower_bets[j] * spared + self.lower[j])
    }

    /// Upper bound of the share wrong among the automatic cases so far, at every moment with
    /// probability at least `1 - delta`; 1 before there is a case. `delta` is taken into
    /// `1e-12..=1`.
    pub fn upper(&self, delta: f64) -> f64 {
        let counts = &self.counts;
        if counts.cases == 0 {
            return 1.0;
        }
        let bar = -delta.clamp(1e-12, 1.0).ln();
        // The wealth rises with the weight of errors among the spared cases.
        let spared = crossing(counts.spared_weight, |s| self.upper_wealth(s) < bar);
        ((counts.errors + counts.pending_weight + spared) / counts.weight).clamp(0.0, 1.0)
    }

    /// Lower bound, at every moment with probability at least `1 - delta`; 0 before there is a
    /// case.
    pub fn lower(&self, delta: f64) -> f64 {
        let counts = &self.counts;
        if counts.cases == 0 {
            return 0.0;
        }
        let bar = -delta.clamp(1e-12, 1.0).ln();
        // The wealth falls with the weight of errors among the spared cases.
        let spared = crossing(counts.spared_weight, |s| self.lower_wealth(s) >= bar);
        ((counts.errors + spared) / counts.weight).clamp(0.0, 1.0)
    }

    /// Lower and upper bound that hold together, at every moment, with probability at least
    /// `1 - delta`.
    pub fn interval(&self, delta: f64) -> (f64, f64) {
        (self.lower(0.5 * delta), self.upper(0.5 * delta))
    }

    /// Horvitz and Thompson's estimate `sum w e A / p / sum w` of the share wrong, unbiased if no
    /// audit is pending; not clipped to 1. None before there is a case.
    pub fn horvitz_thompson(&self) -> Option<f64> {
        (self.counts.cases > 0).then(|| self.counts.inverse_errors / self.counts.weight)
    }

    /// Estimated standard error of [`AuditSequence::horvitz_thompson`] over the coins.
    pub fn standard_error(&self) -> Option<f64> {
        let deviation = self.counts.inverse_variance.max(0.0).sqrt();
        (self.counts.cases > 0).then(|| deviation / self.counts.weight)
    }

    /// Hajek's estimate `(sum w e A / p) / (sum w A / p)`: within `0..=1`, slightly biased, less
    /// variable. None before there is a judged case.
    pub fn hajek(&self) -> Option<f64> {
        (self.counts.judged > 0).then(|| self.counts.inverse_errors / self.counts.inverse_weight)
    }

    /// Kish's effective number of judged audits, `(sum w A / p)^2 / sum (w A / p)^2`.
    pub fn effective_audits(&self) -> f64 {
        if self.counts.judged == 0 {
            return 0.0;
        }
        self.counts.inverse_weight.powi(2) / self.counts.inverse_squares
    }

    /// How many further cases of weight 1 until the upper bound is about `target`, if they are
    /// audited with `propensity` and a share of `error` of them is wrong; 0 if it is there already,
    /// None if not within a hundred million. A projection for showing progress, no promise.
    pub fn cases_until(&self, target: f64, delta: f64, propensity: f64, error: f64) -> Option<u64> {
        if self.check(propensity, self.max_weight.min(1.0)).is_err()
            || !(0.0..=1.0).contains(&error)
            || target.is_nan()
        {
            return None;
        }
        let reached = |n: u64| self.projected(n as f64, propensity, error).upper(delta) <= target;
        let most = 100_000_000;
        if reached(0) {
            return Some(0);
        }
        let mut high = 64;
        while !reached(high) {
            if high >= most {
                return None;
            }
            high *= 2;
        }
        let mut low = high / 2;
        while high - low > 1 + low / 1000 {
            let middle = low + (high - low) / 2;
            if reached(middle) {
                high = middle;
            } else {
                low = middle;
            }
        }
        Some(high)
    }

    /// This sequence after `n` further cases that turn out exactly as expected.
    fn projected(&self, n: f64, propensity: f64, error: f64) -> Self {
        let mut next = self.clone();
        let mut one = self.clone();
        one.upper = [0.0; BETS];
        one.bet_upper(propensity, self.max_weight.min(1.0), 1.0, 1.0);
        let seen = n * propensity * error;
        next.upper.iter_mut().zip(one.upper).for_each(|(u, f)| *u += seen * f);
        next.counts.cases += n as u64;
        next.counts.weight += n;
        next.counts.errors += seen;
        next.counts.spared_weight += n * (1.0 - propensity);
        next
    }
}

/// `ln sum_j v_j e^term(j)` over the bets, without overflow; `v_j` is proportional to
/// `1 / (j + 1)^2`, as the early days, when large bets pay, are when a bound is waited for.
fn log_mixture(term: impl Fn(usize) -> f64) -> f64 {
    let terms: [f64; BETS] = std::array::from_fn(term);
    let top = terms.iter().fold(f64::NEG_INFINITY, |a, &b| a.max(b));
    let (mut sum, mut shares) = (0.0, 0.0);
    for (j, term) in terms.iter().enumerate() {
        let share = 1.0 / ((j + 1) * (j + 1)) as f64;
        shares += share;
        // What is 40 below the top could not be seen in the sum.
        if term - top > -40.0 {
            sum += share * (term - top).exp();
        }
    }
    top + (sum / shares).ln()
}

/// The point in `0..=limit` up to which `holds` holds, if it holds up to a point and then no more;
/// the far side of the last bisection, so that a bound errs to the safe side by rounding only.
fn crossing(limit: f64, holds: impl Fn(f64) -> bool) -> f64 {
    if holds(limit) {
        return limit;
    }
    let (mut low, mut high) = (0.0, limit);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if holds(middle) {
            low = middle;
        } else {
            high = middle;
        }
        if high - low <= 1e-9 * limit {
            break;
        }
    }
    high
}
