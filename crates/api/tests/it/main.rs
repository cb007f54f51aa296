//! The HTTP server from outside, over real databases.
#![expect(clippy::unwrap_used, reason = "a helper that finds nothing fails its test")]

mod accounts;
mod batch;
mod copilot;
mod demo;
mod errors;
mod helpdesk;
mod matrix;
mod openapi;
mod replies;
mod serve;
mod sessions;
mod stream;
mod visibility;
mod voice;
mod wait;
mod widening;
