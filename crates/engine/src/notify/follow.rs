//! Reading the ledger for what somebody is to be told, and what time alone brings.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tandem_domain::notify::{About, NEAR, Way};
use tandem_domain::{NotificationId, Timestamp};
use tandem_store::events::{self, EventFilter};
use tandem_store::notifications::{self as rows, Notification, Queued};
use tandem_store::{Topic, Tx, cases, ledger, tasks};
use tokio::sync::broadcast::error::RecvError;

use super::audience::{Audience, Wish, Wishes};
use super::drafts::{self, Draft, KINDS};
use super::{Details, KEPT};
use crate::access::{Action, allow};
use crate::engine::{Engine, Inner};
use crate::errors::{EngineError, Result};

/// Events read at once.
const PAGE: u32 = 200;
/// Notifications written in one transaction, but for what the last event of it adds: where many members
/// are told of each event, other writers must get their turn.
const MOST_DRAFTS: usize = 2_000;
/// Old rows removed in one transaction.
const TIDIED: u32 = 1_000;
/// Held cases and digests looked at in one go.
const BATCH: u32 = 200;
/// Tasks of a queue that a digest counts.
const MOST_TASKS: u32 = 10_000;
/// The longest sleep.
const LONGEST: Duration = Duration::from_secs(1);
/// Time between two looks at the ledger, so that many commits are one look.
const BREATH: Duration = Duration::from_millis(200);
/// How often it is looked for what is due soon.
const CLOCK_EVERY: i64 = 10_000_000;
/// How often what is old is forgotten.
const TIDY_EVERY: i64 = 600_000_000;

/// Begins at the ledger's end on the first start: nobody is told of what was long ago.
pub(crate) fn begin(tx: &mut dyn Tx) -> Result<()> {
    let size = ledger::head(tx)?.frontier.size();
    Ok(rows::begin(tx, size)?)
}

/// Tells members until the engine stops.
pub(crate) async fn work(engine: Engine) {
    let mut wakes = engine.store().subscribe();
    let mut stop = engine.stopping();
    let (mut clock, mut tidied) = (Timestamp(0), Timestamp(0));
    loop {
        if let Err(error) = engine.notify_all().await {
            tracing::warn!(%error, "notifications could not be made");
        }
        let now = engine.now();
        if now.0 - clock.0 > CLOCK_EVERY {
            clock = now;
            if let Err(error) = engine.notify_by_clock().await {
                tracing::warn!(%error, "what is due soon could not be told");
            }
        }
        if now.0 - tidied.0 > TIDY_EVERY {
            tidied = now;
            if let Err(error) = engine.tidy_notifications(now).await {
                tracing::warn!(%error, "old notifications could not be removed");
            }
        }
        let sleep = tokio::time::sleep(LONGEST);
        tokio::pin!(sleep);
        loop {
            tokio::select! {
                () = &mut sleep => break,
                _ = stop.wait_for(|stop| *stop) => return,
                topic = wakes.recv() => match topic {
                    Ok(Topic::Ledger | Topic::All) | Err(RecvError::Lagged(_)) => break,
                    Ok(_) => {}
                    Err(RecvError::Closed) => return,
                },
            }
        }
        tokio::time::sleep(BREATH).await;
    }
}

impl Engine {
    /// Reads the ledger up to its end, and tells whoever is to be told; returns how many
    /// notifications were made. The worker calls it; tests may, too.
    pub async fn notify_all(&self) -> Result<usize> {
        let mut told = 0;
        while let Some(made) = self.notify_page().await? {
            told += made;
        }
        Ok(told)
    }

    /// Reads one page; `None` when there is nothing new.
    async fn notify_page(&self) -> Result<Option<usize>> {
        let inner = Arc::clone(&self.inner);
        let looked = self.inner.store.read(move |tx| {
            let Some(from) = rows::peek(tx)? else { return Ok(None) };
            let size = ledger::head(tx)?.frontier.size();
            if from >= size {
                return Ok(None);
            }
            let kinds = KINDS.iter().map(|&kind| kind.to_owned()).collect();
            let filter = EventFilter { kinds, ..EventFilter::default() };
            let mut page = events::page(tx, &filter, from, PAGE)?;
            let full = page.len() == PAGE as usize;
            let last = page.last().and_then(|event| event.idx).filter(|_| full);
            let mut next = last.map_or(size, |idx| idx + 1);
            let young = tx.now().0 - inner.notifier.grace.0;
            if let Some(at) = page.iter().position(|event| event.at.0 > young) {
                next = page[at].idx.unwrap_or(from);
                page.truncate(at);
            }
            if next == from {
                return Ok(None);
            }
            let mut audiences: HashMap<String, Audience> = HashMap::new();
            let (mut wishes, mut told) = (Wishes::default(), Vec::new());
            for event in &page {
                if !audiences.contains_key(&event.space) {
                    audiences.insert(event.space.clone(), Audience::read(tx, &event.space)?);
                }
                let Some(audience) = audiences.get(&event.space) else { continue };
                // Planned one event at a time: in a flood of calls most drafts end here, and what is left is
                // what bounds the page.
                let found = drafts::of_event(tx, &inner, audience, event)?;
                plan(tx, &inner, &mut wishes, found, &mut told)?;
                if let Some(idx) = event.idx.filter(|_| told.len() >= MOST_DRAFTS) {
                    next = idx + 1;
                    break;
                }
            }
            Ok::<_, EngineError>(Some((from, next, told)))
        });
        let Some((from, next, told)) = looked.await? else { return Ok(None) };
        let written = self.inner.store.write(move |tx| {
            // Another node may have read the same page: whoever moves the cursor tells.
            if rows::cursor(tx)? != Some(from) {
                return Ok(0);
            }
            let made = tell(tx, &told)?;
            rows::advance(tx, next)?;
            Ok::<_, EngineError>(made)
        });
        written.await.map(Some)
    }

    /// Tells of deadlines that are near and of digests that are due; returns how many.
    pub async fn notify_by_clock(&self) -> Result<usize> {
        let inner = Arc::clone(&self.inner);
        let now = self.now();
        let looked = self.inner.store.read(move |tx| {
            let mut found = Vec::new();
            for (id, member, due) in rows::held_and_due(tx, now, now + NEAR, BATCH)? {
                let Some(case) = cases::get(tx, id)? else { continue };
                let handle = inner.loops.of_case(tx, case.core.loop_id, case.core.loop_version)?;
                let audience = Audience::read(tx, &case.core.space)?;
                let Some(to) = audience.get(member) else { continue };
                if allow(to, Action::CaseRead, Some(&handle.name)).is_err() {
                    continue;
                }
                let details = Details { due: Some(due), ..drafts::details(&handle, &case) };
                found.push(Draft {
                    member,
                    space: case.core.space.clone(),
                    about: About::Deadline,
                    once: format!("deadline:{id}"),
                    loop_name: handle.name.clone(),
                    case: Some(id),
                    details,
                    at: now,
                });
            }
            let mut told = Vec::new();
            plan(tx, &inner, &mut Wishes::default(), found, &mut told)?;
            Ok::<_, EngineError>(told)
        });
        let told = looked.await?;
        let mut made = 0;
        if !told.is_empty() {
            let written = self.inner.store.write(move |tx| tell(tx, &told));
            made = written.await?;
        }
        Ok(made + self.send_digests(now).await?)
    }

    async fn send_digests(&self, now: Timestamp) -> Result<usize> {
        let due = self.inner.store.read(move |tx| rows::digests_due(tx, now, BATCH)).await?;
        let mut made = 0;
        for choice in due {
            let inner = Arc::clone(&self.inner);
            let written = self.inner.store.write(move |tx| {
                let mut wishes = Wishes::default();
                let next = wishes.of(tx, choice.member)?.schedule.next_daily(tx.now());
                if !rows::put_off_digest(tx, &choice, Some(next))? {
                    return Ok(0);
                }
                let found = digest(tx, choice.member, choice.digest_at.unwrap_or(now))?;
                let mut told = Vec::new();
                plan(tx, &inner, &mut wishes, found.into_iter().collect(), &mut told)?;
                tell(tx, &told)
            });
            made += written.await?;
        }
        Ok(made)
    }

    /// Forgets what is old.
    pub(crate) async fn tidy_notifications(&self, now: Timestamp) -> Result<()> {
        let before = Timestamp(now.0 - KEPT);
        let requests = Timestamp(now.0 - 3_600 * 1_000_000);
        loop {
            let tidied = self.inner.store.write(move |tx| {
                let told = rows::forget(tx, before, TIDIED)?;
                let sent = rows::purge(tx, before, TIDIED)?;
                rows::forget_old(tx, requests)?;
                Ok::<_, EngineError>(told.max(sent))
            });
            if tidied.await? < u64::from(TIDIED) {
                return Ok(());
            }
        }
    }
}

/// How much waits for a member over the loops in which they judge.
fn digest(
    tx: &mut dyn Tx,
    member: tandem_domain::MemberId,
    due: Timestamp,
) -> Result<Option<Draft>> {
    let Some(space) = tandem_store::members::get(tx, member)?.map(|found| found.space) else {
        return Ok(None);
    };
    let audience = Audience::read(tx, &space)?;
    let Some(to) = audience.get(member) else { return Ok(None) };
    let mut waiting = 0;
    for row in tandem_store::loops::list(tx, &space, None, 1_000)? {
        if row.head == 0 || allow(to, Action::Judge, Some(&row.name)).is_err() {
            continue;
        }
        for queue in tasks::open_queues(tx, row.id)? {
            waiting += tasks::count_open(tx, row.id, &queue, MOST_TASKS)?;
        }
    }
    let unread = rows::feed(tx, member, true, None, 500)?.len() as u64;
    Ok(Some(Draft {
        member,
        space,
        about: About::Digest,
        once: format!("digest:{}", due.0),
        loop_name: String::new(),
        case: None,
        details: Details { waiting: Some(waiting), unread: Some(unread), ..Details::default() },
        at: due,
    }))
}

/// A notification with the ways outside the app that it goes by, and when.
pub(super) type Planned = (Draft, bool, Vec<(Way, Timestamp)>);

/// Adds to `planned` which ways each goes by; those that go by none are left out.
pub(super) fn plan(
    tx: &mut dyn Tx,
    inner: &Inner,
    wishes: &mut Wishes,
    drafts: Vec<Draft>,
    planned: &mut Vec<PlannedRow>,
) -> Result<()> {
    let now = tx.now();
    for draft in drafts {
        let wish = wishes.of(tx, draft.member)?;
        if draft.about == About::Approval && !wish.takes_call(&draft.loop_name) {
            continue;
        }
        let Wish { schedule, preferences, in_chat, .. } = wish;
        let in_app = preferences.wants(draft.about, Way::App);
        let mut ways = Vec::new();
        // What tells that a way fails does not go by a way that may fail.
        let outside = draft.about != About::Channel;
        for way in [Way::Email, Way::Slack] {
            let linked = way != Way::Slack || *in_chat;
            if outside && linked && inner.notifier.has(way) && preferences.wants(draft.about, way) {
                ways.push((way, schedule.send_at(way, now)));
            }
        }
        if in_app || !ways.is_empty() {
            let id = NotificationId(inner.ids.uuid(now)?);
            planned.push(PlannedRow { id, planned: (draft, in_app, ways) });
        }
    }
    Ok(())
}

/// A planned notification with the id it gets.
#[derive(Debug, Clone)]
pub(super) struct PlannedRow {
    id: NotificationId,
    planned: Planned,
}

/// Writes notifications and their messages; returns how many are new.
pub(super) fn tell(tx: &mut dyn Tx, told: &[PlannedRow]) -> Result<usize> {
    let mut made = 0;
    for row in told {
        let (draft, in_app, ways) = &row.planned;
        let notification = Notification {
            seq: 0,
            id: row.id,
            member: draft.member,
            space: draft.space.clone(),
            about: draft.about.as_str().to_owned(),
            once: draft.once.clone(),
            loop_name: draft.loop_name.clone(),
            case: draft.case,
            body: serde_json::to_string(&draft.details).map_err(EngineError::internal)?,
            in_app: *in_app,
            at: draft.at,
            read_at: None,
        };
        if !rows::tell(tx, &notification)? {
            continue;
        }
        made += 1;
        for (way, at) in ways {
            let queued = Queued {
                notification: row.id,
                member: draft.member,
                space: draft.space.clone(),
                way: way.as_str(),
                available_at: *at,
            };
            rows::queue(tx, &queued)?;
        }
    }
    Ok(made)
}
