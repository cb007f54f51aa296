//! The sealer: gives committed events their dense index, one node at a time.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use super::Node;
use super::session::Session;
use super::tx::PgTx;
use crate::pending::Pending;
use crate::seal::Head;
use crate::types::{RowExt, Timestamp};
use crate::{NewEvent, Result, Topic, Tx, TxExt, params};

/// Rung by a commit that left events to seal.
#[derive(Default)]
pub(super) struct Bell {
    rung: Mutex<bool>,
    ringing: Condvar,
}

impl Bell {
    pub(super) fn ring(&self) {
        *self.rung.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.ringing.notify_one();
    }

    fn wait(&self, longest: Duration) {
        let rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.ringing.wait_timeout_while(rung, longest, |rung| !*rung);
        *waited.unwrap_or_else(PoisonError::into_inner).0 = false;
    }
}

/// Events per transaction.
const BATCH: u32 = 2_000;

/// Seals until the store closes, and once more then. Every node runs one; the head row's lock lets
/// one of them work, so a lost node's events are sealed by the others.
pub(super) fn run(node: &Node) {
    let mut session = None;
    loop {
        let closing = node.is_closed();
        match seal_waiting(node, &mut session) {
            Ok(()) => {}
            Err(error) => {
                tracing::warn!(%error, "sealing failed and is tried again");
                session = None;
            }
        }
        if closing {
            return;
        }
        node.sealing.wait(node.shared.config.seal_every);
    }
}

fn seal_waiting(node: &Node, session: &mut Option<Session>) -> Result<()> {
    let session = match session {
        Some(session) if !session.is_broken() => session,
        _ => session.insert(Session::connect_patiently(node)?),
    };
    while seal_batch(node, session)? == BATCH as usize {}
    Ok(())
}

/// Seals up to a batch and returns how many.
fn seal_batch(node: &Node, session: &mut Session) -> Result<usize> {
    let now = session.begin(node, "")?;
    let mut pending = Pending::default();
    let mut tx = PgTx::new(session, &mut pending, now);
    let sealed = if is_idle(&mut tx)? { 0 } else { seal(&mut tx)? };
    if sealed == 0 {
        session.run("ROLLBACK")?;
        return Ok(0);
    }
    session.run("COMMIT")?;
    node.wake(std::iter::once(Topic::Ledger));
    Ok(sealed)
}

/// A look without locks, so that idle nodes cost the database nothing.
fn is_idle(tx: &mut dyn Tx) -> Result<bool> {
    Ok(tx.query_opt("SELECT 1 FROM unsealed LIMIT 1", &[], |_| Ok(()))?.is_none())
}

fn seal(tx: &mut dyn Tx) -> Result<usize> {
    let mut head = Head::load(tx)?;
    let mut taken = tx.query_all(
        "WITH oldest AS MATERIALIZED (SELECT seq FROM unsealed ORDER BY seq LIMIT $1) \
         DELETE FROM unsealed WHERE seq IN (SELECT seq FROM oldest) RETURNING space_id, loop_id, case_id, kind, body, at, seq",
        params![BATCH],
        |row| {
            let event = NewEvent {
                space: row.string(0)?,
                loop_id: row.opt_id(1)?,
                case_id: row.opt_id(2)?,
                kind: row.string(3)?,
                body: row.string(4)?,
            };
            Ok((row.int(6)?, (row.time(5)?, event)))
        },
    )?;
    taken.sort_by_key(|(seq, _)| *seq);
    let events: Vec<(Timestamp, NewEvent)> = taken.into_iter().map(|(_, event)| event).collect();
    if !events.is_empty() {
        head.seal(tx, &events)?;
    }
    Ok(events.len())
}
