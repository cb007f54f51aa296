//! When to stop asking.
//!
//! - The model is sure of what is left: maximum and overall uncertainty (Zhu, Wang, Hovy and Ma,
//!   "Confidence-based stopping criteria for active learning for data annotation", ACM TSLP 2010).
//! - Its predictions no longer move: agreement of successive models by Cohen's kappa on a fixed
//!   stop set (Bloodgood and Vijay-Shanker, "A method for stopping active learning based on
//!   stabilizing predictions", CoNLL 2009).
//! - It is good enough: an interval for its accuracy on a random audit slice. Only this one makes
//!   a promise; the first two say that more of the same labels would change little.

use crate::LearnError;
use crate::proportion::clopper_pearson;

/// Largest and mean uncertainty of the rows that are left (any measure, more is less sure).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Remaining {
    /// Largest uncertainty of any open row; Zhu et al.'s "maximum uncertainty".
    pub most: f32,
    /// Mean uncertainty of the open rows; Zhu et al.'s "overall uncertainty".
    pub overall: f64,
}

impl Remaining {
    /// What `scores` of the open rows say; all zero without open rows.
    pub fn of(scores: &[f32]) -> Result<Self, LearnError> {
        if let Some(at) = scores.iter().position(|s| !s.is_finite()) {
            return Err(LearnError::NotFinite { what: "uncertainty of row", at });
        }
        let most = scores.iter().fold(f32::NEG_INFINITY, |a, &b| a.max(b));
        let sum: f64 = scores.iter().map(|&s| f64::from(s)).sum();
        let none = scores.is_empty();
        Ok(Self { most: if none { 0.0 } else { most }, overall: sum / scores.len().max(1) as f64 })
    }

    /// Whether even the least sure row is at most `threshold` unsure: max-confidence.
    pub fn max_confidence(&self, threshold: f32) -> bool {
        self.most <= threshold
    }

    /// Whether rows are on average at most `threshold` unsure.
    pub fn overall_below(&self, threshold: f64) -> bool {
        self.overall <= threshold
    }
}

/// Watches the predictions of successive models on a fixed stop set.
///
/// Stops when the mean of Cohen's kappa between each model and the one before reaches
/// `threshold` over the last `rounds` comparisons (the paper: 0.99 over 3). The stop set should be
/// a random sample of the pool of about 2,000 rows; it needs no labels.
#[derive(Debug, Clone, PartialEq)]
pub struct Stabilising {
    classes: usize,
    threshold: f64,
    rounds: usize,
    before: Vec<u32>,
    kappas: Vec<f64>,
}

impl Stabilising {
    /// A watcher; `threshold` in (0, 1], at least one round.
    pub fn new(classes: usize, threshold: f64, rounds: usize) -> Result<Self, LearnError> {
        if !(threshold > 0.0 && threshold <= 1.0) {
            return Err(LearnError::Parameter { name: "threshold", must: "in (0, 1]" });
        }
        if rounds == 0 || classes == 0 {
            return Err(LearnError::Parameter { name: "rounds and classes", must: "at least 1" });
        }
        let (before, kappas) = (Vec::new(), Vec::new());
        Ok(Self { classes, threshold, rounds, before, kappas })
    }

    /// Takes the newest model's predictions on the stop set; whether to stop.
    pub fn add(&mut self, predictions: &[u32]) -> Result<bool, LearnError> {
        if predictions.is_empty() {
            return Err(LearnError::Empty { what: "the stop set" });
        }
        let outside = |e: &(usize, &u32)| *e.1 as usize >= self.classes;
        if let Some((at, &index)) = predictions.iter().enumerate().find(outside) {
            let (index, limit) = (index as usize, self.classes);
            return Err(LearnError::OutOfRange { what: "prediction of row", at, index, limit });
        }
        if !self.before.is_empty() {
            self.kappas.push(kappa(&self.before, predictions, self.classes)?);
        }
        self.before = predictions.to_vec();
        Ok(self.stable())
    }

    /// Kappa of each model with the one before.
    pub fn kappas(&self) -> &[f64] {
        &self.kappas
    }

    /// Whether the last comparisons agree enough.
    pub fn stable(&self) -> bool {
        let last = self.kappas.len().checked_sub(self.rounds);
        last.is_some_and(|from| {
            self.kappas[from..].iter().sum::<f64>() / self.rounds as f64 >= self.threshold
        })
    }
}

/// Cohen's kappa of two lists of predictions; 1 if both are the same one class throughout.
fn kappa(a: &[u32], b: &[u32], classes: usize) -> Result<f64, LearnError> {
    if a.len() != b.len() {
        let what = "predictions on the stop set (which must stay fixed)";
        return Err(LearnError::Shape { what, expected: a.len(), found: b.len() });
    }
    let n = a.len() as f64;
    let (mut first, mut second, mut same) = (vec![0_u32; classes], vec![0_u32; classes], 0_u32);
    for (&x, &y) in a.iter().zip(b) {
        first[x as usize] += 1;
        second[y as usize] += 1;
        same += u32::from(x == y);
    }
    let product = |(&x, &y): (&u32, &u32)| f64::from(x) / n * (f64::from(y) / n);
    let chance: f64 = first.iter().zip(&second).map(product).sum();
    let agreed = f64::from(same) / n;
    Ok(if chance >= 1.0 { 1.0 } else { (agreed - chance) / (1.0 - chance) })
}

/// What a random audit slice says about the share of right answers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Audit {
    /// Share of right answers on the slice; 0 if it is empty.
    pub estimate: f64,
    /// The interval holds the true share with the promised probability at every look.
    pub interval: (f64, f64),
}

/// Clopper and Pearson's interval for `right` of `audited` at the `look`-th look (the first is 1),
/// such that all looks together miss with probability at most `delta`: the `k`-th look may miss
/// with `delta / (k (k + 1))`, which sums to `delta`. The slice must be drawn by chance, never by a
/// strategy, and must not be trained on.
pub fn audit(right: u64, audited: u64, look: u32, delta: f64) -> Result<Audit, LearnError> {
    if look == 0 {
        return Err(LearnError::Parameter { name: "look", must: "at least 1" });
    }
    let spent = delta / (f64::from(look) * (f64::from(look) + 1.0));
    let interval = clopper_pearson(right, audited, spent)?;
    let estimate = if audited == 0 { 0.0 } else { right as f64 / audited as f64 };
    Ok(Audit { estimate, interval })
}

impl Audit {
    /// Whether the true share has certainly reached `goal`.
    pub fn reached(&self, goal: f64) -> bool {
        self.interval.0 >= goal
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;
    use proptest::prelude::*;

    #[test]
    fn stops_after_three_stable_comparisons() {
        let a: Vec<u32> = (0..100).map(|i| i % 4).collect();
        let mut moved = a.clone();
        moved[..20].fill(3);
        let mut watch = Stabilising::new(4, 0.99, 3).unwrap();
        let stops: Vec<bool> =
            [&moved, &a, &a, &a, &a].iter().map(|p| watch.add(p).unwrap()).collect();
        assert_eq!(stops, [false, false, false, false, true]);
        // 85 of 100 agree; scikit-learn cohen_kappa_score.
        assert!((watch.kappas()[0] - 0.8).abs() < 1e-9, "{:?}", watch.kappas());
        assert!(watch.add(&a[1..]).is_err() && watch.add(&[]).is_err());
        assert!(watch.add(&[4; 100]).is_err());
        assert!(Stabilising::new(2, 0.0, 3).is_err() && Stabilising::new(2, 0.9, 0).is_err());
    }

    proptest! {
        #[test]
        fn kappa_is_symmetric_at_most_one_and_one_for_equals(
            a in prop::collection::vec(0_u32..4, 30), b in prop::collection::vec(0_u32..4, 30),
        ) {
            let k = kappa(&a, &b, 4).unwrap();
            prop_assert!((k - kappa(&b, &a, 4).unwrap()).abs() < 1e-12 && k <= 1.0);
            prop_assert!((kappa(&a, &a, 4).unwrap() - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn remaining_uncertainty() {
        let r = Remaining::of(&[0.1, 0.3, 0.2]).unwrap();
        assert!(r.max_confidence(0.3) && !r.max_confidence(0.29));
        assert!((r.overall - 0.2).abs() < 1e-6 && r.overall_below(0.21));
        assert_eq!(Remaining::of(&[]).unwrap(), Remaining { most: 0.0, overall: 0.0 });
        assert!(Remaining::of(&[f32::NAN]).is_err());
    }

    #[test]
    fn a_watched_audit_rarely_promises_too_much() {
        // True share just below the goal, looked at after every 20 audits.
        let (mut broken, runs) = (0, 2_000);
        for seed in 0..runs {
            let mut rng = Rng::stream(seed, 0);
            let mut right = 0;
            for look in 1..=50_u32 {
                right += (0..20).filter(|_| rng.coin(0.89)).count() as u64;
                let n = u64::from(look) * 20;
                if audit(right, n, look, 0.1).unwrap().reached(0.9) {
                    broken += 1;
                    break;
                }
            }
        }
        assert!(broken <= 100, "{broken} of {runs}");
        assert!(audit(1, 2, 0, 0.1).is_err() && audit(3, 2, 1, 0.1).is_err());
        assert!(audit(200, 200, 3, 0.05).unwrap().reached(0.95));
    }
}
