//! What people and clients do with models: train, promote, look, ask.

use serde::Serialize;
use serde_json::Value;
use tandem_domain::case::{Case, Proposal};
use tandem_domain::command::NewProposal;
use tandem_domain::{JobId, LoopId, Timestamp};
use tandem_store::jobs::Job;
use tandem_store::models::ModelRow;
use tandem_store::{Tx, jobs, loops, models};

use super::model::Explanation;
use super::views::{self, ModelView};
use super::{evaluation, outside, registry};
use crate::access::{Action, allow};
use crate::cases::{IdemKey, remember, replayed};
use crate::engine::Engine;
use crate::errors::{EngineError, Result};
use crate::loops::LoopHandle;
use crate::principal::Principal;
use crate::record::By;

/// Versions shown of a loop's registry.
const SHOWN: u32 = 500;

/// A background job as pages and clients see it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct JobView {
    /// Its id.
    pub id: JobId,
    /// The loop it works for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loop_id: Option<LoopId>,
    /// `train` or `rescore`.
    pub kind: String,
    /// `queued`, `running`, `done` or `failed`.
    pub state: String,
    /// 0 to 1.
    pub progress: f64,
    /// Times it was started.
    pub attempts: u64,
    /// Why it failed, or why its last attempt did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// When it was queued.
    pub created_at: Timestamp,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
}

impl From<Job> for JobView {
    fn from(job: Job) -> Self {
        Self {
            id: job.id,
            loop_id: job.loop_id,
            kind: job.kind,
            state: job.state,
            progress: job.progress,
            attempts: job.attempts,
            error: job.error,
            created_at: job.created_at,
            finished_at: job.finished_at,
        }
    }
}

/// Whoever moves a model.
struct Who {
    by: By,
    id: String,
}

impl Who {
    fn mover<'a>(&'a self, reason: Option<&'a str>, forced: bool) -> registry::Mover<'a> {
        registry::Mover { by: &self.by, id: self.id.clone(), reason, forced }
    }
}

impl Engine {
    /// Queues a training of the loop's model; the one that waits already, where there is one.
    pub async fn train(
        &self,
        principal: &Principal,
        loop_name: &str,
        idem: Option<IdemKey>,
    ) -> Result<JobView> {
        allow(principal, Action::ModelWrite, Some(loop_name))?;
        let handle = self.compiled(&principal.space, loop_name).await?;
        if handle.spec().learned_field().is_none() {
            return Err(EngineError::Invalid {
                code: "no_learner",
                path: Some("/learner".to_owned()),
                message: format!(
                    "loop `{loop_name}` has no built-in learner with a single-choice field to \
                     learn; set `learner: {{ kind: linear }}`"
                ),
                problems: Vec::new(),
            });
        }
        let (inner, asker) = (std::sync::Arc::clone(&self.inner), principal.clone());
        self.store()
            .write(move |tx| {
                if let Some(known) = replayed(tx, &asker, idem.as_ref())? {
                    let known = known.parse().map_err(EngineError::internal)?;
                    let job = jobs::get(tx, known)?.map(JobView::from);
                    return job.ok_or_else(|| EngineError::not_found(format!("job {known}")));
                }
                let space = &handle.space;
                let new = registry::queue_train(tx, &inner.ids, space, handle.id, "manual")?;
                let job = match new {
                    Some(id) => jobs::get(tx, id)?,
                    None => jobs::list(tx, handle.id, 20)?
                        .into_iter()
                        .find(|job| job.kind == super::TRAIN && job.state == "queued"),
                };
                let job = job.ok_or_else(|| EngineError::internal("the job is gone"))?;
                remember(tx, &asker, idem.as_ref(), &job.id.to_string())?;
                Ok(JobView::from(job))
            })
            .await
    }

    /// Makes a version, named by number or name, live; what was live retires, and open cases are
    /// rescored. Where an evaluation set is frozen the version needs a score on it; `force` goes
    /// without, for whoever may and says why.
    pub async fn promote(
        &self,
        principal: &Principal,
        loop_name: &str,
        version: &str,
        (reason, force): (&str, bool),
        idem: Option<IdemKey>,
    ) -> Result<ModelView> {
        allow(principal, Action::ModelWrite, Some(loop_name))?;
        let handle = self.compiled(&principal.space, loop_name).await?;
        if force {
            allow(principal, Action::ModelForce, Some(loop_name))?;
            if reason.trim().is_empty() {
                let message = "say why a model that was not measured should act";
                return Err(EngineError::invalid("reason_required", "/reason", message));
            }
        }
        // A built-in model is measured here, if it was not yet.
        let measured = self.measure(&handle, version).await?;
        let inner = std::sync::Arc::clone(&self.inner);
        let reason = reason.to_owned();
        self.move_model(principal, &handle, version, idem, move |tx, handle, row, who| {
            if let Some((score, hits)) = &measured {
                evaluation::record(tx, &inner.ids, handle, &row, (score, hits), &who.by)?;
            }
            let mover = who.mover(Some(&reason), force);
            registry::promote(tx, &inner.ids, handle, row, &mover)
        })
        .await
    }

    /// Moves a version back into the shadow (`retire`: out of use). Nothing else takes its place.
    pub async fn demote(
        &self,
        principal: &Principal,
        loop_name: &str,
        version: &str,
        (reason, retire): (&str, bool),
        idem: Option<IdemKey>,
    ) -> Result<ModelView> {
        allow(principal, Action::ModelWrite, Some(loop_name))?;
        let handle = self.compiled(&principal.space, loop_name).await?;
        let (inner, reason) = (std::sync::Arc::clone(&self.inner), reason.to_owned());
        let stage = if retire { "retired" } else { "shadow" };
        self.move_model(principal, &handle, version, idem, move |tx, handle, row, who| {
            let mover = who.mover(Some(&reason), false);
            registry::step_back(tx, &inner.ids, handle, row, stage, &mover)
        })
        .await
    }

    async fn move_model(
        &self,
        principal: &Principal,
        handle: &std::sync::Arc<LoopHandle>,
        version: &str,
        idem: Option<IdemKey>,
        change: impl Fn(&mut dyn Tx, &LoopHandle, ModelRow, &Who) -> Result<ModelRow> + Send + 'static,
    ) -> Result<ModelView> {
        let (asker, handle) = (principal.clone(), std::sync::Arc::clone(handle));
        let who = Who { by: By::principal(principal), id: principal.id() };
        let version = version.to_owned();
        self.store()
            .write(move |tx| {
                if replayed(tx, &asker, idem.as_ref())?.is_some() {
                    let row = outside::resolve(tx, &handle, &version)?;
                    return views::view(tx, &handle, &row);
                }
                // One change of stages at a time.
                loops::lock(tx, handle.id)?;
                let row = outside::resolve(tx, &handle, &version)?;
                let row = change(tx, &handle, row, &who)?;
                remember(tx, &asker, idem.as_ref(), &row.id.to_string())?;
                views::view(tx, &handle, &row)
            })
            .await
    }

    /// The loop's models, newest first.
    pub async fn models(&self, principal: &Principal, loop_name: &str) -> Result<Vec<ModelView>> {
        allow(principal, Action::ModelRead, Some(loop_name))?;
        let handle = self.compiled(&principal.space, loop_name).await?;
        self.store()
            .read(move |tx| {
                let rows = models::list(tx, handle.id, None, SHOWN)?;
                views::views(tx, &handle, &rows)
            })
            .await
    }

    /// A background job.
    pub async fn job(&self, principal: &Principal, id: JobId) -> Result<JobView> {
        let missing = move || EngineError::not_found(format!("job {id}"));
        let space = principal.space.clone();
        let (job, loop_name) = self
            .store()
            .read(move |tx| {
                let job = jobs::get(tx, id)?.filter(|job| job.space == space);
                let job = job.ok_or_else(missing)?;
                let row = match job.loop_id {
                    Some(loop_id) => loops::get(tx, loop_id)?,
                    None => None,
                };
                Ok::<_, EngineError>((job, row.map(|row| row.name)))
            })
            .await?;
        allow(principal, Action::ModelRead, loop_name.as_deref())?;
        Ok(job.into())
    }

    /// The loop's jobs, newest first.
    pub async fn jobs(&self, principal: &Principal, loop_name: &str) -> Result<Vec<JobView>> {
        allow(principal, Action::ModelRead, Some(loop_name))?;
        let handle = self.compiled(&principal.space, loop_name).await?;
        self.store()
            .read(move |tx| {
                let rows = jobs::list(tx, handle.id, SHOWN)?;
                Ok(rows.into_iter().map(JobView::from).collect())
            })
            .await
    }

    /// What the live model would propose for an input, and why; `None` without a model. Nothing is
    /// recorded.
    pub async fn predict(
        &self,
        principal: &Principal,
        loop_name: &str,
        input: &Value,
    ) -> Result<Option<(NewProposal, Option<Explanation>)>> {
        allow(principal, Action::ModelRead, Some(loop_name))?;
        let handle = self.compiled(&principal.space, loop_name).await?;
        let Some(proposal) = self.inner.learning.propose(&handle, input).await else {
            return Ok(None);
        };
        let live = self.inner.learning.cache.get(handle.id).await?;
        let why = match live {
            Some(live) => live.model.explain(input, None).map_err(EngineError::internal)?,
            None => None,
        };
        Ok(Some((proposal, why)))
    }

    /// Why the loop's own model proposed what it did on a case that the caller may see; `None` for
    /// proposals from elsewhere. For the reviewer's page, beside the claim.
    pub async fn explanation(&self, case: &Case, proposal: &Proposal) -> Option<Explanation> {
        let handle = self.loop_of(case).await.ok()?;
        self.inner.learning.explain(&handle, &case.core.input, proposal).await
    }
}
