//! The tests of the ledger: the tree against a naive one, canonical JSON, and both verifiers against tampering.

#![expect(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

mod canonical;
mod history;
mod merkle;
mod second;
mod tamper;
