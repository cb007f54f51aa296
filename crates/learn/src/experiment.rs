//! Tests that may be looked at any time: mSPRT, betting confidence sequences, discordance.
//!
//! A p-value from a formula for a fixed number of rows may be looked at once. Watched as rows come
//! in, it will cross 0.05 sooner or later whatever the truth. Everything here but [`spending`] is
//! *anytime-valid*: the chance that it is ever wrong, over all the moments one may look and stop,
//! is at most `delta`. The reason is always the same: some wealth, a martingale that starts at 1 if
//! the null hypothesis holds, reaches `1 / delta` with probability at most `delta` (Ville 1939).
//!
//! - [`msprt`]: means of numbers of known variance;
//! - [`betting`]: means of numbers within known limits, such as shares, losses and rewards;
//! - [`share`]: one share, and the difference of two (canary), from counts alone;
//! - [`paired`]: two classifiers on the same cases (shadow), of which only those tell where exactly
//!   one is right;
//! - [`spending`]: a few looks planned beforehand, which cost less than looking all the time.

pub mod betting;
pub mod msprt;
pub mod paired;
pub mod share;
pub mod spending;

use crate::LearnError;

/// Errors unless `0 < delta < 1`.
pub(crate) fn check_delta(delta: f64) -> Result<(), LearnError> {
    if delta > 0.0 && delta < 1.0 {
        Ok(())
    } else {
        Err(LearnError::Parameter { name: "delta", must: "in (0, 1)" })
    }
}
