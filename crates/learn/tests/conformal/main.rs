//! Sets, thresholds and label errors on public data sets, where they lie beside the repository.
#![expect(clippy::print_stdout, reason = "a skipped test says so")]
#![expect(clippy::unwrap_used, reason = "a failing helper is a failing test")]

mod labels;
mod selective;
mod sets;
mod shared;
