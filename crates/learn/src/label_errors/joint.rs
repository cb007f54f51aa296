//! Given labels against the classes that rows confidently belong to.

use crate::LearnError;
use crate::calibrate::ProbabilityMatrix;

/// A probability this little below its threshold still reaches it: thresholds are means, which are
/// rounded.
const SLACK: f64 = 1e-6;

/// The confident joint and what it estimates.
#[derive(Debug, Clone, PartialEq)]
pub struct ConfidentJoint {
    classes: usize,
    thresholds: Vec<f64>,
    /// Rows counted, row-major: given label by confident class.
    counts: Vec<u64>,
    /// Rows of each given label.
    given: Vec<u64>,
    /// Whole rows by given and true class: each given label's rows in proportion to the counts.
    expected: Vec<u64>,
}

impl ConfidentJoint {
    /// Counts rows of `matrix` (out-of-fold probabilities) against their `labels`.
    ///
    /// Errors if there is no row, lengths differ or a label is no class.
    pub fn estimate(matrix: &ProbabilityMatrix<'_>, labels: &[u32]) -> Result<Self, LearnError> {
        matrix.check_labels(labels)?;
        let classes = matrix.classes();
        let mut sums = vec![0.0_f64; classes];
        let mut given = vec![0_u64; classes];
        for (p, &label) in matrix.iter_rows().zip(labels) {
            sums[label as usize] += f64::from(p[label as usize]);
            given[label as usize] += 1;
        }
        // No row is confidently of a class that nobody was labelled as.
        let thresholds: Vec<f64> = sums
            .iter()
            .zip(&given)
            .map(|(sum, &n)| if n > 0 { sum / n as f64 } else { f64::INFINITY })
            .collect();
        let mut joint =
            Self { classes, thresholds, counts: Vec::new(), given, expected: Vec::new() };
        let bars = joint.bars();
        let mut counts = vec![0_u64; classes * classes];
        for (p, &label) in matrix.iter_rows().zip(labels) {
            if let Some(class) = confident(p, &bars) {
                counts[label as usize * classes + class] += 1;
            }
        }
        joint.counts = counts;
        joint.expected = joint.scaled();
        Ok(joint)
    }

    /// The least probability that reaches each threshold.
    fn bars(&self) -> Vec<f32> {
        // A threshold of zero would be reached by every row.
        let bar = |t: &f64| (t.max(SLACK) - SLACK).max(f64::MIN_POSITIVE) as f32;
        self.thresholds.iter().map(bar).collect()
    }

    /// Whole rows in proportion to the counts, by largest remainders, so that each given label
    /// keeps its rows; at least one stays right.
    fn scaled(&self) -> Vec<u64> {
        let k = self.classes;
        let mut out = vec![0; k * k];
        for (given, &rows) in self.given.iter().enumerate() {
            let mut counts = self.counts[given * k..][..k].to_vec();
            counts[given] = counts[given].max(1);
            let total: u64 = counts.iter().sum();
            let row = &mut out[given * k..][..k];
            let mut remainders = Vec::with_capacity(k);
            for (j, &c) in counts.iter().enumerate() {
                let wide = u128::from(c) * u128::from(rows);
                row[j] = (wide / u128::from(total)) as u64;
                remainders.push((std::cmp::Reverse(wide % u128::from(total)), j));
            }
            remainders.sort_unstable();
            let missing = (rows - row.iter().sum::<u64>()) as usize;
            for &(_, j) in &remainders[..missing] {
                row[j] += 1;
            }
            let largest = (0..k).max_by_key(|&j| row[j]);
            if let Some(j) = largest.filter(|_| rows > 0 && row[given] == 0) {
                row[j] -= 1;
                row[given] += 1;
            }
        }
        out
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Mean probability that the rows of each label give to it; infinite for a label without rows.
    pub fn thresholds(&self) -> &[f64] {
        &self.thresholds
    }

    /// Rows labelled `given` that are confidently of class `truth`.
    pub fn count(&self, given: usize, truth: usize) -> u64 {
        self.counts[given * self.classes + truth]
    }

    /// Estimated number of rows labelled `given` that truly are of class `truth`.
    pub fn expected(&self, given: usize, truth: usize) -> u64 {
        self.expected[given * self.classes + truth]
    }

    /// Estimated share of labels that are wrong.
    pub fn noise_rate(&self) -> f64 {
        let right: u64 = (0..self.classes).map(|k| self.expected(k, k)).sum();
        1.0 - right as f64 / self.given.iter().sum::<u64>() as f64
    }

    /// Rows that are confidently of another class than their label.
    pub(super) fn off_diagonal(&self, matrix: &ProbabilityMatrix<'_>, labels: &[u32]) -> Vec<bool> {
        let bars = self.bars();
        let rows = matrix.iter_rows().zip(labels);
        rows.map(|(p, &label)| confident(p, &bars).is_some_and(|k| k != label as usize)).collect()
    }
}

/// The class a row confidently belongs to: of those whose bar it reaches the only one, and if there
/// are several, its most probable class.
fn confident(p: &[f32], bars: &[f32]) -> Option<usize> {
    // Counts and a sum of positions, without a branch: of one class the sum is the class.
    let (mut reached, mut one) = (0_u32, 0_u32);
    for ((&x, &bar), k) in p.iter().zip(bars).zip(0_u32..) {
        let hit = u32::from(x >= bar);
        reached += hit;
        one = one.wrapping_add(hit * k);
    }
    match reached {
        0 => None,
        1 => Some(one as usize),
        _ => Some(crate::calibrate::largest(p).0),
    }
}
