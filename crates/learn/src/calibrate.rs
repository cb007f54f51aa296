//! How far probabilities can be believed, and making them believable.
//!
//! Three maps, each fitted on rows the model was not trained on:
//!
//! - [`temperature`] scaling (Guo, Pleiss, Sun and Weinberger, ICML 2017) divides logits by one
//!   number: the ranking of classes stays, the confidence moves. The one to start with;
//! - [`Beta`] (Kull, Silva Filho and Flach, AISTATS 2017): three numbers, for two classes;
//! - [`Isotonic`] (Zadrozny and Elkan, KDD 2002): any rising curve, for a thousand rows or more.
//!
//! The last two map one probability. [`TopLabel`] applies them to the most probable class,
//! [`OneVsRest`] to every class, and normalises.
//!
//! Quality is told by the negative log-likelihood, the multiclass Brier score and the expected
//! calibration error (Naeini, Cooper and Hauskrecht, AAAI 2015; biased by its bins, so never
//! alone), and in detail by the [`reliability`] diagram; labels alone by the [`Confusion`] counts.

mod beta;
mod confusion;
mod isotonic;
mod matrix;
mod multiclass;
mod reliability;
mod temperature;

pub use beta::Beta;
pub use confusion::{ClassScores, Confusion};
pub use isotonic::Isotonic;
pub use matrix::ProbabilityMatrix;
pub use multiclass::{BinaryMap, Method, OneVsRest, TopLabel};
pub use reliability::{Bin, Binning, calibration_error, largest_gap, reliability};
pub use temperature::{apply_temperature, temperature};

use crate::LearnError;

/// Stand-in for a probability of zero in logarithms.
const FLOOR: f64 = 1e-12;

/// Quality of probabilities against true labels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quality {
    /// Share of rows whose most probable class is the label (ties: the first class).
    pub accuracy: f64,
    /// Mean negative log-likelihood, in nats.
    pub nll: f64,
    /// Mean squared distance between probabilities and the one-hot label, summed over classes.
    pub brier: f64,
    /// Expected calibration error of the top class over 15 equal bins, each closed on the right.
    pub ece: f64,
}

/// Number of rows of an `n x classes` matrix, checked against `labels`.
pub(crate) fn check_rows(len: usize, labels: &[u32], classes: usize) -> Result<(), LearnError> {
    if labels.is_empty() || classes == 0 {
        return Err(LearnError::Empty { what: "the labelled rows" });
    }
    let expected = labels.len().saturating_mul(classes);
    if len != expected {
        return Err(LearnError::Shape { what: "matrix (rows x classes)", expected, found: len });
    }
    match labels.iter().enumerate().find(|(_, k)| **k as usize >= classes) {
        Some((at, &label)) => Err(LearnError::OutOfRange {
            what: "label of row",
            at,
            index: label as usize,
            limit: classes,
        }),
        None => Ok(()),
    }
}

fn finite(xs: &[f32], what: &'static str) -> Result<(), LearnError> {
    match xs.iter().position(|x| !x.is_finite()) {
        Some(at) => Err(LearnError::NotFinite { what, at }),
        None => Ok(()),
    }
}

/// Scores and outcomes of the same rows: at least one, and finite.
fn pairs(scores: &[f32], outcomes: &[bool]) -> Result<(), LearnError> {
    if scores.is_empty() {
        return Err(LearnError::Empty { what: "the scored rows" });
    }
    if scores.len() != outcomes.len() {
        let (expected, found) = (scores.len(), outcomes.len());
        return Err(LearnError::Shape { what: "outcomes (one a row)", expected, found });
    }
    finite(scores, "score")
}

/// Quality of row-major `probabilities` (`labels.len() x classes`).
pub fn quality(
    probabilities: &[f32],
    labels: &[u32],
    classes: usize,
) -> Result<Quality, LearnError> {
    check_rows(probabilities.len(), labels, classes)?;
    finite(probabilities, "probability")?;
    let n = labels.len() as f64;
    let (mut correct, mut nll, mut brier) = (0.0, 0.0, 0.0);
    let mut bins = [(0.0_f64, 0.0_f64); 15];
    for (p, &label) in probabilities.chunks_exact(classes).zip(labels) {
        let (top, confidence) = largest(p);
        let hit = f64::from(u8::from(top == label as usize));
        correct += hit;
        let own = f64::from(p[label as usize]);
        nll -= own.max(FLOOR).ln();
        let squares: f64 = p.iter().map(|&x| f64::from(x) * f64::from(x)).sum();
        brier += squares - 2.0 * own + 1.0;
        let bin = ((f64::from(confidence) * 15.0).ceil() as usize).clamp(1, 15) - 1;
        bins[bin].0 += hit;
        bins[bin].1 += f64::from(confidence);
    }
    let ece = bins.iter().map(|(hits, confidence)| (hits - confidence).abs()).sum::<f64>() / n;
    Ok(Quality { accuracy: correct / n, nll: nll / n, brier: brier / n, ece })
}

/// The first largest entry.
pub(crate) fn largest(p: &[f32]) -> (usize, f32) {
    let mut best = (0, p[0]);
    for (k, &x) in p.iter().enumerate().skip(1) {
        if x > best.1 {
            best = (k, x);
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;
    use proptest::prelude::*;

    /// Rows whose labels are drawn from `softmax(logits / truth)`.
    fn drawn(n: usize, truth: f64, seed: u64) -> (Vec<f32>, Vec<u32>) {
        let mut rng = Rng::new(seed);
        let mut logits = Vec::new();
        let mut labels = Vec::new();
        for _ in 0..n {
            let z: Vec<f32> = (0..4).map(|_| (rng.unit() * 8.0) as f32).collect();
            let mut p = z.clone();
            apply_temperature(&mut p, 4, truth).unwrap();
            let mut u = rng.unit() as f32;
            let label = p.iter().position(|x| {
                u -= x;
                u < 0.0
            });
            labels.push(label.unwrap_or(3) as u32);
            logits.extend(z);
        }
        (logits, labels)
    }

    #[test]
    fn finds_the_temperature_that_made_the_labels() {
        for truth in [0.5, 1.0, 2.5] {
            let (logits, labels) = drawn(20_000, truth, 3);
            let t = temperature(&logits, &labels, 4, 0.0).unwrap();
            assert!((t / truth - 1.0).abs() < 0.05, "{t} for {truth}");
            let mut p = logits.clone();
            apply_temperature(&mut p, 4, t).unwrap();
            assert!(quality(&p, &labels, 4).unwrap().ece < 0.015);
        }
    }

    #[test]
    fn separable_rows_stay_in_range_and_a_prior_holds_them() {
        let logits = [2.0, 0.0, 0.0, 2.0];
        assert!(temperature(&logits, &[0, 1], 2, 0.0).unwrap() < 0.03);
        let held = temperature(&logits, &[0, 1], 2, 5.0).unwrap();
        assert!(held > 0.7 && held < 1.0, "{held}");
        // An impossible label changes nothing; impossible labels only leave 1.
        let none = f32::NEG_INFINITY;
        let mixed = [2.0, 0.0, 0.0, 2.0, none, 0.0];
        assert_eq!(temperature(&mixed, &[0, 1, 0], 2, 5.0).unwrap(), held);
        assert_eq!(temperature(&mixed[4..], &[0], 2, 0.0).unwrap(), 1.0);
    }

    #[test]
    fn quality_of_known_numbers() {
        let p = [0.9, 0.1, 0.6, 0.4];
        let q = quality(&p, &[0, 1], 2).unwrap();
        assert!((q.accuracy - 0.5).abs() < 1e-9);
        assert!((q.nll - -(0.9_f64.ln() + 0.4_f64.ln()) / 2.0).abs() < 1e-6);
        assert!((q.brier - 0.37).abs() < 1e-6);
        assert!((q.ece - 0.35).abs() < 1e-6);
        assert!(quality(&p, &[0, 2], 2).is_err());
        assert!(quality(&p, &[0], 2).is_err());
        assert!(temperature(&[f32::NAN, 0.0], &[0], 2, 0.0).is_err());
    }

    proptest! {
        #[test]
        fn no_temperature_nearby_is_better(seed: u64, truth in 0.3_f64..3.0) {
            let (logits, labels) = drawn(300, truth, seed);
            let t = temperature(&logits, &labels, 4, 0.0).unwrap();
            let nll = |t: f64| {
                let mut p = logits.clone();
                apply_temperature(&mut p, 4, t).unwrap();
                quality(&p, &labels, 4).unwrap().nll
            };
            prop_assert!(nll(t) <= nll(t * 1.1) + 1e-6 && nll(t) <= nll(t / 1.1) + 1e-6);
        }
    }
}
