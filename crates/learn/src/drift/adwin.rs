//! ADWIN, a window that grows while nothing changes and is cut when something does.
//!
//! Bifet and Gavaldà, "Learning from time-changing data with adaptive windowing", SDM 2007 (ADWIN2).
//! The window is kept as buckets of 1, 2, 4, ... values, at most [`BUCKETS`] of each size, so it
//! costs `O(log n)` memory. At every border between buckets, with `n0` values before and `n1` after
//! it, the two means are compared: the older part is dropped while
//!
//! `|mean0 - mean1| > sqrt(2 h v L) + 2/3 h L`, `h = 1/n0 + 1/n1`, `L = ln(2 ln(n) / delta)`
//!
//! where `v` is the variance of the window. `ln n` in place of the paper's `n` is what its authors'
//! implementation (MOA) and river use; the `n_i` are lessened by the shortest part less one, as
//! there.
//!
//! Values are best within a range of about 1 (errors, probabilities); for others the second term
//! is too small or too large for the variance to be the judge.

use std::collections::VecDeque;

use crate::LearnError;

/// Most buckets of one size that are kept once a value has been added.
pub const BUCKETS: usize = 5;

/// How an [`Adwin`] watches. The defaults are river's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdwinOptions {
    /// Level of one check, in `(0, 1)`. Default 0.002.
    pub delta: f64,
    /// Values from one check to the next. Default 32.
    pub clock: u64,
    /// Both parts of a cut hold at least this many values. Default 5.
    pub shortest: u64,
    /// The window holds more than this many values before it is checked. Default 10.
    pub grace: u64,
}

impl Default for AdwinOptions {
    fn default() -> Self {
        Self { delta: 0.002, clock: 32, shortest: 5, grace: 10 }
    }
}

/// Values that are no longer told apart.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Bucket {
    n: f64,
    sum: f64,
    /// Sum of squared deviations from the bucket's mean.
    squares: f64,
}

impl Bucket {
    /// What adding `other` puts on top of the two sums of squares (Chan, Golub and LeVeque 1979).
    fn between(&self, other: &Self) -> f64 {
        let gap = self.sum / self.n - other.sum / other.n;
        self.n * other.n / (self.n + other.n) * gap * gap
    }

    fn add(&mut self, other: &Self) {
        if self.n == 0.0 {
            *self = *other;
        } else {
            self.squares += other.squares + self.between(other);
            self.n += other.n;
            self.sum += other.sum;
        }
    }

    /// Undoes [`Bucket::add`].
    fn remove(&mut self, other: &Self) {
        self.n -= other.n;
        self.sum -= other.sum;
        let between = if self.n > 0.0 { self.between(other) } else { 0.0 };
        self.squares = (self.squares - other.squares - between).max(0.0);
    }
}

/// The buckets of one size, oldest first.
#[derive(Debug, Clone, PartialEq)]
struct Level {
    buckets: [Bucket; BUCKETS + 1],
    len: usize,
}

impl Level {
    fn new() -> Self {
        Self { buckets: [Bucket::default(); BUCKETS + 1], len: 0 }
    }

    fn drop_oldest(&mut self, count: usize) {
        self.buckets.copy_within(count..self.len, 0);
        self.len -= count;
    }
}

/// A window over a stream of numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Adwin {
    options: AdwinOptions,
    /// Level `i` holds buckets of `2^i` values; the newest values are in level 0.
    levels: VecDeque<Level>,
    window: Bucket,
    seen: u64,
    changes: u64,
}

impl Adwin {
    /// An empty window.
    ///
    /// Errors if `delta` is not in `(0, 1)`, or `clock` or `shortest` is 0.
    pub fn new(options: AdwinOptions) -> Result<Self, LearnError> {
        if !(options.delta > 0.0 && options.delta < 1.0) {
            return Err(LearnError::Parameter { name: "delta", must: "in (0, 1)" });
        }
        if options.clock == 0 || options.shortest == 0 {
            return Err(LearnError::Parameter { name: "clock and shortest", must: "at least 1" });
        }
        let window = Bucket::default();
        Ok(Self { options, levels: VecDeque::from([Level::new()]), window, seen: 0, changes: 0 })
    }

    /// Adds a value; true if a change was found and older values were dropped.
    ///
    /// Errors, leaving the window as it was, if the value is not finite.
    pub fn add(&mut self, value: f64) -> Result<bool, LearnError> {
        if !value.is_finite() {
            return Err(LearnError::NotFinite { what: "value", at: self.seen as usize });
        }
        self.seen += 1;
        let one = Bucket { n: 1.0, sum: value, squares: 0.0 };
        self.window.add(&one);
        self.insert(one);
        let due = self.seen.is_multiple_of(self.options.clock);
        if !due || self.window.n <= self.options.grace as f64 {
            return Ok(false);
        }
        let mut changed = false;
        while self.differs() {
            self.drop_oldest();
            changed = true;
        }
        self.changes += u64::from(changed);
        Ok(changed)
    }

    /// Values in the window.
    pub fn width(&self) -> u64 {
        self.window.n as u64
    }

    /// Mean of the window; None while it is empty.
    pub fn mean(&self) -> Option<f64> {
        (self.window.n > 0.0).then(|| self.window.sum / self.window.n)
    }

    /// Variance of the window (over `n`); None while it is empty.
    pub fn variance(&self) -> Option<f64> {
        (self.window.n > 0.0).then(|| self.window.squares / self.window.n)
    }

    /// Changes found so far.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    fn insert(&mut self, bucket: Bucket) {
        let mut carried = bucket;
        for level in &mut self.levels {
            level.buckets[level.len] = carried;
            level.len += 1;
            if level.len <= BUCKETS {
                return;
            }
            // The two oldest become one of the next size.
            carried = level.buckets[0];
            carried.add(&level.buckets[1]);
            level.drop_oldest(2);
        }
        let mut next = Level::new();
        (next.buckets[0], next.len) = (carried, 1);
        self.levels.push_back(next);
    }

    /// Whether the means differ at any border between buckets.
    fn differs(&self) -> bool {
        let n = self.window.n;
        if n < 2.0 {
            return false;
        }
        let shortest = self.options.shortest as f64;
        let log = (2.0 * n.ln() / self.options.delta).ln();
        let variance = self.window.squares / n;
        let (mut n0, mut sum0) = (0.0, 0.0);
        for level in self.levels.iter().rev() {
            for bucket in &level.buckets[..level.len] {
                n0 += bucket.n;
                sum0 += bucket.sum;
                let n1 = n - n0;
                if n1 < shortest {
                    return false;
                }
                if n0 < shortest {
                    continue;
                }
                let gap = sum0 / n0 - (self.window.sum - sum0) / n1;
                let h = 1.0 / (n0 - shortest + 1.0) + 1.0 / (n1 - shortest + 1.0);
                let bar = (2.0 * h * variance * log).sqrt() + 2.0 / 3.0 * h * log;
                if gap.abs() > bar {
                    return true;
                }
            }
        }
        false
    }

    fn drop_oldest(&mut self) {
        if let Some(level) = self.levels.back_mut() {
            let oldest = level.buckets[0];
            level.drop_oldest(1);
            if level.len == 0 && self.levels.len() > 1 {
                self.levels.pop_back();
            }
            self.window.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;
    use proptest::prelude::*;

    fn watch(delta: f64) -> Adwin {
        Adwin::new(AdwinOptions { delta, ..AdwinOptions::default() }).unwrap()
    }

    proptest! {
        #[test]
        fn sums_are_those_of_the_window(
            values in prop::collection::vec(0.0_f64..1.0, 1..900),
            jump in 0.0_f64..2.0,
        ) {
            let values: Vec<f64> = values
                .iter()
                .enumerate()
                .map(|(i, x)| if i > 400 { x + jump } else { *x })
                .collect();
            let mut adwin = watch(0.05);
            for (i, &x) in values.iter().enumerate() {
                adwin.add(x).unwrap();
                let kept = &values[i + 1 - adwin.width() as usize..=i];
                let mean = kept.iter().sum::<f64>() / kept.len() as f64;
                let squares = kept.iter().map(|x| (x - mean).powi(2)).sum::<f64>();
                prop_assert!((adwin.mean().unwrap() - mean).abs() < 1e-9);
                prop_assert!((adwin.variance().unwrap() - squares / kept.len() as f64).abs() < 1e-9);
            }
            let buckets: f64 = adwin.levels.iter().flat_map(|l| &l.buckets[..l.len]).map(|b| b.n).sum();
            prop_assert_eq!(buckets, adwin.window.n);
        }
    }

    #[test]
    fn finds_a_change_and_keeps_what_came_after() {
        let mut rng = Rng::new(3);
        let mut adwin = watch(0.002);
        let mut found = None;
        for i in 0..4000 {
            let x = f64::from(u8::from(rng.coin(if i < 2000 { 0.1 } else { 0.3 })));
            if adwin.add(x).unwrap() && found.is_none() {
                found = Some(i);
            }
        }
        assert!((2000..2300).contains(&found.unwrap()), "{found:?}");
        assert!(adwin.width() < 2300 && (adwin.mean().unwrap() - 0.3).abs() < 0.05);
    }

    #[test]
    fn false_alarms_are_rare() {
        let mut alarms = 0;
        for seed in 0..200 {
            let mut rng = Rng::stream(seed, 1);
            let mut adwin = watch(0.002);
            for _ in 0..5000 {
                adwin.add(f64::from(u8::from(rng.coin(0.2)))).unwrap();
            }
            alarms += u32::from(adwin.changes() > 0);
        }
        // Of 200 streams with 156 checks each.
        assert!(alarms <= 20, "{alarms}");
    }

    #[test]
    fn memory_stays_logarithmic_and_bad_values_change_nothing() {
        let mut adwin = watch(0.002);
        for _ in 0..100_000 {
            adwin.add(0.5).unwrap();
        }
        assert!(adwin.levels.len() <= 16 && adwin.width() == 100_000);
        let before = adwin.clone();
        assert!(adwin.add(f64::NAN).is_err());
        assert_eq!(adwin, before);
        assert!(Adwin::new(AdwinOptions { delta: 0.0, ..AdwinOptions::default() }).is_err());
        assert!(Adwin::new(AdwinOptions { clock: 0, ..AdwinOptions::default() }).is_err());
        assert_eq!(watch(0.1).mean(), None);
    }
}
