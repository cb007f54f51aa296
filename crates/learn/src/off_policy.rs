//! What another policy would have done, from recorded cases and their propensities.
//!
//! Each row holds the reward `r` of the action that was taken, the probability `p` with which the
//! recorded policy took it (its *propensity*, recorded at that moment), and the probability `q` with
//! which the policy in question would take it. With weights `w = q / p`:
//!
//! - [`Estimator::Ips`]: `mean(w r)` (Horvitz and Thompson, JASA 1952): unbiased;
//! - [`Estimator::Clipped`]: `mean(min(w, c) r)` (Ionides 2008): less variance; with rewards that are
//!   not negative its mean is too low, by at most the share of clipped weight;
//! - [`Estimator::Snips`]: `sum(w r) / sum(w)` (Swaminathan and Joachims, NeurIPS 2015): does not mind
//!   a constant added to rewards; biased by order `1/n`;
//! - [`Estimator::DoublyRobust`]: `mean(v + w (r - m))` with a model's guess `m` of the reward of the
//!   action taken and `v = sum_a q(a) m(a)` under the policy (Dudík, Langford and Li, ICML 2011):
//!   unbiased if propensities are right, whatever the model, and of small variance if it is good.
//!   The model must not be fitted to these rows.
//!
//! An estimate is worth as much as its effective sample size `(sum w)^2 / sum w^2` (Kish 1965): if
//! that is small, few rows decide. The mean of the weights should be about 1; far from it,
//! propensities are wrong. Rows whose propensity is below the floor are weighted as if it were the
//! floor, and counted: that bounds the variance and costs bias, like clipping.
//!
//! A policy cannot be judged on actions that were never taken: see [`check_support`].

mod estimate;

pub use estimate::{Estimate, Estimator, Logged, OffPolicyOptions, evaluate};

use crate::LearnError;

/// Checks that the recorded policy may take whatever the policy in question may: `recorded` and
/// `target` are probabilities of `actions` actions for each row, row-major.
///
/// Errors with the first row and action where the target's probability is positive and the recorded
/// one is 0, if lengths differ or are no multiple of `actions`, or a row of probabilities is negative
/// or does not sum to 1 within 1e-3.
pub fn check_support(recorded: &[f32], target: &[f32], actions: usize) -> Result<(), LearnError> {
    if actions == 0 || !recorded.len().is_multiple_of(actions) {
        return Err(LearnError::Shape {
            what: "recorded probabilities (a multiple of the actions)",
            expected: actions,
            found: recorded.len(),
        });
    }
    if target.len() != recorded.len() {
        let (expected, found) = (recorded.len(), target.len());
        return Err(LearnError::Shape { what: "target probabilities", expected, found });
    }
    let rows = recorded.chunks_exact(actions).zip(target.chunks_exact(actions));
    for (row, (p, q)) in rows.enumerate() {
        for values in [p, q] {
            let sum: f64 = values.iter().map(|&x| f64::from(x)).sum();
            if !((sum - 1.0).abs() <= 1e-3 && values.iter().all(|x| *x >= 0.0)) {
                let what = "probability (not negative, summing to 1) of row";
                return Err(LearnError::NotFinite { what, at: row });
            }
        }
        if let Some(action) = (0..actions).find(|&a| q[a] > 0.0 && p[a] == 0.0) {
            return Err(LearnError::Support { row, action: Some(action) });
        }
    }
    Ok(())
}
