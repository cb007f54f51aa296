//! The store's stories, each told on both databases.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod cases;
mod channels;
mod cluster;
mod common;
mod crash;
mod flat;
mod kernel;
mod ledger;
mod named;
mod people;
mod sample;
mod webhooks;
mod work;
