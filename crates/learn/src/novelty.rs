//! How unlike anything seen a row is: energy, Mahalanobis and neighbour distances.
//!
//! Every function here returns scores of which **more means more novel**:
//!
//! - [`max_probability`]: `1 - max_k p_k` (Hendrycks and Gimpel, ICLR 2017); the baseline;
//! - [`energy`]: `-T ln sum_k exp(z_k / T)` of logits (Liu, Wang, Owens and Li, NeurIPS 2020);
//! - [`Mahalanobis`]: distance to the nearest class mean under one shared covariance (Lee, Lee, Lee
//!   and Shin, NeurIPS 2018);
//! - [`Neighbours`]: cosine distance to the `k`-th nearest row seen (Sun, Ming, Zhu and Li, ICML
//!   2022).
//!
//! A score alone is no decision. [`NoveltyThreshold`] turns one into a conformal p-value on rows
//! that are known to be ordinary and were not trained on: flagging p-values up to `alpha` raises
//! false alarms on at most a share `alpha` of ordinary rows, whatever the score. What part of the
//! novel rows is caught depends on the score and is told by [`auroc`]. [`NoveltyDetector`] joins two
//! scores whose blind sides differ.

mod detector;
mod mahalanobis;
mod neighbours;
mod threshold;

pub use detector::NoveltyDetector;
pub use mahalanobis::{Mahalanobis, Shrinkage};
pub use neighbours::Neighbours;
pub use threshold::NoveltyThreshold;

use crate::LearnError;
use crate::drift::effect::cliffs_delta;

/// `1 - max_k p_k` of each row of a row-major matrix of `classes` columns.
///
/// Errors if the length is no multiple of `classes`, or a probability is not in `0..=1`.
pub fn max_probability(probabilities: &[f32], classes: usize) -> Result<Vec<f64>, LearnError> {
    check_matrix(probabilities, classes)?;
    if let Some(at) = probabilities.iter().position(|p| !(0.0..=1.001).contains(p)) {
        return Err(LearnError::NotFinite {
            what: "probability (in 0..=1) of row",
            at: at / classes,
        });
    }
    let largest = |row: &[f32]| row.iter().copied().fold(0.0, f32::max);
    Ok(probabilities.chunks_exact(classes).map(|row| 1.0 - f64::from(largest(row))).collect())
}

/// Energy `-T ln sum_k exp(z_k / T)` of each row of a row-major matrix of logits. The temperature
/// `T` is 1 in the paper; logits must be those before any normalisation (log-probabilities have the
/// energy 0 everywhere).
///
/// Errors if the length is no multiple of `classes`, a logit is not finite, or `T` not positive.
pub fn energy(logits: &[f32], classes: usize, temperature: f64) -> Result<Vec<f64>, LearnError> {
    check_matrix(logits, classes)?;
    if !(temperature.is_finite() && temperature > 0.0) {
        return Err(LearnError::Parameter { name: "temperature", must: "positive" });
    }
    if let Some(at) = logits.iter().position(|z| !z.is_finite()) {
        return Err(LearnError::NotFinite { what: "logit of row", at: at / classes });
    }
    let of_row = |row: &[f32]| {
        let top = f64::from(row.iter().copied().fold(f32::NEG_INFINITY, f32::max));
        let sum: f64 = row.iter().map(|&z| ((f64::from(z) - top) / temperature).exp()).sum();
        -top - temperature * sum.ln()
    };
    Ok(logits.chunks_exact(classes).map(of_row).collect())
}

/// Area under the ROC curve of scores on ordinary and on novel rows: the probability that a novel
/// row has the larger score, a tie counting half.
///
/// Errors if either is empty or a score is not finite.
pub fn auroc(ordinary: &[f64], novel: &[f64]) -> Result<f64, LearnError> {
    Ok(0.5 + 0.5 * cliffs_delta(ordinary, novel)?)
}

fn check_matrix(values: &[f32], columns: usize) -> Result<(), LearnError> {
    if columns == 0 || !values.len().is_multiple_of(columns) {
        return Err(LearnError::Shape {
            what: "matrix (a multiple of its columns)",
            expected: columns,
            found: values.len(),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn energy_is_the_log_normaliser() {
        let got = energy(&[0.0, 0.0, 3.0, -1.0], 2, 1.0).unwrap();
        assert!((got[0] + 2.0_f64.ln()).abs() < 1e-12);
        assert!((got[1] + (3.0_f64.exp() + (-1.0_f64).exp()).ln()).abs() < 1e-12);
        assert!(energy(&[1e30, -1e30], 2, 1.0).unwrap()[0].is_finite());
        assert!(energy(&[1.0], 2, 1.0).is_err() && energy(&[1.0, f32::NAN], 2, 1.0).is_err());
        assert!(energy(&[1.0, 2.0], 2, 0.0).is_err());
    }

    #[test]
    fn max_probability_of_rows() {
        let got = max_probability(&[0.25, 0.75, 0.5, 0.5], 2).unwrap();
        assert_eq!(got, [0.25, 0.5]);
        assert!(max_probability(&[0.5, f32::NAN], 2).is_err());
        assert!(max_probability(&[0.5, 2.0], 2).is_err() && max_probability(&[0.5], 0).is_err());
    }

    proptest! {
        #[test]
        fn energy_shifts_with_logits(z in prop::collection::vec(-9.0_f32..9.0, 3), c in -5.0_f32..5.0) {
            let moved: Vec<f32> = z.iter().map(|x| x + c).collect();
            let (a, b) = (energy(&z, 3, 2.0).unwrap()[0], energy(&moved, 3, 2.0).unwrap()[0]);
            prop_assert!((a - b - f64::from(c)).abs() < 1e-4);
        }

        #[test]
        fn auroc_mirrors(
            a in prop::collection::vec(0.0_f64..1.0, 1..20),
            b in prop::collection::vec(0.0_f64..1.0, 1..20),
        ) {
            let sum = auroc(&a, &b).unwrap() + auroc(&b, &a).unwrap();
            prop_assert!((sum - 1.0).abs() < 1e-12);
        }
    }
}
