//! A few looks, planned beforehand: spending the error `alpha` over them.
//!
//! Lan and DeMets (Biometrika 1983): by the share `t` of the planned information an amount `a(t)` of
//! the error may have been spent. The bounds of the z-statistic at each look follow from the joint
//! distribution of the looks by recursive integration (Armitage, McPherson and Rowe, JRSS A 1969).
//! Compared with a test that may be looked at any time this needs fewer cases, but only at the looks
//! that were planned.

use super::check_delta;
use crate::LearnError;
use crate::special::{normal_density, normal_quantile, normal_tail};

/// How the error is spent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Spending {
    /// `2 - 2 Phi(z / sqrt(t))` on each of the two sides, with `z` the `1 - alpha / 4` quantile: hardly
    /// anything early, almost a plain test at the end (after O'Brien and Fleming 1979).
    OBrienFleming,
    /// `alpha ln(1 + (e - 1) t)`: about alike at each look (after Pocock 1977).
    Pocock,
    /// `alpha t^rho` (Kim and DeMets 1987).
    Power(f64),
}

impl Spending {
    /// The error spent by the share `t` of the information, in `0..=alpha`; `t` is taken into `0..=1`.
    ///
    /// Errors if `alpha` is not in `(0, 1)` or `rho` not positive.
    pub fn spent(self, t: f64, alpha: f64) -> Result<f64, LearnError> {
        check_delta(alpha)?;
        let t = if t.is_nan() { 0.0 } else { t.clamp(0.0, 1.0) };
        if t == 0.0 {
            return Ok(0.0);
        }
        Ok(match self {
            Self::OBrienFleming => {
                4.0 * normal_tail(normal_quantile(1.0 - 0.25 * alpha) / t.sqrt())
            }
            Self::Pocock => alpha * (std::f64::consts::E - 1.0).mul_add(t, 1.0).ln(),
            Self::Power(rho) if rho > 0.0 => alpha * t.powf(rho),
            Self::Power(_) => {
                return Err(LearnError::Parameter { name: "rho", must: "positive" });
            }
        })
    }
}

/// One planned look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Look {
    /// Share of the planned information.
    pub information: f64,
    /// Error spent by then, over all looks so far.
    pub spent: f64,
    /// The null is rejected if the z-statistic over all values so far is at least this in absolute
    /// value.
    pub z: f64,
}

/// Points at which the distribution of the statistic is kept between looks.
const POINTS: usize = 801;

/// Bounds of a two-sided test of level `alpha` at looks after the given shares of the information
/// (ascending, in `(0, 1]`, at most 100).
///
/// Errors if there is no look or too many, they are not ascending within `(0, 1]`, or `alpha` is not
/// in `(0, 1)`.
pub fn bounds(
    information: &[f64],
    alpha: f64,
    spending: Spending,
) -> Result<Vec<Look>, LearnError> {
    if information.is_empty() || information.len() > 100 {
        return Err(LearnError::Parameter { name: "looks", must: "between 1 and 100" });
    }
    if !information.is_sorted_by(|a, b| a < b)
        || information.iter().any(|t| !(*t > 0.0 && *t <= 1.0))
    {
        return Err(LearnError::Parameter { name: "information", must: "ascending in (0, 1]" });
    }
    let mut looks: Vec<Look> = Vec::with_capacity(information.len());
    let mut grid = Grid::start();
    let (mut before, mut spent_before) = (0.0, 0.0);
    for &t in information {
        let spent = spending.spent(t, alpha)?;
        let deviation = f64::sqrt(t - before);
        let bar = grid.bar(deviation, (spent - spent_before).max(0.0), t);
        grid = grid.step(deviation, bar);
        looks.push(Look { information: t, spent, z: bar / t.sqrt() });
        (before, spent_before) = (t, spent);
    }
    Ok(looks)
}

/// Density of `z sqrt(t)` over runs that have not been stopped, with Simpson's weights.
struct Grid {
    points: Vec<f64>,
    /// Density times weight.
    mass: Vec<f64>,
}

impl Grid {
    fn start() -> Self {
        Self { points: vec![0.0], mass: vec![1.0] }
    }

    /// The bound that the next value crosses, on either side, with probability `error`.
    fn bar(&self, deviation: f64, error: f64, t: f64) -> f64 {
        let crossing = |bar: f64| -> f64 {
            let tails =
                |u: f64| normal_tail((bar - u) / deviation) + normal_tail((bar + u) / deviation);
            self.points.iter().zip(&self.mass).map(|(&u, m)| m * tails(u)).sum()
        };
        // Beyond nine standard deviations there is nothing left to integrate.
        let (mut low, mut high) = (0.0, 9.0 * t.sqrt());
        if error < 1e-15 {
            return high;
        }
        while high - low > 1e-10 {
            let middle = 0.5 * (low + high);
            if crossing(middle) > error { low = middle } else { high = middle }
        }
        high
    }

    /// The density after the next value, over runs within the bound.
    fn step(&self, deviation: f64, bar: f64) -> Self {
        let width = 2.0 * bar / (POINTS - 1) as f64;
        let points: Vec<f64> = (0..POINTS).map(|i| i as f64 * width - bar).collect();
        let density = |s: f64| -> f64 {
            let at = |u: f64| normal_density((s - u) / deviation) / deviation;
            self.points.iter().zip(&self.mass).map(|(&u, m)| m * at(u)).sum()
        };
        let weight = |i: usize| match i {
            0 => width / 3.0,
            i if i == POINTS - 1 => width / 3.0,
            i if i % 2 == 1 => 4.0 * width / 3.0,
            _ => 2.0 * width / 3.0,
        };
        let mass = points.iter().enumerate().map(|(i, &s)| weight(i) * density(s)).collect();
        Self { points, mass }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;

    const FIFTHS: [f64; 5] = [0.2, 0.4, 0.6, 0.8, 1.0];

    fn close(looks: &[Look], want: &[f64]) {
        assert!(looks.iter().zip(want).all(|(l, w)| (l.z - w).abs() < 0.002), "{looks:?}");
    }

    #[test]
    fn published_bounds_of_five_looks() {
        // Tables of Lan-DeMets bounds, two-sided 5 % (Reboussin et al. 2000; Jennison and Turnbull).
        let got = bounds(&FIFTHS, 0.05, Spending::OBrienFleming).unwrap();
        close(&got, &[4.877, 3.357, 2.680, 2.290, 2.031]);
        let got = bounds(&FIFTHS, 0.05, Spending::Pocock).unwrap();
        close(&got, &[2.438, 2.427, 2.410, 2.397, 2.386]);
        let got = bounds(&[1.0], 0.05, Spending::Power(2.0)).unwrap();
        close(&got, &[1.960]);
    }

    #[test]
    fn errors_over_all_looks_are_the_level() {
        let looks = bounds(&FIFTHS, 0.05, Spending::Pocock).unwrap();
        let mut rejected = 0;
        for seed in 0..40_000 {
            let (mut rng, mut sum) = (Rng::stream(seed, 81), 0.0);
            let crossed = looks.iter().any(|look| {
                sum += normal_quantile(rng.unit().max(1e-12)) * 0.2_f64.sqrt();
                (sum / look.information.sqrt()).abs() >= look.z
            });
            rejected += u32::from(crossed);
        }
        let share = f64::from(rejected) / 40_000.0;
        assert!((share - 0.05).abs() < 0.004, "{share}");
    }

    #[test]
    fn spending_rises_to_alpha() {
        for spending in [Spending::OBrienFleming, Spending::Pocock, Spending::Power(1.5)] {
            let spent: Vec<f64> =
                (0..=20).map(|i| spending.spent(f64::from(i) / 20.0, 0.1).unwrap()).collect();
            assert!(spent.is_sorted() && spent[0] == 0.0 && (spent[20] - 0.1).abs() < 1e-9);
        }
    }

    #[test]
    fn many_looks_and_bad_input() {
        let many: Vec<f64> = (1..=50).map(|i| f64::from(i) / 50.0).collect();
        let looks = bounds(&many, 0.05, Spending::OBrienFleming).unwrap();
        assert!(looks.windows(2).all(|w| w[1].z <= w[0].z + 1e-6));
        assert!(looks[49].z > 2.0 && looks[49].z < 2.2, "{:?}", looks[49]);
        let none = Spending::Pocock;
        assert!(bounds(&[], 0.05, none).is_err() && bounds(&[0.5, 0.5], 0.05, none).is_err());
        assert!(bounds(&[0.5, 1.5], 0.05, none).is_err() && bounds(&[1.0], 0.0, none).is_err());
        assert!(bounds(&[1.0], 0.05, Spending::Power(0.0)).is_err());
    }
}
