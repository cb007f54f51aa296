//! Runs: what is sent and taken.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tandem_domain::run::{
    Alert, AlertKind, Budget, Control, ControlKind, Instruction, NewControl, RunStatus, Step,
    StepKind, WhenSpent, watch,
};
use tandem_domain::{RunId, Span, Timestamp};
use tandem_engine::runs::{Bulk, CheckedIn, NewRun, ReportedStep, RunView, Standing};
use utoipa::ToSchema;

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

/// An order as it was recorded.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = RunControl)]
pub struct ControlOut {
    /// Its number: the epoch it began.
    pub epoch: u64,
    /// Its kind.
    #[schema(value_type = String)]
    pub kind: ControlKind,
    /// Why.
    pub reason: String,
    /// For a redirection: the instruction in force from then on.
    #[schema(value_type = Option<Object>)]
    pub instruction: Option<Instruction>,
    /// For an override: the number of the step.
    pub step: Option<u64>,
    /// For an override: what counts as its result.
    #[schema(value_type = Option<Object>)]
    pub result: Option<Value>,
    /// What the run may use from then on, where that changed.
    pub budget: Option<BudgetIn>,
    /// Who: the id of a member or key, or `machine`.
    pub by: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// When the agent said that it obeyed.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub acknowledged_at: Option<Timestamp>,
}

impl From<Control> for ControlOut {
    fn from(control: Control) -> Self {
        Self {
            epoch: control.epoch,
            kind: control.kind,
            reason: control.reason,
            instruction: control.instruction,
            step: control.step,
            result: control.result,
            budget: control.budget.map(BudgetIn::from),
            by: control.by,
            at: control.at,
            acknowledged_at: control.acknowledged_at,
        }
    }
}

/// A step as it was recorded.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RunStep)]
pub struct StepOut {
    /// Its number, from 1.
    pub n: u64,
    /// Its kind.
    #[schema(value_type = String)]
    pub kind: StepKind,
    /// The tool, or a short title.
    pub name: String,
    /// What went in.
    #[schema(value_type = Object)]
    pub input: Value,
    /// What came out.
    #[schema(value_type = Object)]
    pub output: Value,
    /// Whether it failed.
    pub failed: bool,
    /// What it cost.
    pub cost: f64,
    /// How long it took, in milliseconds.
    pub elapsed_ms: Option<u64>,
    /// The epoch the agent had obeyed then.
    pub epoch: u64,
    /// When it was accepted.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

impl From<Step> for StepOut {
    fn from(step: Step) -> Self {
        Self {
            n: step.n,
            kind: step.kind,
            name: step.name,
            input: step.input,
            output: step.output,
            failed: step.failed,
            cost: step.cost,
            elapsed_ms: step.elapsed_ms,
            epoch: step.epoch,
            at: step.at,
        }
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
    /// What it is to do now; left out of refusals.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub instruction: Option<Instruction>,
    /// Until when it counts as alive.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub lease_until: Option<Timestamp>,
}

fn controls(pending: Vec<Control>) -> Vec<ControlOut> {
    pending.into_iter().map(ControlOut::from).collect()
}

impl From<Standing> for StandingOut {
    fn from(run: Standing) -> Self {
        Self {
            id: run.id,
            state: run.status,
            epoch: run.epoch,
            obeyed: run.obeyed,
            controls: controls(run.pending),
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
            instruction: Some(run.state.instruction),
            lease_until: run.lease_until,
        }
    }
}

/// What a run used so far.
#[derive(Debug, Serialize, ToSchema)]
pub struct RunUsed {
    /// Steps.
    pub steps: u64,
    /// Steps that failed.
    pub failed: u64,
    /// Cost.
    pub cost: f64,
    /// Seconds during which it was neither paused nor lost.
    pub time_s: f64,
    /// The largest share of any part of its budget.
    pub share: f64,
}

/// A run.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Run)]
pub struct RunOut {
    /// Its id.
    #[schema(value_type = String)]
    pub id: RunId,
    /// Its loop.
    #[serde(rename = "loop")]
    pub loop_name: String,
    /// Its key.
    pub key: Option<String>,
    /// Where it stands: running, pausing, paused, stopping, stopped, finished, failed or lost.
    #[schema(value_type = String)]
    pub state: RunStatus,
    /// The newest control.
    pub epoch: u64,
    /// The newest control that it acknowledged.
    pub obeyed: u64,
    /// What it is to do now: `{version, goal, constraints, epoch}`.
    #[schema(value_type = Object)]
    pub instruction: Instruction,
    /// What it may use.
    pub budget: BudgetIn,
    /// What it used.
    pub used: RunUsed,
    /// Its newest step.
    pub last_step: Option<StepOut>,
    /// Controls that it has not acknowledged, oldest first.
    pub pending: Vec<ControlOut>,
    /// Its cases that nobody has decided.
    pub open_gates: u64,
    /// Alerts: `{kind, at, detail, cleared?}`.
    #[schema(value_type = Vec<Object>)]
    pub alerts: Vec<Alert>,
    /// The key or member that started it.
    pub started_by: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Its last sign of life.
    #[schema(value_type = String, format = DateTime)]
    pub seen_at: Timestamp,
    /// Until when it counts as alive.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub lease_until: Option<Timestamp>,
    /// When it ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ended_at: Option<Timestamp>,
    /// What it said when it ended.
    pub summary: Option<String>,
}

impl From<RunView> for RunOut {
    fn from(run: RunView) -> Self {
        let (core, state) = (run.core, run.state);
        let used = RunUsed {
            steps: state.steps,
            failed: state.failed,
            cost: state.cost,
            time_s: state.time_used(&core, run.now).as_seconds(),
            share: watch::share_used(&core, &state, run.now),
        };
        Self {
            id: core.id,
            loop_name: run.loop_name,
            key: core.key,
            state: state.status,
            epoch: state.epoch,
            obeyed: state.obeyed,
            instruction: state.instruction,
            budget: state.budget.into(),
            used,
            last_step: run.last_step.map(StepOut::from),
            pending: controls(run.pending),
            open_gates: run.open_gates,
            alerts: state.alerts,
            started_by: core.started_by,
            created_at: core.created_at,
            seen_at: run.seen_at,
            lease_until: run.lease_until,
            ended_at: state.ended_at,
            summary: state.summary,
        }
    }
}
