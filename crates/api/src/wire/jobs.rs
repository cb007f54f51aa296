//! Models and background jobs.

use serde::Serialize;
use tandem_domain::{JobId, ModelId, Timestamp};
use tandem_engine::learning::{JobView, ModelView};
use utoipa::ToSchema;

/// A background job.
#[derive(Debug, Serialize, ToSchema)]
pub struct Job {
    /// Its id.
    #[schema(value_type = String)]
    pub id: JobId,
    /// `train` or `rescore`.
    pub kind: String,
    /// `queued`, `running`, `done` or `failed`.
    pub state: String,
    /// 0 to 1.
    pub progress: f64,
    /// Why it failed.
    pub error: Option<String>,
    /// When it was queued.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub finished_at: Option<Timestamp>,
}

impl From<JobView> for Job {
    fn from(view: JobView) -> Self {
        Self {
            id: view.id,
            kind: view.kind,
            state: view.state,
            progress: view.progress,
            error: view.error,
            created_at: view.created_at,
            finished_at: view.finished_at,
        }
    }
}

/// A model of a loop's registry.
#[derive(Debug, Serialize, ToSchema)]
pub struct Model {
    /// Its id.
    #[schema(value_type = String)]
    pub id: ModelId,
    /// Its version.
    pub version: u64,
    /// Name in proposals, as in `intent@7`.
    pub name: String,
    /// What it is.
    pub kind: String,
    /// `shadow`, `canary`, `live` or `retired`.
    pub stage: String,
    /// Examples it was trained on.
    pub trained_on: u64,
    /// Figures of its training.
    #[schema(value_type = Object)]
    pub metrics: tandem_engine::learning::Metrics,
    /// How long training took.
    pub duration_ms: u64,
    /// When it was trained.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

impl From<ModelView> for Model {
    fn from(view: ModelView) -> Self {
        Self {
            id: view.id,
            version: view.version,
            name: view.name,
            kind: view.kind,
            stage: view.stage,
            trained_on: view.trained_on,
            metrics: view.metrics,
            duration_ms: view.duration_ms,
            created_at: view.created_at,
        }
    }
}
