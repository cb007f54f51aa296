//! The ledger: canonical JSON, a Merkle tree over events, signed checkpoints, proofs, and the offline verifier.
//!
//! Pure code: no clock, no randomness, no IO except that [`verify::Verifier`] reads from an `impl BufRead`. The
//! formats are specified in `docs/ledger-format.md`; `tools/verify_ledger.py` is a second verifier written from it.

pub mod bundle;
pub mod canonical;
pub mod event;
mod hash;
pub mod merkle;
pub mod note;
pub mod verify;

pub use hash::{Hash, HashError};
