//! Alerts of a run, and what happens when its budget is spent.

use serde::{Deserialize, Serialize};

use super::{RunCore, RunState, RunStatus, Step};
use crate::time::{Span, Timestamp};

/// Steps that alerts look back on.
pub const WINDOW: usize = 20;
/// The same call so often in the window is a loop.
pub const REPEATS: usize = 5;
/// Fewest steps in the window before the share of failed ones says anything.
pub const FEWEST: usize = 10;
/// The share of failed steps that raises an alert.
pub const ERROR_SHARE: f64 = 0.5;
/// The share of a budget that raises a warning.
pub const NEAR: f64 = 0.8;

/// A step as alerts remember it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recent {
    /// Digest of tool and canonical arguments; empty for what is no call.
    pub digest: String,
    /// Whether it failed.
    pub failed: bool,
}

/// What may be wrong with a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertKind {
    /// It checks in, but no step comes.
    Stuck,
    /// It makes the same call again and again.
    Looping,
    /// Its budget is nearly spent.
    BudgetNear,
    /// Its budget is spent.
    BudgetSpent,
    /// Many of its steps fail.
    Errors,
    /// Its lease ran out.
    Lost,
}

impl AlertKind {
    /// Every kind.
    pub const ALL: [Self; 6] =
        [Self::Stuck, Self::Looping, Self::Errors, Self::BudgetNear, Self::BudgetSpent, Self::Lost];

    /// The kind as it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stuck => "stuck",
            Self::Looping => "looping",
            Self::BudgetNear => "budget_near",
            Self::BudgetSpent => "budget_spent",
            Self::Errors => "errors",
            Self::Lost => "lost",
        }
    }

    fn of_budget(self) -> bool {
        matches!(self, Self::BudgetNear | Self::BudgetSpent)
    }
}

impl std::str::FromStr for AlertKind {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or_else(|| {
            let known = Self::ALL.map(Self::as_str).join(", ");
            format!("`{text}` is no alert; alerts are {known}")
        })
    }
}

/// An alert. Only a person clears it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// What may be wrong.
    pub kind: AlertKind,
    /// When it was raised.
    pub at: Timestamp,
    /// What was seen, in a sentence without content of the run.
    pub detail: String,
    /// By whom it was cleared.
    pub cleared: Option<Cleared>,
}

/// How an alert was cleared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cleared {
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}

/// Remembers a step.
pub(super) fn remember(state: &mut RunState, step: &Step, digest: String) {
    if state.recent.len() == WINDOW {
        state.recent.remove(0);
    }
    state.recent.push(Recent { digest, failed: step.failed });
}

/// Forgets what an alert was about, so that it is raised again only by what comes.
pub(super) fn forget(state: &mut RunState, kind: AlertKind) {
    match kind {
        AlertKind::Looping => state.recent.iter_mut().for_each(|step| step.digest.clear()),
        AlertKind::Errors => state.recent.iter_mut().for_each(|step| step.failed = false),
        _ => {}
    }
}

/// A new budget begins without warnings.
pub(super) fn new_budget(state: &mut RunState) {
    state.alerts.retain(|alert| !alert.kind.of_budget());
}

/// Raises an alert unless it stands; true when it is new.
pub(super) fn raise(state: &mut RunState, kind: AlertKind, detail: String, now: Timestamp) -> bool {
    if let Some(known) = state.alerts.iter().find(|alert| alert.kind == kind) {
        // A warning about a budget that somebody has seen is not repeated for the same budget.
        if known.cleared.is_none() || kind.of_budget() {
            return false;
        }
    }
    state.alerts.retain(|alert| alert.kind != kind);
    state.alerts.push(Alert { kind, at: now, detail, cleared: None });
    true
}

/// What stands out in a running run: kinds of alerts, each with a sentence.
pub(super) fn findings(
    core: &RunCore,
    state: &RunState,
    now: Timestamp,
) -> Vec<(AlertKind, String)> {
    let mut found = Vec::new();
    if state.status != RunStatus::Running {
        return found;
    }
    let seen = state.alerts.iter().find(|alert| alert.kind == AlertKind::Stuck);
    let cleared = seen.and_then(|alert| alert.cleared.as_ref()).map(|cleared| cleared.at);
    // Time paused is not time stuck: waiting began again when it went on.
    let since = [state.last_step_at, cleared, Some(state.active_since)].into_iter().flatten().max();
    let quiet = since.map_or(Span::ZERO, |since| now - since);
    if quiet > core.stuck_after {
        let detail = format!("no step for {:.0} s while it checks in", quiet.as_seconds());
        found.push((AlertKind::Stuck, detail));
    }
    if let Some(last) = state.recent.last().filter(|last| !last.digest.is_empty()) {
        let same = state.recent.iter().filter(|step| step.digest == last.digest).count();
        if same >= REPEATS {
            let of = state.recent.len();
            let detail =
                format!("the same call with the same arguments {same} times in {of} steps");
            found.push((AlertKind::Looping, detail));
        }
    }
    let (failed, all) =
        (state.recent.iter().filter(|step| step.failed).count(), state.recent.len());
    if all >= FEWEST && failed as f64 >= ERROR_SHARE * all as f64 {
        found.push((AlertKind::Errors, format!("{failed} of the last {all} steps failed")));
    }
    let used = share_used(core, state, now);
    if used >= 1.0 {
        found.push((AlertKind::BudgetSpent, "the budget is spent".to_owned()));
    } else if used >= NEAR {
        let detail = format!("{:.0} % of the budget is spent", used * 100.0);
        found.push((AlertKind::BudgetNear, detail));
    }
    found
}

/// The largest share of any part of the budget that is used; 0 without a budget.
pub fn share_used(core: &RunCore, state: &RunState, now: Timestamp) -> f64 {
    let budget = &state.budget;
    let share = |used: f64, limit: f64| if limit > 0.0 { used / limit } else { 1.0 };
    let parts = [
        budget.steps.map(|limit| share(state.steps as f64, limit as f64)),
        budget.cost.map(|limit| share(state.cost, limit)),
        budget.time.map(|limit| share(state.time_used(core, now).as_seconds(), limit.as_seconds())),
    ];
    parts.into_iter().flatten().fold(0.0, f64::max)
}
