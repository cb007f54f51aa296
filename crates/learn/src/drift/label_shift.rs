//! What the shares of the true classes have become, from predictions alone.
//!
//! Black-box shift estimation (Lipton, Wang and Smola, ICML 2018). If only the shares of the
//! classes have changed and not what rows of a class look like, then with
//! `C[i][j] = P(predicted i, true j)` from labelled reference rows and the shares `mu` of predicted
//! classes in the current rows, `C w = mu` gives the weights `w_j = current share / reference share`
//! of each class. No label of a current row is needed; the classifier may be poor, but its confusion
//! must not be singular.

use super::chi_square::{ChiSquare, chi_square};
use crate::LearnError;

/// Estimated shares of the true classes.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelShift {
    /// Shares of the classes in the reference.
    pub reference: Vec<f64>,
    /// Estimated shares of the classes in the current rows; not negative, summing to 1.
    pub current: Vec<f64>,
    /// Weight of each class to train or measure with on reference rows: `current / reference`, and
    /// 0 for a class the reference has not.
    pub weights: Vec<f64>,
    /// Share of the solution that was negative before it was cut to 0: large if more than the
    /// shares has changed, or if there are few rows.
    pub negative: f64,
    /// Whether the predicted classes have changed at all: the detector that goes with the estimate
    /// (Rabanser, Günnemann and Lipton, NeurIPS 2019).
    pub detection: ChiSquare,
}

/// Estimates the shares from labelled reference rows the model was not trained on (`labels` and
/// `predictions`) and the predictions of current rows.
///
/// Classes that no reference row has are left out; a class that is never predicted, or whose rows
/// are predicted like another's, makes the confusion singular.
///
/// Errors if lengths differ, a sample is empty, a class is not below `classes`, or the confusion is
/// singular (then merge the classes that are mistaken for each other).
pub fn label_shift(
    labels: &[u32],
    predictions: &[u32],
    current: &[u32],
    classes: usize,
) -> Result<LabelShift, LearnError> {
    check(labels, predictions, current, classes)?;
    let (n, m) = (labels.len() as f64, current.len() as f64);
    let mut counts = vec![0_u64; classes * classes];
    for (&y, &p) in labels.iter().zip(predictions) {
        counts[p as usize * classes + y as usize] += 1;
    }
    let column = |j: usize| (0..classes).map(|i| counts[i * classes + j]).sum::<u64>();
    let shown: Vec<usize> = (0..classes).filter(|&j| column(j) > 0).collect();
    let mut predicted = vec![0_u64; 2 * classes];
    for &p in predictions {
        predicted[p as usize] += 1;
    }
    for &p in current {
        predicted[classes + p as usize] += 1;
    }

    // Least squares over all predicted classes, as more may be predicted than the reference shows.
    let k = shown.len();
    let entry = |i: usize, j: usize| counts[i * classes + shown[j]] as f64 / n;
    let mut normal = vec![0.0; k * (k + 1)];
    for a in 0..k {
        for b in 0..k {
            normal[a * (k + 1) + b] = (0..classes).map(|i| entry(i, a) * entry(i, b)).sum();
        }
        normal[a * (k + 1) + k] =
            (0..classes).map(|i| entry(i, a) * predicted[classes + i] as f64 / m).sum();
    }
    let raw = solve(normal, k)?;
    Ok(finish(&raw, &shown, |j| column(j) as f64 / n, classes, chi_square(&predicted, classes)?))
}

fn check(
    labels: &[u32],
    predictions: &[u32],
    current: &[u32],
    classes: usize,
) -> Result<(), LearnError> {
    if labels.is_empty() || current.is_empty() {
        return Err(LearnError::Empty { what: "a sample of predictions" });
    }
    if labels.len() != predictions.len() {
        let (expected, found) = (labels.len(), predictions.len());
        return Err(LearnError::Shape { what: "reference predictions", expected, found });
    }
    for (what, values) in [
        ("label of reference row", labels),
        ("prediction of reference row", predictions),
        ("prediction of current row", current),
    ] {
        if let Some(at) = values.iter().position(|&k| k as usize >= classes) {
            let index = values[at] as usize;
            return Err(LearnError::OutOfRange { what, at, index, limit: classes });
        }
    }
    Ok(())
}

/// Cuts negative shares to 0 and makes the rest sum to 1.
fn finish(
    raw: &[f64],
    shown: &[usize],
    share: impl Fn(usize) -> f64,
    classes: usize,
    detection: ChiSquare,
) -> LabelShift {
    let mut out = LabelShift {
        reference: (0..classes).map(&share).collect(),
        current: vec![0.0; classes],
        weights: vec![0.0; classes],
        negative: 0.0,
        detection,
    };
    let mut sum = 0.0;
    for (&j, &w) in shown.iter().zip(raw) {
        let part = w * share(j);
        out.negative += (-part).max(0.0);
        out.current[j] = part.max(0.0);
        sum += out.current[j];
    }
    for &j in shown {
        out.current[j] /= sum;
        out.weights[j] = out.current[j] / share(j);
    }
    out
}

/// Solves a `k x (k + 1)` system by elimination with pivots.
fn solve(mut system: Vec<f64>, k: usize) -> Result<Vec<f64>, LearnError> {
    let width = k + 1;
    let scale = (0..k).map(|a| system[a * width + a]).fold(0.0, f64::max);
    for a in 0..k {
        let pivot = (a..k)
            .max_by(|&i, &j| system[i * width + a].abs().total_cmp(&system[j * width + a].abs()))
            .unwrap_or(a);
        if system[pivot * width + a].abs() <= 1e-10 * scale {
            return Err(LearnError::Parameter {
                name: "confusion",
                must: "regular: merge classes that are never predicted or mistaken for each other",
            });
        }
        for c in a..width {
            system.swap(a * width + c, pivot * width + c);
        }
        for b in a + 1..k {
            let factor = system[b * width + a] / system[a * width + a];
            for c in a..width {
                system[b * width + c] -= factor * system[a * width + c];
            }
        }
    }
    let mut out = vec![0.0; k];
    for a in (0..k).rev() {
        let known: f64 = (a + 1..k).map(|b| system[a * width + b] * out[b]).sum();
        out[a] = (system[a * width + k] - known) / system[a * width + a];
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;
    use proptest::prelude::*;

    /// Rows of a classifier that is right with probability `accuracy` and else uniform.
    fn rows(rng: &mut Rng, shares: &[f64], n: usize, accuracy: f64) -> (Vec<u32>, Vec<u32>) {
        (0..n)
            .map(|_| {
                let mut u = rng.unit();
                let y = shares.iter().position(|s| {
                    u -= s;
                    u < 0.0
                });
                let y = y.unwrap_or(shares.len() - 1) as u32;
                (y, if rng.coin(accuracy) { y } else { rng.below(shares.len()) as u32 })
            })
            .unzip()
    }

    #[test]
    fn shares_are_found_with_a_poor_classifier() {
        let mut rng = Rng::new(6);
        let (labels, predictions) = rows(&mut rng, &[0.4, 0.4, 0.2], 20_000, 0.5);
        let (_, current) = rows(&mut rng, &[0.1, 0.3, 0.6], 20_000, 0.5);
        let got = label_shift(&labels, &predictions, &current, 3).unwrap();
        for (share, want) in got.current.iter().zip([0.1, 0.3, 0.6]) {
            assert!((share - want).abs() < 0.03, "{got:?}");
        }
        assert!(got.detection.p_value < 1e-9 && got.negative == 0.0);
    }

    proptest! {
        #[test]
        fn exact_where_the_confusion_is(share in 0.0_f64..=1.0) {
            // Of class 0 three quarters are found, of class 1 all.
            let (labels, predictions) = (vec![0, 0, 0, 0, 1, 1], vec![0, 0, 0, 1, 1, 1]);
            let zero = (share * 400.0).round() as usize;
            let found = zero * 3 / 4;
            let current: Vec<u32> = (0..400).map(|i| u32::from(i >= found)).collect();
            let got = label_shift(&labels, &predictions, &current, 2).unwrap();
            prop_assert!((got.current[0] - found as f64 / 300.0).abs() < 1e-9, "{:?}", got);
            prop_assert!((got.current.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn absent_classes_and_bad_input() {
        let got = label_shift(&[0, 1, 0, 1], &[0, 1, 0, 1], &[1, 1, 1, 0], 3).unwrap();
        assert!((got.current[1] - 0.75).abs() < 1e-9 && got.current[2] == 0.0);
        assert!(label_shift(&[0, 1], &[0, 0], &[0], 2).is_err(), "singular");
        assert!(label_shift(&[0, 2], &[0, 0], &[0], 2).is_err());
        assert!(label_shift(&[0], &[0, 0], &[0], 2).is_err());
        assert!(label_shift(&[0], &[0], &[], 2).is_err());
    }
}
