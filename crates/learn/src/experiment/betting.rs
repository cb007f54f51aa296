//! Confidence sequences for the mean of numbers within known limits, by betting.
//!
//! Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting", JRSSB 2024
//! (hedged capital, predictable plug-in). With values scaled to `0..=1` and a candidate mean `m`, two
//! gamblers start with half a unit each and bet on values above and below `m`:
//!
//! `K+ = prod (1 + min(l_t, c / m) (x_t - m))`, `K- = prod (1 - min(l_t, c / (1 - m)) (x_t - m))`
//!
//! with `c = 1/2` and `l_t = sqrt(2 ln(2 / delta) / (v_(t-1) t ln(t + 1)))`, `v` the variance so far.
//! If `m` is the mean given the past, each is a martingale; candidates at which one ever reaches
//! `2 / delta` are out for good. No distribution is supposed, nor independence: it suffices that
//! every value has the mean `m` given those before. `K+` falls and `K-` rises with `m`, so what
//! remains is an interval.

use super::check_delta;
use crate::LearnError;

/// The largest part of its wealth that a gambler puts at risk.
const STAKE: f64 = 0.5;

/// Mean and variance before each value, which set the size of its bet.
#[derive(Debug, Clone, PartialEq)]
struct PlugIn {
    /// `2 ln(2 / delta)`, or `2 ln(1 / delta)` one-sided.
    bar: f64,
    t: f64,
    sum: f64,
    squares: f64,
}

impl PlugIn {
    fn new(bar: f64) -> Self {
        // Half a value at 1/2 and a variance of 1/4 to start from.
        Self { bar, t: 0.0, sum: 0.5, squares: 0.25 }
    }

    /// The bet on the next value, from those before it.
    fn bet(&mut self, x: f64) -> f64 {
        self.t += 1.0;
        let variance = self.squares / self.t;
        let bet = (self.bar / (variance * self.t * (self.t + 1.0).ln())).sqrt();
        self.sum += x;
        let mean = self.sum / (self.t + 1.0);
        self.squares += (x - mean) * (x - mean);
        bet
    }
}

/// Known limits of the values.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Limits {
    low: f64,
    high: f64,
}

impl Limits {
    fn new(low: f64, high: f64) -> Result<Self, LearnError> {
        if low.is_finite() && high.is_finite() && low < high {
            Ok(Self { low, high })
        } else {
            Err(LearnError::Parameter { name: "low and high", must: "finite, low below high" })
        }
    }

    /// The value scaled to `0..=1`. Rounding may put a value a hair outside its limits.
    fn scale(self, value: f64, at: usize) -> Result<f64, LearnError> {
        let x = (value - self.low) / (self.high - self.low);
        if (-1e-9..=1.0 + 1e-9).contains(&x) {
            Ok(x.clamp(0.0, 1.0))
        } else {
            Err(LearnError::NotFinite { what: "value (within low..=high)", at })
        }
    }

    fn back(self, m: f64) -> f64 {
        self.low + m * (self.high - self.low)
    }
}

/// How `1 + min(l, c / m) (x - m)` is bet for `m`.
fn factor(bet: f64, m: f64, x: f64) -> f64 {
    1.0 + bet.min(STAKE / m) * (x - m)
}

/// A confidence sequence for a mean, value by value, on a grid of candidates.
#[derive(Debug, Clone, PartialEq)]
pub struct BoundedMean {
    limits: Limits,
    bar: f64,
    plug_in: PlugIn,
    cells: usize,
    /// Wealth of the two gamblers at candidate `j / cells`.
    above: Vec<f64>,
    below: Vec<f64>,
    /// The largest candidate out from below, the smallest out from above.
    low: usize,
    high: usize,
    n: u64,
    sum: f64,
}

impl BoundedMean {
    /// A sequence for values within `low..=high` at level `1 - delta`, whose limits are multiples of
    /// `(high - low) / cells`, rounded outwards. Adding a value costs a step for each candidate that
    /// is still in.
    ///
    /// Errors if the limits are not finite and ascending, `delta` not in `(0, 1)`, or `cells` not in
    /// `2..=1000000`.
    pub fn new(low: f64, high: f64, delta: f64, cells: usize) -> Result<Self, LearnError> {
        check_delta(delta)?;
        if !(2..=1_000_000).contains(&cells) {
            return Err(LearnError::Parameter { name: "cells", must: "in 2..=1000000" });
        }
        Ok(Self {
            limits: Limits::new(low, high)?,
            bar: 2.0 / delta,
            plug_in: PlugIn::new(2.0 * (2.0 / delta).ln()),
            cells,
            above: vec![1.0; cells + 1],
            below: vec![1.0; cells + 1],
            low: 0,
            high: cells,
            n: 0,
            sum: 0.0,
        })
    }

    /// Adds a value.
    ///
    /// Errors, leaving the sequence as it was, if it is outside the limits.
    pub fn add(&mut self, value: f64) -> Result<(), LearnError> {
        let x = self.limits.scale(value, self.n as usize)?;
        let bet = self.plug_in.bet(x);
        self.n += 1;
        self.sum += x;
        let step = 1.0 / self.cells as f64;
        let range = self.low..self.high + 1;
        let (low, high) = (self.low, self.high);
        for (i, k) in self.above[range.clone()].iter_mut().enumerate() {
            *k *= factor(bet, (low + i) as f64 * step, x);
            // Wealth falls with the candidate: the last one that reaches the bar counts.
            if *k >= self.bar {
                self.low = self.low.max(low + i);
            }
        }
        for (i, k) in self.below[range].iter_mut().enumerate() {
            let m = (low + i) as f64 * step;
            *k *= factor(bet, 1.0 - m, 1.0 - x);
            if *k >= self.bar && low + i < self.high {
                self.high = low + i;
            }
        }
        // Every candidate is out: the mean has moved, or bad luck of probability delta. The
        // interval stays as it was rather than turning inside out.
        if self.low > self.high {
            (self.low, self.high) = (low, high);
        }
        Ok(())
    }

    /// Values so far.
    pub fn n(&self) -> u64 {
        self.n
    }

    /// Mean so far; None before the first value.
    pub fn mean(&self) -> Option<f64> {
        (self.n > 0).then(|| self.limits.back(self.sum / self.n as f64))
    }

    /// Limits of the mean that hold at all moments together with probability `1 - delta`.
    pub fn interval(&self) -> (f64, f64) {
        let at = |j: usize| self.limits.back(j as f64 / self.cells as f64);
        (at(self.low), at(self.high))
    }
}

/// The interval of [`BoundedMean`] for all `values` at hand, without a grid.
///
/// If the values exclude every mean, as their mean has moved on the way (or by bad luck of
/// probability `delta`), it is the stretch between the two ends that have passed each other.
///
/// Errors if there is no value, one is outside `low..=high`, the limits are not finite and
/// ascending, or `delta` is not in `(0, 1)`.
pub fn bounded_interval(
    values: &[f64],
    low: f64,
    high: f64,
    delta: f64,
) -> Result<(f64, f64), LearnError> {
    let (lower, upper) = ends(values, low, high, delta)?;
    Ok((lower.min(upper), lower.max(upper)))
}

/// The two ends, which pass each other if every mean is excluded.
fn ends(values: &[f64], low: f64, high: f64, delta: f64) -> Result<(f64, f64), LearnError> {
    check_delta(delta)?;
    let limits = Limits::new(low, high)?;
    if values.is_empty() {
        return Err(LearnError::Empty { what: "the values" });
    }
    let mut plug_in = PlugIn::new(2.0 * (2.0 / delta).ln());
    let mut scaled = Vec::with_capacity(values.len());
    for (at, &value) in values.iter().enumerate() {
        let x = limits.scale(value, at)?;
        scaled.push((x, plug_in.bet(x)));
    }
    let bar = 2.0 / delta;
    let lower = excluded_below(&scaled, bar);
    for (x, _) in &mut scaled {
        *x = 1.0 - *x;
    }
    let upper = 1.0 - excluded_below(&scaled, bar);
    Ok((limits.back(lower), limits.back(upper)))
}

/// The largest candidate at which the gambler on higher values ever reaches the bar, from below.
fn excluded_below(scaled: &[(f64, f64)], bar: f64) -> f64 {
    let out = |m: f64| {
        let mut wealth = 1.0;
        scaled.iter().any(|&(x, bet)| {
            wealth *= factor(bet, m, x);
            wealth >= bar
        })
    };
    if !out(0.0) {
        return 0.0;
    }
    let (mut low, mut high) = (0.0, 1.0);
    while high - low > 1e-9_f64.max(1e-6 * high) {
        let middle = 0.5 * (low + high);
        if out(middle) { low = middle } else { high = middle }
    }
    low
}

/// Which side of the null hypothesis is to be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The mean is larger than the null.
    Greater,
    /// The mean is smaller than the null.
    Less,
}

/// A one-sided running test of a mean, in constant time and memory.
///
/// Non-inferiority on paired cases: add `candidate right - current right` (-1, 0 or 1) to a test with
/// limits -1 and 1, null `-margin`, side greater.
#[derive(Debug, Clone, PartialEq)]
pub struct BoundedTest {
    limits: Limits,
    /// The null, scaled, and seen from the side that is to be shown.
    null: f64,
    side: Side,
    plug_in: PlugIn,
    ln_wealth: f64,
    ln_largest: f64,
    n: u64,
}

impl BoundedTest {
    /// A test that the mean of values within `low..=high` is on the `side` of `null`. The bets are
    /// tuned to a level `delta`; p-values are valid at every level.
    ///
    /// Errors if the limits are not finite and ascending, the null not strictly between them, or
    /// `delta` not in `(0, 1)`.
    pub fn new(low: f64, high: f64, null: f64, side: Side, delta: f64) -> Result<Self, LearnError> {
        check_delta(delta)?;
        let limits = Limits::new(low, high)?;
        if !(null > low && null < high) {
            return Err(LearnError::Parameter { name: "null", must: "between low and high" });
        }
        let scaled = (null - low) / (high - low);
        let null = if side == Side::Greater { scaled } else { 1.0 - scaled };
        let plug_in = PlugIn::new(-2.0 * delta.ln());
        Ok(Self { limits, null, side, plug_in, ln_wealth: 0.0, ln_largest: 0.0, n: 0 })
    }

    /// Adds a value.
    ///
    /// Errors, leaving the test as it was, if it is outside the limits.
    pub fn add(&mut self, value: f64) -> Result<(), LearnError> {
        let scaled = self.limits.scale(value, self.n as usize)?;
        let x = if self.side == Side::Greater { scaled } else { 1.0 - scaled };
        let bet = self.plug_in.bet(x);
        self.n += 1;
        self.ln_wealth += factor(bet, self.null, x).ln();
        self.ln_largest = self.ln_largest.max(self.ln_wealth);
        Ok(())
    }

    /// Values so far.
    pub fn n(&self) -> u64 {
        self.n
    }

    /// Logarithm of the wealth now: the evidence against the null.
    pub fn ln_wealth(&self) -> f64 {
        self.ln_wealth
    }

    /// The anytime-valid p-value: one over the largest wealth so far, at most 1.
    pub fn p_value(&self) -> f64 {
        (-self.ln_largest).exp().min(1.0)
    }
}

#[cfg(test)]
mod tests;
