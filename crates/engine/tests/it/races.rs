//! What happens at once: bursts of reviewers, two servers on one database, halts, groups that fail.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tandem_domain::case::{Status, Verdict};
use tandem_engine::ClaimRequest;

use crate::common::{
    Kind, SECOND, World, by_hand, code, machine, reviewer, says, selective, start, ticket, tickets,
};
use crate::on_both;

on_both! {
    eight_reviewers_burst_on_one_queue,
    a_seat_that_nobody_received_goes_back,
    a_halt_that_committed_opens_no_gate,
    parked_callers_are_woken_by_commits,
    no_timer_is_lost_over_a_restart,
    the_worker_fires_by_itself,
}

async fn eight_reviewers_burst_on_one_queue(kind: Kind) {
    let world = Arc::new(World::new(kind).await);
    world.put(&by_hand()).await;
    let cases = 160;
    let lines = (0..cases).map(|n| (n, Ok(ticket("a", "other", None)))).collect();
    world.engine.submit_batch(&machine(), "tickets", lines).await.unwrap();
    let mut reviewers = Vec::new();
    for n in 1..=8 {
        let world = Arc::clone(&world);
        reviewers.push(tokio::spawn(async move {
            let who = reviewer(n);
            let mut seen = Vec::new();
            let mut empty = 0;
            // On PostgreSQL a claimer passes over what another one has locked just now.
            while empty < 5 {
                let Some(claim) = world.claim(&who).await else {
                    empty += 1;
                    tokio::time::sleep(Duration::from_millis(5)).await;
                    continue;
                };
                seen.push(claim.case.core.id);
                world.judge(&who, &claim, says(Verdict::Approve, None)).await.unwrap();
            }
            seen
        }));
    }
    let mut handed_out = Vec::new();
    for task in reviewers {
        handed_out.extend(task.await.unwrap());
    }
    let distinct: HashSet<_> = handed_out.iter().collect();
    assert_eq!((handed_out.len(), distinct.len()), (cases as usize, cases as usize));
    let summary = &world.engine.list_loops(&machine()).await.unwrap()[0];
    assert_eq!((summary.decided, summary.open), (cases, 0));
}

async fn a_seat_that_nobody_received_goes_back(kind: Kind) {
    let world = World::new(kind).await;
    world.put(&by_hand()).await;
    let (gone, other) = (reviewer(1), reviewer(2));
    for _ in 0..5 {
        let id = world.submit("tickets", None).await.core.id;
        let request = ClaimRequest { limit: 1, ..ClaimRequest::default() };
        let mut claiming = Box::pin(world.engine.claim(&gone, request, None));
        // The page is closed while its claim is under way, until one of them takes the seat.
        let received =
            tokio::time::timeout(Duration::from_micros(300), &mut claiming).await.is_ok();
        drop(claiming);
        if received {
            for held in world.engine.held_claims(&gone).await.unwrap() {
                world.engine.release(&gone, held.id, Some(held.token)).await.unwrap();
            }
        }
        let mut tries = 0;
        let claim = loop {
            if let Some(claim) = world.claim(&other).await {
                break claim;
            }
            tries += 1;
            assert!(tries < 6_000, "the seat is kept by somebody who left");
            tokio::time::sleep(Duration::from_millis(10)).await;
        };
        assert_eq!(claim.case.core.id, id);
        world.judge(&other, &claim, says(Verdict::Approve, None)).await.unwrap();
    }
}

async fn a_halt_that_committed_opens_no_gate(kind: Kind) {
    let world = World::new(kind).await;
    world.put(&selective()).await;
    let decided = world.submit("tickets", Some(0.95)).await;
    let digest = decided.state.live_decision().unwrap().digest.clone();
    let id = decided.core.id;
    world.engine.halt(&machine(), Some("tickets"), "smoke", None).await.unwrap();
    let auto = world.submit("tickets", Some(0.95)).await;
    assert_eq!(auto.state.status, Status::Queued, "a halt stops the machine, not people");
    let asker = machine();
    let consume = || world.engine.consume(&asker, id, digest.clone(), "ci".to_owned(), None);
    assert_eq!(code(consume().await), "halted");
    world.engine.resume(&machine(), Some("tickets"), "aired", None).await.unwrap();
    // On PostgreSQL the grant waits for the sealer.
    sealed(&world).await;
    let first = consume().await.unwrap();
    assert_eq!(consume().await.unwrap(), first, "the same consumer gets the same grant");
    let other = world.engine.consume(&machine(), id, digest.clone(), "cd".to_owned(), None).await;
    assert_eq!(code(other), "already_consumed");
    let wrong = world.engine.consume(&machine(), id, "00".repeat(32), "ci".to_owned(), None).await;
    assert_eq!(code(wrong), "digest_mismatch");
    world.advance(301 * SECOND);
    assert_eq!(code(consume().await), "too_late");

    // Many submissions race with halts: whatever passed on its own was committed before one.
    let world = Arc::new(world);
    let submitters: Vec<_> = (0..4)
        .map(|_| {
            let world = Arc::clone(&world);
            tokio::spawn(async move {
                let mut cases = Vec::new();
                for _ in 0..25 {
                    cases.push(world.submit("tickets", Some(0.95)).await.core.id);
                }
                cases
            })
        })
        .collect();
    world.engine.halt(&machine(), Some("tickets"), "again", None).await.unwrap();
    let mut cases = Vec::new();
    for task in submitters {
        cases.extend(task.await.unwrap());
    }
    sealed(&world).await;
    let halt = last_event(&world, "halt.set").await;
    for id in cases {
        let events = world.engine.timeline(&machine(), id).await.unwrap();
        let decided = events.iter().find(|event| event.kind == "decision.effective");
        if let Some(index) = decided.and_then(|event| event.index)
            && kind == Kind::Sqlite
        {
            assert!(index < halt, "event {index} is after the halt at {halt}");
        }
    }
}

async fn sealed(world: &World) {
    for _ in 0..6_000 {
        if world.engine.ledger_status().await.unwrap().unsealed == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("events stay unsealed");
}

async fn last_event(world: &World, kind: &str) -> u64 {
    let query = tandem_engine::ledger::EventQuery {
        kinds: vec![kind.to_owned()],
        ..tandem_engine::ledger::EventQuery::default()
    };
    let (events, _) = world.engine.events(&machine(), query, 0, 100).await.unwrap();
    events.last().and_then(|event| event.index).unwrap()
}

async fn parked_callers_are_woken_by_commits(kind: Kind) {
    let world = Arc::new(World::new(kind).await);
    world.put(&by_hand()).await;
    let mut parked = Vec::new();
    for _ in 0..50 {
        let id = world.submit("tickets", None).await.core.id;
        for _ in 0..4 {
            let engine = world.engine.clone();
            parked.push(tokio::spawn(async move {
                engine.wait(&machine(), id, Duration::from_mins(10)).await.unwrap().1
            }));
        }
    }
    while world.engine.waiting() < 200 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let ada = reviewer(1);
    let started = std::time::Instant::now();
    while let Some(claim) = world.claim(&ada).await {
        world.judge(&ada, &claim, says(Verdict::Approve, None)).await.unwrap();
    }
    for waiter in parked {
        assert!(waiter.await.unwrap());
    }
    assert!(started.elapsed() < Duration::from_mins(5), "waiters were woken, not timed out");
    assert_eq!(world.engine.waiting(), 0);
}

async fn no_timer_is_lost_over_a_restart(kind: Kind) {
    let world = World::new(kind).await;
    world.put(&tickets("review: { undo: 10s, deadline: 1h, on_deadline: reject }\n")).await;
    let held = world.submit("tickets", None).await.core.id;
    let ada = reviewer(1);
    let claim = world.claim(&ada).await.unwrap();
    world.judge(&ada, &claim, says(Verdict::Approve, None)).await.unwrap();
    let overdue = world.submit("tickets", None).await.core.id;
    world.engine.shutdown().await;
    world.advance(2 * 3_600 * SECOND);
    let again = start(world.store.clone(), |_| ()).await;
    while again.fire_due().await.unwrap() > 0 {}
    let case = again.get(&machine(), held).await.unwrap();
    assert_eq!(case.state.status, Status::Decided);
    let case = again.get(&machine(), overdue).await.unwrap();
    assert_eq!(case.state.status, Status::Decided);
    assert_eq!(case.state.live_decision().unwrap().rule, "deadline");
    again.shutdown().await;
}

async fn the_worker_fires_by_itself(kind: Kind) {
    let world = Arc::new(World::with(kind, |config| config.workers = true).await);
    world.put(&tickets("review: { undo: 300ms, lease: 5s }\n")).await;
    let left = world.submit("tickets", None).await.core.id;
    world.claim(&reviewer(2)).await.unwrap();
    let ada = reviewer(1);
    let judged = world.submit("tickets", None).await.core.id;
    let claim = world.claim(&ada).await.unwrap();
    world.judge(&ada, &claim, says(Verdict::Approve, None)).await.unwrap();
    // From here on, so that the lease does not run out while the others are still set up.
    let clock = {
        let world = Arc::clone(&world);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_millis(10)).await;
                world.advance(50_000);
            }
        })
    };
    let (case, finished) =
        world.engine.wait(&machine(), judged, Duration::from_mins(2)).await.unwrap();
    assert!(finished, "{:?}", case.state.status);
    for _ in 0..6_000 {
        if world.get(left).await.state.status == Status::Queued {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(world.get(left).await.state.status, Status::Queued, "the lease ran out");
    clock.abort();
    world.engine.shutdown().await;
}

/// Two servers on one database: a quorum is reached once, and nothing is handed out twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_reach_a_quorum_once() {
    let world = World::new(Kind::Postgres).await;
    world.put(&tickets("review: { reviewers: 3, undo: 0s }\n")).await;
    let other = start(world.store.clone(), |_| ()).await;
    let mut expected = Vec::new();
    for _ in 0..20 {
        expected.push(world.submit("tickets", None).await.core.id);
    }
    let waited = *expected.last().unwrap();
    let parked = {
        let other = other.clone();
        tokio::spawn(async move {
            other.wait(&machine(), waited, Duration::from_mins(10)).await.unwrap().1
        })
    };
    let mut reviewers = Vec::new();
    let all = Arc::new(AtomicUsize::new(0));
    for n in 1..=6_u8 {
        // Half of the reviewers talk to the other node.
        let engine = if n % 2 == 0 { world.engine.clone() } else { other.clone() };
        let all = Arc::clone(&all);
        reviewers.push(tokio::spawn(async move {
            let who = reviewer(n);
            let mut judged = HashMap::new();
            // Nothing to claim may mean that others hold the last ones: all three judge each of them.
            let end = std::time::Instant::now() + Duration::from_mins(5);
            loop {
                let claims = engine.claim(&who, ClaimRequest::default(), None).await.unwrap();
                let Some(claim) = claims.into_iter().next() else {
                    if all.load(Ordering::Relaxed) == 60 || std::time::Instant::now() > end {
                        break;
                    }
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    continue;
                };
                let said = tandem_engine::Said {
                    claim: Some((claim.id, claim.token)),
                    judgment: says(Verdict::Approve, None),
                    assertion: None,
                };
                engine.judge(&who, claim.case.core.id, said, None).await.unwrap();
                all.fetch_add(1, Ordering::Relaxed);
                *judged.entry(claim.case.core.id).or_insert(0) += 1;
            }
            judged
        }));
    }
    let mut judgments: HashMap<_, usize> = HashMap::new();
    for task in reviewers {
        for (case, n) in task.await.unwrap() {
            assert_eq!(n, 1, "nobody judges a case twice");
            *judgments.entry(case).or_default() += n;
        }
    }
    for id in expected {
        let case = world.get(id).await;
        assert_eq!(judgments[&id], 3);
        assert_eq!(case.state.decisions.len(), 1, "the quorum is reached once");
        assert_eq!(case.state.live_decision().unwrap().judgments.len(), 3);
    }
    assert!(parked.await.unwrap(), "a commit on one node wakes a caller of the other");
    other.shutdown().await;
}
