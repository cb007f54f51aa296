//! The certificate: thresholds whose error rate is at most the target, with stated certainty.
//!
//! # Claim
//!
//! Cases of the epoch are exchangeable (independent draws from one population), audit coins are
//! secret with the recorded propensity, and judgments are right (or miss at most the share told to
//! [`Certificate::set_miss_rate`]). Then the probability that the certificate *ever* holds a
//! threshold `t` with `E[(e - target) 1(s >= t)] > 0` is at most
//! `delta_k = 6 delta / (pi^2 k^2)` in the `k`-th epoch, and at most `delta` over all epochs.
//!
//! # How
//!
//! Each threshold has a wealth (see the module `wealth`) which, if its error exceeds the target, ever
//! reaches `1 / d` with probability at most `d` (Ville). From each start of the grid a walk goes to
//! looser thresholds and stops at the first whose wealth never reached `1 / (delta_k * share)`: the
//! first false threshold on the walk must be passed to certify a false one, so a walk spends its
//! share only once (fixed-sequence testing; Maurer, Hothorn and Lehmacher 1995). Shares were split
//! over the starts beforehand.
//!
//! Evidence is consumed **in case order**. A case that waits for its judgment holds up what came
//! after it, and at most [`MAX_WAITING`] cases: then, or once it has lapsed, it counts as wrong until
//! it is judged after all. So neither a slow nor a selective auditor can help a threshold.

use std::collections::VecDeque;

use super::grid::Grid;
use super::progress::{Claim, Standing};
use super::wealth::{self, Segment, Tally};
use crate::LearnError;
use crate::sequential::Audit;

/// Cases held at most while one before them waits for its judgment.
pub const MAX_WAITING: usize = 4096;
/// Changes of the floor in one epoch at most.
const MAX_SEGMENTS: usize = 32;

/// What is known of a case that has not been consumed for good.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum State {
    Spared,
    Waiting,
    /// Will hardly be judged any more: wrong, unless it is after all.
    Lapsed,
    Judged(f64),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Item {
    pub(super) case: u128,
    pub(super) level: u16,
    pub(super) segment: u8,
    pub(super) propensity: f64,
    pub(super) weight: f64,
    pub(super) state: State,
}

/// The evidence of one epoch, that is of one model, calibration map and grid.
#[derive(Debug, Clone, PartialEq)]
pub struct Certificate {
    pub(super) grid: Grid,
    pub(super) target: f64,
    pub(super) delta: f64,
    pub(super) epoch: u32,
    /// Upper bound of the share of errors that people miss; None: not measured.
    pub(super) miss_rate: Option<f64>,
    pub(super) segments: Vec<Segment>,
    /// Largest log wealth so far, a threshold each.
    pub(super) peaks: Vec<f64>,
    /// From the first case that waits onwards, in case order.
    pub(super) waiting: VecDeque<Item>,
    /// Consumed as wrong without a judgment, oldest first.
    pub(super) overdue: VecDeque<Item>,
}

impl Certificate {
    /// An empty certificate of the `epoch`-th epoch (from 1) of a loop.
    ///
    /// `target` is the acceptable error rate and `delta` one minus the certainty over all epochs
    /// together, both in `(0, 1)`; the epoch's share of `delta` is taken here. Every case is
    /// expected to be reviewed until [`Certificate::set_floor`] says otherwise.
    pub fn new(grid: Grid, target: f64, delta: f64, epoch: u32) -> Result<Self, LearnError> {
        if !(target > 0.0 && target < 1.0) {
            return Err(LearnError::Parameter { name: "target", must: "in (0, 1)" });
        }
        if !(delta > 0.0 && delta < 1.0) {
            return Err(LearnError::Parameter { name: "delta", must: "in (0, 1)" });
        }
        if epoch == 0 {
            return Err(LearnError::Parameter { name: "epoch", must: "counted from 1" });
        }
        let segments = vec![Segment::new(&grid, 1.0)];
        let peaks = vec![0.0; grid.levels()];
        let (waiting, overdue) = (VecDeque::new(), VecDeque::new());
        Ok(Self { grid, target, delta, epoch, miss_rate: None, segments, peaks, waiting, overdue })
    }

    /// The grid this certificate is about.
    pub fn grid(&self) -> &Grid {
        &self.grid
    }

    /// The acceptable error rate it was made for.
    pub fn target(&self) -> f64 {
        self.target
    }

    /// The epoch it was made for, counted from 1.
    pub fn epoch(&self) -> u32 {
        self.epoch
    }

    /// The part of `delta` this epoch may spend: `6 delta / (pi^2 k^2)`.
    pub fn epoch_delta(&self) -> f64 {
        let k = f64::from(self.epoch);
        6.0 * self.delta / (std::f64::consts::PI.powi(2) * k * k)
    }

    /// What is certified: errors, or disagreements with the reviewers.
    pub fn claim(&self) -> Claim {
        if self.miss_rate.is_some() { Claim::Error } else { Claim::Disagreement }
    }

    /// The rate tested: the target, times one minus the miss rate where that is known.
    pub fn effective_target(&self) -> f64 {
        self.target * (1.0 - self.miss_rate.unwrap_or(0.0))
    }

    /// Least propensity of cases to come.
    pub fn floor(&self) -> f64 {
        self.segments.last().map_or(1.0, |s| s.floor)
    }

    /// Says that cases from now on have a propensity of at least `floor`, in `(0, 1]`.
    ///
    /// Lowering it makes the bets small, so leave it at 1 while everything is reviewed. It must
    /// not be chosen by looking at the score or the label of a case that is yet to be added. At
    /// most 32 changes an epoch.
    pub fn set_floor(&mut self, floor: f64) -> Result<(), LearnError> {
        if !(floor > 0.0 && floor <= 1.0) {
            return Err(LearnError::Parameter { name: "floor", must: "in (0, 1]" });
        }
        if floor == self.floor() {
            return Ok(());
        }
        if self.segments.len() >= MAX_SEGMENTS {
            let must = "changed less often; begin a new epoch";
            return Err(LearnError::Parameter { name: "floor", must });
        }
        self.segments.push(Segment::new(&self.grid, floor));
        Ok(())
    }

    /// Tells an upper bound, in `0..=1`, of the share of real errors that people miss, from
    /// [`crate::autonomy::MissRate`]; the whole epoch's evidence is weighed anew with it. The
    /// bound's own `delta` adds to this certificate's. None: only disagreement is claimed.
    pub fn set_miss_rate(&mut self, bound: Option<f64>) -> Result<(), LearnError> {
        if bound.is_some_and(|b| !(0.0..=1.0).contains(&b)) {
            return Err(LearnError::Parameter { name: "miss rate", must: "in 0..=1" });
        }
        // A looser bound takes back what a tighter one had shown.
        let worse = bound.unwrap_or(0.0) > self.miss_rate.unwrap_or(0.0);
        self.miss_rate = bound;
        if worse {
            self.peaks.fill(0.0);
        }
        self.weigh();
        Ok(())
    }

    /// The loosest level that the wealth of now would certify if this bound of misses were told.
    pub fn certified_with(&self, bound: f64) -> Option<usize> {
        let mut wealth = vec![0.0; self.grid.levels()];
        let target = self.target * (1.0 - bound.clamp(0.0, 1.0));
        self.segments.iter().for_each(|s| s.add_wealth(target, 0, &mut wealth));
        let ends = self.grid.starts().iter().filter_map(|&(start, share)| {
            let bar = self.bar(share);
            let passed = wealth[start..].iter().take_while(|&&w| w >= bar).count();
            (start + passed).checked_sub(1).filter(|_| passed > 0)
        });
        ends.max()
    }

    /// Adds the next case, in case order.
    ///
    /// - `case`: any number that names it (a UUID);
    /// - `propensity`: the probability, given its score and all before, that a person judges it: 1
    ///   for a review, the audit probability for an automatic case; at least the floor;
    /// - `weight` in `0..=1`: a cluster of near-duplicates is one bet, so give its first case 1 and
    ///   the others 0, or all a share; it must not depend on score or label;
    /// - `audit`: [`Audit::None`] if the coin spared it.
    pub fn add(
        &mut self,
        case: u128,
        score: f64,
        propensity: f64,
        weight: f64,
        audit: Audit,
    ) -> Result<(), LearnError> {
        if !(propensity >= self.floor() && propensity <= 1.0) {
            let must = "at least the floor announced, and at most 1";
            return Err(LearnError::Parameter { name: "propensity", must });
        }
        if !(0.0..=1.0).contains(&weight) {
            return Err(LearnError::Parameter { name: "weight", must: "in 0..=1" });
        }
        let state = match audit {
            Audit::None if propensity >= 1.0 => {
                let must = "pending or judged where the propensity is 1";
                return Err(LearnError::Parameter { name: "audit", must });
            }
            Audit::None => State::Spared,
            Audit::Pending => State::Waiting,
            Audit::Judged(error) => State::Judged(checked(error)?),
        };
        let level = self.grid.level_of(score) as u16;
        let segment = (self.segments.len() - 1) as u8;
        self.waiting.push_back(Item { case, level, segment, propensity, weight, state });
        self.consume();
        Ok(())
    }

    /// Judges a case that waits, has lapsed, or was held too long. False if it is not known: it
    /// was judged already, never added, or forgotten after 4096 others were overdue.
    pub fn judge(&mut self, case: u128, error: f64) -> Result<bool, LearnError> {
        let error = checked(error)?;
        if let Some(item) = self.open(case) {
            item.state = State::Judged(error);
            self.consume();
            return Ok(true);
        }
        let Some(at) = self.overdue.iter().position(|i| i.case == case) else { return Ok(false) };
        if let Some(item) = self.overdue.remove(at) {
            self.tally(&item, 1.0, -1.0);
            self.tally(&item, error, 1.0);
            self.weigh();
        }
        Ok(true)
    }

    /// Says that a case that waits was skipped, expired or cancelled: it counts as wrong from now
    /// on, until it is judged after all. False if it does not wait.
    pub fn lapse(&mut self, case: u128) -> bool {
        let Some(item) = self.open(case).filter(|i| i.state == State::Waiting) else {
            return false;
        };
        item.state = State::Lapsed;
        self.consume();
        true
    }

    fn open(&mut self, case: u128) -> Option<&mut Item> {
        let open =
            |i: &&mut Item| i.case == case && matches!(i.state, State::Waiting | State::Lapsed);
        self.waiting.iter_mut().find(open)
    }

    /// Consumes cases up to the first that waits.
    fn consume(&mut self) {
        while let Some(item) = self.waiting.front().copied() {
            if item.state == State::Waiting && self.waiting.len() <= MAX_WAITING {
                break;
            }
            self.waiting.pop_front();
            let error = match item.state {
                State::Spared => 0.0,
                State::Judged(error) => error,
                State::Waiting | State::Lapsed => {
                    self.overdue.push_back(Item { state: State::Lapsed, ..item });
                    if self.overdue.len() > MAX_WAITING {
                        self.overdue.pop_front();
                    }
                    1.0
                }
            };
            self.tally(&item, error, 1.0);
            // Only what is right can raise the wealth.
            if error < self.target {
                self.weigh();
            }
        }
    }

    pub(super) fn tally(&mut self, item: &Item, error: f64, sign: f64) {
        let segment = &mut self.segments[item.segment as usize];
        let tally = Tally::of(segment.floor, item.propensity, item.weight, error);
        segment.tallies[item.level as usize].add(tally, sign);
    }

    /// Brings the peaks up to date where they can still lead further: beyond the loosest certified
    /// level, or from the strictest start.
    pub(super) fn weigh(&mut self) {
        let first = self.grid.starts().iter().map(|s| s.0).min().unwrap_or(0);
        let from = self.certified().map_or(first, |level| level + 1);
        let wealth = self.wealth_from(from);
        self.peaks[from..].iter_mut().zip(wealth).for_each(|(peak, now)| *peak = peak.max(now));
    }

    /// Log wealth of each threshold now, strictest first.
    pub fn wealth(&self) -> Vec<f64> {
        self.wealth_from(0)
    }

    fn wealth_from(&self, from: usize) -> Vec<f64> {
        let mut wealth = vec![0.0; self.grid.levels() - from];
        let target = self.effective_target();
        self.segments.iter().for_each(|s| s.add_wealth(target, from, &mut wealth));
        wealth
    }

    /// Log wealth at which the walk from a start passes a threshold.
    fn bar(&self, share: f64) -> f64 {
        -(self.epoch_delta() * share).ln()
    }

    /// First level not passed by the walk from a start.
    fn reached(&self, (start, share): (usize, f64)) -> usize {
        let bar = self.bar(share);
        let passed = self.peaks[start..].iter().take_while(|&&p| p >= bar).count();
        start + passed
    }

    /// The loosest certified level; None if there is none yet.
    pub fn certified(&self) -> Option<usize> {
        let ends = self.grid.starts().iter().map(|&s| (s.0, self.reached(s)));
        ends.filter(|(start, end)| end > start).map(|(_, end)| end - 1).max()
    }

    /// Whether a level is certified. Levels stricter than a certified one need not be.
    pub fn is_certified(&self, level: usize) -> bool {
        self.grid.starts().iter().any(|&s| (s.0..self.reached(s)).contains(&level))
    }

    /// How each threshold stands, strictest first.
    pub fn standings(&self) -> Vec<Standing> {
        let wealth = self.wealth();
        (0..self.grid.levels()).map(|level| self.standing(level, wealth[level])).collect()
    }

    /// How one threshold stands; `level` below [`Grid::levels`].
    pub(super) fn standing_of(&self, level: usize) -> Standing {
        self.standing(level, self.wealth()[level])
    }

    fn standing(&self, level: usize, wealth: f64) -> Standing {
        let (cases, errors) = self.sums(level);
        let starts = self.grid.starts().iter().filter(|s| s.0 <= level);
        let needed = starts.map(|s| self.bar(s.1)).reduce(f64::min);
        let best = wealth.max(self.peaks[level]);
        Standing {
            level,
            threshold: self.grid.parts().0[level],
            coverage: self.grid.coverage(level),
            cases,
            error: (cases > 0.0).then(|| errors / cases),
            wealth,
            needed,
            progress: needed.map_or(0.0, |n| (best / n).clamp(0.0, 1.0)),
            certified: self.is_certified(level),
            further_cases: needed.and_then(|n| self.further(level, n - wealth)),
        }
    }

    /// Weight of the cases consumed at or above the level's threshold, and the estimated sum of
    /// their errors.
    fn sums(&self, level: usize) -> (f64, f64) {
        let (mut cases, mut errors) = (0.0, 0.0);
        for segment in &self.segments {
            for tally in &segment.tallies[..=level] {
                cases += tally.cases();
                errors += tally.errors(segment.floor);
            }
        }
        (cases, errors)
    }

    /// Expected number of further cases, of any score, until log wealth has grown by `missing` at
    /// the error rate seen so far and the propensity in force. None if it does not grow.
    fn further(&self, level: usize, missing: f64) -> Option<u64> {
        if self.is_certified(level) {
            return Some(0);
        }
        let (cases, errors) = self.sums(level);
        if cases < 1.0 {
            return None;
        }
        // Shrunk a little towards the target: the best thresholds are partly lucky.
        let target = self.effective_target();
        let error = (errors + target) / (cases + 1.0);
        let floor = self.floor();
        let growth = wealth::growth(target, floor, floor, error) * self.grid.coverage(level);
        (growth > 1e-7).then(|| (missing.max(0.0) / growth).ceil() as u64)
    }

    /// The threshold to be certified next: of the walks' next steps, the one expected soonest (ties:
    /// the first start's).
    pub fn next(&self) -> Option<Standing> {
        let wealth = self.wealth();
        let certified = self.certified();
        let ends = self.grid.starts().iter().map(|&s| self.reached(s));
        ends.filter(|&end| end < self.grid.levels() && certified.is_none_or(|c| end > c))
            .map(|level| self.standing(level, wealth[level]))
            .min_by_key(|s| s.further_cases.unwrap_or(u64::MAX))
    }

    /// The loosest level whose estimated error so far is at most the target, over at least 50
    /// cases: what the evidence may lead to.
    pub fn achievable(&self) -> Option<usize> {
        let target = self.effective_target();
        (0..self.grid.levels()).rev().find(|&level| {
            let (cases, errors) = self.sums(level);
            cases >= 50.0 && errors <= target * cases
        })
    }

    /// Cases that wait for a judgment, and cases behind them that are held up.
    pub fn waiting(&self) -> (usize, usize) {
        let waits = self.waiting.iter().filter(|i| i.state == State::Waiting).count();
        (waits, self.waiting.len() - waits)
    }

    /// Cases consumed as wrong for want of a judgment.
    pub fn overdue(&self) -> usize {
        self.overdue.len()
    }
}

pub(super) fn checked(error: f64) -> Result<f64, LearnError> {
    if (0.0..=1.0).contains(&error) {
        Ok(error)
    } else {
        Err(LearnError::Parameter { name: "error", must: "in 0..=1" })
    }
}
