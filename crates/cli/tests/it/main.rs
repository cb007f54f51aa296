//! Runs the real binary: servers, kills, backups, the ledger's verification and the demo.

#![expect(clippy::unwrap_used, reason = "a step that fails fails its test")]
#![expect(clippy::print_stdout, reason = "the crash harness says how far it is")]

#[cfg(all(feature = "nats", feature = "amqp"))]
mod amqp;
mod backup;
#[cfg(feature = "nats")]
mod brokers;
mod client;
mod crash;
mod demo;
mod ledger;
mod offline;
mod pages;
mod rig;
mod serve;
