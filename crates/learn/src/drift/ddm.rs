//! DDM, the drift detection method for a stream of errors.
//!
//! Gama, Medas, Castillo and Rodrigues, "Learning with drift detection", SBIA 2004. With the error
//! rate `p_i` so far and `s_i = sqrt(p_i (1 - p_i) / i)`, and the pair `p_min`, `s_min` at which
//! `p + s` was least: a warning when `p_i + s_i > p_min + 2 s_min`, drift at 3. The minimum is taken
//! over all that was seen, which is no test at any level: expect false alarms early in a stream,
//! and use [`super::adwin`] where they cost something. After drift it starts anew.

use crate::LearnError;

/// What the last value meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DdmState {
    /// Nothing stands out.
    Stable,
    /// The error rate has risen; collect rows for a new model.
    Warning,
    /// The error rate has risen beyond the drift level; the detector has started anew.
    Drift,
}

/// How a [`Ddm`] watches. The defaults are the paper's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DdmOptions {
    /// Values before the first alarm. Default 30.
    pub warm_up: u64,
    /// Standard deviations above the minimum that warn. Default 2.
    pub warning: f64,
    /// Standard deviations above the minimum that are drift. Default 3.
    pub drift: f64,
}

impl Default for DdmOptions {
    fn default() -> Self {
        Self { warm_up: 30, warning: 2.0, drift: 3.0 }
    }
}

/// A running drift detection method.
#[derive(Debug, Clone, PartialEq)]
pub struct Ddm {
    options: DdmOptions,
    n: u64,
    mean: f64,
    least: Option<(f64, f64)>,
}

impl Ddm {
    /// A detector that has seen nothing.
    ///
    /// Errors unless `0 < warning <= drift`.
    pub fn new(options: DdmOptions) -> Result<Self, LearnError> {
        if options.warning > 0.0 && options.warning <= options.drift {
            Ok(Self { options, n: 0, mean: 0.0, least: None })
        } else {
            Err(LearnError::Parameter { name: "warning", must: "positive, and at most drift" })
        }
    }

    /// Adds whether the next case was an error.
    pub fn add(&mut self, error: bool) -> DdmState {
        self.n += 1;
        let n = self.n as f64;
        // A running mean, as rounding may decide a tie between minima.
        self.mean += (f64::from(u8::from(error)) - self.mean) / n;
        let deviation = (self.mean * (1.0 - self.mean) / n).max(0.0).sqrt();
        if self.n <= self.options.warm_up {
            return DdmState::Stable;
        }
        let level = self.mean + deviation;
        let (mean, spread) = match self.least {
            Some((mean, spread)) if level > mean + spread => (mean, spread),
            _ => *self.least.insert((self.mean, deviation)),
        };
        if level > mean + self.options.drift * spread {
            *self = Self { options: self.options, n: 0, mean: 0.0, least: None };
            DdmState::Drift
        } else if level > mean + self.options.warning * spread {
            DdmState::Warning
        } else {
            DdmState::Stable
        }
    }

    /// Error rate since the start or the last drift.
    pub fn error_rate(&self) -> f64 {
        self.mean
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;

    #[test]
    fn sees_more_errors_and_warns_before() {
        let mut found = 0;
        for seed in 0..100 {
            let (mut ddm, mut rng) = (Ddm::new(DdmOptions::default()).unwrap(), Rng::new(seed));
            let mut warned = false;
            for i in 0..2000 {
                match ddm.add(rng.coin(if i < 1000 { 0.2 } else { 0.6 })) {
                    DdmState::Warning => warned |= i >= 1000,
                    DdmState::Drift if i >= 1000 => {
                        found += u32::from(warned && i < 1300);
                        break;
                    }
                    _ => {}
                }
            }
        }
        assert!(found >= 95, "{found}");
    }

    #[test]
    fn errors_without_end_and_without_beginning_are_stable() {
        for error in [true, false] {
            let mut ddm = Ddm::new(DdmOptions::default()).unwrap();
            assert!((0..500).all(|_| ddm.add(error) == DdmState::Stable));
        }
        assert!(Ddm::new(DdmOptions { warning: 4.0, ..DdmOptions::default() }).is_err());
    }
}
