//! Tests of the engine over real databases, in one binary.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod autonomy;
#[path = "../../../store/tests/suite/cluster.rs"]
mod cluster;
mod common;
mod crash;
mod learning;
mod model;
mod outside;
mod proof;
mod races;
mod runs;
mod walk;
