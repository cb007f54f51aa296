//! An event as a command hands it over.

use crate::types::{CaseId, LoopId};

/// A record of a change of state, written in the change's transaction. Its leaf in the ledger is the
/// hash of `body`, so `body` must say everything that is to be provable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// The space it belongs to.
    pub space: String,
    /// The loop, where there is one.
    pub loop_id: Option<LoopId>,
    /// The case, where there is one.
    pub case_id: Option<CaseId>,
    /// Its kind, such as `case.decided`.
    pub kind: String,
    /// Versioned canonical JSON (RFC 8785).
    pub body: String,
}
