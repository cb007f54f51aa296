//! What audits prove about the automatic cases, at every moment.
//!
//! # Setting
//!
//! Automatic cases `i = 1, 2, ...` are each wrong to a degree `e_i` in `[0, 1]` (usually 0 or 1). A
//! secret coin audits case `i` with a known propensity `p_i >= p_min > 0`, independent of
//! everything before and of `e_i`; `e_i` is seen only if audited. The quantity of interest is the
//! share wrong among all automatic cases **so far**,
//! `m_t = sum_{i<=t} w_i e_i / sum_{i<=t} w_i` (weights `w_i`, usually 1), which moves with `t`.
//! Cases a person reviewed are no automatic cases and are not added.
//!
//! # The claim that is proved (the *realised bound*)
//!
//! Whatever the order, drift, dependence, adaptive adversary or retraining behind the `e_i`:
//! with probability at least `1 - delta`, `m_t <= upper(delta)` **at every `t` at once**. Likewise
//! `m_t >= lower(delta)`, and both for [`AuditSequence::interval`], which splits `delta`. It is a
//! statement about the cases that passed, not about the next one: no claim on the current error
//! and none about a threshold follows from it.
//!
//! # Why it holds
//!
//! For `theta > 0` let `l_i = e^(theta w_i) - 1` and
//!
//! `M_t = prod_i (1 + l_i (e_i - e_i A_i / p_i))`, where `A_i` is 1 if audited.
//!
//! Its factors have mean 1 given the past and `e_i`, and are not negative while
//! `l_i <= p_i / (1 - p_i)`; so `M_t` is a martingale, and so is any fixed mixture over `theta`. By
//! Ville's inequality the mixture ever reaches `1 / delta` with probability at most `delta`. The
//! factor of an unaudited case is `1 + l_i e_i >= e^(theta w_i e_i)` by concavity of the logarithm,
//! that of an audited one is known; hence with `S_t = sum of w_i e_i over unaudited cases`
//!
//! `sum_j v_j exp(theta_j S_t + L_j) < 1 / delta`, `L_j = sum over audited ln(1 - l_i e_i (1 - p_i) / p_i)`
//!
//! and the largest such `S_t`, plus what audits saw, is the upper bound. The lower bound mirrors
//! it with `-theta`. These are the fixed-bet products of Waudby-Smith and Ramdas ("Estimating means
//! of bounded random variables by betting", JRSSB 2024), with the bet on case `i` centred at `e_i`
//! itself in place of a fixed target. A product `prod (1 + lambda (m - e_i A_i / p_i))` is valid for
//! one target `m` fixed beforehand; centring makes one event of probability `1 - delta` serve every
//! target and every moment, although `m_t` moves.
//!
//! An audit that is pending, skipped or expired counts as wrong for the upper and as right for the
//! lower bound until it is judged, so waiting never helps. The wealth is a product over cases:
//! their order of arrival does not matter, and adding a case costs a constant.

mod bounds;
mod stored;

use crate::LearnError;

/// Bets in each mixture.
pub(crate) const BETS: usize = 24;

/// What is known of a case that was decided automatically.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Audit {
    /// The coin spared it.
    None,
    /// The coin chose it, and no person has judged it yet.
    Pending,
    /// A person judged it: 0 is right, 1 is wrong.
    Judged(f64),
}

/// The state of the realised bound of one epoch.
///
/// `Clone` it to ask "what if". It grows with nothing: a few hundred bytes, whatever the count.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditSequence {
    min_propensity: f64,
    max_weight: f64,
    /// `theta_j`, which follow from the two numbers above.
    upper_bets: [f64; BETS],
    lower_bets: [f64; BETS],
    counts: Counts,
    /// `L_j` of the upper bound, pending audits counted as wrong.
    upper: [f64; BETS],
    /// `L_j` of the lower bound, pending audits counted as right.
    lower: [f64; BETS],
}

/// Sums over the automatic cases so far.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Counts {
    /// Automatic cases.
    pub cases: u64,
    /// Sum of their weights.
    pub weight: f64,
    /// Cases that were audited and judged.
    pub judged: u64,
    /// Cases whose audit is pending.
    pub pending: u64,
    /// Weight of the cases whose audit is pending.
    pub pending_weight: f64,
    /// Weighted sum of `e` over judged cases: errors seen.
    pub errors: f64,
    /// Weight of the cases the coin spared.
    pub spared_weight: f64,
    /// `sum w e A / p` over judged cases.
    pub inverse_errors: f64,
    /// `sum w A / p` over judged cases.
    pub inverse_weight: f64,
    /// `sum w^2 e^2 A (1 - p) / p^2` over judged cases: variance of `inverse_errors`.
    pub inverse_variance: f64,
    /// `sum (w A / p)^2` over judged cases.
    pub inverse_squares: f64,
}

impl AuditSequence {
    /// An empty sequence whose cases all have a propensity of at least `min_propensity`
    /// (in `(0, 1]`) and a weight of at most 1.
    pub fn new(min_propensity: f64) -> Result<Self, LearnError> {
        Self::weighted(min_propensity, 1.0)
    }

    /// As [`AuditSequence::new`], for weights up to `max_weight`: a cluster of near-duplicates that
    /// shares one coin is one case of its size.
    pub fn weighted(min_propensity: f64, max_weight: f64) -> Result<Self, LearnError> {
        if !(min_propensity > 0.0 && min_propensity <= 1.0) {
            return Err(LearnError::Parameter { name: "min_propensity", must: "in (0, 1]" });
        }
        if !(max_weight.is_finite() && max_weight > 0.0) {
            return Err(LearnError::Parameter { name: "max_weight", must: "positive and finite" });
        }
        Ok(Self {
            min_propensity,
            max_weight,
            upper_bets: bounds::upper_bets(min_propensity, max_weight),
            lower_bets: bounds::lower_bets(min_propensity, max_weight),
            counts: Counts::default(),
            upper: [0.0; BETS],
            lower: [0.0; BETS],
        })
    }

    /// Sums over the cases so far.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// The least propensity the sequence was made for.
    pub fn min_propensity(&self) -> f64 {
        self.min_propensity
    }

    /// Adds an automatic case of weight 1.
    pub fn add(&mut self, propensity: f64, audit: Audit) -> Result<(), LearnError> {
        self.add_weighted(propensity, 1.0, audit)
    }

    /// Adds an automatic case (or a cluster that shares one coin) of `weight`.
    ///
    /// Errors, leaving the sequence as it was, if the propensity is below the least one, the weight
    /// above the largest one, or the degree of error outside `0..=1`.
    pub fn add_weighted(
        &mut self,
        propensity: f64,
        weight: f64,
        audit: Audit,
    ) -> Result<(), LearnError> {
        self.check(propensity, weight)?;
        if let Audit::Judged(error) = audit {
            check_error(error)?;
        }
        if audit == Audit::None && propensity >= 1.0 {
            return Err(LearnError::Parameter {
                name: "audit",
                must: "pending or judged where the propensity is 1",
            });
        }
        self.counts.cases += 1;
        self.counts.weight += weight;
        match audit {
            Audit::None => self.counts.spared_weight += weight,
            Audit::Pending => {
                self.counts.pending += 1;
                self.counts.pending_weight += weight;
                self.bet_upper(propensity, weight, 1.0, 1.0);
            }
            Audit::Judged(error) => {
                self.bet_upper(propensity, weight, error, 1.0);
                self.judge(propensity, weight, error);
            }
        }
        Ok(())
    }

    /// Judges a case that was added as [`Audit::Pending`] with this propensity and weight 1.
    pub fn resolve(&mut self, propensity: f64, error: f64) -> Result<(), LearnError> {
        self.resolve_weighted(propensity, 1.0, error)
    }

    /// Judges a case that was added as [`Audit::Pending`] with this propensity and weight.
    pub fn resolve_weighted(
        &mut self,
        propensity: f64,
        weight: f64,
        error: f64,
    ) -> Result<(), LearnError> {
        self.check(propensity, weight)?;
        check_error(error)?;
        if self.counts.pending == 0 {
            return Err(LearnError::Parameter { name: "audit", must: "pending to be resolved" });
        }
        self.counts.pending -= 1;
        self.counts.pending_weight = (self.counts.pending_weight - weight).max(0.0);
        if self.counts.pending == 0 {
            self.counts.pending_weight = 0.0;
        }
        self.bet_upper(propensity, weight, 1.0, -1.0);
        self.bet_upper(propensity, weight, error, 1.0);
        self.judge(propensity, weight, error);
        Ok(())
    }

    /// Corrects a judged case of weight 1 (a second person overruled the first).
    pub fn correct(&mut self, propensity: f64, before: f64, after: f64) -> Result<(), LearnError> {
        self.check(propensity, 1.0)?;
        check_error(before)?;
        check_error(after)?;
        if self.counts.judged == 0 {
            return Err(LearnError::Parameter { name: "audit", must: "judged to be corrected" });
        }
        self.bet_upper(propensity, 1.0, before, -1.0);
        self.bet_upper(propensity, 1.0, after, 1.0);
        self.bet_lower(propensity, 1.0, before, -1.0);
        self.bet_lower(propensity, 1.0, after, 1.0);
        let change = after - before;
        self.counts.errors += change;
        self.counts.inverse_errors += change / propensity;
        let squares = after * after - before * before;
        self.counts.inverse_variance += squares * (1.0 - propensity) / (propensity * propensity);
        Ok(())
    }

    fn check(&self, propensity: f64, weight: f64) -> Result<(), LearnError> {
        if !(propensity >= self.min_propensity && propensity <= 1.0) {
            return Err(LearnError::Parameter {
                name: "propensity",
                must: "at least the sequence's least propensity, and at most 1",
            });
        }
        if !(weight > 0.0 && weight <= self.max_weight) {
            return Err(LearnError::Parameter {
                name: "weight",
                must: "positive, and at most the sequence's largest weight",
            });
        }
        Ok(())
    }

    fn judge(&mut self, propensity: f64, weight: f64, error: f64) {
        self.bet_lower(propensity, weight, error, 1.0);
        let counts = &mut self.counts;
        let scaled = weight / propensity;
        counts.judged += 1;
        counts.errors += weight * error;
        counts.inverse_errors += scaled * error;
        counts.inverse_weight += scaled;
        counts.inverse_variance += scaled * scaled * error * error * (1.0 - propensity);
        counts.inverse_squares += scaled * scaled;
    }
}

fn check_error(error: f64) -> Result<(), LearnError> {
    if (0.0..=1.0).contains(&error) {
        Ok(())
    } else {
        Err(LearnError::Parameter { name: "error", must: "in 0..=1" })
    }
}

#[cfg(test)]
mod tests;
