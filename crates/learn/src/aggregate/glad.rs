//! GLAD: one ability per worker and one difficulty per task.
//!
//! A worker of ability `a` is right on a task of easiness `b` with probability `1 / (1 + e^(-a b))`
//! and else gives each wrong label alike; classes are equally likely beforehand.

use super::answers::Answers;
use super::em::{self, EmOptions};
use super::{Fit, Workers};

/// Mean of the normal priors (variance 1) of abilities and of log-easiness.
const MEAN: f64 = 1.0;

/// Fits by generalised EM from `start` (posteriors): each iteration climbs one safeguarded Newton
/// step per worker, then one per task, so that the objective never falls.
pub(super) fn fit(answers: &Answers, options: &EmOptions, start: Vec<f64>) -> Fit {
    let mut state = State::new(answers, start);
    let trace = em::run(options, answers.len(), || {
        state.climb_workers();
        state.climb_tasks();
        state.expect()
    });
    let accuracy = state.accuracies();
    Fit {
        posteriors: state.posteriors,
        prior: state.prior,
        workers: Workers::Accuracy(accuracy),
        trace,
    }
}

struct State<'a> {
    answers: &'a Answers,
    /// Positions of answers, grouped by worker.
    by_worker: Vec<u32>,
    worker_start: Vec<u32>,
    worker_of: Vec<u32>,
    task_of: Vec<u32>,
    /// Posterior that the answer is right.
    hits: Vec<f64>,
    ability: Vec<f64>,
    /// Logarithm of the task's easiness, and its exponential.
    log_ease: Vec<f64>,
    ease: Vec<f64>,
    prior: Vec<f64>,
    posteriors: Vec<f64>,
}

impl<'a> State<'a> {
    fn new(answers: &'a Answers, posteriors: Vec<f64>) -> Self {
        let k = answers.classes();
        let worker_of: Vec<u32> = answers.cells().iter().map(|c| c / k as u32).collect();
        let mut task_of = vec![0; answers.len()];
        for t in 0..answers.tasks() {
            task_of[answers.first_of(t)..answers.first_of(t + 1)].fill(t as u32);
        }
        let mut worker_start = vec![0_u32; answers.workers() + 1];
        for &w in &worker_of {
            worker_start[w as usize + 1] += 1;
        }
        for w in 0..answers.workers() {
            worker_start[w + 1] += worker_start[w];
        }
        let mut next = worker_start.clone();
        let mut by_worker = vec![0; answers.len()];
        for (i, &w) in worker_of.iter().enumerate() {
            by_worker[next[w as usize] as usize] = i as u32;
            next[w as usize] += 1;
        }
        let mut state = Self {
            answers,
            by_worker,
            worker_start,
            worker_of,
            task_of,
            hits: vec![0.0; answers.len()],
            ability: vec![MEAN; answers.workers()],
            log_ease: vec![MEAN; answers.tasks()],
            ease: vec![MEAN.exp(); answers.tasks()],
            prior: vec![1.0 / k as f64; k],
            posteriors,
        };
        state.collect_hits();
        state
    }

    fn collect_hits(&mut self) {
        let k = self.answers.classes();
        for (t, row) in self.posteriors.chunks_exact(k).enumerate() {
            let first = self.answers.first_of(t);
            for (i, &c) in self.answers.cells_of(t).iter().enumerate() {
                self.hits[first + i] = row[(c % k as u32) as usize];
            }
        }
    }

    fn climb_workers(&mut self) {
        for w in 0..self.ability.len() {
            let range = self.worker_start[w] as usize..self.worker_start[w + 1] as usize;
            let own = &self.by_worker[range];
            self.ability[w] = climb(self.ability[w], |a| {
                let mut point = Point::prior(a);
                for &i in own {
                    let ease = self.ease[self.task_of[i as usize] as usize];
                    let (value, slope, curvature) = logistic(a * ease, self.hits[i as usize]);
                    point.value += value;
                    point.slope += ease * slope;
                    point.curvature += ease * ease * curvature;
                }
                point
            });
        }
    }

    fn climb_tasks(&mut self) {
        for t in 0..self.ease.len() {
            let range = self.answers.first_of(t)..self.answers.first_of(t + 1);
            let own = self.worker_of[range.clone()].iter().zip(&self.hits[range]);
            self.log_ease[t] = climb(self.log_ease[t], |b| {
                let ease = b.exp();
                let mut point = Point::prior(b);
                for (&w, &hit) in own.clone() {
                    let z = self.ability[w as usize] * ease;
                    let (value, slope, curvature) = logistic(z, hit);
                    point.value += value;
                    point.slope += z * slope;
                    // Expected curvature: positive, unlike the exact one.
                    point.curvature += z * z * curvature;
                }
                point
            });
            self.ease[t] = self.log_ease[t].exp();
        }
    }

    /// Expectation; the objective of the present parameters.
    fn expect(&mut self) -> f64 {
        let k = self.answers.classes();
        let log_prior: Vec<f64> = self.prior.iter().map(|p| p.ln()).collect();
        let others = (k as f64 - 1.0).max(1.0).ln();
        let mut objective: f64 =
            self.ability.iter().chain(&self.log_ease).map(|x| penalty(*x)).sum::<f64>();
        for (t, row) in self.posteriors.chunks_exact_mut(k).enumerate() {
            row.copy_from_slice(&log_prior);
            for &c in self.answers.cells_of(t) {
                let z = self.ability[(c / k as u32) as usize] * self.ease[t];
                row[(c % k as u32) as usize] += z + others;
                objective -= softplus(z) + others;
            }
            objective += em::softmax(row);
        }
        self.collect_hits();
        objective
    }

    /// Mean probability of a right answer over the tasks a worker saw.
    fn accuracies(&self) -> Vec<f64> {
        let typical = self.ability.iter().sum::<f64>() / self.ability.len().max(1) as f64;
        (0..self.ability.len())
            .map(|w| {
                let own = self.worker_start[w] as usize..self.worker_start[w + 1] as usize;
                let n = own.len() as f64;
                let sum: f64 = self.by_worker[own]
                    .iter()
                    .map(|&i| self.ease[self.task_of[i as usize] as usize] * self.ability[w])
                    .map(sigmoid)
                    .sum();
                if n > 0.0 { sum / n } else { sigmoid(typical * MEAN.exp()) }
            })
            .collect()
    }
}

/// Value, slope and negative curvature of a function of one number.
struct Point {
    value: f64,
    slope: f64,
    curvature: f64,
}

impl Point {
    fn prior(x: f64) -> Self {
        Self { value: penalty(x), slope: MEAN - x, curvature: 1.0 }
    }
}

fn penalty(x: f64) -> f64 {
    -0.5 * (x - MEAN) * (x - MEAN)
}

/// One Newton step upwards from `x`, halved until the value does not fall.
fn climb(x: f64, at: impl Fn(f64) -> Point) -> f64 {
    let here = at(x);
    let mut step = (here.slope / here.curvature).clamp(-2.0, 2.0);
    for _ in 0..8 {
        if at(x + step).value >= here.value {
            return x + step;
        }
        step *= 0.5;
    }
    x
}

/// `hit ln s(z) + (1 - hit) ln s(-z)` for the sigmoid `s`, its slope and negative curvature in z.
fn logistic(z: f64, hit: f64) -> (f64, f64, f64) {
    let e = (-z.abs()).exp();
    let upper = 1.0 / (1.0 + e);
    let s = if z >= 0.0 { upper } else { e * upper };
    (hit * z - z.max(0.0) - e.ln_1p(), hit - s, s * (1.0 - s))
}

fn softplus(z: f64) -> f64 {
    z.max(0.0) + (-z.abs()).exp().ln_1p()
}

fn sigmoid(z: f64) -> f64 {
    1.0 / (1.0 + (-z).exp())
}
