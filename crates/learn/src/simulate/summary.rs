//! Many replays in a few numbers.

use super::{Curve, Simulation};
use crate::LearnError;
use crate::proportion::normal_quantile;

/// A mean score with its 95 % interval by Student's t over the replays.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mean {
    /// Labels.
    pub labels: usize,
    /// Replays that got so far.
    pub replays: usize,
    /// Mean score.
    pub score: f64,
    /// Interval of the mean score; as wide as `[0, 1]` for one replay.
    pub interval: (f64, f64),
    /// Mean share of wrong predictions.
    pub error: f64,
}

/// The mean curve: one entry for each number of labels that every replay got to.
pub fn mean_curve(curves: &[Curve]) -> Vec<Mean> {
    let points = curves.iter().map(|c| c.points.len()).min().unwrap_or(0);
    (0..points)
        .map(|i| {
            let column = || curves.iter().map(|c| c.points[i]);
            let scores: Vec<f64> = column().map(|p| p.score).collect();
            let (score, low, high) = mean(&scores);
            let error = column().map(|p| p.error).sum::<f64>() / scores.len() as f64;
            let labels = column().map(|p| p.labels).max().unwrap_or(0);
            let interval = (low.max(0.0), high.min(1.0));
            Mean { labels, replays: scores.len(), score, interval, error }
        })
        .collect()
}

/// A mean over seeds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// Seeds.
    pub seeds: usize,
    /// Mean over the seeds.
    pub mean: f64,
    /// Its two-sided 95 % interval by Student's t; infinite for one seed.
    pub interval: (f64, f64),
}

impl Simulation {
    /// Labels to the goal; None unless every replay reached it.
    pub fn labels_to_goal(&self) -> Option<Estimate> {
        let values: Option<Vec<f64>> = self.curves.iter().map(|c| c.to_goal).collect();
        values.filter(|v| !v.is_empty()).map(|v| estimate(&v))
    }
}

/// Mean over the seeds of labels to the goal by `a` divided by those by `b`: below 1 where `a`
/// needs fewer. Errors unless both have the same seeds and reached the goal in all of them.
pub fn paired_ratio(a: &Simulation, b: &Simulation) -> Result<Estimate, LearnError> {
    paired(a, b, |a, b| a / b)
}

/// Mean over the seeds of labels that `a` saved against `b` on the way to the goal.
pub fn paired_saving(a: &Simulation, b: &Simulation) -> Result<Estimate, LearnError> {
    paired(a, b, |a, b| b - a)
}

fn paired(
    a: &Simulation,
    b: &Simulation,
    of: impl Fn(f64, f64) -> f64,
) -> Result<Estimate, LearnError> {
    if a.curves.len() != b.curves.len() {
        let (expected, found) = (a.curves.len(), b.curves.len());
        return Err(LearnError::Shape { what: "replays to pair", expected, found });
    }
    let mut values = Vec::with_capacity(a.curves.len());
    for (x, y) in a.curves.iter().zip(&b.curves) {
        if x.seed != y.seed {
            return Err(LearnError::Parameter { name: "seeds", must: "the same on both sides" });
        }
        let (Some(x), Some(y)) = (x.to_goal, y.to_goal) else {
            return Err(LearnError::Parameter { name: "most", must: "enough to reach the goal" });
        };
        values.push(of(x, y));
    }
    if values.is_empty() {
        return Err(LearnError::Empty { what: "replays to pair" });
    }
    Ok(estimate(&values))
}

fn estimate(values: &[f64]) -> Estimate {
    let (mean, low, high) = mean(values);
    Estimate { seeds: values.len(), mean, interval: (low, high) }
}

/// Mean and its two-sided 95 % interval; infinite for one value.
fn mean(values: &[f64]) -> (f64, f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    if values.len() < 2 {
        return (mean, f64::NEG_INFINITY, f64::INFINITY);
    }
    let squares: f64 = values.iter().map(|v| (v - mean) * (v - mean)).sum();
    let half = t_quantile(values.len() - 1) * (squares / (n - 1.0) / n).sqrt();
    (mean, mean - half, mean + half)
}

/// 0.975-quantile of Student's t with `degrees` of freedom: exact for 1 and 2, else the
/// Cornish-Fisher series (Abramowitz and Stegun 26.7.5), whose error is below 0.005.
fn t_quantile(degrees: usize) -> f64 {
    const P: f64 = 0.975;
    match degrees {
        0 => f64::INFINITY,
        1 => (std::f64::consts::PI * (P - 0.5)).tan(),
        2 => 2.0 * (P - 0.5) * (2.0 / (4.0 * P * (1.0 - P))).sqrt(),
        _ => {
            let (z, v) = (normal_quantile(P), degrees as f64);
            let z2 = z * z;
            let g1 = z * (z2 + 1.0) / 4.0;
            let g2 = z * ((5.0 * z2 + 16.0) * z2 + 3.0) / 96.0;
            let g3 = z * (((3.0 * z2 + 19.0) * z2 + 17.0) * z2 - 15.0) / 384.0;
            let g4 = z * ((((79.0 * z2 + 776.0) * z2 + 1482.0) * z2 - 1920.0) * z2 - 945.0);
            z + (g1 + (g2 + (g3 + g4 / 92_160.0 / v) / v) / v) / v
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_of_student() {
        // scipy.stats.t.ppf(0.975, v).
        for (v, want) in [
            (1, 12.706_205),
            (2, 4.302_653),
            (3, 3.182_446),
            (4, 2.776_445),
            (9, 2.262_157),
            (19, 2.093_024),
            (100, 1.983_972),
        ] {
            assert!((t_quantile(v) - want).abs() < 5e-3, "{v}: {} for {want}", t_quantile(v));
        }
    }

    #[test]
    fn an_interval_by_hand() {
        // Mean 2, deviation 1, standard error 1 / sqrt 3, times 4.3027.
        let (m, low, high) = mean(&[1.0, 2.0, 3.0]);
        assert!((m - 2.0).abs() < 1e-12 && (high - low - 2.0 * 2.484_138).abs() < 1e-5);
    }
}
