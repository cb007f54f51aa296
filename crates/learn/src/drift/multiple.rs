//! Correcting p-values where many columns are tested at once.
//!
//! Both return adjusted p-values, in the order given: compare them with the level directly.

use crate::LearnError;

/// Which error a correction limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Correction {
    /// The probability of even one false alarm, under any dependence (Holm, Scandinavian Journal
    /// of Statistics 1979).
    Holm,
    /// The expected share of false ones among the alarms, for independent or positively dependent
    /// tests (Benjamini and Hochberg, JRSSB 1995).
    BenjaminiHochberg,
}

/// Adjusted p-values by `correction`.
///
/// Errors if a p-value is not in `0..=1`.
pub fn adjust(p_values: &[f64], correction: Correction) -> Result<Vec<f64>, LearnError> {
    match correction {
        Correction::Holm => holm(p_values),
        Correction::BenjaminiHochberg => benjamini_hochberg(p_values),
    }
}

/// Holm's adjusted p-values: the `i`-th smallest of `m` times `m - i + 1`, made ascending.
pub fn holm(p_values: &[f64]) -> Result<Vec<f64>, LearnError> {
    let order = ascending(p_values)?;
    let mut out = vec![0.0; p_values.len()];
    let mut largest = 0.0_f64;
    for (rank, &i) in order.iter().enumerate() {
        let factor = (p_values.len() - rank) as f64;
        largest = largest.max((p_values[i] * factor).min(1.0));
        out[i] = largest;
    }
    Ok(out)
}

/// Benjamini and Hochberg's adjusted p-values: the `i`-th smallest of `m` times `m / i`, made
/// ascending from the largest down.
pub fn benjamini_hochberg(p_values: &[f64]) -> Result<Vec<f64>, LearnError> {
    let order = ascending(p_values)?;
    let mut out = vec![0.0; p_values.len()];
    let mut least = 1.0_f64;
    for (rank, &i) in order.iter().enumerate().rev() {
        let factor = p_values.len() as f64 / (rank + 1) as f64;
        least = least.min(p_values[i] * factor);
        out[i] = least;
    }
    Ok(out)
}

fn ascending(p_values: &[f64]) -> Result<Vec<usize>, LearnError> {
    if let Some(at) = p_values.iter().position(|p| !(0.0..=1.0).contains(p)) {
        return Err(LearnError::NotFinite { what: "p-value (in 0..=1)", at });
    }
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    Ok(order)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn matches_statsmodels() {
        // multipletests of statsmodels 0.15.0, methods "holm" and "fdr_bh".
        let p = [0.01, 0.04, 0.03, 0.005];
        for (got, want) in [
            (holm(&p).unwrap(), [0.03, 0.06, 0.06, 0.02]),
            (benjamini_hochberg(&p).unwrap(), [0.02, 0.04, 0.04, 0.02]),
        ] {
            assert!(got.iter().zip(want).all(|(a, b)| (a - b).abs() < 1e-15), "{got:?}");
        }
        assert!(holm(&[0.5, f64::NAN]).is_err() && benjamini_hochberg(&[1.5]).is_err());
        assert_eq!(holm(&[]).unwrap(), Vec::<f64>::new());
    }

    proptest! {
        #[test]
        fn between_raw_and_bonferroni(p in prop::collection::vec(0.0_f64..=1.0, 1..20)) {
            let strict = adjust(&p, Correction::Holm).unwrap();
            let loose = adjust(&p, Correction::BenjaminiHochberg).unwrap();
            for i in 0..p.len() {
                prop_assert!(p[i] <= loose[i] + 1e-15 && loose[i] <= strict[i] + 1e-15);
                prop_assert!(strict[i] <= (p[i] * p.len() as f64).min(1.0) + 1e-15);
                for j in 0..p.len() {
                    prop_assert!(p[i] > p[j] || (strict[i] <= strict[j] && loose[i] <= loose[j]));
                }
            }
        }
    }
}
