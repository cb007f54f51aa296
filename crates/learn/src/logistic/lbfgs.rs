//! Limited-memory BFGS (Nocedal and Wright, "Numerical optimization", algorithms 7.4 and 7.5)
//! with a safeguarded cubic line search for the strong Wolfe conditions.

use std::collections::VecDeque;

use super::Convergence;
use super::objective::Objective;

/// Pairs of steps and gradient changes that are remembered.
const MEMORY: usize = 10;
/// Armijo's constant: the least share of the promised descent.
const DESCENT: f64 = 1e-4;
/// Wolfe's constant: the largest share of the slope that may remain.
const CURVATURE: f64 = 0.9;
/// Evaluations of one line search, at most.
const SEARCH: u32 = 20;
/// Relative noise of an objective whose parts are `f32`.
const NOISE: f64 = 1e-7;

struct Pair {
    step: Vec<f32>,
    change: Vec<f32>,
    /// `1 / (step . change)`.
    rho: f64,
}

/// Walks down from `theta` until no derivative exceeds `tolerance`.
pub(super) fn minimise(
    objective: &mut Objective<'_>,
    mut theta: Vec<f32>,
    tolerance: f64,
    max_iterations: u32,
) -> (Vec<f32>, Convergence) {
    let n = theta.len();
    let mut gradient = vec![0.0; n];
    let mut value = objective.evaluate(&theta, &mut gradient);
    let mut pairs: VecDeque<Pair> = VecDeque::with_capacity(MEMORY);
    let mut direction = vec![0.0; n];
    let mut report = Convergence {
        iterations: 0,
        evaluations: 1,
        objective: value,
        gradient: objective.largest_derivative(&gradient),
        converged: false,
    };
    // A pair that is dropped lends its vectors to the next one.
    let mut next = Trial { theta: vec![0.0; n], gradient: vec![0.0; n] };
    while report.gradient > tolerance && report.iterations < max_iterations {
        descend(&pairs, &gradient, &mut direction);
        let slope = dot(&gradient, &direction);
        let found = search(objective, &theta, &direction, (value, slope), &mut next);
        report.evaluations += found.evaluations;
        if !found.descended {
            if pairs.is_empty() {
                // Steepest descent found nothing either: this is the bottom, as far as f32 sees.
                break;
            }
            pairs.clear();
            continue;
        }
        remember(&mut pairs, &theta, &gradient, &next);
        std::mem::swap(&mut theta, &mut next.theta);
        std::mem::swap(&mut gradient, &mut next.gradient);
        let gain = value - found.value;
        value = found.value;
        report.iterations += 1;
        report.objective = value;
        report.gradient = objective.largest_derivative(&gradient);
        if gain.abs() <= 1e-3 * NOISE * value.abs() && tolerance > 0.0 {
            break;
        }
    }
    report.converged =
        value.is_finite() && (report.gradient <= tolerance || report.iterations < max_iterations);
    (theta, report)
}

/// A point on the line, with the gradient there.
struct Trial {
    theta: Vec<f32>,
    gradient: Vec<f32>,
}

/// Adds the pair of the last step, in place of the oldest if there are enough.
fn remember(pairs: &mut VecDeque<Pair>, theta: &[f32], gradient: &[f32], next: &Trial) {
    let spare = if pairs.len() == MEMORY { pairs.pop_front() } else { None };
    let mut pair = spare.unwrap_or_else(|| Pair {
        step: vec![0.0; theta.len()],
        change: vec![0.0; theta.len()],
        rho: 0.0,
    });
    let subtract = |out: &mut [f32], a: &[f32], b: &[f32]| {
        out.iter_mut().zip(a.iter().zip(b)).for_each(|(o, (a, b))| *o = a - b);
    };
    subtract(&mut pair.step, &next.theta, theta);
    subtract(&mut pair.change, &next.gradient, gradient);
    let curvature = dot(&pair.step, &pair.change);
    // A step without curvature (rounding) would spoil the approximation.
    if curvature > 1e-10 * dot(&pair.change, &pair.change) {
        pair.rho = 1.0 / curvature;
        pairs.push_back(pair);
    }
}

/// Writes the quasi-Newton direction, by the two-loop recursion.
fn descend(pairs: &VecDeque<Pair>, gradient: &[f32], direction: &mut [f32]) {
    direction.iter_mut().zip(gradient).for_each(|(d, g)| *d = -g);
    let mut alphas = [0.0_f64; MEMORY];
    for (pair, alpha) in pairs.iter().zip(&mut alphas).rev() {
        *alpha = pair.rho * dot(&pair.step, direction);
        add(direction, -*alpha, &pair.change);
    }
    if let Some(last) = pairs.back() {
        let factor = (1.0 / (last.rho * dot(&last.change, &last.change))) as f32;
        for d in direction.iter_mut() {
            *d *= factor;
        }
    }
    for (pair, alpha) in pairs.iter().zip(&alphas) {
        let beta = pair.rho * dot(&pair.change, direction);
        add(direction, alpha - beta, &pair.step);
    }
}

struct Found {
    value: f64,
    evaluations: u32,
    descended: bool,
}

/// A point of the line search: step length, value, slope.
type Point = (f64, f64, f64);

/// Finds a step along `direction` that descends enough and flattens the slope; `next` holds it.
fn search(
    objective: &mut Objective<'_>,
    theta: &[f32],
    direction: &[f32],
    (value, slope): (f64, f64),
    next: &mut Trial,
) -> Found {
    let mut found = Found { value, evaluations: 0, descended: false };
    if slope.is_nan() || slope >= 0.0 {
        return found;
    }
    let noise = NOISE * value.abs();
    let mut low: Point = (0.0, value, slope);
    let mut high: Option<Point> = None;
    let mut length = 1.0;
    while found.evaluations < SEARCH {
        for ((t, a), d) in next.theta.iter_mut().zip(theta).zip(direction) {
            *t = a + length as f32 * d;
        }
        let here = objective.evaluate(&next.theta, &mut next.gradient);
        let slope_here = dot(&next.gradient, direction);
        found.evaluations += 1;
        // Near the bottom values drown in noise and the slope decides (Hager and Zhang 2005).
        let descends = here <= value + DESCENT * length * slope
            || (here <= value + noise && slope_here <= (2.0 * DESCENT - 1.0) * slope);
        if descends && slope_here.abs() <= CURVATURE * slope.abs() {
            found.value = here;
            found.descended = true;
            return found;
        }
        let point = (length, here, slope_here);
        if !here.is_finite() || !descends || slope_here > 0.0 {
            high = Some(point);
        } else {
            low = point;
        }
        length = match high {
            None => length * 3.0,
            Some(high) => between(low, high),
        };
    }
    found
}

/// The minimum of the cubic through two points with their slopes, kept off both ends.
fn between(a: Point, b: Point) -> f64 {
    let width = b.0 - a.0;
    let middle = a.0 + 0.5 * width;
    if !b.1.is_finite() || !b.2.is_finite() {
        return a.0 + 0.1 * width;
    }
    let d1 = a.2 + b.2 - 3.0 * (a.1 - b.1) / (a.0 - b.0);
    let square = d1 * d1 - a.2 * b.2;
    if square < 0.0 {
        return middle;
    }
    let d2 = square.sqrt();
    let cubic = b.0 - width * (b.2 + d2 - d1) / (b.2 - a.2 + 2.0 * d2);
    if cubic.is_finite() { cubic.clamp(a.0 + 0.1 * width, a.0 + 0.9 * width) } else { middle }
}

/// `y += a x`.
fn add(y: &mut [f32], a: f64, x: &[f32]) {
    let a = a as f32;
    y.iter_mut().zip(x).for_each(|(y, x)| *y += a * x);
}

/// Inner product: sixteen `f32` sums over stretches, which are added up in `f64`.
fn dot(a: &[f32], b: &[f32]) -> f64 {
    let stretch = |a: &[f32], b: &[f32]| {
        let mut lanes = [0.0_f32; 16];
        let (a_whole, a_rest) = a.as_chunks::<16>();
        let (b_whole, b_rest) = b.as_chunks::<16>();
        for (a, b) in a_whole.iter().zip(b_whole) {
            for i in 0..16 {
                lanes[i] += a[i] * b[i];
            }
        }
        let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
        lanes.iter().map(|&x| f64::from(x)).sum::<f64>() + f64::from(rest)
    };
    a.chunks(2048).zip(b.chunks(2048)).map(|(a, b)| stretch(a, b)).sum()
}
