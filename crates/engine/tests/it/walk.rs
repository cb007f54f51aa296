//! A case walks through: submitted, routed, claimed, judged, decided, effective, waited for.

use std::time::Duration;

use serde_json::json;
use tandem_domain::case::{DecidedBy, DecisionState, Outcome, Status, Verdict};
use tandem_domain::loops::RouteTo;
use tandem_engine::{IdemKey, Submission};

use crate::common::{
    Kind, SECOND, World, by_hand, code, machine, output, reviewer, says, selective, ticket, tickets,
};
use crate::on_both;

on_both! {
    a_person_decides,
    a_confident_proposal_passes,
    a_decision_is_held_undone_and_takes_effect,
    keys_name_one_case,
    idempotency_keys_name_one_effect,
    a_lost_lease_keeps_its_token_until_the_seat_is_taken,
    bad_input_stores_nothing,
    a_batch_stores_the_good_lines,
    a_case_is_cancelled_reopened_and_decided_again,
}

async fn a_person_decides(kind: Kind) {
    let world = World::new(kind).await;
    world.put(&by_hand()).await;
    let case = world.submit("tickets", Some(0.99)).await;
    assert_eq!(case.state.status, Status::Queued);
    assert_eq!(case.state.route.as_ref().unwrap().to, RouteTo::Review);

    let (engine, id) = (world.engine.clone(), case.core.id);
    let waiter =
        tokio::spawn(
            async move { engine.wait(&machine(), id, Duration::from_mins(2)).await.unwrap() },
        );
    let ada = reviewer(1);
    let claim = world.claim(&ada).await.expect("a case waits");
    assert_eq!(claim.case.core.id, id);
    assert_eq!(world.get(id).await.state.status, Status::Claimed);
    assert!(world.claim(&reviewer(2)).await.is_none(), "its only seat is taken");

    let judged = world.judge(&ada, &claim, says(Verdict::Answer, Some("lost_card"))).await.unwrap();
    let decision = judged.case.state.live_decision().unwrap();
    assert_eq!((decision.outcome, decision.by), (Outcome::Modified, DecidedBy::People));
    assert_eq!(decision.state, DecisionState::Effective);
    assert_eq!(decision.digest.len(), 64);
    let (seen, finished) = waiter.await.unwrap();
    assert!(finished);
    assert_eq!(output(&seen), Some(json!({"intent": "lost_card"})));
    let kinds: Vec<_> =
        world.engine.timeline(&machine(), id).await.unwrap().into_iter().map(|e| e.kind).collect();
    assert_eq!(
        kinds[..5],
        ["case.submitted", "claim.made", "judgment.made", "decision.made", "decision.effective"]
    );
}

async fn a_confident_proposal_passes(kind: Kind) {
    let world = World::new(kind).await;
    world.put(&selective()).await;
    let sure = world.submit("tickets", Some(0.95)).await;
    assert_eq!(sure.state.status, Status::Decided);
    assert_eq!(sure.state.live_decision().unwrap().by, DecidedBy::Machine);
    let (_, finished) =
        world.engine.wait(&machine(), sure.core.id, Duration::from_secs(5)).await.unwrap();
    assert!(finished);
    let unsure = world.submit("tickets", Some(0.5)).await;
    assert_eq!(unsure.state.status, Status::Queued);
    let (_, finished) =
        world.engine.wait(&machine(), unsure.core.id, Duration::from_millis(20)).await.unwrap();
    assert!(!finished);
    // The same facts, draw and loop give the same route again.
    let handle = world.engine.loop_of(&unsure).await.unwrap();
    let route = unsure.state.route.clone().unwrap();
    let draws = handle.draws(unsure.core.id);
    let again = tandem_domain::policy::route(
        handle.spec(),
        route.loop_version,
        route.epoch,
        route.facts.clone(),
        draws,
    );
    assert_eq!(again, route);
}

async fn a_decision_is_held_undone_and_takes_effect(kind: Kind) {
    let world = World::new(kind).await;
    world.put(&tickets("review: { undo: 10s }\n")).await;
    let id = world.submit("tickets", None).await.core.id;
    let ada = reviewer(1);
    let claim = world.claim(&ada).await.unwrap();
    let judged = world.judge(&ada, &claim, says(Verdict::Approve, None)).await.unwrap();
    assert_eq!(judged.case.state.status, Status::Held);
    assert!(judged.undo_until.is_some());
    world.pass(5 * SECOND).await;
    let undone = world.engine.undo(&ada, judged.id, None).await.unwrap();
    assert_eq!(undone.state.status, Status::Queued);
    // Withdrawn once: its timer must not bring it back.
    world.pass(60 * SECOND).await;
    assert_eq!(world.get(id).await.state.status, Status::Queued);

    let claim = world.claim(&ada).await.expect("undo lets the same reviewer judge again");
    world.judge(&ada, &claim, says(Verdict::Reject, None)).await.unwrap();
    world.pass(11 * SECOND).await;
    let case = world.get(id).await;
    assert_eq!(case.state.status, Status::Decided);
    assert_eq!(case.state.live_decision().unwrap().outcome, Outcome::Rejected);
}

async fn keys_name_one_case(kind: Kind) {
    let world = World::new(kind).await;
    world.put(&by_hand()).await;
    let keyed =
        |text: &str| Submission { key: Some("ticket-1".to_owned()), ..ticket(text, "other", None) };
    let first = world.engine.submit(&machine(), "tickets", keyed("a"), None).await.unwrap();
    assert!(first.created);
    let again = world.engine.submit(&machine(), "tickets", keyed("a"), None).await.unwrap();
    assert!(!again.created);
    assert_eq!(again.case.core.id, first.case.core.id);
    let other = world.engine.submit(&machine(), "tickets", keyed("b"), None).await;
    assert_eq!(code(other), "key_conflict");
}

async fn idempotency_keys_name_one_effect(kind: Kind) {
    let world = World::new(kind).await;
    world.put(&by_hand()).await;
    let idem = |digest: u8| {
        let route = "POST /v1/loops/tickets/cases".to_owned();
        Some(IdemKey { route, key: "k".to_owned(), digest: [digest; 32] })
    };
    let asker = machine();
    let submit =
        |digest| world.engine.submit(&asker, "tickets", ticket("a", "other", None), idem(digest));
    let first = submit(1).await.unwrap();
    let claim = world.claim(&reviewer(1)).await.unwrap();
    let again = submit(1).await.unwrap();
    assert!(first.created && !again.created);
    assert_eq!(again.case.core.id, first.case.core.id);
    assert_eq!(again.case.state.status, Status::Claimed, "the resource as it is now");
    assert_eq!(code(submit(2).await), "idempotency_conflict");
    drop(claim);
}

async fn a_lost_lease_keeps_its_token_until_the_seat_is_taken(kind: Kind) {
    let world = World::new(kind).await;
    world.put(&by_hand()).await;
    let (ada, ben) = (reviewer(1), reviewer(2));
    let first = world.submit("tickets", None).await.core.id;
    let claim = world.claim(&ada).await.unwrap();
    world.pass(61 * SECOND).await;
    assert_eq!(world.get(first).await.state.status, Status::Queued, "the seat is free");
    world.judge(&ada, &claim, says(Verdict::Approve, None)).await.expect("nobody took the seat");

    let second = world.submit("tickets", None).await.core.id;
    let lost = world.claim(&ada).await.unwrap();
    assert_eq!(lost.case.core.id, second);
    world.pass(61 * SECOND).await;
    let taken = world.claim(&ben).await.expect("the seat is free");
    let late = world.judge(&ada, &lost, says(Verdict::Approve, None)).await;
    assert_eq!(code(late), "claim_lost");
    let renewed = world.engine.renew(&ben, taken.id, taken.token, None).await.unwrap();
    assert!(renewed.expires_at >= taken.expires_at);
    let stale = world.engine.renew(&ben, taken.id, taken.token + 7, None).await;
    assert_eq!(code(stale), "stale_token");
    world.engine.release(&ben, taken.id, Some(taken.token)).await.unwrap();
    assert!(world.claim(&ada).await.is_some());
}

async fn bad_input_stores_nothing(kind: Kind) {
    let world = World::new(kind).await;
    world.put(&selective()).await;
    let bad = [
        Submission { input: json!({"txt": "a"}), ..ticket("a", "other", None) },
        Submission { input: json!({}), ..ticket("a", "other", None) },
        ticket("a", "not_an_option", None),
        ticket("a", "other", Some(1.5)),
        ticket("a", "other", Some(f64::NAN)),
        Submission { priority: 10, ..ticket("a", "other", None) },
        Submission { key: Some(String::new()), ..ticket("a", "other", None) },
    ];
    for submission in bad {
        let refused = world.engine.submit(&machine(), "tickets", submission.clone(), None).await;
        assert!(code(refused).starts_with("invalid_"), "{submission:?}");
    }
    let cases = world
        .engine
        .list(&machine(), "tickets", tandem_engine::CaseQuery::default(), None, 10)
        .await
        .unwrap();
    assert!(cases.items.is_empty());
    let broken = world
        .engine
        .put_loop(
            &machine(),
            "tickets",
            tickets("policy: { rules: [{ name: r, when: 'inputs.text ==', route: auto }] }\n"),
            tandem_policy::Format::Yaml,
            false,
            "",
        )
        .await
        .unwrap_err();
    let tandem_engine::EngineError::Invalid { problems, .. } = broken else { panic!("{broken}") };
    assert!(problems[0].line > 1 && problems[0].column > 1, "{problems:?}");
}

async fn a_batch_stores_the_good_lines(kind: Kind) {
    let world = World::new(kind).await;
    world.put(&selective()).await;
    let line = |n: u64| {
        let submission = match n % 50 {
            7 => ticket("a", "no_such", None),
            // The same key twice in one batch is one case.
            8 | 9 => Submission { key: Some(format!("k{}", n / 50)), ..ticket("a", "other", None) },
            even if even % 2 == 0 => ticket("a", "other", Some(0.95)),
            _ => ticket("a", "other", Some(0.2)),
        };
        (n, Ok(submission))
    };
    let results = world
        .engine
        .submit_batch(&machine(), "tickets", (0..700).map(line).collect())
        .await
        .unwrap();
    assert_eq!(results.len(), 700);
    let mut created = 0;
    for (n, result) in results.iter().enumerate() {
        assert_eq!(result.line, n as u64);
        match &result.outcome {
            Err(error) => assert_eq!((n % 50, error.code()), (7, "invalid_answer")),
            Ok(submitted) => created += u32::from(submitted.created),
        }
    }
    assert_eq!(created, 700 - 14 - 14);
    let summary = &world.engine.list_loops(&machine()).await.unwrap()[0];
    assert_eq!(summary.cases, u64::from(created));
    assert_eq!(summary.open + summary.decided, u64::from(created));
}

async fn a_case_is_cancelled_reopened_and_decided_again(kind: Kind) {
    let world = World::new(kind).await;
    world.put(&selective()).await;
    let auto = world.submit("tickets", Some(0.95)).await.core.id;
    assert_eq!(code(world.engine.cancel(&machine(), auto, None).await), "invalid_transition");
    let reopened = world.engine.reopen(&machine(), auto, "a customer complained", None).await;
    assert_eq!(reopened.unwrap().state.status, Status::Reopened);
    assert_eq!(world.engine.comments(&machine(), auto, None).await.unwrap().len(), 1);
    let ada = reviewer(1);
    let claim = world.claim(&ada).await.unwrap();
    world.judge(&ada, &claim, says(Verdict::Answer, Some("other"))).await.unwrap();
    let case = world.get(auto).await;
    assert_eq!(case.state.decisions.len(), 2);
    assert_eq!(case.state.decisions.iter().filter(|d| d.state.is_live()).count(), 1);

    let waiting = world.submit("tickets", Some(0.1)).await.core.id;
    let cancelled = world.engine.cancel(&machine(), waiting, None).await.unwrap();
    assert_eq!(cancelled.state.status, Status::Cancelled);
    assert!(world.claim(&ada).await.is_none());
}
