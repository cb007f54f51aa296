//! Page and Hinkley's test: a cumulative sum of how far values lie from their running mean.
//!
//! Page (Biometrika 1954), Hinkley (Biometrika 1971). With the mean `m_t` of the values so far,
//!
//! `U_t = f U_(t-1) + (x_t - m_t) - delta`, alarm for a rise when `U_t - min U > threshold`
//!
//! and mirrored for a fall. `delta` is the change that is tolerated, `f` a factor of forgetting. It
//! has no level of false alarms of its own: the threshold must be set from a stretch without
//! change. After an alarm it starts anew.

use crate::LearnError;

/// Which changes raise the alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Values have become larger.
    Up,
    /// Values have become smaller.
    Down,
    /// Either.
    Both,
}

/// How a [`PageHinkley`] watches. The defaults are river's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PageHinkleyOptions {
    /// Values before the first alarm. Default 30.
    pub warm_up: u64,
    /// Deviation from the mean that is tolerated, in the unit of the values. Default 0.005.
    pub delta: f64,
    /// Bar of the cumulative sum, in the unit of the values. Default 50.
    pub threshold: f64,
    /// Factor of forgetting, in `(0, 1]`. Default 0.9999.
    pub forgetting: f64,
    /// Which changes raise the alarm. Default both.
    pub direction: Direction,
}

impl Default for PageHinkleyOptions {
    fn default() -> Self {
        let (warm_up, delta, threshold, forgetting) = (30, 0.005, 50.0, 0.9999);
        Self { warm_up, delta, threshold, forgetting, direction: Direction::Both }
    }
}

/// A running Page-Hinkley test.
#[derive(Debug, Clone, PartialEq)]
pub struct PageHinkley {
    options: PageHinkleyOptions,
    n: u64,
    mean: f64,
    rise: f64,
    least_rise: f64,
    fall: f64,
    largest_fall: f64,
}

impl PageHinkley {
    /// A test that has seen nothing.
    ///
    /// Errors if the threshold is not positive, `delta` negative, or the factor of forgetting not
    /// in `(0, 1]`.
    pub fn new(options: PageHinkleyOptions) -> Result<Self, LearnError> {
        if !(options.threshold > 0.0 && options.delta >= 0.0) {
            return Err(LearnError::Parameter {
                name: "threshold and delta",
                must: "positive, and not negative",
            });
        }
        if !(options.forgetting > 0.0 && options.forgetting <= 1.0) {
            return Err(LearnError::Parameter { name: "forgetting", must: "in (0, 1]" });
        }
        Ok(Self::fresh(options))
    }

    fn fresh(options: PageHinkleyOptions) -> Self {
        let (least_rise, largest_fall) = (f64::INFINITY, f64::NEG_INFINITY);
        Self { options, n: 0, mean: 0.0, rise: 0.0, least_rise, fall: 0.0, largest_fall }
    }

    /// Adds a value; true if the alarm is raised, after which the test starts anew.
    ///
    /// Errors, leaving the test as it was, if the value is not finite.
    pub fn add(&mut self, value: f64) -> Result<bool, LearnError> {
        if !value.is_finite() {
            return Err(LearnError::NotFinite { what: "value", at: self.n as usize });
        }
        let PageHinkleyOptions { delta, threshold, forgetting, direction, warm_up } = self.options;
        self.n += 1;
        self.mean += (value - self.mean) / self.n as f64;
        let deviation = value - self.mean;
        self.rise = forgetting * self.rise + deviation - delta;
        self.fall = forgetting * self.fall + deviation + delta;
        self.least_rise = self.least_rise.min(self.rise);
        self.largest_fall = self.largest_fall.max(self.fall);
        let up = direction != Direction::Down && self.rise - self.least_rise > threshold;
        let down = direction != Direction::Up && self.largest_fall - self.fall > threshold;
        let alarm = self.n >= warm_up && (up || down);
        if alarm {
            *self = Self::fresh(self.options);
        }
        Ok(alarm)
    }

    /// Mean of the values since the start or the last alarm.
    pub fn mean(&self) -> f64 {
        self.mean
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;

    fn first_alarm(direction: Direction, before: f64, after: f64) -> Option<usize> {
        let options = PageHinkleyOptions { direction, ..PageHinkleyOptions::default() };
        let (mut test, mut rng) = (PageHinkley::new(options).unwrap(), Rng::new(9));
        (0..3000).find(|&i| {
            let p = if i < 1000 { before } else { after };
            test.add(f64::from(u8::from(rng.coin(p)))).unwrap()
        })
    }

    #[test]
    fn each_direction_sees_its_own_change() {
        let up = first_alarm(Direction::Up, 0.1, 0.3).unwrap();
        assert!((1150..1500).contains(&up), "{up}");
        assert_eq!(first_alarm(Direction::Both, 0.1, 0.3), Some(up));
        assert_eq!(first_alarm(Direction::Down, 0.1, 0.3), None);
        assert!(first_alarm(Direction::Down, 0.6, 0.2).is_some_and(|i| i > 1000));
        assert_eq!(first_alarm(Direction::Both, 0.3, 0.3), None);
    }

    #[test]
    fn bad_input_is_refused() {
        let options = PageHinkleyOptions::default();
        assert!(PageHinkley::new(PageHinkleyOptions { threshold: 0.0, ..options }).is_err());
        assert!(PageHinkley::new(PageHinkleyOptions { forgetting: 1.5, ..options }).is_err());
        let mut test = PageHinkley::new(options).unwrap();
        assert!(test.add(f64::NAN).is_err() && test.n == 0);
    }
}
