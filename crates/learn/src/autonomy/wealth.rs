//! Wealth of the bets against "the error above this threshold exceeds the target".
//!
//! For a threshold `t` and a case with score `s`, error `e`, audited (`A = 1`) with propensity `p`,
//! a bet of size `b` multiplies wealth by `1 + b 1(s >= t) (a - e A / p)`, where `a` is the target.
//! If the mean of `(e - a) 1(s >= t)` is positive, the expected factor is at most 1 for each `b`
//! that is fixed beforehand, so wealth is a supermartingale (Waudby-Smith and Ramdas, "Estimating
//! means of bounded random variables by betting", JRSSB 2024). The bet must not look at the case's
//! own score: one that is larger where the score is high would test another, weighted mean.
//!
//! Bets are a fixed mixture of [`BETS`] sizes `f_j * floor`, where `floor` is the least propensity
//! that may come: a review of everything allows large ones, audits small ones. A change of the
//! floor opens a new [`Segment`] in which the wealth so far is spread over the new sizes; the
//! total wealth is the product over segments of their mixtures.
//!
//! A factor depends on `e`, the case's weight and `1 / p` only through a concave logarithm, so
//! fractions of them are counted linearly, which can only lower the wealth. What is left to keep are
//! three counts a level: right or spared, wrong at propensity 1, wrong at the floor. Therefore
//! wealth can be recomputed for any target, and judgments may be corrected, exactly.

use super::grid::Grid;

/// Bets in each mixture.
pub(super) const BETS: usize = 8;
/// Sizes, as shares of the largest that cannot ruin: about one minus the ratio of error to target
/// at which a size is the best.
const SHARES: [f64; BETS] = [0.9, 0.7, 0.55, 0.42, 0.32, 0.22, 0.12, 0.05];
/// Part of each in the mixture. Most is where thresholds lie that are worth certifying; the tails
/// are for clean models and for long runs, where a constant factor hardly matters.
const PARTS: [f64; BETS] = [0.02, 0.08, 0.24, 0.32, 0.2, 0.08, 0.04, 0.02];

/// Evidence gathered while one floor of the propensity held.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Segment {
    /// Least propensity of its cases.
    pub(super) floor: f64,
    /// For each level (the last: below all thresholds), by the strictest threshold reached.
    pub(super) tallies: Vec<Tally>,
}

/// Weighted counts of cases of one level.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Tally {
    /// Not audited, or audited and right.
    pub(super) right: f64,
    /// Wrong, with a propensity of 1.
    pub(super) wrong: f64,
    /// Wrong, with the floor's propensity.
    pub(super) wrong_at_floor: f64,
}

impl Tally {
    /// What a case adds: `error` in `0..=1` if it was audited, 0 if the coin spared it.
    pub(super) fn of(floor: f64, propensity: f64, weight: f64, error: f64) -> Self {
        // 1/p lies between 1 and 1/floor: the share of the way there.
        let far = if floor < 1.0 { (1.0 / propensity - 1.0) / (1.0 / floor - 1.0) } else { 0.0 };
        let far = far.clamp(0.0, 1.0);
        Self {
            right: weight * (1.0 - error),
            wrong: weight * error * (1.0 - far),
            wrong_at_floor: weight * error * far,
        }
    }

    pub(super) fn add(&mut self, other: Self, sign: f64) {
        self.right += sign * other.right;
        self.wrong += sign * other.wrong;
        self.wrong_at_floor += sign * other.wrong_at_floor;
    }

    /// Weight of the cases, those the coin spared among them.
    pub(super) fn cases(&self) -> f64 {
        self.right + self.wrong + self.wrong_at_floor
    }

    /// Horvitz and Thompson's sum of errors.
    pub(super) fn errors(&self, floor: f64) -> f64 {
        self.wrong + self.wrong_at_floor / floor
    }
}

/// Logarithms of a bet's three factors.
#[derive(Debug, Clone, Copy)]
struct Factors {
    right: f64,
    wrong: f64,
    wrong_at_floor: f64,
}

impl Factors {
    fn of(size: f64, target: f64, floor: f64) -> Self {
        Self {
            right: (size * target).ln_1p(),
            wrong: (size * (target - 1.0)).ln_1p(),
            wrong_at_floor: (size * (target - 1.0 / floor)).ln_1p(),
        }
    }
}

impl Segment {
    pub(super) fn new(grid: &Grid, floor: f64) -> Self {
        Self { floor, tallies: vec![Tally::default(); grid.levels() + 1] }
    }

    fn factors(&self, target: f64) -> [Factors; BETS] {
        SHARES.map(|share| Factors::of(share * self.floor, target, self.floor))
    }

    /// Adds the logarithm of this segment's mixture to `wealth`, which starts with level `from`.
    pub(super) fn add_wealth(&self, target: f64, from: usize, wealth: &mut [f64]) {
        let factors = self.factors(target);
        let mut sum = Tally::default();
        self.tallies[..from].iter().for_each(|t| sum.add(*t, 1.0));
        for (out, tally) in wealth.iter_mut().zip(&self.tallies[from..]) {
            sum.add(*tally, 1.0);
            if sum == Tally::default() {
                continue;
            }
            let logs = factors.map(|f| {
                sum.right * f.right + sum.wrong * f.wrong + sum.wrong_at_floor * f.wrong_at_floor
            });
            *out += log_mixture(&logs);
        }
    }

    /// Change of log wealth (by the smallest bet) if one case of weight 1 moves from right to wrong.
    pub(super) fn loss(&self, target: f64, propensity: f64) -> f64 {
        let f = Factors::of(SHARES[BETS - 1] * self.floor, target, self.floor);
        let t = Tally::of(self.floor, propensity.max(self.floor), 1.0, 1.0);
        t.wrong * f.wrong + t.wrong_at_floor * f.wrong_at_floor - f.right
    }
}

/// Expected growth of log wealth per case at or above the threshold, by the best of the bets.
pub(super) fn growth(target: f64, floor: f64, propensity: f64, error: f64) -> f64 {
    let t = Tally::of(floor, propensity.max(floor), 1.0, 1.0);
    let seen = error * propensity.min(1.0);
    SHARES
        .map(|share| {
            let f = Factors::of(share * floor, target, floor);
            let wrong = t.wrong * f.wrong + t.wrong_at_floor * f.wrong_at_floor;
            (1.0 - seen) * f.right + seen * wrong
        })
        .into_iter()
        .fold(f64::NEG_INFINITY, f64::max)
}

fn log_mixture(logs: &[f64; BETS]) -> f64 {
    let top = logs.iter().fold(f64::NEG_INFINITY, |a, &b| a.max(b));
    let sum: f64 = logs.iter().zip(PARTS).map(|(l, part)| part * (l - top).exp()).sum();
    top + sum.ln()
}
