//! A run: one live execution of an agent or pipeline under supervision, and its state machine.
//!
//! People steer a run by controls. Each control raises the run's **epoch** and is numbered by it; the
//! agent says with everything it sends which epoch it has obeyed, so whether an order arrived is a
//! comparison of two numbers: control `n` is acknowledged when `obeyed >= n`. A run opens gates only
//! while it is running, its lease holds and both numbers are equal.
//!
//! [`machine::start`] and [`machine::decide`] are the transitions; [`watch`] raises alerts and spends
//! the budget.

pub mod machine;
pub mod watch;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::time::{Span, Timestamp};
use crate::{LoopId, PersonId, RunId};

pub use watch::{Alert, AlertKind, Cleared, Recent};

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    /// It works.
    Running,
    /// It was told to pause and has not said that it did.
    Pausing,
    /// It waits.
    Paused,
    /// It was told to stop and has not said that it did.
    Stopping,
    /// It was stopped; nothing brings it back.
    Stopped,
    /// It reached its end.
    Finished,
    /// It ended with an error.
    Failed,
    /// Its lease ran out: nobody knows whether it still works.
    Lost,
}

impl RunStatus {
    /// Every status.
    pub const ALL: [Self; 8] = [
        Self::Running,
        Self::Pausing,
        Self::Paused,
        Self::Stopping,
        Self::Stopped,
        Self::Finished,
        Self::Failed,
        Self::Lost,
    ];

    /// The status as it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Pausing => "pausing",
            Self::Paused => "paused",
            Self::Stopping => "stopping",
            Self::Stopped => "stopped",
            Self::Finished => "finished",
            Self::Failed => "failed",
            Self::Lost => "lost",
        }
    }

    /// Whether nothing follows it.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Stopped | Self::Finished | Self::Failed)
    }

    /// Whether gates of the run can never be used again: those that people have not decided are
    /// withdrawn.
    pub fn ends_gates(self) -> bool {
        self.is_final() || self == Self::Stopping
    }
}

impl std::str::FromStr for RunStatus {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|status| status.as_str() == text).ok_or_else(|| {
            let known = Self::ALL.map(Self::as_str).join(", ");
            format!("`{text}` is no state of a run; states are {known}")
        })
    }
}

/// What never changes about a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunCore {
    /// Its id.
    pub id: RunId,
    /// Its space.
    pub space: String,
    /// Its loop.
    pub loop_id: LoopId,
    /// Names it within its loop: whoever starts it again by this key takes it over.
    pub key: Option<String>,
    /// How long a check-in is good for.
    pub lease: Span,
    /// Without a step for so long it counts as stuck.
    pub stuck_after: Span,
    /// The key or member that started it.
    pub started_by: String,
    /// The person behind that.
    pub started_by_person: Option<PersonId>,
    /// Salt of its commitments, in hexadecimal.
    pub salt: String,
    /// When it was started.
    pub created_at: Timestamp,
}

/// What the agent is to do: the first one, and one for each redirection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instruction {
    /// From 1.
    pub version: u32,
    /// The goal.
    pub goal: String,
    /// What it must keep to.
    pub constraints: Vec<String>,
    /// The control that gave it; 0 for the first.
    pub epoch: u64,
}

/// What happens when a budget is spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhenSpent {
    /// The run pauses, until somebody gives it more.
    #[default]
    Pause,
    /// The run stops.
    Stop,
}

/// How much a run may use. Absent parts are without limit.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Budget {
    /// Steps.
    pub steps: Option<u64>,
    /// Cost, in whatever unit the steps report.
    pub cost: Option<f64>,
    /// Time during which it is neither paused nor lost.
    pub time: Option<Span>,
    /// What happens at the end.
    pub then: WhenSpent,
}

/// What changes about a run. The ledger commits to all of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunState {
    /// Counts changes.
    pub revision: u64,
    /// Where it stands.
    pub status: RunStatus,
    /// The number of the newest control.
    pub epoch: u64,
    /// The newest control that the agent says it obeyed.
    pub obeyed: u64,
    /// The control that pauses it, while it is pausing or paused.
    pub pause_epoch: Option<u64>,
    /// The control that stops it, once there is one.
    pub stop_epoch: Option<u64>,
    /// Where it stood when its lease ran out.
    pub before_lost: Option<RunStatus>,
    /// What it is to do now.
    pub instruction: Instruction,
    /// What it may use.
    pub budget: Budget,
    /// Steps accepted, and the number of the last one.
    pub steps: u64,
    /// Steps that failed.
    pub failed: u64,
    /// What its steps cost.
    pub cost: f64,
    /// Time it spent paused or lost, up to `paused_since`.
    pub paused: Span,
    /// Since when it is paused or lost.
    pub paused_since: Option<Timestamp>,
    /// Since when it works without a break: it was started, resumed or taken over then.
    pub active_since: Timestamp,
    /// When the last step came.
    pub last_step_at: Option<Timestamp>,
    /// Its last steps, for alerts.
    pub recent: Vec<Recent>,
    /// Alerts, at most one of a kind.
    pub alerts: Vec<Alert>,
    /// What it said when it ended.
    pub summary: Option<String>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// When it changed last.
    pub updated_at: Timestamp,
}

impl RunState {
    /// Time it worked until `now` (or until it ended).
    pub fn time_used(&self, core: &RunCore, now: Timestamp) -> Span {
        let until = self.ended_at.unwrap_or(now);
        let idle = self.paused_since.map_or(Span::ZERO, |since| until - since);
        Span(((until - core.created_at).0 - self.paused.0 - idle.0).max(0))
    }

    /// Whether it opens gates, as far as the state says; the lease is looked at besides.
    pub fn opens_gates(&self) -> bool {
        self.status == RunStatus::Running && self.obeyed == self.epoch
    }
}

/// Kinds of controls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ControlKind {
    /// Wait.
    Pause,
    /// Go on.
    Resume,
    /// End, now.
    Stop,
    /// Work to another goal or other constraints.
    Redirect,
    /// Take this as the result of that step.
    Override,
    /// Another process took the run over; the old one ends.
    Recover,
}

impl ControlKind {
    /// The kind as it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Stop => "stop",
            Self::Redirect => "redirect",
            Self::Override => "override",
            Self::Recover => "recover",
        }
    }
}

/// An order, as somebody gives it.
#[derive(Debug, Clone, PartialEq)]
pub struct NewControl {
    /// Its kind.
    pub kind: ControlKind,
    /// Why.
    pub reason: String,
    /// For a redirection: the new goal; the old one where absent.
    pub goal: Option<String>,
    /// For a redirection: the new constraints; the old ones where absent.
    pub constraints: Option<Vec<String>>,
    /// For an override: the number of the step.
    pub step: Option<u64>,
    /// For an override: what counts as its result.
    pub result: Option<Value>,
    /// For resume and redirect: what it may use from now on.
    pub budget: Option<Budget>,
}

impl NewControl {
    /// An order with nothing but a reason.
    pub fn plain(kind: ControlKind, reason: impl Into<String>) -> Self {
        Self {
            kind,
            reason: reason.into(),
            goal: None,
            constraints: None,
            step: None,
            result: None,
            budget: None,
        }
    }
}

/// An order as it was recorded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Control {
    /// Its number: the epoch it began.
    pub epoch: u64,
    /// Its kind.
    pub kind: ControlKind,
    /// Why.
    pub reason: String,
    /// For a redirection: the instruction in force from then on.
    pub instruction: Option<Instruction>,
    /// For a redirection: the instruction that it replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced: Option<Instruction>,
    /// For an override: the number of the step.
    pub step: Option<u64>,
    /// For an override: what counts as its result.
    pub result: Option<Value>,
    /// What the run may use from then on, where that changed.
    pub budget: Option<Budget>,
    /// Who: a member's or key's id, or `machine`.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// When the agent said that it obeyed.
    pub acknowledged_at: Option<Timestamp>,
}

/// Kinds of steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    /// What it means to do.
    Plan,
    /// A call of a tool.
    ToolCall,
    /// What came back.
    Observation,
    /// What it hands out.
    Output,
}

impl StepKind {
    /// The kind as it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::ToolCall => "tool_call",
            Self::Observation => "observation",
            Self::Output => "output",
        }
    }
}

/// A step as the agent reports it.
#[derive(Debug, Clone, PartialEq)]
pub struct NewStep {
    /// Its kind.
    pub kind: StepKind,
    /// The tool, or a short title.
    pub name: String,
    /// What went in.
    pub input: Value,
    /// What came out.
    pub output: Value,
    /// Whether it failed.
    pub failed: bool,
    /// What it cost; never negative.
    pub cost: f64,
    /// How long it took, in milliseconds.
    pub elapsed_ms: Option<u64>,
    /// Equal for calls of the same tool with the same canonical arguments; empty for other kinds.
    pub digest: String,
}

/// A step as it was recorded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Its number within the run, from 1.
    pub n: u64,
    /// Its kind.
    pub kind: StepKind,
    /// The tool, or a short title.
    pub name: String,
    /// What went in.
    pub input: Value,
    /// What came out.
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
    pub at: Timestamp,
}

/// What can be asked of a run that exists.
#[derive(Debug, Clone, PartialEq)]
pub enum RunCommand {
    /// A sign of life, with the epoch that was obeyed.
    CheckIn {
        /// The epoch that the agent has obeyed.
        epoch: u64,
    },
    /// A step was done.
    Step {
        /// The epoch that the agent has obeyed.
        epoch: u64,
        /// The step.
        step: Box<NewStep>,
    },
    /// An order.
    Control {
        /// The order.
        new: Box<NewControl>,
        /// Who gives it.
        by: String,
    },
    /// Another process takes the run over.
    Attach {
        /// Who.
        by: String,
    },
    /// It ended by itself.
    Finish {
        /// The epoch that the agent has obeyed.
        epoch: u64,
        /// With an error.
        failed: bool,
        /// What it says about it.
        summary: Option<String>,
    },
    /// Its lease ran out.
    Lose,
    /// Somebody looked at an alert.
    ClearAlert {
        /// Which.
        kind: AlertKind,
        /// Why it is over.
        reason: String,
        /// Who.
        by: String,
    },
}

/// What the shell knows when it runs a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunContext {
    /// The time.
    pub now: Timestamp,
    /// Grants that gates of the run have given so far.
    pub granted: u64,
}

/// What happened to a run, in the words of the ledger: no free text.
#[derive(Debug, Clone, PartialEq)]
pub struct RunEvent {
    /// The kind, as in `run.stopped`.
    pub kind: &'static str,
    /// Details that are safe to keep forever.
    pub data: Value,
}

/// The next state, and what is written with it.
#[derive(Debug, Clone, PartialEq)]
pub struct RunOutcome {
    /// The next state.
    pub state: RunState,
    /// What happened; empty when nothing changed.
    pub events: Vec<RunEvent>,
    /// New controls, in order.
    pub controls: Vec<Control>,
    /// A step that was accepted.
    pub step: Option<Step>,
    /// Controls after the first of these numbers, up to the second, were acknowledged now.
    pub acknowledged: Option<(u64, u64)>,
}
