//! Runs, their steps and their orders, as they are shown.

use serde::Serialize;
use serde_json::Value;
use tandem_domain::run::{
    Alert, Control, ControlKind, Instruction, RunStatus, Step, StepKind, watch,
};
use tandem_domain::{RunId, Timestamp};
use tandem_engine::runs::RunView;
use utoipa::ToSchema;

use super::agent::BudgetIn;

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
    /// For a redirection: the instruction that it replaced.
    #[schema(value_type = Option<Object>)]
    pub replaced: Option<Instruction>,
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
            replaced: control.replaced,
            step: control.step,
            result: control.result,
            budget: control.budget.map(BudgetIn::from),
            by: control.by,
            at: control.at,
            acknowledged_at: control.acknowledged_at,
        }
    }
}

pub(super) fn controls(pending: Vec<Control>) -> Vec<ControlOut> {
    pending.into_iter().map(ControlOut::from).collect()
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
    /// Its name.
    pub agent: String,
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
            agent: run.agent,
            created_at: core.created_at,
            seen_at: run.seen_at,
            lease_until: run.lease_until,
            ended_at: state.ended_at,
            summary: state.summary,
        }
    }
}
