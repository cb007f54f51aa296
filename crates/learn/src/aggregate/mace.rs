//! MACE: a worker either knows the label or spams from a distribution of their own.
//!
//! Worker `w` spams an answer with probability `t_w`, drawing it from `e_w`; else the answer is the
//! true label. Classes are equally likely beforehand.

use super::answers::Answers;
use super::em::{self, EmOptions};
use super::{Fit, TRACE, Workers};
use crate::rng::Rng;

/// The best of `restarts` fits (at least one); the first starts from `start`, the others from
/// random strategies.
pub(super) fn fit(
    answers: &Answers,
    strength: f64,
    restarts: usize,
    options: &EmOptions,
    start: Vec<f64>,
) -> Fit {
    let mut best = Mace::new(answers, strength).run(options, Begin::Posteriors(start));
    for restart in 1..restarts {
        let rng = Rng::stream(options.seed, restart as u64);
        let other = Mace::new(answers, strength).run(options, Begin::Random(rng));
        let last = |fit: &Fit| fit.trace.objective.last().copied().unwrap_or(f64::NEG_INFINITY);
        if last(&other) > last(&best) {
            best = other;
        }
    }
    best
}

enum Begin {
    Posteriors(Vec<f64>),
    Random(Rng),
}

struct Mace<'a> {
    answers: &'a Answers,
    /// Answers per (worker, label).
    given: Vec<f64>,
    /// Pseudo-counts of "spams" and of "knows".
    coin: f64,
    /// Pseudo-counts of a worker's spam: overall label frequencies.
    spam_prior: Vec<f64>,
    /// Probability that a worker spams.
    spams: Vec<f64>,
    /// Distribution of a worker's spam.
    spam: Vec<f64>,
    prior: Vec<f64>,
    hits: Vec<f64>,
    posteriors: Vec<f64>,
}

impl<'a> Mace<'a> {
    fn new(answers: &'a Answers, strength: f64) -> Self {
        let (k, workers) = (answers.classes(), answers.workers());
        let given = answers.cell_counts();
        let mut spam_prior = vec![1.0 / k as f64; k];
        for row in given.chunks_exact(k) {
            spam_prior.iter_mut().zip(row).for_each(|(s, n)| *s += n);
        }
        let total: f64 = spam_prior.iter().sum();
        for s in &mut spam_prior {
            *s *= 2.0 * strength / total;
        }
        Self {
            answers,
            given,
            coin: 0.5 * strength + TRACE,
            spams: vec![0.5; workers],
            spam: vec![1.0 / k as f64; workers * k],
            prior: vec![1.0 / k as f64; k],
            hits: vec![0.0; workers * k],
            posteriors: vec![0.0; answers.tasks() * k],
            spam_prior,
        }
    }

    fn run(mut self, options: &EmOptions, begin: Begin) -> Fit {
        match begin {
            Begin::Posteriors(start) => {
                self.hits = em::diagonal_tally(self.answers, &start);
                self.posteriors = start;
            }
            Begin::Random(mut rng) => {
                let k = self.answers.classes();
                for (spams, spam) in self.spams.iter_mut().zip(self.spam.chunks_exact_mut(k)) {
                    *spams = 0.1 + 0.8 * rng.unit();
                    for s in spam.iter_mut() {
                        *s = 0.1 + rng.unit();
                    }
                    let total: f64 = spam.iter().sum();
                    for s in spam.iter_mut() {
                        *s /= total;
                    }
                }
                self.expect();
            }
        }
        let answers = self.answers;
        let trace = em::run(options, answers.len(), || {
            self.maximise();
            self.expect()
        });
        let workers = Workers::Confusion(self.confusions());
        Fit { posteriors: self.posteriors, prior: self.prior, workers, trace }
    }

    fn maximise(&mut self) {
        let k = self.answers.classes();
        let rows = self.hits.chunks_exact(k).zip(self.given.chunks_exact(k));
        let workers = self.spams.iter_mut().zip(self.spam.chunks_exact_mut(k));
        for ((hits, given), (spams, spam)) in rows.zip(workers) {
            let (mut knew, mut total) = (self.coin, 2.0 * self.coin);
            for label in 0..k {
                // An answer that hit may still have been luck.
                let honest = 1.0 - *spams;
                let knows = hits[label] * honest / (honest + *spams * spam[label]);
                knew += knows;
                total += given[label];
                spam[label] = (given[label] - knows).max(0.0) + self.spam_prior[label] + TRACE;
            }
            // Kept off 0 and 1, whose logarithms the objective takes.
            *spams = (1.0 - knew / total).clamp(1e-12, 1.0 - 1e-12);
            let sum: f64 = spam.iter().sum();
            for s in spam.iter_mut() {
                *s /= sum;
            }
        }
    }

    /// Expectation; the objective of the present parameters.
    fn expect(&mut self) -> f64 {
        let k = self.answers.classes();
        let log_prior: Vec<f64> = self.prior.iter().map(|p| p.ln()).collect();
        let mut objective = 0.0;
        let mut gain = vec![0.0; self.given.len()];
        for (w, &spams) in self.spams.iter().enumerate() {
            objective += self.coin * (spams.ln() + (1.0 - spams).ln());
            for label in 0..k {
                let c = w * k + label;
                let luck = spams * self.spam[c];
                gain[c] = ((1.0 - spams + luck) / luck).ln();
                objective += self.given[c] * luck.ln();
                objective += (self.spam_prior[label] + TRACE) * self.spam[c].ln();
            }
        }
        let (posteriors, hits) = (&mut self.posteriors, &mut self.hits);
        objective + em::diagonal_pass(self.answers, &gain, &log_prior, posteriors, hits)
    }

    /// `[worker][truth][label]`.
    fn confusions(&self) -> Vec<f64> {
        let k = self.answers.classes();
        let mut out = Vec::with_capacity(self.spam.len() * k);
        for (&spams, spam) in self.spams.iter().zip(self.spam.chunks_exact(k)) {
            for truth in 0..k {
                out.extend(
                    spam.iter().enumerate().map(|(label, s)| {
                        spams * s + if label == truth { 1.0 - spams } else { 0.0 }
                    }),
                );
            }
        }
        out
    }
}
