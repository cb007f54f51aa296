//! Latencies and their percentiles.

use std::time::Duration;

/// Measured times of one kind.
#[derive(Debug, Clone, Default)]
pub(crate) struct Latencies(Vec<Duration>);

impl Latencies {
    /// Adds one.
    pub(crate) fn push(&mut self, time: Duration) {
        self.0.push(time);
    }

    /// Adds all of another.
    pub(crate) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// How many.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The `share`-quantile in milliseconds (nearest rank); 0 for none.
    pub(crate) fn ms(&mut self, share: f64) -> f64 {
        if self.0.is_empty() {
            return 0.0;
        }
        self.0.sort_unstable();
        let rank = (share * self.0.len() as f64).ceil() as usize;
        self.0[rank.clamp(1, self.0.len()) - 1].as_secs_f64() * 1e3
    }
}

/// The median of some figures; 0 for none.
pub(crate) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    match figures.len() {
        0 => 0.0,
        n if n % 2 == 1 => figures[n / 2],
        n => f64::midpoint(figures[n / 2 - 1], figures[n / 2]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_ranks() {
        let mut all = Latencies::default();
        for ms in (1..=100).rev() {
            all.push(Duration::from_millis(ms));
        }
        assert!((all.ms(0.5) - 50.0).abs() < 1e-9);
        assert!((all.ms(0.99) - 99.0).abs() < 1e-9);
        assert!((all.ms(1.0) - 100.0).abs() < 1e-9);
        assert_eq!(Latencies::default().ms(0.5), 0.0);
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![1.0, 2.0]), 1.5);
    }
}
