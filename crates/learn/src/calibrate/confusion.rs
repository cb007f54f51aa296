//! Counts of true against predicted classes, and the scores read off them.

use crate::LearnError;

/// How often each true class was predicted as each class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confusion {
    classes: usize,
    /// Row-major: true class by predicted class.
    counts: Vec<u64>,
}

/// Scores of one class, or their mean over classes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClassScores {
    /// Rows that truly are of the class.
    pub support: u64,
    /// Rows that were predicted as the class.
    pub predicted: u64,
    /// Share of the predicted rows that are right; 0 if none was predicted.
    pub precision: f64,
    /// Share of the true rows that were found; 0 if there are none.
    pub recall: f64,
    /// Harmonic mean of both, `2 tp / (support + predicted)`; 0 if both counts are 0.
    pub f1: f64,
}

impl Confusion {
    /// Counts `predictions` against `labels`, both in `0..classes`.
    pub fn count(labels: &[u32], predictions: &[u32], classes: usize) -> Result<Self, LearnError> {
        super::check_rows(predictions.len() * classes, labels, classes)?;
        let mut counts = vec![0; classes * classes];
        for (at, (&label, &prediction)) in labels.iter().zip(predictions).enumerate() {
            let index = prediction as usize;
            if index >= classes {
                let limit = classes;
                return Err(LearnError::OutOfRange { what: "prediction of row", at, index, limit });
            }
            counts[label as usize * classes + index] += 1;
        }
        Ok(Self { classes, counts })
    }

    /// Rows of true class `label` that were predicted as `prediction`.
    pub fn at(&self, label: usize, prediction: usize) -> u64 {
        self.counts[label * self.classes + prediction]
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// All rows.
    pub fn rows(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Rows that were predicted right.
    pub fn right(&self) -> u64 {
        (0..self.classes).map(|k| self.at(k, k)).sum()
    }

    /// Share of rows that were predicted right.
    pub fn accuracy(&self) -> f64 {
        self.right() as f64 / self.rows() as f64
    }

    /// Scores of one class.
    pub fn class(&self, class: usize) -> ClassScores {
        let hits = self.at(class, class);
        let support = (0..self.classes).map(|k| self.at(class, k)).sum();
        let predicted = (0..self.classes).map(|k| self.at(k, class)).sum();
        let share = |n: u64| if n > 0 { hits as f64 / n as f64 } else { 0.0 };
        let f1 = match support + predicted {
            0 => 0.0,
            both => 2.0 * hits as f64 / both as f64,
        };
        ClassScores { support, predicted, precision: share(predicted), recall: share(support), f1 }
    }

    /// Plain means of the scores over the classes that occur, as a label or as a prediction
    /// (scikit-learn's `macro` average with undefined scores as 0).
    pub fn macro_average(&self) -> ClassScores {
        let present: Vec<ClassScores> = (0..self.classes)
            .map(|k| self.class(k))
            .filter(|s| s.support + s.predicted > 0)
            .collect();
        let n = present.len() as f64;
        let mean = |get: fn(&ClassScores) -> f64| present.iter().map(get).sum::<f64>() / n;
        ClassScores {
            support: self.rows(),
            predicted: self.rows(),
            precision: mean(|s| s.precision),
            recall: mean(|s| s.recall),
            f1: mean(|s| s.f1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn scores_of_known_counts() {
        let c = Confusion::count(&[0, 0, 0, 1, 1, 2], &[0, 0, 1, 1, 1, 0], 4).unwrap();
        assert_eq!((c.at(0, 1), c.right(), c.rows(), c.classes()), (1, 4, 6, 4));
        let zero = c.class(0);
        assert_eq!((zero.support, zero.predicted), (3, 3));
        assert!(
            (zero.precision - 2.0 / 3.0).abs() < 1e-12 && (zero.recall - zero.f1).abs() < 1e-12
        );
        assert_eq!((c.class(2).precision, c.class(2).recall, c.class(2).f1), (0.0, 0.0, 0.0));
        // sklearn.metrics.precision_recall_fscore_support(average="macro", zero_division=0).
        let m = c.macro_average();
        assert!((m.precision - 4.0 / 9.0).abs() < 1e-12);
        assert!((m.recall - 5.0 / 9.0).abs() < 1e-12);
        assert!((m.f1 - (2.0 / 3.0 + 0.8) / 3.0).abs() < 1e-12);
        assert!(Confusion::count(&[0], &[2], 2).is_err());
        assert!(Confusion::count(&[2], &[0], 2).is_err());
        assert!(Confusion::count(&[], &[], 2).is_err());
        assert!(Confusion::count(&[0, 1], &[0], 2).is_err());
    }

    proptest! {
        #[test]
        fn accuracy_is_the_recall_weighted_by_support(
            rows in prop::collection::vec((0_u32..4, 0_u32..4), 1..80),
        ) {
            let (labels, predictions): (Vec<u32>, Vec<u32>) = rows.into_iter().unzip();
            let c = Confusion::count(&labels, &predictions, 4).unwrap();
            let sum: f64 = (0..4).map(|k| c.class(k)).map(|s| s.recall * s.support as f64).sum();
            prop_assert!((sum / c.rows() as f64 - c.accuracy()).abs() < 1e-12);
        }
    }
}
