//! Calls of tools: approved by persons, bound to bytes, consumed once, within limits.

use serde_json::{Value, json};
use tandem_domain::case::{Alarm, Case, Delivery, Outcome, Status, Verdict};
use tandem_domain::command::{NewJudgment, NewProposal};
use tandem_domain::loops::RouteTo;
use tandem_domain::roles::Role;
use tandem_domain::{CaseId, Timestamp};
use tandem_engine::accounts::{NewKey, NewMember};
use tandem_engine::cases::{Grant, NewOutcome, OutcomeSource};
use tandem_engine::gates::NewAbsence;
use tandem_engine::{ClaimRequest, EngineError, LoopScope, Principal, Said, Submission};
use tandem_ledger::note::{Note, SigningKey};

use crate::common::{Kind, SECOND, World, code, machine, reviewer, says};

pub(crate) const HOUR: i64 = 3_600 * SECOND;

/// A loop over refunds; `more` is YAML for its policy and review.
pub(crate) fn refunds(more: &str) -> String {
    format!(
        r"loop: refunds
input: {{ customer: {{ kind: text }} }}
answer:
  refund:
    kind: action
    tools:
      refund:
        schema:
          type: object
          required: [order, amount]
          additionalProperties: false
          properties: {{ order: {{ type: string }}, amount: {{ type: number, minimum: 0 }} }}
        risk: high
        target: production
reject_reasons: [not_due]
{more}"
    )
}

pub(crate) fn call(amount: f64) -> Value {
    json!({"refund": {"tool": "refund", "arguments": {"order": "A-17", "amount": amount}}})
}

pub(crate) fn proposal(output: &Value) -> NewProposal {
    NewProposal {
        output: output.as_object().cloned().unwrap(),
        confidence: [(String::new(), 0.99)].into(),
        probabilities: std::collections::BTreeMap::new(),
        model: None,
        evidence: Vec::new(),
        by: String::new(),
    }
}

pub(crate) fn wanted(amount: f64) -> Submission {
    Submission {
        input: json!({"customer": "c-1"}),
        proposal: Some(proposal(&call(amount))),
        ..Submission::default()
    }
}

pub(crate) fn approve(case: &Case) -> NewJudgment {
    let seen = case.state.current_proposal().and_then(|proposal| proposal.digest.clone());
    NewJudgment { seen, ..says(Verdict::Approve, None) }
}

pub(crate) fn edit(amount: f64) -> NewJudgment {
    NewJudgment { answer: call(amount).as_object().cloned(), ..says(Verdict::Modify, None) }
}

pub(crate) struct Gates(pub(crate) World);

impl Gates {
    pub(crate) async fn new(kind: Kind, more: &str) -> Self {
        let world = World::with(kind, |config| {
            config.grant_key = SigningKey::from_seed("gates.test/grants", &[5; 32]).ok();
        })
        .await;
        world.put(&refunds(more)).await;
        Self(world)
    }

    pub(crate) async fn submit(&self, amount: f64) -> Case {
        let submitted = self.0.engine.submit(&machine(), "refunds", wanted(amount), None).await;
        submitted.unwrap().case
    }

    pub(crate) async fn judge(
        &self,
        who: u8,
        id: CaseId,
        said: NewJudgment,
    ) -> Result<Case, EngineError> {
        self.judge_as(&reviewer(who), id, said).await
    }

    pub(crate) async fn judge_as(
        &self,
        who: &Principal,
        id: CaseId,
        judgment: NewJudgment,
    ) -> Result<Case, EngineError> {
        let judged = self
            .0
            .engine
            .judge(who, id, Said { claim: None, judgment, assertion: None }, None)
            .await?;
        Ok(judged.case)
    }

    /// The key of a person with an account.
    pub(crate) async fn account(&self, name: &str, role: Role) -> String {
        let (accounts, system) = (self.0.engine.accounts(), machine());
        let new = NewMember {
            name: name.to_owned(),
            email: format!("{name}@example.org"),
            grants: vec![(LoopScope::All, role)],
            password: None,
            person: None,
        };
        let member = accounts.add_member(&system, new).await.unwrap().member;
        let key = NewKey { name: name.to_owned(), member: Some(member.id), ..NewKey::default() };
        accounts.make_key(&system, key).await.unwrap().secret
    }

    pub(crate) async fn consume(&self, case: &Case, consumer: &str) -> Result<Grant, EngineError> {
        let digest = case.state.live_decision().map(|d| d.digest.clone()).unwrap_or_default();
        for _ in 0..3_000 {
            let consumer = consumer.to_owned();
            let (engine, id) = (&self.0.engine, case.core.id);
            match engine.consume(&machine(), id, digest.clone(), consumer, None).await {
                Err(error) if error.code() == "not_sealed" => {
                    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                }
                done => return done,
            }
        }
        panic!("it was never sealed");
    }

    pub(crate) async fn executed(&self, id: CaseId, succeeded: bool) {
        let outcome = NewOutcome {
            source: OutcomeSource::System,
            answer: None,
            failure_modes: Vec::new(),
            succeeded: Some(succeeded),
            grant: None,
            occurred_at: Timestamp(0),
        };
        self.0.engine.outcome(&machine(), id, outcome, None).await.unwrap();
    }
}

async fn approved_runs_once_with_a_signed_grant(kind: Kind) {
    let gates = Gates::new(kind, "").await;
    let case = gates.submit(240.0).await;
    assert_eq!(case.state.status, Status::Queued);
    // Nobody approves what they did not see, or other bytes.
    let blind = gates.judge(1, case.core.id, says(Verdict::Approve, None)).await;
    assert_eq!(code(blind), "invalid_verdict");
    let other = NewJudgment { seen: Some("00".repeat(32)), ..says(Verdict::Approve, None) };
    assert_eq!(code(gates.judge(1, case.core.id, other).await), "seen_mismatch");

    let decided = gates.judge(1, case.core.id, approve(&case)).await.unwrap();
    assert_eq!(decided.state.status, Status::Decided, "no undo where something runs");
    let grant = gates.consume(&decided, "payments").await.unwrap();
    assert_eq!(grant.tool.as_deref(), Some("refund"));
    assert_eq!(Value::Object(grant.arguments.clone()), json!({"order": "A-17", "amount": 240}));
    assert_eq!(gates.consume(&decided, "payments").await.unwrap(), grant);
    assert_eq!(code(gates.consume(&decided, "other").await), "already_consumed");
    let (agent, other) = (machine(), "00".repeat(32));
    let wrong = gates.0.engine.consume(&agent, case.core.id, other, "payments".to_owned(), None);
    assert_eq!(code(wrong.await), "digest_mismatch");

    // The note proves it without the server: changing a byte breaks it.
    let note = grant.note.unwrap();
    let key = gates.0.engine.grant_key(&machine()).unwrap().unwrap().vkey.parse().unwrap();
    let read = Note::parse(&note).unwrap();
    read.verify(std::slice::from_ref(&key)).unwrap();
    assert!(note.contains("\"target\":\"production\"") && note.contains("\"amount\":240"));
    let forged = note.replace("\"amount\":240", "\"amount\":241");
    assert!(Note::parse(&forged).unwrap().verify(&[key]).is_err());

    gates.0.pass(301 * SECOND).await;
    assert_eq!(code(gates.consume(&decided, "payments").await), "too_late");
}

async fn two_persons_approve_and_an_edit_asks_anew(kind: Kind) {
    let gates = Gates::new(kind, "review: { approvals: { of: reviewer, count: 2 } }\n").await;
    let case = gates.submit(240.0).await;
    let id = case.core.id;
    let once = gates.judge(1, id, approve(&case)).await.unwrap();
    assert_eq!(once.state.status, Status::Queued);
    assert_eq!(code(gates.judge(1, id, approve(&case)).await), "not_eligible");

    // Two edits: the approval is void, and nobody who edited approves.
    let edited = gates.judge(2, id, edit(120.0)).await.unwrap();
    assert!(edited.state.live_decision().is_none());
    assert_eq!(edited.state.open_deciding_task().map(|task| task.seats), Some(2));
    assert_eq!(code(gates.judge(2, id, approve(&edited)).await), "not_eligible");
    assert_eq!(code(gates.judge(3, id, approve(&case)).await), "seen_mismatch");
    let third = gates.judge(3, id, approve(&edited)).await.unwrap();
    assert!(third.state.live_decision().is_none());
    // Who approved the first bytes may approve the new ones.
    let done = gates.judge(1, id, approve(&edited)).await.unwrap();
    let decision = done.state.live_decision().unwrap();
    assert_eq!((decision.rule.as_str(), decision.judgments.len()), ("approvals", 2));
    let grant = gates.consume(&done, "payments").await.unwrap();
    assert_eq!(grant.arguments["amount"], 120.0);

    // One rejection is enough, with its reason.
    let case = gates.submit(10.0).await;
    let no = NewJudgment { reasons: vec!["not_due".to_owned()], ..says(Verdict::Reject, None) };
    let rejected = gates.judge(1, case.core.id, no).await.unwrap();
    let decision = rejected.state.live_decision().unwrap();
    assert_eq!((decision.outcome, &*decision.reason_codes[0]), (Outcome::Rejected, "not_due"));
    assert_eq!(code(gates.consume(&rejected, "payments").await), "invalid_transition");

    // An answer in place of the call lets nothing run.
    let case = gates.submit(10.0).await;
    let answer = json!({"refund": {"respond": "paid back on Monday"}});
    let respond =
        NewJudgment { answer: answer.as_object().cloned(), ..says(Verdict::Answer, None) };
    let answered = gates.judge(1, case.core.id, respond).await.unwrap();
    assert_eq!(answered.state.live_decision().unwrap().rule, "answered");
    assert_eq!(code(gates.consume(&answered, "payments").await), "invalid_transition");
}

async fn calls_are_checked_wherever_they_come_in(kind: Kind) {
    let gates = Gates::new(kind, "").await;
    let engine = &gates.0.engine;
    let path = |error: EngineError| match error {
        EngineError::Refused(refusal) => refusal.path.unwrap(),
        other => panic!("{other}"),
    };
    let mut bad = wanted(1.0);
    bad.proposal = Some(proposal(&json!({"refund": {"tool": "refund", "arguments": {"order": 1,
        "amount": 1}}})));
    let refused = engine.submit(&machine(), "refunds", bad, None).await.unwrap_err();
    assert_eq!(path(refused), "/proposal/output/refund/arguments/order");
    let mut responds = wanted(1.0);
    responds.proposal = Some(proposal(&json!({"refund": {"respond": "I did it"}})));
    let refused = engine.submit(&machine(), "refunds", responds, None).await.unwrap_err();
    assert_eq!(path(refused), "/proposal/output/refund/respond");

    let case = gates.submit(240.0).await;
    let refused = gates.judge(1, case.core.id, edit(-1.0)).await.unwrap_err();
    assert_eq!(path(refused), "/answer/refund/arguments/amount");
    // With one approval that nobody declared, the reviewer's edit decides.
    let done = gates.judge(1, case.core.id, edit(99.5)).await.unwrap();
    let decision = done.state.live_decision().unwrap();
    assert_eq!((decision.outcome, decision.changes.len()), (Outcome::Modified, 1));
    assert_eq!(decision.changes[0].path, "/refund/arguments/amount");
    assert_eq!(gates.consume(&done, "x").await.unwrap().arguments["amount"], 99.5);
}

async fn nobody_approves_for_their_own_agent(kind: Kind) {
    let gates = Gates::new(kind, "").await;
    let accounts = gates.0.engine.accounts();
    let member = |name: &str, roles: &[Role]| NewMember {
        name: name.to_owned(),
        email: format!("{name}@example.org"),
        grants: roles.iter().map(|role| (LoopScope::All, *role)).collect(),
        password: None,
        person: None,
    };
    let admin = Principal::system("default");
    let owner = accounts.add_member(&admin, member("owner", &[Role::Admin])).await.unwrap().member;
    let owns = accounts
        .make_key(
            &admin,
            NewKey { name: "owner".to_owned(), member: Some(owner.id), ..NewKey::default() },
        )
        .await
        .unwrap();
    let owner_principal = accounts.by_key(&owns.secret).await.unwrap();
    let agent = NewKey {
        name: "agent".to_owned(),
        grants: vec![(LoopScope::All, Role::Submitter)],
        ..NewKey::default()
    };
    let agent = accounts.make_key(&owner_principal, agent).await.unwrap();
    let agent = accounts.by_key(&agent.secret).await.unwrap();
    let submitted = gates.0.engine.submit(&agent, "refunds", wanted(5.0), None).await.unwrap();
    let id = submitted.case.core.id;
    let own = gates.judge_as(&owner_principal, id, approve(&submitted.case)).await;
    assert_eq!(code(own), "not_eligible");

    // Whoever stands in for the owner is one with them.
    let deputy = member("deputy", &[Role::Reviewer]);
    let deputy = accounts.add_member(&admin, deputy).await.unwrap().member;
    let key = NewKey { name: "d".to_owned(), member: Some(deputy.id), ..NewKey::default() };
    let key = accounts.make_key(&admin, key).await.unwrap();
    let until = Timestamp(gates.0.engine.now().0 + HOUR);
    let absence = Some(NewAbsence { until, delegate: deputy.id });
    accounts.set_absence(&owner_principal, owner.id, absence).await.unwrap();
    let asked = accounts.by_key(&key.secret).await.unwrap();
    assert!(asked.stands_in_for.is_empty(), "nobody stands in before they said yes");
    let engine = &gates.0.engine;
    let (views, _) = engine.absences(&asked).await.unwrap();
    let [shown] = &*views else { panic!("{views:?}") };
    assert!(!shown.takes_passkey && shown.absence.accepted_at.is_none());
    let other = engine.accept_absence(&owner_principal, owner.id, &shown.digest, None).await;
    assert_eq!(code(other), "not_found", "only whoever is asked says yes");
    let stale = engine.accept_absence(&asked, owner.id, "00", None).await;
    assert_eq!(code(stale), "seen_mismatch");
    let said = engine.accept_absence(&asked, owner.id, &shown.digest, None).await.unwrap();
    assert!(said.absence.accepted_at.is_some());
    let standing_in = accounts.by_key(&key.secret).await.unwrap();
    let refused = gates.judge_as(&standing_in, id, approve(&submitted.case)).await;
    assert_eq!(code(refused), "not_eligible");
    // Whoever stands in may stop; said again, it is asked again.
    engine.decline_absence(&standing_in, owner.id).await.unwrap();
    assert!(accounts.absence(&owner_principal, owner.id).await.unwrap().is_none());
    accounts.set_absence(&owner_principal, owner.id, absence).await.unwrap();
    assert!(accounts.by_key(&key.secret).await.unwrap().stands_in_for.is_empty());
    let itself = Some(NewAbsence { until, delegate: owner.id });
    let refused = accounts.set_absence(&owner_principal, owner.id, itself).await;
    assert_eq!(code(refused), "invalid_input");
    let others = accounts.set_absence(&standing_in, owner.id, None).await;
    assert_eq!(code(others), "forbidden");
    accounts.set_absence(&owner_principal, owner.id, None).await.unwrap();
    let back = accounts.by_key(&key.secret).await.unwrap();
    let approved = gates.judge_as(&back, id, approve(&submitted.case)).await.unwrap();
    assert_eq!(approved.state.status, Status::Decided);
}

async fn one_who_stands_in_is_no_second_person(kind: Kind) {
    let gates = Gates::new(kind, "review: { approvals: { count: 2 } }\n").await;
    let case = gates.submit(5.0).await;
    let id = case.core.id;
    let person = |n: u8| reviewer(n).member().unwrap().1;
    let deputy = Principal { stands_in_for: vec![person(1)], ..reviewer(2) };
    gates.judge_as(&deputy, id, approve(&case)).await.unwrap();
    assert_eq!(code(gates.judge(1, id, approve(&case)).await), "not_eligible");
    let another = Principal { stands_in_for: vec![person(1)], ..reviewer(4) };
    assert_eq!(code(gates.judge_as(&another, id, approve(&case)).await), "not_eligible");
    let done = gates.judge(3, id, approve(&case)).await.unwrap();
    assert_eq!(done.state.status, Status::Decided);
}

async fn what_is_not_consumed_or_executed_is_seen(kind: Kind) {
    let review = "review: { consume_within: 1m, execution_within: 2m, valid_for: 1h }\n";
    let gates = Gates::new(kind, review).await;
    let case = gates.submit(5.0).await;
    let done = gates.judge(1, case.core.id, approve(&case)).await.unwrap();
    gates.0.pass(61 * SECOND).await;
    let late = gates.0.get(case.core.id).await;
    let gate = |case: &Case| case.state.live_decision().unwrap().gate.clone().unwrap();
    assert_eq!(gate(&late).alarm, Some(Alarm::Unconsumed));
    gates.consume(&done, "payments").await.unwrap();
    assert_eq!(gate(&gates.0.get(case.core.id).await).alarm, None);
    gates.0.pass(121 * SECOND).await;
    assert_eq!(gate(&gates.0.get(case.core.id).await).alarm, Some(Alarm::ExecutionUnknown));
    gates.executed(case.core.id, true).await;
    let known = gate(&gates.0.get(case.core.id).await);
    assert_eq!((known.alarm, known.execution.map(|e| e.succeeded)), (None, Some(true)));
    // Asked again, also by whoever ran it: it ran.
    assert_eq!(code(gates.consume(&done, "payments").await), "already_consumed");

    let case = gates.submit(5.0).await;
    let done = gates.judge(1, case.core.id, approve(&case)).await.unwrap();
    gates.consume(&done, "payments").await.unwrap();
    gates.executed(case.core.id, false).await;
    gates.consume(&done, "payments").await.unwrap();
    // Another agent of the loop does not say how this one's call went.
    let grants = vec![(LoopScope::All, Role::Submitter)];
    let other = Principal { grants, ..reviewer(7) };
    let outcome = NewOutcome {
        source: OutcomeSource::System,
        answer: None,
        failure_modes: Vec::new(),
        succeeded: Some(true),
        grant: None,
        occurred_at: Timestamp(0),
    };
    let said = gates.0.engine.outcome(&other, case.core.id, outcome, None).await;
    assert_eq!(code(said), "forbidden");

    let case = gates.submit(5.0).await;
    let done = gates.judge(1, case.core.id, approve(&case)).await.unwrap();
    gates.0.pass(HOUR).await;
    let expired = gates.0.get(case.core.id).await;
    let delivery = &expired.state.live_decision().unwrap().delivery;
    assert!(matches!(delivery, Delivery::Expired { .. }), "{delivery:?}");
    assert_eq!(code(gates.consume(&done, "payments").await), "too_late");
}

async fn a_deadline_is_not_spent_by_lost_time(kind: Kind) {
    let review = "review: { deadline: 1h, on_deadline: reject, lease: 60s }\n";
    let mut gates = Gates::new(kind, review).await;
    let (case, admin) = (gates.submit(5.0).await, machine());
    let id = case.core.id;
    // Half an hour under a halt, then twenty minutes down.
    gates.0.engine.halt(&admin, Some("refunds"), "look", None).await.unwrap();
    gates.0.pass(30 * 60 * SECOND).await;
    gates.0.engine.resume(&admin, Some("refunds"), "fine", None).await.unwrap();
    gates.0.engine.note_alive_now().await;
    gates.0.engine.shutdown().await;
    gates.0.advance(20 * 60 * SECOND);
    gates.0.engine = crate::common::start(gates.0.store.clone(), |_| ()).await;
    // 50 of 60 minutes are gone, and none of them was anybody's.
    gates.0.pass(11 * 60 * SECOND).await;
    let waiting = gates.0.get(id).await;
    assert_eq!(waiting.state.status, Status::Queued);
    let moved = waiting.state.deadline.unwrap().0 - case.state.deadline.unwrap().0;
    assert_eq!(moved, 50 * 60 * SECOND);
    gates.0.pass(48 * 60 * SECOND).await;
    assert_eq!(gates.0.get(id).await.state.status, Status::Queued);
    gates.0.pass(2 * 60 * SECOND).await;
    let over = gates.0.get(id).await;
    assert_eq!(over.state.live_decision().map(|d| d.outcome), Some(Outcome::Rejected));
}

async fn a_task_nobody_takes_goes_up_the_ladder(kind: Kind) {
    let more = "queues: { seniors: { roles: [reviewer] } }\n\
                review: { escalation: [{ after: 30m, to: seniors }, { after: 2h, to: arbiters }] }\n";
    let gates = Gates::new(kind, more).await;
    let case = gates.submit(5.0).await;
    let id = case.core.id;
    let queue = |case: &Case| case.state.open_deciding_task().unwrap().queue.clone();
    let claim = ClaimRequest { case: Some(id), ..ClaimRequest::default() };
    gates.0.engine.claim(&reviewer(1), claim, None).await.unwrap();
    gates.0.pass(31 * 60 * SECOND).await;
    let raised = gates.0.get(id).await;
    assert_eq!(queue(&raised), "seniors");
    assert!(raised.state.open_deciding_task().unwrap().claims.is_empty());
    gates.0.pass(2 * HOUR).await;
    assert_eq!(queue(&gates.0.get(id).await), "arbiters");
    assert_eq!(code(gates.judge(1, id, approve(&case)).await), "not_eligible");
    let arbiter = Principal {
        grants: vec![(LoopScope::All, Role::Arbiter), (LoopScope::All, Role::Reviewer)],
        ..reviewer(5)
    };
    gates.judge_as(&arbiter, id, approve(&case)).await.unwrap();

    // The verdict climbs the same ladder.
    let case = gates.submit(6.0).await;
    let up = gates.judge(1, case.core.id, says(Verdict::Escalate, None)).await.unwrap();
    assert_eq!(queue(&up), "seniors");
}

const LIMITED: &str = "coverage: selective\n\
    policy:\n  confidence: { auto_at: 0.9 }\n  limits:\n\
    \x20   - { name: per day, key: input.customer, sum: proposal.output.refund.arguments.amount, \
             window: 24h, max: 200 }\n";

async fn fifty_at_once_never_exceed_a_limit(kind: Kind) {
    let gates = std::sync::Arc::new(Gates::new(kind, LIMITED).await);
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let gates = std::sync::Arc::clone(&gates);
        running.spawn(async move {
            for _ in 0..3_000 {
                match gates.0.engine.submit(&machine(), "refunds", wanted(15.0), None).await {
                    Err(EngineError::Busy { .. }) => {
                        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                    }
                    done => return done.unwrap().case,
                }
            }
            panic!("always busy");
        });
    }
    let (mut passed, mut held) = (0, 0);
    while let Some(case) = running.join_next().await {
        let case = case.unwrap();
        let route = case.state.route.unwrap();
        if route.to == RouteTo::Auto {
            passed += 1;
            continue;
        }
        held += 1;
        let reason = &route.reasons[0];
        assert_eq!((reason.code.as_str(), reason.name.as_deref()), ("limit", Some("per day")));
        assert_eq!(reason.threshold, Some(200.0));
        assert!(reason.value.unwrap() > 200.0);
        let fact = &route.facts.limits[0];
        assert!(fact.is_hit() && fact.used + 15.0 > 200.0);
    }
    assert_eq!((passed, held), (13, 37), "195 of 200, and the rest waits for people");
}

async fn a_limit_lets_go_of_what_came_to_nothing(kind: Kind) {
    let gates = Gates::new(kind, LIMITED).await;
    let to = |case: &Case| case.state.route.as_ref().unwrap().to;
    assert_eq!(to(&gates.submit(150.0).await), RouteTo::Auto);
    let over = gates.submit(100.0).await;
    assert_eq!(to(&over), RouteTo::Review);
    // What waits holds its share; rejected, it lets go.
    assert_eq!(to(&gates.submit(40.0).await), RouteTo::Review);
    let reject = says(Verdict::Reject, None);
    gates
        .judge(1, over.core.id, NewJudgment { reasons: vec!["not_due".into()], ..reject })
        .await
        .unwrap();
    let small = gates.submit(8.0).await;
    assert_eq!(to(&small), RouteTo::Auto);
    // An edit counts as it was edited: 150 + 8 + 2 (edited from 40) leaves 40.
    let waits = gates.submit(60.0).await;
    assert_eq!(to(&waits), RouteTo::Review);
    gates.0.engine.cancel(&machine(), waits.core.id, None).await.unwrap();
    let other = Submission { input: json!({"customer": "c-2"}), ..wanted(190.0) };
    let other = gates.0.engine.submit(&machine(), "refunds", other, None).await.unwrap();
    assert_eq!(to(&other.case), RouteTo::Auto, "each customer has their own");
    gates.0.advance(25 * HOUR);
    assert_eq!(to(&gates.submit(190.0).await), RouteTo::Review, "the 40 still wait");
    assert_eq!(to(&gates.submit(5.0).await), RouteTo::Review, "and so do the 190");
}

crate::on_both!(
    approved_runs_once_with_a_signed_grant,
    two_persons_approve_and_an_edit_asks_anew,
    calls_are_checked_wherever_they_come_in,
    nobody_approves_for_their_own_agent,
    one_who_stands_in_is_no_second_person,
    what_is_not_consumed_or_executed_is_seen,
    a_deadline_is_not_spent_by_lost_time,
    a_task_nobody_takes_goes_up_the_ladder,
    fifty_at_once_never_exceed_a_limit,
    a_limit_lets_go_of_what_came_to_nothing,
);
