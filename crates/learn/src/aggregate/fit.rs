//! What a method found, and what can be read off it.

use super::answers::Answers;
use super::em::{self, Trace};
use crate::LearnError;
use crate::rng;

/// Posteriors closer than this are a tie.
const TIE: f64 = 1e-9;

/// What is thought of the workers.
#[derive(Debug, Clone, PartialEq)]
pub enum Workers {
    /// Probability of the true label; the wrong ones share the rest equally.
    Accuracy(Vec<f64>),
    /// Probability `[worker][truth][label]` of an answer, row-major.
    Confusion(Vec<f64>),
}

/// Which label a task gets when several are equally probable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ties {
    /// The one that is more frequent overall; then the first.
    #[default]
    Prior,
    /// The first.
    First,
    /// Drawn by this seed.
    Seeded(u64),
    /// None: the task stays open.
    Open,
}

/// Posteriors, class shares and workers, with the trace of how they were found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Fit {
    /// Probability of each label for each task, row-major (tasks x classes).
    pub posteriors: Vec<f64>,
    /// Share of each class.
    pub prior: Vec<f64>,
    /// The workers.
    pub workers: Workers,
    /// How the iterations went.
    pub trace: Trace,
}

impl Default for Workers {
    fn default() -> Self {
        Self::Accuracy(Vec::new())
    }
}

impl Fit {
    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.prior.len()
    }

    /// Number of workers the fit knows.
    pub fn worker_count(&self) -> usize {
        let k = self.classes();
        match &self.workers {
            Workers::Accuracy(a) => a.len(),
            Workers::Confusion(c) => c.len() / (k * k),
        }
    }

    /// Probability that `worker` answers `label` where `truth` is true. Workers the fit does not
    /// know are like its workers on average ([`Fit::typical`] saves computing that each time).
    pub fn likelihood(&self, worker: usize, truth: usize, label: usize) -> f64 {
        if worker >= self.worker_count() {
            return self.typical()[truth * self.classes() + label];
        }
        let k = self.classes();
        match &self.workers {
            Workers::Accuracy(a) => spread(a[worker], k, truth == label),
            Workers::Confusion(c) => c[(worker * k + truth) * k + label],
        }
    }

    /// Confusion `[truth][label]` of a worker.
    pub fn confusion(&self, worker: usize) -> Vec<f64> {
        let k = self.classes();
        if worker >= self.worker_count() {
            return self.typical();
        }
        (0..k * k).map(|i| self.likelihood(worker, i / k, i % k)).collect()
    }

    /// Mean confusion `[truth][label]` of the workers; flat if there are none.
    pub fn typical(&self) -> Vec<f64> {
        let (k, n) = (self.classes(), self.worker_count());
        if n == 0 {
            return vec![1.0 / k as f64; k * k];
        }
        let mut out = vec![0.0; k * k];
        for w in 0..n {
            for (i, o) in out.iter_mut().enumerate() {
                *o += self.likelihood(w, i / k, i % k);
            }
        }
        for x in &mut out {
            *x /= n as f64;
        }
        out
    }

    /// Each worker's probability of the true label, over the class shares.
    pub fn skills(&self) -> Vec<f64> {
        let k = self.classes();
        (0..self.worker_count())
            .map(|w| (0..k).map(|t| self.prior[t] * self.likelihood(w, t, t)).sum())
            .collect()
    }

    /// The most probable label of each task; `None` where `ties` leaves it open.
    pub fn labels(&self, ties: Ties) -> Vec<Option<usize>> {
        let rows = self.posteriors.chunks_exact(self.classes());
        rows.enumerate().map(|(task, row)| self.label_of(row, task, ties)).collect()
    }

    fn label_of(&self, row: &[f64], task: usize, ties: Ties) -> Option<usize> {
        let top = largest(row);
        let mut tied = (0..row.len()).filter(|&j| row[j] >= top - TIE);
        let first = tied.next()?;
        let rest: Vec<usize> = tied.collect();
        if rest.is_empty() {
            return Some(first);
        }
        match ties {
            Ties::First => Some(first),
            Ties::Open => None,
            Ties::Prior => Some(rest.iter().fold(first, |best, &j| {
                if self.prior[j] > self.prior[best] + TIE { j } else { best }
            })),
            Ties::Seeded(seed) => {
                let drawn = rng::Rng::stream(seed, task as u64).below(rest.len() + 1);
                if drawn == 0 { Some(first) } else { rest.get(drawn - 1).copied() }
            }
        }
    }

    /// Largest posterior of each task.
    pub fn confidences(&self) -> Vec<f64> {
        self.posteriors.chunks_exact(self.classes()).map(largest).collect()
    }

    /// Share of each task's answers that agree with its most probable label (any of those tied);
    /// `None` without answers. Tells a clear task from one that a few trusted people decided.
    pub fn agreement(&self, answers: &Answers) -> Result<Vec<Option<f64>>, LearnError> {
        let k = self.classes();
        if answers.tasks() * answers.classes() != self.posteriors.len() || answers.classes() != k {
            return Err(LearnError::Shape {
                what: "posteriors (tasks x classes)",
                expected: answers.tasks() * answers.classes(),
                found: self.posteriors.len(),
            });
        }
        let rows = self.posteriors.chunks_exact(k).enumerate();
        Ok(rows
            .map(|(t, row)| {
                let given = answers.of(t).len() as f64;
                let bar = largest(row) - TIE;
                let agree = answers.of(t).filter(|&(_, label)| row[label] >= bar).count() as f64;
                if given > 0.0 { Some(agree / given) } else { None }
            })
            .collect())
    }

    /// Posterior of one task from `(worker, label)` pairs, workers as they were fitted: for a task
    /// that is still being answered. Unknown workers count as typical ones.
    ///
    /// Errors if a label is out of range.
    pub fn posterior(&self, answers: &[(usize, usize)]) -> Result<Vec<f64>, LearnError> {
        let k = self.classes();
        for (at, &(_, label)) in answers.iter().enumerate() {
            if label >= k {
                let what = "label of answer";
                return Err(LearnError::OutOfRange { what, at, index: label, limit: k });
            }
        }
        let typical = self.typical();
        let mut row: Vec<f64> = self.prior.iter().map(|p| p.ln()).collect();
        self.add_logs(answers.iter().copied(), &typical, &mut row);
        em::softmax(&mut row);
        Ok(row)
    }

    /// Posteriors of all tasks of `answers`, workers as they were fitted.
    pub(super) fn posteriors_of(&self, answers: &Answers) -> Vec<f64> {
        let typical = self.typical();
        let mut out = Vec::with_capacity(answers.tasks() * self.classes());
        let log_prior: Vec<f64> = self.prior.iter().map(|p| p.ln()).collect();
        let mut row = log_prior.clone();
        for t in 0..answers.tasks() {
            row.copy_from_slice(&log_prior);
            self.add_logs(answers.of(t), &typical, &mut row);
            em::softmax(&mut row);
            out.extend_from_slice(&row);
        }
        out
    }

    fn add_logs(
        &self,
        answers: impl Iterator<Item = (usize, usize)>,
        typical: &[f64],
        row: &mut [f64],
    ) {
        let (k, known) = (row.len(), self.worker_count());
        for (worker, label) in answers {
            for (truth, s) in row.iter_mut().enumerate() {
                let p = if worker < known {
                    self.likelihood(worker, truth, label)
                } else {
                    typical[truth * k + label]
                };
                *s += p.max(super::TRACE).ln();
            }
        }
    }
}

/// Likelihood of an answer under a symmetric confusion.
fn spread(accuracy: f64, classes: usize, right: bool) -> f64 {
    if right { accuracy } else { (1.0 - accuracy) / (classes as f64 - 1.0).max(1.0) }
}

fn largest(row: &[f64]) -> f64 {
    row.iter().fold(f64::NEG_INFINITY, |a, &b| a.max(b))
}
