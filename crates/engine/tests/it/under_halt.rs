//! What a halt stops: grants that are asked for again, orders to run on, timers over approvals, and messages by which
//! somebody outside would act.

use serde_json::json;
use tandem_connect::http::Guard;
use tandem_domain::Timestamp;
use tandem_domain::case::{Alarm, Case, Delivery, Verdict};
use tandem_domain::loops::RouteTo;
use tandem_domain::run::{ControlKind, NewControl};
use tandem_engine::cases::{IdemKey, NewOutcome, OutcomeSource};
use tandem_engine::runs::{Bulk, NewRun};
use tandem_engine::webhooks::{NewWebhook, Settings};
use tandem_engine::{ClaimRequest, EngineError};

use crate::common::{Kind, SECOND, World, code, machine, reviewer, says, selective};
use crate::gates::{Gates, HOUR, approve, call, proposal};
use crate::receiver::{Manner, Receiver};

const CAPPED: &str = "coverage: selective\n\
    policy:\n  confidence: { auto_at: 0.9 }\n  limits:\n\
    \x20   - { name: per day, sum: proposal.output.refund.arguments.amount, window: 24h, max: 200 }\n";

fn key() -> Option<IdemKey> {
    Some(IdemKey {
        route: "POST /v1/cases/{id}/consume".to_owned(),
        key: "once".to_owned(),
        digest: [1; 32],
    })
}

/// Asks for the grant under one key, as a client does that lost the answer.
async fn again(gates: &Gates, case: &Case) -> Result<String, EngineError> {
    let digest = case.state.live_decision().unwrap().digest.clone();
    let (engine, id) = (&gates.0.engine, case.core.id);
    let granted = engine.consume(&machine(), id, digest, "payments".to_owned(), key()).await;
    granted.map(|grant| grant.grant)
}

async fn a_repeated_request_opens_no_gate_under_a_halt(kind: Kind) {
    let gates = Gates::new(kind, "").await;
    let case = gates.submit(9.0).await;
    let decided = gates.judge(1, case.core.id, approve(&case)).await.unwrap();
    let granted = loop {
        match again(&gates, &decided).await {
            Err(error) if error.code() == "not_sealed" => {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
            done => break done.unwrap(),
        }
    };
    assert_eq!(again(&gates, &decided).await.unwrap(), granted, "whoever lost the answer gets it");
    gates.0.engine.halt(&machine(), None, "stop", None).await.unwrap();
    assert_eq!(code(again(&gates, &decided).await), "halted");
    gates.0.engine.resume(&machine(), None, "go", None).await.unwrap();
    assert_eq!(again(&gates, &decided).await.unwrap(), granted);
    gates.executed(case.core.id, true).await;
    assert_eq!(code(again(&gates, &decided).await), "already_consumed", "it ran");
    let late = gates.submit(9.0).await;
    let decided = gates.judge(1, late.core.id, approve(&late)).await.unwrap();
    gates.consume(&decided, "payments").await.unwrap();
    gates.0.advance(301 * SECOND);
    assert_eq!(code(gates.consume(&decided, "payments").await), "too_late");
}

async fn nobody_is_late_with_a_grant_that_a_halt_refuses(kind: Kind) {
    let gates = Gates::new(kind, "review: { consume_within: 10m, valid_for: 2h }\n").await;
    let (engine, case) = (&gates.0.engine, gates.submit(9.0).await);
    let id = case.core.id;
    gates.judge(1, id, approve(&case)).await.unwrap();
    let gate = async || gates.0.get(id).await.state.live_decision().unwrap().clone();
    gates.0.pass(60 * SECOND).await;
    engine.halt(&machine(), None, "stop", None).await.unwrap();
    gates.0.advance(HOUR);
    engine.fire_due().await.unwrap();
    assert_eq!(gate().await.gate.unwrap().alarm, None, "no grant was given under the halt");
    engine.resume(&machine(), None, "go", None).await.unwrap();
    gates.0.pass(120 * SECOND).await;
    assert_eq!(gate().await.gate.unwrap().alarm, None, "three minutes of ten");
    gates.0.pass(500 * SECOND).await;
    assert_eq!(gate().await.gate.unwrap().alarm, Some(Alarm::Unconsumed));
    // How long an approval is good for is a promise to whoever gave it: no halt makes it longer.
    gates.0.pass(HOUR).await;
    assert!(matches!(gate().await.delivery, Delivery::Expired { .. }));
}

async fn runs_are_told_to_stop_and_nothing_else(kind: Kind) {
    let gates = Gates::new(kind, "").await;
    let engine = &gates.0.engine;
    let new = NewRun { goal: "pay back".to_owned(), ..NewRun::default() };
    let run = engine.start_run(&machine(), "refunds", new, None).await.unwrap().run.core.id;
    let order = async |kind: ControlKind| {
        let mut new = NewControl::plain(kind, "because");
        new.goal = (kind == ControlKind::Redirect).then(|| "something else".to_owned());
        engine.control_run(&machine(), run, new, None).await
    };
    let all = |kind| Bulk {
        kind,
        reason: "because".to_owned(),
        loop_name: Some("refunds".to_owned()),
        statuses: Vec::new(),
    };
    order(ControlKind::Pause).await.unwrap();
    engine.halt(&machine(), Some("refunds"), "stop", None).await.unwrap();
    assert_eq!(code(order(ControlKind::Resume).await), "halted");
    assert_eq!(code(order(ControlKind::Redirect).await), "halted");
    let resumed = engine.control_runs(&machine(), all(ControlKind::Resume), None).await;
    assert_eq!(code(resumed), "halted");
    let everywhere = Bulk { loop_name: None, ..all(ControlKind::Resume) };
    assert!(engine.control_runs(&machine(), everywhere, None).await.unwrap().runs.is_empty());
    engine.resume(&machine(), Some("refunds"), "go", None).await.unwrap();
    order(ControlKind::Resume).await.unwrap();
    engine.halt(&machine(), None, "stop", None).await.unwrap();
    order(ControlKind::Stop).await.unwrap();
}

async fn nobody_outside_hears_of_a_decision_until_it_is_lifted(kind: Kind) {
    let world = World::with(kind, |config| {
        config.webhooks = Settings {
            guard: Guard { allow_private: true, ..Guard::default() },
            ..Settings::default()
        };
    })
    .await;
    world.put(&selective()).await;
    let receiver = Receiver::new(Manner::Says(200, "", "thanks")).await;
    let new = NewWebhook { url: receiver.url(), ..NewWebhook::default() };
    world.engine.add_webhook(&machine(), new, None).await.unwrap();
    let send = async || {
        while world.engine.deliver_due().await.unwrap() > 0 {}
        world.engine.send_webhooks_due().await.unwrap()
    };
    world.submit("tickets", Some(0.95)).await;
    world.engine.halt(&machine(), Some("tickets"), "stop", None).await.unwrap();
    let waits = world.submit("tickets", None).await;
    world.engine.cancel(&machine(), waits.core.id, None).await.unwrap();
    assert_eq!(send().await, 1, "people are told of what is no decision");
    assert_eq!(receiver.got()[0].json()["type"], "tandem.case.cancelled");
    world.advance(3 * SECOND);
    assert_eq!(send().await, 0);
    world.engine.resume(&machine(), Some("tickets"), "go", None).await.unwrap();
    world.advance(3 * SECOND);
    assert_eq!(send().await, 1);
    let told = receiver.got();
    assert_eq!(told[1].json()["type"], "tandem.case.decided");
    assert_eq!(told.len(), 2);
}

fn result(succeeded: bool, at: i64, grant: Option<String>) -> NewOutcome {
    NewOutcome {
        source: OutcomeSource::System,
        answer: None,
        failure_modes: Vec::new(),
        succeeded: Some(succeeded),
        grant,
        occurred_at: Timestamp(at),
    }
}

/// An approved call whose grant was taken a minute ago, and when.
async fn taken(gates: &Gates) -> (Case, i64) {
    let case = gates.submit(9.0).await;
    let decided = gates.judge(1, case.core.id, approve(&case)).await.unwrap();
    gates.consume(&decided, "payments").await.unwrap();
    let given = gates.0.engine.now().0;
    gates.0.advance(60 * SECOND);
    (decided, given)
}

async fn the_later_result_counts_in_whatever_order_they_come(kind: Kind) {
    let gates = Gates::new(kind, "").await;
    let engine = &gates.0.engine;
    let (decided, given) = taken(&gates).await;
    let id = decided.core.id;
    engine.outcome(&machine(), id, result(true, given + 20, None), None).await.unwrap();
    engine.outcome(&machine(), id, result(false, given + 10, None), None).await.unwrap();
    let known = async || {
        let case = gates.0.get(id).await;
        case.state.live_decision().unwrap().gate.clone().unwrap().execution.unwrap()
    };
    assert!(known().await.succeeded, "what failed before it succeeded");
    // Taken back, it may still have run: nobody gets the grant again.
    engine.outcome(&machine(), id, result(false, given + 30, None), None).await.unwrap();
    assert!(!known().await.succeeded && known().await.may_have_run);
    assert_eq!(code(gates.consume(&decided, "payments").await), "already_consumed");
}

async fn an_older_success_is_not_forgotten(kind: Kind) {
    let gates = Gates::new(kind, "").await;
    let engine = &gates.0.engine;
    let (decided, given) = taken(&gates).await;
    let id = decided.core.id;
    engine.outcome(&machine(), id, result(false, given + 20, None), None).await.unwrap();
    engine.outcome(&machine(), id, result(true, given + 10, None), None).await.unwrap();
    let case = gates.0.get(id).await;
    let known = case.state.live_decision().unwrap().gate.clone().unwrap().execution.unwrap();
    assert!(!known.succeeded && known.may_have_run);
    assert_eq!(code(gates.consume(&decided, "payments").await), "already_consumed");
}

async fn a_result_is_of_the_grant_it_was_made_with(kind: Kind) {
    let gates = Gates::new(kind, "").await;
    let (engine, case) = (&gates.0.engine, gates.submit(9.0).await);
    let id = case.core.id;
    let decided = gates.judge(1, id, approve(&case)).await.unwrap();
    let first = gates.consume(&decided, "payments").await.unwrap().grant;
    let early = engine.now().0;
    gates.0.advance(60 * SECOND);
    engine.reopen(&machine(), id, "once more", None).await.unwrap();
    let case = gates.0.get(id).await;
    let decided = gates.judge(2, id, approve(&case)).await.unwrap();
    gates.consume(&decided, "payments").await.unwrap();
    let executions = async || {
        let case = gates.0.get(id).await;
        let gate = |n: usize| case.state.decisions[n].gate.clone().unwrap();
        [gate(0).execution.map(|e| e.succeeded), gate(1).execution.map(|e| e.succeeded)]
    };
    engine.outcome(&machine(), id, result(false, early, None), None).await.unwrap();
    assert_eq!(executions().await, [Some(false), None], "it happened before the second grant");
    let now = engine.now().0;
    engine.outcome(&machine(), id, result(true, now, Some(first)), None).await.unwrap();
    assert_eq!(executions().await, [Some(true), None]);
    let nobodys =
        engine.outcome(&machine(), id, result(true, now, Some("grt_0".into())), None).await;
    assert_eq!(code(nobodys), "invalid_transition");
    engine.outcome(&machine(), id, result(true, now, None), None).await.unwrap();
    assert_eq!(executions().await, [Some(true), Some(true)]);
}

async fn what_waits_holds_its_share_however_long(kind: Kind) {
    let gates = Gates::new(kind, CAPPED).await;
    let to = |case: &Case| case.state.route.as_ref().unwrap().to;
    assert_eq!(to(&gates.submit(60.0).await), RouteTo::Auto);
    let waits = gates.submit(150.0).await;
    assert_eq!(to(&waits), RouteTo::Review);
    // Beyond the window the 60 are forgotten; the 150 may still be approved.
    gates.0.advance(25 * HOUR);
    assert_eq!(to(&gates.submit(60.0).await), RouteTo::Review, "150 wait");
    let decided = gates.judge(1, waits.core.id, approve(&waits)).await.unwrap();
    gates.consume(&decided, "payments").await.unwrap();
    gates.executed(waits.core.id, false).await;
    assert_eq!(to(&gates.submit(60.0).await), RouteTo::Review, "its grant is still good");
}

async fn an_agent_proposes_nothing_while_a_person_has_the_turn(kind: Kind) {
    let gates = Gates::new(kind, "").await;
    let (engine, case) = (&gates.0.engine, gates.submit(9.0).await);
    let id = case.core.id;
    let ask = ClaimRequest { case: Some(id), ..ClaimRequest::default() };
    engine.claim(&reviewer(1), ask, None).await.unwrap();
    engine.take_over(&reviewer(1), id, None).await.unwrap();
    let propose = async || engine.propose(&machine(), id, proposal(&call(8.0)), false, None).await;
    assert_eq!(code(propose().await), "taken_over");
    assert_eq!(gates.0.get(id).await.state.proposals.len(), 1);
    // Who asks for another proposal gives the turn with it.
    let wants = tandem_domain::command::NewJudgment {
        comment: Some("less".to_owned()),
        ..says(Verdict::RequestChanges, None)
    };
    let asked = gates.judge(1, id, wants).await.unwrap();
    assert!(asked.state.taken_over.is_none());
    let again = propose().await.unwrap();
    assert_eq!(again.state.proposals[1].output, *json!(call(8.0)).as_object().unwrap());
}

crate::on_both!(
    a_repeated_request_opens_no_gate_under_a_halt,
    nobody_is_late_with_a_grant_that_a_halt_refuses,
    runs_are_told_to_stop_and_nothing_else,
    nobody_outside_hears_of_a_decision_until_it_is_lifted,
    the_later_result_counts_in_whatever_order_they_come,
    an_older_success_is_not_forgotten,
    a_result_is_of_the_grant_it_was_made_with,
    what_waits_holds_its_share_however_long,
    an_agent_proposes_nothing_while_a_person_has_the_turn,
);
