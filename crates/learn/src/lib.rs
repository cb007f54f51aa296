//! Algorithms of the loop: numbers in, numbers out.
//!
//! This crate knows no domain, no ids, no clock and no IO. Whatever is random takes a seed, so
//! equal inputs give equal bytes, on one thread, every time. Reading order:
//!
//! - [`model`]: the built-in classifier (features, weights, temperature), which training jobs use;
//! - [`features`], [`sparse`], [`logistic`]: its parts;
//! - [`calibrate`]: how far a probability can be believed, and making it believable;
//! - [`rng`]: the only source of chance.

pub mod calibrate;
pub mod error;
pub mod features;
pub mod logistic;
pub mod model;
pub mod rng;
pub mod sparse;

mod bytes;
mod vmath;

pub use error::LearnError;
