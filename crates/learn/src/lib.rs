//! Algorithms of the loop: numbers in, numbers out.
//!
//! This crate knows no domain, no ids, no clock and no IO. Whatever is random takes a seed, so
//! equal inputs give equal bytes, on one thread, every time. Reading order:
//!
//! - [`model`]: the built-in classifier (features, weights, temperature), which training jobs use;
//! - [`features`], [`sparse`], [`logistic`]: its parts;
//! - [`uncertainty`], [`diversity`], [`active`]: which cases a person should look at next;
//! - [`calibrate`]: how far a probability can be believed, and making it believable;
//! - [`sequential`]: what audits prove about the automatic cases, at every moment;
//! - [`autonomy`]: what thresholds have earned, and when they have lost it;
//! - [`conformal`], [`risk`], [`selective`]: sets and thresholds with a stated guarantee;
//! - [`aggregate`], [`combine`], [`agreement`], [`preference`]: many people's answers as one, and
//!   how far to believe it;
//! - [`label_errors`], [`drift`], [`novelty`], [`fairness`]: what may have gone wrong, and for whom;
//! - [`experiment`], [`off_policy`], [`simulate`]: what would happen, before it does;
//! - [`proportion`]: intervals of a plain share;
//! - [`rng`]: the only source of chance.

pub mod active;
pub mod aggregate;
pub mod agreement;
pub mod autonomy;
pub mod calibrate;
pub mod combine;
pub mod conformal;
pub mod diversity;
pub mod drift;
pub mod error;
pub mod experiment;
pub mod fairness;
pub mod features;
pub mod label_errors;
pub mod logistic;
pub mod model;
pub mod novelty;
pub mod off_policy;
pub mod preference;
pub mod proportion;
pub mod risk;
pub mod rng;
pub mod selective;
pub mod sequential;
pub mod simulate;
pub mod sparse;
pub mod uncertainty;

mod bytes;
mod special;
mod vmath;

pub use error::LearnError;
