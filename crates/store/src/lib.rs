//! Rows: one `Tx` trait over SQLite and PostgreSQL, SQL written once, a file per aggregate.
//!
//! Everything that touches the database is here and nothing else is: commands are closures over
//! `&mut dyn Tx`, given to [`Store::write`], and reach tables through the aggregate modules. On
//! SQLite one thread runs them, many per commit; on PostgreSQL each is a transaction of its own.
//! Events recorded with a change are sealed into the ledger in the same commit (SQLite) or soon
//! after (PostgreSQL).

pub mod absences;
pub mod alerts;
pub mod appeals;
pub mod automatic;
pub mod autonomy;
pub mod batches;
pub mod bulk;
pub mod cases;
pub mod chain;
pub mod channels;
pub mod claims;
pub mod comments;
pub mod counters;
pub mod decisions;
pub mod evaluations;
pub mod events;
pub mod examples;
pub mod halts;
pub mod idempotency;
pub mod jobs;
pub mod judgments;
pub mod keys;
pub mod ledger;
pub mod limits;
pub mod loops;
pub mod maintenance;
pub mod media;
pub mod members;
pub mod meta;
pub mod models;
pub mod named;
pub mod notifications;
pub mod outages;
pub mod outbox;
pub mod outcomes;
pub mod outside;
pub mod overloads;
pub mod passkeys;
pub mod persons;
pub mod queues;
pub mod runs;
pub mod scan;
pub mod sessions;
pub mod shadow;
pub mod spaces;
pub mod standing;
pub mod suggestions;
pub mod tasks;
pub mod timers;
pub mod watches;
pub mod webhooks;

mod clock;
mod config;
mod error;
mod event;
mod job;
mod migrate;
mod param;
mod pending;
mod postgres;
mod projections;
mod queue;
mod row;
mod seal;
mod sql;
mod sqlite;
mod store;
mod topic;
mod tx;
mod types;
pub mod utterances;

pub use clock::Clock;
pub use config::{Database, StoreConfig};
pub use error::{Result, StoreError};
pub use event::NewEvent;
pub use param::Param;
pub use row::Row;
pub use store::Store;
pub use topic::Topic;
pub use tx::{Dialect, Tx, TxExt};
