//! Dawid and Skene's model, with a pooled prior.

use super::answers::Answers;
use super::em::{self, EmOptions, Trace, by_classes};
use super::{Fit, TRACE, Workers};

/// Fits by EM from `start` (posteriors); `strength` is the weight of the prior per worker and
/// class.
pub(super) fn fit(answers: &Answers, strength: f64, options: &EmOptions, start: Vec<f64>) -> Fit {
    let k = answers.classes();
    let mut state = State {
        answers,
        pseudo: strength.clamp(TRACE, 1.0),
        alpha: pooled(answers).iter().map(|p| TRACE + strength * p).collect(),
        counts: tally(answers, &start),
        table: vec![0.0; answers.workers() * k * k],
        prior: Vec::new(),
        posteriors: start,
    };
    let trace: Trace = em::run(options, answers.len(), || state.step());
    let State { table, prior, posteriors, .. } = state;
    Fit { posteriors, prior, workers: Workers::Confusion(confusions(&table, k)), trace }
}

/// Confusion of all workers together, `[label][truth]`, where vote shares stand for the truth.
/// Each column sums to 1; columns without evidence are flat.
pub(super) fn pooled(answers: &Answers) -> Vec<f64> {
    pooled_under(answers, &answers.shares())
}

/// As [`pooled`], with posteriors standing for the truth.
pub(super) fn pooled_under(answers: &Answers, posteriors: &[f64]) -> Vec<f64> {
    let k = answers.classes();
    // One pseudo-answer per truth, spread over the labels.
    let mut out = vec![1.0 / k as f64; k * k];
    for (t, row) in posteriors.chunks_exact(k).enumerate() {
        for (_, label) in answers.of(t) {
            for (o, q) in out[label * k..][..k].iter_mut().zip(row) {
                *o += q;
            }
        }
    }
    for truth in 0..k {
        let total: f64 = (0..k).map(|label| out[label * k + truth]).sum();
        for label in 0..k {
            out[label * k + truth] /= total;
        }
    }
    out
}

struct State<'a> {
    answers: &'a Answers,
    /// Pseudo-tasks of each class.
    pseudo: f64,
    /// Pseudo-counts, `[label][truth]`.
    alpha: Vec<f64>,
    /// Expected counts, `[worker][label][truth]`: what an answer needs lies side by side.
    counts: Vec<f64>,
    /// Log-probabilities of labels, `[worker][label][truth]`.
    table: Vec<f64>,
    prior: Vec<f64>,
    posteriors: Vec<f64>,
}

impl State<'_> {
    /// Maximisation, then expectation; the objective of the new parameters.
    fn step(&mut self) -> f64 {
        let k = self.answers.classes();
        self.prior = em::class_shares(&self.posteriors, k, self.pseudo);
        let log_prior: Vec<f64> = self.prior.iter().map(|p| p.ln()).collect();
        let mut objective = self.pseudo * log_prior.iter().sum::<f64>();
        objective += self.maximise();
        self.counts.fill(0.0);
        objective + by_classes!(k, expect(self, &log_prior))
    }

    /// Fills `table`; returns the log-prior of the worker parameters.
    fn maximise(&mut self) -> f64 {
        let k = self.answers.classes();
        let mut log_prior = 0.0;
        let mut totals = vec![0.0; k];
        let workers = self.counts.chunks_exact(k * k).zip(self.table.chunks_exact_mut(k * k));
        for (counts, table) in workers {
            totals.fill(0.0);
            for ((x, &n), &a) in table.iter_mut().zip(counts).zip(&self.alpha) {
                *x = n + a;
            }
            for row in table.chunks_exact(k) {
                totals.iter_mut().zip(row).for_each(|(s, x)| *s += x);
            }
            for s in &mut totals {
                *s = s.ln();
            }
            for (row, alpha) in table.chunks_exact_mut(k).zip(self.alpha.chunks_exact(k)) {
                for ((x, &total), &a) in row.iter_mut().zip(&totals).zip(alpha) {
                    *x = x.ln() - total;
                    log_prior += a * *x;
                }
            }
        }
        log_prior
    }
}

/// One pass over the tasks: posteriors from `table`, and the counts they make.
fn expect<const K: usize>(state: &mut State<'_>, log_prior: &[f64]) -> f64 {
    let k = if K == 0 { state.answers.classes() } else { K };
    let (table, counts) = (&state.table[..], &mut state.counts[..]);
    let mut total = em::LogSum::new();
    for (t, row) in state.posteriors.chunks_exact_mut(k).enumerate() {
        let cells = state.answers.cells_of(t);
        row.copy_from_slice(&log_prior[..k]);
        for &c in cells {
            let logs = &table[c as usize * k..][..k];
            row.iter_mut().zip(logs).for_each(|(s, x)| *s += x);
        }
        total.add(em::normalise(row));
        for &c in cells {
            let counts = &mut counts[c as usize * k..][..k];
            counts.iter_mut().zip(&*row).for_each(|(n, q)| *n += q);
        }
    }
    total.value()
}

/// Expected counts `[worker][label][truth]` under given posteriors.
pub(super) fn tally(answers: &Answers, posteriors: &[f64]) -> Vec<f64> {
    let k = answers.classes();
    let mut counts = vec![0.0; answers.workers() * k * k];
    for (t, row) in posteriors.chunks_exact(k).enumerate() {
        for &c in answers.cells_of(t) {
            let counts = &mut counts[c as usize * k..][..k];
            counts.iter_mut().zip(row).for_each(|(n, q)| *n += q);
        }
    }
    counts
}

/// Probabilities `[worker][truth][label]` from logs `[worker][label][truth]`.
fn confusions(table: &[f64], k: usize) -> Vec<f64> {
    let mut out = vec![0.0; table.len()];
    for (worker, logs) in out.chunks_exact_mut(k * k).zip(table.chunks_exact(k * k)) {
        for (label, row) in logs.chunks_exact(k).enumerate() {
            for (truth, x) in row.iter().enumerate() {
                worker[truth * k + label] = x.exp();
            }
        }
    }
    out
}
