//! Who decides: the queue's people and no others, over exactly the bytes that run, as what they are when they do.

use serde_json::json;
use tandem_domain::Timestamp;
use tandem_domain::case::{Case, Outcome, Purpose, Status, Verdict};
use tandem_domain::command::NewJudgment;
use tandem_domain::roles::Role;
use tandem_engine::accounts::{MemberChange, NewKey, PersonChange};
use tandem_engine::gates::NewAbsence;
use tandem_engine::review::{Batch, NewBatch};
use tandem_engine::{ClaimRequest, LoopScope, Principal};
use tandem_policy::Format;

use crate::common::{Kind, SECOND, code, machine, reviewer, says};
use crate::gates::{Gates, HOUR, approve, call, edit, proposal, refunds};

const FINANCE: &str = r#"policy:
  rules: [{ name: big, when: "proposal.output.refund.arguments.amount > 10000.0", route: review, queue: finance }]
queues: { finance: { roles: [arbiter] } }
"#;

fn arbiter(n: u8) -> Principal {
    Principal { grants: vec![(LoopScope::All, Role::Arbiter)], ..reviewer(n) }
}

fn queue(case: &Case) -> &str {
    &case.state.open_deciding_task().unwrap().queue
}

async fn batch(gates: &Gates, who: &Principal, cases: &[&Case]) -> Batch {
    let listed = cases.iter().map(|case| (case.core.id, approve(case).seen.unwrap())).collect();
    let batch = NewBatch {
        tool: "refund".to_owned(),
        cases: listed,
        max_count: None,
        sum: None,
        checklist: Vec::new(),
        comment: None,
        assertion: None,
        elapsed_ms: 4_000,
    };
    gates.0.engine.sign_batch(who, "refunds", batch, None).await.unwrap()
}

async fn a_queue_of_others_is_judged_by_none_but_them(kind: Kind) {
    let gates = Gates::new(kind, FINANCE).await;
    let case = gates.submit(20_000.0).await;
    let id = case.core.id;
    assert_eq!(queue(&case), "finance");
    assert_eq!(code(gates.judge(1, id, approve(&case)).await), "forbidden");
    assert_eq!(code(gates.judge(1, id, says(Verdict::Reject, None)).await), "forbidden");
    let asked = ClaimRequest { case: Some(id), ..ClaimRequest::default() };
    assert_eq!(code(gates.0.engine.claim(&reviewer(1), asked, None).await), "forbidden");
    assert_eq!(gates.0.get(id).await.state.status, Status::Queued);
    let decided = gates.judge_as(&arbiter(2), id, approve(&case)).await.unwrap();
    assert_eq!(decided.state.status, Status::Decided);
}

async fn many_at_once_are_no_way_around_a_queue(kind: Kind) {
    let gates = Gates::new(kind, FINANCE).await;
    let (big, small) = (gates.submit(20_000.0).await, gates.submit(20.0).await);
    let done = batch(&gates, &reviewer(1), &[&big, &small]).await;
    assert_eq!(done.approved.len(), 1, "{done:?}");
    assert_eq!((done.left_out[0].case, done.left_out[0].code.as_str()), (big.core.id, "forbidden"));
    assert_eq!(batch(&gates, &arbiter(2), &[&big]).await.approved.len(), 1);
}

async fn what_is_approved_is_the_bytes_whatever_the_error_rule(kind: Kind) {
    let ignored =
        refunds("").replace("    kind: action\n", "    kind: action\n    error: ignore\n");
    let gates = Gates::new(kind, "").await;
    let admin = machine();
    let refused =
        gates.0.engine.put_loop(&admin, "refunds", ignored, Format::Yaml, false, "").await;
    assert_eq!(code(refused), "invalid_loop", "no difference of a call is ignored");
    // A remark beside the call may be left out of the count of errors; it is part of what runs.
    let remark = "  remark: { kind: text, required: false, error: ignore }\nreject_reasons";
    let two = refunds("review: { approvals: { count: 2 } }\n").replace("reject_reasons", remark);
    gates.0.put(&two).await;
    let case = gates.submit(240.0).await;
    let id = case.core.id;
    let mut other = call(240.0);
    other["remark"] = json!("and close the account");
    let change = NewJudgment { answer: other.as_object().cloned(), ..says(Verdict::Modify, None) };
    let edited = gates.judge(1, id, change).await.unwrap();
    assert_eq!(
        edited.state.status,
        Status::Queued,
        "an edit asks anew: {:?}",
        edited.state.judgments
    );
    assert_eq!(edited.state.requesters.len(), 1, "and its author asks");
    assert_eq!(code(gates.judge(2, id, approve(&case)).await), "seen_mismatch");
    gates.judge(2, id, approve(&edited)).await.unwrap();
    let decided = gates.judge(3, id, approve(&edited)).await.unwrap();
    let decision = decided.state.live_decision().unwrap();
    assert_eq!(decision.output.as_ref().unwrap()["remark"], "and close the account");
    assert_eq!(decision.outcome, Outcome::Approved);
}

async fn an_answer_that_repeats_the_call_says_what_was_seen(kind: Kind) {
    let gates = Gates::new(kind, "review: { approvals: { count: 2 } }\n").await;
    let case = gates.submit(240.0).await;
    for verdict in [Verdict::Modify, Verdict::Answer] {
        let same = NewJudgment { answer: call(240.0).as_object().cloned(), ..says(verdict, None) };
        assert_eq!(code(gates.judge(1, case.core.id, same).await), "invalid_verdict");
    }
}

async fn an_edit_goes_where_the_policy_sends_it(kind: Kind) {
    let gates = Gates::new(kind, FINANCE).await;
    let case = gates.submit(50.0).await;
    let id = case.core.id;
    assert_eq!(queue(&case), "default");
    let edited = gates.judge(1, id, edit(50_000.0)).await.unwrap();
    assert_eq!((edited.state.status, queue(&edited)), (Status::Queued, "finance"));
    assert_eq!(code(gates.judge(2, id, approve(&edited)).await), "forbidden");
    let own = gates.judge_as(&arbiter(1), id, approve(&edited)).await;
    assert_eq!(code(own), "not_eligible", "whoever edited it asks");
    let decided = gates.judge_as(&arbiter(3), id, approve(&edited)).await.unwrap();
    assert_eq!(decided.state.status, Status::Decided);
    // An edit that leads nowhere else is one person's to make, as before.
    let small = gates.submit(50.0).await;
    let decided = gates.judge(1, small.core.id, edit(40.0)).await.unwrap();
    assert_eq!(decided.state.status, Status::Decided);
}

async fn an_edit_keeps_to_limits_and_guardrails(kind: Kind) {
    let gates = Gates::new(
        kind,
        r#"policy:
  limits: [{ name: per day, sum: proposal.output.refund.arguments.amount, window: 24h, max: 200, on_hit: block }]
  guardrails: [{ name: huge, check: cel, must: "proposal.output.refund.arguments.amount < 150.0", on_fail: review }]
"#,
    )
    .await;
    let case = gates.submit(50.0).await;
    let id = case.core.id;
    let over = gates.judge(1, id, edit(250.0)).await;
    assert_eq!(code(over), "invalid_answer", "a limit that blocks blocks an edit");
    assert_eq!(gates.0.get(id).await.state.judgments.len(), 0);
    // What a guardrail finds in an edit, somebody else looks at.
    let edited = gates.judge(1, id, edit(160.0)).await.unwrap();
    assert_eq!(edited.state.status, Status::Queued);
    let decided = gates.judge(2, id, approve(&edited)).await.unwrap();
    assert_eq!(decided.state.status, Status::Decided);
}

async fn an_edit_that_a_guardrail_blocks_is_refused(kind: Kind) {
    let gates = Gates::new(
        kind,
        r#"policy:
  guardrails: [{ name: never, check: cel, must: "proposal.output.refund.arguments.amount < 150.0", on_fail: block }]
"#,
    )
    .await;
    let case = gates.submit(50.0).await;
    assert_eq!(code(gates.judge(1, case.core.id, edit(160.0)).await), "invalid_answer");
    assert_eq!(gates.0.get(case.core.id).await.state.status, Status::Queued);
}

/// A person with an account, as they stand now.
async fn person(gates: &Gates, name: &str, role: Role) -> Principal {
    let secret = gates.account(name, role).await;
    now(gates, &secret).await
}

async fn now(gates: &Gates, secret: &str) -> Principal {
    (*gates.0.engine.accounts().by_key(secret).await.unwrap()).clone()
}

async fn who_is_removed_while_approving_does_not_decide(kind: Kind) {
    let gates = Gates::new(kind, "").await;
    // Let in before; shut out while the request was under way.
    let ada = person(&gates, "ada", Role::Reviewer).await;
    let case = gates.submit(9.0).await;
    let (id, accounts) = (case.core.id, gates.0.engine.accounts());
    let member = ada.member().unwrap().0;
    let roles = MemberChange {
        grants: Some(vec![(LoopScope::All, Role::Auditor)]),
        ..MemberChange::default()
    };
    accounts.change_member(&machine(), member, roles).await.unwrap();
    assert_eq!(code(gates.judge_as(&ada, id, approve(&case)).await), "forbidden");
    let off = MemberChange { disabled: Some(true), ..MemberChange::default() };
    accounts.change_member(&machine(), member, off).await.unwrap();
    assert_eq!(code(gates.judge_as(&ada, id, approve(&case)).await), "forbidden");
    assert_eq!(gates.0.get(id).await.state.status, Status::Queued);
}

async fn a_role_is_asked_for_over_calls(kind: Kind) {
    let gates = Gates::new(kind, "review: { approvals: { of: arbiter, count: 1 } }\n").await;
    let case = gates.submit(9.0).await;
    assert_eq!(code(gates.judge(1, case.core.id, approve(&case)).await), "forbidden");
    let decided = gates.judge_as(&arbiter(2), case.core.id, approve(&case)).await.unwrap();
    assert_eq!(decided.state.status, Status::Decided);
    // To look and to ask for something else decides nothing.
    let ada = person(&gates, "ada", Role::Reviewer).await;
    let next = gates.submit(9.0).await;
    gates.0.claim(&ada).await.unwrap();
    assert_eq!(code(gates.judge_as(&ada, next.core.id, approve(&next)).await), "forbidden");
    let wants =
        NewJudgment { comment: Some("less".to_owned()), ..says(Verdict::RequestChanges, None) };
    gates.judge_as(&ada, next.core.id, wants).await.unwrap();
}

async fn who_nobody_vouched_for_does_not_count(kind: Kind) {
    let gates = Gates::new(kind, "review: { approvals: { count: 1, identified: true } }\n").await;
    let (accounts, case) = (gates.0.engine.accounts(), gates.submit(9.0).await);
    let id = case.core.id;
    let ada = person(&gates, "ada", Role::Reviewer).await;
    let (first, second) =
        (person(&gates, "first", Role::Admin).await, person(&gates, "second", Role::Admin).await);
    assert_eq!(code(gates.judge_as(&ada, id, approve(&case)).await), "forbidden");
    let whose = PersonChange::Identify { member: ada.member().unwrap().0 };
    let asked = accounts.ask_person_change(&first, whose, "met her").await.unwrap();
    let own = accounts.settle_person_change(&first, asked.id, true).await;
    assert_eq!(code(own), "second_person_needed");
    assert_eq!(code(gates.judge_as(&ada, id, approve(&case)).await), "forbidden");
    accounts.settle_person_change(&second, asked.id, true).await.unwrap();
    let twice = accounts.ask_person_change(&first, whose, "again").await;
    assert_eq!(code(twice), "identified");
    let decided = gates.judge_as(&ada, id, approve(&case)).await.unwrap();
    assert_eq!(decided.state.status, Status::Decided);
    // A link that one admin made may be in anybody's hands.
    accounts.sign_in_link(&first, ada.member().unwrap().0).await.unwrap();
    let next = gates.submit(9.0).await;
    assert_eq!(code(gates.judge_as(&ada, next.core.id, approve(&next)).await), "forbidden");
    // So may a key that another made for the account.
    let again = accounts.ask_person_change(&first, whose, "met her again").await.unwrap();
    accounts.settle_person_change(&second, again.id, true).await.unwrap();
    let member = Some(ada.member().unwrap().0);
    let key = NewKey { name: "spare".to_owned(), member, ..NewKey::default() };
    accounts.make_key(&first, key).await.unwrap();
    assert_eq!(code(gates.judge_as(&ada, next.core.id, approve(&next)).await), "forbidden");
}

async fn a_queue_asks_for_skills(kind: Kind) {
    let skilled = FINANCE.replace("roles: [arbiter]", "skills: [sepa, english]");
    let gates = Gates::new(kind, &skilled).await;
    let (accounts, case) = (gates.0.engine.accounts(), gates.submit(20_000.0).await);
    let id = case.core.id;
    let secret = gates.account("ada", Role::Reviewer).await;
    let ada = now(&gates, &secret).await;
    assert_eq!(code(gates.judge_as(&ada, id, approve(&case)).await), "forbidden");
    assert!(gates.0.claim(&ada).await.is_none(), "it is not handed to them either");
    let member = ada.member().unwrap().0;
    let learns = |skills: &[&str]| MemberChange {
        skills: Some(skills.iter().map(|skill| (*skill).to_owned()).collect()),
        ..MemberChange::default()
    };
    let own = accounts.change_member(&ada, member, learns(&["sepa"])).await;
    assert_eq!(code(own), "forbidden");
    accounts.change_member(&machine(), member, learns(&["sepa"])).await.unwrap();
    let half = now(&gates, &secret).await;
    assert_eq!(code(gates.judge_as(&half, id, approve(&case)).await), "forbidden", "all of them");
    accounts.change_member(&machine(), member, learns(&["sepa", "english"])).await.unwrap();
    let able = now(&gates, &secret).await;
    assert!(gates.0.claim(&able).await.is_some());
    gates.judge_as(&able, id, approve(&case)).await.unwrap();
}

/// `delegate` stands in for `away` from now on.
async fn stands_in(gates: &Gates, away: &Principal, delegate: &Principal) {
    let (away_id, delegate_id) = (away.member().unwrap().0, delegate.member().unwrap().0);
    let until = Timestamp(gates.0.engine.now().0 + HOUR);
    let (engine, accounts) = (&gates.0.engine, gates.0.engine.accounts());
    let absence = Some(NewAbsence { until, delegate: delegate_id });
    accounts.set_absence(away, away_id, absence).await.unwrap();
    let (views, _) = engine.absences(delegate).await.unwrap();
    engine.accept_absence(delegate, away_id, &views[0].digest, None).await.unwrap();
}

async fn a_halt_is_lifted_by_neither_side_of_an_absence(kind: Kind) {
    let gates = Gates::new(kind, "").await;
    let engine = &gates.0.engine;
    let ada = person(&gates, "ada", Role::Orchestrator).await;
    let bob = person(&gates, "bob", Role::Orchestrator).await;
    let cyd = person(&gates, "cyd", Role::Orchestrator).await;
    stands_in(&gates, &ada, &bob).await;
    for (halts, lifts) in [(&ada, &bob), (&bob, &ada)] {
        engine.halt(halts, None, "stop", None).await.unwrap();
        assert_eq!(code(engine.resume(lifts, None, "go", None).await), "second_person_needed");
        engine.resume(&cyd, None, "go", None).await.unwrap();
    }
}

async fn what_widens_is_published_by_neither_side_of_an_absence(kind: Kind) {
    let gates = Gates::new(kind, "").await;
    let ada = person(&gates, "ada", Role::Admin).await;
    let bob = person(&gates, "bob", Role::Admin).await;
    let cyd = person(&gates, "cyd", Role::Admin).await;
    stands_in(&gates, &ada, &bob).await;
    let wider = refunds("coverage: selective\npolicy: { confidence: { auto_at: 0.9 } }\n");
    let engine = &gates.0.engine;
    let put = engine.put_loop(&ada, "refunds", wider, Format::Yaml, false, "wider").await.unwrap();
    let version = put.version;
    let publish = |who: Principal| async move {
        engine.publish_version(&who, "refunds", version, "agreed", None).await
    };
    assert_eq!(code(publish(bob).await), "second_person_needed");
    publish(cyd).await.unwrap();
}

async fn a_deadline_over_a_call_goes_to_the_arbiters(kind: Kind) {
    let gates = Gates::new(
        kind,
        "review: { approvals: { count: 2 }, deadline: 1h, on_deadline: escalate }\n",
    )
    .await;
    let case = gates.submit(9.0).await;
    let id = case.core.id;
    gates.judge(1, id, approve(&case)).await.unwrap();
    gates.0.pass(HOUR + SECOND).await;
    let late = gates.0.get(id).await;
    let task = late.state.open_deciding_task().unwrap();
    assert_eq!((task.queue.as_str(), task.purpose), ("arbiters", Purpose::Arbitrate));
    assert_eq!(code(gates.judge(2, id, approve(&late)).await), "not_eligible");
    let one = gates.judge_as(&arbiter(3), id, approve(&late)).await.unwrap();
    assert_eq!(one.state.status, Status::Queued, "the first approval was for another task");
    let two = gates.judge_as(&arbiter(4), id, approve(&late)).await.unwrap();
    assert_eq!(two.state.status, Status::Decided);
}

async fn an_agent_revises_so_often_and_then_a_person_answers(kind: Kind) {
    let gates = Gates::new(kind, "review: { max_attempts: 2, revise_within: 5m }\n").await;
    let case = gates.submit(9.0).await;
    let id = case.core.id;
    let again =
        || NewJudgment { comment: Some("less".to_owned()), ..says(Verdict::RequestChanges, None) };
    let engine = &gates.0.engine;
    for amount in [8.0, 7.0] {
        let asked = gates.judge(1, id, again()).await.unwrap();
        assert_eq!(asked.state.status, Status::WaitingForProposal);
        engine.propose(&machine(), id, proposal(&call(amount)), false, None).await.unwrap();
    }
    assert_eq!(
        code(gates.judge(1, id, again()).await),
        "invalid_verdict",
        "its attempts are used up"
    );
    // One that never answers is not waited for.
    let silent = gates.submit(9.0).await;
    gates.judge(1, silent.core.id, again()).await.unwrap();
    gates.0.pass(301 * SECOND).await;
    let back = gates.0.get(silent.core.id).await;
    assert_eq!((back.state.status, queue(&back)), (Status::Queued, "default"));
}

crate::on_both!(
    a_queue_of_others_is_judged_by_none_but_them,
    many_at_once_are_no_way_around_a_queue,
    what_is_approved_is_the_bytes_whatever_the_error_rule,
    an_answer_that_repeats_the_call_says_what_was_seen,
    an_edit_goes_where_the_policy_sends_it,
    an_edit_keeps_to_limits_and_guardrails,
    an_edit_that_a_guardrail_blocks_is_refused,
    who_is_removed_while_approving_does_not_decide,
    a_role_is_asked_for_over_calls,
    who_nobody_vouched_for_does_not_count,
    a_queue_asks_for_skills,
    a_halt_is_lifted_by_neither_side_of_an_absence,
    what_widens_is_published_by_neither_side_of_an_absence,
    a_deadline_over_a_call_goes_to_the_arbiters,
    an_agent_revises_so_often_and_then_a_person_answers,
);
