//! Gates: what binds an approval to the bytes that run, limits over many cases, time that nobody
//! could use, and grants that can be checked without the server.

pub(crate) mod absences;
pub(crate) mod approvers;
pub(crate) mod binding;
pub(crate) mod grants;
pub(crate) mod limits;
pub mod standing;

pub use absences::{Absence, AbsenceView, NewAbsence};
pub use grants::{Grant, GrantKey};

use tandem_domain::case::{Answer, Case, Stay, Task, Verdict};
use tandem_domain::command::Command;
use tandem_domain::{Span, Timestamp};
use tandem_store::{Tx, members, outages};

use crate::errors::{EngineError, Result};
use crate::loops::LoopHandle;

/// Longest time in microseconds between signs of life that is no outage.
pub(crate) const TOLERATED: i64 = 30_000_000;

/// How much of a case's time does not count where a deadline or a ladder asks: the queue was paused
/// with its clock, or, for the deadline over a call, the server was down or halted; for a decision that
/// is held for a veto, what nobody has watched yet.
pub(crate) fn lost(
    tx: &mut dyn Tx,
    handle: &LoopHandle,
    case: &Case,
    command: &Command,
) -> Result<Span> {
    let (core, state) = (&case.core, &case.state);
    let (of, now) = ((core.space.as_str(), core.loop_id), tx.now());
    let lost = match command {
        Command::Deadline => {
            let Some(deadline) = state.deadline else { return Ok(Span::ZERO) };
            let due = Timestamp(deadline.0 - state.credited.0);
            let stays = stays(case, now);
            let over_call = handle.spec().holds_action();
            outages::moved(tx, of, &stays, over_call, (core.created_at, due))?
        }
        Command::ClimbLadder { task } => {
            let shown = state.current_proposal();
            let risk = shown.and_then(|shown| handle.spec().risk_of(&shown.output));
            let rung = |task: &Task| handle.spec().rung_at(task, case.priority(), risk);
            let known = state.task(*task).and_then(|task| Some((task, rung(task)?)));
            let Some((task, due)) = known else { return Ok(Span::ZERO) };
            let stays: Vec<_> = task.stays(now).collect();
            let limits = (task.created_at, due);
            outages::moved(tx, of, &stays, false, limits)?
        }
        Command::Unconsumed { decision } => {
            let decided = state.decisions.iter().find(|known| known.n == *decision);
            let Some(from) = decided.map(|decided| decided.effective_at) else {
                return Ok(Span::ZERO);
            };
            let due = from + handle.spec().review.consume_within;
            outages::moved(tx, of, &[], true, (from, due))?
        }
        Command::TakeEffect { decision } => crate::veto::missing(tx, case, *decision)?.0,
        _ => 0,
    };
    Ok(Span(lost))
}

/// The queues in which the case waited for people to decide, and when.
fn stays(case: &Case, now: Timestamp) -> Vec<Stay> {
    let tasks: Vec<_> = case.state.tasks.iter().filter(|task| task.purpose.decides()).collect();
    let mut stays = Vec::new();
    for (at, task) in tasks.iter().enumerate() {
        let until = tasks.get(at + 1).map_or(now, |next| next.created_at);
        stays.extend(task.stays(until));
    }
    stays
}

/// The canonical JSON (RFC 8785) of a call's arguments: the bytes that run.
///
/// # Errors
/// `invalid_input` for numbers that have no canonical form.
pub fn canonical(arguments: &Answer) -> Result<String> {
    crate::record::canonical_text(arguments)
}

impl crate::engine::Engine {
    /// Who approved the call of task `n` so far, by name, oldest first, and whether their passkey signed.
    pub async fn approvals(&self, case: &Case, n: u32) -> Result<Vec<(String, Timestamp, bool)>> {
        let approved: Vec<_> = case
            .state
            .filled(n)
            .filter(|judgment| judgment.verdict == Verdict::Approve)
            .map(|judgment| (judgment.member, judgment.at, judgment.signed.is_some()))
            .collect();
        if approved.is_empty() {
            return Ok(Vec::new());
        }
        let named = self.inner.store.read(move |tx| {
            let mut named = Vec::with_capacity(approved.len());
            for (member, at, signed) in &approved {
                let name = members::get(tx, *member)?.map_or_else(String::new, |found| found.name);
                named.push((name, *at, *signed));
            }
            Ok::<_, EngineError>(named)
        });
        named.await
    }

    /// Notes that the server is up: what a later start measures its outage by.
    pub async fn note_alive_now(&self) {
        if let Err(error) = self
            .inner
            .store
            .write(|tx| {
                outages::alive(tx)?;
                Ok::<_, EngineError>(())
            })
            .await
        {
            tracing::warn!(%error, "a sign of life could not be written");
        }
    }
}
