//! The objective and its gradient in one pass over the rows.
//!
//! Parameters lie feature by feature, the classes of one feature side by side and padded to a
//! multiple of four, so that every inner loop runs over classes and vectorises. Features are
//! scaled beforehand by the square root of a bound on their curvature (a diagonal preconditioner):
//! rare and frequent words then bend the objective alike, and L-BFGS needs fewer iterations.

use super::Weights;
use crate::sparse::Csr;
use crate::vmath;

/// Classes gathered at once; four vector registers of the smallest machine.
const LANES: usize = 16;

/// The objective over scaled parameters, of length `(features + 1) * stride`.
pub(super) struct Objective<'a> {
    rows: &'a Csr,
    targets: &'a [u32],
    /// Weight of each row divided by the sum of weights; empty when all are equal.
    shares: Vec<f32>,
    equal_share: f32,
    classes: usize,
    /// Classes padded to a multiple of four.
    stride: usize,
    penalty: f64,
    /// What each feature is divided by, the intercept last.
    scales: Vec<f32>,
    /// Values of the rows divided by the scales, in the rows' order.
    values: Vec<f32>,
    residual: Vec<f32>,
}

impl<'a> Objective<'a> {
    /// An objective for `targets` below `classes`; inputs were checked by the caller.
    pub(super) fn new(
        rows: &'a Csr,
        targets: &'a [u32],
        row_weights: Option<&[f32]>,
        classes: usize,
        c: f64,
    ) -> Self {
        let total: f64 =
            row_weights.map_or(rows.rows() as f64, |w| w.iter().map(|&x| f64::from(x)).sum());
        let shares: Vec<f32> = row_weights
            .map(|w| w.iter().map(|&x| (f64::from(x) / total) as f32).collect())
            .unwrap_or_default();
        let equal_share = (1.0 / total) as f32;
        let penalty = if classes == 2 { 2.0 } else { 1.0 } / (c * total);
        let stride = classes.div_ceil(4) * 4;
        let mut objective = Self {
            rows,
            targets,
            shares,
            equal_share,
            classes,
            stride,
            penalty,
            scales: Vec::new(),
            values: Vec::new(),
            residual: vec![0.0; stride],
        };
        objective.scale();
        objective
    }

    fn share(&self, row: usize) -> f32 {
        self.shares.get(row).copied().unwrap_or(self.equal_share)
    }

    /// Curvature of feature `j` in one class is `sum_i w_i x_ij^2 p (1 - p)` plus the penalty;
    /// taken at `p = 1 / classes`.
    fn scale(&mut self) {
        let features = self.rows.columns();
        let k = self.classes.max(2) as f64;
        let spread = 1.0 / k * (1.0 - 1.0 / k);
        let mut curvature = vec![self.penalty; features + 1];
        curvature[features] = spread;
        for (i, row) in self.rows.iter().enumerate() {
            let share = f64::from(self.share(i)) * spread;
            for (j, x) in row.iter() {
                curvature[j] += share * f64::from(x) * f64::from(x);
            }
        }
        self.scales = curvature.iter().map(|h| h.sqrt() as f32).collect();
        let scales = &self.scales;
        self.values =
            self.rows.iter().flat_map(|row| row.iter().map(|(j, x)| x / scales[j])).collect();
    }

    /// Starting point from earlier weights, given which classes the fit is about.
    pub(super) fn start(&self, warm: Option<&Weights>, shown: &[usize]) -> Vec<f32> {
        let mut out = vec![0.0; self.scales.len() * self.stride];
        let Some(warm) = warm else { return out };
        for (j, row) in out.chunks_exact_mut(self.stride).enumerate() {
            let old = warm.of(j);
            for (o, &class) in row.iter_mut().zip(shown) {
                *o = old.get(class).copied().unwrap_or(0.0) * self.scales[j];
            }
        }
        out
    }

    /// The weights that scaled parameters stand for; intercepts are centred over the classes.
    pub(super) fn unpack(&self, theta: &[f32], classes: usize, shown: &[usize]) -> Weights {
        let features = self.rows.columns();
        let mut weights = Weights::zero(features, classes);
        for (j, row) in theta.chunks_exact(self.stride).enumerate() {
            let out = weights.of_mut(j);
            for (&t, &class) in row.iter().zip(shown) {
                out[class] = t / self.scales[j];
            }
        }
        let intercepts = weights.of_mut(features);
        let mean = shown.iter().map(|&k| intercepts[k]).sum::<f32>() / shown.len() as f32;
        for &k in shown {
            intercepts[k] -= mean;
        }
        weights
    }

    /// The largest derivative by the unscaled parameters, in absolute value.
    pub(super) fn largest_derivative(&self, gradient: &[f32]) -> f64 {
        let rows = gradient.chunks_exact(self.stride).zip(&self.scales);
        let largest = |row: &[f32]| row.iter().fold(0.0_f32, |a, &b| a.max(b.abs()));
        f64::from(rows.map(|(row, &s)| largest(row) * s).fold(0.0, f32::max))
    }

    /// The objective at `theta`; its gradient is written into `gradient`.
    pub(super) fn evaluate(&mut self, theta: &[f32], gradient: &mut [f32]) -> f64 {
        let intercept = (self.scales.len() - 1) * self.stride;
        let mut value = self.penalise(theta, gradient);
        let inverse = 1.0 / self.scales[self.scales.len() - 1];
        let mut residual = std::mem::take(&mut self.residual);
        let mut at = 0;
        for (i, row) in self.rows.iter().enumerate() {
            let values = &self.values[at..at + row.indices.len()];
            at += values.len();
            for (r, t) in residual.iter_mut().zip(&theta[intercept..]) {
                *r = t * inverse;
            }
            gather(row.indices, values, theta, &mut residual);
            let share = self.share(i);
            value += self.residual_of(&mut residual, self.targets[i] as usize, share);
            scatter(row.indices, values, &residual, gradient);
            for (g, r) in gradient[intercept..].iter_mut().zip(&residual) {
                *g += r * inverse;
            }
        }
        self.residual = residual;
        value
    }

    /// The penalty at `theta`; its gradient overwrites `gradient`.
    fn penalise(&self, theta: &[f32], gradient: &mut [f32]) -> f64 {
        let features = self.scales.len() - 1;
        let rows = theta.chunks_exact(self.stride).zip(gradient.chunks_exact_mut(self.stride));
        let mut sum = 0.0;
        for (j, (theta, gradient)) in rows.enumerate() {
            if j == features {
                gradient.fill(0.0);
                continue;
            }
            let scale = f64::from(self.scales[j]);
            let factor = (self.penalty / (scale * scale)) as f32;
            let mut squares = 0.0_f32;
            for (g, &t) in gradient.iter_mut().zip(theta) {
                *g = factor * t;
                squares += t * t;
            }
            sum += f64::from(squares) * f64::from(factor);
        }
        0.5 * sum
    }

    /// Turns logits into `share * (probabilities - one at target)`; returns the share of the loss.
    fn residual_of(&self, z: &mut [f32], target: usize, share: f32) -> f64 {
        let z = &mut z[..];
        let top = z[..self.classes].iter().fold(f32::NEG_INFINITY, |a, &b| a.max(b));
        let own = z[target] - top;
        for x in z.iter_mut() {
            *x = vmath::exp(*x - top);
        }
        z[self.classes..].fill(0.0);
        let mut lanes = [0.0_f32; 4];
        for four in z.chunks_exact(4) {
            lanes.iter_mut().zip(four).for_each(|(s, x)| *s += x);
        }
        let sum = lanes.iter().sum::<f32>();
        let factor = share / sum;
        for x in z.iter_mut() {
            *x *= factor;
        }
        z[target] -= share;
        (f64::from(sum).ln() - f64::from(own)) * f64::from(share)
    }
}

/// `out += sum_j x_j theta_j`, class by class.
fn gather(indices: &[u32], values: &[f32], theta: &[f32], out: &mut [f32]) {
    let stride = out.len();
    let whole = stride / LANES * LANES;
    for from in (0..whole).step_by(LANES) {
        gather_lanes::<LANES>(indices, values, &theta[from..], stride, &mut out[from..]);
    }
    let (theta, rest) = (&theta[whole..], &mut out[whole..]);
    match stride - whole {
        4 => gather_lanes::<4>(indices, values, theta, stride, rest),
        8 => gather_lanes::<8>(indices, values, theta, stride, rest),
        12 => gather_lanes::<12>(indices, values, theta, stride, rest),
        _ => {}
    }
}

/// The classes that fit in registers while all entries of the row pass by.
fn gather_lanes<const N: usize>(
    indices: &[u32],
    values: &[f32],
    theta: &[f32],
    stride: usize,
    out: &mut [f32],
) {
    let mut sum = [0.0_f32; N];
    sum.copy_from_slice(&out[..N]);
    for (&j, &x) in indices.iter().zip(values) {
        let theta = &theta[j as usize * stride..][..N];
        for (s, t) in sum.iter_mut().zip(theta) {
            *s += x * t;
        }
    }
    out[..N].copy_from_slice(&sum);
}

/// `gradient_j += x_j residual`, class by class.
fn scatter(indices: &[u32], values: &[f32], residual: &[f32], gradient: &mut [f32]) {
    let stride = residual.len();
    for (&j, &x) in indices.iter().zip(values) {
        let gradient = &mut gradient[j as usize * stride..][..stride];
        for (g, r) in gradient.iter_mut().zip(residual) {
            *g += x * r;
        }
    }
}
