//! Beta calibration.

use super::pairs;
use crate::LearnError;

/// Stand-in for a distance of zero to 0 or 1: about what `f32` resolves.
const FLOOR: f64 = 1e-7;

/// `logit(q) = a ln p - b ln(1 - p) + c` with `a, b >= 0` (Kull, Silva Filho and Flach, "Beta
/// calibration", AISTATS 2017): the map that is right when the scores of each class follow a beta
/// distribution. The identity is `a = b = 1, c = 0`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Beta {
    /// Weight of `ln p`.
    pub a: f64,
    /// Weight of `-ln(1 - p)`.
    pub b: f64,
    /// Intercept.
    pub c: f64,
}

/// `(ln p, -ln(1 - p), 1)`.
fn terms(p: f64) -> [f64; 3] {
    let p = p.clamp(FLOOR, 1.0 - FLOOR);
    [p.ln(), -(-p).ln_1p(), 1.0]
}

fn dot(x: &[f64; 3], w: &[f64; 3]) -> f64 {
    x[0] * w[0] + x[1] * w[1] + x[2] * w[2]
}

/// `ln(1 + e^z)` without overflow.
fn softplus(z: f64) -> f64 {
    z.max(0.0) + (-z.abs()).exp().ln_1p()
}

impl Beta {
    /// Fits `outcomes` (true for 1) of rows to their `probabilities`, by maximum likelihood.
    ///
    /// `prior` pulls towards the identity like that many rows would (the penalty is
    /// `prior * ((a - 1)^2 + (b - 1)^2 + c^2) / 2`); 0 is the plain method, whose fit does not
    /// exist when the outcomes are separated by a threshold: 1 is a wise default. As in the paper,
    /// a parameter that comes out negative is set to zero and the others are fitted anew.
    ///
    /// Errors if there is no row, lengths differ, or a probability is not in `[0, 1]`.
    pub fn fit(probabilities: &[f32], outcomes: &[bool], prior: f64) -> Result<Self, LearnError> {
        pairs(probabilities, outcomes)?;
        if !(prior.is_finite() && prior >= 0.0) {
            return Err(LearnError::Parameter { name: "prior", must: "not negative" });
        }
        if probabilities.iter().any(|p| !(0.0..=1.0).contains(p)) {
            return Err(LearnError::Parameter { name: "probability", must: "in [0, 1]" });
        }
        let rows: Vec<([f64; 3], f64)> = probabilities
            .iter()
            .zip(outcomes)
            .map(|(&p, &y)| (terms(f64::from(p)), f64::from(u8::from(y))))
            .collect();
        let mut free = [true; 3];
        let mut w = newton(&rows, prior, free);
        for i in [0, 1] {
            if w[i] < 0.0 {
                free[i] = false;
                w = newton(&rows, prior, free);
            }
        }
        // Fixing the second may turn the first.
        if w[0] < 0.0 {
            free[0] = false;
            w = newton(&rows, prior, free);
        }
        Ok(Self { a: w[0], b: w[1], c: w[2] })
    }

    /// The calibrated probability of `p`.
    pub fn apply(&self, p: f64) -> f64 {
        let z = dot(&terms(p), &[self.a, self.b, self.c]);
        1.0 / (1.0 + (-z).exp())
    }
}

/// The outcomes' negative log-likelihood plus the prior's penalty.
fn objective(rows: &[([f64; 3], f64)], prior: f64, w: &[f64; 3]) -> f64 {
    let fit: f64 = rows
        .iter()
        .map(|(x, y)| {
            let z = dot(x, w);
            softplus(z) - y * z
        })
        .sum();
    fit + 0.5 * prior * ((w[0] - 1.0).powi(2) + (w[1] - 1.0).powi(2) + w[2] * w[2])
}

/// Newton's method with halving steps over the `free` parameters; the others stay zero.
fn newton(rows: &[([f64; 3], f64)], prior: f64, free: [bool; 3]) -> [f64; 3] {
    let mut w = [f64::from(u8::from(free[0])), f64::from(u8::from(free[1])), 0.0];
    let mut value = objective(rows, prior, &w);
    for _ in 0..100 {
        let (gradient, hessian) = derivatives(rows, prior, &w);
        let step = solve(hessian, gradient, free);
        let slope: f64 = (0..3).map(|i| step[i] * gradient[i]).sum();
        if slope < 1e-12 * (1.0 + value.abs()) {
            break;
        }
        let mut size = 1.0;
        let next = loop {
            let at = std::array::from_fn(|i| w[i] - size * step[i]);
            let reached = objective(rows, prior, &at);
            if reached <= value - 1e-4 * size * slope {
                break Some((at, reached));
            }
            size *= 0.5;
            if size < 1e-10 {
                break None;
            }
        };
        let Some((at, reached)) = next else { break };
        (w, value) = (at, reached);
    }
    w
}

#[expect(clippy::needless_range_loop, reason = "matrices are written with their indices")]
fn derivatives(rows: &[([f64; 3], f64)], prior: f64, w: &[f64; 3]) -> ([f64; 3], [[f64; 3]; 3]) {
    let mut gradient = [prior * (w[0] - 1.0), prior * (w[1] - 1.0), prior * w[2]];
    let mut hessian = [[0.0; 3]; 3];
    for (x, y) in rows {
        let q = 1.0 / (1.0 + (-dot(x, w)).exp());
        let weight = q * (1.0 - q);
        for i in 0..3 {
            gradient[i] += (q - y) * x[i];
            for j in 0..=i {
                hessian[i][j] += weight * x[i] * x[j];
            }
        }
    }
    for i in 0..3 {
        // A trace on the diagonal keeps the step finite where the likelihood is flat.
        hessian[i][i] += prior + 1e-9;
        for j in 0..i {
            hessian[j][i] = hessian[i][j];
        }
    }
    (gradient, hessian)
}

#[expect(clippy::needless_range_loop, reason = "matrices are written with their indices")]
/// Solves `h s = g` over the free coordinates by elimination with pivoting; zero elsewhere.
fn solve(mut h: [[f64; 3]; 3], mut g: [f64; 3], free: [bool; 3]) -> [f64; 3] {
    for i in (0..3).filter(|&i| !free[i]) {
        for j in 0..3 {
            (h[i][j], h[j][i]) = (0.0, 0.0);
        }
        (h[i][i], g[i]) = (1.0, 0.0);
    }
    for i in 0..3 {
        let pivot = (i..3).max_by(|&a, &b| h[a][i].abs().total_cmp(&h[b][i].abs())).unwrap_or(i);
        h.swap(i, pivot);
        g.swap(i, pivot);
        for below in i + 1..3 {
            let factor = h[below][i] / h[i][i];
            for j in i..3 {
                h[below][j] -= factor * h[i][j];
            }
            g[below] -= factor * g[i];
        }
    }
    for i in (0..3).rev() {
        for j in i + 1..3 {
            g[i] -= h[i][j] * g[j];
        }
        g[i] /= h[i][i];
    }
    g
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;
    use proptest::prelude::*;

    fn drawn(truth: Beta, n: usize, seed: u64) -> (Vec<f32>, Vec<bool>) {
        let mut rng = Rng::new(seed);
        (0..n)
            .map(|_| {
                let p = rng.unit() as f32;
                (p, rng.coin(truth.apply(f64::from(p))))
            })
            .unzip()
    }

    #[test]
    fn finds_the_map_that_made_the_outcomes() {
        for (a, b, c) in [(1.0, 1.0, 0.0), (2.0, 0.5, 0.4), (0.4, 1.5, -1.0)] {
            let (p, y) = drawn(Beta { a, b, c }, 40_000, 5);
            let got = Beta::fit(&p, &y, 0.0).unwrap();
            let off = (got.a - a).abs().max((got.b - b).abs()).max((got.c - c).abs());
            assert!(off < 0.12, "{got:?} for {a} {b} {c}");
        }
    }

    #[test]
    fn falling_or_separated_outcomes_keep_a_rising_finite_map() {
        let p: Vec<f32> = (1..100_u8).map(|i| f32::from(i) / 100.0).collect();
        let falling: Vec<bool> = p.iter().map(|&x| x < 0.5).collect();
        let got = Beta::fit(&p, &falling, 1.0).unwrap();
        assert!(got.a >= 0.0 && got.b >= 0.0, "{got:?}");
        let rising: Vec<bool> = p.iter().map(|&x| x > 0.5).collect();
        let got = Beta::fit(&p, &rising, 1.0).unwrap();
        assert!(got.a.is_finite() && got.apply(0.9) > 0.95 && got.apply(0.1) < 0.05, "{got:?}");
        let all = Beta::fit(&[0.0, 1.0, 0.5], &[true; 3], 1.0).unwrap();
        assert!(all.apply(0.5) > 0.5 && all.apply(1.0).is_finite());
        assert!(Beta::fit(&[1.5], &[true], 1.0).is_err());
        assert!(Beta::fit(&[0.5], &[true], -1.0).is_err());
        assert!(Beta::fit(&[], &[], 1.0).is_err());
    }

    proptest! {
        #[test]
        fn no_map_nearby_is_better(seed: u64, i in 0_usize..3, d in prop::sample::select(vec![-0.05, 0.05])) {
            let (p, y) = drawn(Beta { a: 1.3, b: 0.8, c: 0.2 }, 300, seed);
            let got = Beta::fit(&p, &y, 1.0).unwrap();
            prop_assume!(got.a > 0.0 && got.b > 0.0);
            let rows: Vec<_> = p.iter().zip(&y)
                .map(|(&p, &y)| (terms(f64::from(p)), f64::from(u8::from(y)))).collect();
            let best = [got.a, got.b, got.c];
            let mut other = best;
            other[i] += d;
            prop_assert!(objective(&rows, 1.0, &best) <= objective(&rows, 1.0, &other) + 1e-9);
        }
    }
}
