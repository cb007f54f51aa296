//! Tests of the engine over real databases, in one binary.

#[path = "../../../store/tests/suite/cluster.rs"]
mod cluster;
mod common;
mod learning;
mod proof;
mod races;
mod walk;
