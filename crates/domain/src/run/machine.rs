//! Transitions of a run.

use serde_json::{Value, json};

use super::watch::{self, AlertKind, Cleared};
use super::{
    Budget, Control, ControlKind, Instruction, NewControl, NewStep, RunCommand, RunContext,
    RunCore, RunEvent, RunOutcome, RunState, RunStatus, Step, WhenSpent,
};
use crate::refusal::{Code, Refusal};
use crate::time::{Span, Timestamp};

/// The first state of a run.
pub fn start(core: &RunCore, goal: String, constraints: Vec<String>, budget: Budget) -> RunOutcome {
    let now = core.created_at;
    let state = RunState {
        revision: 1,
        status: RunStatus::Running,
        epoch: 0,
        obeyed: 0,
        pause_epoch: None,
        stop_epoch: None,
        before_lost: None,
        instruction: Instruction { version: 1, goal, constraints, epoch: 0 },
        budget,
        steps: 0,
        failed: 0,
        cost: 0.0,
        paused: Span::ZERO,
        paused_since: None,
        active_since: now,
        last_step_at: None,
        recent: Vec::new(),
        alerts: Vec::new(),
        summary: None,
        ended_at: None,
        updated_at: now,
    };
    let mut data = json!({"lease": core.lease, "then": budget.then});
    for (name, limit) in [
        ("steps", budget.steps.map(Value::from)),
        ("cost", budget.cost.map(Value::from)),
        ("time", budget.time.map(|time| json!(time))),
    ] {
        if let Some(limit) = limit {
            data[name] = limit;
        }
    }
    let events = vec![RunEvent { kind: "run.started", data }];
    RunOutcome { state, events, controls: Vec::new(), step: None, acknowledged: None }
}

/// The next state of a run.
///
/// # Errors
/// A refusal: nothing changed.
pub fn decide(
    core: &RunCore,
    state: RunState,
    command: RunCommand,
    ctx: RunContext,
) -> Result<RunOutcome, Refusal> {
    let mut turn = Turn {
        core,
        ctx,
        outcome: RunOutcome {
            state,
            events: Vec::new(),
            controls: Vec::new(),
            step: None,
            acknowledged: None,
        },
    };
    match command {
        RunCommand::CheckIn { epoch } => {
            turn.acknowledge(epoch)?;
            turn.watch();
        }
        RunCommand::Step { epoch, step } => turn.step(epoch, *step)?,
        RunCommand::Control { new, by } => turn.control(*new, by)?,
        RunCommand::Attach { by } => turn.attach(by)?,
        RunCommand::Finish { epoch, failed, summary } => turn.finish(epoch, failed, summary)?,
        RunCommand::Lose => turn.lose(),
        RunCommand::ClearAlert { kind, reason, by } => turn.clear(kind, reason, by)?,
    }
    let mut outcome = turn.outcome;
    if !outcome.events.is_empty() {
        outcome.state.revision += 1;
        outcome.state.updated_at = ctx.now;
    }
    Ok(outcome)
}

struct Turn<'a> {
    core: &'a RunCore,
    ctx: RunContext,
    outcome: RunOutcome,
}

impl Turn<'_> {
    fn state(&mut self) -> &mut RunState {
        &mut self.outcome.state
    }

    fn event(&mut self, kind: &'static str, data: Value) {
        self.outcome.events.push(RunEvent { kind, data });
    }

    /// The agent says up to which control it has obeyed.
    fn acknowledge(&mut self, epoch: u64) -> Result<(), Refusal> {
        let (known, obeyed) = (self.state().epoch, self.state().obeyed);
        if epoch > known {
            let message = format!("this run is at epoch {known}: none of {epoch} was given");
            return Err(Refusal::at(Code::InvalidInput, "/epoch", message));
        }
        if epoch <= obeyed {
            return Ok(());
        }
        self.state().obeyed = epoch;
        self.outcome.acknowledged = Some((obeyed, epoch));
        self.event("run.acknowledged", json!({"epoch": epoch, "from": obeyed}));
        let reached = |order: Option<u64>| order.is_some_and(|order| epoch >= order);
        let (pause, stop) = (self.state().pause_epoch, self.state().stop_epoch);
        match self.state().status {
            RunStatus::Pausing if reached(pause) => self.paused(),
            RunStatus::Stopping if reached(stop) => self.stopped(true),
            _ => {}
        }
        Ok(())
    }

    fn paused(&mut self) {
        let now = self.ctx.now;
        self.state().status = RunStatus::Paused;
        self.state().paused_since.get_or_insert(now);
        self.event("run.paused", json!({}));
    }

    fn stopped(&mut self, acknowledged: bool) {
        self.state().status = RunStatus::Stopped;
        let data = json!({
            "acknowledged": acknowledged,
            "granted": self.ctx.granted,
            "last_step": self.state().steps,
            "epoch": self.state().stop_epoch,
        });
        self.end("run.stopped", data);
    }

    fn end(&mut self, kind: &'static str, data: Value) {
        let now = self.ctx.now;
        self.state().ended_at = Some(now);
        self.event(kind, data);
    }

    fn step(&mut self, epoch: u64, new: NewStep) -> Result<(), Refusal> {
        let reports = matches!(
            self.state().status,
            RunStatus::Running | RunStatus::Pausing | RunStatus::Stopping
        );
        if !reports {
            return Err(self.not_running("takes no steps"));
        }
        self.acknowledge(epoch)?;
        if matches!(self.state().status, RunStatus::Paused | RunStatus::Stopped) {
            // The same message that obeys cannot report what was done against the order.
            return Err(self.not_running("takes no steps"));
        }
        if !new.cost.is_finite() || new.cost < 0.0 {
            let message = "a cost is a number of at least 0";
            return Err(Refusal::at(Code::InvalidInput, "/cost", message));
        }
        let now = self.ctx.now;
        let state = self.state();
        let n = state.steps + 1;
        state.steps = n;
        state.failed += u64::from(new.failed);
        state.cost += new.cost;
        state.last_step_at = Some(now);
        let step = Step {
            n,
            kind: new.kind,
            name: new.name,
            input: new.input,
            output: new.output,
            failed: new.failed,
            cost: new.cost,
            elapsed_ms: new.elapsed_ms,
            epoch,
            at: now,
        };
        watch::remember(state, &step, new.digest);
        let data = json!({"n": n, "kind": step.kind, "failed": step.failed, "cost": step.cost});
        self.event("run.step", data);
        self.outcome.step = Some(step);
        self.watch();
        Ok(())
    }

    /// Raises alerts, and acts when the budget is spent.
    fn watch(&mut self) {
        let now = self.ctx.now;
        let found = watch::findings(self.core, &self.outcome.state, now);
        for (kind, detail) in found {
            if watch::raise(&mut self.outcome.state, kind, detail, now) {
                self.event("run.alert", json!({"alert": kind}));
                if kind == AlertKind::BudgetSpent {
                    self.spent();
                }
            }
        }
    }

    fn spent(&mut self) {
        let kind = match self.state().budget.then {
            WhenSpent::Pause => ControlKind::Pause,
            WhenSpent::Stop => ControlKind::Stop,
        };
        self.order(NewControl::plain(kind, "the budget is spent"), None, "machine".to_owned());
        match kind {
            ControlKind::Stop => self.stopping(),
            _ => self.pausing(),
        }
    }

    fn control(&mut self, new: NewControl, by: String) -> Result<(), Refusal> {
        let status = self.state().status;
        if status.is_final() || status == RunStatus::Stopping {
            return Err(self.not_running("takes no orders"));
        }
        match new.kind {
            ControlKind::Pause => self.pause(new, by),
            ControlKind::Resume => self.resume(new, by),
            ControlKind::Stop => {
                self.order(new, None, by);
                self.stopping();
                // Nobody is there to say that it stopped; its gates are shut all the same.
                if status == RunStatus::Lost {
                    self.stopped(false);
                }
                Ok(())
            }
            ControlKind::Redirect => self.redirect(new, by),
            ControlKind::Override => self.overrule(new, by),
            ControlKind::Recover => Err(Refusal::at(
                Code::InvalidInput,
                "/kind",
                "a run is taken over by starting it again with its key",
            )),
        }
    }

    fn stopping(&mut self) {
        let state = self.state();
        state.status = RunStatus::Stopping;
        state.stop_epoch = Some(state.epoch);
    }

    fn pause(&mut self, new: NewControl, by: String) -> Result<(), Refusal> {
        if self.state().status != RunStatus::Running {
            return Err(self.not_running("cannot be paused"));
        }
        self.order(new, None, by);
        self.pausing();
        Ok(())
    }

    fn pausing(&mut self) {
        let state = self.state();
        state.status = RunStatus::Pausing;
        state.pause_epoch = Some(state.epoch);
    }

    fn resume(&mut self, new: NewControl, by: String) -> Result<(), Refusal> {
        if !matches!(self.state().status, RunStatus::Pausing | RunStatus::Paused) {
            return Err(self.not_running("cannot be resumed"));
        }
        self.take_budget(new.budget);
        let now = self.ctx.now;
        if watch::share_used(self.core, &self.outcome.state, now) >= 1.0 {
            let message = "its budget is spent: resume it with a larger `budget`";
            return Err(Refusal::at(Code::InvalidTransition, "/budget", message));
        }
        self.order(new, None, by);
        let state = self.state();
        state.status = RunStatus::Running;
        state.pause_epoch = None;
        self.goes_on(now);
        Ok(())
    }

    /// Time counts again.
    fn goes_on(&mut self, now: Timestamp) {
        let state = self.state();
        state.active_since = now;
        if let Some(since) = state.paused_since.take() {
            state.paused = Span(state.paused.0.saturating_add((now - since).0));
        }
    }

    fn redirect(&mut self, new: NewControl, by: String) -> Result<(), Refusal> {
        if new.goal.is_none() && new.constraints.is_none() && new.budget.is_none() {
            let message = "give a `goal`, `constraints` or a `budget`";
            return Err(Refusal::at(Code::InvalidInput, "/goal", message));
        }
        self.take_budget(new.budget);
        let state = self.state();
        let old = state.instruction.clone();
        let before = old.clone();
        let changed = new.goal.is_some() || new.constraints.is_some();
        state.instruction = Instruction {
            version: old.version + u32::from(changed),
            goal: new.goal.clone().unwrap_or(old.goal),
            constraints: new.constraints.clone().unwrap_or(old.constraints),
            epoch: if changed { state.epoch + 1 } else { old.epoch },
        };
        let instruction = changed.then(|| (before, state.instruction.clone()));
        self.order(new, instruction, by);
        Ok(())
    }

    fn overrule(&mut self, new: NewControl, by: String) -> Result<(), Refusal> {
        let steps = self.state().steps;
        if !new.step.is_some_and(|step| (1..=steps).contains(&step)) {
            let message = format!("name a step that was done: 1 to {steps}");
            return Err(Refusal::at(Code::InvalidInput, "/step", message));
        }
        if new.result.is_none() {
            let message = "say what counts as the result of the step";
            return Err(Refusal::at(Code::InvalidInput, "/result", message));
        }
        self.order(new, None, by);
        Ok(())
    }

    fn take_budget(&mut self, budget: Option<Budget>) {
        if let Some(budget) = budget {
            self.state().budget = budget;
            watch::new_budget(&mut self.outcome.state);
        }
    }

    /// Records an order and raises the epoch. `instruction`: the old one and the new.
    fn order(
        &mut self,
        new: NewControl,
        instruction: Option<(Instruction, Instruction)>,
        by: String,
    ) {
        let (now, granted) = (self.ctx.now, self.ctx.granted);
        let state = self.state();
        state.epoch += 1;
        let epoch = state.epoch;
        let mut data = json!({"epoch": epoch, "control": new.kind});
        match new.kind {
            // What had been granted when the order was given: `run.stopped` says the same number.
            ControlKind::Stop => data["granted"] = json!(granted),
            ControlKind::Override => data["step"] = json!(new.step),
            ControlKind::Redirect => data["version"] = json!(state.instruction.version),
            _ => {}
        }
        self.event("run.control", data);
        let (replaced, instruction) = instruction.unzip();
        self.outcome.controls.push(Control {
            epoch,
            kind: new.kind,
            reason: new.reason,
            instruction,
            replaced,
            step: new.step,
            result: new.result,
            budget: new.budget,
            by,
            at: now,
            acknowledged_at: None,
        });
    }

    fn attach(&mut self, by: String) -> Result<(), Refusal> {
        if self.state().status.is_final() {
            return Err(self.not_running("cannot be taken over"));
        }
        let now = self.ctx.now;
        if self.state().status == RunStatus::Lost {
            let state = self.state();
            state.status = state.before_lost.take().unwrap_or(RunStatus::Running);
            if state.status != RunStatus::Paused {
                self.goes_on(now);
            }
        }
        let new = NewControl::plain(ControlKind::Recover, "started again by its key");
        self.order(new, None, by);
        self.event("run.recovered", json!({"epoch": self.outcome.state.epoch}));
        Ok(())
    }

    fn finish(&mut self, epoch: u64, failed: bool, summary: Option<String>) -> Result<(), Refusal> {
        let status = self.state().status;
        if status.is_final() || status == RunStatus::Lost {
            return Err(self.not_running("cannot be finished"));
        }
        self.acknowledge(epoch)?;
        self.state().summary = summary;
        match self.state().status {
            RunStatus::Stopped => {}
            // What ended has stopped, whether or not it knew why.
            RunStatus::Stopping => self.stopped(false),
            _ => {
                let (status, kind) = if failed {
                    (RunStatus::Failed, "run.failed")
                } else {
                    (RunStatus::Finished, "run.finished")
                };
                self.state().status = status;
                let data = json!({"last_step": self.state().steps, "granted": self.ctx.granted});
                self.end(kind, data);
            }
        }
        Ok(())
    }

    fn lose(&mut self) {
        let (status, now) = (self.state().status, self.ctx.now);
        if status.is_final() || status == RunStatus::Lost {
            return;
        }
        let data = json!({"was": status, "last_step": self.state().steps});
        self.event("run.lost", data);
        self.alert_lost(now);
        if status == RunStatus::Stopping {
            self.stopped(false);
            return;
        }
        let state = self.state();
        state.before_lost = Some(status);
        state.status = RunStatus::Lost;
        state.paused_since.get_or_insert(now);
    }

    fn alert_lost(&mut self, now: Timestamp) {
        let detail = "its lease ran out: it did not check in".to_owned();
        if watch::raise(&mut self.outcome.state, AlertKind::Lost, detail, now) {
            self.event("run.alert", json!({"alert": AlertKind::Lost}));
        }
    }

    fn clear(&mut self, kind: AlertKind, reason: String, by: String) -> Result<(), Refusal> {
        let at: Timestamp = self.ctx.now;
        let state = self.state();
        let standing = |alert: &&mut super::Alert| alert.kind == kind && alert.cleared.is_none();
        let Some(alert) = state.alerts.iter_mut().find(standing) else {
            let message = format!("no alert `{}` stands", kind.as_str());
            return Err(Refusal::new(Code::NotFound, message));
        };
        alert.cleared = Some(Cleared { by, at, reason });
        watch::forget(state, kind);
        self.event("run.alert_cleared", json!({"alert": kind}));
        Ok(())
    }

    fn not_running(&self, what: &str) -> Refusal {
        let status = self.outcome.state.status.as_str();
        Refusal::new(Code::InvalidTransition, format!("the run is {status} and {what}"))
    }
}
