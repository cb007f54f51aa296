//! Gates when the world misbehaves: a server that starts again at a bad moment, a clock that jumps, a loop file that
//! changes while calls wait, messages that come twice or in the wrong order.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tandem_domain::Timestamp;
use tandem_domain::case::{Alarm, Delivery, Status};
use tandem_domain::roles::Role;
use tandem_engine::Principal;
use tandem_engine::cases::{NewOutcome, OutcomeSource};
use tandem_engine::runs::NewRun;
use tandem_ledger::note::SigningKey;

use crate::common::{Kind, SECOND, code, machine};
use crate::gates::{Gates, HOUR, approve, refunds};

/// Ends the server and starts it again on the same database.
async fn again(gates: &mut Gates) {
    gates.0.engine.note_alive_now().await;
    gates.0.engine.shutdown().await;
    gates.0.engine = crate::common::start(gates.0.store.clone(), |config| {
        config.grant_key = SigningKey::from_seed("gates.test/grants", &[5; 32]).ok();
    })
    .await;
}

/// A person with an account, and a key to act by.
async fn member(gates: &Gates, name: &str, role: Role) -> Arc<Principal> {
    let secret = gates.account(name, role).await;
    gates.0.engine.accounts().by_key(&secret).await.unwrap()
}

async fn a_restart_at_any_moment_opens_a_gate_once(kind: Kind) {
    let mut gates = Gates::new(kind, "review: { approvals: { count: 2 } }\n").await;
    let case = gates.submit(240.0).await;
    let id = case.core.id;
    again(&mut gates).await;
    gates.judge(1, id, approve(&case)).await.unwrap();
    again(&mut gates).await;
    assert_eq!(gates.0.get(id).await.state.status, Status::Queued, "one of two");
    assert_eq!(code(gates.judge(1, id, approve(&case)).await), "not_eligible");
    let decided = gates.judge(2, id, approve(&case)).await.unwrap();
    again(&mut gates).await;
    let grant = gates.consume(&decided, "payments").await.unwrap();
    again(&mut gates).await;
    // Whoever lost the answer asks again and gets the same one; nobody else gets any.
    assert_eq!(gates.consume(&decided, "payments").await.unwrap().grant, grant.grant);
    assert_eq!(code(gates.consume(&decided, "other").await), "already_consumed");
}

async fn calls_keep_the_version_they_came_in_under(kind: Kind) {
    let gates = Gates::new(kind, "review: { approvals: { count: 2 } }\n").await;
    let case = gates.submit(50.0).await;
    let id = case.core.id;
    gates.judge(1, id, approve(&case)).await.unwrap();
    // The next version wants three persons, a reason, and another target; it takes other arguments, so two publish it.
    let next = refunds("review: { approvals: { count: 3 } }\n")
        .replace("required: [order, amount]", "required: [order, amount, why]")
        .replace("{ order: { type: string },", "{ why: { type: string }, order: { type: string },")
        .replace("target: production", "target: elsewhere");
    gates.0.put(&next).await;
    for name in ["ada", "grace"] {
        let admin = member(&gates, name, Role::Admin).await;
        gates.0.engine.publish_version(&admin, "refunds", 2, "a reason", None).await.unwrap();
    }
    let decided = gates.judge(2, id, approve(&case)).await.unwrap();
    let decision = decided.state.live_decision().unwrap();
    assert_eq!((decided.state.status, decision.loop_version), (Status::Decided, 1));
    assert_eq!(decision.gate.as_ref().unwrap().calls[0].target.as_deref(), Some("production"));
    assert_eq!(gates.consume(&decided, "payments").await.unwrap().arguments.len(), 2);
    let call = crate::gates::wanted(50.0);
    let refused = gates.0.engine.submit(&machine(), "refunds", call, None).await;
    assert_eq!(code(refused.map(|submitted| submitted.case)), "invalid_answer");
}

async fn a_clock_that_jumps_neither_opens_nor_renews(kind: Kind) {
    let review = "review: { valid_for: 2h, consume_within: 30m }\n";
    let gates = Gates::new(kind, review).await;
    let (early, late) = (gates.submit(10.0).await, gates.submit(20.0).await);
    let early = gates.judge(1, early.core.id, approve(&early)).await.unwrap();
    let late = gates.judge(1, late.core.id, approve(&late)).await.unwrap();
    // Back by a day: time stands still rather than run backwards.
    let before = gates.0.engine.now();
    gates.0.advance(-24 * HOUR);
    assert!(gates.0.engine.now() >= before);
    let grant = gates.consume(&early, "payments").await.unwrap();
    assert!(grant.expires_at.0 - before.0 <= 5 * 60 * SECOND, "no grant is good for longer");
    let stored = gates.0.get(early.core.id).await;
    assert!(stored.state.updated_at >= early.state.updated_at);
    // Forward by a year: what was valid for two hours is no more, and a grant is not given anew.
    gates.0.pass(366 * 24 * HOUR).await;
    assert_eq!(code(gates.consume(&late, "payments").await), "too_late");
    let stored = gates.0.get(late.core.id).await;
    let delivery = &stored.state.live_decision().unwrap().delivery;
    assert!(matches!(delivery, Delivery::Expired { .. }), "{delivery:?}");
    let again = gates.consume(&early, "payments").await;
    assert!(again.is_err() || again.unwrap().expires_at == grant.expires_at);
}

async fn results_come_twice_late_and_in_the_wrong_order(kind: Kind) {
    let gates = Gates::new(kind, "review: { execution_within: 2m }\n").await;
    let case = gates.submit(5.0).await;
    let id = case.core.id;
    let result = |succeeded: bool| NewOutcome {
        source: OutcomeSource::System,
        answer: None,
        failure_modes: Vec::new(),
        succeeded: Some(succeeded),
        grant: None,
        occurred_at: Timestamp(0),
    };
    // Before anything was decided, and before anything was granted.
    let early = gates.0.engine.outcome(&machine(), id, result(true), None).await;
    let decided = gates.judge(1, id, approve(&case)).await.unwrap();
    let gate = |case: &tandem_domain::case::Case| {
        case.state.live_decision().unwrap().gate.clone().unwrap()
    };
    assert!(gate(&decided).execution.is_none(), "a result from before the grant: {early:?}");
    gates.consume(&decided, "payments").await.unwrap();
    gates.0.pass(121 * SECOND).await;
    assert_eq!(gate(&gates.0.get(id).await).alarm, Some(Alarm::ExecutionUnknown));
    // Late, and twice: it counts once, and the alarm is over.
    for _ in 0..2 {
        gates.0.engine.outcome(&machine(), id, result(true), None).await.unwrap();
    }
    let known = gate(&gates.0.get(id).await);
    assert_eq!((known.alarm, known.execution.map(|e| e.succeeded)), (None, Some(true)));
}

async fn a_run_that_dies_between_grant_and_call_repeats_nothing(kind: Kind) {
    let gates = Gates::new(kind, "").await;
    let engine = &gates.0.engine;
    let start = || NewRun {
        key: Some("desk".to_owned()),
        goal: "pay back".to_owned(),
        ..NewRun::default()
    };
    let run = engine.start_run(&machine(), "refunds", start(), None).await.unwrap().run;
    let call = tandem_engine::Submission {
        key: Some("desk/call-1".to_owned()),
        run: Some(run.core.id.to_string()),
        run_epoch: Some(0),
        ..crate::gates::wanted(30.0)
    };
    let case = engine.submit(&machine(), "refunds", call.clone(), None).await.unwrap().case;
    let decided = gates.judge(1, case.core.id, approve(&case)).await.unwrap();
    gates.consume(&decided, "desk/first").await.unwrap();
    // It died here. Its successor takes the run over, finds the same case by its key, and no second grant.
    let run = engine.start_run(&machine(), "refunds", start(), None).await.unwrap().run;
    let epoch = run.state.epoch;
    engine.heartbeat(&machine(), run.core.id, epoch, std::time::Duration::ZERO).await.unwrap();
    let call = tandem_engine::Submission { run_epoch: Some(epoch), ..call };
    let same = engine.submit(&machine(), "refunds", call, None).await.unwrap().case;
    assert_eq!(same.core.id, case.core.id);
    assert_eq!(code(gates.consume(&same, "desk/second").await), "already_consumed");
}

async fn what_was_handed_out_is_written_down_once(kind: Kind) {
    let mut gates = Gates::new(kind, "").await;
    let decided = async |gates: &Gates, amount: f64| {
        let case = gates.submit(amount).await;
        gates.judge(1, case.core.id, approve(&case)).await.unwrap()
    };
    let delivery = async |gates: &Gates, id| {
        gates.0.get(id).await.state.live_decision().unwrap().delivery.clone()
    };
    // Somebody fetched it, and takes no grant: seen a moment later.
    let left = decided(&gates, 10.0).await.core.id;
    assert_eq!(
        delivery(&gates, left).await,
        Delivery::Pending,
        "a look by others hands out nothing"
    );
    for _ in 0..2 {
        gates.0.engine.fetch(&machine(), left).await.unwrap();
    }
    let begun = Instant::now();
    while !matches!(delivery(&gates, left).await, Delivery::Delivered { .. }) {
        assert!(begun.elapsed() < Duration::from_mins(2), "it is never written down");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // Fetched and consumed; and fetched by somebody when the server ends.
    let taken = decided(&gates, 20.0).await;
    gates.0.engine.fetch(&machine(), taken.core.id).await.unwrap();
    gates.consume(&taken, "payments").await.unwrap();
    let last = decided(&gates, 30.0).await.core.id;
    gates.0.engine.fetch(&machine(), last).await.unwrap();
    again(&mut gates).await;
    assert!(matches!(delivery(&gates, last).await, Delivery::Delivered { .. }));
    assert!(matches!(delivery(&gates, taken.core.id).await, Delivery::Consumed { .. }));
    for (id, last) in [(left, "decision.delivered"), (taken.core.id, "decision.consumed")] {
        let events = gates.0.engine.timeline(&machine(), id).await.unwrap();
        let kinds: Vec<_> = events.iter().map(|event| event.kind.as_str()).collect();
        assert_eq!(kinds.last(), Some(&last), "{kinds:?}");
        assert_eq!(kinds.iter().filter(|kind| **kind == last).count(), 1, "{kinds:?}");
    }
}

crate::on_both!(
    what_was_handed_out_is_written_down_once,
    a_restart_at_any_moment_opens_a_gate_once,
    calls_keep_the_version_they_came_in_under,
    a_clock_that_jumps_neither_opens_nor_renews,
    results_come_twice_late_and_in_the_wrong_order,
    a_run_that_dies_between_grant_and_call_repeats_nothing,
);
