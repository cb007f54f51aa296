//! Sparse multinomial logistic regression with L2, fitted by L-BFGS.
//!
//! The objective is scikit-learn's (`LogisticRegression`, lbfgs), with weights `w_i` of rows:
//!
//! `F(W, b) = sum_i w_i * -ln softmax(W x_i + b)[y_i] / sum_i w_i + |W|^2 / (2 C sum_i w_i)`
//!
//! The intercept `b` is not penalised. With two classes scikit-learn fits one vector `v` for the
//! difference of the classes; `W = (-v/2, v/2)` has half its penalty, so the penalty is doubled
//! here and both give the same probabilities.
//!
//! Classes without a row are left out of the fit: nothing can be learnt about them. They get zero
//! weights and an intercept that gives them, on an average row, a probability of about
//! `1 / (2 (n + 1))` each (Krichevsky and Trofimov's half a count), so that a class nobody has
//! shown yet is neither impossible nor likely.

mod lbfgs;
mod objective;
mod weights;

pub use weights::Weights;
pub(crate) use weights::softmax;

use crate::LearnError;
use crate::sparse::Csr;
use objective::Objective;

/// How a fit is done.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FitOptions {
    /// Inverse strength of the penalty, scikit-learn's `C`. Default 10.
    pub c: f64,
    /// Stop when no derivative of the objective exceeds this. Default 1e-4, scikit-learn's `tol`.
    pub tolerance: f64,
    /// Stop after this many iterations. Default 300.
    pub max_iterations: u32,
}

impl Default for FitOptions {
    fn default() -> Self {
        Self { c: 10.0, tolerance: 1e-4, max_iterations: 300 }
    }
}

/// How a fit went.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Convergence {
    /// Iterations of L-BFGS.
    pub iterations: u32,
    /// Evaluations of the objective and its gradient.
    pub evaluations: u32,
    /// The objective at the end.
    pub objective: f64,
    /// The largest derivative at the end, in absolute value.
    pub gradient: f64,
    /// Whether the tolerance was reached, or no further descent was possible in `f32`.
    pub converged: bool,
}

/// Fits weights of `classes` classes to `rows` and their `labels`.
///
/// `row_weights` (one a row, not negative, not all zero) default to 1. `warm` starts from earlier
/// weights over the same features, with at most as many classes; further classes start at zero.
pub fn fit(
    rows: &Csr,
    labels: &[u32],
    row_weights: Option<&[f32]>,
    classes: usize,
    options: &FitOptions,
    warm: Option<&Weights>,
) -> Result<(Weights, Convergence), LearnError> {
    check(rows, labels, row_weights, classes, options, warm)?;
    let mut seen = vec![false; classes];
    for (i, &label) in labels.iter().enumerate() {
        seen[label as usize] |= row_weights.is_none_or(|w| w[i] > 0.0);
    }
    // `dense[class]` counts the seen classes only.
    let shown: Vec<usize> = (0..classes).filter(|&k| seen[k]).collect();
    let mut dense = vec![0_u32; classes];
    shown.iter().enumerate().for_each(|(i, &k)| dense[k] = i as u32);
    let targets: Vec<u32> = labels.iter().map(|&k| dense[k as usize]).collect();

    // A feature that no row has gets weight zero from the penalty; leaving it out saves time and
    // memory where a vocabulary is that of a pool and the labelled rows are few.
    let (compact, columns) = rows.compact();
    let present: Vec<Option<usize>> = columns.iter().map(|&j| Some(j)).collect();
    let warm = warm.map(|w| w.moved(&present));
    let mut objective = Objective::new(&compact, &targets, row_weights, shown.len(), options.c);
    let start = objective.start(warm.as_ref(), &shown);
    let (solution, convergence) =
        lbfgs::minimise(&mut objective, start, options.tolerance, options.max_iterations);
    let mut weights = objective.unpack(&solution, classes, &shown);
    if shown.len() < classes {
        weights.give_unseen(&compact, &seen);
    }
    Ok((weights.spread(&columns, rows.columns()), convergence))
}

fn check(
    rows: &Csr,
    labels: &[u32],
    row_weights: Option<&[f32]>,
    classes: usize,
    options: &FitOptions,
    warm: Option<&Weights>,
) -> Result<(), LearnError> {
    let shape = |what, expected, found| Err(LearnError::Shape { what, expected, found });
    if rows.rows() == 0 {
        return Err(LearnError::Empty { what: "the training rows" });
    }
    if labels.len() != rows.rows() {
        return shape("labels", rows.rows(), labels.len());
    }
    if let Some((at, &label)) = labels.iter().enumerate().find(|(_, k)| **k as usize >= classes) {
        let index = label as usize;
        return Err(LearnError::OutOfRange { what: "label of row", at, index, limit: classes });
    }
    if let Some(weights) = row_weights {
        if weights.len() != rows.rows() {
            return shape("row weights", rows.rows(), weights.len());
        }
        if let Some(at) = weights.iter().position(|w| !w.is_finite() || *w < 0.0) {
            return Err(LearnError::NotFinite { what: "row weight (not negative)", at });
        }
        if weights.iter().all(|w| *w == 0.0) {
            return Err(LearnError::Parameter { name: "row_weights", must: "not all zero" });
        }
    }
    if !(options.c.is_finite() && options.c > 0.0) {
        return Err(LearnError::Parameter { name: "c", must: "positive and finite" });
    }
    if !(options.tolerance.is_finite() && options.tolerance >= 0.0) {
        return Err(LearnError::Parameter { name: "tolerance", must: "not negative" });
    }
    match warm {
        Some(w) if w.features() != rows.columns() => {
            shape("features of the warm start", rows.columns(), w.features())
        }
        Some(w) if w.classes() > classes => {
            shape("classes of the warm start", classes, w.classes())
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
