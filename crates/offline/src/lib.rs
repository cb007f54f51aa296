//! Statistics of human work and of models over files, without a server: `tandem learn …` and
//! `tandem simulate`.
//!
//! [`table`] reads CSV and JSONL, row by row, and names file, line and column of whatever is wrong;
//! [`commands`] has a file per command, which turns columns into numbers for `tandem-learn` and its
//! results into a [`report::Report`]. Nothing here talks to a server, a database or the network.

pub mod commands;
pub mod error;
pub mod intern;
pub mod probabilities;
pub mod report;
pub mod table;
pub mod trial;

pub use commands::{LearnCommand, run};
pub use error::OfflineError;
pub use report::Report;
