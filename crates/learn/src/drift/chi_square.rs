//! Pearson's chi-square test for a table of counts (Pearson 1900), with Cramér's V (1946).
//!
//! `X2 = sum (observed - expected)^2 / expected`, `V = sqrt(X2 / (N min(rows - 1, columns - 1)))`.
//! There is no continuity correction, also for two by two tables, where scipy corrects by default.

use crate::LearnError;
use crate::special::chi_square_tail;

/// Result of the test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChiSquare {
    /// `X2`.
    pub statistic: f64,
    /// Degrees of freedom; rows and columns without any count are left out.
    pub degrees: u64,
    /// Probability of such an `X2` or a larger one if rows and columns are independent.
    pub p_value: f64,
    /// Cramér's V in `0..=1`, the effect size: 0.1 is small, 0.3 medium, 0.5 large (Cohen 1988, for
    /// two rows).
    pub cramers_v: f64,
    /// The least expected count: below 5 the p-value is rough (Cochran 1954).
    pub least_expected: f64,
}

/// Tests whether the rows of `table` (row-major, `columns` columns) have the same shares.
///
/// With fewer than two rows or columns that hold counts nothing can differ: the statistic is 0 and
/// the p-value 1. Errors if the table is empty or its length is no multiple of `columns`.
pub fn chi_square(table: &[u64], columns: usize) -> Result<ChiSquare, LearnError> {
    if columns == 0 || !table.len().is_multiple_of(columns) {
        return Err(LearnError::Shape {
            what: "table (a multiple of its columns)",
            expected: columns,
            found: table.len(),
        });
    }
    let mut column_sums = vec![0.0_f64; columns];
    let mut row_sums = Vec::with_capacity(table.len() / columns);
    for row in table.chunks_exact(columns) {
        row.iter().zip(&mut column_sums).for_each(|(&k, sum)| *sum += k as f64);
        row_sums.push(row.iter().map(|&k| k as f64).sum::<f64>());
    }
    let total: f64 = row_sums.iter().sum();
    if total == 0.0 {
        return Err(LearnError::Empty { what: "the table of counts" });
    }
    let (mut statistic, mut least_expected) = (0.0, f64::INFINITY);
    for (row, of_row) in table.chunks_exact(columns).zip(&row_sums) {
        for (&k, of_column) in row.iter().zip(&column_sums) {
            let expected = of_row * of_column / total;
            if expected > 0.0 {
                statistic += (k as f64 - expected).powi(2) / expected;
                least_expected = expected.min(least_expected);
            }
        }
    }
    let filled = |sums: &[f64]| sums.iter().filter(|s| **s > 0.0).count() as u64 - 1;
    let (r, c) = (filled(&row_sums), filled(&column_sums));
    let degrees = r * c;
    if degrees == 0 {
        let (p_value, cramers_v) = (1.0, 0.0);
        return Ok(ChiSquare { statistic: 0.0, degrees, p_value, cramers_v, least_expected });
    }
    Ok(ChiSquare {
        statistic,
        degrees,
        p_value: chi_square_tail(statistic, degrees as f64),
        cramers_v: (statistic / (total * r.min(c) as f64)).sqrt().min(1.0),
        least_expected,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn matches_scipy() {
        // scipy.stats.chi2_contingency(correction=False) of scipy 1.17.1.
        let got = chi_square(&[10, 20, 30, 6, 9, 17], 3).unwrap();
        assert!((got.statistic - 0.271_574_651_504_035_04).abs() < 1e-13);
        assert!((got.p_value - 0.873_028_283_380_073).abs() < 1e-11 && got.degrees == 2);
        assert!((got.least_expected - 5.565_217_39).abs() < 1e-8);
        let got = chi_square(&[100, 200, 150, 130], 2).unwrap();
        assert!((got.statistic - 24.187_590_187_590_203).abs() < 1e-11);
        assert!((got.p_value / 8.739_359_784_557_244e-7 - 1.0).abs() < 1e-9, "{got:?}");
    }

    #[test]
    fn edges() {
        assert_eq!(chi_square(&[5, 0, 7, 0], 2).unwrap().p_value, 1.0);
        assert_eq!(chi_square(&[5, 9, 0, 0], 2).unwrap().degrees, 0);
        assert_eq!(chi_square(&[50, 0, 0, 50], 2).unwrap().cramers_v, 1.0);
        assert!(chi_square(&[0, 0], 2).is_err() && chi_square(&[1, 2, 3], 2).is_err());
        assert!(chi_square(&[], 0).is_err());
    }

    proptest! {
        #[test]
        fn does_not_mind_turning_or_empty_columns(t in prop::collection::vec(0_u64..40, 6)) {
            prop_assume!(t.iter().sum::<u64>() > 0);
            let got = chi_square(&t, 3).unwrap();
            let turned = [t[0], t[3], t[1], t[4], t[2], t[5]];
            let padded = [t[0], 0, t[1], t[2], t[3], 0, t[4], t[5]];
            for other in [chi_square(&turned, 2).unwrap(), chi_square(&padded, 4).unwrap()] {
                prop_assert!((got.statistic - other.statistic).abs() < 1e-9);
                prop_assert_eq!(got.degrees, other.degrees);
            }
            prop_assert!((0.0..=1.0).contains(&got.p_value));
            prop_assert!((0.0..=1.0).contains(&got.cramers_v));
        }
    }
}
