//! Two classifiers on the same cases: only discordant ones tell.
//!
//! Where both are right or both wrong, nothing is learnt about which is better. Of the `b + c` cases
//! where exactly one is right, `b` speak for the candidate. If neither is better, each discordant
//! case is a fair coin (McNemar 1947). Anytime-valid evidence against that is the mixture likelihood
//! ratio with a prior `Beta(1/2, 1/2)`, folded to `p > 1/2` for the one-sided question:
//!
//! `M = 2^(b+c) B(b + 1/2, c + 1/2) / B(1/2, 1/2)`, `M+ = 2 M P(Beta(b + 1/2, c + 1/2) > 1/2)`
//!
//! `M+` is also valid if the candidate is worse than the current version.

use super::check_delta;
use super::share::{Share, share_interval};
use crate::LearnError;
use crate::proportion::binomial_cdf;
use crate::special::{incomplete_beta, ln_beta};

const PRIOR: f64 = 0.5;

/// A running comparison of two classifiers on the same cases.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Discordance {
    /// All cases.
    pub cases: u64,
    /// Cases where only the candidate is right.
    pub candidate: u64,
    /// Cases where only the current version is right.
    pub current: u64,
    ln_largest: f64,
    ln_largest_better: f64,
    ln_largest_worse: f64,
}

impl Discordance {
    /// Nothing compared yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a case: whether each was right.
    pub fn add(&mut self, candidate_right: bool, current_right: bool) {
        self.cases += 1;
        if candidate_right == current_right {
            return;
        }
        if candidate_right {
            self.candidate += 1;
        } else {
            self.current += 1;
        }
        let (b, c) = (self.candidate as f64 + PRIOR, self.current as f64 + PRIOR);
        let ln = ln_beta(b, c) - ln_beta(PRIOR, PRIOR)
            + (self.candidate + self.current) as f64 * std::f64::consts::LN_2;
        let folded = |share: f64| ln + (2.0 * share).ln();
        self.ln_largest = self.ln_largest.max(ln);
        self.ln_largest_better = self.ln_largest_better.max(folded(incomplete_beta(0.5, c, b)));
        self.ln_largest_worse = self.ln_largest_worse.max(folded(incomplete_beta(0.5, b, c)));
    }

    /// Anytime-valid p-value of "neither is better".
    pub fn p_value(&self) -> f64 {
        (-self.ln_largest).exp().min(1.0)
    }

    /// Anytime-valid p-value of "the candidate is not better".
    pub fn p_value_better(&self) -> f64 {
        (-self.ln_largest_better).exp().min(1.0)
    }

    /// Anytime-valid p-value of "the candidate is not worse".
    pub fn p_value_worse(&self) -> f64 {
        (-self.ln_largest_worse).exp().min(1.0)
    }

    /// Limits of the candidate's share of the discordant cases that hold at all moments together
    /// with probability `1 - delta`.
    ///
    /// Errors if `delta` is not in `(0, 1)`.
    pub fn share(&self, delta: f64) -> Result<(f64, f64), LearnError> {
        check_delta(delta)?;
        share_interval(Share { k: self.candidate, n: self.candidate + self.current }, delta)
    }

    /// Accuracy of the candidate less that of the current version; None before the first case.
    pub fn difference(&self) -> Option<f64> {
        let gap = self.candidate as f64 - self.current as f64;
        (self.cases > 0).then(|| gap / self.cases as f64)
    }
}

/// Two-sided p-value of the exact sign test (McNemar's, exact) of "neither is better": `candidate`
/// rows where only the candidate is right, `current` where only the current version is. For a set
/// that was fixed beforehand and is looked at once; watched as rows come in, take [`Discordance`].
pub fn exact_p_value(candidate: u64, current: u64) -> f64 {
    let (few, all) = (candidate.min(current), candidate + current);
    (2.0 * binomial_cdf(few, all, 0.5)).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;
    use proptest::prelude::*;

    /// Shares of runs in which each of the three p-values fell to 5 %.
    fn alarms(p: f64, runs: u64) -> [f64; 3] {
        let mut out = [0.0; 3];
        for seed in 0..runs {
            let (mut rng, mut test) = (Rng::stream(seed, 71), Discordance::new());
            for _ in 0..2000 {
                // Three quarters of the cases are not discordant.
                let right = rng.coin(0.9);
                if rng.coin(0.75) {
                    test.add(right, right);
                } else {
                    let candidate = rng.coin(p);
                    test.add(candidate, !candidate);
                }
            }
            let p_values = [test.p_value(), test.p_value_better(), test.p_value_worse()];
            for (share, p) in out.iter_mut().zip(p_values) {
                *share += f64::from(u8::from(p <= 0.05)) / runs as f64;
            }
        }
        out
    }

    #[test]
    fn levels_hold_under_peeking_and_differences_are_found() {
        let same = alarms(0.5, 2000);
        assert!(same.iter().all(|s| *s <= 0.06), "{same:?}");
        let worse = alarms(0.45, 500);
        assert!(worse[1] <= 0.05, "{worse:?}");
        let better = alarms(0.65, 300);
        assert!(better[0] > 0.95 && better[1] > 0.95 && better[2] < 0.05, "{better:?}");
    }

    proptest! {
        #[test]
        fn concordant_cases_change_nothing_and_sides_mirror(
            cases in prop::collection::vec((any::<bool>(), any::<bool>()), 0..80),
        ) {
            let (mut all, mut few, mut turned) =
                (Discordance::new(), Discordance::new(), Discordance::new());
            for &(a, b) in &cases {
                all.add(a, b);
                turned.add(b, a);
                if a != b {
                    few.add(a, b);
                }
            }
            prop_assert_eq!(all.p_value(), few.p_value());
            prop_assert!((all.p_value_better() - turned.p_value_worse()).abs() < 1e-9);
            // The two-sided wealth is the mean of the one-sided ones.
            let mean = |d: &Discordance| 0.5 * (1.0 / d.p_value_better() + 1.0 / d.p_value_worse());
            prop_assert!(1.0 / all.p_value() <= mean(&all) * (1.0 + 1e-9));
        }

        #[test]
        fn evidence_is_the_average_likelihood(b in 0_u64..15, c in 0_u64..15) {
            // By the midpoint rule in the angle, in which Beta(1/2, 1/2) is uniform.
            let mut test = Discordance::new();
            (0..b).for_each(|_| test.add(true, false));
            (0..c).for_each(|_| test.add(false, true));
            let steps = 4000;
            let sum: f64 = (0..steps)
                .map(|i| {
                    let angle = (f64::from(i) + 0.5) / f64::from(steps) * std::f64::consts::FRAC_PI_2;
                    let p = angle.sin().powi(2);
                    (2.0 * p).powi(b as i32) * (2.0 - 2.0 * p).powi(c as i32)
                })
                .sum();
            let want = (sum / f64::from(steps)).ln();
            let (x, y) = (b as f64 + 0.5, c as f64 + 0.5);
            let got = ln_beta(x, y) - ln_beta(0.5, 0.5) + (b + c) as f64 * std::f64::consts::LN_2;
            prop_assert!((got - want).abs() < 1e-9);
            prop_assert!(test.ln_largest >= got - 1e-12);
        }
    }

    #[test]
    fn shares_and_differences() {
        let mut test = Discordance::new();
        assert_eq!(test.difference(), None);
        test.add(true, false);
        test.add(true, true);
        assert_eq!(test.difference(), Some(0.5));
        assert!(test.share(0.05).unwrap().1 == 1.0 && test.share(0.0).is_err());
    }

    #[test]
    fn the_exact_test_counts_coins() {
        // P(at most 1 of 10 heads, or at least 9) = 22 / 1024; 2 of 2 is one side of a quarter.
        for (b, c, want) in [(9, 1, 22.0 / 1024.0), (2, 0, 0.5), (0, 0, 1.0), (5, 5, 1.0)] {
            let got = exact_p_value(b, c);
            assert!((got - want).abs() < 1e-12, "{b} {c}: {got}");
            assert_eq!(got.to_bits(), exact_p_value(c, b).to_bits());
        }
    }
}
