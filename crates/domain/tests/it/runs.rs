//! Laws of a run over random histories, and the stories people count on.

use proptest::prelude::*;
use serde_json::Value;
use tandem_domain::refusal::Code;
use tandem_domain::run::machine::{decide, start};
use tandem_domain::run::{
    AlertKind, Budget, Control, ControlKind, NewControl, NewStep, RunCommand, RunContext, RunCore,
    RunOutcome, RunState, RunStatus, StepKind, WhenSpent,
};
use tandem_domain::{LoopId, RunId, Span, Timestamp};

const SECOND: i64 = 1_000_000;

fn core() -> RunCore {
    RunCore {
        id: RunId::from_bytes([1; 16]),
        space: "default".to_owned(),
        loop_id: LoopId::from_bytes([2; 16]),
        key: None,
        lease: Span::seconds(30),
        stuck_after: Span::seconds(300),
        started_by: "key_x".to_owned(),
        started_by_person: None,
        salt: String::new(),
        created_at: Timestamp(0),
    }
}

fn begin(budget: Budget) -> RunState {
    start(&core(), "tidy up".to_owned(), vec!["no refunds".to_owned()], budget).state
}

fn step(digest: &str, failed: bool, cost: f64) -> NewStep {
    NewStep {
        kind: StepKind::ToolCall,
        name: "search".to_owned(),
        input: Value::Null,
        output: Value::Null,
        failed,
        cost,
        elapsed_ms: None,
        digest: digest.to_owned(),
    }
}

fn order(kind: ControlKind) -> RunCommand {
    let mut new = NewControl::plain(kind, "because");
    if kind == ControlKind::Redirect {
        new.goal = Some("another goal".to_owned());
    }
    if kind == ControlKind::Override {
        new.step = Some(1);
        new.result = Some(Value::Bool(true));
    }
    RunCommand::Control { new: Box::new(new), by: "mem_x".to_owned() }
}

fn run(state: RunState, command: RunCommand, now: i64) -> Result<RunOutcome, Code> {
    let ctx = RunContext { now: Timestamp(now), granted: 0 };
    decide(&core(), state, command, ctx).map_err(|refusal| refusal.code)
}

#[derive(Debug, Clone)]
enum Act {
    CheckIn(u64),
    Step(u64, u8, bool, f64),
    Order(usize),
    Attach,
    Finish(u64, bool),
    Lose,
    Clear,
}

const ORDERS: [ControlKind; 5] = [
    ControlKind::Pause,
    ControlKind::Resume,
    ControlKind::Stop,
    ControlKind::Redirect,
    ControlKind::Override,
];

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => (0_u64..6).prop_map(Act::CheckIn),
        6 => (0_u64..6, 0_u8..3, any::<bool>(), 0.0..2.0).prop_map(|(e, d, f, c)| Act::Step(e, d, f, c)),
        5 => (0_usize..5).prop_map(Act::Order),
        1 => Just(Act::Attach),
        1 => (0_u64..6, any::<bool>()).prop_map(|(e, f)| Act::Finish(e, f)),
        1 => Just(Act::Lose),
        1 => Just(Act::Clear),
    ]
}

fn command(act: &Act, state: &RunState) -> RunCommand {
    // Epochs count back from the newest, so that most of them are possible.
    let epoch = |back: u64| (state.epoch + 1).saturating_sub(back);
    match act {
        Act::CheckIn(back) => RunCommand::CheckIn { epoch: epoch(*back) },
        Act::Step(back, digest, failed, cost) => RunCommand::Step {
            epoch: epoch(*back),
            step: Box::new(step(&digest.to_string(), *failed, *cost)),
        },
        Act::Order(which) => order(ORDERS[*which]),
        Act::Attach => RunCommand::Attach { by: "key_y".to_owned() },
        Act::Finish(back, failed) => {
            RunCommand::Finish { epoch: epoch(*back), failed: *failed, summary: None }
        }
        Act::Lose => RunCommand::Lose,
        Act::Clear => RunCommand::ClearAlert {
            kind: AlertKind::Looping,
            reason: "seen".to_owned(),
            by: "mem_x".to_owned(),
        },
    }
}

/// What must hold of every accepted command.
fn check(before: &RunState, out: &RunOutcome, controls: &[Control]) -> Result<(), TestCaseError> {
    let after = &out.state;
    prop_assert!(after.epoch >= before.epoch && after.obeyed >= before.obeyed);
    prop_assert!(after.obeyed <= after.epoch);
    prop_assert_eq!(after.epoch, controls.len() as u64, "each control is one epoch");
    prop_assert_eq!(after.epoch, before.epoch + out.controls.len() as u64);
    for (at, control) in controls.iter().enumerate() {
        prop_assert_eq!(control.epoch, at as u64 + 1);
    }
    if before.status.is_final() {
        prop_assert_eq!(after.status, before.status, "nothing comes back");
        prop_assert!(out.step.is_none() && out.controls.is_empty());
    }
    if before.status == RunStatus::Stopping {
        prop_assert!(matches!(after.status, RunStatus::Stopping | RunStatus::Stopped));
    }
    if let Some(stop) = before.stop_epoch.filter(|stop| before.obeyed >= *stop) {
        prop_assert!(out.step.is_none(), "a step after the stop at {stop} was acknowledged");
    }
    if out.step.is_some() {
        prop_assert_eq!(after.steps, before.steps + 1);
    } else {
        prop_assert_eq!(after.steps, before.steps);
    }
    if after.opens_gates() {
        prop_assert!(after.status == RunStatus::Running && after.obeyed == after.epoch);
    }
    let changed = !out.events.is_empty();
    prop_assert_eq!(after.revision, before.revision + u64::from(changed));
    prop_assert!(changed || after == before, "what changed has an event");
    let kinds: std::collections::HashSet<_> = after.alerts.iter().map(|alert| alert.kind).collect();
    prop_assert_eq!(kinds.len(), after.alerts.len());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn laws_hold_over_any_history(
        acts in prop::collection::vec((act(), 0_i64..400), 1..60),
        limit in prop::option::of(1_u64..20),
        stop: bool,
    ) {
        let then = if stop { WhenSpent::Stop } else { WhenSpent::Pause };
        let mut state = begin(Budget { steps: limit, then, ..Budget::default() });
        let (mut controls, mut now) = (Vec::new(), 0);
        for (act, later) in acts {
            now += later * SECOND;
            if let Ok(out) = run(state.clone(), command(&act, &state), now) {
                controls.extend(out.controls.iter().cloned());
                check(&state, &out, &controls)?;
                state = out.state;
            }
        }
        // Whatever happened, a run that is not over can be stopped, and obeying ends it.
        if !state.status.is_final() && state.status != RunStatus::Stopping {
            state = run(state, order(ControlKind::Stop), now).unwrap().state;
        }
        if state.status == RunStatus::Stopping {
            let epoch = state.epoch;
            state = run(state, RunCommand::CheckIn { epoch }, now).unwrap().state;
        }
        prop_assert!(state.status.is_final());
        prop_assert!(!state.opens_gates());
    }

    #[test]
    fn states_survive_storage(steps in 1_usize..30) {
        let mut state = begin(Budget { cost: Some(3.0), ..Budget::default() });
        for n in 0..steps {
            let command = RunCommand::Step { epoch: state.obeyed, step: Box::new(step("x", n % 2 == 0, 0.5)) };
            if let Ok(out) = run(state.clone(), command, n as i64 * SECOND) {
                state = out.state;
            }
        }
        let text = serde_json::to_string(&state).unwrap();
        prop_assert_eq!(serde_json::from_str::<RunState>(&text).unwrap(), state);
    }
}

#[test]
fn a_pause_is_obeyed_and_taken_back() {
    let state = run(begin(Budget::default()), order(ControlKind::Pause), SECOND).unwrap().state;
    assert_eq!((state.status, state.epoch, state.opens_gates()), (RunStatus::Pausing, 1, false));
    // What it was doing is still recorded; a message of the old epoch is no acknowledgement.
    let late = RunCommand::Step { epoch: 0, step: Box::new(step("", false, 0.0)) };
    let state = run(state, late, 2 * SECOND).unwrap().state;
    assert_eq!((state.status, state.steps), (RunStatus::Pausing, 1));
    let state = run(state, RunCommand::CheckIn { epoch: 1 }, 3 * SECOND).unwrap().state;
    assert_eq!(state.status, RunStatus::Paused);
    let step = RunCommand::Step { epoch: 1, step: Box::new(step("", false, 0.0)) };
    assert_eq!(run(state.clone(), step, 3 * SECOND), Err(Code::InvalidTransition));
    let state = run(state, order(ControlKind::Resume), 103 * SECOND).unwrap().state;
    assert!(!state.opens_gates(), "gates stay shut until it says that it knows");
    let state = run(state, RunCommand::CheckIn { epoch: 2 }, 103 * SECOND).unwrap().state;
    assert!(state.opens_gates());
    assert_eq!(state.time_used(&core(), Timestamp(103 * SECOND)), Span::seconds(3));
}

#[test]
fn a_stop_names_its_proof() {
    let ctx = RunContext { now: Timestamp(SECOND), granted: 3 };
    let out = decide(&core(), begin(Budget::default()), order(ControlKind::Stop), ctx).unwrap();
    assert_eq!(out.events[0].data["granted"], 3);
    let out = decide(&core(), out.state, RunCommand::CheckIn { epoch: 1 }, ctx).unwrap();
    let stopped = &out.events[1];
    assert_eq!(stopped.kind, "run.stopped");
    assert_eq!((&stopped.data["granted"], &stopped.data["epoch"]), (&3.into(), &1.into()));
    assert_eq!(stopped.data["acknowledged"], true);
}

#[test]
fn a_lost_run_is_taken_over_where_it_stood() {
    let state = run(begin(Budget::default()), order(ControlKind::Pause), SECOND).unwrap().state;
    let state = run(state, RunCommand::Lose, 40 * SECOND).unwrap().state;
    assert_eq!(state.status, RunStatus::Lost);
    assert_eq!(state.alerts[0].kind, AlertKind::Lost);
    let state = run(state, RunCommand::Attach { by: "key_y".to_owned() }, 90 * SECOND).unwrap();
    assert_eq!((state.state.status, state.state.epoch), (RunStatus::Pausing, 2));
    // The process that was lost has obeyed neither order: it opens no gate.
    assert!(!state.state.opens_gates());
    let state = run(state.state, RunCommand::CheckIn { epoch: 2 }, 91 * SECOND).unwrap().state;
    assert_eq!(state.status, RunStatus::Paused);
}

#[test]
fn a_spent_budget_pauses_once_and_more_of_it_resumes() {
    let budget = Budget { steps: Some(5), ..Budget::default() };
    let mut state = begin(budget);
    for n in 0..5 {
        let command = RunCommand::Step { epoch: 0, step: Box::new(step("", false, 1.0)) };
        state = run(state, command, n * SECOND).unwrap().state;
        let near = state.alerts.iter().any(|alert| alert.kind == AlertKind::BudgetNear);
        assert_eq!(near, n >= 3, "after step {}", n + 1);
    }
    assert_eq!((state.status, state.epoch), (RunStatus::Pausing, 1));
    assert_eq!(
        run(state.clone(), order(ControlKind::Resume), 9 * SECOND),
        Err(Code::InvalidTransition)
    );
    let mut more = NewControl::plain(ControlKind::Resume, "worth it");
    more.budget = Some(Budget { steps: Some(50), ..Budget::default() });
    let more = RunCommand::Control { new: Box::new(more), by: "mem_x".to_owned() };
    let state = run(state, more, 9 * SECOND).unwrap().state;
    assert_eq!((state.status, state.epoch, state.alerts.len()), (RunStatus::Running, 2, 0));
}

#[test]
fn alerts_are_raised_by_what_they_say_and_cleared_by_people() {
    let mut state = begin(Budget::default());
    for n in 0..5_i64 {
        let command = RunCommand::Step { epoch: 0, step: Box::new(step("same", false, 0.0)) };
        state = run(state, command, n * SECOND).unwrap().state;
        let looping = state.alerts.iter().any(|alert| alert.kind == AlertKind::Looping);
        assert_eq!(looping, n == 4);
    }
    let clear = |kind| RunCommand::ClearAlert { kind, reason: "seen".into(), by: "m".into() };
    state = run(state, clear(AlertKind::Looping), 6 * SECOND).unwrap().state;
    assert_eq!(run(state.clone(), clear(AlertKind::Looping), 6 * SECOND), Err(Code::NotFound));
    for n in 0..10_i64 {
        let command =
            RunCommand::Step { epoch: 0, step: Box::new(step(&n.to_string(), true, 0.0)) };
        state = run(state, command, (7 + n) * SECOND).unwrap().state;
    }
    assert!(state.alerts.iter().any(|alert| alert.kind == AlertKind::Errors));
    state = run(state, RunCommand::CheckIn { epoch: 0 }, 317 * SECOND).unwrap().state;
    assert!(state.alerts.iter().any(|alert| alert.kind == AlertKind::Stuck));
}
