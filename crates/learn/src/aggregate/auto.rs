//! Choosing a method by how well it predicts answers it has not seen.
//!
//! A share of the answers is hidden, every candidate is fitted to the others, and its posteriors
//! `q` must predict the hidden ones. The methods' own worker models would not compare: a method
//! whose labels are best may have the crudest one. So all posteriors are judged under the same
//! model, confusion matrices counted from the visible answers and shrunk to the pooled one:
//!
//! `score = mean over hidden answers of ln sum_k q_ik pi_w[k][l_iw]`
//!
//! Workers are not independent given the label (hard tasks fool many), so posteriors from products
//! of likelihoods are too sure. Each candidate is therefore judged at its best sharpness
//! `q^(1 / T)`, and the final posteriors are given that `T`: labels stay, confidence is believable.
//!
//! Among candidates within one standard error of the best, the one that leaves the fewest tasks
//! tied is taken: a tie is a coin toss.

use super::answers::Answers;
use super::dawid_skene;
use super::em::EmOptions;
use super::fit::{Fit, Ties};
use super::{Method, fits_in_memory};
use crate::LearnError;
use crate::rng::Rng;

/// Sharpnesses that are tried; above 1 is flatter.
const TEMPERATURES: [f64; 9] = [0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 4.5, 7.0, 10.0];
/// Weight of the pooled confusion in the judging model, in answers per worker and class.
const SHRINK: f64 = 10.0;
/// No further fold is scored once this many answers were predicted.
const ENOUGH: usize = 50_000;
/// Candidates need not settle to the last digit to be compared (nats per answer).
const ROUGH: f64 = 1e-5;

/// How [`auto`] chooses.
#[derive(Debug, Clone, PartialEq)]
pub struct AutoOptions {
    /// Folds of the answers; at least 2. Large data do with fewer of them scored.
    pub folds: usize,
    /// The methods to choose among; empty for all of them, with several strengths.
    pub candidates: Vec<Method>,
    /// Of the final fit; its seed also draws the folds.
    pub em: EmOptions,
}

impl Default for AutoOptions {
    fn default() -> Self {
        Self { folds: 5, candidates: Vec::new(), em: EmOptions::default() }
    }
}

/// How well a candidate predicted hidden answers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// The candidate.
    pub method: Method,
    /// Mean log-likelihood of a hidden answer, in nats; nearer to 0 is better.
    pub log_likelihood: f64,
    /// Temperature at which it is reached.
    pub temperature: f64,
}

/// What was chosen, and the fit to all answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Auto {
    /// The chosen method: the best, or one that predicts as well and leaves fewer ties.
    pub method: Method,
    /// The temperature its posteriors were given.
    pub temperature: f64,
    /// All candidates, best first.
    pub scores: Vec<Score>,
    /// Hidden answers the scores rest on.
    pub judged: usize,
    /// The chosen method's fit, its posteriors tempered.
    pub fit: Fit,
}

/// Fits by the candidate that best predicts hidden answers. Deterministic by `options.em.seed`.
///
/// With fewer answers than folds there is nothing to hide: majority, untempered, without scores.
/// Errors as [`fit()`](super::fit()), and if `folds` is below 2.
pub fn auto(answers: &Answers, options: &AutoOptions) -> Result<Auto, LearnError> {
    if options.folds < 2 {
        return Err(LearnError::Parameter { name: "folds", must: "at least 2" });
    }
    if answers.len() < options.folds {
        let fit = super::fit(answers, Method::Majority, &options.em)?;
        let method = Method::Majority;
        return Ok(Auto { method, temperature: 1.0, scores: Vec::new(), judged: 0, fit });
    }
    let candidates = match &options.candidates[..] {
        [] => candidates(answers),
        given => given.to_vec(),
    };
    let parts = split(answers, options.folds, options.em.seed);
    let mut judged = Vec::with_capacity(candidates.len());
    for method in candidates {
        judged.push(judge(&parts, method, &options.em)?);
    }
    // Stable: of equals the simpler, which comes first.
    judged.sort_by(|a, b| b.score.log_likelihood.total_cmp(&a.score.log_likelihood));
    let mut best: Option<(usize, Method, f64, Fit)> = None;
    for candidate in judged.iter().filter(|c| indistinguishable(&judged[0].each, &c.each)) {
        let Score { method, temperature, .. } = candidate.score;
        let fit = super::fit(answers, method, &options.em)?;
        let open = fit.labels(Ties::Open).iter().filter(|label| label.is_none()).count();
        if best.as_ref().is_none_or(|&(fewest, ..)| open < fewest) {
            best = Some((open, method, temperature, fit));
        }
        if open == 0 {
            break;
        }
    }
    let Some((_, method, temperature, mut fit)) = best else {
        return Err(LearnError::Empty { what: "the list of candidates" });
    };
    temper(&mut fit.posteriors, answers.classes(), temperature);
    let hidden = judged[0].each.len();
    let scores = judged.into_iter().map(|c| c.score).collect();
    Ok(Auto { method, temperature, scores, judged: hidden, fit })
}

/// Whether `other` predicts as well as `best` within one standard error of their difference.
fn indistinguishable(best: &[f64], other: &[f64]) -> bool {
    let n = best.len() as f64;
    let mean = best.iter().zip(other).map(|(a, b)| a - b).sum::<f64>() / n;
    let square = best.iter().zip(other).map(|(a, b)| (a - b - mean) * (a - b - mean)).sum::<f64>();
    mean <= square.sqrt() / n
}

fn candidates(answers: &Answers) -> Vec<Method> {
    let mut out = vec![Method::Majority, Method::Wawa, Method::ZeroBasedSkill];
    out.extend([1.0, 3.0, 10.0, 30.0].map(|strength| Method::OneCoin { strength }));
    if fits_in_memory(answers) {
        out.extend([1.0, 5.0, 20.0].map(|strength| Method::Mace { strength, restarts: 1 }));
        let strengths = [1.0, 3.0, 10.0, 30.0, 100.0];
        out.extend(strengths.map(|strength| Method::DawidSkene { strength }));
    }
    out.push(Method::Glad);
    out
}

struct Part {
    visible: Answers,
    hidden: Answers,
}

fn split(answers: &Answers, folds: usize, seed: u64) -> Vec<Part> {
    let mut fold: Vec<usize> = (0..answers.len()).map(|i| i % folds).collect();
    Rng::stream(seed, 0).shuffle(&mut fold);
    let scored = ENOUGH.div_ceil(answers.len() / folds).clamp(1, folds);
    (0..scored)
        .map(|f| Part {
            visible: answers.filtered(|i| fold[i] != f),
            hidden: answers.filtered(|i| fold[i] == f),
        })
        .collect()
}

struct Judged {
    score: Score,
    /// Log-likelihood of each hidden answer.
    each: Vec<f64>,
}

fn judge(parts: &[Part], method: Method, em: &EmOptions) -> Result<Judged, LearnError> {
    let rough = EmOptions { tolerance: em.tolerance.max(ROUGH), ..*em };
    let mut each = vec![Vec::new(); TEMPERATURES.len()];
    for part in parts {
        let fit = super::fit(&part.visible, method, &rough)?;
        for (each, &temperature) in each.iter_mut().zip(&TEMPERATURES) {
            let mut posteriors = fit.posteriors.clone();
            temper(&mut posteriors, part.visible.classes(), temperature);
            predict(part, &posteriors, each);
        }
    }
    let means = each.iter().map(|e| e.iter().sum::<f64>() / e.len() as f64);
    let (best, log_likelihood) =
        means.enumerate().fold((0, f64::NEG_INFINITY), |best, (i, mean)| {
            if mean > best.1 { (i, mean) } else { best }
        });
    let score = Score { method, log_likelihood, temperature: TEMPERATURES[best] };
    Ok(Judged { score, each: each.swap_remove(best) })
}

/// Raises each row to the power `1 / temperature` and normalises it.
fn temper(posteriors: &mut [f64], classes: usize, temperature: f64) {
    if temperature == 1.0 {
        return;
    }
    let power = 1.0 / temperature;
    for row in posteriors.chunks_exact_mut(classes) {
        let top = row.iter().fold(0.0_f64, |a, &b| a.max(b));
        for q in row.iter_mut() {
            *q = (*q / top).powf(power);
        }
        let sum: f64 = row.iter().sum();
        for q in row.iter_mut() {
            *q /= sum;
        }
    }
}

/// Adds the log-likelihood of each hidden answer under `posteriors` and the judging model.
fn predict(part: &Part, posteriors: &[f64], each: &mut Vec<f64>) {
    let k = part.visible.classes();
    let judges = if fits_in_memory(&part.visible) {
        Judges::tables(part, posteriors)
    } else {
        Judges::coins(part, posteriors)
    };
    for (t, row) in posteriors.chunks_exact(k).enumerate() {
        for (worker, label) in part.hidden.of(t) {
            let p: f64 =
                row.iter().enumerate().map(|(y, q)| q * judges.likelihood(worker, y, label)).sum();
            each.push(p.max(super::TRACE).ln());
        }
    }
}

/// The judging model.
enum Judges {
    /// `[worker][label][truth]`.
    Tables(Vec<f64>, usize),
    /// Too many classes for tables: accuracies.
    Coins(Vec<f64>, usize),
}

impl Judges {
    fn tables(part: &Part, posteriors: &[f64]) -> Self {
        let k = part.visible.classes();
        let pooled = dawid_skene::pooled_under(&part.visible, posteriors);
        let mut table = dawid_skene::tally(&part.visible, posteriors);
        let mut totals = vec![0.0; k];
        for worker in table.chunks_exact_mut(k * k) {
            totals.fill(SHRINK);
            for row in worker.chunks_exact(k) {
                totals.iter_mut().zip(row).for_each(|(s, n)| *s += n);
            }
            for (i, x) in worker.iter_mut().enumerate() {
                *x = (*x + SHRINK * pooled[i]) / totals[i % k];
            }
        }
        Self::Tables(table, k)
    }

    fn coins(part: &Part, posteriors: &[f64]) -> Self {
        let k = part.visible.classes();
        let hits = super::em::diagonal_tally(&part.visible, posteriors);
        let given = part.visible.cell_counts();
        let pooled = hits.iter().sum::<f64>() / part.visible.len().max(1) as f64;
        let rows = hits.chunks_exact(k).zip(given.chunks_exact(k));
        let accuracy = rows.map(|(h, n)| {
            (h.iter().sum::<f64>() + SHRINK * pooled) / (n.iter().sum::<f64>() + SHRINK)
        });
        Self::Coins(accuracy.collect(), k)
    }

    fn likelihood(&self, worker: usize, truth: usize, label: usize) -> f64 {
        match self {
            Self::Tables(table, k) => table[(worker * k + label) * k + truth],
            Self::Coins(a, _) if truth == label => a[worker],
            Self::Coins(a, k) => (1.0 - a[worker]) / (*k as f64 - 1.0).max(1.0),
        }
    }
}
