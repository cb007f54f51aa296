//! What people order.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tandem_domain::RunId;
use tandem_domain::run::{AlertKind, Budget, ControlKind, NewControl, RunStatus};
use tandem_engine::runs::Bulk;
use utoipa::ToSchema;

use super::agent::BudgetIn;

/// An order to a run.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewRunControl)]
pub struct ControlIn {
    /// `pause`, `resume`, `stop`, `redirect` or `override`.
    #[schema(value_type = String)]
    pub kind: ControlKind,
    /// Why.
    pub reason: String,
    /// For a redirection: the new goal.
    #[serde(default)]
    pub goal: Option<String>,
    /// For a redirection: the new constraints.
    #[serde(default)]
    pub constraints: Option<Vec<String>>,
    /// For an override: the number of the step.
    #[serde(default)]
    pub step: Option<u64>,
    /// For an override: what counts as its result.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub result: Option<Value>,
    /// For resume and redirect: what it may use from now on.
    #[serde(default)]
    pub budget: Option<BudgetIn>,
}

impl From<ControlIn> for NewControl {
    fn from(given: ControlIn) -> Self {
        Self {
            kind: given.kind,
            reason: given.reason,
            goal: given.goal,
            constraints: given.constraints,
            step: given.step,
            result: given.result,
            budget: given.budget.map(Budget::from),
        }
    }
}

/// An order to many runs.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RunsControl)]
pub struct BulkIn {
    /// `pause`, `resume` or `stop`.
    #[schema(value_type = String)]
    pub kind: ControlKind,
    /// Why.
    pub reason: String,
    /// Only this loop's; every run of the space where absent.
    #[serde(default, rename = "loop")]
    pub loop_name: Option<String>,
    /// Only runs in these states.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub states: Vec<RunStatus>,
}

impl From<BulkIn> for Bulk {
    fn from(given: BulkIn) -> Self {
        Self {
            kind: given.kind,
            reason: given.reason,
            loop_name: given.loop_name,
            statuses: given.states,
        }
    }
}

/// Which runs were ordered.
#[derive(Debug, Serialize, ToSchema)]
pub struct Controlled {
    /// Their ids.
    #[schema(value_type = Vec<String>)]
    pub runs: Vec<RunId>,
}

/// An alert to clear.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ClearRunAlert)]
pub struct ClearIn {
    /// Which.
    #[schema(value_type = String)]
    pub kind: AlertKind,
    /// Why it is over.
    pub reason: String,
}
