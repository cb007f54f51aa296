//! Appeals on real databases: who decides, what holds meanwhile, and what happens at once.

use std::sync::Arc;

use serde_json::json;
use tandem_domain::case::{AppealState, Case, DecisionState, Status, Verdict};
use tandem_domain::roles::Role;
use tandem_domain::{CaseId, MemberId, Timestamp};
use tandem_engine::accounts::{MemberChange, NewKey, NewMember, PersonChange};
use tandem_engine::cases::{CaseQuery, IdemKey, Lodged};
use tandem_engine::gates::NewAbsence;
use tandem_engine::ledger::EventQuery;
use tandem_engine::{ClaimRequest, EngineError, LoopScope, Principal, Said};
use tandem_store::events;

use crate::common::{Kind, SECOND, World, answer, code, machine, output, reviewer, says, tickets};
use crate::on_both;

on_both! {
    somebody_else_decides_anew,
    a_suspended_decision_gives_no_grant,
    nobody_who_is_one_with_an_earlier_decider_is_eligible,
    who_was_removed_or_turned_out_to_be_the_first_does_not_count,
    two_appeals_at_once_are_one,
    an_appeal_and_a_consumption_at_once,
    the_window_and_the_deadline,
    a_halt_and_a_new_version,
    an_automatic_decision_goes_to_the_role_that_the_loop_names,
    what_was_taught_is_corrected,
}

const DAY: i64 = 86_400 * SECOND;

fn contestable(appeals: &str) -> String {
    tickets(&format!("review: {{ undo: 0s, lease: 60s }}\nappeals: {{ {appeals} }}\n"))
}

fn lodged() -> Lodged {
    Lodged {
        by: "cust_991".to_owned(),
        statement: "The letter never came.".to_owned(),
        evidence: Vec::new(),
    }
}

impl World {
    /// A case that reviewer 1 decided: `lost_card`, where `card_arrival` was proposed.
    async fn decided(&self) -> Case {
        let id = self.submit("tickets", Some(0.5)).await.core.id;
        self.said(&reviewer(1), id, Verdict::Answer, Some("lost_card")).await.unwrap()
    }

    async fn said(
        &self,
        who: &Principal,
        id: CaseId,
        verdict: Verdict,
        intent: Option<&str>,
    ) -> Result<Case, EngineError> {
        let said = Said { claim: None, judgment: says(verdict, intent), assertion: None };
        Ok(self.engine.judge(who, id, said, None).await?.case)
    }

    async fn lodge(&self, id: CaseId) -> Result<Case, EngineError> {
        self.engine.appeal(&machine(), id, lodged(), None).await
    }

    async fn take(&self, case: &Case, consumer: &str) -> Result<String, EngineError> {
        let decision = case.state.decisions.last().unwrap();
        for _ in 0..6_000 {
            let (id, digest) = (case.core.id, decision.digest.clone());
            let asked =
                self.engine.consume(&machine(), id, digest, consumer.to_owned(), None).await;
            match asked {
                Err(error) if error.code() == "not_sealed" => {
                    tokio::time::sleep(std::time::Duration::from_millis(10)).await;
                }
                done => return done.map(|grant| grant.grant),
            }
        }
        panic!("it was never sealed");
    }

    /// The owner of `key` says yes to standing in for `away`.
    async fn stands_in(&self, key: &str, away: MemberId) {
        let who = self.as_known(key).await;
        let (asked, _) = self.engine.absences(&who).await.unwrap();
        let shown = asked.iter().find(|view| view.absence.member == away).unwrap();
        self.engine.accept_absence(&who, away, &shown.digest, None).await.unwrap();
    }

    async fn person(&self, name: &str, roles: &[Role]) -> (MemberId, String) {
        let accounts = self.engine.accounts();
        let new = NewMember {
            name: name.to_owned(),
            email: format!("{name}@example.org"),
            grants: roles.iter().map(|role| (LoopScope::All, *role)).collect(),
            password: None,
            person: None,
        };
        let member = accounts.add_member(&machine(), new).await.unwrap().member;
        let key = NewKey { name: name.to_owned(), member: Some(member.id), ..NewKey::default() };
        (member.id, accounts.make_key(&machine(), key).await.unwrap().secret)
    }

    async fn as_known(&self, secret: &str) -> Principal {
        (*self.engine.accounts().by_key(secret).await.unwrap()).clone()
    }

    async fn kinds(&self, id: CaseId) -> Vec<String> {
        let rows = self
            .engine
            .store()
            .read(move |tx| Ok::<_, EngineError>(events::of_case(tx, id, 100)?))
            .await
            .unwrap();
        rows.into_iter().map(|row| row.kind).collect()
    }
}

async fn somebody_else_decides_anew(kind: Kind) {
    let world = World::new(kind).await;
    world.put(&contestable("window: 30d, deadline: 5d")).await;
    let case = world.decided().await;
    let id = case.core.id;
    let idem = |key: &str| {
        Some(IdemKey {
            route: "POST /v1/cases/{id}/appeal".to_owned(),
            key: key.to_owned(),
            digest: [7; 32],
        })
    };
    let first = world.engine.appeal(&machine(), id, lodged(), idem("k")).await.unwrap();
    let again = world.engine.appeal(&machine(), id, lodged(), idem("k")).await.unwrap();
    assert_eq!(first.state.appeals, again.state.appeals);
    assert_eq!(code(world.lodge(id).await), "appeal_open");
    assert_eq!(first.state.status, Status::Decided);

    // Whoever decided is offered nothing, in the queue or by name; another is.
    assert!(world.claim(&reviewer(1)).await.is_none());
    let named = ClaimRequest { case: Some(id), ..ClaimRequest::default() };
    assert_eq!(code(world.engine.claim(&reviewer(1), named, None).await), "not_eligible");
    let claim = world.claim(&reviewer(2)).await.unwrap();
    assert_eq!((claim.task.queue.as_str(), claim.proposal), ("appeals", None));
    let claim = world.claim(&reviewer(2)).await;
    assert!(claim.is_none(), "one seat");
    // Nor does the stream of events tell whoever may decide it who was at work before.
    crate::proof::sealed(&world).await;
    let of_case = EventQuery { case: Some(id), ..EventQuery::default() };
    let admin = Principal { grants: vec![(LoopScope::All, Role::Admin)], ..reviewer(4) };
    let auditor = Principal { grants: vec![(LoopScope::All, Role::Auditor)], ..reviewer(5) };
    for (who, blind) in [(&reviewer(2), true), (&admin, true), (&auditor, false)] {
        let (seen, _) = world.engine.events(who, of_case.clone(), 0, 100).await.unwrap();
        let before = seen.iter().any(|event| {
            ["decision.made", "case.claimed", "judgment.recorded"].contains(&&*event.kind)
        });
        assert_eq!((before, seen.is_empty()), (!blind, false), "{seen:?}");
    }
    let open = CaseQuery { appeal: Some(AppealState::Open), ..CaseQuery::default() };
    let agent = machine();
    let list = |query: CaseQuery| world.engine.list(&agent, "tickets", query, None, 10);
    assert_eq!(list(open.clone()).await.unwrap().items.len(), 1);
    assert_eq!(world.engine.stats_appeals(&machine(), "tickets").await.unwrap().open, 1);

    world.pass(3_600 * SECOND).await;
    let done = world.said(&reviewer(2), id, Verdict::Answer, Some("card_arrival")).await.unwrap();
    assert_eq!(output(&done), Some(json!({"intent": "card_arrival"})));
    assert!(done.state.decisions[1].ruling.unwrap().overturned);
    assert!(list(open).await.unwrap().items.is_empty());
    let over = CaseQuery { appeal: Some(AppealState::Overturned), ..CaseQuery::default() };
    assert_eq!(list(over).await.unwrap().items[0].core.id, id);
    let figures = world.engine.stats_appeals(&machine(), "tickets").await.unwrap();
    assert_eq!((figures.lodged, figures.open, figures.overturned), (1, 0, 1));
    assert!(figures.median_seconds.is_some_and(|took| (took - 3_600.0).abs() < 1.0));
    assert!(figures.overturned_share.is_some());
    let kinds = world.kinds(id).await;
    let about: Vec<_> = kinds.iter().filter(|kind| kind.starts_with("appeal.")).collect();
    assert_eq!(about, ["appeal.lodged", "appeal.decided"]);
    assert_eq!(code(world.lodge(id).await), "not_appealable");
}

async fn a_suspended_decision_gives_no_grant(kind: Kind) {
    let world = World::new(kind).await;
    world.put(&contestable("meanwhile: suspended")).await;
    let case = world.decided().await;
    let id = case.core.id;
    let grant = world.take(&case, "ci").await.unwrap();
    world.lodge(id).await.unwrap();
    assert_eq!(code(world.take(&case, "ci").await), "appeal_open");
    let asker = machine();
    let waited = world.engine.wait(&asker, id, std::time::Duration::from_millis(20)).await.unwrap();
    assert!(!waited.1, "nothing is in force to be told");
    let other = world.engine.withdraw_appeal(&reviewer(4), id, None).await;
    assert_eq!(code(other), "not_eligible");
    let back = world.engine.withdraw_appeal(&machine(), id, None).await.unwrap();
    assert_eq!(back.state.decisions[0].state, DecisionState::Effective);
    assert_eq!(world.take(&case, "ci").await.unwrap(), grant, "the same grant as before");
    assert_eq!(
        code(world.engine.withdraw_appeal(&machine(), id, None).await),
        "invalid_transition"
    );

    world.lodge(id).await.unwrap();
    let done = world.said(&reviewer(2), id, Verdict::Answer, Some("lost_card")).await.unwrap();
    assert_eq!(done.state.appeals[1].state, AppealState::Upheld);
    let new = world.take(&done, "ci").await.unwrap();
    assert_ne!(new, grant, "a further decision has a grant of its own");
    assert_eq!(code(world.take(&case, "ci").await), "digest_mismatch");
}

async fn nobody_who_is_one_with_an_earlier_decider_is_eligible(kind: Kind) {
    let world = World::new(kind).await;
    world.put(&contestable("")).await;
    let accounts = world.engine.accounts();
    let (first, first_key) = world.person("first", &[Role::Reviewer]).await;
    let (deputy, deputy_key) = world.person("deputy", &[Role::Reviewer]).await;
    let (_, clerk_key) = world.person("clerk", &[Role::Reviewer]).await;
    let id = world.submit("tickets", Some(0.5)).await.core.id;
    let who = world.as_known(&first_key).await;
    world.said(&who, id, Verdict::Approve, None).await.unwrap();
    // Whoever hands the appeal in for the person affected is on their side.
    let clerk = world.as_known(&clerk_key).await;
    world.engine.appeal(&clerk, id, lodged(), None).await.unwrap();
    let tries = |who: Principal| {
        let world = &world;
        async move { world.said(&who, id, Verdict::Answer, Some("other")).await }
    };
    assert_eq!(code(tries(clerk).await), "not_eligible");
    // A deputy is who they stand in for, and the other way round.
    let until = Timestamp(world.engine.now().0 + DAY);
    accounts.set_absence(&who, first, Some(NewAbsence { until, delegate: deputy })).await.unwrap();
    world.stands_in(&deputy_key, first).await;
    let standing_in = world.as_known(&deputy_key).await;
    assert_eq!(code(tries(standing_in).await), "not_eligible");
    accounts.set_absence(&who, first, None).await.unwrap();
    let delegator = world.as_known(&deputy_key).await;
    let absence = NewAbsence { until, delegate: first };
    accounts.set_absence(&delegator, deputy, Some(absence)).await.unwrap();
    world.stands_in(&first_key, deputy).await;
    assert_eq!(code(tries(world.as_known(&deputy_key).await).await), "not_eligible");
    accounts.set_absence(&delegator, deputy, None).await.unwrap();
    let other_role =
        Principal { grants: vec![(LoopScope::All, Role::Orchestrator)], ..reviewer(8) };
    assert_eq!(code(tries(other_role).await), "forbidden");
    let done = tries(world.as_known(&deputy_key).await).await.unwrap();
    assert_eq!(done.state.appeals[0].state, AppealState::Overturned);
}

async fn who_was_removed_or_turned_out_to_be_the_first_does_not_count(kind: Kind) {
    let world = World::new(kind).await;
    world.put(&contestable("reviewers: { of: reviewer, count: 2 }")).await;
    let accounts = world.engine.accounts();
    let (first, first_key) = world.person("first", &[Role::Reviewer]).await;
    let (second, second_key) = world.person("second", &[Role::Reviewer]).await;
    let (out, out_key) = world.person("out", &[Role::Reviewer]).await;
    let (_, a) = world.person("a", &[Role::Admin]).await;
    let (_, b) = world.person("b", &[Role::Admin]).await;
    let mut cases = Vec::new();
    for _ in 0..2 {
        let id = world.submit("tickets", Some(0.5)).await.core.id;
        let who = world.as_known(&first_key).await;
        world.said(&who, id, Verdict::Approve, None).await.unwrap();
        world.lodge(id).await.unwrap();
        cases.push(id);
    }
    let who = world.as_known(&second_key).await;
    world.said(&who, cases[0], Verdict::Answer, Some("other")).await.unwrap();
    let who = world.as_known(&out_key).await;
    world.said(&who, cases[1], Verdict::Answer, Some("other")).await.unwrap();
    // The second account turns out to be the first decider's; the other member is shut out.
    let change = PersonChange::Merge { member: second, into: first };
    let asks = world.as_known(&a).await;
    let asked = accounts.ask_person_change(&asks, change, "one human").await.unwrap();
    accounts.settle_person_change(&world.as_known(&b).await, asked.id, true).await.unwrap();
    let shut = MemberChange { disabled: Some(true), ..MemberChange::default() };
    accounts.change_member(&machine(), out, shut).await.unwrap();
    for id in cases {
        let one = world.said(&reviewer(5), id, Verdict::Answer, Some("other")).await.unwrap();
        assert_eq!(one.state.appeals[0].state, AppealState::Open, "one person, not two");
        assert_eq!(one.state.decisions.len(), 1);
        let two = world.said(&reviewer(6), id, Verdict::Answer, Some("other")).await.unwrap();
        assert_eq!(two.state.appeals[0].state, AppealState::Overturned);
        assert_eq!(two.state.decisions[1].judgments, [3, 4]);
    }
}

async fn two_appeals_at_once_are_one(kind: Kind) {
    let world = Arc::new(World::new(kind).await);
    world.put(&contestable("meanwhile: suspended")).await;
    let id = world.decided().await.core.id;
    let at_once: Vec<_> = (0..8)
        .map(|_| {
            let world = Arc::clone(&world);
            tokio::spawn(async move { world.lodge(id).await.map_err(|error| error.code()) })
        })
        .collect();
    let mut taken = 0;
    for task in at_once {
        match task.await.unwrap() {
            Ok(_) => taken += 1,
            Err(code) => assert_eq!(code, "appeal_open"),
        }
    }
    assert_eq!(taken, 1);
    let case = world.get(id).await;
    assert_eq!((case.state.appeals.len(), case.state.tasks.len()), (1, 2));
}

async fn an_appeal_and_a_consumption_at_once(kind: Kind) {
    let world = Arc::new(World::new(kind).await);
    world.put(&contestable("meanwhile: suspended")).await;
    for n in 0..10 {
        let case = world.decided().await;
        let id = case.core.id;
        let (one, two) = (Arc::clone(&world), Arc::clone(&world));
        let decided = case.clone();
        let lodges = tokio::spawn(async move { one.lodge(id).await.unwrap() });
        let consumes = tokio::spawn(async move { two.take(&decided, &format!("ci-{n}")).await });
        lodges.await.unwrap();
        let consumed = consumes.await.unwrap();
        let after = world.get(id).await;
        let delivery = after.state.decisions[0].delivery.as_str();
        // Either the grant came before the appeal, or there is none.
        match consumed {
            Ok(_) => {
                assert_eq!(delivery, "consumed");
                let kinds = world.kinds(id).await;
                let at = |wanted: &str| kinds.iter().position(|kind| kind == wanted).unwrap();
                assert!(at("decision.consumed") < at("appeal.lodged"), "{kinds:?}");
            }
            Err(error) => assert_eq!((error.code(), delivery), ("appeal_open", "pending")),
        }
        assert_eq!(code(world.take(&case, "late").await), "appeal_open");
    }
}

async fn the_window_and_the_deadline(kind: Kind) {
    let world = World::new(kind).await;
    world.put(&contestable("window: 2d, deadline: 1d, meanwhile: suspended")).await;
    let (edge, late) = (world.decided().await, world.decided().await);
    let until = edge.state.decisions[0].contestable_until.unwrap();
    // The clock never stands still between two reads: the last moment is met from below.
    world.advance(until.0 - world.engine.now().0 - SECOND);
    world.lodge(edge.core.id).await.unwrap();
    world.advance(2 * SECOND);
    assert_eq!(code(world.lodge(late.core.id).await), "too_late");
    // What was lodged in time may be decided later; being late decides nothing.
    world.pass(2 * DAY).await;
    let case = world.get(edge.core.id).await;
    assert!(case.state.appeals[0].overdue);
    assert_eq!((case.state.status, case.state.decisions.len()), (Status::Reopened, 1));
    assert_eq!(case.priority(), 9);
    let figures = world.engine.stats_appeals(&machine(), "tickets").await.unwrap();
    assert_eq!((figures.open, figures.overdue), (1, 1));
    assert!(world.kinds(edge.core.id).await.contains(&"appeal.overdue".to_owned()));
    world.said(&reviewer(2), edge.core.id, Verdict::Reject, None).await.unwrap();
    let figures = world.engine.stats_appeals(&machine(), "tickets").await.unwrap();
    assert_eq!((figures.open, figures.overdue), (0, 0));
}

async fn a_halt_and_a_new_version(kind: Kind) {
    let world = World::new(kind).await;
    world.put(&tickets("review: { undo: 0s }\n")).await;
    let old = world.decided().await;
    world.put(&contestable("meanwhile: suspended")).await;
    let new = world.decided().await;
    assert_eq!(code(world.lodge(old.core.id).await), "not_appealable");
    // Whoever is affected may contest during a halt; what people decide waits for its end.
    world.engine.halt(&machine(), Some("tickets"), "smoke", None).await.unwrap();
    let id = new.core.id;
    world.lodge(id).await.unwrap();
    let held = world.said(&reviewer(2), id, Verdict::Answer, Some("other")).await.unwrap();
    assert_eq!((held.state.status, held.state.appeals[0].state), (Status::Held, AppealState::Open));
    assert_eq!(code(world.engine.withdraw_appeal(&machine(), id, None).await), "too_late");
    // A later version without appeals changes nothing for the case.
    world.engine.resume(&machine(), Some("tickets"), "aired", None).await.unwrap();
    world.pass(60 * SECOND).await;
    let done = world.get(id).await;
    assert_eq!(done.state.appeals[0].state, AppealState::Overturned);
    assert_eq!(output(&done), Some(serde_json::Value::Object(answer("other"))));
}

async fn an_automatic_decision_goes_to_the_role_that_the_loop_names(kind: Kind) {
    let world = World::new(kind).await;
    let more = "coverage: selective\npolicy: { confidence: { auto_at: 0.9, audit_rate: 0.0 } }\n\
                review: { undo: 0s }\nappeals: { reviewers: arbiter }\n";
    world.put(&tickets(more)).await;
    let id = world.submit("tickets", Some(0.95)).await.core.id;
    world.lodge(id).await.unwrap();
    let no_arbiter = world.said(&reviewer(1), id, Verdict::Answer, Some("other")).await;
    assert_eq!(code(no_arbiter), "not_eligible");
    assert!(world.claim(&reviewer(1)).await.is_none());
    let arbiter = Principal { grants: vec![(LoopScope::All, Role::Arbiter)], ..reviewer(7) };
    let claim = world.claim(&arbiter).await.unwrap();
    let judged = world.judge(&arbiter, &claim, says(Verdict::Answer, Some("other"))).await.unwrap();
    assert_eq!(judged.case.state.appeals[0].state, AppealState::Overturned);
}

async fn what_was_taught_is_corrected(kind: Kind) {
    let world = World::new(kind).await;
    world.put(&contestable("")).await;
    let case = world.decided().await;
    let id = case.core.id;
    let examples = || async {
        let loop_id = case.core.loop_id;
        let rows = world.engine.store().read(move |tx| {
            let rows = tandem_store::examples::page(tx, loop_id, None, 100)?;
            Ok::<_, EngineError>(rows)
        });
        let mut bodies: Vec<_> =
            rows.await.unwrap().into_iter().map(|row| (row.kind, row.n)).collect();
        bodies.sort();
        bodies
    };
    let before = examples().await;
    assert!(before.iter().any(|(kind, _)| kind == "correction"), "{before:?}");
    assert!(before.iter().all(|(_, n)| *n == 1));
    world.lodge(id).await.unwrap();
    world.said(&reviewer(2), id, Verdict::Answer, Some("card_arrival")).await.unwrap();
    let after = examples().await;
    assert!(
        after.iter().all(|(_, n)| *n == 2),
        "what the first decision taught is gone: {after:?}"
    );
    assert!(
        !after.iter().any(|(kind, _)| kind == "correction"),
        "the proposal was right: {after:?}"
    );
}
