//! Gates: what binds an approval to the bytes that run, limits over many cases, time that nobody
//! could use, and grants that can be checked without the server.

pub(crate) mod absences;
pub(crate) mod binding;
pub(crate) mod grants;
pub(crate) mod limits;

pub use absences::{Absence, NewAbsence};
pub use grants::{Grant, GrantKey};

use tandem_domain::case::{Answer, Case, Verdict};
use tandem_domain::command::Command;
use tandem_domain::{Span, Timestamp};
use tandem_store::{Tx, members, outages};

use crate::errors::{EngineError, Result};
use crate::loops::LoopHandle;

/// Longest time in microseconds between signs of life that is no outage.
pub(crate) const TOLERATED: i64 = 30_000_000;

/// How much of a case's time the server was down or halted, where a deadline over a call asks.
pub(crate) fn lost(
    tx: &mut dyn Tx,
    handle: &LoopHandle,
    case: &Case,
    command: &Command,
) -> Result<Span> {
    let (Command::Deadline, true, Some(deadline)) =
        (command, handle.spec().holds_action(), case.state.deadline)
    else {
        return Ok(Span::ZERO);
    };
    let (core, until) = (&case.core, Timestamp(deadline.0.min(tx.now().0)));
    let lost = outages::lost(tx, &core.space, core.loop_id, core.created_at, until)?;
    Ok(Span(lost))
}

/// The canonical JSON (RFC 8785) of a call's arguments: the bytes that run.
///
/// # Errors
/// `invalid_input` for numbers that have no canonical form.
pub fn canonical(arguments: &Answer) -> Result<String> {
    crate::record::canonical_text(arguments)
}

impl crate::engine::Engine {
    /// Who approved the call of task `n` so far, by name, oldest first.
    pub async fn approvals(&self, case: &Case, n: u32) -> Result<Vec<(String, Timestamp)>> {
        let approved: Vec<_> = case
            .state
            .filled(n)
            .filter(|judgment| judgment.verdict == Verdict::Approve)
            .map(|judgment| (judgment.member, judgment.at))
            .collect();
        if approved.is_empty() {
            return Ok(Vec::new());
        }
        let named = self.inner.store.read(move |tx| {
            let mut named = Vec::with_capacity(approved.len());
            for (member, at) in &approved {
                let name = members::get(tx, *member)?.map_or_else(String::new, |found| found.name);
                named.push((name, *at));
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
