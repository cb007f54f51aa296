//! Whether new data differ from old: PSI, KS, chi-square, MMD, ADWIN, Page-Hinkley.
//!
//! # Two samples, a reference and a current one
//!
//! - [`psi`]: how far the shares of bins or categories have moved; a size, not a test.
//! - [`ks`]: Kolmogorov and Smirnov's test for numbers.
//! - [`chi_square`]: Pearson's test for categories, with Cramér's V.
//! - [`mmd`]: the kernel two-sample test for rows of many numbers (embeddings, scores).
//! - [`effect`]: Cohen's d, Cliff's delta, total variation.
//! - [`multiple`]: Holm's and Benjamini and Hochberg's correction when many columns are tested.
//! - [`label_shift`]: what the shares of the true classes have become, from predictions alone.
//!
//! With many rows every test is significant, however little has changed. Look at the size of the
//! change first and at the p-value second.
//!
//! # A stream, one number at a time
//!
//! [`adwin`], whose window tells what is current, [`page_hinkley`] and [`ddm`]. Of the three only
//! ADWIN comes with a level for its false alarms; DDM raises many early in a stream.

pub mod adwin;
pub mod chi_square;
pub mod ddm;
pub mod effect;
pub mod ks;
pub mod label_shift;
pub mod mmd;
pub mod multiple;
pub mod page_hinkley;
pub mod psi;

use crate::LearnError;

/// Errors unless `values` holds at least one number and only finite ones.
pub(crate) fn check(values: &[f64], what: &'static str) -> Result<(), LearnError> {
    if values.is_empty() {
        return Err(LearnError::Empty { what });
    }
    match values.iter().position(|x| !x.is_finite()) {
        Some(at) => Err(LearnError::NotFinite { what, at }),
        None => Ok(()),
    }
}

/// `values` in ascending order.
pub(crate) fn sorted(values: &[f64]) -> Vec<f64> {
    let mut out = values.to_vec();
    out.sort_unstable_by(f64::total_cmp);
    out
}

#[cfg(test)]
mod tests;
