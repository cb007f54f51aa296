//! CROWDLAB: people's answers together with a model's probabilities.
//!
//! Goh, Tkachenko and Mueller, "CROWDLAB: Supervised learning to infer consensus labels and quality
//! scores for data with multiple annotators" (2022). Each worker who answered task `i`, and the
//! model, give a distribution over the labels; the consensus is their weighted mean:
//!
//! `q_i = (w_M p_M(i) + sum_j w_j p_j(i)) / (w_M + sum_j w_j)`
//!
//! with `p_j` putting `P` on the label given and the rest evenly on the others, `P` the mean share
//! of answers that agree with the majority. Weights compare errors with those of always saying the
//! commonest label: `w_j = 1 - (1 - s_j) / (1 - A_c)` where `s_j` is the share of `j`'s fellow
//! answerers who agree with `j`, and `w_M = (1 - (1 - A_M) / (1 - A_c)) sqrt(mean answers per
//! task)` where `A_M` and `A_c` are the shares of tasks on which the model and the commonest label
//! agree with the majority.

use super::answers::Answers;
use super::fit::{Fit, Ties};
use super::majority;
use crate::LearnError;

/// Nobody's weight falls below this.
const LEAST: f64 = 1e-6;
/// Allowed deviation of a row's sum from 1, relative.
const SUM_TOLERANCE: f64 = 1e-3;

/// Consensus of people and a model.
#[derive(Debug, Clone, PartialEq)]
pub struct CrowdLab {
    /// Consensus distribution per task (tasks x classes, row-major).
    pub posteriors: Vec<f64>,
    /// The most probable label of each task (the first, where tied).
    pub labels: Vec<usize>,
    /// Probability of that label: quality of the consensus.
    pub quality: Vec<f64>,
    /// Weight of each worker.
    pub weights: Vec<f64>,
    /// Weight of the model.
    pub model_weight: f64,
    /// Share of each worker's answers that agree with the consensus; `None` without answers.
    pub agreement: Vec<Option<f64>>,
}

/// Combines answers with a model's `probabilities` (tasks x classes, row-major), which should be
/// out-of-fold and calibrated. Tasks without answers get the model's.
///
/// Rows that sum to 1 within 0.1 % are rescaled. Errors if a length, a sum or a number is wrong, or
/// if no task has two answers: then nothing tells how far to believe whom.
pub fn crowdlab(answers: &Answers, probabilities: &[f64]) -> Result<CrowdLab, LearnError> {
    let k = answers.classes();
    let model = normalised(answers, probabilities)?;
    let majority = majority_labels(answers, &model);
    let shared: Vec<usize> = (0..answers.tasks()).filter(|&t| answers.of(t).len() > 1).collect();
    if shared.is_empty() {
        return Err(LearnError::Empty { what: "the list of tasks with two or more answers" });
    }
    let n = shared.len() as f64;
    let agree = |t: usize| {
        let same = answers.of(t).filter(|a| a.1 == majority[t]).count();
        same as f64 / answers.of(t).len() as f64
    };
    let trust = shared.iter().map(|&t| agree(t)).sum::<f64>() / n;
    let top = |t: usize| first_largest(&model[t * k..][..k]);
    let model_accuracy = shared.iter().filter(|&&t| top(t) == majority[t]).count() as f64 / n;
    let mut votes = vec![0.0; k];
    for &t in &shared {
        votes[majority[t]] += 1.0;
    }
    // Where all agree on one label there is no error to compare with: a trace of one.
    let baseline = (1.0 - votes[first_largest(&votes)] / n).max(0.5 / n);
    let gain = |accuracy: f64| 1.0 - (1.0 - accuracy) / baseline;
    let per_task = shared.iter().map(|&t| answers.of(t).len() as f64).sum::<f64>() / n;
    let model_weight = (gain(model_accuracy) * per_task.sqrt()).max(LEAST);
    let weights: Vec<f64> =
        fellow_agreement(answers, trust).iter().map(|&s| gain(s).max(LEAST)).collect();

    let others = (1.0 - trust) / (k as f64 - 1.0).max(1.0);
    let mut posteriors = model;
    for (t, row) in posteriors.chunks_exact_mut(k).enumerate() {
        let people: f64 = answers.of(t).map(|(w, _)| weights[w]).sum();
        let total = model_weight + people;
        for q in row.iter_mut() {
            *q = (*q * model_weight + people * others) / total;
        }
        for (w, label) in answers.of(t) {
            row[label] += weights[w] * (trust - others) / total;
        }
    }
    Ok(summary(answers, posteriors, weights, model_weight))
}

fn summary(
    answers: &Answers,
    posteriors: Vec<f64>,
    weights: Vec<f64>,
    model_weight: f64,
) -> CrowdLab {
    let k = answers.classes();
    let labels: Vec<usize> = posteriors.chunks_exact(k).map(first_largest).collect();
    let quality = posteriors.chunks_exact(k).zip(&labels).map(|(row, &l)| row[l]).collect();
    let mut counts = vec![(0.0, 0.0); answers.workers()];
    for (t, &own) in labels.iter().enumerate() {
        for (w, label) in answers.of(t) {
            counts[w].0 += f64::from(u8::from(label == own));
            counts[w].1 += 1.0;
        }
    }
    let share = |&(same, all): &(f64, f64)| if all > 0.0 { Some(same / all) } else { None };
    let agreement = counts.iter().map(share).collect();
    CrowdLab { posteriors, labels, quality, weights, model_weight, agreement }
}

fn normalised(answers: &Answers, probabilities: &[f64]) -> Result<Vec<f64>, LearnError> {
    let k = answers.classes();
    let expected = answers.tasks() * k;
    if probabilities.len() != expected {
        let found = probabilities.len();
        return Err(LearnError::Shape { what: "probabilities (tasks x classes)", expected, found });
    }
    let mut out = probabilities.to_vec();
    for (at, row) in out.chunks_exact_mut(k).enumerate() {
        if row.iter().any(|p| !p.is_finite() || *p < 0.0) {
            return Err(LearnError::NotFinite {
                what: "probability (or it is negative) of row",
                at,
            });
        }
        let sum: f64 = row.iter().sum();
        if (sum - 1.0).abs() > SUM_TOLERANCE {
            return Err(LearnError::Parameter {
                name: "probabilities",
                must: "rows that sum to 1 within 0.1 %",
            });
        }
        for p in row.iter_mut() {
            *p /= sum;
        }
    }
    Ok(out)
}

/// Majority labels; ties go to the label the model finds most probable.
fn majority_labels(answers: &Answers, model: &[f64]) -> Vec<usize> {
    let k = answers.classes();
    let mut shares = answers.shares();
    for (row, p) in shares.chunks_exact_mut(k).zip(model.chunks_exact(k)) {
        // Small enough never to outweigh an answer.
        row.iter_mut().zip(p).for_each(|(s, p)| *s += 1e-7 * p);
    }
    let fit = Fit { posteriors: shares, ..majority::majority(answers) };
    fit.labels(Ties::First).into_iter().map(|label| label.unwrap_or(0)).collect()
}

/// Share of fellow answers that agree with each worker's; `otherwise` without fellows.
fn fellow_agreement(answers: &Answers, otherwise: f64) -> Vec<f64> {
    let mut counts = vec![(0.0, 0.0); answers.workers()];
    let mut votes = vec![0.0; answers.classes()];
    for t in 0..answers.tasks() {
        votes.fill(0.0);
        for (_, label) in answers.of(t) {
            votes[label] += 1.0;
        }
        for (w, label) in answers.of(t) {
            counts[w].0 += votes[label] - 1.0;
            counts[w].1 += answers.of(t).len() as f64 - 1.0;
        }
    }
    counts.iter().map(|&(same, all)| if all > 0.0 { same / all } else { otherwise }).collect()
}

fn first_largest(row: &[f64]) -> usize {
    (1..row.len()).fold(0, |best, j| if row[j] > row[best] { j } else { best })
}
