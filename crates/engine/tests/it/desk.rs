//! The desk: what gives way when more waits than people can look at, quiet hours, and a calendar of a
//! queue's own.

use std::sync::Arc;

use tandem_domain::case::{Case, Purpose, Status, Verdict};
use tandem_domain::roles::Role;
use tandem_domain::{CaseId, Timestamp};
use tandem_engine::ledger::EventQuery;
use tandem_engine::{ClaimView, LoopScope, Principal, QueueView, Submission};

use crate::common::{Kind, SECOND, START, World, machine, reviewer, says, ticket, tickets};
use crate::on_both;

const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

on_both!(
    audits_give_way_and_nothing_passes,
    low_value_gives_way_for_a_stated_time,
    a_measured_pace_is_a_capacity,
    nobody_is_called_in_quiet_hours,
    a_queue_counts_by_its_own_calendar,
    the_time_for_a_veto_runs_while_somebody_watches,
);

async fn queue(world: &World) -> QueueView {
    let all = world.engine.queues(&machine()).await.unwrap();
    all.into_iter().find(|view| view.queue == "default").unwrap()
}

/// The kinds of the sealed events among some, once there are as many as expected.
pub(crate) async fn kinds(world: &World, of: &[&str], expected: usize) -> Vec<String> {
    let kinds: Vec<String> = of.iter().map(|&kind| kind.to_owned()).collect();
    let mut found = Vec::new();
    for _ in 0..3_000 {
        let query = EventQuery { kinds: kinds.clone(), ..EventQuery::default() };
        let (events, _) = world.engine.events(&machine(), query, 0, 100).await.unwrap();
        found = events.into_iter().map(|event| event.kind).collect();
        if found.len() >= expected {
            break;
        }
        // PostgreSQL seals a moment later.
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    found
}

const LOAD: [&str; 2] = ["queue.overloaded", "queue.relieved"];

async fn submit(world: &World, confidence: f64, more: Submission) -> Case {
    let base = ticket("where is my card", "card_arrival", Some(confidence));
    let submission = Submission { input: base.input, proposal: base.proposal, ..more };
    world.engine.submit(&machine(), "tickets", submission, None).await.unwrap().case
}

fn purpose(claim: &ClaimView) -> Purpose {
    claim.task.purpose
}

async fn approve(world: &World, who: &Principal) -> (CaseId, Purpose) {
    let claim = world.claim(who).await.unwrap();
    world.judge(who, &claim, says(Verdict::Approve, None)).await.unwrap();
    (claim.case.core.id, purpose(&claim))
}

async fn audits_give_way_and_nothing_passes(kind: Kind) {
    let world = World::new(kind).await;
    // Ten looks an hour; an hour is bearable.
    world
        .put(&tickets(
            "coverage: selective\n\
             policy: { confidence: { auto_at: 0.9, audit_rate: 1.0 } }\n\
             review: { undo: 0s, lease: 1h, overload: [audits], \
             capacity: { wait: 1h, look: 60s, queues: { default: { looks: 240 } } } }\n",
        ))
        .await;
    for _ in 0..8 {
        assert_eq!(submit(&world, 0.95, Submission::default()).await.state.status, Status::Decided);
    }
    world.advance(SECOND);
    let mut waiting = Vec::new();
    for _ in 0..4 {
        waiting.push(submit(&world, 0.5, Submission::default()).await.core.id);
    }
    let before = queue(&world).await.capacity.unwrap();
    assert_eq!(
        (before.looks, before.looks_per_hour, before.wait_s),
        (12, Some(10.0), Some(4_320.0))
    );
    assert!(before.overloaded_at.is_none() && before.next == ["audits"], "nobody looked yet");
    for _ in 0..3 {
        world.engine.look_at_alerts().await.unwrap();
    }
    let over = queue(&world).await.capacity.unwrap();
    assert!(over.overloaded_at.is_some() && over.gives_way == ["audits"]);
    assert_eq!(kinds(&world, &LOAD, 1).await, ["queue.overloaded"], "once");
    for id in &waiting {
        assert_eq!(world.get(*id).await.state.status, Status::Queued, "nobody decides for people");
    }
    // The audits are older, and come after what waits.
    for _ in 0..4 {
        assert_eq!(approve(&world, &reviewer(1)).await.1, Purpose::Decide);
    }
    // Eight looks are 48 minutes: not below four fifths of the hour yet.
    world.engine.look_at_alerts().await.unwrap();
    assert!(
        queue(&world).await.capacity.unwrap().overloaded_at.is_none(),
        "48 of 60 is four fifths"
    );
    assert_eq!(kinds(&world, &LOAD, 2).await, ["queue.overloaded", "queue.relieved"]);
    assert_eq!(approve(&world, &reviewer(1)).await.1, Purpose::Audit);
    let desk = world.engine.desk(&machine(), "tickets").await.unwrap();
    assert!(desk.queues.iter().all(|view| view.loop_name == "tickets" && view.capacity.is_some()));
}

async fn low_value_gives_way_for_a_stated_time(kind: Kind) {
    let world = World::new(kind).await;
    world
        .put(&tickets(
            "coverage: selective\n\
             policy: { autonomy: { target_error: 0.05, certainty: 0.95, audit_rate: 0.05, \
             costs: { error: 10.0, review: 1.0 } } }\n\
             review: { undo: 0s, lease: 1h, overload: [low_value], \
             capacity: { wait: 1h, queues: { default: { looks: 24 } }, postpone: 2h } }\n",
        ))
        .await;
    let sure = submit(&world, 0.95, Submission::default()).await.core.id;
    world.advance(SECOND);
    let unsure = submit(&world, 0.5, Submission::default()).await.core.id;
    world.advance(SECOND);
    let also_unsure = submit(&world, 0.6, Submission::default()).await.core.id;
    world.engine.look_at_alerts().await.unwrap();
    let next = |n: u8| {
        let world = &world;
        async move { world.claim(&reviewer(n)).await.unwrap().case.core.id }
    };
    assert_eq!(next(1).await, unsure, "the older one costs less than a look");
    // What has given way for two hours does so no longer.
    world.advance(2 * HOUR);
    assert_eq!(next(2).await, sure);
    assert_eq!(next(3).await, also_unsure);
    assert_eq!(world.get(sure).await.state.status, Status::Claimed);
}

async fn a_measured_pace_is_a_capacity(kind: Kind) {
    let world = World::new(kind).await;
    let file = |review: &str| tickets(&format!("review: {{ undo: 0s, lease: 1h, {review} }}\n"));
    world.put(&file("capacity: { wait: 5m }")).await;
    for _ in 0..16 {
        world.submit("tickets", Some(0.5)).await;
    }
    world.engine.look_at_alerts().await.unwrap();
    let unknown = queue(&world).await.capacity.unwrap();
    assert_eq!((unknown.looks_per_hour, unknown.wait_s, unknown.overloaded_at), (None, None, None));
    for _ in 0..6 {
        world.advance(MINUTE);
        approve(&world, &reviewer(1)).await;
    }
    // 72 an hour, measured; ten are left: 500 seconds.
    world.engine.look_at_alerts().await.unwrap();
    let known = queue(&world).await.capacity.unwrap();
    assert_eq!(
        (known.looks_per_hour, known.wait_s, known.look_s),
        (Some(72.0), Some(500.0), Some(0.9))
    );
    assert!(!known.said && known.overloaded_at.is_some() && known.gives_way.is_empty());
    // What nobody watches any more does not stand for ever.
    world.put(&file("blind_rate: 0.0")).await;
    world.engine.look_at_alerts().await.unwrap();
    assert!(queue(&world).await.capacity.is_none());
    assert_eq!(kinds(&world, &LOAD, 2).await, ["queue.overloaded", "queue.relieved"]);
}

async fn nobody_is_called_in_quiet_hours(kind: Kind) {
    let world = World::new(kind).await;
    // It is one in the night in Berlin.
    world
        .put(&tickets(
            "queues: { vip: {} }\n\
             review: { undo: 0s, escalation: [{ after: 30m, to: vip }], \
             quiet_hours: { from: \"22:00\", to: \"07:00\", zone: Europe/Berlin, except_priority: 8 } }\n",
        ))
        .await;
    let calm = submit(&world, 0.5, Submission::default()).await.core.id;
    let urgent =
        submit(&world, 0.5, Submission { priority: 8, ..Submission::default() }).await.core.id;
    let at = |id| {
        let world = &world;
        async move { world.get(id).await.state.tasks[0].queue.clone() }
    };
    world.pass(31 * MINUTE).await;
    assert_eq!((&*at(calm).await, &*at(urgent).await), ("default", "vip"));
    world.pass(5 * HOUR).await;
    assert_eq!(at(calm).await, "default");
    world.pass(30 * MINUTE).await;
    assert_eq!(at(calm).await, "vip", "at seven");
}

async fn a_queue_counts_by_its_own_calendar(kind: Kind) {
    let world = World::new(kind).await;
    world
        .put(&tickets(
            "queues: { vip: { calendar: { timezone: UTC, hours: { mon-fri: \"09:00-17:00\" } } } }\n\
             policy: { rules: [{ name: gold, when: \"'gold' in tags\", route: review, queue: vip }] }\n\
             review: { deadline: 4h, on_deadline: keep }\n",
        ))
        .await;
    let other = submit(&world, 0.5, Submission::default()).await;
    let tags = vec!["gold".to_owned()];
    let gold = submit(&world, 0.5, Submission { tags, ..Submission::default() }).await;
    let hours = |case: &Case| (case.state.deadline.unwrap().0 - START) / HOUR;
    // The first of January 2026 is a Thursday.
    assert_eq!((hours(&other), hours(&gold)), (4, 13));
    world.pass(5 * HOUR).await;
    let (other, gold) = (world.get(other.core.id).await, world.get(gold.core.id).await);
    assert_eq!((other.state.overdue, gold.state.overdue), (true, false));
    assert_eq!(gold.state.deadline.unwrap(), Timestamp(START + 13 * HOUR));
}

/// Lets seconds pass as they do on a running server: whoever watches is noted every other second.
pub(crate) async fn watched(world: &World, seconds: i64) {
    for _ in 0..seconds / 2 {
        world.engine.note_watchers().await.unwrap();
        world.pass(2 * SECOND).await;
    }
    world.engine.note_watchers().await.unwrap();
}

async fn the_time_for_a_veto_runs_while_somebody_watches(kind: Kind) {
    let world = World::new(kind).await;
    world
        .put(&tickets(
            "mode: on_the_loop\ncoverage: selective\n\
             policy: { confidence: { auto_at: 0.9, audit_rate: 0.0 } }\n\
             review: { undo: 0s, veto: 30s }\n",
        ))
        .await;
    let id = submit(&world, 0.95, Submission::default()).await.core.id;
    let left = || async {
        let (held, _) = world.engine.held_decisions(&machine(), "tickets").await.unwrap();
        held.first().map(|held| (held.clock.left.0 / SECOND, held.clock.running))
    };
    assert_eq!(left().await, Some((30, false)));
    world.pass(HOUR).await;
    assert_eq!(world.get(id).await.state.status, Status::Held, "nobody could have vetoed");
    // Somebody is told, without a word in the loop file.
    let alerts = || async {
        world.engine.look_at_alerts().await.unwrap();
        let found = world.engine.alerts(&machine()).await.unwrap();
        found.into_iter().filter(|alert| alert.cleared_at.is_none()).collect::<Vec<_>>()
    };
    let raised = alerts().await;
    assert_eq!((raised.len(), raised[0].on.as_str()), (1, "unwatched"));
    assert!(raised[0].value.is_some_and(|held| (3_500.0..3_600.0).contains(&held)), "{raised:?}");
    // Somebody without the right, and a machine, watch nothing.
    let auditor = Principal { grants: vec![(LoopScope::All, Role::Auditor)], ..reviewer(3) };
    let idle = world.engine.watch(&Arc::new(auditor), None);
    assert!(world.engine.watch(&Arc::new(machine()), None).is_none());
    watched(&world, 10).await;
    assert_eq!(left().await, Some((30, false)));
    drop(idle);
    let elsewhere = world.engine.watch(&Arc::new(reviewer(1)), Some("others"));
    watched(&world, 10).await;
    assert_eq!(left().await, Some((30, false)), "another loop's events");
    drop(elsewhere);
    // Twenty seconds, and then they are gone for an hour.
    let watching = world.engine.watch(&Arc::new(reviewer(1)), Some("tickets"));
    watched(&world, 20).await;
    assert_eq!(left().await, Some((10, true)));
    drop(watching);
    world.pass(HOUR).await;
    assert_eq!(left().await, Some((10, false)));
    assert_eq!(world.get(id).await.state.status, Status::Held);
    let watching = world.engine.watch(&Arc::new(reviewer(2)), None);
    watched(&world, 8).await;
    assert_eq!(world.get(id).await.state.status, Status::Held);
    watched(&world, 18).await;
    drop(watching);
    let done = world.get(id).await;
    assert_eq!(done.state.status, Status::Decided);
    assert!(alerts().await.is_empty());
    let decision = done.state.live_decision().unwrap();
    assert!(decision.effective_at.0 - decision.decided_at.0 > 2 * HOUR, "when it took effect");
    // A veto withdraws it and keeps why.
    let other = submit(&world, 0.95, Submission::default()).await.core.id;
    let vetoed = world.engine.veto(&reviewer(1), other, "not this one", None).await.unwrap();
    assert_eq!(vetoed.state.status, Status::Queued);
    let said = world.engine.comments(&machine(), other, None).await.unwrap();
    assert_eq!(said.len(), 1);
    assert_eq!(left().await, None);
}
