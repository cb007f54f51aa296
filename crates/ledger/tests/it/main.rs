//! The tests of the ledger: the tree against a naive one, canonical JSON, notes, and the verifiers against tampering.

mod canonical;
mod merkle;
