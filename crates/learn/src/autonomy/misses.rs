//! How often people miss a real error: an upper bound from gold and from blind second looks.
//!
//! # Claim
//!
//! With probability at least `1 - delta`, at every moment at once, the miss rate is at most
//! [`MissRate::upper`]. The miss rate is the chance that a person who sees a wrong proposal lets it
//! pass. Gold (cases known to be wrong, mixed in unseen) measures it if gold is as hard as real
//! errors. Second looks measure it on real errors, if the second person is as good as the first and
//! misses independently: then of the errors found by either, a share `m / (1 + m)` is found by the
//! second only.
//!
//! # How
//!
//! The same bets as for a certificate, against "the rate is at least `m`": factors
//! `1 + b (m - x)` with `x = 1` for a miss. Agreements go to a second look with a known probability
//! `r`, so a miss found there counts `1 / r`; misses that were not looked at are unknown, and the
//! factor above 1 they would bring is given away.

use crate::LearnError;

const BETS: usize = 8;
/// Sizes, as shares of the largest.
const SHARES: [f64; BETS] = [0.97, 0.85, 0.7, 0.55, 0.4, 0.28, 0.18, 0.1];

/// Counts of caught and missed errors.
#[derive(Debug, Clone, PartialEq)]
pub struct MissRate {
    pub(super) second_share: f64,
    pub(super) gold_caught: u64,
    pub(super) gold_missed: u64,
    pub(super) caught: u64,
    pub(super) found: u64,
}

impl MissRate {
    /// Nothing measured yet; agreements will get a blind second look with probability
    /// `second_share`, in `(0, 1]`.
    pub fn new(second_share: f64) -> Result<Self, LearnError> {
        if !(second_share > 0.0 && second_share <= 1.0) {
            return Err(LearnError::Parameter { name: "second_share", must: "in (0, 1]" });
        }
        Ok(Self { second_share, gold_caught: 0, gold_missed: 0, caught: 0, found: 0 })
    }

    /// Probability with which a judged case goes to a second, blind person: 1 for an apparent
    /// error, the agreed share for an agreement. Draw it with a secret coin.
    pub fn second_look(&self, apparent_error: bool) -> f64 {
        if apparent_error { 1.0 } else { self.second_share }
    }

    /// A person judged a gold case whose proposal is wrong.
    pub fn gold(&mut self, missed: bool) {
        if missed {
            self.gold_missed += 1;
        } else {
            self.gold_caught += 1;
        }
    }

    /// A real error was settled after a second look: the first person had `missed` it (and it came
    /// up through an agreement that was looked at again), or had caught it. Apparent errors that
    /// turned out to be none are not told.
    pub fn settled(&mut self, missed: bool) {
        if missed {
            self.found += 1;
        } else {
            self.caught += 1;
        }
    }

    /// Gold and settled errors so far, and misses among them.
    pub fn counts(&self) -> (u64, u64) {
        (self.gold_caught + self.gold_missed + self.caught + self.found, self.misses())
    }

    fn misses(&self) -> u64 {
        self.gold_missed + self.found
    }

    /// Upper bound of the miss rate, at every moment with probability at least `1 - delta`; 1
    /// before there is evidence. `delta` is taken into `1e-12..=1`.
    pub fn upper(&self, delta: f64) -> f64 {
        let bar = -delta.clamp(1e-12, 1.0).ln();
        if self.evidence(1.0) < bar {
            return 1.0;
        }
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..50 {
            let middle = 0.5 * (low + high);
            if self.evidence(middle) < bar {
                low = middle;
            } else {
                high = middle;
            }
        }
        high
    }

    /// Log evidence against a miss rate of at least `m`; rises with `m`.
    fn evidence(&self, m: f64) -> f64 {
        let gold = mixture(m, 1.0, self.gold_caught, self.gold_missed);
        gold + mixture(m / (1.0 + m), self.second_share, self.caught, self.found)
    }
}

fn mixture(m: f64, share: f64, caught: u64, missed: u64) -> f64 {
    let logs = SHARES.map(|s| {
        let size = s * share;
        let miss = (size * (m - 1.0 / share)).ln_1p();
        caught as f64 * (size * m).ln_1p() + missed as f64 * miss
    });
    let top = logs.iter().fold(f64::NEG_INFINITY, |a, &b| a.max(b));
    top + (logs.iter().map(|l| (l - top).exp()).sum::<f64>() / BETS as f64).ln()
}
