//! How far probabilities can be believed, and making them believable.
//!
//! Temperature scaling (Guo, Pleiss, Sun and Weinberger, ICML 2017) divides logits by one number
//! `T`, found on rows the model was not trained on: the ranking of classes stays, the confidence
//! moves. Quality is told by the negative log-likelihood, the multiclass Brier score and the
//! expected calibration error (Naeini, Cooper and Hauskrecht, AAAI 2015; biased by its bins, so
//! never alone).

use crate::LearnError;

/// Temperatures outside this range say that the logits are broken, not miscalibrated.
const RANGE: (f64, f64) = (0.02, 50.0);
/// Stand-in for a probability of zero in logarithms.
const FLOOR: f64 = 1e-12;

/// Quality of probabilities against true labels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quality {
    /// Share of rows whose most probable class is the label (ties: the first class).
    pub accuracy: f64,
    /// Mean negative log-likelihood, in nats.
    pub nll: f64,
    /// Mean squared distance between probabilities and the one-hot label, summed over classes.
    pub brier: f64,
    /// Expected calibration error of the top class over 15 equal bins, each closed on the right.
    pub ece: f64,
}

/// Number of rows of an `n x classes` matrix, checked against `labels`.
fn rows(len: usize, labels: &[u32], classes: usize) -> Result<(), LearnError> {
    if labels.is_empty() || classes == 0 {
        return Err(LearnError::Empty { what: "the labelled rows" });
    }
    let expected = labels.len().saturating_mul(classes);
    if len != expected {
        return Err(LearnError::Shape { what: "matrix (rows x classes)", expected, found: len });
    }
    match labels.iter().enumerate().find(|(_, k)| **k as usize >= classes) {
        Some((at, &label)) => Err(LearnError::OutOfRange {
            what: "label of row",
            at,
            index: label as usize,
            limit: classes,
        }),
        None => Ok(()),
    }
}

fn finite(xs: &[f32], what: &'static str) -> Result<(), LearnError> {
    match xs.iter().position(|x| !x.is_finite()) {
        Some(at) => Err(LearnError::NotFinite { what, at }),
        None => Ok(()),
    }
}

/// Logits may be minus infinity: the logarithm of a probability of zero.
fn check_logits(logits: &[f32]) -> Result<(), LearnError> {
    match logits.iter().position(|x| x.is_nan() || *x == f32::INFINITY) {
        Some(at) => Err(LearnError::NotFinite { what: "logit", at }),
        None => Ok(()),
    }
}

/// Quality of row-major `probabilities` (`labels.len() x classes`).
pub fn quality(
    probabilities: &[f32],
    labels: &[u32],
    classes: usize,
) -> Result<Quality, LearnError> {
    rows(probabilities.len(), labels, classes)?;
    finite(probabilities, "probability")?;
    let n = labels.len() as f64;
    let (mut correct, mut nll, mut brier) = (0.0, 0.0, 0.0);
    let mut bins = [(0.0_f64, 0.0_f64); 15];
    for (p, &label) in probabilities.chunks_exact(classes).zip(labels) {
        let (top, confidence) = largest(p);
        let hit = f64::from(u8::from(top == label as usize));
        correct += hit;
        let own = f64::from(p[label as usize]);
        nll -= own.max(FLOOR).ln();
        let squares: f64 = p.iter().map(|&x| f64::from(x) * f64::from(x)).sum();
        brier += squares - 2.0 * own + 1.0;
        let bin = ((f64::from(confidence) * 15.0).ceil() as usize).clamp(1, 15) - 1;
        bins[bin].0 += hit;
        bins[bin].1 += f64::from(confidence);
    }
    let ece = bins.iter().map(|(hits, confidence)| (hits - confidence).abs()).sum::<f64>() / n;
    Ok(Quality { accuracy: correct / n, nll: nll / n, brier: brier / n, ece })
}

/// The first largest entry.
fn largest(p: &[f32]) -> (usize, f32) {
    let mut best = (0, p[0]);
    for (k, &x) in p.iter().enumerate().skip(1) {
        if x > best.1 {
            best = (k, x);
        }
    }
    best
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
    rows(logits.len(), labels, classes)?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;
    use proptest::prelude::*;

    /// Rows whose labels are drawn from `softmax(logits / truth)`.
    fn drawn(n: usize, truth: f64, seed: u64) -> (Vec<f32>, Vec<u32>) {
        let mut rng = Rng::new(seed);
        let mut logits = Vec::new();
        let mut labels = Vec::new();
        for _ in 0..n {
            let z: Vec<f32> = (0..4).map(|_| (rng.unit() * 8.0) as f32).collect();
            let mut p = z.clone();
            apply_temperature(&mut p, 4, truth).unwrap();
            let mut u = rng.unit() as f32;
            let label = p.iter().position(|x| {
                u -= x;
                u < 0.0
            });
            labels.push(label.unwrap_or(3) as u32);
            logits.extend(z);
        }
        (logits, labels)
    }

    #[test]
    fn finds_the_temperature_that_made_the_labels() {
        for truth in [0.5, 1.0, 2.5] {
            let (logits, labels) = drawn(20_000, truth, 3);
            let t = temperature(&logits, &labels, 4, 0.0).unwrap();
            assert!((t / truth - 1.0).abs() < 0.05, "{t} for {truth}");
            let mut p = logits.clone();
            apply_temperature(&mut p, 4, t).unwrap();
            assert!(quality(&p, &labels, 4).unwrap().ece < 0.015);
        }
    }

    #[test]
    fn separable_rows_stay_in_range_and_a_prior_holds_them() {
        let logits = [2.0, 0.0, 0.0, 2.0];
        assert!(temperature(&logits, &[0, 1], 2, 0.0).unwrap() < 0.03);
        let held = temperature(&logits, &[0, 1], 2, 5.0).unwrap();
        assert!(held > 0.7 && held < 1.0, "{held}");
        // An impossible label changes nothing; impossible labels only leave 1.
        let none = f32::NEG_INFINITY;
        let mixed = [2.0, 0.0, 0.0, 2.0, none, 0.0];
        assert_eq!(temperature(&mixed, &[0, 1, 0], 2, 5.0).unwrap(), held);
        assert_eq!(temperature(&mixed[4..], &[0], 2, 0.0).unwrap(), 1.0);
    }

    #[test]
    fn quality_of_known_numbers() {
        let p = [0.9, 0.1, 0.6, 0.4];
        let q = quality(&p, &[0, 1], 2).unwrap();
        assert!((q.accuracy - 0.5).abs() < 1e-9);
        assert!((q.nll - -(0.9_f64.ln() + 0.4_f64.ln()) / 2.0).abs() < 1e-6);
        assert!((q.brier - 0.37).abs() < 1e-6);
        assert!((q.ece - 0.35).abs() < 1e-6);
        assert!(quality(&p, &[0, 2], 2).is_err());
        assert!(quality(&p, &[0], 2).is_err());
        assert!(temperature(&[f32::NAN, 0.0], &[0], 2, 0.0).is_err());
    }

    proptest! {
        #[test]
        fn no_temperature_nearby_is_better(seed: u64, truth in 0.3_f64..3.0) {
            let (logits, labels) = drawn(300, truth, seed);
            let t = temperature(&logits, &labels, 4, 0.0).unwrap();
            let nll = |t: f64| {
                let mut p = logits.clone();
                apply_temperature(&mut p, 4, t).unwrap();
                quality(&p, &labels, 4).unwrap().nll
            };
            prop_assert!(nll(t) <= nll(t * 1.1) + 1e-6 && nll(t) <= nll(t / 1.1) + 1e-6);
        }
    }
}
