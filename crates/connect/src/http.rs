//! HTTP to addresses that somebody else chose: webhooks, and models that speak HTTP.
//!
//! A name is resolved once per request, every address it resolves to is checked, and the connection
//! is made to a checked one, so that a name cannot change its meaning between the check and the
//! connection. Redirects are not followed, an answer is read up to a bound and no further, and a
//! deadline holds for the whole. Connections are kept for a few seconds and used again.

mod client;
mod guard;
mod target;
mod tls;

pub use client::{Client, Reply, Request};
pub use guard::{Guard, Reach, Resolve, Resolver, reach};
pub use target::{Target, TargetError};
pub use tls::client_config;

/// A request that got no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// The address is no address to send to.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The name could not be resolved.
    #[error("`{host}` could not be resolved: {why}")]
    Resolve {
        /// The name.
        host: String,
        /// What the resolver said.
        why: String,
    },
    /// The name resolves to an address that must not be reached.
    #[error("{0}")]
    Forbidden(String),
    /// No connection came about.
    #[error("no connection: {0}")]
    Connect(String),
    /// The other side's certificate is not good, or it speaks no TLS.
    #[error("TLS failed: {0}")]
    Tls(String),
    /// The time was over.
    #[error("no answer within {0} ms")]
    Timeout(u128),
    /// What came was no HTTP, or it ended early.
    #[error("the connection failed: {0}")]
    Broken(String),
    /// The answer is larger than allowed.
    #[error("the answer is larger than {0} bytes")]
    TooLarge(usize),
}
