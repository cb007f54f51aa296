//! The imperative shell: use cases, workers, timers, outbox, sealing and training jobs over the pure
//! crates and the store.
//!
//! [`Engine`] is the handle; each use case is a method of it and takes a [`Principal`]. A use case
//! computes facts, runs the domain's state machine inside one transaction (`runner`), and writes
//! the new state, its events (`record`) and its effects there; wakes go out after the commit
//! ([`waiters`]). Reading order: [`engine`], [`cases`], `runner`, [`review`], [`timers`],
//! [`sealing`].

pub mod access;
pub mod accounts;
pub mod alerts;
pub mod autonomy;
mod canon;
pub mod capacity;
pub mod cases;
pub mod chain;
pub mod channels;
mod conformal;
pub mod copilot;
pub mod engine;
pub mod errors;
pub mod exports;
pub mod gates;
pub mod halts;
pub mod ids;
mod learned;
pub mod learning;
pub mod ledger;
pub mod loops;
pub mod metrics;
pub mod named;
pub mod notify;
pub mod outbox;
pub mod passkeys;
pub mod principal;
pub mod queues;
mod record;
mod recorded;
pub mod review;
mod runner;
pub mod runs;
pub mod sealing;
pub mod stats;
pub mod timers;
pub mod veto;
pub mod waiters;
pub mod webhooks;

pub use cases::{
    CaseQuery, Grant, History, IdemKey, LineError, LineResult, NewOutcome, Page, Submission,
    Submitted, TimelineEvent,
};
pub use engine::{Engine, EngineConfig};
pub use errors::{EngineError, Problem, Result};
pub use loops::{LoopHandle, LoopSummary, LoopView};
pub use principal::{Actor, LoopScope, Principal};
pub use queues::QueueView;
pub use review::{ClaimRequest, ClaimView, Judged, Said};
