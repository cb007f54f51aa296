//! The outside: where messages of the outbox go.
//!
//! A [`Sink`] takes messages at least once and in the order of the outbox; each carries an id to
//! deduplicate by. The engine leases rows of the outbox, gives them to the sink and marks them done
//! when it returns. Nothing here decides anything, and nothing here touches the database.

pub mod broker;
pub mod cloudevent;
pub mod desk;
pub mod file;
pub mod http;
pub mod mail;
pub mod models;
pub mod signing;
pub mod slack;

pub use cloudevent::CloudEvent;
pub use file::FileSink;

/// A place outside that messages go to.
pub trait Sink: Send {
    /// Delivers messages in order; returns when the other side has them for good.
    ///
    /// # Errors
    /// When some or all could not be delivered: the caller tries all of them again later.
    fn deliver(&mut self, messages: &[CloudEvent]) -> Result<(), SinkError>;

    /// What it is, for logs and health.
    fn describe(&self) -> String;
}

/// A delivery that did not succeed.
#[derive(Debug, thiserror::Error)]
#[error("{sink}: {source}")]
pub struct SinkError {
    /// Which sink.
    pub sink: String,
    /// Why.
    pub source: std::io::Error,
}
