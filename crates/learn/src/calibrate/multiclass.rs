//! Maps of one probability, applied to many classes.

use super::{Beta, Isotonic, ProbabilityMatrix};
use crate::LearnError;

/// A map of one probability, before it is fitted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Method {
    /// [`Isotonic`].
    Isotonic,
    /// [`Beta`] with its prior.
    Beta {
        /// As that many rows that say "the identity".
        prior: f64,
    },
}

/// A fitted map of one probability.
#[derive(Debug, Clone, PartialEq)]
pub enum BinaryMap {
    /// A rising curve.
    Isotonic(Isotonic),
    /// Three numbers.
    Beta(Beta),
}

impl BinaryMap {
    /// Fits `outcomes` of rows to their `probabilities`.
    pub fn fit(
        probabilities: &[f32],
        outcomes: &[bool],
        method: Method,
    ) -> Result<Self, LearnError> {
        match method {
            Method::Isotonic => Isotonic::fit(probabilities, outcomes).map(Self::Isotonic),
            Method::Beta { prior } => Beta::fit(probabilities, outcomes, prior).map(Self::Beta),
        }
    }

    /// The calibrated probability of `p`.
    pub fn apply(&self, p: f64) -> f64 {
        match self {
            Self::Isotonic(map) => map.apply(p),
            Self::Beta(map) => map.apply(p),
        }
    }
}

/// Calibrates the confidence in the most probable class, which stays the answer; says nothing of
/// the other classes. What a threshold on confidence needs.
#[derive(Debug, Clone, PartialEq)]
pub struct TopLabel {
    map: BinaryMap,
}

impl TopLabel {
    /// Fits the confidence of each row's most probable class to whether it is the label.
    pub fn fit(
        matrix: &ProbabilityMatrix<'_>,
        labels: &[u32],
        method: Method,
    ) -> Result<Self, LearnError> {
        matrix.check_labels(labels)?;
        let (tops, confidences) = matrix.tops();
        let right: Vec<bool> = tops.iter().zip(labels).map(|(a, b)| a == b).collect();
        let confidences: Vec<f32> = confidences.iter().map(|c| c.min(1.0)).collect();
        Ok(Self { map: BinaryMap::fit(&confidences, &right, method)? })
    }

    /// Calibrated confidence in the most probable class of each row.
    pub fn apply(&self, matrix: &ProbabilityMatrix<'_>) -> Vec<f32> {
        matrix.tops().1.iter().map(|&c| self.map.apply(f64::from(c)) as f32).collect()
    }

    /// The map of the confidence.
    pub fn map(&self) -> &BinaryMap {
        &self.map
    }
}

/// One map for each class against all others, normalised afterwards (Zadrozny and Elkan 2002).
/// Unlike temperature scaling it may change which class is the most probable, and it needs enough
/// rows of every class.
#[derive(Debug, Clone, PartialEq)]
pub struct OneVsRest {
    maps: Vec<BinaryMap>,
}

impl OneVsRest {
    /// Fits, for each class, its probability to whether it is the label.
    pub fn fit(
        matrix: &ProbabilityMatrix<'_>,
        labels: &[u32],
        method: Method,
    ) -> Result<Self, LearnError> {
        matrix.check_labels(labels)?;
        let maps = (0..matrix.classes()).map(|class| {
            let p: Vec<f32> = matrix.iter_rows().map(|row| row[class].min(1.0)).collect();
            let is: Vec<bool> = labels.iter().map(|&k| k as usize == class).collect();
            BinaryMap::fit(&p, &is, method)
        });
        Ok(Self { maps: maps.collect::<Result<_, _>>()? })
    }

    /// Calibrated probabilities, row-major. A row to which no map gives any mass stays as it was.
    ///
    /// Errors if the matrix has another number of classes.
    pub fn apply(&self, matrix: &ProbabilityMatrix<'_>) -> Result<Vec<f32>, LearnError> {
        if matrix.classes() != self.maps.len() {
            let (expected, found) = (self.maps.len(), matrix.classes());
            return Err(LearnError::Shape {
                what: "the row of class probabilities",
                expected,
                found,
            });
        }
        let mut out = Vec::with_capacity(matrix.values().len());
        let mut mapped = vec![0.0_f64; self.maps.len()];
        for row in matrix.iter_rows() {
            for ((q, &p), map) in mapped.iter_mut().zip(row).zip(&self.maps) {
                *q = map.apply(f64::from(p));
            }
            let sum: f64 = mapped.iter().sum();
            if sum > 0.0 {
                out.extend(mapped.iter().map(|q| (q / sum) as f32));
            } else {
                out.extend_from_slice(row);
            }
        }
        Ok(out)
    }

    /// The maps, one a class.
    pub fn maps(&self) -> &[BinaryMap] {
        &self.maps
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calibrate::{apply_temperature, quality};
    use crate::rng::Rng;

    /// Over-confident probabilities: labels are drawn from a softer distribution.
    fn drawn(n: usize, seed: u64) -> (Vec<f32>, Vec<u32>) {
        let mut rng = Rng::new(seed);
        let (mut values, mut labels) = (Vec::new(), Vec::new());
        for _ in 0..n {
            let mut p: Vec<f32> = (0..3).map(|_| (rng.unit() * 6.0) as f32).collect();
            let mut truth = p.clone();
            apply_temperature(&mut truth, 3, 2.5).unwrap();
            apply_temperature(&mut p, 3, 1.0).unwrap();
            let mut u = rng.unit() as f32;
            let label = truth.iter().position(|x| {
                u -= x;
                u < 0.0
            });
            labels.push(label.unwrap_or(2) as u32);
            values.extend(p);
        }
        (values, labels)
    }

    #[test]
    fn both_uses_calibrate_unseen_rows() {
        let (fit_p, fit_labels) = drawn(6000, 1);
        let (test_p, labels) = drawn(6000, 2);
        let fit_rows = ProbabilityMatrix::new(&fit_p, 3).unwrap();
        let rows = ProbabilityMatrix::new(&test_p, 3).unwrap();
        let before = quality(&test_p, &labels, 3).unwrap();
        for method in [Method::Isotonic, Method::Beta { prior: 1.0 }] {
            let map = OneVsRest::fit(&fit_rows, &fit_labels, method).unwrap();
            let after = quality(&map.apply(&rows).unwrap(), &labels, 3).unwrap();
            assert!(before.ece > 0.15 && after.ece < 0.04, "{method:?} {before:?} {after:?}");
            assert!(after.brier < before.brier);
            let top = TopLabel::fit(&fit_rows, &fit_labels, method).unwrap();
            let confidence = top.apply(&rows);
            let mean = confidence.iter().map(|&c| f64::from(c)).sum::<f64>() / 6000.0;
            assert!((mean - before.accuracy).abs() < 0.02, "{method:?} {mean} {before:?}");
            assert!(map.apply(&ProbabilityMatrix::new(&[0.5, 0.5], 2).unwrap()).is_err());
        }
        assert!(TopLabel::fit(&fit_rows, &labels[1..], Method::Isotonic).is_err());
    }

    #[test]
    fn a_row_without_mass_stays() {
        let p = [0.6, 0.01, 0.39, 0.01, 0.3, 0.69, 0.89, 0.01, 0.1];
        let fit_rows = ProbabilityMatrix::new(&p, 3).unwrap();
        let map = OneVsRest::fit(&fit_rows, &[2, 2, 0], Method::Isotonic).unwrap();
        // Each class's own map has seen no hit at so low a score.
        let row = ProbabilityMatrix::new(&[0.6, 0.3, 0.1], 3).unwrap();
        assert_eq!(map.apply(&row).unwrap(), [0.6, 0.3, 0.1]);
        assert_eq!(map.apply(&fit_rows).unwrap(), [0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0]);
    }
}
