//! What a controller is told, and what it says.

use super::detector::{Alarm, Detector};
use super::grid::Grid;
use super::progress::{Claim, Standing};
use crate::LearnError;
use crate::sequential::Audit;

/// What was agreed for a stratum.
#[derive(Debug, Clone, PartialEq)]
pub struct Terms {
    /// Acceptable error rate of automatic cases, in `(0, 1)`.
    pub target: f64,
    /// One minus the certainty, over all epochs together, in `(0, 1)`.
    pub delta: f64,
    /// The part of `delta` kept for the bound of the reviewers' miss rate; below `delta`. 0 if
    /// that is not measured, and then the claim is [`Claim::Disagreement`]. Above 0, the claim is
    /// that until [`Event::MissRate`] told a bound at which what acts also holds for real errors.
    pub miss_delta: f64,
    /// Probability with which an automatic case is audited, in `(0, 1]`.
    pub audit_rate: f64,
    /// Automatic cases that are all audited after an audit found an error; twice as many if the
    /// detector already suspects a rise.
    pub surge: u32,
    /// Judged audits until a false alarm, in expectation, if the error were at the target itself.
    pub run_length: f64,
    /// Full review goes on until the certified coverage is this share of what seems achievable ...
    pub commit_share: f64,
    /// ... or until this many cases of the epoch, if anything is certified then.
    pub commit_by: u64,
}

impl Terms {
    /// Terms with the defaults: audits of 5 %, surges of 40, run length
    /// [`Detector::RUN_LENGTH`], commitment at 0.9 of the achievable or after 3,000 cases.
    pub fn new(target: f64, delta: f64) -> Self {
        Self {
            target,
            delta,
            miss_delta: 0.0,
            audit_rate: 0.05,
            surge: 40,
            run_length: Detector::RUN_LENGTH,
            commit_share: 0.9,
            commit_by: 3000,
        }
    }

    pub(super) fn check(&self) -> Result<(), LearnError> {
        let wrong = |name, must| Err(LearnError::Parameter { name, must });
        if !(self.audit_rate > 0.0 && self.audit_rate <= 1.0) {
            return wrong("audit_rate", "in (0, 1]: without audits nothing is known");
        }
        if !(self.miss_delta >= 0.0 && self.miss_delta < self.delta) {
            return wrong("miss_delta", "not negative and below delta");
        }
        if !(self.commit_share > 0.0 && self.commit_share <= 1.0) {
            return wrong("commit_share", "in (0, 1]");
        }
        Ok(())
    }
}

/// Where a stratum stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Phase {
    /// Every case is reviewed, and each review is evidence.
    Earning,
    /// Cases at or above the threshold of `level` are automatic.
    Acting {
        /// Level of the grid.
        level: usize,
    },
    /// Every case is reviewed after an alarm; evidence starts anew with [`Event::Epoch`].
    Demoted(Demotion),
}

/// Why a stratum was demoted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Demotion {
    /// The case whose judgment set off the alarm.
    pub case: u128,
    /// Threshold that was in force.
    pub threshold: f64,
    /// Epoch that ended.
    pub epoch: u32,
    /// The evidence.
    pub alarm: Alarm,
}

/// How a case is to be decided.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Route {
    /// Automatically, or by a person.
    pub automatic: bool,
    /// Probability with which a person judges it: 1 for a review, that of an audit otherwise. Flip
    /// the case's secret coin with it.
    pub propensity: f64,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A case was decided, or queued for a person. Cases are told in one order, each once.
    Case {
        /// Any number that names it (a UUID).
        case: u128,
        /// Its score.
        score: f64,
        /// Whether it was decided automatically by this stratum.
        automatic: bool,
        /// Probability with which a person judges it, as [`super::Controller::route`] said.
        propensity: f64,
        /// Its part in a bet: 1, or 0 for a further near-duplicate of a case that has 1.
        weight: f64,
        /// What the coin said; a review is [`Audit::Pending`] until judged.
        audit: Audit,
    },
    /// A person judged a review or an audit: 0 is right, 1 wrong.
    Judged {
        /// The case.
        case: u128,
        /// Degree of error of its proposal, in `0..=1`.
        error: f64,
    },
    /// A review or audit was skipped, expired or cancelled; it counts as wrong until judged.
    Lapsed {
        /// The case.
        case: u128,
    },
    /// A judgment was overruled. The case is described as it was told.
    Corrected {
        /// The case.
        case: u128,
        /// Its score.
        score: f64,
        /// Its propensity.
        propensity: f64,
        /// Its weight.
        weight: f64,
        /// Degree of error before.
        before: f64,
        /// Degree of error now.
        after: f64,
        /// Whether it was decided automatically and judged by an audit.
        automatic: bool,
    },
    /// A judgment was taken back, and another one is awaited. The case is described as it was told.
    /// It waits again, or, if it was evidence already, counts as wrong until it is judged anew.
    Retracted {
        /// The case.
        case: u128,
        /// Its score.
        score: f64,
        /// Its propensity.
        propensity: f64,
        /// Its weight.
        weight: f64,
        /// Degree of error before.
        before: f64,
        /// Whether it was decided automatically and judged by an audit.
        automatic: bool,
    },
    /// A proposal was signed: act at `level` from now on.
    Raised {
        /// Epoch of the proposal.
        epoch: u32,
        /// Its level.
        level: usize,
    },
    /// A person took autonomy back, to a stricter level or to full review.
    Lowered {
        /// The level; None for full review.
        level: Option<usize>,
    },
    /// A new epoch: another model, calibration map or grid, or a fresh start after an alarm.
    Epoch {
        /// Its number, above every number used before by any candidate of the loop.
        epoch: u32,
        /// Its grid, from unlabelled scores.
        grid: Grid,
    },
    /// A bound of the share of real errors that do not count as wrong, at `miss_delta`: from
    /// [`super::SecondLooks::lost`], or [`super::MissRate::upper`] where judgments count as they are.
    /// The claim passes from disagreement to error once that takes nothing back that acts; from then
    /// on the stratum is held to it.
    MissRate {
        /// The bound, in `0..=1`.
        bound: f64,
    },
    /// Only for a candidate that does not act: cases to come have at least this propensity, because
    /// another model acts.
    Floor {
        /// The propensity, in `(0, 1]`.
        propensity: f64,
    },
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// More could be automatic: show the evidence, have it signed, then tell [`Event::Raised`].
    Propose(Proposal),
    /// An audit found an error: the next automatic cases are all audited.
    Surge {
        /// The case.
        case: u128,
        /// How many.
        cases: u32,
    },
    /// The alarm went off: everything is reviewed from this moment. Tell [`Event::Epoch`] to begin
    /// anew.
    Demoted(Demotion),
    /// Evidence was taken back (a correction, a higher miss rate): the stratum acts at a stricter
    /// level from this moment, or not at all.
    Lowered {
        /// The level now; None for full review.
        level: Option<usize>,
    },
}

/// A threshold that has earned to act.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// Epoch whose evidence it is.
    pub epoch: u32,
    /// Level of the grid.
    pub level: usize,
    /// How it stands: threshold, coverage, cases, error, wealth.
    pub standing: Standing,
    /// What is claimed.
    pub claim: Claim,
    /// The error rate that is certified not to be exceeded.
    pub target: f64,
    /// The probability of being wrong that is left to this epoch.
    pub delta: f64,
}

/// What a stratum has seen in this epoch.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Counts {
    /// Cases.
    pub cases: u64,
    /// Cases decided automatically.
    pub automatic: u64,
    /// Automatic cases whose audit was drawn.
    pub audits: u64,
    /// Errors that audits of automatic cases found (lapsed ones not counted).
    pub audit_errors: f64,
}
