//! Many cases at once: first what would be changed, then the same again, confirmed by its count.
//!
//! Which cases is fixed in the transaction that accepts the change. They are changed a batch at a
//! time, each with its own event, by the timers' worker of any node; the row of the change is moved on
//! in the same transaction, so a batch is done once whatever happens to the process.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::json;
use tandem_domain::case::{Case, Status};
use tandem_domain::command::Command;
use tandem_domain::{BulkId, CaseId, Span, Timestamp};
use tandem_store::bulk::{self, Bulk};
use tandem_store::tasks::{self, OpenFilter};
use tandem_store::{Tx, cases};

use super::{check_reason, check_target, note, object, pause};
use crate::access::{Action, allow};
use crate::cases::{IdemKey, remember, replayed};
use crate::engine::{Engine, Inner};
use crate::errors::{EngineError, Result};
use crate::loops::LoopHandle;
use crate::principal::Principal;
use crate::record::By;
use crate::runner::{self, Order};

/// Most cases of one change.
const MOST: usize = 10_000;
/// Cases that are changed in one transaction.
const BATCH: usize = 100;
/// Cases that are read at a time while looking for those that fit.
const SCAN: u32 = 500;
/// Cases of a preview that are named.
const SHOWN: usize = 20;

/// Which waiting cases of a loop.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct BulkFilter {
    /// Only these; empty for all that fit the rest. At most 500.
    pub cases: Vec<CaseId>,
    /// Only those in this queue.
    pub queue: Option<String>,
    /// Only in these states; empty for all.
    pub statuses: Vec<Status>,
    /// Only those with this tag.
    pub tag: Option<String>,
    /// Only those whose task has waited for longer.
    pub older_than: Option<Span>,
    /// Only those that this model proposed on last.
    pub model: Option<String>,
    /// Only those whose key holds this text.
    pub key_contains: Option<String>,
}

impl BulkFilter {
    fn fits(&self, case: &Case) -> bool {
        let model = || case.state.current_proposal().and_then(|proposal| proposal.model.as_ref());
        (self.statuses.is_empty() || self.statuses.contains(&case.state.status))
            && self.tag.as_ref().is_none_or(|tag| case.core.tags.contains(tag))
            && self.model.as_ref().is_none_or(|wanted| model() == Some(wanted))
            && self.key_contains.as_ref().is_none_or(|text| {
                case.core.key.as_ref().is_some_and(|key| key.contains(text.as_str()))
            })
    }

    fn looks_inside(&self) -> bool {
        !self.statuses.is_empty()
            || self.tag.is_some()
            || self.model.is_some()
            || self.key_contains.is_some()
    }
}

/// What is done to each case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Put its open task into another queue.
    Transfer {
        /// The queue.
        queue: String,
    },
    /// Change its priority.
    Reprioritise {
        /// 0..=9, 9 first.
        priority: u8,
    },
    /// Free the seats that are held.
    Release,
}

/// What would be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkPreview {
    /// How many cases.
    pub count: u64,
    /// Some of them, the oldest first.
    pub sample: Vec<CaseId>,
}

/// A change under way, or done.
#[derive(Debug, Clone, PartialEq)]
pub struct BulkView {
    /// Its id.
    pub id: BulkId,
    /// The loop's name.
    pub loop_name: String,
    /// What is done.
    pub change: Change,
    /// Why.
    pub reason: String,
    /// Who asked, by name.
    pub by: String,
    /// How many cases.
    pub total: u64,
    /// How many were changed.
    pub changed: u64,
    /// How many were not, because they had moved on.
    pub skipped: u64,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it was done.
    pub done_at: Option<Timestamp>,
}

/// What a row says besides its counts.
#[derive(Debug, Serialize, Deserialize)]
struct Body {
    loop_name: String,
    change: Change,
    filter: BulkFilter,
    reason: String,
    by: String,
    /// As events say who.
    actor: String,
}

impl BulkView {
    fn of(row: &Bulk) -> Result<Self> {
        let body: Body = serde_json::from_str(&row.body).map_err(EngineError::internal)?;
        Ok(Self {
            id: row.id,
            loop_name: body.loop_name,
            change: body.change,
            reason: body.reason,
            by: body.by,
            total: row.total,
            changed: row.changed,
            skipped: row.skipped,
            created_at: row.created_at,
            done_at: row.done_at,
        })
    }
}

impl Engine {
    /// How many waiting cases a change would be about.
    pub async fn preview_bulk(
        &self,
        principal: &Principal,
        loop_name: &str,
        filter: BulkFilter,
        change: Change,
    ) -> Result<BulkPreview> {
        let handle = self.may_change(principal, loop_name, &filter, &change).await?;
        let found = self.inner.store.read(move |tx| find(tx, &handle, &filter, &change)).await?;
        let sample = found.iter().take(SHOWN).copied().collect();
        Ok(BulkPreview { count: found.len() as u64, sample })
    }

    /// Accepts a change of as many cases as the preview counted.
    ///
    /// # Errors
    /// `count_changed` where other cases fit by now than were counted.
    pub async fn start_bulk(
        &self,
        principal: &Principal,
        loop_name: &str,
        (filter, change): (BulkFilter, Change),
        expect: u64,
        reason: &str,
        idem: Option<IdemKey>,
    ) -> Result<BulkView> {
        self.may_change(principal, loop_name, &filter, &change).await?;
        check_reason(reason)?;
        let (inner, asker) = (Arc::clone(&self.inner), principal.clone());
        let (name, reason) = (loop_name.to_owned(), reason.to_owned());
        let started = self.inner.store.write(move |tx| {
            if let Some(known) = replayed(tx, &asker, idem.as_ref())? {
                let id: BulkId = known.parse().map_err(EngineError::internal)?;
                let row =
                    bulk::get(tx, id)?.ok_or_else(|| EngineError::not_found("bulk change"))?;
                return BulkView::of(&row);
            }
            let handle = pause::locked(tx, &inner, &asker, &name)?;
            let found = find(tx, &handle, &filter, &change)?;
            if found.len() as u64 != expect {
                let message = format!(
                    "{} cases fit now, not {expect}: look again and confirm that number",
                    found.len()
                );
                return Err(EngineError::Conflict {
                    code: "count_changed",
                    message,
                    resource: None,
                });
            }
            let now = tx.now();
            let body = Body {
                loop_name: name.clone(),
                change: change.clone(),
                filter: filter.clone(),
                reason: reason.clone(),
                by: asker.name.clone(),
                actor: By::principal(&asker).as_json().to_owned(),
            };
            let row = Bulk {
                id: BulkId(inner.ids.uuid(now)?),
                space: asker.space.clone(),
                loop_id: handle.id,
                body: serde_json::to_string(&body).map_err(EngineError::internal)?,
                total: expect,
                next: 0,
                changed: 0,
                skipped: 0,
                created_at: now,
                done_at: found.is_empty().then_some(now),
            };
            bulk::insert(tx, &row, &found)?;
            let data = json!({"bulk": row.id, "change": change, "cases": expect});
            note(tx, &inner, &asker, &handle, "queue.bulk", object(data), &reason)?;
            remember(tx, &asker, idem.as_ref(), &row.id.to_string())?;
            BulkView::of(&row)
        });
        started.await
    }

    /// How far a change is.
    pub async fn bulk(&self, principal: &Principal, id: BulkId) -> Result<BulkView> {
        crate::access::allow_somewhere(principal, Action::StatsRead)?;
        let row = self.inner.store.read(move |tx| bulk::get(tx, id)).await?;
        let row = row.filter(|row| row.space == principal.space);
        let view = BulkView::of(&row.ok_or_else(|| EngineError::not_found("bulk change"))?)?;
        allow(principal, Action::StatsRead, Some(&view.loop_name))?;
        Ok(view)
    }

    async fn may_change(
        &self,
        principal: &Principal,
        loop_name: &str,
        filter: &BulkFilter,
        change: &Change,
    ) -> Result<Arc<LoopHandle>> {
        allow(principal, Action::QueueWrite, Some(loop_name))?;
        let handle = self.compiled(&principal.space, loop_name).await?;
        if filter.cases.len() > SCAN as usize {
            let message = format!("name at most {SCAN} cases; say the rest by what they share");
            return Err(EngineError::invalid("invalid_input", "/filter/cases", message));
        }
        match change {
            Change::Transfer { queue } => check_target(handle.spec(), handle.version, queue)?,
            Change::Reprioritise { priority } if *priority > 9 => {
                let message = "a priority is 0 to 9, 9 first";
                return Err(EngineError::invalid("invalid_input", "/change/priority", message));
            }
            Change::Reprioritise { .. } | Change::Release => {}
        }
        Ok(handle)
    }

    /// Does one batch of the oldest change that has cases left; returns how many were looked at.
    pub(crate) async fn tend_bulk(&self) -> Result<usize> {
        if !self.inner.store.read(bulk::any_open).await? {
            return Ok(0);
        }
        let inner = Arc::clone(&self.inner);
        self.inner.store.write(move |tx| batch(tx, &inner)).await
    }
}

fn batch(tx: &mut dyn Tx, inner: &Inner) -> Result<usize> {
    let Some((mut row, found)) = bulk::take(tx, BATCH)? else { return Ok(0) };
    let body: Body = serde_json::from_str(&row.body).map_err(EngineError::internal)?;
    let by = By::of_json(body.actor);
    for id in &found {
        match change_one(tx, inner, (&row, *id), &body.change, &by) {
            Ok(true) => row.changed += 1,
            // It moved on: it was decided, or its version of the loop has no such queue.
            Ok(false) | Err(EngineError::Refused(_) | EngineError::Invalid { .. }) => {
                row.skipped += 1;
            }
            Err(error) => return Err(error),
        }
    }
    row.next += found.len() as u64;
    if row.next >= row.total {
        row.done_at = Some(tx.now());
    }
    bulk::advance(tx, &row)?;
    Ok(found.len())
}

/// Changes one case; false where there was nothing to change.
fn change_one(
    tx: &mut dyn Tx,
    inner: &Inner,
    (row, case): (&Bulk, CaseId),
    change: &Change,
    by: &By,
) -> Result<bool> {
    let bulk = Some(row.id.to_string());
    let mut any = false;
    let claims: Vec<Option<u32>> = match change {
        Change::Release => {
            let Some(known) = cases::lock(tx, case)? else { return Ok(false) };
            let claims = known.state.tasks.iter().flat_map(|task| &task.claims);
            claims.map(|claim| Some(claim.n)).collect()
        }
        _ => vec![None],
    };
    for claim in claims {
        let make = |_: &Case, handle: &LoopHandle| {
            Ok(match (change, claim) {
                (Change::Transfer { queue }, _) => {
                    check_target(handle.spec(), handle.version, queue)?;
                    Command::Transfer { queue: queue.clone(), bulk: bulk.clone() }
                }
                (Change::Reprioritise { priority }, _) => {
                    Command::Reprioritise { priority: *priority, bulk: bulk.clone() }
                }
                (Change::Release, claim) => {
                    Command::Release { claim: claim.unwrap_or(0), by: None }
                }
            })
        };
        let space = Some(row.space.as_str());
        let order = Order { case, space, decides: false, make: &make, facts: None, by };
        any |= runner::run(tx, inner, &order)?.changed;
    }
    Ok(any)
}

/// The cases that fit, in order of their ids, so that whoever locks several locks them in one order.
fn find(
    tx: &mut dyn Tx,
    handle: &LoopHandle,
    filter: &BulkFilter,
    change: &Change,
) -> Result<Vec<CaseId>> {
    let now = tx.now();
    let to = match change {
        Change::Transfer { queue } => Some(queue.as_str()),
        _ => None,
    };
    let open = OpenFilter {
        loop_id: handle.id,
        queue: filter.queue.clone(),
        made_before: filter.older_than.map(|span| Timestamp(now.0 - span.0)),
        held: matches!(change, Change::Release),
        movable_to: to.map(str::to_owned),
    };
    let mut found = Vec::new();
    if !filter.cases.is_empty() {
        let mut wanted = filter.cases.clone();
        wanted.sort();
        wanted.dedup();
        for id in wanted {
            if tasks::is_open(tx, &open, id)? && fits(tx, filter, id)? {
                found.push(id);
            }
        }
        return Ok(found);
    }
    let mut after = None;
    loop {
        let page = tasks::open_cases(tx, &open, after, SCAN)?;
        after = page.last().copied();
        let full = page.len() == SCAN as usize;
        for id in page {
            if fits(tx, filter, id)? {
                found.push(id);
            }
        }
        if found.len() > MOST {
            let message =
                format!("more than {MOST} cases fit: narrow the filter, as by `older_than`");
            return Err(EngineError::invalid("invalid_input", "/filter", message));
        }
        if !full {
            return Ok(found);
        }
    }
}

fn fits(tx: &mut dyn Tx, filter: &BulkFilter, id: CaseId) -> Result<bool> {
    if !filter.looks_inside() {
        return Ok(true);
    }
    Ok(cases::get(tx, id)?.is_some_and(|case| filter.fits(&case)))
}
