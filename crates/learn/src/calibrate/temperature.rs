//! Temperature scaling (Guo, Pleiss, Sun and Weinberger, ICML 2017).

use super::{check_rows, largest};
use crate::LearnError;

/// Temperatures outside this range say that the logits are broken, not miscalibrated.
const RANGE: (f64, f64) = (0.02, 50.0);

/// Logits may be minus infinity: the logarithm of a probability of zero.
fn check_logits(logits: &[f32]) -> Result<(), LearnError> {
    match logits.iter().position(|x| x.is_nan() || *x == f32::INFINITY) {
        Some(at) => Err(LearnError::NotFinite { what: "logit", at }),
        None => Ok(()),
    }
}

/// The temperature that minimises the negative log-likelihood of `softmax(logits / T)`, by Newton's
/// method on `ln T`, safeguarded by bisection within `0.02..=50`.
///
/// `logits` is row-major, `labels.len() x classes`; logarithms of probabilities do as well, also of
/// zero. Rows whose own label is impossible (minus infinity) are passed over: no temperature can
/// mend them, and any stand-in for zero would decide the result. 1 if no row is left.
/// `prior` pulls towards `T = 1` like that many rows would (the penalty is
/// `prior * (ln T)^2 / 2`); 0 is the plain method, a few are wise when rows are few.
pub fn temperature(
    logits: &[f32],
    labels: &[u32],
    classes: usize,
    prior: f64,
) -> Result<f64, LearnError> {
    check_rows(logits.len(), labels, classes)?;
    check_logits(logits)?;
    if !(prior.is_finite() && prior >= 0.0) {
        return Err(LearnError::Parameter { name: "prior", must: "not negative" });
    }
    if labels.iter().zip(logits.chunks_exact(classes)).all(|(&k, z)| z[k as usize] < f32::MIN) {
        return Ok(1.0);
    }
    // u = -ln T; the likelihood is convex in e^u.
    let (mut low, mut high) = (-RANGE.1.ln(), -RANGE.0.ln());
    let mut u = 0.0_f64;
    for _ in 0..60 {
        let beta = u.exp();
        let (slope, curvature) = slopes(logits, labels, classes, beta);
        let first = beta * slope + prior * u;
        let second = beta * beta * curvature + beta * slope + prior;
        if first > 0.0 {
            high = u;
        } else {
            low = u;
        }
        let newton = u - first / second;
        let next =
            if second > 0.0 && newton > low && newton < high { newton } else { 0.5 * (low + high) };
        if (next - u).abs() < 1e-9 {
            break;
        }
        u = next;
    }
    Ok((-u).exp())
}

/// First and second derivative of the summed negative log-likelihood by `beta = 1 / T`.
fn slopes(logits: &[f32], labels: &[u32], classes: usize, beta: f64) -> (f64, f64) {
    let (mut first, mut second) = (0.0, 0.0);
    for (z, &label) in logits.chunks_exact(classes).zip(labels) {
        let own = f64::from(z[label as usize]);
        if own == f64::NEG_INFINITY {
            continue;
        }
        let top = f64::from(largest(z).1);
        let (mut sum, mut mean, mut square) = (0.0, 0.0, 0.0);
        for &x in z.iter().filter(|x| **x > f32::NEG_INFINITY) {
            // Relative to the top, so that nothing overflows.
            let d = f64::from(x) - top;
            let e = (beta * d).exp();
            sum += e;
            mean += e * d;
            square += e * d * d;
        }
        mean /= sum;
        first += mean - (own - top);
        second += square / sum - mean * mean;
    }
    (first, second)
}

/// `softmax(logits / temperature)` row by row, in place.
pub fn apply_temperature(
    logits: &mut [f32],
    classes: usize,
    temperature: f64,
) -> Result<(), LearnError> {
    if !(temperature.is_finite() && temperature > 0.0) {
        return Err(LearnError::Parameter { name: "temperature", must: "positive" });
    }
    check_logits(logits)?;
    let inverse = (1.0 / temperature) as f32;
    for row in logits.chunks_exact_mut(classes.max(1)) {
        crate::logistic::softmax(row, inverse);
    }
    Ok(())
}
