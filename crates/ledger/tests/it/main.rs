//! The tests of the ledger: the tree against a naive one, canonical JSON, and both verifiers against tampering.

mod canonical;
mod history;
mod merkle;
mod second;
mod tamper;
