//! The ledger: canonical JSON, a Merkle tree over events, signed checkpoints, proofs, and the offline verifier.
//!
//! Pure code: no clock, no randomness, no IO except that the verifier reads from an `impl BufRead`. The
//! formats are specified in `docs/ledger-format.md`; `tools/verify_ledger.py` is a second verifier written from it.

pub mod canonical;
mod hash;
pub mod merkle;

pub use hash::{Hash, HashError};
