//! How badly a class fits a row.

use super::Options;
use crate::LearnError;
use crate::calibrate::ProbabilityMatrix;

/// A nonconformity score `s(x, y)`: larger is stranger. Classes of a row are ranked by falling
/// probability, equal ones by index; `u` is the row's draw, 1 if scores are not randomised.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Score {
    /// `1 - p_y` (least ambiguous classifier; Sadinle, Lei and Wasserman, JASA 2019): the smallest
    /// sets on average. A row about which the model is unsure may get an empty set.
    Lac,
    /// `mass of the classes ranked above y + u p_y` (adaptive prediction sets; Romano, Sesia and
    /// Candes, NeurIPS 2020): larger sets for harder rows. Not randomised it is very wide.
    Aps,
    /// As APS, plus `penalty * max(0, rank(y) - free_ranks)` with ranks from 1 (regularised
    /// adaptive prediction sets; Angelopoulos et al., ICLR 2021). [`super::tune_raps`] chooses both.
    Raps {
        /// Cost of a rank beyond the free ones, not negative.
        penalty: f64,
        /// Ranks without cost.
        free_ranks: usize,
    },
    /// `rank(y)`: sets of one size.
    TopK,
}

/// Whether scores are randomised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Draws {
    /// Not: `u = 1`. For tests, and where a set must not depend on chance.
    Fixed,
    /// By a hash of this seed and the row's key. Store the seed with the thresholds.
    Seeded(u64),
}

impl Score {
    pub(super) fn check(&self) -> Result<(), LearnError> {
        match self {
            Self::Raps { penalty, .. } if !(penalty.is_finite() && *penalty >= 0.0) => {
                Err(LearnError::Parameter { name: "penalty", must: "not negative" })
            }
            _ => Ok(()),
        }
    }
}

/// Scores of all classes of one row with probabilities `p` and draw `u` (1: not randomised), for
/// streams. Errors if `p` is empty or not finite, or `u` outside `[0, 1]`.
pub fn row_scores(p: &[f32], score: Score, u: f64) -> Result<Vec<f64>, LearnError> {
    score.check()?;
    if p.is_empty() {
        return Err(LearnError::Empty { what: "the list of classes" });
    }
    if let Some(at) = p.iter().position(|x| !x.is_finite() || *x < 0.0) {
        return Err(LearnError::NotFinite { what: "probability of class", at });
    }
    if !(0.0..=1.0).contains(&u) {
        return Err(LearnError::Parameter { name: "u", must: "in [0, 1]" });
    }
    let mut out = vec![0.0; p.len()];
    fill(p, score, u, &mut Vec::new(), &mut out);
    Ok(out)
}

/// Scores rows of a matrix, reusing its memory.
pub(super) struct Scorer<'a> {
    matrix: ProbabilityMatrix<'a>,
    score: Score,
    draws: Draws,
    order: Vec<u64>,
    out: Vec<f64>,
}

impl<'a> Scorer<'a> {
    pub(super) fn new(options: &Options, matrix: &ProbabilityMatrix<'a>) -> Self {
        Self {
            matrix: *matrix,
            score: options.score,
            draws: options.draws,
            order: Vec::with_capacity(matrix.classes()),
            out: vec![0.0; matrix.classes()],
        }
    }

    fn draw(&self, row: usize) -> f64 {
        match self.draws {
            Draws::Fixed => 1.0,
            Draws::Seeded(seed) => self.matrix.draw(row, seed),
        }
    }

    /// Scores of all classes of a row.
    pub(super) fn scores(&mut self, row: usize) -> &[f64] {
        let u = self.draw(row);
        fill(self.matrix.row(row), self.score, u, &mut self.order, &mut self.out);
        &self.out
    }

    /// Score of one class of a row: the same number as in [`Scorer::scores`].
    pub(super) fn score(&mut self, row: usize, class: usize) -> f64 {
        match self.score {
            Score::Lac => 1.0 - f64::from(self.matrix.row(row)[class]),
            _ => self.scores(row)[class],
        }
    }
}

fn fill(p: &[f32], score: Score, u: f64, order: &mut Vec<u64>, out: &mut [f64]) {
    if score == Score::Lac {
        for (s, &x) in out.iter_mut().zip(p) {
            *s = 1.0 - f64::from(x);
        }
        return;
    }
    rank_classes(p, order);
    let mut above = 0.0;
    for (rank, &key) in order.iter().enumerate() {
        let class = (key & 0xffff_ffff) as usize;
        let own = f64::from(p[class]);
        // One sum for both, so that `u = 1` gives the running sum to the last bit.
        let mass = above + u * own;
        above += own;
        out[class] = match score {
            Score::Raps { penalty, free_ranks } => {
                mass + penalty * (rank + 1).saturating_sub(free_ranks) as f64
            }
            Score::TopK => (rank + 1) as f64,
            Score::Aps | Score::Lac => mass,
        };
    }
}

/// Orders classes by falling probability, then by index. Bits of floats that are not negative
/// rise with the float, so that one integer sorts by both.
fn rank_classes(p: &[f32], order: &mut Vec<u64>) {
    order.clear();
    // `+ 0.0` turns a negative zero into a positive one.
    order.extend(
        p.iter().enumerate().map(|(k, x)| (u64::from(!(x + 0.0).to_bits()) << 32) | k as u64),
    );
    order.sort_unstable();
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn scores_of_a_known_row() {
        let p = [0.25, 0.5, 0.125, 0.125];
        let get = |score, u| row_scores(&p, score, u).unwrap();
        assert_eq!(get(Score::Lac, 0.3), [0.75, 0.5, 0.875, 0.875]);
        assert_eq!(get(Score::Aps, 1.0), [0.75, 0.5, 0.875, 1.0]);
        assert_eq!(get(Score::Aps, 0.0), [0.5, 0.0, 0.75, 0.875]);
        assert_eq!(get(Score::TopK, 0.0), [2.0, 1.0, 3.0, 4.0]);
        let raps = Score::Raps { penalty: 0.5, free_ranks: 2 };
        assert_eq!(get(raps, 1.0), [0.75, 0.5, 1.375, 2.0]);
        assert_eq!(row_scores(&[0.0, -0.0, 1.0], Score::TopK, 1.0).unwrap(), [2.0, 3.0, 1.0]);
        assert!(row_scores(&[], Score::Lac, 1.0).is_err());
        assert!(row_scores(&[f32::NAN], Score::Lac, 1.0).is_err());
        assert!(row_scores(&[1.0], Score::Lac, 1.5).is_err());
        assert!(row_scores(&p, Score::Raps { penalty: -1.0, free_ranks: 1 }, 1.0).is_err());
    }

    proptest! {
        #[test]
        fn adaptive_scores_rise_with_the_rank(
            raw in prop::collection::vec(0.0_f32..1.0, 1..12), u in 0.0_f64..=1.0, penalty in 0.0_f64..0.3,
        ) {
            let mut order = Vec::new();
            rank_classes(&raw, &mut order);
            for score in [Score::Aps, Score::TopK, Score::Raps { penalty, free_ranks: 2 }] {
                let s = row_scores(&raw, score, u).unwrap();
                let ranked: Vec<f64> =
                    order.iter().map(|k| s[(k & 0xffff_ffff) as usize]).collect();
                prop_assert!(ranked.windows(2).all(|w| w[0] <= w[1] + 1e-12), "{ranked:?}");
            }
        }
    }
}
