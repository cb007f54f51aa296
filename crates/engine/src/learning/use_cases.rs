//! What people and clients do with models: train, promote, look, ask.

use serde::Serialize;
use serde_json::Value;
use tandem_domain::case::{Case, Proposal};
use tandem_domain::command::NewProposal;
use tandem_domain::{JobId, LoopId, Timestamp};
use tandem_store::jobs::Job;
use tandem_store::{jobs, loops, models};

use super::model::Explanation;
use super::registry::{self, ModelView};
use crate::access::{Action, allow};
use crate::cases::{IdemKey, remember, replayed};
use crate::engine::Engine;
use crate::errors::{EngineError, Result};
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

    /// Makes a version live; what was live retires, and open cases are rescored.
    pub async fn promote(
        &self,
        principal: &Principal,
        loop_name: &str,
        version: u64,
        idem: Option<IdemKey>,
    ) -> Result<ModelView> {
        allow(principal, Action::ModelWrite, Some(loop_name))?;
        let handle = self.compiled(&principal.space, loop_name).await?;
        let (inner, by) = (std::sync::Arc::clone(&self.inner), By::principal(principal));
        let asker = principal.clone();
        self.store()
            .write(move |tx| {
                if replayed(tx, &asker, idem.as_ref())?.is_some() {
                    let row = models::list(tx, handle.id, Some(version + 1), 1)?.pop();
                    let row = row.filter(|row| row.version == version);
                    let row = row.ok_or_else(|| {
                        let name = registry::name(&handle.name, version);
                        EngineError::not_found(format!("model {name}"))
                    })?;
                    return ModelView::of(&handle.name, &row);
                }
                // One change of stages at a time.
                loops::lock(tx, handle.id)?;
                let row = registry::promote(tx, &inner.ids, &handle, version, &by)?;
                remember(tx, &asker, idem.as_ref(), &row.id.to_string())?;
                ModelView::of(&handle.name, &row)
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
                rows.iter().map(|row| ModelView::of(&handle.name, row)).collect()
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
