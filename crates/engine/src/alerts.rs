//! Alerts: a loop's own bounds and its capacity, looked at every few seconds, and what gates raised.
//!
//! Raising and clearing is an event and a message, written with the row; the loop's row is locked
//! meanwhile, so several nodes raise one alert and not several.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};
use tandem_domain::loops::{AlertOn, AlertSpec, DEFAULT_QUEUE};
use tandem_domain::{AlertId, CaseId, EventId, Span, Timestamp};
use tandem_store::alerts::{self, Alert};
use tandem_store::{Tx, events, halts, loops, overloads, queues, spaces, tasks, watches};

use crate::access::{Action, allow};
use crate::engine::{Engine, Inner};
use crate::errors::{EngineError, Result};
use crate::loops::LoopHandle;
use crate::outbox::{self, Payload};
use crate::principal::Principal;
use crate::record::{self, By, Place};

/// What happened, as messages and the ledger name it.
pub(crate) const RAISED: &str = "alert.raised";
/// That it is over.
pub(crate) const CLEARED: &str = "alert.cleared";
/// Most loops that are looked at.
const MOST_LOOPS: u32 = 1_000;
/// A decision is held at least so long beyond its time before somebody is told.
const UNWATCHED: Span = Span::seconds(300);
/// Held cases that are looked through for the one held longest.
const MOST_HELD: u32 = 1_000;
/// Tasks that a share is taken over.
const MOST_TASKS: u32 = 10_000;
/// Most alerts that are over and still listed.
const MOST_OVER: u32 = 50;
/// Most alarms of gates that are listed for a loop.
const MOST_GATES: u32 = 200;

/// Something that somebody should look at.
#[derive(Debug, Clone, PartialEq)]
pub struct AlertView {
    /// Its id; `None` for what gates raised.
    pub id: Option<AlertId>,
    /// The loop's name.
    pub loop_name: String,
    /// What is watched, or `unconsumed`, `execution_unknown`.
    pub on: String,
    /// The queue, where it is about one.
    pub queue: Option<String>,
    /// The case, where it is about one.
    pub case: Option<CaseId>,
    /// What was measured when it was raised: seconds, or a share.
    pub value: Option<f64>,
    /// The bound.
    pub above: Option<f64>,
    /// When it was raised.
    pub raised_at: Timestamp,
    /// When it was over.
    pub cleared_at: Option<Timestamp>,
}

impl Engine {
    /// What stands, over the loops that the principal may look at, and what is over lately.
    pub async fn alerts(&self, principal: &Principal) -> Result<Vec<AlertView>> {
        crate::access::allow_somewhere(principal, Action::StatsRead)?;
        let asker = principal.clone();
        let found = self.inner.store.read(move |tx| {
            let mut names = BTreeMap::new();
            let (mut standing, mut gates) = (Vec::new(), Vec::new());
            for row in loops::list(tx, &asker.space, None, MOST_LOOPS)? {
                if allow(&asker, Action::StatsRead, Some(&row.name)).is_err() {
                    continue;
                }
                standing.extend(alerts::open(tx, row.id)?);
                for alarm in alerts::of_gates(tx, row.id, MOST_GATES)? {
                    gates.push(AlertView {
                        id: None,
                        loop_name: row.name.clone(),
                        on: alarm.alarm,
                        queue: None,
                        case: Some(alarm.case),
                        value: None,
                        above: None,
                        raised_at: alarm.decided_at,
                        cleared_at: None,
                    });
                }
                names.insert(row.id, row.name);
            }
            let over = alerts::newest(tx, &asker.space, MOST_OVER)?;
            let over = over.into_iter().filter(|alert| alert.cleared_at.is_some());
            let view = |alert: Alert| {
                Some(AlertView {
                    loop_name: names.get(&alert.loop_id)?.clone(),
                    id: Some(alert.id),
                    on: alert.name,
                    queue: Some(alert.queue).filter(|queue| !queue.is_empty()),
                    case: None,
                    value: Some(alert.value),
                    above: Some(alert.above),
                    raised_at: alert.raised_at,
                    cleared_at: alert.cleared_at,
                })
            };
            let own: Vec<_> = standing.into_iter().filter_map(view).collect();
            let over: Vec<_> = over.filter_map(view).collect();
            Ok::<_, EngineError>(own.into_iter().chain(gates).chain(over).collect())
        });
        found.await
    }

    /// Looks at every loop's bounds once. The timers' worker calls it; tests may, too.
    pub async fn look_at_alerts(&self) -> Result<()> {
        let inner = Arc::clone(&self.inner);
        let watched = self.inner.store.read(move |tx| {
            let mut watched = Vec::new();
            for space in spaces::list(tx)? {
                for row in loops::list(tx, &space.id, None, MOST_LOOPS)? {
                    if row.head == 0 {
                        continue;
                    }
                    let handle = inner.loops.head(tx, row.id)?;
                    let review = &handle.spec().review;
                    let wanted = !handle.spec().alerts.is_empty()
                        || review.capacity.is_some()
                        || review.veto.is_some();
                    let stands = |tx: &mut dyn Tx| {
                        let open = !alerts::open(tx, row.id)?.is_empty();
                        Ok::<_, EngineError>(open || !overloads::of_loop(tx, row.id)?.is_empty())
                    };
                    if wanted || stands(tx)? {
                        watched.push(handle);
                    }
                }
            }
            Ok::<_, EngineError>(watched)
        });
        for handle in watched.await? {
            let errors = |spec: &AlertSpec| spec.on == AlertOn::Errors;
            let share = if handle.spec().alerts.iter().any(errors) {
                self.live_view(&handle).await?.errors.error.as_ref().and_then(|e| e.estimate)
            } else {
                None
            };
            let inner = Arc::clone(&self.inner);
            let settled = self.inner.store.write(move |tx| settle(tx, &inner, &handle, share));
            settled.await?;
        }
        Ok(())
    }
}

/// Raises and clears what the bounds of a loop say.
fn settle(tx: &mut dyn Tx, inner: &Inner, handle: &LoopHandle, errors: Option<f64>) -> Result<()> {
    loops::lock(tx, handle.id)?;
    let mut open = alerts::open(tx, handle.id)?;
    for spec in &specs(handle) {
        for queue in queues_of(tx, handle, spec)? {
            let name = spec.on.as_str();
            let at = open.iter().position(|alert| alert.name == name && alert.queue == queue);
            let standing = at.map(|at| open.swap_remove(at));
            let value = measure(tx, handle, spec.on, &queue, errors)?;
            match (standing, spec.stands(at.is_some(), value)) {
                (None, true) => {
                    let now = tx.now();
                    let alert = Alert {
                        id: AlertId(inner.ids.uuid(now)?),
                        space: handle.space.clone(),
                        loop_id: handle.id,
                        name: name.to_owned(),
                        queue,
                        value,
                        above: spec.bound(),
                        raised_at: now,
                        cleared_at: None,
                    };
                    alerts::raise(tx, &alert)?;
                    tell(tx, inner, handle, RAISED, &alert)?;
                }
                (Some(alert), false) => {
                    alerts::clear(tx, alert.id)?;
                    tell(tx, inner, handle, CLEARED, &Alert { value, ..alert })?;
                }
                (None, false) | (Some(_), true) => {}
            }
        }
    }
    // What nobody watches any more does not stand for ever.
    for alert in open {
        alerts::clear(tx, alert.id)?;
        tell(tx, inner, handle, CLEARED, &alert)?;
    }
    crate::capacity::settle(tx, inner, handle)
}

/// What a loop watches: what its file says, and what every time for a veto needs.
fn specs(handle: &LoopHandle) -> Vec<AlertSpec> {
    let mut specs = handle.spec().alerts.clone();
    if let Some(veto) = handle.spec().review.veto
        && !specs.iter().any(|spec| spec.on == AlertOn::Unwatched)
    {
        let above = Some(veto.max(UNWATCHED));
        specs.push(AlertSpec { on: AlertOn::Unwatched, above, share: None, queue: None });
    }
    specs
}

fn queues_of(tx: &mut dyn Tx, handle: &LoopHandle, spec: &AlertSpec) -> Result<Vec<String>> {
    if !spec.on.of_queue() {
        return Ok(vec![String::new()]);
    }
    if let Some(queue) = &spec.queue {
        return Ok(vec![queue.clone()]);
    }
    let mut names: Vec<String> = handle.spec().queues.keys().cloned().collect();
    names.push(DEFAULT_QUEUE.to_owned());
    names.extend(tasks::open_queues(tx, handle.id)?);
    names.sort();
    names.dedup();
    Ok(names)
}

/// What is so now: seconds, or a share; 0 where there is nothing to measure.
fn measure(
    tx: &mut dyn Tx,
    handle: &LoopHandle,
    on: AlertOn,
    queue: &str,
    errors: Option<f64>,
) -> Result<f64> {
    let now = tx.now();
    let age = |since: Option<Timestamp>| since.map_or(0.0, |at| (now.0 - at.0).max(0) as f64 / 1e6);
    Ok(match on {
        AlertOn::OldestWait => age(tasks::oldest(tx, handle.id, queue)?),
        AlertOn::Unsealed => age(events::tail(tx)?.oldest_at),
        // A halt holds decisions as well, and its own page says so.
        AlertOn::Unwatched if halts::in_force(tx, &handle.space, handle.id)?.is_some() => 0.0,
        AlertOn::Unwatched => age(watches::oldest_held(tx, handle.id, MOST_HELD)?),
        AlertOn::Errors => errors.unwrap_or(0.0),
        AlertOn::Overdue => {
            let found = queues::by_purpose(tx, handle.id, queue, MOST_TASKS)?;
            let due: u64 = found.iter().map(|of| of.with_deadline).sum();
            let overdue: u64 = found.iter().map(|of| of.overdue).sum();
            if due == 0 { 0.0 } else { overdue as f64 / due as f64 }
        }
    })
}

fn tell(
    tx: &mut dyn Tx,
    inner: &Inner,
    handle: &LoopHandle,
    kind: &str,
    alert: &Alert,
) -> Result<()> {
    let now = tx.now();
    let data = json!({
        "alert": alert.id,
        "on": alert.name,
        "queue": alert.queue,
        "value": alert.value,
        "above": alert.above,
        "raised_at": alert.raised_at,
    });
    let map: Map<String, Value> = data.as_object().cloned().unwrap_or_default();
    let id = EventId(inner.ids.uuid(now)?).to_string();
    let place =
        Place { space: &handle.space, of_loop: Some((handle.id, &handle.name)), case: None };
    tx.append_event(record::event_record(place, &id, kind, &By::machine(), now, &map, &[])?);
    let told = Payload { loop_name: handle.name.clone(), case: None, at: now, data };
    outbox::publish(tx, inner, &handle.space, &handle.id.to_string(), kind, &told)
}
