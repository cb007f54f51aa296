//! Prediction sets that hold the truth with a stated probability (conformal prediction).
//!
//! # The claim
//!
//! Score how badly a class fits a row, `s(x, y)`. Over `n` calibration rows with known labels take
//! the `k`-th smallest score of the labels, `k = ceil((n + 1)(1 - alpha))`, as the threshold `q`
//! (plus infinity if `k > n`). If a new row is exchangeable with the calibration rows, then
//!
//! `1 - alpha <= P(y in {y : s(x, y) <= q}) <= 1 - alpha + 1 / (n + 1)`
//!
//! (the upper bound where scores do not tie), whatever the model and the distribution (Vovk,
//! Gammerman and Shafer 2005; Papadopoulos et al. 2002 for the split form; Angelopoulos and Bates,
//! arXiv:2107.07511, for an introduction). The probability is over calibration rows and new row
//! together, and over all classes: weak classes may be covered less. Calibrating on rows that were
//! *chosen* (the ones a strategy asked about) breaks exchangeability and with it the claim.
//!
//! # Scores
//!
//! See [`Score`]. Randomised scores use one draw a row, a hash of a stored seed and the row's key:
//! asking again gives the same set.
//!
//! # Conditions
//!
//! - [`Condition::Marginal`]: one threshold;
//! - [`Condition::PerClass`] (Mondrian; Vovk, Lindsay, Nouretdinov and Gammerman 2003): one a
//!   class, so that every class is covered; and [`SplitConformal::fit_groups`] for groups known
//!   beforehand;
//! - [`Condition::Clustered`] (Ding et al., NeurIPS 2023): classes with like scores share one,
//!   for many classes with few rows each;
//! - [`AdaptiveConformal`]: for streams that drift, without exchangeability.

mod adaptive;
mod cluster;
mod raps;
mod score;
mod sets;
mod strata;

pub use adaptive::AdaptiveConformal;
pub use raps::tune_raps;
pub use score::{Draws, Score, row_scores};
pub use sets::{ClassCoverage, Coverage, PredictionSets};
pub use strata::{Category, Fallback};

use crate::LearnError;
use crate::calibrate::ProbabilityMatrix;
use score::Scorer;
use strata::Strata;

/// For whom the coverage shall hold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Condition {
    /// On average over all rows.
    Marginal,
    /// For the rows of each true class.
    PerClass {
        /// Classes with fewer calibration rows take the fallback. Below `1 / alpha - 1` rows a
        /// class's own threshold is infinite: [`least_rows`].
        min_rows: usize,
        /// What such classes take.
        fallback: Fallback,
    },
    /// For the rows of each cluster of classes. Part of the calibration rows, drawn by the seed,
    /// finds the clusters, the rest sets their thresholds. Classes with too few rows to be placed
    /// take the threshold of all rows.
    Clustered {
        /// Draws the part and the starts of k-means.
        seed: u64,
    },
}

/// How a conformal predictor is calibrated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// The score.
    pub score: Score,
    /// Share of rows whose set may miss the truth, in `(0, 1)`.
    pub alpha: f64,
    /// Whether scores are randomised; only [`Score::Aps`] and [`Score::Raps`] are.
    pub draws: Draws,
    /// For whom the coverage shall hold.
    pub condition: Condition,
}

/// A calibrated conformal predictor.
#[derive(Debug, Clone, PartialEq)]
pub struct SplitConformal {
    options: Options,
    classes: usize,
    /// Whether strata are picked by a row's group in place of the class.
    grouped: bool,
    strata: Strata,
}

/// The least number of calibration rows whose threshold is finite: `ceil(1 / alpha) - 1`.
pub fn least_rows(alpha: f64) -> usize {
    // One more or less than the formula where `alpha` is rounded; the rank decides.
    let guess = (1.0 / alpha).ceil() as usize;
    (guess.saturating_sub(2)..=guess.saturating_add(1))
        .find(|&n| n > 0 && rank(n, alpha) <= n)
        .unwrap_or(guess)
}

/// `ceil((n + 1)(1 - alpha))`, as `n + 1 - floor((n + 1) alpha)` with room for the rounding of
/// `alpha`, at least 1.
pub fn rank(n: usize, alpha: f64) -> usize {
    let misses = ((n as f64 + 1.0) * alpha * (1.0 + 1e-12)).floor() as usize;
    (n + 1).saturating_sub(misses).max(1)
}

/// The threshold of `scores` (in any order): the [`rank`]-th smallest, infinite if there is none.
///
/// Errors if `alpha` is not in `(0, 1)` or a score is NaN.
pub fn threshold(scores: &[f64], alpha: f64) -> Result<f64, LearnError> {
    check_alpha(alpha)?;
    if let Some(at) = scores.iter().position(|s| s.is_nan()) {
        return Err(LearnError::NotFinite { what: "score", at });
    }
    let k = rank(scores.len(), alpha);
    if k > scores.len() {
        return Ok(f64::INFINITY);
    }
    let mut scores = scores.to_vec();
    Ok(*scores.select_nth_unstable_by(k - 1, f64::total_cmp).1)
}

fn check_alpha(alpha: f64) -> Result<(), LearnError> {
    if alpha > 0.0 && alpha < 1.0 {
        Ok(())
    } else {
        Err(LearnError::Parameter { name: "alpha", must: "in (0, 1)" })
    }
}

impl SplitConformal {
    /// Calibrates on rows the model was not trained on.
    ///
    /// Errors if there is no row, lengths differ, a label is no class or a parameter makes no
    /// sense.
    pub fn fit(
        matrix: &ProbabilityMatrix<'_>,
        labels: &[u32],
        options: &Options,
    ) -> Result<Self, LearnError> {
        let scores = label_scores(matrix, labels, options)?;
        let (alpha, classes) = (options.alpha, matrix.classes());
        let strata = match options.condition {
            Condition::Marginal => Strata::single(scores, classes, alpha),
            Condition::PerClass { min_rows, fallback } => {
                Strata::split(&scores, labels, classes, alpha, min_rows, fallback)
            }
            Condition::Clustered { seed } => cluster::strata(&scores, labels, classes, alpha, seed),
        };
        Ok(Self { options: *options, classes, grouped: false, strata })
    }

    /// Calibrates one threshold for each of `count` groups of rows, known without the label (the
    /// predicted class, a region, a kind of device); `options.condition` must be
    /// [`Condition::PerClass`], whose minimum and fallback are those of the groups.
    pub fn fit_groups(
        matrix: &ProbabilityMatrix<'_>,
        labels: &[u32],
        groups: &[u32],
        count: usize,
        options: &Options,
    ) -> Result<Self, LearnError> {
        let Condition::PerClass { min_rows, fallback } = options.condition else {
            return Err(LearnError::Parameter { name: "condition", must: "PerClass for groups" });
        };
        let scores = label_scores(matrix, labels, options)?;
        check_groups(groups, matrix.rows(), count)?;
        let strata = Strata::split(&scores, groups, count, options.alpha, min_rows, fallback);
        Ok(Self { options: *options, classes: matrix.classes(), grouped: true, strata })
    }

    /// How it was calibrated.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// The classes (or groups), with their rows and thresholds.
    pub fn categories(&self) -> &[Category] {
        &self.strata.categories
    }

    /// The threshold of a class (or group); the one of all if the condition is marginal.
    pub fn threshold(&self, category: usize) -> Option<f64> {
        self.strata.categories.get(category).map(|c| c.threshold)
    }

    /// Prediction sets of `matrix`. Errors if it has other classes, or if the predictor was
    /// calibrated by group.
    pub fn sets(&self, matrix: &ProbabilityMatrix<'_>) -> Result<PredictionSets, LearnError> {
        self.check(matrix, false)?;
        let thresholds: Vec<f64> = self.strata.categories.iter().map(|c| c.threshold).collect();
        Ok(self.collect(matrix, |_, class| thresholds[class]))
    }

    /// Prediction sets of rows whose `groups` are known, for a predictor calibrated by group.
    pub fn sets_of_groups(
        &self,
        matrix: &ProbabilityMatrix<'_>,
        groups: &[u32],
    ) -> Result<PredictionSets, LearnError> {
        self.check(matrix, true)?;
        check_groups(groups, matrix.rows(), self.strata.categories.len())?;
        let category = |row: usize| groups[row] as usize;
        Ok(self.collect(matrix, |row, _| self.strata.categories[category(row)].threshold))
    }

    /// Conformal p-values, row-major: `(1 + number of calibration scores of the class's stratum
    /// that are at least as bad) / (1 + their number)`. The set at `alpha` is the classes whose
    /// p-value is above `alpha`. Errors as [`SplitConformal::sets`].
    pub fn p_values(&self, matrix: &ProbabilityMatrix<'_>) -> Result<Vec<f64>, LearnError> {
        self.check(matrix, false)?;
        let mut scorer = Scorer::new(&self.options, matrix);
        let mut out = Vec::with_capacity(matrix.values().len());
        for row in 0..matrix.rows() {
            let scores = scorer.scores(row);
            out.extend(scores.iter().enumerate().map(|(class, &s)| self.strata.p_value(class, s)));
        }
        Ok(out)
    }

    fn check(&self, matrix: &ProbabilityMatrix<'_>, grouped: bool) -> Result<(), LearnError> {
        if self.grouped != grouped {
            let must = if self.grouped { "given: calibrated by group" } else { "left out" };
            return Err(LearnError::Parameter { name: "groups", must });
        }
        if matrix.classes() == self.classes {
            return Ok(());
        }
        let (expected, found) = (self.classes, matrix.classes());
        Err(LearnError::Shape { what: "the row of class probabilities", expected, found })
    }

    fn collect(
        &self,
        matrix: &ProbabilityMatrix<'_>,
        threshold: impl Fn(usize, usize) -> f64,
    ) -> PredictionSets {
        let mut scorer = Scorer::new(&self.options, matrix);
        let mut sets = PredictionSets::new(self.classes, matrix.rows());
        for row in 0..matrix.rows() {
            let scores = scorer.scores(row);
            let inside = scores.iter().enumerate().filter(|&(k, &s)| s <= threshold(row, k));
            sets.push(inside.map(|(k, _)| k as u32));
        }
        sets
    }
}

/// The score of each row's own label.
pub fn label_scores(
    matrix: &ProbabilityMatrix<'_>,
    labels: &[u32],
    options: &Options,
) -> Result<Vec<f64>, LearnError> {
    check_alpha(options.alpha)?;
    options.score.check()?;
    matrix.check_labels(labels)?;
    let mut scorer = Scorer::new(options, matrix);
    Ok(labels.iter().enumerate().map(|(row, &k)| scorer.score(row, k as usize)).collect())
}

fn check_groups(groups: &[u32], rows: usize, count: usize) -> Result<(), LearnError> {
    if groups.len() != rows {
        let (expected, found) = (rows, groups.len());
        return Err(LearnError::Shape { what: "groups (one a row)", expected, found });
    }
    match groups.iter().position(|&g| g as usize >= count) {
        Some(at) => {
            let index = groups[at] as usize;
            Err(LearnError::OutOfRange { what: "group of row", at, index, limit: count })
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
