//! Conformal p-values of novelty scores.

use crate::LearnError;
use crate::bytes::{Reader, Writer};

/// Scores of ordinary rows, sorted: the measure of what is unusual.
///
/// With `n` calibration scores, `p(s) = (1 + number of them >= s) / (n + 1)` (Vovk, Gammerman and
/// Shafer 2005; for outliers Bates, Candès, Lei, Romano and Sesia, Annals of Statistics 2023). For
/// an ordinary row that is exchangeable with them, `P(p <= alpha) <= alpha`, on average over
/// calibration sets.
#[derive(Debug, Clone, PartialEq)]
pub struct NoveltyThreshold {
    ascending: Vec<f64>,
}

impl NoveltyThreshold {
    /// Takes the scores of ordinary rows the model was not trained on.
    ///
    /// Errors if there is none or a score is not finite.
    pub fn calibrate(scores: &[f64]) -> Result<Self, LearnError> {
        if scores.is_empty() {
            return Err(LearnError::Empty { what: "the calibration scores" });
        }
        if let Some(at) = scores.iter().position(|s| !s.is_finite()) {
            return Err(LearnError::NotFinite { what: "calibration score", at });
        }
        let mut ascending = scores.to_vec();
        ascending.sort_unstable_by(f64::total_cmp);
        Ok(Self { ascending })
    }

    pub(crate) fn write(&self, w: &mut Writer) {
        w.len(self.ascending.len());
        self.ascending.iter().for_each(|score| w.f64(*score));
    }

    pub(crate) fn read(r: &mut Reader<'_>) -> Result<Self, LearnError> {
        let scores = (0..r.len(8)?).map(|_| r.f64()).collect::<Result<Vec<_>, _>>()?;
        Self::calibrate(&scores)
    }

    /// Calibration rows.
    pub fn rows(&self) -> usize {
        self.ascending.len()
    }

    /// The conformal p-value of a score; small means novel, never below `1 / (n + 1)`. A score that
    /// is not a number has the least p-value: nothing is known about its row.
    pub fn p_value(&self, score: f64) -> f64 {
        let below = self.ascending.partition_point(|s| *s < score);
        let at_least = if score.is_nan() { 0 } else { self.ascending.len() - below };
        (1 + at_least) as f64 / (self.ascending.len() + 1) as f64
    }

    /// Whether a row of this score is flagged at a false-alarm rate of at most `alpha`.
    pub fn flags(&self, score: f64, alpha: f64) -> bool {
        self.p_value(score) <= alpha
    }

    /// Scores above this are flagged at `alpha`: the `ceil((n + 1)(1 - alpha))`-th smallest
    /// calibration score; infinite if there are too few rows to flag anything, fewer than
    /// `1 / alpha - 1`.
    ///
    /// Errors if `alpha` is not in `(0, 1)`.
    pub fn score_at(&self, alpha: f64) -> Result<f64, LearnError> {
        if !(alpha > 0.0 && alpha < 1.0) {
            return Err(LearnError::Parameter { name: "alpha", must: "in (0, 1)" });
        }
        // The number of larger scores that a flagged one may have, so that both ways agree.
        let n = self.ascending.len();
        let mut larger = (alpha * (n + 1) as f64).floor() as usize;
        while larger > 0 && larger as f64 / (n + 1) as f64 > alpha {
            larger -= 1;
        }
        while ((larger + 1) as f64) / (n + 1) as f64 <= alpha {
            larger += 1;
        }
        Ok(if larger == 0 { f64::INFINITY } else { self.ascending[n - larger] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn both_ways_agree(
            scores in prop::collection::vec(0_i32..30, 1..60),
            alpha in 0.01_f64..0.99,
            score in 0_i32..30,
        ) {
            let scores: Vec<f64> = scores.iter().map(|&s| f64::from(s)).collect();
            let threshold = NoveltyThreshold::calibrate(&scores).unwrap();
            let score = f64::from(score);
            prop_assert_eq!(
                threshold.flags(score, alpha),
                score > threshold.score_at(alpha).unwrap()
            );
        }
    }

    #[test]
    fn false_alarms_keep_the_stated_rate() {
        let mut rng = Rng::new(8);
        for alpha in [0.02, 0.1, 0.3] {
            let mut flagged = 0;
            for _ in 0..20_000 {
                let scores: Vec<f64> = (0..60).map(|_| rng.unit()).collect();
                let threshold = NoveltyThreshold::calibrate(&scores).unwrap();
                flagged += u32::from(threshold.flags(rng.unit(), alpha));
            }
            let rate = f64::from(flagged) / 20_000.0;
            // Exactly floor(61 alpha) / 61 for scores without ties.
            let want = (61.0 * alpha).floor() / 61.0;
            assert!((rate - want).abs() < 0.012 && rate < alpha + 0.008, "{alpha}: {rate}");
        }
    }

    #[test]
    fn too_few_rows_and_bad_input() {
        let threshold = NoveltyThreshold::calibrate(&[1.0, 2.0]).unwrap();
        assert_eq!(threshold.score_at(0.1).unwrap(), f64::INFINITY);
        assert_eq!(threshold.p_value(f64::NAN), 1.0 / 3.0);
        assert!(threshold.score_at(0.0).is_err());
        assert!(NoveltyThreshold::calibrate(&[]).is_err());
        assert!(NoveltyThreshold::calibrate(&[f64::NAN]).is_err());
    }
}
