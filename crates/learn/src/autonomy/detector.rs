//! Has the current error risen above the target? An e-detector on audited automatic cases.
//!
//! # Claim
//!
//! While the error rate of automatic cases is at most the target, whatever it was and however it
//! moves below, the expected number of judged audits until an alarm is at least `run_length`. How
//! fast an alarm follows a rise is measured, not proved.
//!
//! # How
//!
//! For an audited case with error `e` and target `a`, a bet of size `b` has the factor
//! `1 + b (e - a)`, whose mean is at most 1 while the error is at most `a`. Bets of size `b_j` that
//! suit a rise to `r_j` times the target run as e-CUSUMs, `M <- max(M, 1) * factor`; their mean is an
//! e-detector, and the first time it reaches `c` comes after `c` audits or more in expectation (Shin,
//! Ramdas and Rinaldo, "E-detectors", New England Journal of Statistics in Data Science 2023; the
//! CUSUM is Page's, 1954). Audits are bet on as their judgments arrive, since the question is about
//! now; one that lapsed counts as wrong.

use crate::LearnError;

/// CUSUMs in the mean.
pub(super) const RUNS: usize = 2;
/// The rises they suit, in multiples of the target.
const RISES: [f64; RUNS] = [2.0, 3.5];

/// One CUSUM: its log wealth, and the audits since it last started over.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Run {
    pub(super) log: f64,
    pub(super) audits: u64,
    pub(super) errors: f64,
}

/// The alarm's state.
#[derive(Debug, Clone, PartialEq)]
pub struct Detector {
    pub(super) target: f64,
    pub(super) run_length: f64,
    pub(super) runs: [Run; RUNS],
    pub(super) audits: u64,
}

/// What set off an alarm.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Alarm {
    /// Logarithm of the evidence.
    pub evidence: f64,
    /// Logarithm at which the alarm goes off: `ln run_length`.
    pub bar: f64,
    /// Audits since the rise seems to have begun.
    pub audits: u64,
    /// Errors among them.
    pub errors: f64,
}

impl Detector {
    /// Expected audits until a false alarm at the target itself, where nothing else is asked for.
    pub const RUN_LENGTH: f64 = 250.0;

    /// A detector of errors above `target` (in `(0, 1)`) with an expected run of at least
    /// `run_length` (above 1) judged audits until a false alarm.
    pub fn new(target: f64, run_length: f64) -> Result<Self, LearnError> {
        if !(target > 0.0 && target < 1.0) {
            return Err(LearnError::Parameter { name: "target", must: "in (0, 1)" });
        }
        if !(run_length > 1.0 && run_length.is_finite()) {
            return Err(LearnError::Parameter { name: "run_length", must: "above 1" });
        }
        Ok(Self { target, run_length, runs: [Run::default(); RUNS], audits: 0 })
    }

    /// Takes the next judgment of an audited automatic case, `error` in `0..=1`.
    pub fn judge(&mut self, error: f64) -> Result<Option<Alarm>, LearnError> {
        if !(0.0..=1.0).contains(&error) {
            return Err(LearnError::Parameter { name: "error", must: "in 0..=1" });
        }
        self.audits += 1;
        for (run, rise) in self.runs.iter_mut().zip(RISES) {
            if run.log <= 0.0 {
                *run = Run::default();
            }
            // A rise above certainty cannot be.
            let rise = rise.min(0.5 * (1.0 + 1.0 / self.target));
            let size = (rise - 1.0) / (1.0 - self.target);
            run.log += (size * (error - self.target)).ln_1p();
            run.audits += 1;
            run.errors += error;
        }
        Ok(self.alarm())
    }

    /// The alarm, if the evidence is at the bar.
    pub fn alarm(&self) -> Option<Alarm> {
        let (evidence, bar) = self.evidence();
        let first = self.runs[0];
        let top = self.runs.iter().fold(first, |a, &b| if b.log > a.log { b } else { a });
        let Run { audits, errors, .. } = top;
        (evidence >= bar).then_some(Alarm { evidence, bar, audits, errors })
    }

    /// Logarithms of the evidence and of the bar.
    pub fn evidence(&self) -> (f64, f64) {
        let sum: f64 = self.runs.iter().map(|r| r.log.exp()).sum();
        ((sum / RUNS as f64).ln(), self.run_length.ln())
    }

    /// Judged audits so far.
    pub fn audits(&self) -> u64 {
        self.audits
    }

    /// Watches another target (in `(0, 1)`) from now on; the evidence so far stays.
    pub(super) fn set_target(&mut self, target: f64) -> Result<(), LearnError> {
        *self =
            Self { runs: self.runs, audits: self.audits, ..Self::new(target, self.run_length)? };
        Ok(())
    }

    /// The target it watches.
    pub fn target(&self) -> f64 {
        self.target
    }
}
