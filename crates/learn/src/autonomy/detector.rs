//! Has the current error risen above the target? An e-detector on audited automatic cases.
//!
//! # Claim
//!
//! While the error rate of automatic cases is at most the target, whatever it was and however it
//! moves below, the expected number of judged audits until an alarm is at least `run_length`, and
//! the probability of an alarm within `n` audits is at most `n / run_length`. How fast an alarm
//! follows a rise is measured, not proved.
//!
//! # How
//!
//! For an audited case with error `e` and target `a`, a bet of size `b` has the factor
//! `f = 1 + b (e - a)`, whose mean is at most 1 while the error is at most `a`. The size suits a
//! rise to three times the target. Adding one unit of wealth before each audit, for a rise that may
//! begin there, gives Shiryaev and Roberts' statistic `M <- (M + 1) f`; `M` less the number of
//! audits is a supermartingale, which is an e-detector (Shin, Ramdas and Rinaldo, "E-detectors", New
//! England Journal of Statistics in Data Science 2023). The alarm goes off when `M` reaches
//! `run_length`.
//!
//! Audits are bet on as their judgments arrive, since the question is about now. One that lapsed
//! counts as wrong: an auditor who looks away sets off the alarm.

use crate::LearnError;

/// The rise it suits, in multiples of the target.
const RISE: f64 = 3.0;
/// Evidence at which an error is followed by the longer surge, as a share of the bar.
const SUSPICION: f64 = 1.0 / 6.0;
/// Keeps the statistic finite if nobody heeds the alarm.
const MOST: f64 = 1e200;

/// The alarm's state.
#[derive(Debug, Clone, PartialEq)]
pub struct Detector {
    pub(super) target: f64,
    pub(super) run_length: f64,
    /// Shiryaev and Roberts' statistic.
    pub(super) statistic: f64,
    /// Log wealth since the rise seems to have begun (Page's CUSUM), for telling when that was.
    pub(super) run: f64,
    pub(super) run_audits: u64,
    pub(super) run_errors: f64,
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
    pub const RUN_LENGTH: f64 = 1800.0;

    /// A detector of errors above `target` (in `(0, 1)`) with an expected run of at least
    /// `run_length` (above 1) judged audits until a false alarm.
    pub fn new(target: f64, run_length: f64) -> Result<Self, LearnError> {
        if !(target > 0.0 && target < 1.0) {
            return Err(LearnError::Parameter { name: "target", must: "in (0, 1)" });
        }
        if !(run_length > 1.0 && run_length.is_finite()) {
            return Err(LearnError::Parameter { name: "run_length", must: "above 1" });
        }
        Ok(Self {
            target,
            run_length,
            statistic: 0.0,
            run: 0.0,
            run_audits: 0,
            run_errors: 0.0,
            audits: 0,
        })
    }

    /// Takes the next judgment of an audited automatic case, `error` in `0..=1`.
    pub fn judge(&mut self, error: f64) -> Result<Option<Alarm>, LearnError> {
        if !(0.0..=1.0).contains(&error) {
            return Err(LearnError::Parameter { name: "error", must: "in 0..=1" });
        }
        // A rate cannot rise to more than half way to certainty.
        let rise = RISE.min(0.5 * (1.0 + 1.0 / self.target));
        let size = (rise - 1.0) / (1.0 - self.target);
        let log = (size * (error - self.target)).ln_1p();
        self.statistic = ((self.statistic + 1.0) * log.exp()).min(MOST);
        if self.run <= 0.0 {
            (self.run, self.run_audits, self.run_errors) = (0.0, 0, 0.0);
        }
        self.run += log;
        self.run_audits += 1;
        self.run_errors += error;
        self.audits += 1;
        Ok(self.alarm())
    }

    /// The alarm, if the evidence is at the bar.
    pub fn alarm(&self) -> Option<Alarm> {
        let (evidence, bar) = self.evidence();
        let (audits, errors) = (self.run_audits, self.run_errors);
        (self.statistic >= self.run_length).then_some(Alarm { evidence, bar, audits, errors })
    }

    /// Natural logarithms of the evidence (0 or more) and of the bar.
    pub fn evidence(&self) -> (f64, f64) {
        (self.statistic.max(1.0).ln(), self.run_length.ln())
    }

    /// Whether there is so much evidence that a further error deserves a longer surge.
    pub fn suspects(&self) -> bool {
        self.statistic >= SUSPICION * self.run_length
    }

    /// Judged audits so far.
    pub fn audits(&self) -> u64 {
        self.audits
    }

    /// Watches another target (in `(0, 1)`) from now on; the evidence so far stays.
    pub(super) fn set_target(&mut self, target: f64) -> Result<(), LearnError> {
        Self::new(target, self.run_length)?;
        self.target = target;
        Ok(())
    }

    /// The target it watches.
    pub fn target(&self) -> f64 {
        self.target
    }
}
