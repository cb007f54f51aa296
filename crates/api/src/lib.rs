//! HTTP: a file per endpoint, wire types, errors, OpenAPI, live events and the web app's files.
//!
//! Only this crate knows what JSON looks like on the wire; it converts by hand from the domain's
//! types. A request passes [`http`] (headers, origin, limits, time taken), is authenticated by the
//! [`Caller`](auth::Caller) extractor, reaches one handler in [`routes`], which calls one use case
//! of the engine, and leaves as a [`wire`] type or as a [`Problem`].

pub mod auth;
pub mod body;
pub mod config;
pub mod demo;
mod dialects;
pub mod docs;
pub mod http;
pub mod mcp;
pub mod metrics;
pub mod problem;
pub mod routes;
mod serve;
mod state;
pub mod wire;

pub use body::read_case;
pub use config::ApiConfig;
pub use demo::{BoxFuture, DemoHooks};
pub use docs::{openapi, openapi_json};
pub use problem::Problem;
pub use routes::router;
pub use serve::serve;
pub use state::AppState;
