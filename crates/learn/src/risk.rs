//! Choosing a parameter so that a stated risk holds: Learn-then-Test, conformal risk control.
//!
//! Both look at losses in `[0, 1]` (or `[0, bound]`) of calibration rows at each value of a
//! parameter, and promise something about the value they choose on new, exchangeable rows:
//!
//! - [`learn_then_test`] (Angelopoulos, Bates, Candes, Jordan and Lei, arXiv:2110.01052): with
//!   probability at least `1 - delta` the risk of **every** value it returns is at most `alpha`.
//!   For each value a p-value for "the risk exceeds `alpha`" ([`hoeffding_bentkus`] for any loss,
//!   [`binomial`] for errors, which is tighter), and a correction for testing many;
//! - [`conformal_risk_control`] (Angelopoulos, Bates, Fisch, Lei and Schuster, ICLR 2024,
//!   arXiv:2208.02814): the **expected** risk of the value it returns is at most `alpha`. Needs
//!   losses that never rise with the parameter; fewer rows and no `delta`, a weaker claim.

use crate::LearnError;
use crate::proportion::binomial_cdf;

/// How the error of testing many hypotheses is controlled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Correction<'a> {
    /// Each at `delta / count`.
    Bonferroni,
    /// Holm's step-down method (1979): never weaker than Bonferroni.
    Holm,
    /// Walks in the order given, from each start towards the end, until a test fails; the starts
    /// share `delta`. Strongest where the order, fixed beforehand, has the safe values first.
    FixedSequence {
        /// Position of a start and its share of `delta`; shares sum to at most 1.
        starts: &'a [(usize, f64)],
    },
}

fn check_share(name: &'static str, x: f64) -> Result<(), LearnError> {
    if x > 0.0 && x < 1.0 { Ok(()) } else { Err(LearnError::Parameter { name, must: "in (0, 1)" }) }
}

/// P-value for "the mean loss exceeds `alpha`" from the mean of `n` independent losses in
/// `[0, 1]`: the smaller of Hoeffding's (1963) and Bentkus's (2004) tail bounds (Bates et al.,
/// "Distribution-free, risk-controlling prediction sets", JACM 2021).
///
/// `min(exp(-n h(min(mean, alpha), alpha)), e P(Binomial(n, alpha) <= ceil(n mean)))` with
/// `h(a, b) = a ln(a / b) + (1 - a) ln((1 - a) / (1 - b))`; 1 for `n = 0`.
pub fn hoeffding_bentkus(mean: f64, n: u64, alpha: f64) -> Result<f64, LearnError> {
    check_share("alpha", alpha)?;
    if !(0.0..=1.0).contains(&mean) {
        return Err(LearnError::Parameter { name: "mean loss", must: "in [0, 1]" });
    }
    if n == 0 {
        return Ok(1.0);
    }
    let a = mean.min(alpha);
    let term = |x: f64, y: f64| if x > 0.0 { x * (x / y).ln() } else { 0.0 };
    let h = term(a, alpha) + term(1.0 - a, 1.0 - alpha);
    let hoeffding = (-(n as f64) * h).exp();
    // A sum of whole losses must not be rounded up for a trace of rounding.
    let k = (n as f64 * mean * (1.0 - 1e-12)).ceil() as u64;
    let bentkus = std::f64::consts::E * binomial_cdf(k, n, alpha);
    Ok(hoeffding.min(bentkus).min(1.0))
}

/// P-value for "the share of errors exceeds `alpha`" from `errors` in `n` independent rows:
/// `P(Binomial(n, alpha) <= errors)`. It is at most `delta` exactly when Clopper and Pearson's
/// upper bound ([`crate::proportion::clopper_pearson_upper`]) at `delta` is at most `alpha`.
pub fn binomial(errors: u64, n: u64, alpha: f64) -> Result<f64, LearnError> {
    check_share("alpha", alpha)?;
    if errors > n {
        let (index, limit) = (errors as usize, n as usize + 1);
        return Err(LearnError::OutOfRange { what: "number of errors", at: 0, index, limit });
    }
    Ok(binomial_cdf(errors, n, alpha))
}

/// Positions of the parameter values whose risk is certified, rising; with probability at least
/// `1 - delta` none of them is false.
///
/// Errors if a p-value is not in `[0, 1]`, `delta` not in `(0, 1)`, a start lies outside, or
/// shares are negative or sum to more than 1.
pub fn learn_then_test(
    p_values: &[f64],
    delta: f64,
    correction: Correction<'_>,
) -> Result<Vec<usize>, LearnError> {
    check_share("delta", delta)?;
    if let Some(at) = p_values.iter().position(|p| !(0.0..=1.0).contains(p)) {
        return Err(LearnError::NotFinite { what: "p-value (in [0, 1])", at });
    }
    let count = p_values.len();
    Ok(match correction {
        Correction::Bonferroni => {
            (0..count).filter(|&i| p_values[i] <= delta / count as f64).collect()
        }
        Correction::Holm => {
            let mut order: Vec<usize> = (0..count).collect();
            order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
            let passed = order
                .iter()
                .enumerate()
                .take_while(|&(rank, &i)| p_values[i] <= delta / (count - rank) as f64)
                .count();
            order.truncate(passed);
            order.sort_unstable();
            order
        }
        Correction::FixedSequence { starts } => walk(p_values, delta, starts)?,
    })
}

fn walk(p_values: &[f64], delta: f64, starts: &[(usize, f64)]) -> Result<Vec<usize>, LearnError> {
    let total: f64 = starts.iter().map(|s| s.1).sum();
    // Written so that NaN is refused.
    let shared = total <= 1.0 + 1e-9 && starts.iter().all(|s| s.1 >= 0.0);
    if !shared {
        let must = "not negative and sum to at most 1";
        return Err(LearnError::Parameter { name: "shares of the starts", must });
    }
    let mut passed = vec![false; p_values.len()];
    for (at, &(start, share)) in starts.iter().enumerate() {
        if start >= p_values.len() {
            let (index, limit) = (start, p_values.len());
            return Err(LearnError::OutOfRange { what: "start", at, index, limit });
        }
        let from = p_values.iter().enumerate().skip(start);
        for (i, _) in from.take_while(|(_, p)| **p <= delta * share) {
            passed[i] = true;
        }
    }
    Ok((0..p_values.len()).filter(|&i| passed[i]).collect())
}

/// Position of the first parameter value `v` for which
/// `(sum of the rows' losses + bound) / (rows + 1) <= alpha`; `None` if no value does it.
///
/// `losses` is row-major, `rows x values`, with values ordered from risky to safe: a row's loss
/// must not rise along them. Losses lie in `[0, bound]`. Errors otherwise, or if there is no row.
pub fn conformal_risk_control(
    losses: &[f64],
    values: usize,
    alpha: f64,
    bound: f64,
) -> Result<Option<usize>, LearnError> {
    if losses.is_empty() || values == 0 {
        return Err(LearnError::Empty { what: "the losses" });
    }
    if !losses.len().is_multiple_of(values) {
        return Err(LearnError::Shape {
            what: "losses (a multiple of the values)",
            expected: losses.len().next_multiple_of(values),
            found: losses.len(),
        });
    }
    if !(bound.is_finite() && bound > 0.0 && alpha > 0.0 && alpha < bound) {
        return Err(LearnError::Parameter { name: "alpha", must: "between 0 and the bound" });
    }
    let mut sums = vec![0.0; values];
    for (at, row) in losses.chunks_exact(values).enumerate() {
        if row.iter().any(|x| !(0.0..=bound).contains(x)) {
            return Err(LearnError::NotFinite { what: "loss (in [0, bound]) of row", at });
        }
        if row.windows(2).any(|w| w[1] > w[0]) {
            let must = "falling along the values; sort them from risky to safe";
            return Err(LearnError::Parameter { name: "losses of a row", must });
        }
        sums.iter_mut().zip(row).for_each(|(s, x)| *s += x);
    }
    let rows = (losses.len() / values) as f64;
    Ok(sums.iter().position(|s| (s + bound) / (rows + 1.0) <= alpha))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proportion::clopper_pearson_upper;
    use crate::rng::Rng;
    use proptest::prelude::*;

    #[test]
    fn p_values_match_the_reference() {
        // mapie.risk_control.compute_hoeffding_bentkus_p_value of MAPIE 1.6.0.
        let got = hoeffding_bentkus(0.05, 500, 0.1).unwrap();
        assert!((got / 9.623_025_444_459_253e-5 - 1.0).abs() < 1e-10, "{got:e}");
        // scipy.stats.binom.cdf(25, 500, 0.1).
        assert!((binomial(25, 500, 0.1).unwrap() / 3.540_113_222_886_240_3e-5 - 1.0).abs() < 1e-10);
        assert_eq!(hoeffding_bentkus(0.2, 500, 0.1), Ok(1.0));
        assert_eq!(hoeffding_bentkus(0.0, 0, 0.1), Ok(1.0));
        assert!((hoeffding_bentkus(0.0, 10, 0.5).unwrap() - 0.5_f64.powi(10)).abs() < 1e-15);
        assert_eq!(binomial(0, 0, 0.1), Ok(1.0));
        assert!(hoeffding_bentkus(1.1, 5, 0.1).is_err() && hoeffding_bentkus(0.1, 5, 1.0).is_err());
        assert!(binomial(6, 5, 0.1).is_err() && binomial(1, 5, f64::NAN).is_err());
    }

    #[test]
    fn corrections_on_known_p_values() {
        let p = [0.001, 0.02, 0.03, 0.9, 0.004];
        fn get(p: &[f64], correction: Correction<'_>) -> Vec<usize> {
            learn_then_test(p, 0.05, correction).unwrap()
        }
        assert_eq!(get(&p, Correction::Bonferroni), [0, 4]);
        assert_eq!(get(&p, Correction::Holm), [0, 4]);
        assert_eq!(
            learn_then_test(&[0.01, 0.02, 0.03], 0.05, Correction::Holm).unwrap(),
            [0, 1, 2]
        );
        let fixed = |starts: &[(usize, f64)]| get(&p, Correction::FixedSequence { starts });
        assert_eq!(fixed(&[(0, 1.0)]), [0, 1, 2]);
        assert_eq!(fixed(&[(0, 0.5), (4, 0.5)]), [0, 1, 4]);
        assert_eq!(fixed(&[(3, 1.0)]), Vec::<usize>::new());
        for starts in [&[(5, 1.0)][..], &[(0, 0.6), (1, 0.6)], &[(0, f64::NAN)]] {
            assert!(learn_then_test(&p, 0.05, Correction::FixedSequence { starts }).is_err());
        }
        assert!(learn_then_test(&[f64::NAN], 0.05, Correction::Holm).is_err());
        assert_eq!(learn_then_test(&[], 0.05, Correction::Holm).unwrap(), Vec::<usize>::new());
    }

    proptest! {
        #[test]
        fn the_binomial_test_is_clopper_and_pearsons_bound(
            n in 1_u64..400, share in 0.0_f64..1.0, alpha in 0.01_f64..0.5, delta in 0.01_f64..0.5,
        ) {
            let k = (share * alpha * 1.5 * n as f64).min(n as f64) as u64;
            let p = binomial(k, n, alpha).unwrap();
            let upper = clopper_pearson_upper(k, n, delta).unwrap();
            prop_assume!((p - delta).abs() > 1e-9);
            prop_assert_eq!(p < delta, upper < alpha, "{} {}", p, upper);
        }

        #[test]
        fn any_loss_needs_more_evidence_than_an_error(
            n in 1_u64..400, share in 0.0_f64..1.0, alpha in 0.02_f64..0.5,
        ) {
            let k = (share * n as f64) as u64;
            let any = hoeffding_bentkus(k as f64 / n as f64, n, alpha).unwrap();
            prop_assert!(any >= binomial(k, n, alpha).unwrap() * (1.0 - 1e-9));
        }

        #[test]
        fn holm_accepts_what_bonferroni_does(
            p in prop::collection::vec(0.0_f64..0.2, 0..20), delta in 0.01_f64..0.3,
        ) {
            let bonferroni = learn_then_test(&p, delta, Correction::Bonferroni).unwrap();
            let holm = learn_then_test(&p, delta, Correction::Holm).unwrap();
            prop_assert!(bonferroni.iter().all(|i| holm.contains(i)));
        }
    }

    /// Flat risk just above alpha: any certificate is false.
    #[test]
    fn false_certificates_are_as_rare_as_delta() {
        let (alpha, delta, n, runs) = (0.1, 0.1, 300, 2000);
        for correction in [
            Correction::Bonferroni,
            Correction::Holm,
            Correction::FixedSequence { starts: &[(0, 0.5), (4, 0.5)] },
        ] {
            let mut broken = 0;
            for run in 0..runs {
                let mut rng = Rng::stream(5, run);
                let p: Vec<f64> = (0..8)
                    .map(|_| {
                        let errors = (0..n).filter(|_| rng.coin(alpha + 1e-9)).count() as u64;
                        binomial(errors, n, alpha).unwrap()
                    })
                    .collect();
                broken += u32::from(!learn_then_test(&p, delta, correction).unwrap().is_empty());
            }
            // Three standard errors above delta.
            assert!(f64::from(broken) / runs as f64 <= 0.1 + 3.0 * (0.09 / runs as f64).sqrt());
        }
    }

    #[test]
    fn risk_control_keeps_the_expected_loss() {
        // A score in [0, 1]; the set at value v misses when the score exceeds v / 50.
        let (values, n, alpha, runs) = (51, 40, 0.1, 3000);
        let loss = |s: f64, v: usize| f64::from(u8::from(s > v as f64 / 50.0));
        let mut sum = 0.0;
        for run in 0..runs {
            let mut rng = Rng::stream(9, run);
            let losses: Vec<f64> = (0..n)
                .flat_map(|_| {
                    let s = rng.unit();
                    (0..values).map(move |v| loss(s, v))
                })
                .collect();
            let chosen = conformal_risk_control(&losses, values, alpha, 1.0).unwrap().unwrap();
            sum += loss(rng.unit(), chosen);
        }
        let mean = sum / runs as f64;
        assert!(mean <= alpha + 3.0 * (0.09 / runs as f64).sqrt() && mean > 0.05, "{mean}");
        assert_eq!(conformal_risk_control(&[0.5, 0.4], 2, 0.1, 1.0), Ok(None));
        assert!(conformal_risk_control(&[0.1, 0.4], 2, 0.1, 1.0).is_err());
        assert!(conformal_risk_control(&[0.1, f64::NAN], 2, 0.1, 1.0).is_err());
        assert!(conformal_risk_control(&[0.1; 3], 2, 0.1, 1.0).is_err());
        assert!(conformal_risk_control(&[], 2, 0.1, 1.0).is_err());
        assert!(conformal_risk_control(&[0.1], 1, 1.5, 1.0).is_err());
    }
}
