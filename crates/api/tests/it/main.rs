//! The HTTP server from outside, over real databases.
#![expect(clippy::unwrap_used, reason = "a helper that finds nothing fails its test")]

mod a2a;
mod a2i;
mod accounts;
mod appeals;
mod batch;
mod copilot;
mod demo;
mod desk;
mod dialects;
mod errors;
mod helpdesk;
mod humanlayer;
mod matrix;
mod mcp;
mod openapi;
mod replies;
mod serve;
mod sessions;
mod stream;
mod visibility;
mod voice;
mod wait;
mod widening;
