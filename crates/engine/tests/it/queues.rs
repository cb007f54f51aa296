//! Whoever owns a queue: pausing, moving, many cases at once, freeing seats, and the second person
//! after a halt.

use tandem_domain::case::{Case, Status, Verdict};
use tandem_domain::roles::Role;
use tandem_domain::{CaseId, MemberId, Span};
use tandem_engine::accounts::NewMember;
use tandem_engine::queues::{BulkFilter, Change};
use tandem_engine::{Actor, LoopScope, Principal, QueueView, Submission};

use crate::common::{Kind, SECOND, World, code, machine, reviewer, says, ticket, tickets};
use crate::on_both;

const MINUTE: i64 = 60 * SECOND;

on_both!(
    a_paused_queue_hands_out_nothing,
    a_pause_that_stops_the_clock_takes_no_time,
    a_case_moves_and_its_claim_ends,
    many_cases_change_once_and_by_their_count,
    what_a_person_holds_is_freed,
    figures_of_a_queue,
    alerts_are_raised_once_and_cleared_once,
    an_alert_on_errors_stands_once_audits_find_them,
    a_second_person_resumes,
    a_halt_stops_timers_too,
);

fn two_queues(review: &str) -> String {
    tickets(&format!(
        "queues: {{ vip: {{ roles: [arbiter] }} }}\nreview: {{ undo: 0s, lease: 10m, {review} }}\n"
    ))
}

fn owner(n: u8) -> Principal {
    let grants = vec![(LoopScope::All, Role::Orchestrator)];
    Principal { grants, ..reviewer(n) }
}

async fn queue(world: &World, name: &str) -> QueueView {
    let all = world.engine.queues(&machine()).await.unwrap();
    all.into_iter().find(|view| view.queue == name).unwrap()
}

async fn keyed(world: &World, key: &str, tags: &[&str]) -> Case {
    let submission = Submission {
        key: Some(key.to_owned()),
        tags: tags.iter().map(|&tag| tag.to_owned()).collect(),
        ..ticket("hello", "other", Some(0.5))
    };
    world.engine.submit(&machine(), "tickets", submission, None).await.unwrap().case
}

async fn a_paused_queue_hands_out_nothing(kind: Kind) {
    let world = World::new(kind).await;
    world.put(&two_queues("")).await;
    let held = world.submit("tickets", Some(0.5)).await;
    let claim = world.claim(&reviewer(1)).await.unwrap();
    let waiting = world.submit("tickets", Some(0.5)).await;
    let (engine, who) = (&world.engine, owner(7));
    let pause = || engine.pause_queue(&who, "tickets", "default", false, "lunch", None);
    assert_eq!(
        code(engine.pause_queue(&reviewer(1), "tickets", "default", false, "x", None).await),
        "forbidden"
    );
    let view = pause().await.unwrap();
    assert_eq!(view.paused.unwrap().reason, "lunch");
    assert_eq!(code(pause().await), "queue_paused");
    assert!(world.claim(&reviewer(2)).await.is_none());
    let direct = tandem_engine::ClaimRequest { case: Some(waiting.core.id), ..Default::default() };
    assert_eq!(code(engine.claim(&reviewer(2), direct, None).await), "queue_paused");
    let unclaimed = tandem_engine::Said {
        claim: None,
        assertion: None,
        judgment: says(Verdict::Approve, None),
    };
    let judged = engine.judge(&reviewer(2), waiting.core.id, unclaimed, None).await;
    assert_eq!(code(judged), "queue_paused");
    // Who held a seat finishes.
    world.judge(&reviewer(1), &claim, says(Verdict::Approve, None)).await.unwrap();
    assert_eq!(world.get(held.core.id).await.state.status, Status::Decided);
    engine.resume_queue(&who, "tickets", "default", "back", None).await.unwrap();
    assert_eq!(world.claim(&reviewer(2)).await.unwrap().case.core.id, waiting.core.id);
    let unknown = engine.pause_queue(&who, "tickets", "nowhere", false, "x", None).await;
    assert_eq!(code(unknown), "invalid_input");
}

async fn a_pause_that_stops_the_clock_takes_no_time(kind: Kind) {
    let world = World::new(kind).await;
    let ladder = "deadline: 1h, on_deadline: reject, escalation: [{ after: 30m, to: vip }]";
    world.put(&two_queues(ladder)).await;
    let case = world.submit("tickets", Some(0.5)).await;
    let id = case.core.id;
    let (engine, who) = (&world.engine, owner(7));
    // A second before the ladder, for five hours.
    world.pass(30 * MINUTE - SECOND).await;
    engine.pause_queue(&who, "tickets", "default", true, "training", None).await.unwrap();
    world.pass(5 * 60 * MINUTE).await;
    let paused = world.get(id).await;
    assert_eq!((paused.state.status, paused.state.overdue), (Status::Queued, false));
    assert_eq!(paused.state.tasks[0].queue, "default");
    engine.resume_queue(&who, "tickets", "default", "done", None).await.unwrap();
    // Both timers are looked at within their time of rest, and are moved once, not second by second.
    let revision = world.get(id).await.state.revision;
    world.pass(16 * SECOND).await;
    let moved = world.get(id).await;
    assert_eq!(moved.state.status, Status::Queued);
    let deadline = moved.state.deadline.unwrap().0 - case.state.deadline.unwrap().0;
    assert_eq!(deadline, 5 * 60 * MINUTE);
    assert_eq!(moved.state.tasks[0].queue, "vip", "the second that was left is over");
    assert!(moved.state.revision <= revision + 3, "{} {revision}", moved.state.revision);
    world.pass(29 * MINUTE).await;
    assert_eq!(world.get(id).await.state.status, Status::Queued);
    world.pass(2 * MINUTE).await;
    assert_eq!(world.get(id).await.state.status, Status::Decided, "rejected at its deadline");
}

async fn a_case_moves_and_its_claim_ends(kind: Kind) {
    let world = World::new(kind).await;
    world.put(&two_queues("")).await;
    let case = world.submit("tickets", Some(0.5)).await;
    let claim = world.claim(&reviewer(1)).await.unwrap();
    let (engine, who) = (&world.engine, owner(7));
    let id = case.core.id;
    assert_eq!(code(engine.transfer(&reviewer(1), id, "vip", "theirs", None).await), "forbidden");
    assert_eq!(code(engine.transfer(&who, id, "nowhere", "theirs", None).await), "invalid_input");
    let moved = engine.transfer(&who, id, "vip", "theirs", None).await.unwrap();
    assert_eq!((moved.state.status, &*moved.state.tasks[0].queue), (Status::Queued, "vip"));
    // The token is refused, and the other queue is for others.
    let late = world.judge(&reviewer(1), &claim, says(Verdict::Approve, None)).await;
    assert_eq!(code(late), "claim_lost");
    assert!(world.claim(&reviewer(1)).await.is_none());
    let urgent = engine.reprioritise(&who, id, 9, "urgent", None).await.unwrap();
    assert_eq!((urgent.priority(), urgent.core.priority), (9, 0));
    assert_eq!(code(engine.reprioritise(&who, id, 10, "more", None).await), "invalid_input");
    let said: Vec<_> = engine.comments(&who, id, None).await.unwrap();
    assert_eq!(said.len(), 2, "reasons are kept");
    let kinds: Vec<_> =
        engine.timeline(&who, id).await.unwrap().into_iter().map(|event| event.kind).collect();
    for kind in ["case.transferred", "case.reprioritised"] {
        assert!(kinds.iter().any(|known| known == kind), "{kinds:?}");
    }
    // The order of claims follows.
    let other = world.submit("tickets", Some(0.5)).await;
    engine.transfer(&who, other.core.id, "vip", "theirs", None).await.unwrap();
    let arbiter = Principal { grants: vec![(LoopScope::All, Role::Arbiter)], ..reviewer(2) };
    assert_eq!(world.claim(&arbiter).await.unwrap().case.core.id, id);
}

async fn many_cases_change_once_and_by_their_count(kind: Kind) {
    let world = World::new(kind).await;
    world.put(&two_queues("")).await;
    let mut red: Vec<CaseId> = Vec::new();
    for n in 0..230 {
        let tag = if n % 2 == 0 { "red" } else { "blue" };
        world.advance(1_000);
        let case = keyed(&world, &format!("order-{n}"), &[tag]).await;
        if n % 2 == 0 {
            red.push(case.core.id);
        }
    }
    let (engine, who) = (&world.engine, owner(7));
    let filter = BulkFilter { tag: Some("red".to_owned()), ..BulkFilter::default() };
    let change = Change::Transfer { queue: "vip".to_owned() };
    let found = engine.preview_bulk(&who, "tickets", filter.clone(), change.clone()).await.unwrap();
    assert_eq!((found.count, &found.sample[..]), (115, &red[..20]));
    let what = (filter.clone(), change.clone());
    let wrong = engine.start_bulk(&who, "tickets", what.clone(), 114, "theirs", None).await;
    assert_eq!(code(wrong), "count_changed");
    let idem = tandem_engine::cases::IdemKey {
        route: "POST /v1/queues/bulk".to_owned(),
        key: "once".to_owned(),
        digest: [1; 32],
    };
    let start =
        || engine.start_bulk(&who, "tickets", what.clone(), 115, "theirs", Some(idem.clone()));
    let bulk = start().await.unwrap();
    assert_eq!((bulk.total, bulk.changed, bulk.done_at), (115, 0, None));
    // Somebody decides one of them before its turn comes.
    let decided = red[110];
    engine.cancel(&machine(), decided, None).await.unwrap();
    world.pass(0).await;
    let done = engine.bulk(&who, bulk.id).await.unwrap();
    assert_eq!((done.changed, done.skipped), (114, 1));
    assert!(done.done_at.is_some());
    assert_eq!(start().await.unwrap(), done, "the key answers with the same change");
    assert_eq!(
        (queue(&world, "vip").await.waiting, queue(&world, "default").await.waiting),
        (114, 115)
    );
    let moved = engine.timeline(&who, red[0]).await.unwrap();
    let event = moved.iter().find(|event| event.kind == "case.transferred").unwrap();
    assert_eq!(event.data["bulk"], bulk.id.to_string());
    // By age, key and model.
    world.advance(MINUTE);
    keyed(&world, "young", &[]).await;
    let count = async |filter: BulkFilter| {
        let change = Change::Reprioritise { priority: 9 };
        engine.preview_bulk(&who, "tickets", filter, change).await.unwrap().count
    };
    let old = BulkFilter { older_than: Some(Span::seconds(30)), ..BulkFilter::default() };
    assert_eq!(count(old).await, 229);
    let key = BulkFilter { key_contains: Some("order-22".to_owned()), ..BulkFilter::default() };
    assert_eq!(count(key).await, 10, "22 was moved and waits; 220 is the cancelled one");
    let model = BulkFilter { model: Some("nobody@1".to_owned()), ..BulkFilter::default() };
    assert_eq!(count(model).await, 0);
    assert_eq!(
        count(BulkFilter { cases: vec![red[0], decided], ..BulkFilter::default() }).await,
        1
    );
}

async fn what_a_person_holds_is_freed(kind: Kind) {
    let world = World::new(kind).await;
    world.put(&two_queues("")).await;
    let (engine, who) = (&world.engine, owner(7));
    let (id, ada) = account(&world, "ada", Role::Reviewer).await;
    let case = world.submit("tickets", Some(0.5)).await;
    let claim = world.claim(&ada).await.unwrap();
    let freed = engine.release_member(&who, id, None, "went home", None).await.unwrap();
    assert_eq!(freed, 1);
    let late = world.judge(&ada, &claim, says(Verdict::Approve, None)).await;
    assert_eq!(code(late), "claim_lost");
    assert_eq!(world.claim(&reviewer(2)).await.unwrap().case.core.id, case.core.id);
    assert_eq!(engine.release_member(&who, id, None, "again", None).await.unwrap(), 0);
    assert_eq!(code(engine.release_member(&ada, id, None, "me", None).await), "forbidden");
}

async fn figures_of_a_queue(kind: Kind) {
    let world = World::new(kind).await;
    world.put(&two_queues("deadline: 1h, on_deadline: keep")).await;
    for _ in 0..12 {
        world.submit("tickets", Some(0.5)).await;
    }
    for n in 0..6 {
        world.advance(MINUTE);
        let who = reviewer(1 + n % 2);
        let claim = world.claim(&who).await.unwrap();
        world.judge(&who, &claim, says(Verdict::Approve, None)).await.unwrap();
    }
    let view = queue(&world, "default").await;
    assert_eq!((view.waiting, view.claimed, view.working), (6, 0, 2));
    // Six within the five minutes since the first.
    assert_eq!((view.per_hour, view.empty_in_s), (Some(72.0), Some(300)));
    assert_eq!((view.with_deadline, view.overdue), (6, 0));
    assert_eq!(view.by_purpose.unwrap()[0].tasks, 6);
    world.pass(60 * MINUTE).await;
    let later = queue(&world, "default").await;
    assert_eq!((later.overdue, later.working, later.per_hour), (6, 0, None));
    let seen = world.engine.queues(&reviewer(1)).await.unwrap();
    assert!(seen.iter().all(|view| view.by_purpose.is_none()), "purposes are not for reviewers");
}

pub(crate) async fn account(world: &World, name: &str, role: Role) -> (MemberId, Principal) {
    let new = NewMember {
        name: name.to_owned(),
        email: format!("{name}@example.org"),
        password: None,
        person: None,
        grants: vec![(LoopScope::All, role)],
    };
    let added = world.engine.accounts().add_member(&machine(), new).await.unwrap();
    let member = added.member;
    let actor = Actor::Member { id: member.id, person: member.person };
    let grants = vec![(LoopScope::All, role)];
    (member.id, Principal { actor, name: name.to_owned(), grants, ..reviewer(1) })
}

async fn a_second_person_resumes(kind: Kind) {
    let world = World::new(kind).await;
    world.put(&two_queues("")).await;
    let (_, ada) = account(&world, "ada", Role::Orchestrator).await;
    let engine = &world.engine;
    engine.halt(&ada, Some("tickets"), "smoke", None).await.unwrap();
    let alone = engine.resume(&ada, Some("tickets"), "fine", None).await.unwrap_err();
    assert_eq!(alone.code(), "second_person_needed");
    assert!(alone.to_string().contains("member add"), "it says what to do: {alone}");
    // Halting once more by a machine does not help, nor does the server itself.
    engine.halt(&machine(), Some("tickets"), "still", None).await.unwrap();
    assert_eq!(
        code(engine.resume(&ada, Some("tickets"), "fine", None).await),
        "second_person_needed"
    );
    assert_eq!(
        code(engine.resume(&machine(), Some("tickets"), "fine", None).await),
        "second_person_needed"
    );
    let (_, bob) = account(&world, "bob", Role::Orchestrator).await;
    let named = engine.resume(&ada, Some("tickets"), "fine", None).await.unwrap_err();
    assert!(named.to_string().contains("bob"), "{named}");
    let mut stand_in = bob.clone();
    stand_in.stands_in_for = vec![ada.member().unwrap().1];
    assert_eq!(
        code(engine.resume(&stand_in, Some("tickets"), "x", None).await),
        "second_person_needed"
    );
    let lifted = engine.resume(&bob, Some("tickets"), "aired", None).await.unwrap();
    assert_eq!((lifted.halted, lifted.by_person), (false, Some(bob.member().unwrap().1)));
}

async fn a_halt_stops_timers_too(kind: Kind) {
    let world = World::new(kind).await;
    let review = "undo: 0s, deadline: 10m, on_deadline: reject, veto: 30s";
    let loops = tickets(&format!(
        "mode: on_the_loop\ncoverage: selective\nqueues: {{ vip: {{}} }}\n\
         policy: {{ confidence: {{ auto_at: 0.9, audit_rate: 0.0 }} }}\n\
         review: {{ {review}, escalation: [{{ after: 5m, to: vip }}] }}\n"
    ));
    world.put(&loops).await;
    let asked = Submission { requested_human: true, ..ticket("hello", "other", Some(0.95)) };
    let asked = world.engine.submit(&machine(), "tickets", asked, None).await;
    let waits = asked.unwrap().case;
    assert_eq!(waits.state.status, Status::Queued);
    let vetoable = world.submit("tickets", Some(0.95)).await;
    assert_eq!(vetoable.state.status, Status::Held);
    world.engine.halt(&machine(), None, "smoke", None).await.unwrap();
    world.pass(20 * MINUTE).await;
    let (waits, vetoable) = (world.get(waits.core.id).await, world.get(vetoable.core.id).await);
    assert_eq!((waits.state.status, waits.state.overdue), (Status::Queued, false), "no deadline");
    assert_eq!(waits.state.tasks[0].queue, "default", "no ladder");
    assert_eq!(vetoable.state.status, Status::Held, "no veto runs out");
    let routed = world.submit("tickets", Some(0.95)).await;
    assert_eq!(routed.state.status, Status::Queued, "nothing passes");
    world.engine.resume(&machine(), None, "aired", None).await.unwrap();
    world.pass(2 * SECOND).await;
    assert_eq!(world.get(vetoable.core.id).await.state.status, Status::Held, "nobody watched");
    let watching = world.engine.watch(&std::sync::Arc::new(reviewer(1)), None);
    crate::desk::watched(&world, 46).await;
    drop(watching);
    assert_eq!(world.get(vetoable.core.id).await.state.status, Status::Decided);
}

async fn an_alert_on_errors_stands_once_audits_find_them(kind: Kind) {
    let world = World::new(kind).await;
    world
        .put(&tickets(
            "coverage: selective\npolicy: { confidence: { auto_at: 0.9, audit_rate: 1.0 } }\n\
             review: { undo: 0s }\nalerts: [{ on: errors, share: 0.4 }]\n",
        ))
        .await;
    let (engine, who) = (&world.engine, Principal::system("default"));
    let audit = async |intent: &str| {
        world.submit("tickets", Some(0.95)).await;
        let claim = world.claim(&reviewer(1)).await.unwrap();
        world.judge(&reviewer(1), &claim, says(Verdict::Answer, Some(intent))).await.unwrap();
    };
    // Figures are kept for a moment, so the alert is looked at until it is as it should be.
    let until = async |wanted: &[&str]| {
        for _ in 0..600 {
            engine.look_at_alerts().await.unwrap();
            let all = engine.alerts(&who).await.unwrap();
            let standing = all.iter().filter(|alert| alert.cleared_at.is_none());
            if standing.map(|alert| alert.on.as_str()).eq(wanted.iter().copied()) {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        panic!("never {wanted:?}");
    };
    audit("card_arrival").await;
    until(&[]).await;
    audit("other").await;
    until(&["errors"]).await;
    for _ in 0..3 {
        audit("card_arrival").await;
    }
    until(&[]).await;
}

async fn alerts_are_raised_once_and_cleared_once(kind: Kind) {
    let world = World::new(kind).await;
    let file = |alerts: &str| {
        tickets(&format!(
            "alerts: {alerts}\nreview: {{ undo: 0s, deadline: 3h, on_deadline: keep }}\n"
        ))
    };
    world.put(&file("[{ on: oldest_wait, above: 1h }, { on: overdue, share: 0.5 }]")).await;
    let engine = &world.engine;
    let who = owner(7);
    let first = world.submit("tickets", Some(0.5)).await;
    engine.look_at_alerts().await.unwrap();
    assert!(engine.alerts(&who).await.unwrap().is_empty());
    world.pass(61 * MINUTE).await;
    for _ in 0..3 {
        engine.look_at_alerts().await.unwrap();
    }
    let standing = engine.alerts(&who).await.unwrap();
    let said: Vec<_> = standing.iter().map(|alert| (&*alert.on, alert.queue.as_deref())).collect();
    assert_eq!(said, [("oldest_wait", Some("default"))]);
    assert!(standing[0].value.unwrap() >= 3_600.0);
    assert_eq!(code(engine.alerts(&reviewer(1)).await), "forbidden");
    // A fresh one waits as well; the old one goes, and the alert is over.
    world.pass(120 * MINUTE).await;
    engine.look_at_alerts().await.unwrap();
    assert_eq!(engine.alerts(&who).await.unwrap().len(), 2, "and half of what waits is overdue");
    engine.cancel(&machine(), first.core.id, None).await.unwrap();
    engine.look_at_alerts().await.unwrap();
    let over = engine.alerts(&who).await.unwrap();
    assert!(over.len() == 2 && over.iter().all(|alert| alert.cleared_at.is_some()), "{over:?}");
    // An alert that nobody watches any more does not stand for ever.
    world.submit("tickets", Some(0.5)).await;
    world.pass(61 * MINUTE).await;
    engine.look_at_alerts().await.unwrap();
    world.put(&file("[]")).await;
    engine.look_at_alerts().await.unwrap();
    let left = engine.alerts(&who).await.unwrap();
    assert!(left.iter().all(|alert| alert.cleared_at.is_some()), "{left:?}");
    assert_eq!(left.len(), 3);
}
