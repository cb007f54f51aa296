//! Dynamic overlap: whether one more person should answer.
//!
//! The next answer is asked for only while the posterior is not sure enough and the answer is worth
//! its cost. Deciding now costs `error_cost (1 - max_k q_k)` on average; after `m` more answers the
//! expected loss is smaller by
//!
//! `gain(m) = error_cost (E[max_k q_k after m answers] - max_k q_k) >= 0`
//!
//! One answer alone often cannot turn the decision, so its gain is 0 although two would be worth
//! their price: the rule looks at up to `lookahead` answers and stops only if no `m` pays,
//! `gain(m) <= m answer_cost`. (Preposterior analysis: Raiffa and Schlaifer 1961.)

use crate::LearnError;

/// More label sequences than this are not enumerated; the lookahead is cut instead.
const MAX_SEQUENCES: usize = 20_000;
/// Allowed deviation of a distribution's sum from 1.
const SUM_TOLERANCE: f64 = 1e-3;

/// When to stop asking.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OverlapOptions {
    /// Sure enough: stop when the largest posterior reaches this. In `(0, 1]`.
    pub level: f64,
    /// Never fewer answers than this.
    pub min_answers: usize,
    /// Never more answers than this.
    pub max_answers: usize,
    /// Cost of a wrong label. Not negative.
    pub error_cost: f64,
    /// Cost of one more answer. Not negative.
    pub answer_cost: f64,
    /// Answers looked ahead; at least 1 (fewer are used where there are many classes).
    pub lookahead: usize,
}

impl Default for OverlapOptions {
    fn default() -> Self {
        Self {
            level: 0.95,
            min_answers: 1,
            max_answers: 7,
            error_cost: 10.0,
            answer_cost: 0.2,
            lookahead: 3,
        }
    }
}

/// Why no further answer is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// The largest posterior reached the level.
    Sure,
    /// The limit of answers is reached.
    Limit,
    /// No number of answers within the lookahead is worth its cost.
    NotWorth,
}

/// Ask the next person, or stop.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Next {
    /// One more answer.
    Ask {
        /// Largest expected net gain, `gain(m) - m answer_cost`; negative only if `min_answers`
        /// alone asks.
        net_gain: f64,
        /// The number of answers at which it is reached.
        answers: usize,
    },
    /// No more.
    Stop(Stop),
}

/// Whether the next person should be asked about a task.
///
/// `posterior` over the labels after `given` answers; `confusion` `[truth][label]` of whoever would
/// answer next: [`Fit::confusion`](super::Fit::confusion) of a worker, or
/// [`Fit::typical`](super::Fit::typical) where that is not known yet.
///
/// Errors if lengths disagree, numbers are no probabilities (sums within 0.1 %), or an option makes
/// no sense.
pub fn next_needed(
    posterior: &[f64],
    given: usize,
    confusion: &[f64],
    options: &OverlapOptions,
) -> Result<Next, LearnError> {
    check(posterior, confusion, options)?;
    let k = posterior.len();
    let now = largest(posterior);
    if given >= options.max_answers {
        return Ok(Next::Stop(Stop::Limit));
    }
    if given >= options.min_answers && now >= options.level {
        return Ok(Next::Stop(Stop::Sure));
    }
    let deepest = options.lookahead.min(options.max_answers - given);
    let mut best = (f64::NEG_INFINITY, 1);
    for m in 1..=deepest {
        if m > 1 && k.checked_pow(m as u32).is_none_or(|s| s > MAX_SEQUENCES) {
            break;
        }
        let after = expected_largest(posterior, confusion, m);
        let net = options.error_cost * (after - now) - m as f64 * options.answer_cost;
        if net > best.0 {
            best = (net, m);
        }
    }
    if given >= options.min_answers && best.0 <= 0.0 {
        return Ok(Next::Stop(Stop::NotWorth));
    }
    Ok(Next::Ask { net_gain: best.0, answers: best.1 })
}

/// `E[max_k q_k]` after `m` answers: sum over label sequences of `max_k` of the joint.
fn expected_largest(joint: &[f64], confusion: &[f64], m: usize) -> f64 {
    if m == 0 {
        return largest(joint);
    }
    let k = joint.len();
    let mut next = vec![0.0; k];
    let mut sum = 0.0;
    for label in 0..k {
        for (truth, x) in next.iter_mut().enumerate() {
            *x = joint[truth] * confusion[truth * k + label];
        }
        sum += expected_largest(&next, confusion, m - 1);
    }
    sum
}

fn check(posterior: &[f64], confusion: &[f64], options: &OverlapOptions) -> Result<(), LearnError> {
    let k = posterior.len();
    if k == 0 {
        return Err(LearnError::Empty { what: "the posterior" });
    }
    if confusion.len() != k * k {
        let (expected, found) = (k * k, confusion.len());
        return Err(LearnError::Shape { what: "confusion (classes x classes)", expected, found });
    }
    for row in std::iter::once(posterior).chain(confusion.chunks_exact(k)) {
        let bad = row.iter().any(|p| !(0.0..=1.0 + SUM_TOLERANCE).contains(p));
        if bad || (row.iter().sum::<f64>() - 1.0).abs() > SUM_TOLERANCE {
            return Err(LearnError::Parameter {
                name: "posterior and rows of the confusion",
                must: "probabilities that sum to 1 within 0.1 %",
            });
        }
    }
    if !(options.level > 0.0 && options.level <= 1.0) {
        return Err(LearnError::Parameter { name: "level", must: "in (0, 1]" });
    }
    let cost = |x: f64| x.is_finite() && x >= 0.0;
    if !(cost(options.error_cost) && cost(options.answer_cost)) {
        return Err(LearnError::Parameter { name: "costs", must: "finite, not negative" });
    }
    if options.lookahead == 0 {
        return Err(LearnError::Parameter { name: "lookahead", must: "at least 1" });
    }
    if options.min_answers > options.max_answers {
        return Err(LearnError::Parameter { name: "min_answers", must: "at most max_answers" });
    }
    Ok(())
}

fn largest(row: &[f64]) -> f64 {
    row.iter().fold(0.0, |a, &b| a.max(b))
}
