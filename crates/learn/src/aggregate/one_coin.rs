//! One-coin Dawid-Skene: a worker is right with one probability, whatever the truth.

use super::answers::Answers;
use super::em::{self, EmOptions};
use super::{Fit, TRACE, Workers};

/// Fits by EM from `start` (posteriors); `strength` is the weight of the pooled accuracy.
pub(super) fn fit(answers: &Answers, strength: f64, options: &EmOptions, start: Vec<f64>) -> Fit {
    let (k, workers) = (answers.classes(), answers.workers());
    let pseudo = strength.clamp(TRACE, 1.0);
    let cell_counts = answers.cell_counts();
    let given: Vec<f64> = cell_counts.chunks_exact(k).map(|row| row.iter().sum()).collect();
    let shares = em::diagonal_tally(answers, &answers.shares());
    let pooled = (shares.iter().sum::<f64>() + 0.5) / (answers.len() as f64 + 1.0);
    let right = TRACE + strength * pooled;
    let wrong = TRACE + strength * (1.0 - pooled);

    let mut hits = em::diagonal_tally(answers, &start);
    let mut posteriors = start;
    let mut prior = Vec::new();
    let mut accuracy = vec![pooled; workers];
    let mut gain = vec![0.0; workers * k];
    let others = (k as f64 - 1.0).max(1.0);
    let trace = em::run(options, answers.len(), || {
        prior = em::class_shares(&posteriors, k, pseudo);
        let log_prior: Vec<f64> = prior.iter().map(|p| p.ln()).collect();
        let mut objective = pseudo * log_prior.iter().sum::<f64>();
        for w in 0..workers {
            let hit: f64 = hits[w * k..][..k].iter().sum();
            let total = given[w] + right + wrong;
            accuracy[w] = (hit + right) / total;
            let log_right = accuracy[w].ln();
            let log_wrong = ((given[w] - hit).max(0.0) + wrong).ln() - total.ln();
            let log_each = log_wrong - others.ln();
            gain[w * k..][..k].fill(log_right - log_each);
            objective += given[w] * log_each + right * log_right + wrong * log_wrong;
        }
        objective + em::diagonal_pass(answers, &gain, &log_prior, &mut posteriors, &mut hits)
    });
    Fit { posteriors, prior, workers: Workers::Accuracy(accuracy), trace }
}
