//! What agents say about their runs, and what they are answered.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tandem_domain::run::{Budget, Instruction, RunStatus, StepKind, WhenSpent};
use tandem_domain::{RunId, Span, Timestamp};
use tandem_engine::runs::{CheckedIn, InForce, NewRun, ReportedStep, Standing};
use utoipa::ToSchema;

use super::shown::{ControlOut, controls};

/// How much a run may use. Absent parts are without limit.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RunBudget)]
pub struct BudgetIn {
    /// Steps.
    #[serde(default)]
    pub steps: Option<u64>,
    /// Cost, in whatever unit the steps report.
    #[serde(default)]
    pub cost: Option<f64>,
    /// Time during which it is neither paused nor lost: `10m`, `2h`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub time: Option<Span>,
    /// At the end: `pause` or `stop`.
    #[serde(default)]
    #[schema(value_type = String)]
    pub then: WhenSpent,
}

impl From<BudgetIn> for Budget {
    fn from(given: BudgetIn) -> Self {
        Self { steps: given.steps, cost: given.cost, time: given.time, then: given.then }
    }
}

impl From<Budget> for BudgetIn {
    fn from(budget: Budget) -> Self {
        Self { steps: budget.steps, cost: budget.cost, time: budget.time, then: budget.then }
    }
}

/// A run to start.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewRun)]
pub struct RunIn {
    /// Name of its loop.
    #[serde(rename = "loop")]
    pub loop_name: String,
    /// Names it within its loop: starting it again by this key takes it over.
    #[serde(default)]
    pub key: Option<String>,
    /// What it is to reach.
    pub goal: String,
    /// What it must keep to.
    #[serde(default)]
    pub constraints: Vec<String>,
    /// What it may use.
    #[serde(default)]
    pub budget: BudgetIn,
    /// How long a check-in is good for: `30s` where absent.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub lease: Option<Span>,
    /// Without a step for so long it counts as stuck: `5m` where absent.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub stuck_after: Option<Span>,
}

impl RunIn {
    /// The loop's name and the run.
    pub fn into_domain(self) -> (String, NewRun) {
        let new = NewRun {
            key: self.key,
            goal: self.goal,
            constraints: self.constraints,
            budget: self.budget.into(),
            lease: self.lease,
            stuck_after: self.stuck_after,
        };
        (self.loop_name, new)
    }
}

/// A step to report.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewRunStep)]
pub struct StepIn {
    /// `plan`, `tool_call`, `observation` or `output`.
    #[schema(value_type = String)]
    pub kind: StepKind,
    /// The tool, or a short title.
    pub name: String,
    /// What went in.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub input: Value,
    /// What came out.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub output: Value,
    /// Whether it failed.
    #[serde(default)]
    pub failed: bool,
    /// What it cost.
    #[serde(default)]
    pub cost: f64,
    /// How long it took, in milliseconds.
    #[serde(default)]
    pub elapsed_ms: Option<u64>,
}

impl From<StepIn> for ReportedStep {
    fn from(step: StepIn) -> Self {
        Self {
            kind: step.kind,
            name: step.name,
            input: step.input,
            output: step.output,
            failed: step.failed,
            cost: step.cost,
            elapsed_ms: step.elapsed_ms,
        }
    }
}

/// Steps to report, all or none.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RunReport)]
pub struct StepsIn {
    /// The newest control that was obeyed; 0 before the first.
    #[serde(default)]
    pub epoch: u64,
    /// 1 to 100 of them.
    pub steps: Vec<StepIn>,
}

/// A sign of life.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RunHeartbeat)]
pub struct BeatIn {
    /// The newest control that was obeyed; 0 before the first.
    #[serde(default)]
    pub epoch: u64,
}

/// The end of a run.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RunEnd)]
pub struct FinishIn {
    /// The newest control that was obeyed; 0 before the first.
    #[serde(default)]
    pub epoch: u64,
    /// Whether it ended with an error.
    #[serde(default)]
    pub failed: bool,
    /// What there is to say about it.
    #[serde(default)]
    pub summary: Option<String>,
}

/// A halt that keeps the gates of a run shut.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = RunHalt)]
pub struct HaltInForce {
    /// `*` where everything is halted, or the name of the loop that is.
    pub scope: String,
    /// Why.
    pub reason: String,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

impl From<InForce> for HaltInForce {
    fn from(halt: InForce) -> Self {
        let scope = halt.loop_name.unwrap_or_else(|| "*".to_owned());
        Self { scope, reason: halt.reason, at: halt.at }
    }
}

/// Where a run stands, and the orders that wait: the answer to a check-in, and part of a refusal.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = RunStanding)]
pub struct StandingOut {
    /// The run.
    #[schema(value_type = String)]
    pub id: RunId,
    /// Where it stands.
    #[schema(value_type = String)]
    pub state: RunStatus,
    /// The newest control.
    pub epoch: u64,
    /// The newest control that it acknowledged.
    pub obeyed: u64,
    /// Controls that it has not acknowledged, oldest first.
    pub controls: Vec<ControlOut>,
    /// A halt that is in force over its loop or over everything, whatever the run was told: it should
    /// do nothing until that is over. Absent while there is none, and from refusals.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub halt: Option<HaltInForce>,
    /// What it is to do now; left out of refusals.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub instruction: Option<Instruction>,
    /// Until when it counts as alive.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub lease_until: Option<Timestamp>,
}

impl From<Standing> for StandingOut {
    fn from(run: Standing) -> Self {
        Self {
            id: run.id,
            state: run.status,
            epoch: run.epoch,
            obeyed: run.obeyed,
            controls: controls(run.pending),
            halt: None,
            instruction: None,
            lease_until: None,
        }
    }
}

impl From<CheckedIn> for StandingOut {
    fn from(run: CheckedIn) -> Self {
        Self {
            id: run.id,
            state: run.state.status,
            epoch: run.state.epoch,
            obeyed: run.state.obeyed,
            controls: controls(run.pending),
            halt: run.halt.map(HaltInForce::from),
            instruction: Some(run.state.instruction),
            lease_until: run.lease_until,
        }
    }
}
