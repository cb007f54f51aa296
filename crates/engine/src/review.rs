//! Reviewing: claim a seat, keep it, give it back, judge, undo, retract.

mod batch;
mod claims;
mod judge;

use tandem_domain::case::{Case, Proposal, Task};
use tandem_domain::command::Reviewer;
use tandem_domain::roles::Role;
use tandem_domain::{CaseId, ClaimId, Timestamp};

pub use batch::{Approved, Batch, LeftOut, MOST_CASES, NewBatch};
use claims::may_take;
pub(crate) use judge::edited_facts;
pub use judge::{Judged, Said};
pub use tandem_store::tasks::ClaimOrder;

use crate::errors::{EngineError, Result};
use crate::loops::LoopHandle;
use crate::principal::Principal;
use crate::queues::{is_paused, paused};
use tandem_store::queues::Pause;

/// Whether the roles of the principal let it decide appeals of a loop.
pub fn decides_appeals(principal: &Principal, handle: &LoopHandle) -> bool {
    let Some(spec) = &handle.spec().appeals else { return false };
    let held = |role: &Role| principal.has(*role, Some(&handle.name));
    Role::ALL.iter().filter(|role| spec.reviewers.admits(**role)).any(held)
}

/// Whether an event of a case with an open blind appeal is shown to who may decide it: who claimed and
/// judged before is part of what is hidden.
pub fn shown_on_blind_appeal(kind: &str) -> bool {
    kind == "case.submitted" || kind.starts_with("appeal.")
}

/// Numbers of the open tasks that the principal may take a seat of: its roles fit their queue, or it holds one
/// already. Who judges without a claim takes one of these, as who claims does.
///
/// # Errors
/// `forbidden` where tasks are open and all are for others.
fn takeable(principal: &Principal, case: &Case, handle: &LoopHandle) -> Result<Vec<u32>> {
    let member = principal.member().map(|(member, _)| member);
    let open: Vec<_> = case.state.tasks.iter().filter(|task| task.open).collect();
    let holds =
        |task: &Task| task.claims.iter().any(|claim| Some(claim.member) == member && !claim.lapsed);
    let fits = |task: &Task| may_take(principal, handle.spec(), &handle.name, &task.queue);
    let tasks: Vec<_> =
        open.iter().filter(|task| holds(task) || fits(task)).map(|task| task.n).collect();
    match open.first() {
        Some(task) if tasks.is_empty() => {
            let queue = &task.queue;
            Err(EngineError::forbidden(format!("the queue `{queue}` is for others")))
        }
        _ => Ok(tasks),
    }
}

/// Those of the tasks whose queue is not paused.
///
/// # Errors
/// `queue_paused` where all of them are.
fn unpaused(
    pauses: &[Pause],
    case: &Case,
    handle: &LoopHandle,
    mut tasks: Vec<u32>,
) -> Result<Vec<u32>> {
    let queue_of = |n: &u32| case.state.task(*n).map_or("", |task| task.queue.as_str());
    let first = tasks.first().map(queue_of);
    tasks.retain(|n| !is_paused(pauses, handle.id, queue_of(n)));
    match first {
        Some(queue) if tasks.is_empty() => Err(paused(queue)),
        _ => Ok(tasks),
    }
}

/// The person who reviews in a loop, and whether they may decide its appeals.
fn reviewer_of(principal: &Principal, handle: &LoopHandle) -> Result<Reviewer> {
    let mut reviewer = principal.reviewer(Some(&handle.name))?;
    reviewer.appeals = decides_appeals(principal, handle);
    Ok(reviewer)
}

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
