//! Isotonic regression by pooling adjacent violators.

use super::pairs;
use crate::LearnError;

/// A rising curve from score to probability (Zadrozny and Elkan, "Transforming classifier scores
/// into accurate multiclass probability estimates", KDD 2002): of all rising functions the one with
/// the least squared error on the rows it was fitted to, found by pooling adjacent violators
/// (Ayer et al., 1955) in `O(n log n)`.
///
/// Between two plateaus it is linear, outside the scores it has seen constant. It can give exactly
/// 0 and 1, so its log-likelihood on new rows may be infinite; with few rows prefer [`super::Beta`].
#[derive(Debug, Clone, PartialEq)]
pub struct Isotonic {
    /// Rising scores: the two ends of each plateau.
    scores: Vec<f64>,
    /// The probability at each score.
    levels: Vec<f64>,
}

/// Neighbouring scores that share a level.
struct Plateau {
    low: f64,
    high: f64,
    weight: f64,
    sum: f64,
}

impl Plateau {
    fn level(&self) -> f64 {
        self.sum / self.weight
    }
}

impl Isotonic {
    /// Fits `outcomes` (true for 1) of rows to their `scores`. Equal scores are one point.
    ///
    /// Errors if there is no row, lengths differ or a score is not finite.
    pub fn fit(scores: &[f32], outcomes: &[bool]) -> Result<Self, LearnError> {
        pairs(scores, outcomes)?;
        let mut order: Vec<(f32, bool)> =
            scores.iter().copied().zip(outcomes.iter().copied()).collect();
        order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let mut plateaus: Vec<Plateau> = Vec::new();
        for group in order.chunk_by(|a, b| a.0 == b.0) {
            let at = f64::from(group[0].0);
            let sum = group.iter().filter(|r| r.1).count() as f64;
            let mut next = Plateau { low: at, high: at, weight: group.len() as f64, sum };
            while let Some(last) = plateaus.pop_if(|last| last.level() >= next.level()) {
                next = Plateau {
                    low: last.low,
                    high: next.high,
                    weight: last.weight + next.weight,
                    sum: last.sum + next.sum,
                };
            }
            plateaus.push(next);
        }
        let mut fitted = Self { scores: Vec::new(), levels: Vec::new() };
        for p in &plateaus {
            fitted.scores.push(p.low);
            fitted.levels.push(p.level());
            if p.high > p.low {
                fitted.scores.push(p.high);
                fitted.levels.push(p.level());
            }
        }
        Ok(fitted)
    }

    /// The probability at `score`.
    pub fn apply(&self, score: f64) -> f64 {
        let i = self.scores.partition_point(|&s| s <= score);
        if i == 0 {
            return self.levels[0];
        }
        if i == self.scores.len() {
            return self.levels[i - 1];
        }
        let (left, right) = (self.scores[i - 1], self.scores[i]);
        let share = (score - left) / (right - left);
        self.levels[i - 1] + share * (self.levels[i] - self.levels[i - 1])
    }

    /// The corners of the curve: scores and their probabilities, both rising.
    pub fn knots(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        self.scores.iter().copied().zip(self.levels.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn pools_as_worked_by_hand() {
        let scores = [0.1, 0.2, 0.3, 0.4, 0.5, 0.5];
        let outcomes = [false, true, false, false, true, true];
        let map = Isotonic::fit(&scores, &outcomes).unwrap();
        let third = 1.0 / 3.0;
        let knots: Vec<f64> = map.knots().map(|k| k.1).collect();
        assert_eq!(knots, [0.0, third, third, 1.0]);
        assert_eq!(map.apply(0.0), 0.0);
        assert!((map.apply(0.15) - third / 2.0).abs() < 1e-6);
        assert_eq!(map.apply(0.3), third);
        assert_eq!(map.apply(2.0), 1.0);
        assert!(Isotonic::fit(&[], &[]).is_err());
        assert!(Isotonic::fit(&[f32::NAN], &[true]).is_err());
        assert!(Isotonic::fit(&[0.5], &[]).is_err());
    }

    proptest! {
        #[test]
        fn equals_the_max_min_formula(rows in prop::collection::vec((0_u8..12, any::<bool>()), 1..40)) {
            let scores: Vec<f32> = rows.iter().map(|r| f32::from(r.0)).collect();
            let outcomes: Vec<bool> = rows.iter().map(|r| r.1).collect();
            let map = Isotonic::fit(&scores, &outcomes).unwrap();
            let mean = |low: u8, high: u8| {
                let inside = rows.iter().filter(|r| (low..=high).contains(&r.0));
                let (n, sum) = inside.fold((0.0, 0.0), |a, r| (a.0 + 1.0, a.1 + f64::from(u8::from(r.1))));
                if n > 0.0 { Some(sum / n) } else { None }
            };
            for r in &rows {
                // Barlow et al. 1972: the largest of the least means of stretches holding the row.
                let want = (0..=r.0)
                    .filter_map(|low| {
                        (r.0..12).filter_map(|high| mean(low, high)).min_by(f64::total_cmp)
                    })
                    .max_by(f64::total_cmp)
                    .unwrap();
                prop_assert!((map.apply(f64::from(r.0)) - want).abs() < 1e-9);
            }
            // The mean is kept.
            let sum: f64 = scores.iter().map(|&s| map.apply(f64::from(s))).sum();
            let hits = outcomes.iter().filter(|o| **o).count() as f64;
            prop_assert!((sum - hits).abs() < 1e-9);
        }

        #[test]
        fn never_falls(rows in prop::collection::vec((-5.0_f32..5.0, any::<bool>()), 1..60),
                       a in -6.0_f64..6.0, b in -6.0_f64..6.0) {
            let (scores, outcomes): (Vec<f32>, Vec<bool>) = rows.into_iter().unzip();
            let map = Isotonic::fit(&scores, &outcomes).unwrap();
            prop_assert!(map.apply(a.min(b)) <= map.apply(a.max(b)) + 1e-12);
        }
    }
}
