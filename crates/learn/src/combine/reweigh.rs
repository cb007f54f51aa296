//! Votes weighted by how well people agree with the outcome, repeated.

use super::types::{Answer, Combined, Decision};
use crate::LearnError;

/// Answers towards the mean at which a person's agreement is half his own.
const SHRINK: f64 = 4.0;
/// Least weight relative to the mean: nobody is silenced, so nobody is stuck.
const LEAST: f64 = 0.05;

/// Answers of each task, one per worker, by task and then by input order.
pub(super) struct Groups {
    /// Indices into the answers.
    pub(super) order: Vec<usize>,
    /// Answers of the `t`-th answered task are `order[offsets[t]..offsets[t + 1]]`.
    pub(super) offsets: Vec<usize>,
    pub(super) n_workers: usize,
}

impl Groups {
    pub(super) fn new<T>(answers: &[Answer<T>]) -> Result<Self, LearnError> {
        if answers.is_empty() {
            return Err(LearnError::Empty { what: "the list of answers" });
        }
        let n_workers = answers.iter().map(|a| a.worker).max().unwrap_or(0).saturating_add(1);
        if n_workers > answers.len().saturating_mul(4).saturating_add(1 << 20) {
            let must = "numbered densely from 0";
            return Err(LearnError::Parameter { name: "worker", must });
        }
        let mut order: Vec<usize> = (0..answers.len()).collect();
        let key = |i: usize| (answers[i].task, answers[i].worker);
        order.sort_by_key(|&i| key(i));
        order.dedup_by_key(|i| key(*i));
        order.sort_unstable_by_key(|&i| (answers[i].task, i));
        let mut offsets = vec![0];
        for task in order.chunk_by(|&a, &b| answers[a].task == answers[b].task) {
            offsets.push(offsets[offsets.len() - 1] + task.len());
        }
        Ok(Self { order, offsets, n_workers })
    }

    pub(super) fn tasks(&self) -> impl Iterator<Item = &[usize]> {
        self.offsets.windows(2).map(|ends| &self.order[ends[0]..ends[1]])
    }
}

/// What [`reweigh`] needs to know of a kind of answers.
pub(super) trait Vote {
    type Outcome;
    /// The outcome of the `task`-th answered task, given its answers and their weights, and a
    /// confidence in it.
    fn decide(&self, task: usize, answers: &[usize], weights: &[f64]) -> (Self::Outcome, f64);
    /// Agreement in `0..=1` of one of the task's answers (by place) with the outcome.
    fn agree(&self, task: usize, place: usize, answer: usize, outcome: &Self::Outcome) -> f64;
    /// Agreement with the task's other answers, where that is what weights go by. An outcome that
    /// was voted down to nothing would reward those who found nothing.
    fn peers(&self, _task: usize, _place: usize, _weights: &[f64]) -> Option<f64> {
        None
    }
}

/// Decides all tasks with equal weights, then `rounds` times with weights from agreement.
pub(super) fn reweigh<T, V: Vote>(
    answers: &[Answer<T>],
    groups: &Groups,
    rounds: usize,
    vote: &V,
) -> Combined<V::Outcome> {
    let mut weights = vec![1.0; groups.n_workers];
    let mut round = 0;
    loop {
        // Agreement with the outcomes, which is reported, and what weights go by.
        let mut sums = vec![(0.0, 0.0); groups.n_workers];
        let mut merits = sums.clone();
        let mut tasks = Vec::with_capacity(groups.offsets.len() - 1);
        let mut own: Vec<f64> = Vec::new();
        for (t, members) in groups.tasks().enumerate() {
            own.clear();
            own.extend(members.iter().map(|&i| weights[answers[i].worker]));
            let (answer, confidence) = vote.decide(t, members, &own);
            if members.len() > 1 {
                for (place, &i) in members.iter().enumerate() {
                    let (sum, merit) =
                        (&mut sums[answers[i].worker], &mut merits[answers[i].worker]);
                    let agreement = vote.agree(t, place, i, &answer);
                    *sum = (sum.0 + agreement, sum.1 + 1.0);
                    let agreement = vote.peers(t, place, &own).unwrap_or(agreement);
                    *merit = (merit.0 + agreement, merit.1 + 1.0);
                }
            }
            let confidence = (members.len() > 1).then_some(confidence);
            let task = answers[members[0]].task;
            tasks.push(Decision { task, answer, confidence, answers: members.len() });
        }
        if round == rounds {
            let share = |s: &(f64, f64)| (s.1 > 0.0).then(|| s.0 / s.1);
            return Combined { tasks, agreement: sums.iter().map(share).collect(), weights };
        }
        weights = next_weights(&merits);
        round += 1;
    }
}

/// Similarities between the answers of one task, row-major.
pub(super) struct Table {
    pub(super) n: usize,
    pub(super) values: Vec<f64>,
}

impl Table {
    /// Compares all pairs of `n` answers.
    pub(super) fn new(n: usize, similarity: impl Fn(usize, usize) -> f64) -> Self {
        let mut values = vec![1.0; n * n];
        for i in 0..n {
            for j in 0..i {
                let alike = similarity(i, j);
                values[i * n + j] = alike;
                values[j * n + i] = alike;
            }
        }
        Self { n, values }
    }

    /// Weighted mean similarity of one answer to the others.
    pub(super) fn peers(&self, place: usize, weights: &[f64]) -> f64 {
        let row = &self.values[place * self.n..(place + 1) * self.n];
        let sum: f64 = row.iter().zip(weights).map(|(s, w)| s * w).sum();
        let others = weights.iter().sum::<f64>() - weights[place];
        if others > 0.0 { ((sum - weights[place]) / others).clamp(0.0, 1.0) } else { 1.0 }
    }
}

/// Shrunk agreements, as weights whose mean over answers is 1.
fn next_weights(sums: &[(f64, f64)]) -> Vec<f64> {
    let (total, n) = sums.iter().fold((0.0, 0.0), |a, s| (a.0 + s.0, a.1 + s.1));
    if total <= 0.0 {
        return vec![1.0; sums.len()];
    }
    let mean = total / n;
    let shrunk = |s: &(f64, f64)| (s.0 + SHRINK * mean) / (s.1 + SHRINK);
    // The square sharpens: agreement among careful people still differs little.
    let raw: Vec<f64> = sums.iter().map(|s| (shrunk(s) / mean).powi(2).max(LEAST)).collect();
    let scale = raw.iter().zip(sums).map(|(w, s)| w * s.1).sum::<f64>() / n;
    raw.into_iter().map(|w| w / scale).collect()
}

/// The smallest value at which half of the weight is reached; between two values that share the
/// half exactly, their middle.
pub(super) fn weighted_median(values: &mut [(f64, f64)]) -> f64 {
    values.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let half = 0.5 * values.iter().map(|v| v.1).sum::<f64>();
    let mut sum = 0.0;
    for (k, &(value, weight)) in values.iter().enumerate() {
        sum += weight;
        // Rounding apart, the half falls between this value and the next.
        if (sum - half).abs() <= 1e-12 * half && k + 1 < values.len() {
            return 0.5 * (value + values[k + 1].0);
        }
        if sum > half {
            return value;
        }
    }
    values.last().map_or(f64::NAN, |v| v.0)
}

/// The label of most weight, with its share; ties go to the lower label.
pub(super) fn vote_label(votes: &mut [(u32, f64)]) -> (u32, f64) {
    votes.sort_unstable_by_key(|v| v.0);
    let total: f64 = votes.iter().map(|v| v.1).sum();
    let mut best = (0, f64::NEG_INFINITY);
    for same in votes.chunk_by(|a, b| a.0 == b.0) {
        let weight = same.iter().map(|v| v.1).sum();
        if weight > best.1 {
            best = (same[0].0, weight);
        }
    }
    (best.0, best.1 / total)
}
