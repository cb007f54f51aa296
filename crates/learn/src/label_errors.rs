//! Labels that are probably wrong (confident learning).
//!
//! Northcutt, Jiang and Chuang, "Confident learning: estimating uncertainty in dataset labels",
//! JAIR 2021. A class's threshold is the mean probability that its rows give to it. A row is
//! *confidently* of class `j` if its probability of `j` reaches the threshold of `j` (of several,
//! the most probable). Counting given label against confident class gives the *confident joint*;
//! scaled to the number of rows of each given label it estimates how many labels are wrong, and
//! which way.
//!
//! Two conditions: the probabilities must be **out of fold**, from models that were not trained on
//! the row they judge (a model repeats the label it was shown); and what is found are suspects for
//! a person to look at, not rows to delete: hard and rare rows are among them.

mod joint;

pub use joint::ConfidentJoint;

use crate::LearnError;
use crate::calibrate::ProbabilityMatrix;

/// How suspects are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prune {
    /// In each class, as many rows as the joint says are wrong, those with the least probability
    /// of their label.
    ByClass,
    /// For each pair of a given and another class, as many rows as the joint says, those with the
    /// largest margin of the other over the given class.
    ByNoiseRate,
    /// What both choose: fewer and surer.
    Both,
    /// The rows that the confident joint counted off its diagonal.
    Confident,
}

/// How suspicious a label is; less is more suspicious.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ranking {
    /// Probability of the given label.
    SelfConfidence,
    /// `(p_given - largest other + 1) / 2`.
    NormalisedMargin,
    /// Probability of the given label after each class is judged by its own threshold: `p_k - t_k +
    /// max t`, normalised (Kuan and Mueller, 2022). For models that favour some classes.
    AdjustedConfidence,
}

/// A label that is probably wrong.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Issue {
    /// The row.
    pub row: usize,
    /// Its label.
    pub given: u32,
    /// The most probable class, which is another.
    pub suggested: u32,
    /// Its score by the ranking asked for.
    pub score: f32,
}

/// The suspects among `labels`, the most suspicious first, and the joint that chose them. A row
/// whose most probable class is its label is never among them.
///
/// Errors if there is no row, lengths differ or a label is no class.
pub fn find(
    matrix: &ProbabilityMatrix<'_>,
    labels: &[u32],
    prune: Prune,
    ranking: Ranking,
) -> Result<(Vec<Issue>, ConfidentJoint), LearnError> {
    let joint = ConfidentJoint::estimate(matrix, labels)?;
    let by_class = rows_by_class(labels, matrix.classes());
    let chosen = match prune {
        Prune::ByClass => prune_by_class(matrix, &by_class, &joint),
        Prune::ByNoiseRate => prune_by_noise_rate(matrix, &by_class, &joint),
        Prune::Both => {
            let mut both = prune_by_class(matrix, &by_class, &joint);
            let rates = prune_by_noise_rate(matrix, &by_class, &joint);
            both.iter_mut().zip(rates).for_each(|(a, b)| *a &= b);
            both
        }
        Prune::Confident => joint.off_diagonal(matrix, labels),
    };
    let mut issues = Vec::new();
    for row in (0..labels.len()).filter(|&i| chosen[i]) {
        let p = matrix.row(row);
        let (top, most) = crate::calibrate::largest(p);
        if most > p[labels[row] as usize] {
            let score = score(p, labels[row] as usize, ranking, &joint);
            issues.push(Issue { row, given: labels[row], suggested: top as u32, score });
        }
    }
    issues.sort_unstable_by(|a, b| a.score.total_cmp(&b.score).then_with(|| a.row.cmp(&b.row)));
    Ok((issues, joint))
}

/// The score of every label; less is more suspicious.
///
/// Errors if there is no row, lengths differ or a label is no class.
pub fn scores(
    matrix: &ProbabilityMatrix<'_>,
    labels: &[u32],
    ranking: Ranking,
) -> Result<Vec<f32>, LearnError> {
    let joint = ConfidentJoint::estimate(matrix, labels)?;
    let rows = matrix.iter_rows().zip(labels);
    Ok(rows.map(|(p, &label)| score(p, label as usize, ranking, &joint)).collect())
}

fn score(p: &[f32], label: usize, ranking: Ranking, joint: &ConfidentJoint) -> f32 {
    match ranking {
        Ranking::SelfConfidence => p[label],
        Ranking::NormalisedMargin => {
            let others = p.iter().enumerate().filter(|(k, _)| *k != label).map(|(_, &x)| x);
            0.5 + 0.5 * (p[label] - others.fold(0.0, f32::max))
        }
        Ranking::AdjustedConfidence => {
            let thresholds = joint.thresholds();
            // Classes without a row have no threshold and are left as they are.
            let finite = thresholds.iter().copied().filter(|t| t.is_finite());
            let most = finite.fold(0.0, f64::max);
            let adjusted = |k: usize, x: f32| {
                let t = thresholds[k];
                f64::from(x) + if t.is_finite() { most - t } else { 0.0 }
            };
            let sum: f64 = p.iter().enumerate().map(|(k, &x)| adjusted(k, x)).sum();
            (adjusted(label, p[label]) / sum) as f32
        }
    }
}

/// Rows of each label, in order.
fn rows_by_class(labels: &[u32], classes: usize) -> Vec<Vec<usize>> {
    let mut out = vec![Vec::new(); classes];
    for (row, &label) in labels.iter().enumerate() {
        out[label as usize].push(row);
    }
    out
}

/// Marks the rows of the `count` least keys (ties: the first row).
fn mark(mut keys: Vec<(f64, usize)>, count: usize, chosen: &mut [bool]) {
    if count == 0 {
        return;
    }
    if count < keys.len() {
        keys.select_nth_unstable_by(count - 1, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        keys.truncate(count);
    }
    for (_, row) in keys {
        chosen[row] = true;
    }
}

fn prune_by_class(
    matrix: &ProbabilityMatrix<'_>,
    by_class: &[Vec<usize>],
    joint: &ConfidentJoint,
) -> Vec<bool> {
    let mut chosen = vec![false; matrix.rows()];
    for (class, rows) in by_class.iter().enumerate() {
        let wrong = rows.len().saturating_sub(joint.expected(class, class) as usize);
        let keys = rows.iter().map(|&row| (f64::from(matrix.row(row)[class]), row));
        mark(keys.collect(), wrong, &mut chosen);
    }
    chosen
}

fn prune_by_noise_rate(
    matrix: &ProbabilityMatrix<'_>,
    by_class: &[Vec<usize>],
    joint: &ConfidentJoint,
) -> Vec<bool> {
    let mut chosen = vec![false; matrix.rows()];
    for (given, rows) in by_class.iter().enumerate() {
        // Most rows prefer their label to any class: only the others can have a positive margin.
        let unsure: Vec<usize> = rows
            .iter()
            .copied()
            .filter(|&row| {
                let p = matrix.row(row);
                let own = p[given];
                p.iter().map(|&x| u32::from(x > own)).sum::<u32>() > 0
            })
            .collect();
        for other in (0..by_class.len()).filter(|&k| k != given) {
            let count = joint.expected(given, other) as usize;
            if count == 0 {
                continue;
            }
            let key = |&row: &usize| {
                let p = matrix.row(row);
                (f64::from(p[given]) - f64::from(p[other]), row)
            };
            let mut keys: Vec<(f64, usize)> =
                unsure.iter().map(key).filter(|k| k.0 < 0.0).collect();
            if count > keys.len() {
                keys = rows.iter().map(key).collect();
            }
            mark(keys, count, &mut chosen);
        }
    }
    chosen
}

#[cfg(test)]
mod tests;
