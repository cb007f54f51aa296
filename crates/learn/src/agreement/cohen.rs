//! Cohen's kappa (1960) and weighted kappa (1968), for two raters.

use super::Undefined;
use super::coefficients::{Agreement, Weights};
use super::resample::{Bootstrap, Interval};
use super::table::{Repeats, Triples};
use crate::LearnError;

/// How often the first rater gave one value and the second another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contingency {
    /// Row-major counts, `n_values x n_values`; the row is the first rater's value.
    pub counts: Vec<u32>,
    /// Number of values on the scale.
    pub n_values: usize,
}

impl Contingency {
    /// Counts parallel values of two raters. Memory is `n_values^2`, at most 4,096 values.
    pub fn new(first: &[u32], second: &[u32], n_values: usize) -> Result<Self, LearnError> {
        if first.len() != second.len() {
            let (expected, found) = (first.len(), second.len());
            return Err(LearnError::Shape { what: "second rater's values", expected, found });
        }
        if n_values > 4096 {
            return Err(LearnError::Parameter {
                name: "n_values",
                must: "at most 4,096 for Cohen",
            });
        }
        let mut counts = vec![0_u32; n_values * n_values];
        for (at, (&a, &b)) in first.iter().zip(second).enumerate() {
            let (a, b) = (a as usize, b as usize);
            if a >= n_values || b >= n_values {
                let (what, index) = ("value of rating", a.max(b));
                return Err(LearnError::OutOfRange { what, at, index, limit: n_values });
            }
            counts[a * n_values + b] += 1;
        }
        Ok(Self { counts, n_values })
    }
}

/// Cohen's kappa of two raters. Weights go by the position of values on the scale, so values must
/// be in order for [`Weights::Linear`] and [`Weights::Quadratic`].
pub fn cohen(table: &Contingency, weights: Weights) -> Agreement {
    let cells: Vec<Cell> = cells(table, weights);
    let counts: Vec<u32> = cells.iter().map(|c| c.count).collect();
    kappa(&cells, &counts, table.n_values, weights)
}

/// Percentile bootstrap interval of [`cohen`] over units; `None` if undefined in all but one
/// resample.
pub fn cohen_bootstrap(
    table: &Contingency,
    weights: Weights,
    options: &Bootstrap,
) -> Result<Option<Interval>, LearnError> {
    let cells = cells(table, weights);
    let counts: Vec<u32> = cells.iter().map(|c| c.count).collect();
    options.interval(&counts, |draw| kappa(&cells, draw, table.n_values, weights).value.ok())
}

/// A cell of the table that is not empty.
struct Cell {
    first: usize,
    second: usize,
    count: u32,
    credit: f64,
}

fn cells(table: &Contingency, weights: Weights) -> Vec<Cell> {
    let k = table.n_values;
    let range = k.saturating_sub(1) as f64;
    let counts = table.counts.iter().enumerate().filter(|(_, c)| **c > 0);
    counts
        .map(|(i, &count)| {
            let (first, second) = (i / k, i % k);
            Cell { first, second, count, credit: weights.of(first as f64 - second as f64, range) }
        })
        .collect()
}

fn kappa(cells: &[Cell], counts: &[u32], k: usize, weights: Weights) -> Agreement {
    let n: f64 = counts.iter().map(|&c| f64::from(c)).sum();
    let mut observed = 0.0;
    let (mut rows, mut columns) = (vec![0.0; k], vec![0.0; k]);
    for (cell, &count) in cells.iter().zip(counts) {
        let share = f64::from(count) / n;
        observed += share * cell.credit;
        rows[cell.first] += share;
        columns[cell.second] += share;
    }
    let range = k.saturating_sub(1) as f64;
    let expected: f64 = match weights {
        Weights::Identity => rows.iter().zip(&columns).map(|(p, q)| p * q).sum(),
        _ => rows
            .iter()
            .enumerate()
            .filter(|(_, p)| **p > 0.0)
            .map(|(a, p)| {
                let credit = |b: usize| weights.of(a as f64 - b as f64, range);
                p * columns.iter().enumerate().map(|(b, q)| q * credit(b)).sum::<f64>()
            })
            .sum(),
    };
    let (units, ratings) = (n as usize, 2 * n as usize);
    if units == 0 {
        let value = Err(Undefined::NoPairs);
        return Agreement { value, observed: 0.0, expected: 0.0, units, ratings };
    }
    let value = if expected >= 1.0 - 1e-12 {
        Err(Undefined::NoVariance)
    } else {
        Ok((observed - expected) / (1.0 - expected))
    };
    Agreement { value, observed, expected, units, ratings }
}

/// Two raters and how far they agree on the units both rated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RaterPair {
    /// The rater of lower index.
    pub first: u32,
    /// The other rater.
    pub second: u32,
    /// Cohen's kappa over the units both rated, with their number.
    pub agreement: Agreement,
}

/// Cohen's kappa of every pair of raters that share at least `min_shared` units, by first and
/// second rater. Their mean is Light's kappa (1971).
///
/// `O(pairs of ratings in a unit)`: meant for few ratings per unit.
pub fn cohen_pairs(
    triples: &Triples<'_>,
    weights: Weights,
    min_shared: usize,
) -> Result<Vec<RaterPair>, LearnError> {
    let k = triples.n_values;
    if k > 4096 {
        return Err(LearnError::Parameter { name: "n_values", must: "at most 4,096 for Cohen" });
    }
    let mut shared: Vec<(u64, u32)> = Vec::new();
    triples.each_unit(Repeats::First, |ratings| {
        for (i, &one) in ratings.iter().enumerate() {
            for &other in &ratings[..i] {
                let (a, b) = if one.0 < other.0 { (one, other) } else { (other, one) };
                shared.push((u64::from(a.0) << 32 | u64::from(b.0), a.1 * k as u32 + b.1));
            }
        }
    })?;
    shared.sort_unstable();
    let pairs = shared.chunk_by(|a, b| a.0 == b.0).filter(|units| units.len() >= min_shared.max(1));
    Ok(pairs
        .map(|units| RaterPair {
            first: (units[0].0 >> 32) as u32,
            second: units[0].0 as u32,
            agreement: pair_kappa(units, k, weights),
        })
        .collect())
}

/// Kappa of one pair from its sorted cells, without a dense table.
fn pair_kappa(units: &[(u64, u32)], k: usize, weights: Weights) -> Agreement {
    let range = k.saturating_sub(1) as f64;
    let cells: Vec<Cell> = units
        .chunk_by(|a, b| a.1 == b.1)
        .map(|same| {
            let (first, second) = (same[0].1 as usize / k, same[0].1 as usize % k);
            let credit = weights.of(first as f64 - second as f64, range);
            Cell { first, second, count: same.len() as u32, credit }
        })
        .collect();
    let counts: Vec<u32> = cells.iter().map(|c| c.count).collect();
    kappa(&cells, &counts, k, weights)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn value(table: &Contingency, weights: Weights) -> f64 {
        cohen(table, weights).value.unwrap()
    }

    #[test]
    fn matches_statsmodels() {
        let table = Contingency { counts: vec![20, 5, 1, 3, 12, 4, 2, 6, 9], n_values: 3 };
        for (weights, want) in [
            (Weights::Identity, 0.483_128_225_486_304_1),
            (Weights::Linear, 0.550_181_378_476_420_7),
            (Weights::Quadratic, 0.619_320_507_572_656_6),
        ] {
            assert!((value(&table, weights) - want).abs() < 1e-12);
        }
        // The asymptotic standard error of statsmodels is .0897; the bootstrap must come near it.
        let interval = cohen_bootstrap(&table, Weights::Identity, &Bootstrap::default());
        let interval = interval.unwrap().unwrap();
        assert!((interval.standard_error - 0.0897).abs() < 0.009, "{interval:?}");
        assert!(interval.low < 0.483 && 0.483 < interval.high);
    }

    #[test]
    fn undefined_and_bad_input_say_so() {
        let one = Contingency::new(&[1, 1], &[1, 1], 3).unwrap();
        assert_eq!(cohen(&one, Weights::Identity).value, Err(Undefined::NoVariance));
        let none = Contingency::new(&[], &[], 3).unwrap();
        assert_eq!(cohen(&none, Weights::Linear).value, Err(Undefined::NoPairs));
        assert!(Contingency::new(&[0], &[3], 3).is_err());
        assert!(Contingency::new(&[0], &[], 3).is_err());
        assert!(Contingency::new(&[0], &[0], 5000).is_err());
    }

    #[test]
    fn pairs_of_raters_are_found_among_triples() {
        // Raters 0 and 2 share units 0 and 1; rater 1 shares only unit 1 with each.
        let triples = Triples {
            units: &[0, 1, 1, 1, 0, 1],
            raters: &[2, 0, 2, 1, 0, 0],
            values: &[0, 1, 1, 0, 0, 0],
            n_values: 2,
        };
        let pairs = cohen_pairs(&triples, Weights::Identity, 2).unwrap();
        assert_eq!(pairs.len(), 1);
        assert_eq!((pairs[0].first, pairs[0].second), (0, 2));
        assert_eq!(pairs[0].agreement.value, Ok(1.0));
        assert_eq!(cohen_pairs(&triples, Weights::Identity, 1).unwrap().len(), 3);
    }

    proptest! {
        #[test]
        fn pairs_agree_with_the_table(
            values in prop::collection::vec((0_u32..4, 0_u32..4), 2..60),
        ) {
            let (first, second): (Vec<u32>, Vec<u32>) = values.iter().copied().unzip();
            let n = first.len() as u32;
            let units: Vec<u32> = (0..n).chain(0..n).collect();
            let raters: Vec<u32> = (0..2 * n).map(|i| i / n).collect();
            let all = [first.clone(), second.clone()].concat();
            let triples = Triples { units: &units, raters: &raters, values: &all, n_values: 4 };
            for weights in [Weights::Identity, Weights::Linear, Weights::Quadratic] {
                let pairs = cohen_pairs(&triples, weights, 1).unwrap();
                let table = Contingency::new(&first, &second, 4).unwrap();
                let (a, b) = (pairs[0].agreement, cohen(&table, weights));
                match (a.value, b.value) {
                    (Ok(a), Ok(b)) => prop_assert!((a - b).abs() < 1e-9 && a <= 1.0 + 1e-12),
                    (a, b) => prop_assert_eq!(a, b),
                }
            }
        }
    }
}
