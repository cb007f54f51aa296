//! Tests of the engine over real databases, in one binary.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod appeals;
mod autonomy;
mod chain;
#[path = "../../../store/tests/suite/cluster.rs"]
mod cluster;
mod common;
mod copilot;
mod crash;
mod desk;
mod gate_faults;
mod gates;
mod learning;
mod mailbox;
mod model;
mod models;
mod notifications;
mod outside;
mod passkeys;
mod proof;
mod queues;
mod races;
mod receiver;
mod right_person;
mod runs;
mod server;
mod signoff;
mod under_halt;
mod voice;
mod walk;
mod webhooks;
