//! Pausing a queue: it hands out no claims. Who holds a seat may finish.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::json;
use tandem_domain::loops::{ARBITER_QUEUE, DEFAULT_QUEUE};
use tandem_domain::{MemberId, Timestamp};
use tandem_store::queues::{self, Pause};
use tandem_store::{Topic, Tx, loops, members, outages, tasks};

use super::{QueueView, check_reason, list, note, object};
use crate::access::{Action, allow};
use crate::cases::{IdemKey, remember, replayed};
use crate::engine::{Engine, Inner};
use crate::errors::{EngineError, Result};
use crate::loops::{LoopHandle, no_loop};
use crate::principal::Principal;

/// That a queue is paused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PauseView {
    /// Since when.
    pub since: Timestamp,
    /// Whether deadlines stop as well.
    pub stops_clock: bool,
    /// Why.
    pub reason: String,
    /// Who paused it; `None` for a machine.
    pub by: Option<MemberId>,
    /// Their name.
    pub by_name: Option<String>,
}

impl PauseView {
    pub(super) fn of(tx: &mut dyn Tx, pause: &Pause) -> Result<Self> {
        let member = match pause.by_member {
            Some(id) => members::get(tx, id)?,
            None => None,
        };
        Ok(Self {
            since: pause.since,
            stops_clock: pause.stops_clock,
            reason: pause.reason.clone(),
            by: pause.by_member,
            by_name: member.map(|member| member.name),
        })
    }
}

impl Engine {
    /// Pauses a queue. With `stops_clock` the time of the pause does not count towards deadlines and
    /// the ladder of the cases in it.
    ///
    /// # Errors
    /// `queue_paused` where it is paused already.
    pub async fn pause_queue(
        &self,
        principal: &Principal,
        loop_name: &str,
        queue: &str,
        stops_clock: bool,
        reason: &str,
        idem: Option<IdemKey>,
    ) -> Result<QueueView> {
        allow(principal, Action::QueueWrite, Some(loop_name))?;
        check_reason(reason)?;
        let (inner, asker) = (Arc::clone(&self.inner), principal.clone());
        let (name, queue, reason) = (loop_name.to_owned(), queue.to_owned(), reason.to_owned());
        let paused = self.inner.store.write(move |tx| {
            let handle = locked(tx, &inner, &asker, &name)?;
            if replayed(tx, &asker, idem.as_ref())?.is_none() {
                known(tx, &handle, &queue)?;
                let pause = Pause {
                    loop_id: handle.id,
                    queue: queue.clone(),
                    stops_clock,
                    by_member: asker.member().map(|(member, _)| member),
                    reason: reason.clone(),
                    since: tx.now(),
                };
                if !queues::pause(tx, &asker.space, &pause)? {
                    return Err(super::paused(&queue));
                }
                tx.wake(Topic::Queue(handle.id));
                let clock = if stops_clock { "stops" } else { "runs" };
                let data = object(json!({"queue": queue, "clock": clock}));
                note(tx, &inner, &asker, &handle, "queue.paused", data, &reason)?;
                remember(tx, &asker, idem.as_ref(), &queue)?;
            }
            list::one(tx, &asker, &handle, &queue)
        });
        paused.await
    }

    /// Lets a queue hand out claims again. One that is not paused is left as it is.
    pub async fn resume_queue(
        &self,
        principal: &Principal,
        loop_name: &str,
        queue: &str,
        reason: &str,
        idem: Option<IdemKey>,
    ) -> Result<QueueView> {
        allow(principal, Action::QueueWrite, Some(loop_name))?;
        check_reason(reason)?;
        let (inner, asker) = (Arc::clone(&self.inner), principal.clone());
        let (name, queue, reason) = (loop_name.to_owned(), queue.to_owned(), reason.to_owned());
        let resumed = self.inner.store.write(move |tx| {
            let handle = locked(tx, &inner, &asker, &name)?;
            if replayed(tx, &asker, idem.as_ref())?.is_none() {
                if let Some(pause) = queues::pause_of(tx, handle.id, &queue)? {
                    queues::resume(tx, handle.id, &queue)?;
                    let now = tx.now();
                    if pause.stops_clock {
                        let scope = queues::scope_of(handle.id, &queue);
                        outages::insert(tx, &asker.space, &scope, pause.since, now)?;
                    }
                    let paused_ms = (now.0 - pause.since.0) / 1_000;
                    let data = object(json!({"queue": queue, "paused_ms": paused_ms}));
                    note(tx, &inner, &asker, &handle, "queue.resumed", data, &reason)?;
                } else {
                    known(tx, &handle, &queue)?;
                }
                remember(tx, &asker, idem.as_ref(), &queue)?;
            }
            list::one(tx, &asker, &handle, &queue)
        });
        resumed.await
    }
}

/// The loop in its newest version, locked, so that pausing and resuming take turns.
pub(super) fn locked(
    tx: &mut dyn Tx,
    inner: &Inner,
    asker: &Principal,
    name: &str,
) -> Result<Arc<LoopHandle>> {
    let row = loops::by_name(tx, &asker.space, name)?.ok_or_else(|| no_loop(name))?;
    loops::lock(tx, row.id)?;
    inner.loops.head(tx, row.id)
}

/// Refuses a queue that neither the loop file nor a task names.
fn known(tx: &mut dyn Tx, handle: &LoopHandle, queue: &str) -> Result<()> {
    let mut names: BTreeSet<String> = handle.spec().queues.keys().cloned().collect();
    names.extend([DEFAULT_QUEUE.to_owned(), ARBITER_QUEUE.to_owned()]);
    names.extend(tasks::open_queues(tx, handle.id)?);
    if names.contains(queue) {
        return Ok(());
    }
    let names: Vec<_> = names.into_iter().collect();
    let message =
        format!("the loop `{}` has no queue `{queue}`; it has {}", handle.name, names.join(", "));
    Err(EngineError::invalid("invalid_input", "/queue", message))
}
