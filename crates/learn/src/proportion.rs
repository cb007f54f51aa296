//! Intervals for a plain share `k` of `n`: Wilson and Clopper-Pearson.
//!
//! Both suppose a number `n` fixed beforehand; for a figure that is watched as it grows use
//! [`crate::sequential`].

use crate::LearnError;

fn check(k: u64, n: u64, delta: f64) -> Result<(), LearnError> {
    if k > n {
        let (index, limit) = (k as usize, n as usize + 1);
        return Err(LearnError::OutOfRange { what: "count of a share", at: 0, index, limit });
    }
    if delta > 0.0 && delta < 1.0 {
        Ok(())
    } else {
        Err(LearnError::Parameter { name: "delta", must: "in (0, 1)" })
    }
}

/// Wilson's score interval (JASA 1927) of level `1 - delta`: close to the level on average, short.
/// `(0, 1)` for `n = 0`.
pub fn wilson(k: u64, n: u64, delta: f64) -> Result<(f64, f64), LearnError> {
    check(k, n, delta)?;
    if n == 0 {
        return Ok((0.0, 1.0));
    }
    let (n, p) = (n as f64, k as f64 / n as f64);
    let z = normal_quantile(1.0 - 0.5 * delta);
    let z2 = z * z;
    let centre = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = z * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt() / (1.0 + z2 / n);
    // Exact at the ends, where the formula leaves a trace of rounding.
    let low = if p == 0.0 { 0.0 } else { (centre - half).max(0.0) };
    let high = if p == 1.0 { 1.0 } else { (centre + half).min(1.0) };
    Ok((low, high))
}

/// Clopper and Pearson's interval (Biometrika 1934) of level at least `1 - delta`, whatever the
/// true share. `(0, 1)` for `n = 0`.
pub fn clopper_pearson(k: u64, n: u64, delta: f64) -> Result<(f64, f64), LearnError> {
    check(k, n, delta)?;
    let low = if k == 0 { 0.0 } else { beta_quantile(0.5 * delta, k as f64, (n - k + 1) as f64) };
    Ok((low, clopper_pearson_upper(k, n, 0.5 * delta)?))
}

/// Clopper and Pearson's one-sided upper bound of level at least `1 - delta`; 1 for `n = 0`.
pub fn clopper_pearson_upper(k: u64, n: u64, delta: f64) -> Result<f64, LearnError> {
    check(k, n, delta)?;
    if k == n {
        return Ok(1.0);
    }
    Ok(beta_quantile(1.0 - delta, (k + 1) as f64, (n - k) as f64))
}

/// Quantile of the standard normal distribution, `0 < p < 1`; relative error below 1.2e-9
/// (rational approximation by P. Acklam, 2003).
pub fn normal_quantile(p: f64) -> f64 {
    const A: [f64; 6] = [
        -39.696_830_286_653_76,
        220.946_098_424_520_5,
        -275.928_510_446_968_7,
        138.357_751_867_269,
        -30.664_798_066_147_16,
        2.506_628_277_459_239,
    ];
    const B: [f64; 6] = [
        -54.476_098_798_224_06,
        161.585_836_858_040_9,
        -155.698_979_859_886_6,
        66.801_311_887_719_72,
        -13.280_681_552_885_72,
        1.0,
    ];
    const C: [f64; 6] = [
        -7.784_894_002_430_293e-3,
        -0.322_396_458_041_136_5,
        -2.400_758_277_161_838,
        -2.549_732_539_343_734,
        4.374_664_141_464_968,
        2.938_163_982_698_783,
    ];
    const D: [f64; 5] = [
        7.784_695_709_041_462e-3,
        0.322_467_129_070_039_8,
        2.445_134_137_142_996,
        3.754_408_661_907_416,
        1.0,
    ];
    let horner = |coefficients: &[f64], x: f64| coefficients.iter().fold(0.0, |a, c| a * x + c);
    let tail = |p: f64| {
        let q = (-2.0 * p.ln()).sqrt();
        horner(&C, q) / horner(&D, q)
    };
    if p < 0.024_25 {
        tail(p)
    } else if p > 1.0 - 0.024_25 {
        -tail(1.0 - p)
    } else {
        let q = p - 0.5;
        q * horner(&A, q * q) / horner(&B, q * q)
    }
}

/// The `p`-quantile of the beta distribution, by bisection.
pub(crate) fn beta_quantile(p: f64, a: f64, b: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    while high - low > 1e-15_f64.max(1e-13 * high) {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if incomplete_beta(middle, a, b) < p {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

/// `P(X <= k)` for `X` binomial with `n` trials of probability `p`.
pub(crate) fn binomial_cdf(k: u64, n: u64, p: f64) -> f64 {
    if k >= n { 1.0 } else { incomplete_beta(1.0 - p, (n - k) as f64, (k + 1) as f64) }
}

/// Regularised incomplete beta function (continued fraction by Lentz's method, DLMF 8.17.22).
pub(crate) fn incomplete_beta(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - incomplete_beta(1.0 - x, b, a);
    }
    let front = a * x.ln() + b * (-x).ln_1p() + ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b);
    let keep = |x: f64| if x.abs() < 1e-300 { 1e-300 } else { x };
    let (mut c, mut d) = (1.0, 1.0 / keep(1.0 - (a + b) * x / (a + 1.0)));
    let mut fraction = d;
    for m in 1..20_000 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        for term in [even, odd] {
            d = 1.0 / keep(1.0 + term * d);
            c = keep(1.0 + term / c);
            fraction *= d * c;
        }
        if (d * c - 1.0).abs() < 1e-15 {
            break;
        }
    }
    (front.exp() * fraction / a).clamp(0.0, 1.0)
}

/// Logarithm of the gamma function for positive arguments (Stirling's series after shifting above
/// 10; DLMF 5.11.1).
pub(crate) fn ln_gamma(x: f64) -> f64 {
    let mut shift = 0.0;
    let mut x = x;
    while x < 10.0 {
        shift -= x.ln();
        x += 1.0;
    }
    let i = 1.0 / x;
    let i2 = i * i;
    let series = i * (1.0 / 12.0 - i2 * (1.0 / 360.0 - i2 * (1.0 / 1260.0 - i2 / 1680.0)));
    shift + (x - 0.5) * x.ln() - x + 0.5 * std::f64::consts::TAU.ln() + series
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn close(a: (f64, f64), b: (f64, f64)) {
        assert!((a.0 - b.0).abs() < 1e-6 && (a.1 - b.1).abs() < 1e-6, "{a:?} {b:?}");
    }

    #[test]
    fn known_intervals() {
        // statsmodels proportion_confint, methods "beta" and "wilson".
        close(clopper_pearson(5, 50, 0.05).unwrap(), (0.033_275_1, 0.218_135_4));
        close(wilson(5, 50, 0.05).unwrap(), (0.043_475, 0.213_602_2));
        close(clopper_pearson(0, 59, 0.1).unwrap(), (0.0, 1.0 - 0.05_f64.powf(1.0 / 59.0)));
        close(clopper_pearson(0, 0, 0.1).unwrap(), (0.0, 1.0));
        close(wilson(0, 0, 0.1).unwrap(), (0.0, 1.0));
        assert!(wilson(2, 1, 0.1).is_err() && clopper_pearson(1, 2, 0.0).is_err());
    }

    proptest! {
        #[test]
        fn clopper_pearson_inverts_the_binomial_tail(n in 1_u64..60, share in 0.0_f64..1.0) {
            let k = (share * n as f64) as u64;
            let upper = clopper_pearson_upper(k, n, 0.05).unwrap();
            // P(X <= k) at the bound is delta.
            let mut term = (1.0 - upper).powf(n as f64);
            let mut sum = 0.0;
            for i in 0..=k {
                sum += term;
                term *= (n - i) as f64 / (i + 1) as f64 * upper / (1.0 - upper);
            }
            prop_assert!(k == n || (sum - 0.05).abs() < 1e-9, "{sum}");
        }

        #[test]
        fn intervals_hold_the_estimate(n in 1_u64..2_000_000, share in 0.0_f64..=1.0) {
            let k = (share * n as f64) as u64;
            let p = k as f64 / n as f64;
            let (exact, score) =
                (clopper_pearson(k, n, 0.05).unwrap(), wilson(k, n, 0.05).unwrap());
            prop_assert!(exact.0 <= p && p <= exact.1 && score.0 <= p && p <= score.1);
            prop_assert!(exact.0 >= 0.0 && exact.1 <= 1.0);
        }

        #[test]
        fn normal_quantiles_mirror(p in 0.001_f64..0.999) {
            prop_assert!((normal_quantile(p) + normal_quantile(1.0 - p)).abs() < 1e-7);
        }
    }

    #[test]
    fn normal_quantile_at_known_points() {
        assert!((normal_quantile(0.975) - 1.959_963_985).abs() < 1e-8);
        assert!((normal_quantile(0.001) + 3.090_232_306).abs() < 1e-7);
    }
}
