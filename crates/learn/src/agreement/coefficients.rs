//! Raw agreement, Fleiss' kappa, Krippendorff's alpha, Gwet's AC1 and AC2.

use super::Undefined;
use super::resample::{Bootstrap, Interval};
use super::table::{Pattern, Table};
use crate::LearnError;

/// Largest number of values for which all pairs of values are compared.
const PAIRWISE: usize = 20_000;

/// Distance of Krippendorff's alpha (2004; "Computing Krippendorff's alpha-reliability", 2011).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// 1 if different.
    Nominal,
    /// Squared difference of the mid-ranks, so that only the order of the levels matters.
    Ordinal,
    /// Squared difference of the levels.
    Interval,
    /// `((a - b) / (a + b))^2`, for levels with a true zero, none of them negative.
    Ratio,
}

/// Credit for near misses, by the distance of levels `d` and their range `R`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weights {
    /// Full credit for equal values, else none.
    Identity,
    /// `1 - d / R`.
    Linear,
    /// `1 - (d / R)^2`.
    Quadratic,
}

/// Which coefficient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Mean over units of the share of agreeing pairs of ratings.
    Raw,
    /// Fleiss' kappa (1971). For units of unequal size in Gwet's generalisation: chance has each
    /// value's mean share over units.
    Fleiss,
    /// Krippendorff's alpha.
    Krippendorff(Metric),
    /// Gwet's AC1 ([`Weights::Identity`]) or AC2 ("Computing inter-rater reliability and its
    /// variance in the presence of high agreement", 2008).
    Gwet(Weights),
}

/// A coefficient and what it was made of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Agreement {
    /// 1 is full agreement, 0 is chance (for [`Measure::Raw`]: no agreement), below is worse.
    pub value: Result<f64, Undefined>,
    /// Observed agreement; for Krippendorff observed *dis*agreement.
    pub observed: f64,
    /// The same by chance; 0 for [`Measure::Raw`].
    pub expected: f64,
    /// Units with at least two ratings.
    pub units: usize,
    /// Ratings in them.
    pub ratings: usize,
}

/// A coefficient of `table`. Units with one rating do not count, except that Fleiss and Gwet take
/// the frequencies of values from all units.
///
/// Costs `O(patterns)` (times squared distinct values per unit for weighted and ratio measures, and
/// `O(values^2)` for chance in those). Errors if the ratio metric meets a negative level, or a
/// weighted or ratio measure more than 20,000 values.
pub fn measure(table: &Table, which: Measure) -> Result<Agreement, LearnError> {
    Ok(Prepared::new(table, which)?.evaluate(table.times()))
}

/// Percentile bootstrap interval of a coefficient over units; `None` if it is undefined in all but
/// one of the resamples.
///
/// A resample costs about the number of patterns, not of ratings.
pub fn bootstrap(
    table: &Table,
    which: Measure,
    options: &Bootstrap,
) -> Result<Option<Interval>, LearnError> {
    let prepared = Prepared::new(table, which)?;
    options.interval(table.times(), |times| prepared.evaluate(times).value.ok())
}

/// A coefficient with whatever does not depend on multiplicities computed once.
struct Prepared<'a> {
    table: &'a Table,
    which: Measure,
    /// Agreement (for Krippendorff: disagreement times ratings) within a unit of each pattern.
    within: Vec<f64>,
    /// Values by ascending level, for the ordinal metric.
    order: Vec<usize>,
    /// Sum of all weights, for Gwet.
    weight_sum: f64,
}

impl<'a> Prepared<'a> {
    fn new(table: &'a Table, which: Measure) -> Result<Self, LearnError> {
        let levels = table.levels();
        check(levels, which)?;
        let mut order: Vec<usize> = Vec::new();
        if which == Measure::Krippendorff(Metric::Ordinal) {
            order.extend(0..levels.len());
            order.sort_unstable_by(|&a, &b| levels[a].total_cmp(&levels[b]));
        }
        let weights = match which {
            Measure::Gwet(weights) => weights,
            _ => Weights::Identity,
        };
        let range = range(levels);
        let within = table
            .patterns()
            .map(|p| match which {
                _ if p.size < 2 => 0.0,
                Measure::Krippendorff(Metric::Nominal) => {
                    f64::from(p.size) * (1.0 - equal_share(p))
                }
                // Depends on the frequencies of all values.
                Measure::Krippendorff(Metric::Ordinal) => 0.0,
                Measure::Krippendorff(Metric::Interval) => scatter(p, |v| levels[v]),
                Measure::Krippendorff(Metric::Ratio) => {
                    f64::from(p.size) * pair_share(p, |a, b| ratio(levels[a], levels[b]))
                }
                _ if weights == Weights::Identity => equal_share(p),
                Measure::Raw | Measure::Fleiss | Measure::Gwet(_) => {
                    pair_share(p, |a, b| weights.of(levels[a] - levels[b], range))
                }
            })
            .collect();
        let weight_sum = match weights {
            Weights::Identity => levels.len() as f64,
            _ => sum_pairs(levels.len(), |a, b| weights.of(levels[a] - levels[b], range)),
        };
        Ok(Self { table, which, within, order, weight_sum })
    }

    fn evaluate(&self, times: &[u32]) -> Agreement {
        let (mut units, mut ratings) = (0_u64, 0_u64);
        for (p, &t) in self.table.patterns().zip(times) {
            if p.size >= 2 {
                units += u64::from(t);
                ratings += u64::from(t) * u64::from(p.size);
            }
        }
        let blank = Agreement {
            value: Err(Undefined::NoPairs),
            observed: 0.0,
            expected: 0.0,
            units: units as usize,
            ratings: ratings as usize,
        };
        if units == 0 {
            return blank;
        }
        match self.which {
            Measure::Krippendorff(metric) => self.alpha(times, metric, blank),
            _ => self.kappa(times, blank),
        }
    }

    fn kappa(&self, times: &[u32], blank: Agreement) -> Agreement {
        let sum: f64 = times.iter().zip(&self.within).map(|(&t, a)| f64::from(t) * a).sum();
        let observed = sum / blank.units as f64;
        if self.which == Measure::Raw {
            return Agreement { value: Ok(observed), observed, ..blank };
        }
        let shares = self.shares(times);
        let squares: f64 = shares.iter().map(|p| p * p).sum();
        let k = shares.len() as f64;
        let expected = match self.which {
            Measure::Gwet(_) if k < 2.0 => 1.0,
            Measure::Gwet(_) => self.weight_sum / (k * (k - 1.0)) * (1.0 - squares),
            _ => squares,
        };
        // Rounding only: chance is full exactly when one value took all.
        let value = if expected >= 1.0 - 1e-12 {
            Err(Undefined::NoVariance)
        } else {
            Ok((observed - expected) / (1.0 - expected))
        };
        Agreement { value, observed, expected, ..blank }
    }

    fn alpha(&self, times: &[u32], metric: Metric, blank: Agreement) -> Agreement {
        let n = blank.ratings as f64;
        let counts = self.counts(times);
        let levels = self.table.levels();
        let nominal = || n * n - counts.iter().map(|c| c * c).sum::<f64>();
        let (observed, expected) = match metric {
            Metric::Nominal => (self.weighted(times), nominal()),
            Metric::Interval => (self.weighted(times), total_scatter(&counts, levels)),
            Metric::Ratio => {
                let used: Vec<usize> = (0..counts.len()).filter(|&v| counts[v] > 0.0).collect();
                let sum = sum_pairs(used.len(), |a, b| {
                    let (a, b) = (used[a], used[b]);
                    counts[a] * counts[b] * ratio(levels[a], levels[b])
                });
                (self.weighted(times), sum)
            }
            Metric::Ordinal => {
                let ranks = mid_ranks(&counts, &self.order);
                let units = self.table.patterns().zip(times).filter(|(p, t)| p.size > 1 && **t > 0);
                let within = units.map(|(p, &t)| f64::from(t) * scatter(p, |v| ranks[v])).sum();
                (within, total_scatter(&counts, &ranks))
            }
        };
        let (observed, expected) = (observed / n, expected / (n * (n - 1.0)));
        let single = counts.iter().filter(|&&c| c > 0.0).count() < 2;
        let value = if single || expected <= 0.0 {
            Err(Undefined::NoVariance)
        } else {
            Ok(1.0 - observed / expected)
        };
        Agreement { value, observed, expected, ..blank }
    }

    fn weighted(&self, times: &[u32]) -> f64 {
        times.iter().zip(&self.within).map(|(&t, d)| f64::from(t) * d).sum()
    }

    /// How often each value was given in units with at least two ratings.
    fn counts(&self, times: &[u32]) -> Vec<f64> {
        let mut counts = vec![0.0; self.table.levels().len()];
        for (p, &t) in self.table.patterns().zip(times) {
            if p.size >= 2 {
                for &(v, c) in p.entries {
                    counts[v as usize] += f64::from(t) * f64::from(c);
                }
            }
        }
        counts
    }

    /// Mean over units of each value's share of the unit's ratings.
    fn shares(&self, times: &[u32]) -> Vec<f64> {
        let mut shares = vec![0.0; self.table.levels().len()];
        let mut units = 0.0;
        for (p, &t) in self.table.patterns().zip(times) {
            units += f64::from(t);
            let each = f64::from(t) / f64::from(p.size);
            for &(v, c) in p.entries {
                shares[v as usize] += each * f64::from(c);
            }
        }
        shares.iter().map(|s| s / units).collect()
    }
}

impl Weights {
    /// Credit for two levels that differ by `d` on a scale of range `range`.
    pub(super) fn of(self, d: f64, range: f64) -> f64 {
        match self {
            _ if d == 0.0 => 1.0,
            Self::Identity => 0.0,
            Self::Linear => 1.0 - d.abs() / range,
            Self::Quadratic => 1.0 - (d / range).powi(2),
        }
    }
}

fn check(levels: &[f64], which: Measure) -> Result<(), LearnError> {
    let pairwise = matches!(
        which,
        Measure::Krippendorff(Metric::Ratio) | Measure::Gwet(Weights::Linear | Weights::Quadratic)
    );
    if pairwise && levels.len() > PAIRWISE {
        let must = "at most 20,000 for ratio and weighted measures; round the values";
        return Err(LearnError::Parameter { name: "values", must });
    }
    if which == Measure::Krippendorff(Metric::Ratio) && levels.iter().any(|&x| x < 0.0) {
        return Err(LearnError::Parameter {
            name: "levels",
            must: "not negative for the ratio metric",
        });
    }
    Ok(())
}

/// Share of equal pairs among the ordered pairs of ratings of a unit (with at least two).
fn equal_share(p: Pattern<'_>) -> f64 {
    let equal = |&(_, c): &(u32, u32)| f64::from(c) * (f64::from(c) - 1.0);
    let m = f64::from(p.size);
    p.entries.iter().map(equal).sum::<f64>() / (m * (m - 1.0))
}

/// Mean of `credit` over the ordered pairs of ratings of a unit (with at least two).
fn pair_share(p: Pattern<'_>, credit: impl Fn(usize, usize) -> f64) -> f64 {
    let m = f64::from(p.size);
    let mut sum = 0.0;
    for (i, &(a, n)) in p.entries.iter().enumerate() {
        let (a, n) = (a as usize, f64::from(n));
        sum += n * (n - 1.0) * credit(a, a);
        for &(b, other) in &p.entries[..i] {
            sum += 2.0 * n * f64::from(other) * credit(a, b as usize);
        }
    }
    sum / (m * (m - 1.0))
}

/// Squared differences over the ordered pairs of a unit's ratings, divided by its ratings less one.
fn scatter(p: Pattern<'_>, level: impl Fn(usize) -> f64) -> f64 {
    let m = f64::from(p.size);
    let sum: f64 = p.entries.iter().map(|&(v, c)| f64::from(c) * level(v as usize)).sum();
    let mean = sum / m;
    // Around the unit's mean, lest large levels cancel.
    let squares = |&(v, c): &(u32, u32)| f64::from(c) * (level(v as usize) - mean).powi(2);
    2.0 * m * p.entries.iter().map(squares).sum::<f64>() / (m - 1.0)
}

/// Squared differences over all ordered pairs of ratings.
fn total_scatter(counts: &[f64], levels: &[f64]) -> f64 {
    let n: f64 = counts.iter().sum();
    let mean = counts.iter().zip(levels).map(|(c, x)| c * x).sum::<f64>() / n;
    2.0 * n * counts.iter().zip(levels).map(|(c, x)| c * (x - mean).powi(2)).sum::<f64>()
}

/// Mean rank of the ratings of each value. The ordinal distance of Krippendorff, the number of
/// ratings from one value to the other with half of those at the ends, is their difference.
fn mid_ranks(counts: &[f64], order: &[usize]) -> Vec<f64> {
    let mut ranks = vec![0.0; counts.len()];
    let mut below = 0.0;
    for &v in order {
        ranks[v] = below + 0.5 * counts[v];
        below += counts[v];
    }
    ranks
}

fn ratio(a: f64, b: f64) -> f64 {
    if a == b { 0.0 } else { ((a - b) / (a + b)).powi(2) }
}

fn sum_pairs(n: usize, term: impl Fn(usize, usize) -> f64) -> f64 {
    (0..n).map(|a| term(a, a) + 2.0 * (0..a).map(|b| term(a, b)).sum::<f64>()).sum()
}

fn range(levels: &[f64]) -> f64 {
    let low = levels.iter().copied().fold(f64::INFINITY, f64::min);
    levels.iter().copied().fold(f64::NEG_INFINITY, f64::max) - low
}

#[cfg(test)]
#[path = "coefficients_tests.rs"]
mod tests;
