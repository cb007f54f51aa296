//! Active learning replayed over labelled rows: the curve of labels against quality.
//!
//! A replay starts with `first` labels chosen by the strategy (by chance where it cannot start
//! without a model), fits, scores the test rows, lets the strategy choose `batch` more, and so on.
//! Each fit starts from the last one. The figure of merit is the number of labels at which the test
//! score first reaches a share (90 %) of the score of a model that knows all labels.
//!
//! Runs of several strategies with equal seeds are paired: strategies that start by chance share
//! their first rows, and a reviewer who errs gives a row the same wrong label in all of them.
//!
//! Figures come from the test rows, so they tell what would have happened on these data; they
//! promise nothing about others.

mod run;
mod summary;

pub use run::{Choose, Progress, run, run_with};
pub use summary::{Estimate, Mean, mean_curve, paired_ratio, paired_saving};

use crate::LearnError;
use crate::active::Strategy;
use crate::logistic::FitOptions;
use crate::sparse::Csr;

/// Rows with their true labels.
#[derive(Debug, Clone, Copy)]
pub struct Set<'a> {
    /// Features.
    pub rows: &'a Csr,
    /// The class of each row.
    pub labels: &'a [u32],
}

/// What is measured on the test rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// Share of right predictions.
    Accuracy,
    /// F1 of one class: `2 TP / (2 TP + FP + FN)`; 0 if the class is neither true nor predicted.
    F1(u32),
    /// Mean F1 of the classes that the test rows have.
    MacroF1,
}

/// How a replay is done.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// What chooses the rows.
    pub strategy: Strategy,
    /// Labels before the first fit.
    pub first: usize,
    /// Labels between fits.
    pub batch: usize,
    /// Replays stop at this many labels; the pool's size at most.
    pub most: usize,
    /// Replays stop as soon as the goal is reached.
    pub stop_at_goal: bool,
    /// What share of the full-data score is the goal. Default 0.9.
    pub share: f64,
    /// Number of replays; the `i`-th has seed `seed + i`.
    pub seeds: u32,
    /// Seed of the first replay.
    pub seed: u64,
    /// Probability that the reviewer gives the right label; otherwise one of the other classes,
    /// each alike. Default 1.
    pub reviewer_accuracy: f64,
    /// What is measured. Default accuracy.
    pub metric: Metric,
    /// Members of the committee, for strategies that ask one. Default 5.
    pub members: usize,
    /// How models are fitted. Default `C = 10`, tolerance 2e-4.
    pub fit: FitOptions,
}

impl Options {
    /// Defaults, to the end of the pool.
    pub fn new(strategy: Strategy, first: usize, batch: usize, seeds: u32) -> Self {
        Self {
            strategy,
            first,
            batch,
            most: usize::MAX,
            stop_at_goal: false,
            share: 0.9,
            seeds,
            seed: 0,
            reviewer_accuracy: 1.0,
            metric: Metric::Accuracy,
            members: 5,
            fit: FitOptions { tolerance: 2e-4, ..FitOptions::default() },
        }
    }
}

/// One fit of a replay.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Labels given so far.
    pub labels: usize,
    /// The metric on the test rows.
    pub score: f64,
    /// Share of wrong predictions on the test rows, whatever the metric.
    pub error: f64,
    /// Classes that have a label.
    pub classes_seen: usize,
}

/// One replay.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// Its seed.
    pub seed: u64,
    /// Its fits, by rising labels.
    pub points: Vec<Point>,
    /// Labels at which the score first reached the goal, by proportion between two fits; None if
    /// it never did.
    pub to_goal: Option<f64>,
}

/// Replays of one strategy.
#[derive(Debug, Clone, PartialEq)]
pub struct Simulation {
    /// Score on the test rows of a model fitted to all true labels of the pool.
    pub full: f64,
    /// The share of it that is the goal.
    pub goal: f64,
    /// One curve a seed.
    pub curves: Vec<Curve>,
}

/// Labels at which `points` first reach `goal`, by proportion between two fits; the first size if
/// that is already enough.
pub fn crossing(points: &[Point], goal: f64) -> Option<f64> {
    let i = points.iter().position(|p| p.score >= goal)?;
    let here = points[i];
    let Some(before) = i.checked_sub(1).map(|i| points[i]) else {
        return Some(here.labels as f64);
    };
    let share = (goal - before.score) / (here.score - before.score);
    Some(before.labels as f64 + share * (here.labels - before.labels) as f64)
}

/// The metric and the share of wrong predictions of `predictions`.
pub fn score(
    metric: Metric,
    predictions: &[u32],
    labels: &[u32],
    classes: usize,
) -> Result<(f64, f64), LearnError> {
    if predictions.len() != labels.len() {
        let (expected, found) = (labels.len(), predictions.len());
        return Err(LearnError::Shape { what: "predictions", expected, found });
    }
    if labels.is_empty() {
        return Err(LearnError::Empty { what: "the test rows" });
    }
    let (mut truth, mut told, mut hits) =
        (vec![0_u32; classes], vec![0; classes], vec![0; classes]);
    for (at, (&p, &y)) in predictions.iter().zip(labels).enumerate() {
        let index = p.max(y) as usize;
        if index >= classes {
            let what = "label or prediction of test row";
            return Err(LearnError::OutOfRange { what, at, index, limit: classes });
        }
        truth[y as usize] += 1;
        told[p as usize] += 1;
        hits[y as usize] += u32::from(p == y);
    }
    let accuracy = f64::from(hits.iter().sum::<u32>()) / labels.len() as f64;
    let f1 = |k: usize| match truth[k] + told[k] {
        0 => 0.0,
        both => 2.0 * f64::from(hits[k]) / f64::from(both),
    };
    let score = match metric {
        Metric::Accuracy => accuracy,
        Metric::F1(class) if (class as usize) < classes => f1(class as usize),
        Metric::F1(class) => {
            let (index, what) = (class as usize, "class of the F1");
            return Err(LearnError::OutOfRange { what, at: 0, index, limit: classes });
        }
        Metric::MacroF1 => {
            let shown: Vec<usize> = (0..classes).filter(|&k| truth[k] > 0).collect();
            shown.iter().map(|&k| f1(k)).sum::<f64>() / shown.len() as f64
        }
    };
    Ok((score, 1.0 - accuracy))
}

#[cfg(test)]
mod tests;
