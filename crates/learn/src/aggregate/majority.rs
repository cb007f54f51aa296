//! Votes, plain and weighted by how often a worker agrees with the others.

use super::answers::Answers;
use super::em::{self, Trace};
use super::{Fit, Workers};

/// Vote shares.
pub(super) fn majority(answers: &Answers) -> Fit {
    finish(answers, answers.shares())
}

/// Votes weighted by the share of a worker's answers that agree with the majority (Wawa).
pub(super) fn wawa(answers: &Answers) -> Fit {
    let skills = agreement(answers, &answers.shares());
    finish(answers, weighted(answers, &skills))
}

/// Zero-based skill: skills move step by step towards the agreement with the vote they weigh.
pub(super) fn zero_based_skill(answers: &Answers) -> Fit {
    let mut skills = agreement(answers, &answers.shares());
    // Steps, and how many of them until their size is halved.
    const STEPS: usize = 100;
    const HALVED: usize = 20;
    let mut rate = 1.0;
    for step in 0..STEPS {
        if step > 0 && step % HALVED == 0 {
            rate *= 0.5;
        }
        let target = agreement(answers, &weighted(answers, &skills));
        skills.iter_mut().zip(&target).for_each(|(s, t)| *s += rate * (t - *s));
    }
    finish(answers, weighted(answers, &skills))
}

/// Shares of weighted votes; plain shares where all weights are 0.
fn weighted(answers: &Answers, skills: &[f64]) -> Vec<f64> {
    let mut out = answers.shares();
    for (t, row) in out.chunks_exact_mut(answers.classes()).enumerate() {
        let total: f64 = answers.of(t).map(|(worker, _)| skills[worker]).sum();
        if total > 0.0 {
            row.fill(0.0);
            for (worker, label) in answers.of(t) {
                row[label] += skills[worker] / total;
            }
        }
    }
    out
}

/// Share of each worker's answers that carry the task's leading label; leaders that tie share the
/// credit, so that no order of labels matters. 0 for workers without answers.
fn agreement(answers: &Answers, votes: &[f64]) -> Vec<f64> {
    let mut credit = vec![(0.0, 0.0); answers.workers()];
    for (t, row) in votes.chunks_exact(answers.classes()).enumerate() {
        let top = row.iter().fold(0.0_f64, |a, &b| a.max(b)) * (1.0 - 1e-12);
        let one = 1.0 / row.iter().filter(|x| **x >= top).count() as f64;
        for (worker, label) in answers.of(t) {
            credit[worker].0 += if row[label] >= top { one } else { 0.0 };
            credit[worker].1 += 1.0;
        }
    }
    credit.iter().map(|&(hits, all)| if all > 0.0 { hits / all } else { 0.0 }).collect()
}

fn finish(answers: &Answers, posteriors: Vec<f64>) -> Fit {
    let k = answers.classes();
    let hits = em::diagonal_tally(answers, &posteriors);
    let given = answers.cell_counts();
    let all: f64 = hits.iter().sum();
    let pooled = (all + 0.5) / (answers.len() as f64 + 1.0);
    // One pseudo-answer of pooled accuracy, so that nobody is infallible or hopeless.
    let accuracy = hits
        .chunks_exact(k)
        .zip(given.chunks_exact(k))
        .map(|(h, n)| (h.iter().sum::<f64>() + pooled) / (n.iter().sum::<f64>() + 1.0))
        .collect();
    let prior = em::class_shares(&posteriors, k, 1.0);
    let trace = Trace { converged: true, ..Trace::default() };
    Fit { posteriors, prior, workers: Workers::Accuracy(accuracy), trace }
}
