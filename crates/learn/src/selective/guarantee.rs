//! A threshold whose error is below a target with a stated certainty.

use crate::LearnError;
use crate::proportion::clopper_pearson_upper;
use crate::risk::{Correction, binomial, learn_then_test};

/// A threshold of the grid and the evidence for it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Level {
    /// The least confidence that is answered.
    pub threshold: f64,
    /// Rows answered.
    pub answered: u64,
    /// Wrong ones among them.
    pub errors: u64,
    /// P-value for "the error exceeds the target".
    pub p_value: f64,
    /// Whether the walk certified it.
    pub certified: bool,
}

/// What was certified.
#[derive(Debug, Clone, PartialEq)]
pub struct Guarantee {
    /// The loosest certified level, if any.
    pub chosen: Option<Level>,
    /// Clopper and Pearson's upper bound of its error at `delta`, for this level alone.
    pub upper: Option<f64>,
    /// Every level of the grid, in its order.
    pub levels: Vec<Level>,
    /// Right answers in a row that a start of the whole `delta` needs to pass:
    /// `ceil(ln delta / ln(1 - target))`.
    pub least_rows: u64,
}

/// Thresholds at which about `1/levels, 2/levels, ..., 1` of the rows of `confidence` are answered:
/// strict to loose, without repetitions. Take them from rows without labels, or from the same rows
/// without looking at their labels, and keep them.
pub fn quantile_grid(confidence: &[f32], levels: usize) -> Result<Vec<f64>, LearnError> {
    super::check(confidence, &vec![false; confidence.len()])?;
    if levels == 0 {
        return Err(LearnError::Parameter { name: "levels", must: "at least 1" });
    }
    let mut sorted = confidence.to_vec();
    sorted.sort_unstable_by(|a, b| b.total_cmp(a));
    let mut grid: Vec<f64> = (1..=levels)
        .map(|i| f64::from(sorted[(sorted.len() * i).div_ceil(levels).max(1) - 1]))
        .collect();
    grid.dedup();
    Ok(grid)
}

/// Starts for a grid of even steps in coverage: 0.8 of `delta` at one half, 0.1 at one fifth and
/// 0.1 at four fifths. Starting at the very strictest certifies nothing: too few rows are there.
pub fn default_starts(levels: usize) -> Vec<(usize, f64)> {
    let at = |share: f64| ((levels as f64 * share).ceil() as usize).max(1) - 1;
    vec![(at(0.5), 0.8), (at(0.2), 0.1), (at(0.8), 0.1)]
}

/// The loosest threshold of `grid` that is certified: with probability at least `1 - delta` over
/// the draw of the rows, the share wrong among answered rows of the population is at most `target`
/// at every certified level.
///
/// A fixed sequence of exact binomial tests along the grid (Learn-then-Test, Angelopoulos et al.
/// 2021), from each of `starts` (position and share of `delta`; [`default_starts`]). The grid falls
/// and is fixed before labels are seen. Rows must be independent draws of what will be answered,
/// labels must be right, and the rows must not have trained or calibrated the confidence.
///
/// Errors on bad rows, a grid that is empty or does not fall, or parameters outside `(0, 1)`.
pub fn guaranteed(
    confidence: &[f32],
    wrong: &[bool],
    grid: &[f64],
    starts: &[(usize, f64)],
    target: f64,
    delta: f64,
) -> Result<Guarantee, LearnError> {
    if grid.is_empty() {
        return Err(LearnError::Empty { what: "the grid of thresholds" });
    }
    if grid.iter().any(|t| t.is_nan()) || grid.windows(2).any(|w| w[0] <= w[1]) {
        return Err(LearnError::Parameter { name: "grid", must: "falling, strict to loose" });
    }
    let curve = super::RiskCoverage::new(confidence, wrong)?;
    let mut levels = Vec::with_capacity(grid.len());
    for &threshold in grid {
        let point = curve.at_threshold(threshold);
        let (answered, errors) = (point.answered, point.errors);
        let p_value = binomial(errors, answered, target)?;
        levels.push(Level { threshold, answered, errors, p_value, certified: false });
    }
    let p_values: Vec<f64> = levels.iter().map(|l| l.p_value).collect();
    for i in learn_then_test(&p_values, delta, Correction::FixedSequence { starts })? {
        levels[i].certified = true;
    }
    let chosen = levels.iter().rev().find(|l| l.certified).copied();
    let upper = chosen.map(|l| clopper_pearson_upper(l.errors, l.answered, delta)).transpose()?;
    let least_rows = (delta.ln() / (1.0 - target).ln()).ceil() as u64;
    Ok(Guarantee { chosen, upper, levels, least_rows })
}
