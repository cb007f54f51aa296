//! The one error type of this crate.

use std::fmt;

/// What was wrong with the numbers handed in: what, where, and how to mend it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum LearnError {
    /// Two lengths that must agree do not.
    Shape {
        /// What has the length.
        what: &'static str,
        /// The length it must have.
        expected: usize,
        /// The length it has.
        found: usize,
    },
    /// Nothing to learn or compute from.
    Empty {
        /// What was empty.
        what: &'static str,
    },
    /// An index lies outside its range.
    OutOfRange {
        /// What the index names.
        what: &'static str,
        /// Where it was found (row or position).
        at: usize,
        /// The index.
        index: usize,
        /// The first index that is too large.
        limit: usize,
    },
    /// A number is NaN or infinite.
    NotFinite {
        /// What the number is.
        what: &'static str,
        /// Where it was found (row or position).
        at: usize,
    },
    /// The probabilities of a row do not sum to one.
    Sum {
        /// The row.
        row: usize,
        /// What they sum to.
        sum: f64,
    },
    /// A parameter has a value that makes no sense.
    Parameter {
        /// Name of the parameter.
        name: &'static str,
        /// What it must be.
        must: &'static str,
    },
    /// A policy does what the records can say nothing about.
    Support {
        /// The row.
        row: usize,
        /// The action, where it is known.
        action: Option<usize>,
    },
    /// A row's value does not fit the kind of its feature.
    Kind {
        /// The feature's column.
        column: String,
        /// The row.
        row: usize,
        /// The kind that was expected.
        expected: &'static str,
    },
    /// A row makes no sense, though its parts are in range.
    Row {
        /// What the row is.
        what: &'static str,
        /// Which row.
        at: usize,
        /// What is wrong with it, and how to mend it.
        why: &'static str,
    },
    /// Stored bytes cannot be read back.
    Bytes {
        /// What was being read.
        what: &'static str,
        /// Offset in bytes.
        at: usize,
        /// What is wrong there.
        why: &'static str,
    },
}

impl fmt::Display for LearnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shape { what, expected, found } => {
                write!(f, "{what} has length {found}, expected {expected}")
            }
            Self::Empty { what } => write!(f, "{what} is empty; give at least one"),
            Self::OutOfRange { what, at, index, limit } => {
                write!(f, "{what} at {at} is {index}, must be below {limit}")
            }
            Self::NotFinite { what, at } => {
                write!(f, "{what} at {at} is not a finite number; drop or replace it")
            }
            Self::Sum { row, sum } => write!(
                f,
                "probabilities of row {row} sum to {sum}, must sum to 1 within 0.001 and none be \
                 negative; normalise the row"
            ),
            Self::Parameter { name, must } => write!(f, "parameter {name} must be {must}"),
            Self::Support { row, action } => {
                write!(f, "row {row}: the policy takes ")?;
                match action {
                    Some(action) => write!(f, "action {action}")?,
                    None => write!(f, "an action")?,
                }
                write!(
                    f,
                    ", which was recorded with probability 0, so nothing is known about it; record \
                     with some exploration, or let the policy leave it out"
                )
            }
            Self::Kind { column, row, expected } => {
                write!(f, "column `{column}` of row {row} must hold {expected} (or be missing)")
            }
            Self::Row { what, at, why } => write!(f, "{what} at {at} {why}"),
            Self::Bytes { what, at, why } => {
                write!(f, "cannot read {what} at byte {at}: {why}; train or fit it anew")
            }
        }
    }
}

impl std::error::Error for LearnError {}
