//! Channels over real brokers, started here on free ports of this machine.
//!
//! They need the programs `nats-server` and `rabbitmq-server` (Debian packages of these names; `cargo xtask test`
//! installs them where it may).

#![cfg(all(feature = "nats", feature = "amqp"))]
#![expect(clippy::unwrap_used, reason = "a step that fails fails its test")]

mod common;
mod nats;
mod nats_server;
mod rabbit_server;
mod rabbitmq;
