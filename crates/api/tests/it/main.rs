//! The HTTP server from outside, over real databases.

mod accounts;
mod batch;
mod errors;
mod matrix;
mod openapi;
mod replies;
mod sessions;
mod stream;
mod visibility;
mod wait;
