//! Conformal prediction for streams that drift.

use super::{check_alpha, rank};
use crate::LearnError;

/// Adaptive conformal inference (Gibbs and Candes, NeurIPS 2021): the level of the sets follows
/// the errors, `alpha <- alpha + gamma (target - missed)`.
///
/// Whatever the stream does, the share missed in the first `T` steps is within
/// `(max(target, 1 - target) + gamma) / (gamma T)` of the target (their proposition 4.1): a claim
/// on the average over time, not on any one step. It needs the label of every step; with labels
/// for some steps only it holds for those. A large `gamma` follows fast and sways; 0.005 to 0.05
/// is usual.
#[derive(Debug, Clone, PartialEq)]
pub struct AdaptiveConformal {
    /// Sorted calibration scores.
    scores: Vec<f64>,
    target: f64,
    gamma: f64,
    alpha: f64,
    steps: u64,
    missed: u64,
}

impl AdaptiveConformal {
    /// Starts from calibration `scores` (see [`super::label_scores`]) at level `target`.
    ///
    /// Errors if there is no score or one is NaN, `target` is not in `(0, 1)` or `gamma` is
    /// negative.
    pub fn new(mut scores: Vec<f64>, target: f64, gamma: f64) -> Result<Self, LearnError> {
        check_alpha(target)?;
        if !(gamma.is_finite() && gamma >= 0.0) {
            return Err(LearnError::Parameter { name: "gamma", must: "not negative" });
        }
        if scores.is_empty() {
            return Err(LearnError::Empty { what: "the calibration scores" });
        }
        if let Some(at) = scores.iter().position(|s| s.is_nan()) {
            return Err(LearnError::NotFinite { what: "calibration score", at });
        }
        scores.sort_unstable_by(f64::total_cmp);
        Ok(Self { scores, target, gamma, alpha: target, steps: 0, missed: 0 })
    }

    /// The present threshold: a class is in the set if its score is at most this. Infinite (all
    /// classes) while the level is 0 or less, minus infinite (none) while it is 1 or more.
    pub fn threshold(&self) -> f64 {
        if self.alpha <= 0.0 {
            return f64::INFINITY;
        }
        if self.alpha >= 1.0 {
            return f64::NEG_INFINITY;
        }
        let k = rank(self.scores.len(), self.alpha);
        self.scores.get(k - 1).copied().unwrap_or(f64::INFINITY)
    }

    /// Learns the score of the true class of the step for which [`AdaptiveConformal::threshold`]
    /// was used; returns whether its set missed it. NaN counts as missed.
    pub fn update(&mut self, score: f64) -> bool {
        let missed = score.is_nan() || score > self.threshold();
        self.alpha += self.gamma * (self.target - f64::from(u8::from(missed)));
        self.steps += 1;
        self.missed += u64::from(missed);
        missed
    }

    /// The present level.
    pub fn alpha(&self) -> f64 {
        self.alpha
    }

    /// Steps learnt from, and how many of them were missed.
    pub fn counts(&self) -> (u64, u64) {
        (self.steps, self.missed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_share_missed_is_bounded_for_any_stream(
            stream in prop::collection::vec(-0.5_f64..1.5, 1..600),
            target in 0.02_f64..0.5, gamma in 0.001_f64..0.3,
        ) {
            let scores: Vec<f64> = (0..200).map(|i| f64::from(i) / 200.0).collect();
            let mut aci = AdaptiveConformal::new(scores, target, gamma).unwrap();
            for s in &stream {
                aci.update(*s);
            }
            let (steps, missed) = aci.counts();
            let off = (missed as f64 / steps as f64 - target).abs();
            let bound = (target.max(1.0 - target) + gamma) / (gamma * steps as f64);
            prop_assert!(off <= bound + 1e-9, "{off} > {bound}");
        }
    }

    #[test]
    fn follows_a_shift_that_a_fixed_threshold_misses() {
        let mut rng = Rng::new(6);
        let scores: Vec<f64> = (0..1000).map(|_| rng.unit()).collect();
        let mut aci = AdaptiveConformal::new(scores.clone(), 0.1, 0.02).unwrap();
        let mut fixed = AdaptiveConformal::new(scores, 0.1, 0.0).unwrap();
        // After the shift scores are the square root: larger.
        let stream: Vec<f64> = (0..5000).map(|_| rng.unit().sqrt()).collect();
        let missed = |a: &mut AdaptiveConformal| {
            stream.iter().filter(|&&s| a.update(s)).count() as f64 / stream.len() as f64
        };
        let (followed, stuck) = (missed(&mut aci), missed(&mut fixed));
        assert!((followed - 0.1).abs() < 0.01 && stuck > 0.16, "{followed} {stuck}");
    }

    #[test]
    fn refuses_what_makes_no_sense() {
        assert!(AdaptiveConformal::new(vec![], 0.1, 0.01).is_err());
        assert!(AdaptiveConformal::new(vec![f64::NAN], 0.1, 0.01).is_err());
        assert!(AdaptiveConformal::new(vec![1.0], 0.0, 0.01).is_err());
        assert!(AdaptiveConformal::new(vec![1.0], 0.1, -0.01).is_err());
        let mut one = AdaptiveConformal::new(vec![1.0], 0.5, 0.01).unwrap();
        assert!(one.update(f64::NAN));
    }
}
