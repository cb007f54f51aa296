//! Decisions that are held for a veto.

use serde::Serialize;
use tandem_domain::case::Answer;
use tandem_domain::{CaseId, Timestamp};
use tandem_engine::veto as engine;
use utoipa::ToSchema;

/// Decisions of a loop that are held for a veto.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HeldDecisions)]
pub struct Held {
    /// The oldest first, at most a hundred.
    pub items: Vec<HeldDecision>,
    /// Whether somebody who may veto follows the events: the time runs.
    pub watched: bool,
}

/// A machine's decision that is held for a veto.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeldDecision {
    /// The case.
    #[schema(value_type = String)]
    pub case: CaseId,
    /// The submitter's key.
    pub key: Option<String>,
    /// What was decided.
    #[schema(value_type = Option<Object>)]
    pub output: Option<Answer>,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub decided_at: Timestamp,
    /// Seconds that the time for a veto lasts.
    pub veto_s: f64,
    /// Seconds of it that are left.
    pub left_s: f64,
    /// Whether it runs.
    pub running: bool,
}

impl From<engine::HeldDecision> for HeldDecision {
    fn from(held: engine::HeldDecision) -> Self {
        Self {
            case: held.case,
            key: held.key,
            output: held.output,
            decided_at: held.decided_at,
            veto_s: held.clock.lasts.0 as f64 / 1e6,
            left_s: held.clock.left.0 as f64 / 1e6,
            running: held.clock.running,
        }
    }
}
