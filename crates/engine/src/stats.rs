//! Statistics of a loop: how much is automatic, what audits prove, what waits, how it learns.
//!
//! Nothing here scans a table at each look. Counts are running totals that every change keeps;
//! what totals cannot say (the bound over automatic cases, quantiles, agreement) is folded from index
//! rows once and then kept up from the last row seen (`automatic`, `judgments`), in memory, on each
//! node for itself. A snapshot is shared by whoever asks within a fraction of a second.

mod automatic;
mod judgments;
mod views;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tandem_domain::{LoopId, Timestamp};
use tandem_store::{appeals, counters, decisions, jobs, members, models, tasks};

pub use views::{
    AgreementPoint, AppealsView, ErrorInterval, ErrorsView, LearningPoint, LearningView, LiveView,
    MemberQuality, Progress, QualityView, QueueLine, QueueView, TimeView,
};

use crate::access::{Action, allow};
use crate::engine::Engine;
use crate::errors::{EngineError, Result};
use crate::learning::{JobView, ModelView, Share};
use crate::loops::LoopHandle;
use crate::principal::Principal;

/// A snapshot younger than this is handed out again.
const FRESH: Duration = Duration::from_millis(200);
/// Decisions that the recent share is over.
const RECENT: u32 = 200;
/// Decided appeals by which the time they take is told.
const NEWEST_APPEALS: u32 = 1_000;
/// Models on the learning curve, at most.
const MODELS: u32 = 500;
/// The upper end whose distance is shown.
const TARGET: f64 = 0.05;

/// What is kept up in memory, by loop.
#[derive(Default)]
pub(crate) struct Stats {
    loops: Mutex<HashMap<LoopId, Arc<tokio::sync::Mutex<Kept>>>>,
}

#[derive(Default)]
struct Kept {
    automatic: automatic::Fold,
    judgments: judgments::Fold,
    live: Option<(Instant, Arc<LiveView>)>,
}

impl Stats {
    fn of(&self, loop_id: LoopId) -> Arc<tokio::sync::Mutex<Kept>> {
        let mut loops = self.loops.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(loops.entry(loop_id).or_default())
    }
}

/// What a read transaction says at once.
struct Totals {
    counters: BTreeMap<String, f64>,
    recent: Vec<String>,
    queues: Vec<QueueLine>,
    models: Vec<ModelView>,
    newest_model: u64,
    job: Option<JobView>,
    now: Timestamp,
}

impl Totals {
    fn get(&self, name: &str) -> u64 {
        self.counters.get(name).copied().unwrap_or(0.0).max(0.0).round() as u64
    }
}

impl Engine {
    /// Everything the live page shows.
    pub async fn stats_live(
        &self,
        principal: &Principal,
        loop_name: &str,
    ) -> Result<Arc<LiveView>> {
        let handle = self.may_read_stats(principal, loop_name).await?;
        self.live_view(&handle).await
    }

    /// Errors among automatic cases and the automatic share.
    pub async fn stats_errors(&self, principal: &Principal, loop_name: &str) -> Result<ErrorsView> {
        Ok(self.stats_live(principal, loop_name).await?.errors.clone())
    }

    /// What waits.
    pub async fn stats_queue(&self, principal: &Principal, loop_name: &str) -> Result<QueueView> {
        Ok(self.stats_live(principal, loop_name).await?.queue.clone())
    }

    /// Appeals: how many, how often they changed the outcome, and how long they took.
    pub async fn stats_appeals(
        &self,
        principal: &Principal,
        loop_name: &str,
    ) -> Result<AppealsView> {
        let handle = self.may_read_stats(principal, loop_name).await?;
        let found = self.store().read(move |tx| {
            let now = tx.now();
            appeals::figures(tx, handle.id, now, NEWEST_APPEALS)
        });
        Ok(AppealsView::of(found.await?))
    }

    /// Time per judgment.
    pub async fn stats_time(&self, principal: &Principal, loop_name: &str) -> Result<TimeView> {
        Ok(self.stats_live(principal, loop_name).await?.time)
    }

    /// The learning curve and the models.
    pub async fn stats_learning(
        &self,
        principal: &Principal,
        loop_name: &str,
    ) -> Result<LearningView> {
        let handle = self.may_read_stats(principal, loop_name).await?;
        let live = self.live_view(&handle).await?;
        let models = self
            .store()
            .read(move |tx| {
                let rows = models::list(tx, handle.id, None, MODELS)?;
                rows.iter().map(|row| ModelView::of(&handle.name, row)).collect::<Result<Vec<_>>>()
            })
            .await?;
        Ok(LearningView { points: live.points.clone(), agreement: live.agreement.clone(), models })
    }

    /// Quality of each reviewer.
    pub async fn stats_quality(
        &self,
        principal: &Principal,
        loop_name: &str,
    ) -> Result<QualityView> {
        let handle = self.may_read_stats(principal, loop_name).await?;
        let kept = self.inner.stats.of(handle.id);
        let mut kept = kept.lock().await;
        let spec = handle.spec();
        let bucket = u64::from(spec.learner.retrain.every);
        let totals = kept.judgments.catch_up(self.store(), handle.id, spec.undo(), bucket).await?;
        drop(kept);
        let ids: Vec<_> = totals.members.keys().copied().collect();
        let names = self
            .store()
            .read(move |tx| {
                let mut names = HashMap::new();
                for id in &ids {
                    names.extend(members::get(tx, *id)?.map(|member| (*id, member.name)));
                }
                Ok::<_, EngineError>(names)
            })
            .await?;
        let members = totals.members.iter().map(|(id, member)| MemberQuality {
            member: *id,
            name: names.get(id).cloned().unwrap_or_default(),
            judgments: member.judgments,
            median_ms: member.median_ms(),
            agreement: Share::of(member.agreed, member.compared),
            accepted: Share::of(member.accepted, member.proposed),
        });
        Ok(QualityView { members: members.collect() })
    }

    async fn may_read_stats(
        &self,
        principal: &Principal,
        loop_name: &str,
    ) -> Result<Arc<LoopHandle>> {
        allow(principal, Action::StatsRead, Some(loop_name))?;
        self.compiled(&principal.space, loop_name).await
    }

    pub(crate) async fn live_view(&self, handle: &Arc<LoopHandle>) -> Result<Arc<LiveView>> {
        let kept = self.inner.stats.of(handle.id);
        // Whoever comes while another catches up waits for its snapshot.
        let mut kept = kept.lock().await;
        let fresh = kept.live.as_ref().filter(|(made, _)| made.elapsed() < FRESH);
        if let Some((_, live)) = fresh {
            return Ok(Arc::clone(live));
        }
        let began = Instant::now();
        let automatic = kept.automatic.catch_up(self.store(), handle.id).await?;
        let spec = handle.spec();
        let bucket = u64::from(spec.learner.retrain.every);
        let judged = kept.judgments.catch_up(self.store(), handle.id, spec.undo(), bucket).await?;
        let totals = self.totals(handle).await?;
        let live = Arc::new(LiveView {
            errors: errors_view(&totals, &automatic, kept.automatic.progress(TARGET)),
            queue: queue_view(&totals),
            model: totals.models.iter().find(|m| m.stage == "live" || m.stage == "canary").cloned(),
            points: points(&totals.models),
            agreement: judged.agreement(),
            models_trained: totals.newest_model,
            time: judged.time(),
            job: totals.job.clone(),
            at: totals.now,
        });
        kept.live = Some((began, Arc::clone(&live)));
        Ok(live)
    }

    async fn totals(&self, handle: &Arc<LoopHandle>) -> Result<Totals> {
        let handle = Arc::clone(handle);
        self.store()
            .read(move |tx| {
                let counters = counters::all(tx, handle.id)?;
                let mut queues = Vec::new();
                for (name, &open) in &counters {
                    let Some(queue) = name.strip_prefix("queue.").filter(|_| open > 0.5) else {
                        continue;
                    };
                    queues.push(QueueLine {
                        queue: queue.to_owned(),
                        open: open.round() as u64,
                        oldest_at: tasks::oldest(tx, handle.id, queue)?,
                    });
                }
                let rows = models::list(tx, handle.id, None, MODELS)?;
                let models = rows
                    .iter()
                    .map(|row| ModelView::of(&handle.name, row))
                    .collect::<Result<_>>()?;
                Ok::<_, EngineError>(Totals {
                    counters,
                    recent: decisions::newest_by(tx, handle.id, RECENT)?,
                    queues,
                    models,
                    newest_model: rows.first().map_or(0, |row| row.version),
                    job: jobs::list(tx, handle.id, 1)?.pop().map(JobView::from),
                    now: tx.now(),
                })
            })
            .await
    }
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

fn errors_view(
    totals: &Totals,
    automatic: &automatic::Summary,
    progress: Option<Progress>,
) -> ErrorsView {
    let machine = totals.get("decisions.machine");
    let people = totals.get("decisions.people");
    let decided = machine + people + totals.get("decisions.deadline");
    let live = || totals.recent.iter().filter(|by| *by != "import");
    let recent_machine = live().filter(|by| *by == "machine").count() as u64;
    ErrorsView {
        cases: totals.get("cases"),
        decided,
        automatic: automatic.automatic,
        automatic_share: share(machine, decided),
        automatic_share_recent: share(recent_machine, live().count() as u64),
        audited: automatic.audited,
        audits_pending: automatic.pending,
        audit_errors: automatic.audit_errors,
        error: automatic.error.clone(),
        progress,
        judgments: totals.get("judgments"),
        reviewed: people,
    }
}

fn queue_view(totals: &Totals) -> QueueView {
    QueueView {
        waiting: totals.get("status.queued") + totals.get("status.reopened"),
        claimed: totals.get("status.claimed"),
        held: totals.get("status.held"),
        decided: totals.get("status.decided"),
        open_tasks: totals.get("tasks.open"),
        oldest_at: totals.queues.iter().filter_map(|queue| queue.oldest_at).min(),
        per_queue: totals.queues.clone(),
    }
}

fn points(models: &[ModelView]) -> Vec<LearningPoint> {
    let points = models.iter().rev().map(|model| LearningPoint {
        examples: model.metrics.examples,
        judgments: model.metrics.judgments,
        trained_on: model.trained_on,
        accuracy: model.metrics.accuracy,
        random: model.metrics.random,
        model_version: model.version,
        at: model.created_at,
    });
    points.collect()
}
