//! Calibration scores, split into strata that each have a threshold.

use super::rank;

/// What a class (or group) with too few calibration rows takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fallback {
    /// The threshold of the rows of all such classes together: they are covered as one class, on
    /// average over them. Infinite if even together they are too few.
    Pooled,
    /// The threshold of all rows: small sets, but no promise for these classes.
    Marginal,
    /// No threshold: the class is in every set. Keeps the promise for each class, at its price.
    Always,
}

/// A class (or group) of a conformal predictor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Category {
    /// Its calibration rows.
    pub rows: u64,
    /// Classes with a score up to this are in the set.
    pub threshold: f64,
    /// The stratum whose rows gave the threshold; equal for classes that share one.
    pub stratum: usize,
    /// Whether it had too few rows and took the fallback.
    pub fell_back: bool,
}

/// Calibration scores by stratum.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Strata {
    pub(super) categories: Vec<Category>,
    /// Sorted scores of each stratum.
    scores: Vec<Vec<f64>>,
}

/// The threshold of sorted scores.
fn sorted_threshold(sorted: &[f64], alpha: f64) -> f64 {
    sorted.get(rank(sorted.len(), alpha) - 1).copied().unwrap_or(f64::INFINITY)
}

fn sorted(mut scores: Vec<f64>) -> Vec<f64> {
    scores.sort_unstable_by(f64::total_cmp);
    scores
}

impl Strata {
    /// One stratum for all.
    pub(super) fn single(scores: Vec<f64>, categories: usize, alpha: f64) -> Self {
        Self::assign(vec![scores], &vec![0; categories], &[], alpha)
    }

    /// One stratum for each category with `min_rows` rows, and one for the others.
    pub(super) fn split(
        scores: &[f64],
        of: &[u32],
        categories: usize,
        alpha: f64,
        min_rows: usize,
        fallback: Fallback,
    ) -> Self {
        let mut rows = vec![0_usize; categories];
        for &k in of {
            rows[k as usize] += 1;
        }
        // The fallback's stratum comes first.
        let mut strata = vec![match fallback {
            Fallback::Marginal => scores.to_vec(),
            Fallback::Pooled | Fallback::Always => Vec::new(),
        }];
        let mut stratum = vec![0; categories];
        for (k, &n) in rows.iter().enumerate() {
            if n >= min_rows.max(1) {
                stratum[k] = strata.len();
                strata.push(Vec::with_capacity(n));
            }
        }
        for (&score, &k) in scores.iter().zip(of) {
            let at = stratum[k as usize];
            if at > 0 || fallback == Fallback::Pooled {
                strata[at].push(score);
            }
        }
        Self::assign(strata, &stratum, of, alpha)
    }

    /// Strata of scores, and the stratum of each category. Categories of stratum 0 fell back,
    /// unless there is no other.
    pub(super) fn assign(scores: Vec<Vec<f64>>, stratum: &[usize], of: &[u32], alpha: f64) -> Self {
        let scores: Vec<Vec<f64>> = scores.into_iter().map(sorted).collect();
        let thresholds: Vec<f64> = scores.iter().map(|s| sorted_threshold(s, alpha)).collect();
        let mut rows = vec![0_u64; stratum.len()];
        for &k in of {
            rows[k as usize] += 1;
        }
        let categories = stratum
            .iter()
            .zip(&rows)
            .map(|(&at, &own)| Category {
                rows: if of.is_empty() { scores[at].len() as u64 } else { own },
                threshold: thresholds[at],
                stratum: at,
                fell_back: at == 0 && !of.is_empty(),
            })
            .collect();
        Self { categories, scores }
    }

    /// `(1 + scores at least as bad) / (1 + scores)` in the stratum of a category.
    pub(super) fn p_value(&self, category: usize, score: f64) -> f64 {
        let scores = &self.scores[self.categories[category].stratum];
        let better = scores.partition_point(|&s| s < score);
        (scores.len() - better + 1) as f64 / (scores.len() + 1) as f64
    }
}
