//! Kolmogorov and Smirnov's two-sample test.
//!
//! `D = sup_x |F(x) - G(x)|` of the two empirical distribution functions: 0 if they agree, 1 if the
//! samples do not overlap. As long as `n m` is small enough the p-value is exact: the share of all
//! orderings of `n + m` values that reach `D`, counted along lattice paths (Hodges, Arkiv för
//! Matematik 1958). Beyond that it is Kolmogorov's limit at `sqrt(n m / (n + m)) D` (Smirnov 1948).
//! Ties make both conservative, that is, too large.

use super::{check, sorted};
use crate::LearnError;
use crate::special::kolmogorov_tail;

/// Up to this `n m` the p-value is counted exactly.
const EXACT_CELLS: u64 = 10_000_000;

/// Result of the test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ks {
    /// `D`, in `0..=1`: also the effect size.
    pub statistic: f64,
    /// The value at which the distributions are farthest apart.
    pub at: f64,
    /// Probability of such a `D` or a larger one without any change.
    pub p_value: f64,
    /// Whether the p-value was counted, not taken from the limit.
    pub exact: bool,
}

/// Tests whether two samples of numbers have the same distribution, in `O((n + m) log(n + m))` plus
/// at most ten million steps of counting.
///
/// Errors if a sample is empty or a number is not finite.
pub fn ks(reference: &[f64], current: &[f64]) -> Result<Ks, LearnError> {
    check(reference, "reference value")?;
    check(current, "current value")?;
    let (n, m) = (reference.len() as u64, current.len() as u64);
    let (steps, at) = distance(&sorted(reference), &sorted(current));
    // Sample sizes are counts of things in memory: their product fits.
    let statistic = steps as f64 / (n as f64 * m as f64);
    let exact = n.saturating_mul(m) <= EXACT_CELLS;
    let p_value = if exact {
        path_share(n, m, steps)
    } else {
        let (n, m) = (n as f64, m as f64);
        kolmogorov_tail((n * m / (n + m)).sqrt() * statistic)
    };
    Ok(Ks { statistic, at, p_value, exact })
}

/// `n m D` as an integer, and where it is reached first.
fn distance(a: &[f64], b: &[f64]) -> (u128, f64) {
    let (n, m) = (a.len() as i128, b.len() as i128);
    let (mut i, mut j) = (0, 0);
    let (mut largest, mut at) = (0, a[0]);
    while i < a.len() && j < b.len() {
        let x = if a[i] < b[j] { a[i] } else { b[j] };
        while i < a.len() && a[i] == x {
            i += 1;
        }
        while j < b.len() && b[j] == x {
            j += 1;
        }
        let gap = (i as i128 * m - j as i128 * n).unsigned_abs();
        if gap > largest {
            (largest, at) = (gap, x);
        }
    }
    (largest, at)
}

/// Share of the lattice paths from `(0, 0)` to `(n, m)` that reach `|i m - j n| >= steps` anywhere.
///
/// The recursion runs over probabilities of "not yet reached", given a path that passes the cell: a
/// path comes to `(i, j)` from `(i - 1, j)` with probability `i / (i + j)`.
fn path_share(n: u64, m: u64, steps: u128) -> f64 {
    if steps == 0 {
        return 1.0;
    }
    if n == m {
        return reflected_share(n, steps.div_ceil(u128::from(n)) as u64);
    }
    let (n, m) = if n < m { (m, n) } else { (n, m) };
    let steps = steps.min(u128::from(u64::MAX)) as i64;
    let (n, m) = (n as i64, m as i64);
    // `reached[j]` is the probability that a path to `(i, j)` has reached the bar.
    let mut reached = vec![0.0_f64; m as usize + 1];
    for j in 0..=m {
        let before = if j > 0 { reached[j as usize - 1] } else { 0.0 };
        reached[j as usize] = if j * n >= steps { 1.0 } else { before };
    }
    for i in 1..=n {
        // Columns inside the band `|i m - j n| < steps`; those outside have reached the bar.
        let first = ((i * m - steps).div_euclid(n) + 1).clamp(0, m + 1);
        let last = (i * m + steps - 1).div_euclid(n).clamp(-1, m);
        // Only the neighbours of the band are ever read again.
        if first > 0 {
            reached[first as usize - 1] = 1.0;
        }
        for j in first..=last {
            let left = if j > 0 { reached[j as usize - 1] } else { 0.0 };
            let above = reached[j as usize];
            let share = i as f64 / (i + j) as f64;
            reached[j as usize] = left + (above - left) * share;
        }
        if last < m {
            reached[last as usize + 1] = 1.0;
        }
    }
    reached[m as usize].clamp(0.0, 1.0)
}

/// [`path_share`] for two samples of `n`, with the bar `h = n D`, by the reflection principle:
/// `2 sum_j (-1)^(j-1) C(2n, n + j h) / C(2n, n)` (Gnedenko and Koroljuk 1951).
fn reflected_share(n: u64, h: u64) -> f64 {
    let (mut ratio, mut sum) = (1.0, 0.0);
    for i in 0..n {
        // `C(2n, n + i + 1)` from `C(2n, n + i)`.
        ratio *= (n - i) as f64 / (n + i + 1) as f64;
        let (turn, rest) = ((i + 1) / h, (i + 1) % h);
        if rest == 0 {
            sum += if turn % 2 == 1 { ratio } else { -ratio };
        }
        // What is left cannot change the sum.
        if ratio < 1e-18 * sum {
            break;
        }
    }
    (2.0 * sum).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;
    use proptest::prelude::*;

    #[test]
    fn matches_scipy() {
        // scipy.stats.ks_2samp(method="exact") of scipy 1.17.1.
        let got = ks(&[1.0, 2.0, 3.0, 4.0, 5.5], &[2.5, 3.5, 6.0, 7.0, 8.0, 9.0]).unwrap();
        assert!((got.statistic - 2.0 / 3.0).abs() < 1e-15 && got.at == 5.5 && got.exact);
        assert!((got.p_value - 0.108_225_108_225_108_21).abs() < 1e-14, "{got:?}");
    }

    /// Share of all orderings with a distance of at least `steps`, by trying them all.
    fn brute(n: u64, m: u64, steps: u128) -> f64 {
        let (mut hit, mut all) = (0_u64, 0_u64);
        for mask in 0_u64..1 << (n + m) {
            if u64::from(mask.count_ones()) != n {
                continue;
            }
            let (mut i, mut j, mut largest) = (0_i64, 0_i64, 0_i64);
            for bit in 0..n + m {
                if mask >> bit & 1 == 1 {
                    i += 1;
                } else {
                    j += 1;
                }
                largest = largest.max((i * m as i64 - j * n as i64).abs());
            }
            all += 1;
            hit += u64::from(largest as u128 >= steps);
        }
        hit as f64 / all as f64
    }

    proptest! {
        #[test]
        fn counted_like_all_orderings(n in 1_u64..7, m in 1_u64..7, share in 0.0_f64..1.0) {
            let steps = (share * (n * m) as f64) as u128;
            prop_assert!((path_share(n, m, steps) - brute(n, m, steps)).abs() < 1e-12);
            prop_assert!((path_share(n, n, steps) - brute(n, n, steps)).abs() < 1e-12);
        }

        #[test]
        fn symmetric_and_free_of_units(
            a in prop::collection::vec(-50_i32..50, 1..40),
            b in prop::collection::vec(-50_i32..50, 1..40),
        ) {
            let of = |v: &[i32], s: f64| v.iter().map(|&x| f64::from(x) * s).collect::<Vec<_>>();
            let one = ks(&of(&a, 1.0), &of(&b, 1.0)).unwrap();
            let two = ks(&of(&b, 0.25), &of(&a, 0.25)).unwrap();
            prop_assert_eq!(one.statistic, two.statistic);
            prop_assert!((one.p_value - two.p_value).abs() < 1e-12);
            prop_assert!((0.0..=1.0).contains(&one.statistic));
            prop_assert_eq!(ks(&of(&a, 1.0), &of(&a, 1.0)).unwrap().p_value, 1.0);
        }
    }

    #[test]
    fn limit_and_count_agree_where_they_meet() {
        for (n, d) in [(3000_u64, 0.02), (3000, 0.035), (2500, 0.05)] {
            let steps = (d * (n * n) as f64) as u128;
            let limit = kolmogorov_tail((n as f64 / 2.0).sqrt() * d);
            let exact = path_share(n, n, steps);
            assert!((limit - exact).abs() < 0.03 * exact + 0.002, "{n} {d}: {limit} {exact}");
        }
    }

    #[test]
    fn false_alarms_keep_the_level() {
        let mut rng = Rng::new(11);
        let mut alarms = 0;
        for _ in 0..2000 {
            let mut draw = |n: usize| (0..n).map(|_| rng.unit()).collect::<Vec<_>>();
            alarms += u32::from(ks(&draw(40), &draw(30)).unwrap().p_value <= 0.05);
        }
        assert!((40..=125).contains(&alarms), "{alarms} of 2000");
    }

    #[test]
    fn large_and_extreme_samples() {
        let a: Vec<f64> = (0..20_000).map(f64::from).collect();
        let b: Vec<f64> = a.iter().map(|x| x + 1e6).collect();
        let got = ks(&a, &b).unwrap();
        assert!(got.statistic == 1.0 && got.p_value == 0.0 && !got.exact);
        let one = ks(&a, &[-1.0]).unwrap();
        assert!(one.exact && (one.p_value - 2.0 / 20_001.0).abs() < 1e-12, "{one:?}");
        assert!(ks(&[], &a).is_err() && ks(&a, &[f64::INFINITY]).is_err());
    }
}
