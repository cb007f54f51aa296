//! How far people agree beyond chance, computed from triples (unit, rater, value).
//!
//! The classical coefficients all have the form `(observed - chance) / (1 - chance)` and differ in
//! what they call chance:
//!
//! - Cohen's kappa (1960; weighted 1968), for two raters: chance has each rater's own frequencies
//!   ([`cohen`], [`cohen_pairs`]);
//! - Fleiss' kappa (1971), for many exchangeable raters: chance has the common frequencies;
//! - Gwet's AC1 and AC2 (2008): chance is small where one value dominates, so that it does not fall
//!   apart there as the kappas do (the "kappa paradox", Feinstein and Cicchetti 1990);
//! - Krippendorff's alpha (2004): any number of raters, missing values, and distances between
//!   values, with a correction for few ratings;
//! - raw agreement, to be shown beside any of them.
//!
//! Units of the same make-up (equal counts of each value) are merged into one pattern with a
//! multiplicity. A coefficient then costs the number of *patterns*, and so does each bootstrap
//! resample: a million ratings of five values by five raters have 126 patterns.
//!
//! Spans and boxes have no finite set of values: [`structure`] compares them pairwise.

mod coefficients;
mod cohen;
mod raters;
pub(crate) mod resample;
pub mod structure;
mod table;

use std::fmt;

pub use coefficients::{Agreement, Measure, Metric, Weights, bootstrap, measure};
pub use cohen::{Contingency, RaterPair, cohen, cohen_bootstrap, cohen_pairs};
pub use raters::{RaterAgreement, raters};
pub use resample::{Bootstrap, Interval};
pub use table::{Repeats, Table, Triples};

/// Why a coefficient has no value. It is not 0 and not 1: there is nothing to divide by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undefined {
    /// No unit was rated twice.
    NoPairs,
    /// Only one value was ever used, so chance alone would explain full agreement.
    NoVariance,
}

impl fmt::Display for Undefined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoPairs => "no unit has two ratings",
            Self::NoVariance => "only one value was ever used",
        })
    }
}
