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
//! - [`proportion`]: intervals of a plain share;
//! - [`rng`]: the only source of chance.

pub mod active;
pub mod calibrate;
pub mod diversity;
pub mod error;
pub mod features;
pub mod logistic;
pub mod model;
pub mod proportion;
pub mod rng;
pub mod sequential;
pub mod sparse;
pub mod uncertainty;

mod bytes;
mod vmath;

pub use error::LearnError;
