//! Thresholds that may be certified, and where the walk over them starts.

use crate::LearnError;

/// Levels of a grid where nothing else is asked for.
pub const DEFAULT_LEVELS: usize = 40;
/// More levels than this gain nothing.
const MOST_LEVELS: usize = 1000;

/// Where a walk over the grid starts, and which share of `delta` it may spend.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Start {
    /// Share of cases at or above the first threshold tested, in `(0, 1]`.
    pub coverage: f64,
    /// Share of `delta`, in `(0, 1]`; those of a grid sum to at most 1.
    pub share: f64,
}

/// A frozen grid of thresholds, strictest first, with the starts of the walks.
///
/// Make it from **unlabelled** scores before any evidence is looked at: a threshold chosen with the
/// labels that then test it can be wrong far more often than `delta`. A new grid is a new epoch.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    /// Strictly decreasing.
    thresholds: Vec<f64>,
    /// Share of the scores at or above each threshold.
    coverages: Vec<f64>,
    /// Level and share of `delta` of each start.
    starts: Vec<(usize, f64)>,
}

impl Grid {
    /// The default starts: most of `delta` at half of the cases, a tenth each for models that can
    /// be trusted with few and for models that can be trusted with most.
    pub const STARTS: [Start; 3] = [
        Start { coverage: 0.5, share: 0.8 },
        Start { coverage: 0.2, share: 0.1 },
        Start { coverage: 0.8, share: 0.1 },
    ];

    /// A grid of up to `levels` thresholds at equally spaced coverages of `scores`, with
    /// [`Grid::STARTS`]. Equal scores fall on one level.
    ///
    /// Errors on no scores, on scores that are not finite, and on `levels` outside `1..=1000`.
    pub fn from_scores(scores: &[f64], levels: usize) -> Result<Self, LearnError> {
        Self::with_starts(scores, levels, &Self::STARTS)
    }

    /// As [`Grid::from_scores`], with other starts.
    pub fn with_starts(
        scores: &[f64],
        levels: usize,
        starts: &[Start],
    ) -> Result<Self, LearnError> {
        if !(1..=MOST_LEVELS).contains(&levels) {
            return Err(LearnError::Parameter { name: "levels", must: "in 1..=1000" });
        }
        if scores.is_empty() {
            return Err(LearnError::Empty { what: "the scores" });
        }
        if let Some(at) = scores.iter().position(|s| !s.is_finite()) {
            return Err(LearnError::NotFinite { what: "score", at });
        }
        let mut sorted = scores.to_vec();
        sorted.sort_unstable_by(|a, b| b.total_cmp(a));
        let n = sorted.len();
        let mut thresholds: Vec<f64> = Vec::with_capacity(levels);
        for k in 1..=levels {
            let threshold = sorted[(k * n).div_ceil(levels).clamp(1, n) - 1];
            if thresholds.last().is_none_or(|&last| threshold < last) {
                thresholds.push(threshold);
            }
        }
        let above = |t: f64| sorted.partition_point(|&s| s >= t) as f64 / n as f64;
        let coverages: Vec<f64> = thresholds.iter().map(|&t| above(t)).collect();
        Self::from_parts(thresholds, coverages, starts)
    }

    /// A grid from thresholds (strictly decreasing), their coverages (not decreasing, in `0..=1`),
    /// and starts.
    pub fn from_parts(
        thresholds: Vec<f64>,
        coverages: Vec<f64>,
        starts: &[Start],
    ) -> Result<Self, LearnError> {
        let levels = starts.iter().map(|s| (nearest(&coverages, s.coverage), s.share)).collect();
        if starts.iter().any(|s| !(s.coverage > 0.0 && s.coverage <= 1.0)) {
            return Err(LearnError::Parameter { name: "start coverage", must: "in (0, 1]" });
        }
        Self::checked(thresholds, coverages, levels)
    }

    pub(super) fn checked(
        thresholds: Vec<f64>,
        coverages: Vec<f64>,
        starts: Vec<(usize, f64)>,
    ) -> Result<Self, LearnError> {
        let wrong = |name, must| Err(LearnError::Parameter { name, must });
        let n = thresholds.len();
        if n == 0 || n > MOST_LEVELS {
            return wrong("thresholds", "between 1 and 1000");
        }
        if coverages.len() != n {
            let what = "coverages of the thresholds";
            return Err(LearnError::Shape { what, expected: n, found: coverages.len() });
        }
        let finite = thresholds.iter().all(|t| t.is_finite());
        if !finite || thresholds.windows(2).any(|w| w[0] <= w[1]) {
            return wrong("thresholds", "finite and strictly decreasing");
        }
        let shares = coverages.iter().all(|c| (0.0..=1.0).contains(c));
        if !shares || coverages.windows(2).any(|w| w[0] > w[1]) {
            return wrong("coverages", "in 0..=1 and not decreasing");
        }
        let total: f64 = starts.iter().map(|s| s.1).sum();
        let positive = starts.iter().all(|s| s.1 > 0.0 && s.0 < n);
        if starts.is_empty() || !positive || total.is_nan() || total > 1.0 + 1e-9 {
            return wrong("starts", "at least one, with positive shares that sum to at most 1");
        }
        Ok(Self { thresholds, coverages, starts })
    }

    /// Number of thresholds.
    pub fn levels(&self) -> usize {
        self.thresholds.len()
    }

    /// Threshold of a level (0 is the strictest); None beyond the last.
    pub fn threshold(&self, level: usize) -> Option<f64> {
        self.thresholds.get(level).copied()
    }

    /// Share of the unlabelled scores at or above the level's threshold; 0 beyond the last.
    pub fn coverage(&self, level: usize) -> f64 {
        self.coverages.get(level).copied().unwrap_or(0.0)
    }

    /// Level and share of `delta` of each start.
    pub fn starts(&self) -> &[(usize, f64)] {
        &self.starts
    }

    /// The strictest level whose threshold a score reaches; [`Grid::levels`] if none.
    pub fn level_of(&self, score: f64) -> usize {
        // NaN reaches no threshold.
        if score.is_nan() {
            return self.levels();
        }
        self.thresholds.partition_point(|&t| t > score)
    }

    pub(super) fn parts(&self) -> (&[f64], &[f64]) {
        (&self.thresholds, &self.coverages)
    }
}

/// The level whose coverage is nearest; the stricter of two.
fn nearest(coverages: &[f64], wanted: f64) -> usize {
    let mut best = (0, f64::INFINITY);
    for (k, c) in coverages.iter().enumerate() {
        let gap = (c - wanted).abs();
        if gap < best.1 - 1e-12 {
            best = (k, gap);
        }
    }
    best.0
}
