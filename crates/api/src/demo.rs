//! What the demonstration adds: the command line supplies it, and only where it runs.

use std::pin::Pin;

use serde_json::Value;
use tandem_engine::errors::EngineError;

/// A boxed future, so that the trait can be an object.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Ways to break the demonstration on purpose. Every value is sent as it is.
pub trait DemoHooks: Send + Sync {
    /// What is going on: `{enabled, truth_error, counts, card, plug}`.
    fn state(&self) -> BoxFuture<'_, Result<Value, EngineError>>;
    /// Forges a record in a copy of the database and verifies it: `{report, what}`.
    fn forge(&self) -> BoxFuture<'_, Result<Value, EngineError>>;
    /// Kills the server a moment after the answer; a supervisor starts it again.
    fn plug(&self) -> BoxFuture<'_, Result<Value, EngineError>>;
    /// Plants `n` wrong proposals.
    fn fool(&self, n: u32) -> BoxFuture<'_, Result<Value, EngineError>>;
    /// Lets autonomy be earned, then turns the images: `{loop, earned, turned, demotion}`.
    fn shift(&self) -> BoxFuture<'_, Result<Value, EngineError>>;
    /// How many of the planted ones were caught: `{planted, seen, caught, rate, interval}`.
    fn fooled(&self) -> BoxFuture<'_, Result<Value, EngineError>>;
}
