//! The mixture sequential probability ratio test for a mean.
//!
//! Robbins (Annals of Mathematical Statistics 1970); for experiments Johari, Koomen, Pekelis and
//! Walsh (Operations Research 2022). For normal values of variance `s2` and a prior `N(null, tau2)`
//! on the mean, the likelihood ratio after `n` values of mean `m` is
//!
//! `L = sqrt(s2 / (s2 + n tau2)) exp(n^2 tau2 (m - null)^2 / (2 s2 (s2 + n tau2)))`.
//!
//! For the difference of two arms add the differences, with `s2` the sum of the variances. With a
//! variance that is estimated, or values that are not normal, the level holds approximately, once
//! `n` is large; for numbers within limits [`super::betting`] holds exactly.

use super::check_delta;
use crate::LearnError;

/// Natural logarithm of the mixture likelihood ratio `L` of `n` values of mean `mean` against a mean
/// of 0.
///
/// Errors if `n` or the mean is not finite, or `variance` or `tau2` not positive.
pub fn ln_likelihood_ratio(n: f64, mean: f64, variance: f64, tau2: f64) -> Result<f64, LearnError> {
    let positive = |x: f64| x.is_finite() && x > 0.0;
    if !(positive(variance) && positive(tau2)) {
        return Err(LearnError::Parameter { name: "variance and tau2", must: "positive" });
    }
    if !(n.is_finite() && n >= 0.0 && mean.is_finite()) {
        return Err(LearnError::NotFinite { what: "mean", at: 0 });
    }
    let spread = variance + n * tau2;
    let square = n * n * tau2 * mean * mean / (2.0 * variance * spread);
    Ok(0.5 * (variance / spread).ln() + square)
}

/// A running test of a mean.
#[derive(Debug, Clone, PartialEq)]
pub struct Msprt {
    null: f64,
    variance: f64,
    tau2: f64,
    n: u64,
    sum: f64,
    ln_largest: f64,
}

impl Msprt {
    /// A test of the null hypothesis that the mean is `null`. `tau2` is the squared difference one
    /// expects to find; it costs power to be wrong about it, never the level.
    ///
    /// Errors if `variance` or `tau2` is not positive, or `null` not finite.
    pub fn new(null: f64, variance: f64, tau2: f64) -> Result<Self, LearnError> {
        ln_likelihood_ratio(0.0, null, variance, tau2)?;
        Ok(Self { null, variance, tau2, n: 0, sum: 0.0, ln_largest: 0.0 })
    }

    /// Adds a value.
    ///
    /// Errors, leaving the test as it was, if it is not finite.
    pub fn add(&mut self, value: f64) -> Result<(), LearnError> {
        if !value.is_finite() {
            return Err(LearnError::NotFinite { what: "value", at: self.n as usize });
        }
        self.n += 1;
        self.sum += value - self.null;
        self.ln_largest = self.ln_largest.max(self.ln_ratio());
        Ok(())
    }

    /// Values so far.
    pub fn n(&self) -> u64 {
        self.n
    }

    /// Mean so far; None before the first value.
    pub fn mean(&self) -> Option<f64> {
        (self.n > 0).then(|| self.null + self.sum / self.n as f64)
    }

    /// Logarithm of the likelihood ratio now.
    pub fn ln_ratio(&self) -> f64 {
        let n = self.n as f64;
        let spread = self.variance + n * self.tau2;
        let square = self.tau2 * self.sum * self.sum / (2.0 * self.variance * spread);
        0.5 * (self.variance / spread).ln() + square
    }

    /// The anytime-valid p-value: one over the largest ratio so far, at most 1.
    pub fn p_value(&self) -> f64 {
        (-self.ln_largest).exp().min(1.0)
    }

    /// Limits of the mean that hold at all moments together with probability `1 - delta`; everything
    /// before the first value.
    ///
    /// Errors if `delta` is not in `(0, 1)`.
    pub fn interval(&self, delta: f64) -> Result<(f64, f64), LearnError> {
        check_delta(delta)?;
        let Some(mean) = self.mean() else { return Ok((f64::NEG_INFINITY, f64::INFINITY)) };
        let n = self.n as f64;
        let spread = self.variance + n * self.tau2;
        let bar = 0.5 * (spread / self.variance).ln() - delta.ln();
        let half = (2.0 * self.variance * spread * bar / self.tau2).sqrt() / n;
        Ok((mean - half, mean + half))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;
    use crate::special::normal_quantile;
    use proptest::prelude::*;

    #[test]
    fn reference_values() {
        for (n, mean, want) in
            [(1000.0, 0.1, 14.054_389_839_676_102), (100.0, 0.2, 1.857_504_985_857_770_8)]
        {
            let got = ln_likelihood_ratio(n, mean, 1.0, 0.1).unwrap().exp();
            assert!((got - want).abs() < 1e-12 * want, "{got} for {want}");
        }
    }

    #[test]
    fn false_alarms_stay_below_the_level_while_a_naive_test_alarms() {
        let (runs, steps) = (2000, 1000);
        let (mut alarms, mut naive, mut missed) = (0, 0, 0);
        for seed in 0..runs {
            let mut rng = Rng::stream(seed, 21);
            let mut test = Msprt::new(0.0, 1.0, 0.1).unwrap();
            let mut crossed = false;
            for _ in 0..steps {
                test.add(normal_quantile(rng.unit().max(1e-12))).unwrap();
                crossed |= (test.sum / (test.n as f64).sqrt()).abs() > 1.96;
            }
            alarms += u32::from(test.p_value() <= 0.05);
            missed += u32::from(test.p_value() > 0.05 && test.interval(0.05).unwrap().0 > 0.0);
            naive += u32::from(crossed);
        }
        let share = |k: u32| f64::from(k) / runs as f64;
        // 0.025 and 0.440 by simulation elsewhere; two thousand runs have a deviation of 0.004.
        assert!((share(alarms) - 0.025).abs() < 0.012, "{}", share(alarms));
        assert!(share(naive) > 0.4 && missed == 0, "{}", share(naive));
    }

    proptest! {
        #[test]
        fn the_interval_excludes_what_the_ratio_rejects(
            values in prop::collection::vec(-3.0_f64..3.0, 1..60),
            null in -1.0_f64..1.0,
        ) {
            let mut test = Msprt::new(null, 1.5, 0.2).unwrap();
            for &x in &values {
                test.add(x).unwrap();
            }
            let (low, high) = test.interval(0.1).unwrap();
            let rejects = test.ln_ratio() >= -(0.1_f64.ln());
            let gap = (null - low).min(high - null);
            prop_assert!(gap.abs() < 1e-9 || rejects == (gap < 0.0));
        }
    }

    #[test]
    fn bad_input_is_refused() {
        assert!(Msprt::new(0.0, 0.0, 1.0).is_err() && Msprt::new(0.0, 1.0, -1.0).is_err());
        assert!(Msprt::new(f64::NAN, 1.0, 1.0).is_err());
        let mut test = Msprt::new(0.0, 1.0, 1.0).unwrap();
        assert!(test.add(f64::NAN).is_err() && test.n() == 0 && test.mean().is_none());
        assert!(test.interval(1.0).is_err());
        assert_eq!(test.interval(0.1).unwrap().1, f64::INFINITY);
    }
}
