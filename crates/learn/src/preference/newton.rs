//! Newton's method with conjugate gradients, for smooth convex objectives.

use super::Convergence;

/// A convex function whose curvature is known as a matrix-vector product.
pub(super) trait Objective {
    /// Value at `x`; writes the gradient and remembers the curvature there.
    fn evaluate(&mut self, x: &[f64], gradient: &mut [f64]) -> f64;
    /// `out = H v` at the point last evaluated.
    fn curve(&self, v: &[f64], out: &mut [f64]);
    /// The diagonal of `H` at the point last evaluated.
    fn diagonal(&self, out: &mut [f64]);
}

/// Minimises `objective` from `x`, until no entry of the gradient exceeds `tolerance`.
pub(super) fn minimise(
    objective: &mut impl Objective,
    x: &mut [f64],
    tolerance: f64,
    max_iterations: usize,
) -> Convergence {
    let n = x.len();
    let mut gradient = vec![0.0; n];
    let mut value = objective.evaluate(x, &mut gradient);
    let mut next = vec![0.0; n];
    let mut next_gradient = vec![0.0; n];
    let mut solver = Solver::new(n);
    for iteration in 0..max_iterations {
        let steepness = largest(&gradient);
        if steepness <= tolerance {
            return Convergence { iterations: iteration, gradient: steepness, converged: true };
        }
        solver.solve(objective, &gradient);
        let slope: f64 = dot(&gradient, &solver.step);
        let mut length = 1.0;
        let mut moved = false;
        for _ in 0..40 {
            for (t, (a, d)) in next.iter_mut().zip(x.iter().zip(&solver.step)) {
                *t = a + length * d;
            }
            let candidate = objective.evaluate(&next, &mut next_gradient);
            // Near the end the value stalls in rounding while the gradient still falls.
            let flat = candidate <= value + 1e-14 * value.abs();
            if candidate <= value + 1e-4 * length * slope
                || (flat && largest(&next_gradient) < steepness)
            {
                (value, moved) = (candidate, true);
                break;
            }
            length *= 0.5;
        }
        if !moved {
            objective.evaluate(x, &mut gradient);
            return Convergence { iterations: iteration, gradient: steepness, converged: false };
        }
        x.copy_from_slice(&next);
        std::mem::swap(&mut gradient, &mut next_gradient);
    }
    let steepness = largest(&gradient);
    let converged = steepness <= tolerance;
    Convergence { iterations: max_iterations, gradient: steepness, converged }
}

/// Preconditioned conjugate gradients (Hestenes and Stiefel 1952).
struct Solver {
    step: Vec<f64>,
    residual: Vec<f64>,
    direction: Vec<f64>,
    curved: Vec<f64>,
    diagonal: Vec<f64>,
}

impl Solver {
    fn new(n: usize) -> Self {
        let zeros = || vec![0.0; n];
        Self {
            step: zeros(),
            residual: zeros(),
            direction: zeros(),
            curved: zeros(),
            diagonal: zeros(),
        }
    }

    /// Sets `step` to an approximate solution of `H step = -gradient`, the better the flatter.
    fn solve(&mut self, objective: &impl Objective, gradient: &[f64]) {
        objective.diagonal(&mut self.diagonal);
        // An item without data and prior has no curvature; it then has no gradient either.
        self.diagonal.iter_mut().for_each(|d| *d = 1.0 / d.max(1e-300));
        self.step.fill(0.0);
        for (r, g) in self.residual.iter_mut().zip(gradient) {
            *r = -g;
        }
        let start = dot(&self.residual, &self.residual).sqrt();
        // Quadratic convergence in the end, little work in the beginning.
        let goal = start * start.sqrt().min(0.1);
        for (d, (r, m)) in self.direction.iter_mut().zip(self.residual.iter().zip(&self.diagonal)) {
            *d = r * m;
        }
        let mut rho = dot(&self.residual, &self.direction);
        for _ in 0..4 * gradient.len() + 20 {
            objective.curve(&self.direction, &mut self.curved);
            let curvature = dot(&self.direction, &self.curved);
            if curvature <= 0.0 || !curvature.is_finite() {
                break;
            }
            let alpha = rho / curvature;
            for (i, r) in self.residual.iter_mut().enumerate() {
                self.step[i] += alpha * self.direction[i];
                *r -= alpha * self.curved[i];
            }
            if dot(&self.residual, &self.residual).sqrt() <= goal {
                break;
            }
            let before = rho;
            rho = self.residual.iter().zip(&self.diagonal).map(|(r, m)| r * r * m).sum();
            let beta = rho / before;
            for (i, d) in self.direction.iter_mut().enumerate() {
                *d = self.residual[i] * self.diagonal[i] + beta * *d;
            }
        }
    }
}

pub(super) fn largest(xs: &[f64]) -> f64 {
    xs.iter().fold(0.0, |a: f64, x| a.max(x.abs()))
}

/// Inner product with four independent sums, which the compiler runs side by side.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (fours_a, rest_a) = a.as_chunks::<4>();
    let (fours_b, rest_b) = b.as_chunks::<4>();
    let mut sums = [0.0; 4];
    for (x, y) in fours_a.iter().zip(fours_b) {
        for i in 0..4 {
            sums[i] += x[i] * y[i];
        }
    }
    let rest: f64 = rest_a.iter().zip(rest_b).map(|(x, y)| x * y).sum();
    sums.iter().sum::<f64>() + rest
}
