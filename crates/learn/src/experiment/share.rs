//! One share, and the difference of two, from counts alone.
//!
//! With `k` of `n` and a prior `Beta(a, a)`, `a = 1/2`, on the share, the mixture likelihood ratio
//!
//! `M(p) = B(a + k, a + n - k) / B(a, a) / (p^k (1 - p)^(n - k))`
//!
//! is a martingale if `p` is the share (Robbins 1970; Ville 1939): the `p` with `M(p) < 1 / delta` are
//! a confidence sequence. It depends on the counts only, so nothing need be stored, and may be
//! computed as seldom as one likes.
//!
//! For two arms the product of the two ratios is a martingale at the true pair of shares, however
//! cases are given to the arms (also if the split changes on the way, as in a canary that grows, as
//! long as it does not look at the case's outcome). A difference `d` is excluded when even the best
//! pair `(p, p + d)` is: `max over p of p^k0 (1 - p)^(n0 - k0) (p + d)^k1 (1 - p - d)^(n1 - k1)`.

use super::check_delta;
use crate::LearnError;
use crate::special::ln_beta;

/// `a` of the prior.
const PRIOR: f64 = 0.5;

/// `k` of `n` cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// Cases that count, such as errors.
    pub k: u64,
    /// All cases.
    pub n: u64,
}

impl Share {
    fn check(self) -> Result<(), LearnError> {
        if self.k <= self.n {
            return Ok(());
        }
        let (index, limit) = (self.k as usize, self.n as usize + 1);
        Err(LearnError::OutOfRange { what: "count of a share", at: 0, index, limit })
    }

    fn ln_mixture(self) -> f64 {
        let (k, rest) = (self.k as f64, (self.n - self.k) as f64);
        ln_beta(PRIOR + k, PRIOR + rest) - ln_beta(PRIOR, PRIOR)
    }

    fn ln_likelihood(self, p: f64) -> f64 {
        let part = |count: u64, p: f64| if count == 0 { 0.0 } else { count as f64 * p.ln() };
        part(self.k, p) + part(self.n - self.k, 1.0 - p)
    }

    /// Derivative of [`Share::ln_likelihood`].
    fn slope(self, p: f64) -> f64 {
        let part = |count: u64, p: f64| if count == 0 { 0.0 } else { count as f64 / p };
        part(self.k, p) - part(self.n - self.k, 1.0 - p)
    }

    fn estimate(self) -> f64 {
        if self.n == 0 { 0.5 } else { self.k as f64 / self.n as f64 }
    }
}

/// Logarithm of `M(p)`: the evidence that the share is not `p`.
///
/// Errors if the count exceeds its total or `p` is not in `0..=1`.
pub fn ln_evidence(share: Share, p: f64) -> Result<f64, LearnError> {
    share.check()?;
    if !(0.0..=1.0).contains(&p) {
        return Err(LearnError::Parameter { name: "p", must: "in 0..=1" });
    }
    Ok(share.ln_mixture() - share.ln_likelihood(p))
}

/// Limits of a share that hold at all moments together with probability `1 - delta`.
///
/// Errors if the count exceeds its total or `delta` is not in `(0, 1)`.
pub fn share_interval(share: Share, delta: f64) -> Result<(f64, f64), LearnError> {
    share.check()?;
    check_delta(delta)?;
    let bar = share.ln_mixture() + delta.ln();
    let inside = |p: f64| share.ln_likelihood(p) > bar;
    let best = share.estimate();
    Ok((boundary(best, 0.0, &inside), boundary(best, 1.0, &inside)))
}

/// The last point of `inside` on the way from `from`, which is inside, to `to`, rounded outwards.
fn boundary(from: f64, to: f64, inside: &dyn Fn(f64) -> bool) -> f64 {
    if inside(to) {
        return to;
    }
    let (mut inner, mut outer) = (from, to);
    while (outer - inner).abs() > 1e-10 {
        let middle = 0.5 * (inner + outer);
        if middle == inner || middle == outer {
            break;
        }
        if inside(middle) { inner = middle } else { outer = middle }
    }
    outer
}

/// Limits of `candidate share - current share` that hold at all moments together with probability
/// `1 - delta`.
///
/// Errors if a count exceeds its total or `delta` is not in `(0, 1)`.
pub fn difference_interval(
    current: Share,
    candidate: Share,
    delta: f64,
) -> Result<(f64, f64), LearnError> {
    current.check()?;
    candidate.check()?;
    check_delta(delta)?;
    let bar = current.ln_mixture() + candidate.ln_mixture() + delta.ln();
    let inside = |d: f64| best_ln_likelihood(current, candidate, d) > bar;
    let best = candidate.estimate() - current.estimate();
    Ok((boundary(best, -1.0, &inside), boundary(best, 1.0, &inside)))
}

/// The largest log-likelihood of shares `p` and `p + d`, by bisection on its slope: it is concave.
fn best_ln_likelihood(current: Share, candidate: Share, d: f64) -> f64 {
    let (mut low, mut high) = ((-d).max(0.0), (1.0 - d).min(1.0));
    for _ in 0..50 {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if current.slope(middle) + candidate.slope(middle + d) > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    let at = |p: f64| current.ln_likelihood(p) + candidate.ln_likelihood((p + d).clamp(0.0, 1.0));
    at(low).max(at(high)).max(at(0.5 * (low + high)))
}

/// What a comparison of error shares has shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The candidate errs less.
    Superior,
    /// The candidate does not err more by as much as the margin.
    NonInferior,
    /// The candidate errs more (and it is not shown that it is by less than the margin).
    Worse,
    /// Nothing yet.
    Undecided,
}

/// A canary's result.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Canary {
    /// What is shown.
    pub verdict: Verdict,
    /// Limits of the candidate's error share less the current one's.
    pub difference: (f64, f64),
}

/// Compares the errors of a candidate with those of the current version on other cases, at any
/// moment and as often as one likes: all verdicts ever given, but [`Verdict::Undecided`], are right
/// together with probability `1 - delta`.
///
/// Errors if a count exceeds its total, `delta` is not in `(0, 1)`, or `margin` not in `[0, 1)`.
pub fn canary(
    current: Share,
    candidate: Share,
    margin: f64,
    delta: f64,
) -> Result<Canary, LearnError> {
    if !(0.0..1.0).contains(&margin) {
        return Err(LearnError::Parameter { name: "margin", must: "in [0, 1)" });
    }
    let difference = difference_interval(current, candidate, delta)?;
    let verdict = match difference {
        (_, high) if high < 0.0 => Verdict::Superior,
        (_, high) if high < margin => Verdict::NonInferior,
        (low, _) if low > 0.0 => Verdict::Worse,
        _ => Verdict::Undecided,
    };
    Ok(Canary { verdict, difference })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;
    use proptest::prelude::*;

    #[test]
    fn one_share_is_covered_at_every_moment() {
        for p in [0.02, 0.3] {
            let mut broken = 0;
            for seed in 0..2000 {
                let (mut rng, mut share) = (Rng::stream(seed, 51), Share { k: 0, n: 0 });
                for _ in 0..1000 {
                    share = Share { k: share.k + u64::from(rng.coin(p)), n: share.n + 1 };
                    if ln_evidence(share, p).unwrap() >= -(0.05_f64.ln()) {
                        broken += 1;
                        break;
                    }
                }
            }
            assert!(broken <= 116, "{p}: {broken} of 2000");
        }
    }

    /// Verdicts over 400 runs: how many were ever superior, non-inferior, worse.
    fn verdicts(errors: (f64, f64), margin: f64, runs: u64) -> [u32; 3] {
        let mut out = [0; 3];
        for seed in 0..runs {
            let mut rng = Rng::stream(seed, 61);
            let mut arms = [Share { k: 0, n: 0 }; 2];
            let mut seen = [false; 3];
            for step in 0..1500 {
                // The canary's part grows from 10 % to half.
                let arm = usize::from(rng.coin(if step < 500 { 0.1 } else { 0.5 }));
                let p = if arm == 0 { errors.0 } else { errors.1 };
                arms[arm] = Share { k: arms[arm].k + u64::from(rng.coin(p)), n: arms[arm].n + 1 };
                if step % 25 == 24 {
                    match canary(arms[0], arms[1], margin, 0.05).unwrap().verdict {
                        Verdict::Superior => (seen[0], seen[1]) = (true, true),
                        Verdict::NonInferior => seen[1] = true,
                        Verdict::Worse => seen[2] = true,
                        Verdict::Undecided => {}
                    }
                }
            }
            (0..3).for_each(|i| out[i] += u32::from(seen[i]));
        }
        out
    }

    #[test]
    fn canary_verdicts_are_rarely_wrong_and_often_given() {
        // No difference: neither superior nor worse. A deviation of 400 runs at 5 % is 4.4.
        let same = verdicts((0.1, 0.1), 0.05, 400);
        assert!(same[0] + same[2] <= 30, "{same:?}");
        // Worse by exactly the margin: not non-inferior.
        assert!(verdicts((0.1, 0.15), 0.05, 400)[1] <= 30);
        assert!(verdicts((0.1, 0.4), 0.05, 50)[2] == 50);
        assert!(verdicts((0.1, 0.02), 0.05, 50)[1] >= 45);
    }

    proptest! {
        #[test]
        fn intervals_hold_the_estimates(
            n in 0_u64..300, m in 0_u64..300, a in 0.0_f64..=1.0, b in 0.0_f64..=1.0,
        ) {
            let of = |n: u64, share: f64| Share { k: (share * n as f64) as u64, n };
            let (x, y) = (of(n, a), of(m, b));
            let (low, high) = share_interval(x, 0.05).unwrap();
            prop_assert!(0.0 <= low && low <= x.estimate() && x.estimate() <= high && high <= 1.0);
            let (low, high) = difference_interval(x, y, 0.05).unwrap();
            let gap = y.estimate() - x.estimate();
            prop_assert!(-1.0 <= low && low <= gap && gap <= high && high <= 1.0);
            let (l, h) = difference_interval(y, x, 0.05).unwrap();
            prop_assert!((l + high).abs() < 1e-6 && (h + low).abs() < 1e-6);
        }

        #[test]
        fn no_pair_inside_the_difference_is_missed(
            n in 1_u64..60, m in 1_u64..60, a in 0.0_f64..=1.0, b in 0.0_f64..=1.0,
            p in 0.01_f64..0.99, q in 0.01_f64..0.99,
        ) {
            let of = |n: u64, share: f64| Share { k: (share * n as f64) as u64, n };
            let (x, y) = (of(n, a), of(m, b));
            // A pair of shares that the two ratios together do not exclude has its difference in.
            let ln = ln_evidence(x, p).unwrap() + ln_evidence(y, q).unwrap();
            let (low, high) = difference_interval(x, y, 0.1).unwrap();
            prop_assert!(ln >= -(0.1_f64.ln()) || (low <= q - p && q - p <= high));
        }
    }

    #[test]
    fn no_cases_no_verdict_and_bad_input() {
        let none = Share { k: 0, n: 0 };
        assert_eq!(share_interval(none, 0.05).unwrap(), (0.0, 1.0));
        let got = canary(none, Share { k: 0, n: 30 }, 0.05, 0.05).unwrap();
        assert_eq!(got.verdict, Verdict::Undecided);
        assert!(share_interval(Share { k: 2, n: 1 }, 0.05).is_err());
        assert!(canary(none, none, 1.0, 0.05).is_err() && canary(none, none, 0.1, 0.0).is_err());
        assert!(ln_evidence(none, 1.5).is_err());
        let many = Share { k: 20_000_000, n: 1_000_000_000 };
        let (low, high) = share_interval(many, 0.05).unwrap();
        assert!(low > 0.0199 && high < 0.0201);
    }
}
