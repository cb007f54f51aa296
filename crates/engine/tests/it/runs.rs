//! Runs over real databases: orders, leases, gates, and their place in the ledger.

use std::time::Duration;

use serde_json::json;
use tandem_domain::RunId;
use tandem_domain::case::{Case, Status, Verdict};
use tandem_domain::run::{AlertKind, Budget, ControlKind, NewControl, RunStatus, StepKind};
use tandem_engine::runs::{Bulk, NewRun, ReportedStep, RunQuery, RunView};
use tandem_engine::{EngineError, IdemKey, Submission};
use tandem_ledger::note::SigningKey;

use crate::common::{Kind, SECOND, World, by_hand, code, machine, reviewer, says, ticket};
use crate::on_both;
use crate::proof::sealed;

on_both! {
    orders_shut_gates_until_they_are_obeyed,
    a_stop_ends_gates_and_names_its_proof,
    a_lost_run_opens_nothing_and_is_taken_over,
    rows_of_runs_verify,
    orders_race_grants,
    an_order_wakes_who_waits,
    all_are_stopped_at_once,
    leases_end_together,
    a_halt_is_told,
    the_fleet_is_counted_and_filtered,
}

async fn world(kind: Kind) -> World {
    let world = World::with(kind, |config| {
        let key = SigningKey::from_seed("tandem.example/log", &[7; 32]).unwrap();
        config.checkpoint_key = Some(key);
    })
    .await;
    world.put(&by_hand()).await;
    world
}

async fn begin(world: &World, key: Option<&str>) -> RunView {
    let new = NewRun {
        key: key.map(str::to_owned),
        goal: "tidy the inbox".to_owned(),
        constraints: vec!["no refunds".to_owned()],
        budget: Budget { steps: Some(100), ..Budget::default() },
        ..NewRun::default()
    };
    world.engine.start_run(&machine(), "tickets", new, None).await.unwrap().run
}

fn step(name: &str) -> ReportedStep {
    ReportedStep {
        kind: StepKind::ToolCall,
        name: name.to_owned(),
        input: json!({"q": "secret of step"}),
        output: json!([1, 2.5, null]),
        failed: false,
        cost: 0.25,
        elapsed_ms: Some(12),
    }
}

fn gate(run: RunId, epoch: Option<u64>) -> Submission {
    let case = ticket("where is my card", "card_arrival", Some(0.5));
    Submission { run: Some(run.to_string()), run_epoch: epoch, ..case }
}

async fn submit(world: &World, run: RunId, epoch: Option<u64>) -> Result<Case, EngineError> {
    let submitted = world.engine.submit(&machine(), "tickets", gate(run, epoch), None).await;
    submitted.map(|submitted| submitted.case)
}

async fn order(world: &World, run: RunId, kind: ControlKind) -> RunView {
    let new = NewControl::plain(kind, "because of Zoë");
    world.engine.control_run(&machine(), run, new, None).await.unwrap()
}

async fn beat(world: &World, run: RunId, epoch: u64) -> RunStatus {
    let beat = world.engine.heartbeat(&machine(), run, epoch, Duration::ZERO).await;
    beat.unwrap().state.status
}

/// A gate that people approved, ready to give its grant.
async fn approved(world: &World, run: RunId) -> (Case, String) {
    let case = submit(world, run, None).await.unwrap();
    let ada = reviewer(1);
    let claim = world.claim(&ada).await.unwrap();
    world.judge(&ada, &claim, says(Verdict::Approve, None)).await.unwrap();
    world.pass(SECOND).await;
    sealed(world).await;
    let case = world.get(case.core.id).await;
    let digest = case.state.live_decision().unwrap().digest.clone();
    (case, digest)
}

async fn consume(world: &World, case: &Case, digest: &str) -> Result<(), EngineError> {
    let (id, digest) = (case.core.id, digest.to_owned());
    let asker = machine();
    let grant = world.engine.consume(&asker, id, digest, "test".to_owned(), None);
    grant.await.map(|_| ())
}

async fn orders_shut_gates_until_they_are_obeyed(kind: Kind) {
    let world = world(kind).await;
    let run = begin(&world, None).await.core.id;
    let (case, digest) = approved(&world, run).await;
    order(&world, run, ControlKind::Pause).await;
    assert_eq!(code(submit(&world, run, Some(0)).await), "run_not_running");
    let refused = consume(&world, &case, &digest).await.unwrap_err();
    let EngineError::Run { run: standing, .. } = &refused else { panic!("{refused}") };
    assert_eq!((standing.status, standing.pending.len()), (RunStatus::Pausing, 1));
    assert_eq!(beat(&world, run, 1).await, RunStatus::Paused);
    let steps = world.engine.report_steps(&machine(), run, 1, vec![step("a")], None).await;
    assert_eq!(code(steps), "run_not_running");
    order(&world, run, ControlKind::Resume).await;
    assert_eq!(code(consume(&world, &case, &digest).await), "run_stale_epoch");
    assert_eq!(code(submit(&world, run, Some(1)).await), "run_stale_epoch");
    // Who says that it obeyed with the gate itself is believed.
    submit(&world, run, Some(2)).await.unwrap();
    assert_eq!(beat(&world, run, 2).await, RunStatus::Running);
    consume(&world, &case, &digest).await.unwrap();
    // A label is no run; an id that names none is a mistake.
    let label = Submission { run: Some("nightly".to_owned()), ..gate(run, None) };
    world.engine.submit(&machine(), "tickets", label, None).await.unwrap();
    assert_eq!(code(submit(&world, RunId::from_bytes([9; 16]), None).await), "invalid_input");
}

async fn a_stop_ends_gates_and_names_its_proof(kind: Kind) {
    let world = world(kind).await;
    let run = begin(&world, None).await.core.id;
    let (first, digest) = approved(&world, run).await;
    consume(&world, &first, &digest).await.unwrap();
    let (ready, digest) = approved(&world, run).await;
    let open = submit(&world, run, None).await.unwrap();
    world.engine.report_steps(&machine(), run, 0, vec![step("a"), step("b")], None).await.unwrap();
    let view = order(&world, run, ControlKind::Stop).await;
    assert_eq!(
        (view.state.status, view.pending.len(), view.open_gates),
        (RunStatus::Stopping, 1, 1)
    );
    assert_eq!(code(consume(&world, &ready, &digest).await), "run_not_running");
    world.pass(SECOND).await;
    assert_eq!(world.get(open.core.id).await.state.status, Status::Cancelled);
    assert_eq!(beat(&world, run, 1).await, RunStatus::Stopped);
    assert_eq!(code(consume(&world, &ready, &digest).await), "run_not_running");
    let asker = machine();
    let again = world.engine.control_run(
        &asker,
        run,
        NewControl::plain(ControlKind::Resume, "please"),
        None,
    );
    assert_eq!(code(again.await), "run_not_running");
    sealed(&world).await;
    let query = tandem_engine::ledger::EventQuery { run: Some(run), ..Default::default() };
    let (events, _) = world.engine.events(&machine(), query, 0, 500).await.unwrap();
    let of = |kind: &str| events.iter().filter(|event| event.kind == kind).collect::<Vec<_>>();
    let stopped = &of("run.stopped")[0].data;
    assert_eq!(
        (&stopped["granted"], &stopped["last_step"], &stopped["epoch"]),
        (&json!(1), &json!(2), &json!(1))
    );
    let told = of("run.control")[0];
    assert_eq!(told.data["granted"], 1);
    let consumed = of("decision.consumed");
    assert_eq!(consumed.len(), 1);
    assert!(consumed[0].index < told.index);
    // Free text is in the ledger only as a commitment.
    for event in &events {
        let data = event.data.to_string();
        assert!(
            !["Zoë", "secret of step", "tidy", "refunds"].iter().any(|word| data.contains(word))
        );
    }
}

async fn a_lost_run_opens_nothing_and_is_taken_over(kind: Kind) {
    let world = world(kind).await;
    let run = begin(&world, Some("nightly")).await.core.id;
    let (case, digest) = approved(&world, run).await;
    // The lease ran out, and nobody has noticed yet: time alone shuts the gate.
    world.advance(60 * SECOND);
    assert_eq!(code(consume(&world, &case, &digest).await), "run_lost");
    world.pass(0).await;
    assert_eq!(beat(&world, run, 0).await, RunStatus::Lost);
    let view = world.engine.run(&machine(), run).await.unwrap();
    assert_eq!(view.state.alerts.len(), 1);
    let again = begin(&world, Some("nightly")).await;
    assert_eq!(
        (again.core.id, again.state.status, again.state.epoch),
        (run, RunStatus::Running, 1)
    );
    assert_eq!(code(consume(&world, &case, &digest).await), "run_stale_epoch");
    beat(&world, run, 1).await;
    consume(&world, &case, &digest).await.unwrap();
    // A heartbeat keeps it.
    for _ in 0..5 {
        world.pass(20 * SECOND).await;
        assert_eq!(beat(&world, run, 1).await, RunStatus::Running);
    }
    let asker = machine();
    let done = world.engine.finish_run(&asker, run, 1, (false, Some("done".into())), None);
    assert_eq!(done.await.unwrap().state.status, RunStatus::Finished);
    world.pass(600 * SECOND).await;
    assert_eq!(beat(&world, run, 1).await, RunStatus::Finished);
}

async fn rows_of_runs_verify(kind: Kind) {
    let world = world(kind).await;
    let run = begin(&world, Some("k")).await.core.id;
    let steps: Vec<_> = (0..7).map(|_| step("same call")).collect();
    world.engine.report_steps(&machine(), run, 0, steps, None).await.unwrap();
    order(&world, run, ControlKind::Pause).await;
    let mut new = NewControl::plain(ControlKind::Override, "that is wrong");
    new.step = Some(3);
    new.result = Some(json!({"stock": 4}));
    world.engine.control_run(&machine(), run, new, None).await.unwrap();
    beat(&world, run, 2).await;
    order(&world, run, ControlKind::Resume).await;
    let mut new = NewControl::plain(ControlKind::Redirect, "the customer called");
    new.goal = Some("call back".to_owned());
    let view = world.engine.control_run(&machine(), run, new, None).await.unwrap();
    assert_eq!((view.state.instruction.version, view.state.instruction.epoch), (2, 4));
    // What was asked for first can still be read.
    let told = view.pending.last().unwrap();
    assert_eq!(told.replaced.as_ref().unwrap().goal, "tidy the inbox");
    world.pass(60 * SECOND).await;
    begin(&world, Some("k")).await;
    sealed(&world).await;
    world.engine.checkpoint_now().await.unwrap();
    let report = world.engine.verify_live(&machine()).await.unwrap();
    assert_eq!(report.problems, [], "{report:#?}");
    // A version of the loop, the run with its content, 7 steps, 5 controls.
    assert_eq!(report.rows, 1 + 2 + 7 + 5);
}

async fn orders_race_grants(kind: Kind) {
    let world = world(kind).await;
    for _ in 0..6 {
        let run = begin(&world, None).await.core.id;
        let (case, digest) = approved(&world, run).await;
        let stop = order(&world, run, ControlKind::Stop);
        let (_, granted) = tokio::join!(stop, consume(&world, &case, &digest));
        assert_eq!(beat(&world, run, 1).await, RunStatus::Stopped);
        sealed(&world).await;
        let query = tandem_engine::ledger::EventQuery { run: Some(run), ..Default::default() };
        let (events, _) = world.engine.events(&machine(), query, 0, 500).await.unwrap();
        let index = |kind: &str| events.iter().find(|event| event.kind == kind);
        let (told, stopped) = (index("run.control").unwrap(), index("run.stopped").unwrap());
        let consumed = index("decision.consumed");
        assert_eq!(granted.is_ok(), consumed.is_some());
        assert_eq!(stopped.data["granted"], u64::from(granted.is_ok()));
        assert_eq!(stopped.data["granted"], told.data["granted"]);
    }
}

async fn an_order_wakes_who_waits(kind: Kind) {
    let world = world(kind).await;
    let run = begin(&world, None).await.core.id;
    let (engine, asker) = (world.engine.clone(), machine());
    let waiting = tokio::spawn(async move {
        engine.heartbeat(&asker, run, 0, Duration::from_mins(1)).await.unwrap()
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    order(&world, run, ControlKind::Stop).await;
    let told = tokio::time::timeout(Duration::from_mins(1), waiting).await.unwrap().unwrap();
    assert_eq!(told.pending[0].kind, ControlKind::Stop);
}

async fn all_are_stopped_at_once(kind: Kind) {
    let world = world(kind).await;
    let mut ids = Vec::new();
    for _ in 0..130 {
        ids.push(begin(&world, None).await.core.id);
    }
    let bulk = Bulk {
        kind: ControlKind::Stop,
        reason: "enough".to_owned(),
        loop_name: Some("tickets".to_owned()),
        statuses: Vec::new(),
    };
    ids.sort_unstable();
    let idem = |digest: u8| IdemKey {
        key: "stop-them".to_owned(),
        route: "POST /v1/runs/control".to_owned(),
        digest: [digest; 32],
    };
    let done = world.engine.control_runs(&machine(), bulk.clone(), Some(idem(1))).await.unwrap();
    assert_eq!(done.runs, ids);
    // Another order would find none; the same one is answered as before, and does nothing.
    let late = begin(&world, None).await.core.id;
    let again = world.engine.control_runs(&machine(), bulk.clone(), Some(idem(1))).await.unwrap();
    assert_eq!(again.runs, ids);
    assert_eq!(beat(&world, late, 0).await, RunStatus::Running);
    let other = world.engine.control_runs(&machine(), bulk.clone(), Some(idem(2))).await;
    assert_eq!(code(other), "idempotency_conflict");
    let fresh = world.engine.control_runs(&machine(), bulk, None).await.unwrap();
    assert_eq!(fresh.runs, [late]);
}

async fn leases_end_together(kind: Kind) {
    let world = world(kind).await;
    let mut ids = Vec::new();
    for _ in 0..70 {
        ids.push(begin(&world, None).await.core.id);
    }
    let kept = ids.pop().unwrap();
    world.advance(20 * SECOND);
    beat(&world, kept, 0).await;
    world.advance(20 * SECOND);
    let store = world.engine.store();
    let before =
        store.read(|tx| Ok::<_, EngineError>(tandem_store::runs::list(tx, &all(), None, 500)?));
    assert!(before.await.unwrap().iter().all(|run| run.state.status == RunStatus::Running));
    world.engine.fire_due().await.unwrap();
    let after =
        store.read(|tx| Ok::<_, EngineError>(tandem_store::runs::list(tx, &all(), None, 500)?));
    for run in after.await.unwrap() {
        let lost = run.core.id != kept;
        assert_eq!(run.state.status == RunStatus::Lost, lost);
        assert_eq!(run.lease_until.is_none(), lost);
    }
    assert_eq!(world.engine.metrics().runs_lost.get(), 69);
}

fn all() -> tandem_store::runs::RunFilter {
    tandem_store::runs::RunFilter { space: "default".to_owned(), ..Default::default() }
}

async fn a_halt_is_told(kind: Kind) {
    let world = world(kind).await;
    let run = begin(&world, None).await.core.id;
    let asker = machine();
    let beat = |wait| world.engine.heartbeat(&asker, run, 0, wait);
    assert_eq!(beat(Duration::ZERO).await.unwrap().halt, None);
    // Who waits for orders is told of a halt as soon as it is in force.
    let engine = world.engine.clone();
    let waiting = tokio::spawn(async move {
        engine.heartbeat(&machine(), run, 0, Duration::from_mins(1)).await.unwrap()
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    world.engine.halt(&machine(), Some("tickets"), "smoke", None).await.unwrap();
    let told = tokio::time::timeout(Duration::from_mins(1), waiting).await.unwrap().unwrap();
    let halt = told.halt.unwrap();
    assert_eq!((halt.loop_name.as_deref(), halt.reason.as_str()), (Some("tickets"), "smoke"));
    assert_eq!(told.state.status, RunStatus::Running);
    let steps = world.engine.report_steps(&machine(), run, 0, vec![step("a")], None).await;
    assert!(steps.unwrap().halt.is_some());
    // The halt of everything comes first.
    world.engine.halt(&machine(), None, "fire", None).await.unwrap();
    assert_eq!(beat(Duration::ZERO).await.unwrap().halt.unwrap().loop_name, None);
    // One that came between two signs of life is told without a wait.
    let lease = Some(tandem_domain::Span::seconds(12 * 3_600));
    let new = NewRun { goal: "pay back".to_owned(), lease, ..NewRun::default() };
    let long = world.engine.start_run(&machine(), "tickets", new, None).await;
    let long = long.unwrap().run.core.id;
    world.advance(SECOND);
    world.engine.resume(&machine(), None, "out", None).await.unwrap();
    world.engine.halt(&machine(), None, "fire", None).await.unwrap();
    let told = world.engine.heartbeat(&asker, long, 0, Duration::from_mins(10));
    let told = tokio::time::timeout(Duration::from_mins(2), told).await.expect("at once");
    assert!(told.unwrap().halt.is_some());
    world.engine.resume(&machine(), None, "out", None).await.unwrap();
    world.engine.resume(&machine(), Some("tickets"), "out", None).await.unwrap();
    assert_eq!(beat(Duration::ZERO).await.unwrap().halt, None);
}

async fn the_fleet_is_counted_and_filtered(kind: Kind) {
    let world = world(kind).await;
    let mut ids = Vec::new();
    for _ in 0..9 {
        ids.push(begin(&world, None).await.core.id);
    }
    let (case, digest) = approved(&world, ids[0]).await;
    submit(&world, ids[1], None).await.unwrap();
    order(&world, ids[2], ControlKind::Pause).await;
    order(&world, ids[3], ControlKind::Stop).await;
    beat(&world, ids[3], 1).await;
    let same: Vec<_> = (0..6).map(|_| step("again")).collect();
    world.engine.report_steps(&machine(), ids[4], 0, same, None).await.unwrap();
    let fleet = world.engine.fleet(&machine(), Some("tickets")).await.unwrap();
    let of = |status| fleet.statuses.iter().find(|(known, _)| *known == status).unwrap().1;
    assert_eq!((of(RunStatus::Running), of(RunStatus::Pausing), of(RunStatus::Stopped)), (7, 1, 1));
    let looping = fleet.alerts.iter().find(|(known, _)| *known == AlertKind::Looping).unwrap();
    assert_eq!(looping.1, 1);
    assert_eq!((fleet.gates[0].open, fleet.gates[0].approved), (1, 1));
    assert_eq!((fleet.agents[0].id.as_str(), fleet.agents[0].live), ("system", 8));
    consume(&world, &case, &digest).await.unwrap();
    let fleet = world.engine.fleet(&machine(), None).await.unwrap();
    assert_eq!((fleet.gates[0].open, fleet.gates[0].approved), (1, 0));
    // Whatever is asked for comes newest first, page by page, each run once.
    let mut newest = ids.clone();
    newest.sort_unstable();
    newest.reverse();
    for (statuses, left_out) in [
        (vec![], vec![]),
        (vec![RunStatus::Running, RunStatus::Stopped], vec![ids[2]]),
        (vec![RunStatus::Running], vec![ids[2], ids[3]]),
    ] {
        let query = RunQuery { statuses, ..RunQuery::default() };
        let (mut seen, mut cursor) = (Vec::new(), None);
        loop {
            let page = world.engine.runs(&machine(), query.clone(), cursor, 2).await.unwrap();
            seen.extend(page.items.iter().map(|run| run.core.id));
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        let wanted: Vec<_> = newest.iter().filter(|id| !left_out.contains(id)).copied().collect();
        assert_eq!(seen, wanted);
    }
    let one = async |query| {
        let page = world.engine.runs(&machine(), query, None, 50).await.unwrap();
        page.items.into_iter().map(|run| run.core.id).collect::<Vec<_>>()
    };
    let alerts = vec![AlertKind::Looping, AlertKind::Stuck];
    let query = RunQuery { alerts, agent: Some("system".to_owned()), ..RunQuery::default() };
    assert_eq!(one(query.clone()).await, [ids[4]]);
    assert!(one(RunQuery { agent: Some("nobody".to_owned()), ..query.clone() }).await.is_empty());
    let asker = machine();
    let cleared = world.engine.clear_alert(&asker, ids[4], AlertKind::Looping, "seen", None);
    cleared.await.unwrap();
    assert!(one(query).await.is_empty());
}
