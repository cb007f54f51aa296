//! How large a difference is, whatever the number of rows.

use super::{check, sorted};
use crate::LearnError;

/// Cohen's d, `(mean(current) - mean(reference)) / s` with the pooled standard deviation `s` (Cohen
/// 1988: 0.2 is small, 0.5 medium, 0.8 large). None if neither sample varies, or both have one row.
///
/// Errors if a sample is empty or a number is not finite.
pub fn cohens_d(reference: &[f64], current: &[f64]) -> Result<Option<f64>, LearnError> {
    check(reference, "reference value")?;
    check(current, "current value")?;
    let ((a, u), (b, v)) = (moments(reference), moments(current));
    let degrees = (reference.len() + current.len()) as f64 - 2.0;
    let pooled = ((u + v) / degrees).sqrt();
    Ok((degrees > 0.0 && pooled > 0.0).then(|| (b - a) / pooled))
}

/// Mean and sum of squared deviations from it.
fn moments(values: &[f64]) -> (f64, f64) {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    (mean, values.iter().map(|x| (x - mean).powi(2)).sum())
}

/// Cliff's delta, `P(current > reference) - P(current < reference)` over all pairs (Cliff 1993; 0.15
/// is small, 0.33 medium, 0.47 large), in `O((n + m) log(n + m))`.
///
/// Errors if a sample is empty or a number is not finite.
pub fn cliffs_delta(reference: &[f64], current: &[f64]) -> Result<f64, LearnError> {
    check(reference, "reference value")?;
    check(current, "current value")?;
    let (a, b) = (sorted(reference), sorted(current));
    // For each value of `b`: how many of `a` lie below it, and how many above.
    let (mut below, mut upto, mut sum) = (0, 0, 0.0);
    for x in &b {
        while below < a.len() && a[below] < *x {
            below += 1;
        }
        while upto < a.len() && a[upto] <= *x {
            upto += 1;
        }
        sum += below as f64 - (a.len() - upto) as f64;
    }
    Ok(sum / (a.len() as f64 * b.len() as f64))
}

/// Total variation `1/2 sum |c_b - r_b|` of two lists of counts: the share of rows that would have
/// to change category, in `0..=1`.
///
/// Errors if the lengths differ or a list has no rows.
pub fn total_variation(reference: &[u64], current: &[u64]) -> Result<f64, LearnError> {
    if reference.len() != current.len() {
        return Err(LearnError::Shape {
            what: "current counts",
            expected: reference.len(),
            found: current.len(),
        });
    }
    let (n, m): (u64, u64) = (reference.iter().sum(), current.iter().sum());
    if n == 0 || m == 0 {
        return Err(LearnError::Empty { what: "a sample of counts" });
    }
    let gap = |(&r, &c): (&u64, &u64)| (c as f64 / m as f64 - r as f64 / n as f64).abs();
    Ok(0.5 * reference.iter().zip(current).map(gap).sum::<f64>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn worked_examples() {
        let d = cohens_d(&[1.0, 2.0, 3.0], &[3.0, 4.0, 5.0]).unwrap().unwrap();
        assert!((d - 2.0).abs() < 1e-15);
        assert_eq!(cohens_d(&[1.0, 1.0], &[1.0]).unwrap(), None);
        assert_eq!(total_variation(&[1, 1], &[4, 0]).unwrap(), 0.5);
        assert!(total_variation(&[0], &[1]).is_err() && total_variation(&[1], &[]).is_err());
        assert!(cliffs_delta(&[], &[1.0]).is_err());
    }

    proptest! {
        #[test]
        fn cliffs_delta_counts_pairs(
            a in prop::collection::vec(-9_i32..9, 1..30),
            b in prop::collection::vec(-9_i32..9, 1..30),
        ) {
            let pairs: i32 =
                a.iter().flat_map(|x| b.iter().map(move |y| (y - x).signum())).sum();
            let of = |v: &[i32]| v.iter().map(|&x| f64::from(x)).collect::<Vec<_>>();
            let want = f64::from(pairs) / (a.len() * b.len()) as f64;
            prop_assert!((cliffs_delta(&of(&a), &of(&b)).unwrap() - want).abs() < 1e-12);
        }
    }
}
