//! Tests of the engine over real databases, in one binary.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod autonomy;
mod chain;
#[path = "../../../store/tests/suite/cluster.rs"]
mod cluster;
mod common;
mod copilot;
mod crash;
mod gate_faults;
mod gates;
mod learning;
mod model;
mod models;
mod outside;
mod passkeys;
mod proof;
mod queues;
mod races;
mod receiver;
mod runs;
mod server;
mod signoff;
mod voice;
mod walk;
mod webhooks;
