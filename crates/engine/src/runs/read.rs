//! Reading runs: the fleet, one run, its steps, controls and gates.

use std::time::Duration;

use tandem_domain::case::Case;
use tandem_domain::run::{AlertKind, Control, RunCore, RunStatus, Step};
use tandem_domain::{CaseId, RunId};
use tandem_store::{cases, loops, runs};
use tokio::time::Instant;

use super::{MOST_CONTROLS, Names, RunView, allow_run, in_space, loop_name, owns, view, views};
use crate::access::{Action, allow, allow_somewhere};
use crate::cases::Page;
use crate::engine::Engine;
use crate::errors::{EngineError, Result};
use crate::loops::no_loop;
use crate::principal::Principal;

/// Most runs or steps of a page.
const MOST: u32 = 500;

/// Which runs to list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RunQuery {
    /// Only this loop's.
    pub loop_name: Option<String>,
    /// Only these; empty for all.
    pub statuses: Vec<RunStatus>,
    /// Only those that this key or member started.
    pub agent: Option<String>,
    /// Only those that have not ended and on which one of these alerts stands; empty for all.
    pub alerts: Vec<AlertKind>,
}

impl Engine {
    /// Runs that the principal may see, newest first. A page may hold fewer than asked for, even
    /// none, while `next` is set.
    pub async fn runs(
        &self,
        principal: &Principal,
        query: RunQuery,
        cursor: Option<RunId>,
        limit: u32,
    ) -> Result<Page<RunView, RunId>> {
        let named = query.loop_name.as_deref();
        let may = |action| match named {
            Some(_) => allow(principal, action, named),
            None => allow_somewhere(principal, action),
        };
        if may(Action::RunRead).is_err() {
            may(Action::RunReadOwn)?;
        }
        let asker = principal.clone();
        let limit = limit.clamp(1, MOST);
        let found = self.inner.store.read(move |tx| {
            let loop_id = match &query.loop_name {
                Some(name) => {
                    let row = loops::by_name(tx, &asker.space, name)?;
                    Some(row.ok_or_else(|| no_loop(name))?.id)
                }
                None => None,
            };
            let filter = runs::RunFilter {
                space: asker.space.clone(),
                loop_id,
                statuses: query.statuses.clone(),
                agent: query.agent.clone(),
                alerts: query.alerts.clone(),
            };
            let page = runs::list(tx, &filter, cursor, limit)?;
            let full = page.len() == limit as usize;
            let next = page.last().map(|run| run.core.id).filter(|_| full);
            let (mut names, mut seen) = (Names::default(), Vec::with_capacity(page.len()));
            for run in page {
                let name = names.of_loop(tx, run.core.loop_id)?;
                if may_read(&asker, &name, &run.core).is_ok() {
                    seen.push((run, name));
                }
            }
            Ok::<_, EngineError>(Page { items: views(tx, seen)?, next })
        });
        found.await
    }

    /// One run.
    pub async fn run(&self, principal: &Principal, id: RunId) -> Result<RunView> {
        self.read_run(principal, id, view).await
    }

    /// Steps of a run before step `before`, newest first.
    pub async fn run_steps(
        &self,
        principal: &Principal,
        id: RunId,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Page<Step, u64>> {
        let limit = limit.clamp(1, MOST);
        self.read_run(principal, id, move |tx, _, _| {
            let page = runs::steps(tx, id, before, limit)?;
            let full = page.len() == limit as usize;
            let items: Vec<_> = page.into_iter().map(|step| step.value).collect();
            let next = items.last().map(|step| step.n).filter(|n| full && *n > 1);
            Ok(Page { items, next })
        })
        .await
    }

    /// Controls of a run after epoch `after`, oldest first. With `wait` the answer comes when there
    /// is one, or when the time is over. Reading them is no sign of life.
    pub async fn run_controls(
        &self,
        principal: &Principal,
        id: RunId,
        after: u64,
        wait: Duration,
    ) -> Result<Vec<Control>> {
        let deadline = Instant::now() + wait;
        let waiter = self.inner.run_waiters.register(id);
        let mut stop = self.stopping();
        loop {
            let notified = waiter.notify.notified();
            tokio::pin!(notified);
            // From here on no wake is missed; only then are the controls read.
            notified.as_mut().enable();
            let read = self.read_run(principal, id, move |tx, run, _| {
                let found = runs::controls(tx, id, after, MOST_CONTROLS)?;
                let over = run.state.status.is_final();
                Ok((found.into_iter().map(|written| written.value).collect::<Vec<_>>(), over))
            });
            let (found, over) = read.await?;
            if !found.is_empty() || over || Instant::now() >= deadline {
                return Ok(found);
            }
            tokio::select! {
                () = &mut notified => {}
                () = tokio::time::sleep_until(deadline) => {}
                _ = stop.wait_for(|stop| *stop) => return Ok(found),
            }
        }
    }

    /// Cases that are gates of a run, newest first; those of loops that one may not see are left out.
    pub async fn run_gates(
        &self,
        principal: &Principal,
        id: RunId,
        limit: u32,
    ) -> Result<Vec<Case>> {
        let limit = limit.clamp(1, MOST);
        let asker = principal.clone();
        self.read_run(principal, id, move |tx, run, _| {
            let ids: Vec<CaseId> = runs::gates(tx, id, limit)?;
            let (mut names, mut found) = (Names::default(), Vec::with_capacity(ids.len()));
            for id in ids {
                let Some(case) = cases::get(tx, id)? else { continue };
                let name = names.of_loop(tx, case.core.loop_id)?;
                if may_read(&asker, &name, &run.core).is_ok() {
                    found.push(case);
                }
            }
            Ok(found)
        })
        .await
    }

    async fn read_run<T: Send + 'static>(
        &self,
        principal: &Principal,
        id: RunId,
        mut read: impl FnMut(&mut dyn tandem_store::Tx, runs::Run, String) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        if allow_somewhere(principal, Action::RunRead).is_err() {
            allow_somewhere(principal, Action::RunReadOwn)?;
        }
        let asker = principal.clone();
        let found = self.inner.store.read(move |tx| {
            let run = in_space(&asker, id, runs::get(tx, id)?)?;
            let name = loop_name(tx, &run.core)?;
            // One that it may not see does not exist for it.
            may_read(&asker, &name, &run.core).map_err(|_| super::no_run(id))?;
            read(tx, run, name)
        });
        found.await
    }
}

fn may_read(principal: &Principal, name: &str, core: &RunCore) -> Result<()> {
    if owns(principal, core) && allow(principal, Action::RunReport, Some(name)).is_ok() {
        return Ok(());
    }
    allow_run(principal, Action::RunRead, Action::RunReadOwn, name, core)
}
