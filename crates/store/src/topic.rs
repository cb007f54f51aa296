//! Wakes: hints, sent after a commit, that something a waiter may care about has changed.

use crate::types::{CaseId, LoopId, MemberId, RunId};

/// What changed. A wake is a hint and may be lost or repeated: waiters subscribe, then read, and
/// read again when woken or lagged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Topic {
    /// A case changed.
    Case(CaseId),
    /// A run changed, or its gates.
    Run(RunId),
    /// A loop's definition, statistics or models changed.
    Loop(LoopId),
    /// Tasks became claimable in a loop.
    Queue(LoopId),
    /// A job was queued or ended.
    Jobs,
    /// A timer was set that may be earlier than those known.
    Timers,
    /// A message was put in the outbox.
    Outbox,
    /// A case waits for a link of the chain.
    Chain,
    /// An endpoint or a channel was added, changed or removed.
    Webhooks,
    /// A member was told something, or read it.
    Member(MemberId),
    /// Events were sealed.
    Ledger,
    /// A halt was set or lifted.
    Halts,
    /// Wakes may have been missed (reconnect, overflow): read everything again.
    All,
}
