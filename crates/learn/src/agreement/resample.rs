//! Bootstrap over units that come with multiplicities.
//!
//! Drawing `n` units with replacement is a multinomial draw of the multiplicities; where units are
//! far more than distinct patterns, conditional binomials draw it in the number of patterns.

use crate::LearnError;
use crate::proportion::ln_gamma;
use crate::rng::Rng;

/// Options of a bootstrap (Efron 1979).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bootstrap {
    /// Number of resamples; at least 2, 1,000 is usual.
    pub resamples: usize,
    /// One minus the level of the interval.
    pub delta: f64,
    /// Seed of the draws.
    pub seed: u64,
}

impl Default for Bootstrap {
    fn default() -> Self {
        Self { resamples: 1000, delta: 0.05, seed: 0 }
    }
}

/// A percentile bootstrap interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The `delta / 2` quantile of the resamples.
    pub low: f64,
    /// The `1 - delta / 2` quantile of the resamples.
    pub high: f64,
    /// Their standard deviation: the bootstrap standard error.
    pub standard_error: f64,
    /// Resamples in which the statistic was undefined; the quantiles are over the others.
    pub undefined: usize,
}

impl Bootstrap {
    pub(crate) fn check(&self) -> Result<(), LearnError> {
        if self.resamples < 2 {
            return Err(LearnError::Parameter { name: "resamples", must: "at least 2" });
        }
        if self.delta > 0.0 && self.delta < 1.0 {
            Ok(())
        } else {
            Err(LearnError::Parameter { name: "delta", must: "in (0, 1)" })
        }
    }

    /// The interval of `statistic`, called with resampled multiplicities of the same total as
    /// `times`. `None` if it was defined in fewer than two resamples.
    pub(crate) fn interval(
        &self,
        times: &[u32],
        mut statistic: impl FnMut(&[u32]) -> Option<f64>,
    ) -> Result<Option<Interval>, LearnError> {
        self.check()?;
        let resampler = Resampler::new(times);
        let mut rng = Rng::new(self.seed);
        let mut draw = vec![0; times.len()];
        let mut values = Vec::with_capacity(self.resamples);
        for _ in 0..self.resamples {
            resampler.draw(&mut rng, &mut draw);
            values.extend(statistic(&draw).filter(|x| x.is_finite()));
        }
        Ok(self.summary(&mut values))
    }

    /// The interval from the values of the statistic in the resamples.
    pub(crate) fn summary(&self, values: &mut [f64]) -> Option<Interval> {
        if values.len() < 2 {
            return None;
        }
        values.sort_unstable_by(f64::total_cmp);
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|x| (x - mean).powi(2)).sum();
        Some(Interval {
            low: quantile(values, 0.5 * self.delta),
            high: quantile(values, 1.0 - 0.5 * self.delta),
            standard_error: (squares / (n - 1.0)).sqrt(),
            undefined: self.resamples - values.len(),
        })
    }
}

/// Quantile of sorted values by linear interpolation (type 7 of Hyndman and Fan 1996).
pub(crate) fn quantile(sorted: &[f64], q: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let place = q.clamp(0.0, 1.0) * last as f64;
    let (low, rest) = (place.floor() as usize, place.fract());
    let high = (low + 1).min(last);
    sorted[low] + rest * (sorted[high] - sorted[low])
}

/// Draws multiplicities from the multinomial distribution of their shares.
pub(crate) struct Resampler {
    times: Vec<u32>,
    total: u64,
    /// Index of each unit, where drawing units one by one is cheaper.
    units: Option<Vec<u32>>,
}

impl Resampler {
    pub(crate) fn new(times: &[u32]) -> Self {
        let total: u64 = times.iter().map(|&t| u64::from(t)).sum();
        let direct = total < 8 * times.len() as u64;
        let units = direct.then(|| {
            (0..).zip(times).flat_map(|(i, &t)| std::iter::repeat_n(i, t as usize)).collect()
        });
        Self { times: times.to_vec(), total, units }
    }

    pub(crate) fn draw(&self, rng: &mut Rng, out: &mut [u32]) {
        out.fill(0);
        if let Some(units) = &self.units {
            for _ in 0..self.total {
                out[units[rng.below(units.len())] as usize] += 1;
            }
            return;
        }
        let (mut left, mut weight) = (self.total, self.total);
        for (slot, &t) in out.iter_mut().zip(&self.times) {
            if left == 0 {
                break;
            }
            let k = binomial(rng, left, f64::from(t) / weight as f64);
            *slot = k as u32;
            left -= k;
            weight -= u64::from(t);
        }
    }
}

/// A draw from the binomial distribution, by inversion outwards from the mode: about one step per
/// standard deviation.
pub(crate) fn binomial(rng: &mut Rng, n: u64, p: f64) -> u64 {
    if p >= 1.0 {
        return n;
    }
    if p <= 0.0 || n == 0 {
        return 0;
    }
    let (size, odds) = (n as f64, p / (1.0 - p));
    let mode = ((size + 1.0) * p).floor().min(size);
    let choose = ln_gamma(size + 1.0) - ln_gamma(mode + 1.0) - ln_gamma(size - mode + 1.0);
    let peak = (choose + mode * p.ln() + (size - mode) * (-p).ln_1p()).exp();
    let mut u = rng.unit() - peak;
    let (mut low, mut high) = ((mode, peak), (mode, peak));
    while u >= 0.0 {
        let before = (low.0, high.0);
        if low.0 > 0.0 {
            low.1 *= low.0 / ((size - low.0 + 1.0) * odds);
            low.0 -= 1.0;
            u -= low.1;
            if u < 0.0 {
                return low.0 as u64;
            }
        }
        if high.0 < size {
            high.1 *= (size - high.0) * odds / (high.0 + 1.0);
            high.0 += 1.0;
            u -= high.1;
            if u < 0.0 {
                return high.0 as u64;
            }
        }
        // Rounding may leave a trace of mass beyond the ends, or tails too small to matter.
        if before == (low.0, high.0) || (low.1 < 1e-300 && high.1 < 1e-300) {
            break;
        }
    }
    mode as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;
    use proptest::prelude::*;

    #[test]
    fn binomial_draws_have_the_right_distribution() {
        let mut rng = Rng::new(3);
        for (n, p) in [(10_u64, 0.3), (1000, 0.02), (200_000, 0.7), (1, 0.5)] {
            let draws = 20_000;
            let (mut sum, mut squares) = (0.0, 0.0);
            for _ in 0..draws {
                let k = binomial(&mut rng, n, p) as f64;
                assert!(k <= n as f64);
                sum += k;
                squares += k * k;
            }
            let (mean, want) = (sum / f64::from(draws), n as f64 * p);
            let (var, want_var) = (squares / f64::from(draws) - mean * mean, want * (1.0 - p));
            assert!((mean - want).abs() < 5.0 * (want_var / f64::from(draws)).sqrt(), "{n} {p}");
            assert!((var / want_var - 1.0).abs() < 0.06, "{n} {p}: {var} for {want_var}");
        }
        // Small enough to compare the whole distribution: P(X = 0) = .7^10 = .0282.
        let zeros = (0..20_000).filter(|_| binomial(&mut rng, 10, 0.3) == 0).count();
        assert!((450..680).contains(&zeros), "{zeros}");
    }

    proptest! {
        #[test]
        fn resamples_keep_the_total_and_never_draw_what_is_not_there(
            times in prop::collection::vec(0_u32..40, 1..30),
            seed: u64,
        ) {
            let resampler = Resampler::new(&times);
            let mut out = vec![9; times.len()];
            resampler.draw(&mut Rng::new(seed), &mut out);
            prop_assert_eq!(out.iter().sum::<u32>(), times.iter().sum::<u32>());
            prop_assert!(out.iter().zip(&times).all(|(&o, &t)| t > 0 || o == 0));
        }

        #[test]
        fn quantiles_lie_between_the_ends(
            mut xs in prop::collection::vec(-5.0_f64..5.0, 1..40),
            q in 0.0_f64..=1.0,
        ) {
            xs.sort_unstable_by(f64::total_cmp);
            let x = quantile(&xs, q);
            prop_assert!(xs[0] <= x && x <= xs[xs.len() - 1]);
        }
    }
}
