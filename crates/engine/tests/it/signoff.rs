//! Sign-off: who counts as whom, permissions that stand, and many calls at once.

use serde_json::json;
use tandem_domain::case::{Case, DecidedBy, JudgmentState, Status, Verdict};
use tandem_domain::command::NewJudgment;
use tandem_domain::loops::RouteTo;
use tandem_domain::roles::Role;
use tandem_domain::{MemberId, StandingId, Timestamp};
use tandem_engine::accounts::{MemberChange, NewKey, NewMember, PersonChange};
use tandem_engine::cases::Lodged;
use tandem_engine::gates::NewAbsence;
use tandem_engine::gates::standing::{StandingSpec, StandingView, SumCap};
use tandem_engine::review::{Batch, NewBatch};
use tandem_engine::runs::NewRun;
use tandem_engine::{EngineError, LoopScope, Principal, Submission};
use tandem_store::events;

use crate::common::{Kind, SECOND, code, machine, reviewer, says};
use crate::gates::{Gates, approve, edit, proposal, wanted};

const HOUR: i64 = 3_600 * SECOND;
const TWO: &str = "review: { approvals: { of: reviewer, count: 2 } }\n";

fn terms(now: Timestamp) -> StandingSpec {
    StandingSpec {
        tool: "refund".to_owned(),
        scope: Some(json!({"properties": {"amount": {"maximum": 50}}})),
        when: Some("input.customer == 'c-1'".to_owned()),
        max_count: 10,
        sum: Some(SumCap { of: "/amount".to_owned(), max: 100.0 }),
        until: Timestamp(now.0 + HOUR),
        consumer: None,
        run: None,
        agent: None,
    }
}

fn route(case: &Case) -> (RouteTo, String) {
    let route = case.state.route.as_ref().unwrap();
    (route.to, route.reasons[0].code.clone())
}

impl Gates {
    async fn want(&self, who: u8, spec: StandingSpec) -> Result<StandingView, EngineError> {
        self.0.engine.ask_standing(&reviewer(who), "refunds", spec, "small refunds", None).await
    }

    async fn sign(&self, who: u8, asked: &StandingView) -> Result<StandingView, EngineError> {
        self.0.engine.sign_standing(&reviewer(who), asked.id, &asked.digest).await
    }

    /// A permission in force.
    async fn standing(&self, spec: StandingSpec) -> StandingView {
        let asked = self.want(1, spec).await.unwrap();
        assert_eq!(asked.state, "asked");
        let signed = self.sign(2, &asked).await.unwrap();
        assert_eq!(signed.state, "active");
        signed
    }

    async fn permission(&self, id: StandingId) -> StandingView {
        self.0.engine.standing_grant(&machine(), id).await.unwrap()
    }

    /// A member with a key, as they are known right now.
    async fn member(&self, name: &str, roles: &[Role]) -> (MemberId, String) {
        let accounts = self.0.engine.accounts();
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

    async fn who(&self, secret: &str) -> Principal {
        (*self.0.engine.accounts().by_key(secret).await.unwrap()).clone()
    }

    async fn approve_as(&self, secret: &str, case: &Case) -> Result<Case, EngineError> {
        let who = self.who(secret).await;
        self.judge_as(&who, case.core.id, approve(case)).await
    }

    async fn merge(&self, admins: [&str; 2], member: MemberId, into: MemberId) {
        let accounts = self.0.engine.accounts();
        let (first, second) = (self.who(admins[0]).await, self.who(admins[1]).await);
        let change = PersonChange::Merge { member, into };
        let asked = accounts.ask_person_change(&first, change, "one human").await.unwrap();
        let own = accounts.settle_person_change(&first, asked.id, true).await;
        assert_eq!(code(own), "second_person_needed");
        accounts.settle_person_change(&second, asked.id, true).await.unwrap();
    }

    async fn batch(&self, who: u8, cases: &[&Case]) -> Result<Batch, EngineError> {
        self.capped(who, cases, None).await
    }

    async fn capped(
        &self,
        who: u8,
        cases: &[&Case],
        sum: Option<SumCap>,
    ) -> Result<Batch, EngineError> {
        let digest = |case: &Case| {
            case.state.current_proposal().and_then(|proposal| proposal.digest.clone()).unwrap()
        };
        let batch = NewBatch {
            tool: "refund".to_owned(),
            cases: cases.iter().map(|case| (case.core.id, digest(case))).collect(),
            max_count: None,
            sum,
            checklist: Vec::new(),
            comment: None,
            assertion: None,
            elapsed_ms: 4_000,
        };
        self.0.engine.sign_batch(&reviewer(who), "refunds", batch, None).await
    }

    /// The kinds of events of the ledger that begin so.
    pub(crate) async fn events(&self, prefix: &'static str) -> Vec<String> {
        let store = self.0.engine.store();
        loop {
            let tail = store.read(|tx| Ok::<_, EngineError>(events::tail(tx)?)).await.unwrap();
            if tail.count == 0 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        let all = store.read(|tx| {
            Ok::<_, EngineError>(events::page(tx, &events::EventFilter::default(), 0, 5_000)?)
        });
        let mut found: Vec<String> = all.await.unwrap().into_iter().map(|row| row.kind).collect();
        found.retain(|kind| kind.starts_with(prefix));
        found
    }
}

async fn a_permission_takes_distinct_persons_and_decides_within_its_caps(kind: Kind) {
    let gates = Gates::new(kind, TWO).await;
    let now = gates.0.engine.now();
    let before = gates.submit(20.0).await;
    assert_eq!(route(&before), (RouteTo::Review, "full_review".to_owned()));
    let asked = gates.want(1, terms(now)).await.unwrap();
    // One person is not enough, not even twice; other bytes are not what was shown.
    assert_eq!(route(&gates.submit(20.0).await).0, RouteTo::Review);
    assert_eq!(code(gates.sign(1, &asked).await), "second_person_needed");
    let deputy = Principal { stands_in_for: vec![reviewer(1).member().unwrap().1], ..reviewer(3) };
    let stands_in = gates.0.engine.sign_standing(&deputy, asked.id, &asked.digest).await;
    assert_eq!(code(stands_in), "second_person_needed");
    let other = gates.0.engine.sign_standing(&reviewer(2), asked.id, "00").await;
    assert_eq!(code(other), "seen_mismatch");
    assert_eq!(gates.sign(2, &asked).await.unwrap().state, "active");

    let case = gates.submit(40.0).await;
    assert_eq!(route(&case), (RouteTo::Auto, "standing_grant".to_owned()));
    let decision = case.state.live_decision().unwrap();
    assert_eq!((decision.by, decision.rule.as_str()), (DecidedBy::Machine, "standing_grant"));
    assert_eq!(decision.standing_grant, Some(asked.id.to_string()));
    let grant = gates.consume(&case, "payments").await.unwrap();
    assert!(grant.note.unwrap().contains(&asked.digest), "the grant says on what it rests");

    // Out of scope, by its schema, by its condition, and over the sum.
    assert_eq!(route(&gates.submit(51.0).await).0, RouteTo::Review);
    let other = Submission { input: json!({"customer": "c-2"}), ..wanted(5.0) };
    let other = gates.0.engine.submit(&machine(), "refunds", other, None).await.unwrap().case;
    assert_eq!(route(&other).0, RouteTo::Review);
    assert_eq!(route(&gates.submit(50.0).await).0, RouteTo::Auto);
    assert_eq!(route(&gates.submit(11.0).await).0, RouteTo::Review, "90 of 100 are used");
    assert_eq!(route(&gates.submit(10.0).await).0, RouteTo::Auto);

    let seen = gates.permission(asked.id).await;
    assert_eq!((seen.used, seen.used_sum), (3, 100.0));
    let uses = gates.0.engine.standing_uses(&machine(), asked.id, None, 10).await.unwrap();
    assert_eq!(uses.len(), 3);
    assert_eq!((uses[2].case, &uses[2].digest), (case.core.id, &decision.digest));
    // What waited before it was signed still waits for people.
    assert_eq!(gates.0.get(before.core.id).await.state.status, Status::Queued);
}

async fn many_at_once_never_exceed_a_permission(kind: Kind) {
    let gates = std::sync::Arc::new(Gates::new(kind, "").await);
    let now = gates.0.engine.now();
    let spec = StandingSpec { max_count: 7, ..terms(now) };
    let permission = gates.standing(spec).await;
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..25 {
        let gates = std::sync::Arc::clone(&gates);
        running.spawn(async move {
            loop {
                match gates.0.engine.submit(&machine(), "refunds", wanted(1.0), None).await {
                    Err(EngineError::Busy { .. }) => {
                        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                    }
                    done => return done.unwrap().case,
                }
            }
        });
    }
    let mut passed = 0;
    while let Some(case) = running.join_next().await {
        passed += u32::from(route(&case.unwrap()).0 == RouteTo::Auto);
    }
    assert_eq!(passed, 7);
    assert_eq!(gates.permission(permission.id).await.state, "spent");
    let kinds = gates.events("standing.").await;
    assert_eq!(kinds, ["standing.asked", "standing.signed", "standing.signed", "standing.spent"]);
}

async fn a_permission_is_revoked_suspended_and_expires(kind: Kind) {
    let gates = Gates::new(kind, "").await;
    let (now, engine) = (gates.0.engine.now(), &gates.0.engine);
    let permission = gates.standing(terms(now)).await;
    engine.halt(&machine(), Some("refunds"), "look", None).await.unwrap();
    assert!(gates.permission(permission.id).await.suspended);
    assert_eq!(route(&gates.submit(5.0).await).0, RouteTo::Review);
    engine.resume(&machine(), Some("refunds"), "fine", None).await.unwrap();
    let case = gates.submit(5.0).await;
    assert_eq!(route(&case).0, RouteTo::Auto);
    // Revoked, it decides nothing more, and what it decided is not handed out.
    let revoked = engine.revoke_standing(&reviewer(3), permission.id, "too wide").await.unwrap();
    assert_eq!(revoked.state, "revoked");
    assert_eq!(route(&gates.submit(5.0).await).0, RouteTo::Review);
    assert_eq!(code(gates.consume(&case, "payments").await), "permission_revoked");
    assert_eq!(code(gates.sign(4, &permission).await), "not_asked");

    let short = gates.standing(terms(gates.0.engine.now())).await;
    let taken = gates.submit(5.0).await;
    gates.0.pass(HOUR + SECOND).await;
    assert_eq!(gates.permission(short.id).await.state, "expired");
    assert_eq!(route(&gates.submit(5.0).await).0, RouteTo::Review);
    // What was decided before it ended was decided.
    gates.consume(&taken, "payments").await.unwrap();
    let kinds = gates.events("standing.").await;
    assert!(kinds.contains(&"standing.revoked".to_owned()), "{kinds:?}");
    assert!(kinds.contains(&"standing.expired".to_owned()), "{kinds:?}");
}

async fn a_permission_does_not_outlive_its_tool_its_rules_or_its_agent(kind: Kind) {
    let rules = "policy: { rules: [{ name: look, when: \"'vip' in tags\", route: review }] }\n";
    let gates = Gates::new(kind, rules).await;
    let now = gates.0.engine.now();
    // For one agent alone, and never by those behind it.
    let (_, owner) = gates.member("owner", &[Role::Admin, Role::Reviewer]).await;
    let owner = gates.who(&owner).await;
    let accounts = gates.0.engine.accounts();
    let agent = NewKey {
        name: "agent".to_owned(),
        grants: vec![(LoopScope::All, Role::Submitter)],
        ..NewKey::default()
    };
    let agent = accounts.make_key(&owner, agent).await.unwrap();
    let spec = StandingSpec {
        agent: Some(agent.key.id.to_string()),
        consumer: Some("payments".to_owned()),
        ..terms(now)
    };
    let own = gates.0.engine.ask_standing(&owner, "refunds", spec.clone(), "mine", None).await;
    assert_eq!(code(own), "own_agent");
    gates.standing(spec).await;
    assert_eq!(route(&gates.submit(5.0).await).0, RouteTo::Review, "another submitter");
    let agent = gates.who(&agent.secret).await;
    let case = gates.0.engine.submit(&agent, "refunds", wanted(5.0), None).await.unwrap().case;
    assert_eq!(route(&case).0, RouteTo::Auto);
    assert!(gates.consume(&case, "elsewhere").await.is_err());
    gates.consume(&case, "payments/1").await.unwrap();
    // A rule that sends a case to people is stronger.
    let vip = Submission { tags: vec!["vip".to_owned()], ..wanted(5.0) };
    let vip = gates.0.engine.submit(&agent, "refunds", vip, None).await.unwrap().case;
    assert_eq!(route(&vip), (RouteTo::Review, "rule".to_owned()));
    // Whoever signed without naming an agent permits nothing that is asked for on their own side.
    let wide =
        gates.0.engine.ask_standing(&owner, "refunds", terms(now), "any", None).await.unwrap();
    gates.sign(5, &wide).await.unwrap();
    let other = NewKey {
        name: "other".to_owned(),
        grants: vec![(LoopScope::All, Role::Submitter)],
        ..NewKey::default()
    };
    let other = accounts.make_key(&owner, other).await.unwrap();
    let other = gates.who(&other.secret).await;
    let own = gates.0.engine.submit(&other, "refunds", wanted(5.0), None).await.unwrap().case;
    assert_eq!(route(&own).0, RouteTo::Review);
    assert_eq!(route(&gates.submit(5.0).await).0, RouteTo::Auto, "others' calls it does permit");
    // Another tool under the same name is not what was signed for.
    let changed = crate::gates::refunds(rules).replace("production", "staging");
    gates.0.put(&changed).await;
    let case = gates.0.engine.submit(&agent, "refunds", wanted(5.0), None).await.unwrap().case;
    assert_eq!(route(&case).0, RouteTo::Review);

    let bad = |spec: StandingSpec| async {
        match gates.want(1, spec).await.unwrap_err() {
            EngineError::Invalid { path, .. } => path.unwrap(),
            EngineError::Refused(refusal) => refusal.path.unwrap(),
            other => panic!("{other}"),
        }
    };
    let now = gates.0.engine.now();
    assert_eq!(bad(StandingSpec { tool: "x".to_owned(), ..terms(now) }).await, "/tool");
    assert_eq!(bad(StandingSpec { max_count: 0, ..terms(now) }).await, "/max_count");
    assert_eq!(bad(StandingSpec { until: now, ..terms(now) }).await, "/until");
    let when = Some("input.nobody > 1".to_owned());
    assert_eq!(bad(StandingSpec { when, ..terms(now) }).await, "/when");
    let none = StandingSpec { when: None, scope: None, ..terms(now) };
    assert_eq!(bad(none).await, "/scope");
    let scope = Some(json!({"type": "nonsense"}));
    assert!(bad(StandingSpec { scope, ..terms(now) }).await.starts_with("/scope"));
}

async fn a_batch_approves_what_is_as_it_was_listed(kind: Kind) {
    let gates = Gates::new(kind, TWO).await;
    let cases = [gates.submit(10.0).await, gates.submit(20.0).await, gates.submit(30.0).await];
    let [one, two, three] = &cases;
    let again = proposal(&crate::gates::call(21.0));
    gates.0.engine.propose(&machine(), two.core.id, again, false, None).await.unwrap();
    let all: Vec<&Case> = cases.iter().collect();
    let over = SumCap { of: "/amount".to_owned(), max: 39.0 };
    assert_eq!(code(gates.capped(1, &all, Some(over)).await), "over_cap");
    assert!(gates.0.get(one.core.id).await.state.judgments.is_empty(), "nothing was approved");

    let fits = SumCap { of: "/amount".to_owned(), max: 40.0 };
    let first = gates.capped(1, &all, Some(fits)).await.unwrap();
    assert_eq!(first.sum, Some(40.0));
    assert_eq!((first.approved.len(), first.left_out.len()), (2, 1));
    assert_eq!((first.left_out[0].case, &*first.left_out[0].code), (two.core.id, "seen_mismatch"));
    assert!(first.approved.iter().all(|one| !one.decided), "another person is needed");
    // The same person has judged already; another one decides.
    assert_eq!(code(gates.batch(1, &[one, three]).await), "nothing_approved");
    let second = gates.batch(2, &[one, three]).await.unwrap();
    assert!(second.approved.iter().all(|one| one.decided));
    for case in [one, three] {
        let done = gates.0.get(case.core.id).await;
        let decision = done.state.live_decision().unwrap();
        let mut both = [first.id.to_string(), second.id.to_string()];
        both.sort();
        assert_eq!(decision.batches, both);
        gates.consume(&done, "payments").await.unwrap();
    }
    let stored = gates.0.engine.batch(&machine(), second.id).await.unwrap();
    assert_eq!(stored, second);
    assert_eq!(gates.events("batch.").await.len(), 2);
}

async fn whoever_is_on_the_requesters_side_approves_nothing(kind: Kind) {
    let gates = Gates::new(kind, TWO).await;
    let engine = &gates.0.engine;
    let roles = [Role::Reviewer, Role::Submitter];
    // The owner of the key that asked.
    let (owner, key) = gates.member("owner", &roles).await;
    let asks = gates.who(&key).await;
    let case = engine.submit(&asks, "refunds", wanted(5.0), None).await.unwrap().case;
    assert_eq!(code(gates.approve_as(&key, &case).await), "not_eligible");
    // Whoever the owner delegated to, and who delegated to the owner.
    let (deputy, deputy_key) = gates.member("deputy", &[Role::Reviewer]).await;
    let absence = NewAbsence { until: Timestamp(engine.now().0 + HOUR), delegate: deputy };
    engine.accounts().set_absence(&asks, owner, Some(absence)).await.unwrap();
    stand_in(engine, &gates.who(&deputy_key).await, owner).await;
    assert_eq!(code(gates.approve_as(&deputy_key, &case).await), "not_eligible");
    engine.accounts().set_absence(&asks, owner, None).await.unwrap();
    let delegator = gates.who(&deputy_key).await;
    let absence = NewAbsence { until: Timestamp(engine.now().0 + HOUR), delegate: owner };
    engine.accounts().set_absence(&delegator, deputy, Some(absence)).await.unwrap();
    stand_in(engine, &asks, deputy).await;
    assert_eq!(code(gates.approve_as(&deputy_key, &case).await), "not_eligible");
    engine.accounts().set_absence(&delegator, deputy, None).await.unwrap();
    gates.approve_as(&deputy_key, &case).await.unwrap();

    // Whoever proposed anew, and whoever edited.
    let case = gates.submit(5.0).await;
    let (_, proposer) = gates.member("proposer", &[Role::Orchestrator, Role::Reviewer]).await;
    let who = gates.who(&proposer).await;
    let again = proposal(&crate::gates::call(6.0));
    let case = engine.propose(&who, case.core.id, again, false, None).await.unwrap();
    assert_eq!(code(gates.approve_as(&proposer, &case).await), "not_eligible");
    let edited = gates.judge(1, case.core.id, edit(4.0)).await.unwrap();
    assert_eq!(code(gates.judge(1, case.core.id, approve(&edited)).await), "not_eligible");

    // Whoever started the run that a gate is of, though another agent hands it in.
    let (_, starter) = gates.member("starter", &roles).await;
    let who = gates.who(&starter).await;
    let new = NewRun { goal: "pay back".to_owned(), ..NewRun::default() };
    let run = engine.start_run(&who, "refunds", new, None).await.unwrap().run.core.id;
    let new = Submission { run: Some(run.to_string()), ..wanted(5.0) };
    let case = engine.submit(&machine(), "refunds", new, None).await.unwrap().case;
    assert_eq!(code(gates.approve_as(&starter, &case).await), "not_eligible");
}

/// Says yes to standing in for a member.
async fn stand_in(engine: &tandem_engine::Engine, delegate: &Principal, member: MemberId) {
    let (views, _) = engine.absences(delegate).await.unwrap();
    let shown = views.iter().find(|view| view.absence.member == member).unwrap();
    engine.accept_absence(delegate, member, &shown.digest, None).await.unwrap();
}

async fn accounts_of_one_person_count_once(kind: Kind) {
    let gates = Gates::new(kind, "review: { approvals: { count: 3 } }\n").await;
    let (_, first) = gates.member("first", &[Role::Admin]).await;
    let (_, second) = gates.member("second", &[Role::Admin]).await;
    let (a, a_key) = gates.member("a", &[Role::Reviewer, Role::Submitter]).await;
    let (b, b_key) = gates.member("b", &[Role::Reviewer]).await;
    let asks = gates.who(&a_key).await;
    let own = gates.0.engine.submit(&asks, "refunds", wanted(5.0), None).await.unwrap().case;
    let (half, both) = (gates.submit(6.0).await, gates.submit(7.0).await);
    gates.approve_as(&a_key, &half).await.unwrap();
    gates.approve_as(&a_key, &both).await.unwrap();
    gates.approve_as(&b_key, &both).await.unwrap();
    gates.merge([&first, &second], a, b).await;
    // What one account asked for or approved, the other did, too.
    assert_eq!(code(gates.approve_as(&b_key, &own).await), "not_eligible");
    assert_eq!(code(gates.approve_as(&b_key, &half).await), "not_eligible");
    // Two approvals of before are one person's: a third account makes it two, not three.
    let third = gates.judge(1, both.core.id, approve(&both)).await.unwrap();
    assert!(third.state.live_decision().is_none());
    assert_eq!(third.state.judgments[1].state, JudgmentState::Superseded);
    let done = gates.judge(2, both.core.id, approve(&both)).await.unwrap();
    assert_eq!(done.state.live_decision().map(|d| d.judgments.len()), Some(3));

    // Told apart, they are two again, but not over what was asked for before.
    let accounts = gates.0.engine.accounts();
    let (first, second) = (gates.who(&first).await, gates.who(&second).await);
    gates.0.advance(SECOND);
    let split = PersonChange::Split { member: b };
    let asked = accounts.ask_person_change(&first, split, "two humans").await.unwrap();
    accounts.settle_person_change(&second, asked.id, true).await.unwrap();
    assert_eq!(code(gates.approve_as(&b_key, &own).await), "not_eligible");
    gates.0.advance(SECOND);
    let fresh = gates.submit(8.0).await;
    gates.approve_as(&a_key, &fresh).await.unwrap();
    gates.approve_as(&b_key, &fresh).await.unwrap();
    let kinds = gates.events("person.").await;
    assert_eq!(
        kinds,
        ["person.change_asked", "person.merged", "person.change_asked", "person.split"]
    );
    // Nobody changes who they are, alone or as a second.
    let (c, c_key) = gates.member("c", &[Role::Admin]).await;
    let change = PersonChange::Merge { member: c, into: a };
    let c_admin = gates.who(&c_key).await;
    assert_eq!(code(accounts.ask_person_change(&c_admin, change, "me").await), "forbidden");
    let asked = accounts.ask_person_change(&first, change, "c is a").await.unwrap();
    assert_eq!(code(accounts.settle_person_change(&c_admin, asked.id, true).await), "forbidden");
    let by_machine = accounts.ask_person_change(&machine(), change, "x").await;
    assert_eq!(code(by_machine), "forbidden");
}

async fn an_approver_who_is_removed_does_not_count(kind: Kind) {
    let gates = Gates::new(kind, TWO).await;
    let (out, out_key) = gates.member("out", &[Role::Reviewer]).await;
    let (less, less_key) = gates.member("less", &[Role::Reviewer]).await;
    let cases = [gates.submit(5.0).await, gates.submit(6.0).await];
    gates.approve_as(&out_key, &cases[0]).await.unwrap();
    gates.approve_as(&less_key, &cases[1]).await.unwrap();
    let decided = gates.submit(7.0).await;
    gates.approve_as(&out_key, &decided).await.unwrap();
    let decided = gates.judge(1, decided.core.id, approve(&decided)).await.unwrap();
    let accounts = gates.0.engine.accounts();
    let shut = MemberChange { disabled: Some(true), ..MemberChange::default() };
    accounts.change_member(&machine(), out, shut).await.unwrap();
    let auditor = Some(vec![(LoopScope::All, Role::Auditor)]);
    let weaker = MemberChange { grants: auditor, ..MemberChange::default() };
    accounts.change_member(&machine(), less, weaker).await.unwrap();
    for case in &cases {
        let one = gates.judge(1, case.core.id, approve(case)).await.unwrap();
        assert!(one.state.live_decision().is_none(), "one person approved, not two");
        assert_eq!(one.state.judgments[0].state, JudgmentState::Superseded);
        let two = gates.judge(2, case.core.id, approve(case)).await.unwrap();
        assert_eq!(two.state.live_decision().map(|d| d.judgments.clone()), Some(vec![2, 3]));
    }
    // What was decided before stands.
    gates.consume(&decided, "payments").await.unwrap();
    assert_eq!(gates.events("judgment.voided").await.len(), 2);
    // A signature for a permission goes the same way.
    let (third, third_key) = gates.member("third", &[Role::Reviewer]).await;
    let who = gates.who(&third_key).await;
    let spec = terms(gates.0.engine.now());
    let asked =
        gates.0.engine.ask_standing(&who, "refunds", spec, "small ones", None).await.unwrap();
    let shut = MemberChange { disabled: Some(true), ..MemberChange::default() };
    accounts.change_member(&machine(), third, shut).await.unwrap();
    assert_eq!(gates.sign(1, &asked).await.unwrap().state, "asked");
    assert_eq!(gates.sign(2, &asked).await.unwrap().state, "active");
}

async fn a_passkey_is_asked_for_where_the_loop_says(kind: Kind) {
    let gates = Gates::new(kind, "review: { sign_off: webauthn }\n").await;
    let case = gates.submit(5.0).await;
    assert_eq!(code(gates.judge(1, case.core.id, approve(&case)).await), "sign_off_needed");
    assert_eq!(code(gates.judge(1, case.core.id, edit(4.0)).await), "sign_off_needed");
    assert_eq!(code(gates.batch(1, &[&case]).await), "nothing_approved");
    let spec = terms(gates.0.engine.now());
    assert_eq!(code(gates.want(1, spec).await), "invalid_input");
    // Saying no takes none.
    let no = NewJudgment { reasons: vec!["not_due".to_owned()], ..says(Verdict::Reject, None) };
    gates.judge(1, case.core.id, no).await.unwrap();
}

async fn who_signed_a_permission_decides_no_appeal(kind: Kind) {
    let gates = Gates::new(kind, "appeals: { meanwhile: suspended }\n").await;
    let engine = &gates.0.engine;
    let (_, a) = gates.member("a", &[Role::Reviewer]).await;
    let (_, b) = gates.member("b", &[Role::Reviewer]).await;
    let (_, c) = gates.member("c", &[Role::Reviewer]).await;
    let (asks, signs) = (gates.who(&a).await, gates.who(&b).await);
    let spec = terms(engine.now());
    let asked = engine.ask_standing(&asks, "refunds", spec, "small refunds", None).await.unwrap();
    engine.sign_standing(&signs, asked.id, &asked.digest).await.unwrap();
    let case = gates.submit(5.0).await;
    assert_eq!(case.state.live_decision().map(|d| d.rule.as_str()), Some("standing_grant"));
    let lodged = Lodged {
        by: "the shop".to_owned(),
        statement: "It was paid already.".to_owned(),
        evidence: Vec::new(),
    };
    let id = case.core.id;
    engine.appeal(&machine(), id, lodged, None).await.unwrap();
    assert_eq!(code(gates.consume(&case, "payments").await), "appeal_open");
    for signer in [asks, signs] {
        let refused = gates.judge_as(&signer, id, says(Verdict::Reject, None)).await;
        assert_eq!(code(refused), "not_eligible");
    }
    let third = gates.who(&c).await;
    let done = gates.judge_as(&third, id, says(Verdict::Reject, None)).await.unwrap();
    let decision = done.state.live_decision().unwrap();
    assert_eq!((decision.by, decision.rule.as_str()), (DecidedBy::People, "appeal"));
    assert!(decision.ruling.unwrap().overturned);
}

crate::on_both!(
    a_permission_takes_distinct_persons_and_decides_within_its_caps,
    many_at_once_never_exceed_a_permission,
    a_permission_is_revoked_suspended_and_expires,
    a_permission_does_not_outlive_its_tool_its_rules_or_its_agent,
    a_batch_approves_what_is_as_it_was_listed,
    whoever_is_on_the_requesters_side_approves_nothing,
    accounts_of_one_person_count_once,
    an_approver_who_is_removed_does_not_count,
    an_arbiter_decides_the_appeal_over_a_call_that_reviewers_approve,
    who_signed_a_permission_decides_no_appeal,
    a_passkey_is_asked_for_where_the_loop_says,
);

/// Who approves calls is one question, who decides appeals another.
async fn an_arbiter_decides_the_appeal_over_a_call_that_reviewers_approve(kind: Kind) {
    let more =
        "appeals: { reviewers: arbiter }\nreview: { approvals: { of: reviewer, count: 1 } }\n";
    let gates = Gates::new(kind, more).await;
    let case = gates.submit(5.0).await;
    let id = case.core.id;
    gates.judge(1, id, says(Verdict::Reject, None)).await.unwrap();
    let lodged = Lodged {
        by: "the customer".to_owned(),
        statement: "It never came.".to_owned(),
        evidence: Vec::new(),
    };
    gates.0.engine.appeal(&machine(), id, lodged, None).await.unwrap();
    let grants = vec![(LoopScope::All, Role::Arbiter)];
    let arbiter = Principal { grants, ..reviewer(9) };
    // A reviewer of calls is none of appeals here. Arbiters are reviewers, too: what climbs to them is theirs.
    assert_eq!(code(gates.judge(2, id, says(Verdict::Reject, None)).await), "not_eligible");
    let done = gates.judge_as(&arbiter, id, says(Verdict::Reject, None)).await.unwrap();
    let ruling = done.state.live_decision().unwrap().ruling.unwrap();
    assert!(!ruling.overturned);
    let other = gates.submit(6.0).await;
    let approved = gates.judge_as(&arbiter, other.core.id, approve(&other)).await.unwrap();
    assert_eq!(approved.state.status, Status::Decided);
}
