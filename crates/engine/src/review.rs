//! Reviewing: claim a seat, keep it, give it back, judge, undo, retract.

mod batch;
mod claims;
mod judge;

use tandem_domain::case::{Case, Proposal, Task};
use tandem_domain::{CaseId, ClaimId, Timestamp};

pub use batch::{Approved, Batch, LeftOut, MOST_CASES, NewBatch};
pub use judge::{Judged, Said};
pub use tandem_store::tasks::ClaimOrder;

/// What a reviewer wants to work on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimRequest {
    /// Names of loops; empty for all that the reviewer works in.
    pub loops: Vec<String>,
    /// Queues; empty for all that the reviewer may take from.
    pub queues: Vec<String>,
    /// One case in particular.
    pub case: Option<CaseId>,
    /// 1..=20.
    pub limit: u32,
    /// Which comes first.
    pub order: ClaimOrder,
}

impl Default for ClaimRequest {
    fn default() -> Self {
        Self {
            loops: Vec::new(),
            queues: Vec::new(),
            case: None,
            limit: 1,
            order: ClaimOrder::Policy,
        }
    }
}

/// A seat that a reviewer holds.
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimView {
    /// Its id.
    pub id: ClaimId,
    /// The fencing token.
    pub token: u64,
    /// When the lease ends, unless renewed.
    pub expires_at: Timestamp,
    /// The loop's name.
    pub loop_name: String,
    /// The task; its purpose is not for reviewers.
    pub task: Task,
    /// The case.
    pub case: Case,
    /// The proposal; `None` where there is none, or where it is hidden until the answer.
    pub proposal: Option<Proposal>,
    /// About how many tasks wait in the queues that were asked for, this one not counted.
    pub waiting: u64,
}
