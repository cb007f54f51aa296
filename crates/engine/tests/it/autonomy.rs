//! Autonomy is earned by evidence, signed by a person, and lost by itself.

use tandem_domain::case::{Case, Purpose, Verdict};
use tandem_domain::loops::RouteTo;
use tandem_domain::roles::Role;
use tandem_engine::autonomy::{AutonomyView, WARM_UP};
use tandem_engine::{LoopScope, Principal, Submission};

use crate::common::{Kind, World, code, machine, reviewer, says, ticket, tickets};
use crate::on_both;

on_both! {
    autonomy_is_earned_signed_and_lost,
    another_model_begins_anew,
    what_people_leave_undone_counts_as_wrong,
    second_looks_measure_what_people_miss_and_then_errors_are_claimed,
    others_overrule_an_audit_and_the_evidence_follows,
    what_is_taken_back_counts_as_wrong_until_it_is_judged_anew,
    groups_have_the_certainty_together_or_each_by_itself,
    evidence_is_earned_before_the_policy_is_enforced,
    a_halt_stops_standing_orders,
}

fn earned(more: &str) -> String {
    tickets(&format!(
        "coverage: selective\n\
         policy: {{ autonomy: {{ target_error: 0.2, certainty: 0.9, audit_rate: 1.0 {more} }} }}\n\
         review: {{ undo: 0s }}\n"
    ))
}

fn orchestrator(n: u8) -> Principal {
    Principal { grants: vec![(LoopScope::All, Role::Orchestrator)], ..reviewer(n) }
}

/// The n-th case: its score goes through 0.5..1, its text is its own.
fn nth(n: usize) -> Submission {
    let score = 0.5 + (n * 37 % 100) as f64 / 200.0;
    ticket(&format!("ticket {n}"), "card_arrival", Some(score))
}

fn reason(case: &Case) -> &str {
    &case.state.route.as_ref().unwrap().reasons[0].code
}

impl World {
    async fn handed_in(&self, submission: Submission) -> Case {
        self.engine.submit(&machine(), "tickets", submission, None).await.unwrap().case
    }

    /// A reviewer who says that the answer is `intent`.
    async fn answered(&self, case: &Case, intent: &str) {
        self.answered_by(1, case, intent).await;
    }

    async fn answered_by(&self, n: u8, case: &Case, intent: &str) -> Case {
        let said = tandem_engine::Said {
            claim: None,
            judgment: says(Verdict::Answer, Some(intent)),
            assertion: None,
        };
        self.engine.judge(&reviewer(n), case.core.id, said, None).await.unwrap();
        self.get(case.core.id).await
    }

    async fn autonomy(&self) -> AutonomyView {
        self.engine.stats_autonomy(&machine(), "tickets").await.unwrap()
    }

    /// Hands in cases that people find right until a proposal stands; returns how many it took.
    async fn earn(&self, from: usize) -> usize {
        for n in from.. {
            let case = self.handed_in(nth(n)).await;
            assert_eq!(case.state.route.as_ref().unwrap().to, RouteTo::Review);
            self.answered(&case, "card_arrival").await;
            if n % 20 == 0 && self.autonomy().await.groups[0].proposal.is_some() {
                return n + 1;
            }
            assert!(n < from + 1_500, "nothing was ever proposed: {:?}", self.autonomy().await);
        }
        from
    }

    async fn raise(&self) -> f64 {
        let proposal = self.autonomy().await.groups[0].proposal.clone().unwrap();
        let step =
            (proposal["epoch"].as_u64().unwrap() as u32, proposal["level"].as_u64().unwrap());
        let step = (step.0, step.1 as usize);
        let owner = orchestrator(7);
        self.engine.raise_autonomy(&owner, "tickets", "", step, "I looked", None).await.unwrap();
        proposal["threshold"].as_f64().unwrap()
    }
}

async fn autonomy_is_earned_signed_and_lost(kind: Kind) {
    let world = World::new(kind).await;
    world.put(&earned("")).await;
    let first = world.handed_in(nth(0)).await;
    assert_eq!(reason(&first), "warming_up");
    let next = world.earn(1).await;
    let view = world.autonomy().await;
    let group = &view.groups[0];
    assert_eq!((group.standing, group.epoch, &*group.model), ("proposed", 1, "intent@7"));
    let certificate = group.certificate.as_ref().unwrap();
    assert_eq!((certificate.claim, certificate.acting), ("disagreement", None));
    // A machine cannot sign, nor can anybody sign what was not proposed.
    let signed = |who: Principal, step| {
        let engine = world.engine.clone();
        async move { engine.raise_autonomy(&who, "tickets", "", step, "now", None).await }
    };
    assert_eq!(code(signed(machine(), (1, 0)).await), "forbidden");
    assert_eq!(code(signed(orchestrator(7), (9, 0)).await), "proposal_gone");
    let threshold = world.raise().await;

    // Above the threshold the machine decides, and at this audit rate people look afterwards.
    let sure = ticket("sure", "card_arrival", Some(0.999));
    let passed = world.handed_in(sure.clone()).await;
    let route = passed.state.route.as_ref().unwrap();
    assert_eq!((route.to, reason(&passed), route.audit), (RouteTo::Auto, "autonomy", true));
    assert_eq!(route.reasons[0].threshold, Some(threshold));
    let below = world.handed_in(ticket("unsure", "card_arrival", Some(0.3))).await;
    assert_eq!(reason(&below), "below_threshold");
    world.answered(&below, "card_arrival").await;
    world.answered(&passed, "card_arrival").await;
    // The same input again is no further evidence, and draws no other coin.
    let before = world.autonomy().await.groups[0].clone();
    let again = world.handed_in(sure).await;
    assert_eq!(again.state.route.as_ref().unwrap().draw, route.draw);
    assert_eq!(world.autonomy().await.groups[0].cases, before.cases + 1);
    world.answered(&again, "card_arrival").await;

    // The world turns: what passes is wrong, and autonomy is lost without anybody's doing.
    let mut lost = None;
    for n in next..next + 500 {
        let case =
            world.handed_in(ticket(&format!("turned {n}"), "card_arrival", Some(0.99))).await;
        if case.state.route.as_ref().unwrap().to != RouteTo::Auto {
            lost = Some(case);
            break;
        }
        world.answered(&case, "lost_card").await;
    }
    let lost = lost.expect("autonomy is lost");
    assert_eq!(reason(&lost), "demoted");
    let view = world.autonomy().await;
    assert_eq!(view.groups[0].standing, "demoted");
    let demotion = view.groups[0].demotion.clone().unwrap();
    assert!(
        demotion["case"].as_str().unwrap().starts_with("case_")
            && demotion["errors"].as_f64() > Some(0.0)
    );
    let kinds: Vec<&str> = view.history.iter().rev().map(|line| line.kind.as_str()).collect();
    assert_eq!(kinds[..3], ["autonomy.epoch_began", "autonomy.proposed", "autonomy.raised"]);
    assert!(kinds.contains(&"autonomy.surge") && kinds.last() == Some(&"autonomy.demoted"));
    // Gathering scores anew, the next epoch begins, and the coins of the old one are revealed.
    for n in 0..WARM_UP {
        world
            .handed_in(ticket(
                &format!("anew {n}"),
                "card_arrival",
                nth(n).proposal.unwrap().confidence.get("").copied(),
            ))
            .await;
    }
    let view = world.autonomy().await;
    assert_eq!((view.groups[0].standing, view.groups[0].epoch), ("earning", 2));
    let ended = view.history.iter().find(|line| line.kind == "autonomy.epoch_ended").unwrap();
    let began = view.history.iter().rfind(|line| line.kind == "autonomy.epoch_began").unwrap();
    let secret = hex::decode(ended.data["coins_secret"].as_str().unwrap()).unwrap();
    let digest = <sha2::Sha256 as sha2::Digest>::digest(&secret);
    assert_eq!(began.data["coins"], format!("sha256:{}", hex::encode(digest)));
}

async fn another_model_begins_anew(kind: Kind) {
    let world = World::new(kind).await;
    world.put(&earned("")).await;
    let next = world.earn(0).await;
    world.raise().await;
    let of = |n: usize, model: &str| {
        let mut submission = nth(n);
        if let Some(proposal) = &mut submission.proposal {
            proposal.model = Some(model.to_owned());
            proposal.confidence.insert(String::new(), 0.99 - (n % 40) as f64 / 100.0);
        }
        submission
    };
    // Nothing of another model passes, and what passes of the old one still does.
    let other = world.handed_in(of(next, "intent@8")).await;
    assert_eq!(
        (reason(&other), other.state.route.as_ref().unwrap().to),
        ("other_model", RouteTo::Review)
    );
    let old = world.handed_in(of(next + 40, "intent@7")).await;
    assert_eq!(reason(&old), "autonomy");
    // Once the new one alone proposes, evidence begins anew for it.
    for n in 0..WARM_UP {
        assert_eq!(world.autonomy().await.groups[0].model, "intent@7");
        world.handed_in(of(next + 100 + n, "intent@8")).await;
    }
    let group = world.autonomy().await.groups[0].clone();
    assert_eq!((&*group.model, group.standing, group.epoch), ("intent@8", "earning", 2));
    let old = world.handed_in(of(next + 1_000, "intent@7")).await;
    assert_eq!(reason(&old), "other_model");
}

async fn what_people_leave_undone_counts_as_wrong(kind: Kind) {
    let world = World::new(kind).await;
    world.put(&earned("")).await;
    for n in 0..WARM_UP {
        world.handed_in(nth(n)).await;
    }
    // Reviews nobody makes are no evidence; cancelled ones count as wrong.
    let mut cases = Vec::new();
    for n in 0..60 {
        cases.push(world.handed_in(nth(WARM_UP + n)).await);
    }
    let certificate = world.autonomy().await.groups[0].certificate.clone().unwrap();
    assert_eq!((certificate.certified, certificate.waiting), (None, 60));
    for case in &cases {
        world.engine.cancel(&machine(), case.core.id, None).await.unwrap();
    }
    let certificate = world.autonomy().await.groups[0].certificate.clone().unwrap();
    assert_eq!(certificate.certified, None);
    assert!(certificate.levels.iter().all(|level| level.progress < 0.5), "{certificate:#?}");
}

fn look(case: &Case) -> Option<&tandem_domain::Task> {
    case.state.tasks.iter().find(|task| task.open && task.purpose == Purpose::CrossCheck)
}

async fn second_looks_measure_what_people_miss_and_then_errors_are_claimed(kind: Kind) {
    let world = World::new(kind).await;
    world.put(&earned(", second_looks: 1.0")).await;
    let mut at = None;
    for n in 0..2_000 {
        let case = world.handed_in(nth(n)).await;
        // One answer in twenty is wrong, and the first person sees all of them.
        let right = if n % 20 == 7 { "lost_card" } else { "card_arrival" };
        let case = world.answered_by(1, &case, right).await;
        assert_eq!(look(&case).is_some(), n >= WARM_UP, "{n}");
        if let Some(task) = look(&case) {
            assert!(task.blind);
            // The same person cannot look again, under whatever account.
            if n % 50 == 0 {
                let said = tandem_engine::Said {
                    claim: None,
                    judgment: says(Verdict::Answer, Some(right)),
                    assertion: None,
                };
                let again = world.engine.judge(&reviewer(1), case.core.id, said, None).await;
                assert_eq!(code(again), "not_eligible");
            }
            world.answered_by(2, &case, right).await;
        }
        let view = (n % 25 == 0).then_some(world.autonomy().await);
        let claims = |view: &AutonomyView| {
            let group = &view.groups[0];
            group.proposal.is_some()
                && group.certificate.as_ref().is_some_and(|c| c.claim == "error")
        };
        if view.as_ref().is_some_and(claims) {
            at = Some(n);
            break;
        }
    }
    assert!(at.is_some(), "{:?}", world.autonomy().await);
    let view = world.autonomy().await;
    let people = view.people.unwrap();
    assert_eq!((people.missed, people.waiting, people.share), (0, 0, 1.0));
    assert!(people.errors > 10 && people.looks > 200, "{people:?}");
    assert!(people.miss_rate_at_most < 0.6 && people.not_counted_at_most < 0.75, "{people:?}");
    assert!((people.certainty - 0.98).abs() < 1e-9);
    let certificate = view.groups[0].certificate.as_ref().unwrap();
    assert!(certificate.error_coverage.unwrap() > 0.0);
    let kinds: Vec<&str> = view.history.iter().rev().map(|line| line.kind.as_str()).collect();
    assert!(kinds.contains(&"autonomy.looks_began") && kinds.contains(&"autonomy.claim_changed"));
    // What the machine does from now on is bounded in real errors, too.
    world.raise().await;
    let signed = world.autonomy().await;
    let raised = signed.history.iter().find(|line| line.kind == "autonomy.raised").unwrap();
    assert_eq!((&*raised.by.kind, &raised.data["claim"]), ("member", &"error".into()));
    // What the first one missed and two others see is an error, and a miss.
    let case = world.handed_in(ticket("sure", "card_arrival", Some(0.999))).await;
    let case = world.answered_by(1, &case, "card_arrival").await;
    let case = world.answered_by(2, &case, "lost_card").await;
    let waits = world.autonomy().await.people.unwrap();
    assert_eq!((waits.errors, waits.missed, waits.waiting), (people.errors, 0, 1));
    let case = world.answered_by(3, &case, "lost_card").await;
    assert!(case.state.finding.as_ref().unwrap().wrong());
    let view = world.autonomy().await;
    let now = view.people.unwrap();
    assert_eq!((now.errors, now.missed, now.waiting), (people.errors + 1, 1, 0));
    assert!(now.miss_rate_at_most > people.miss_rate_at_most);
    assert_eq!(view.groups[0].audit_errors, 1.0);
}

async fn others_overrule_an_audit_and_the_evidence_follows(kind: Kind) {
    let world = World::new(kind).await;
    world.put(&earned(", second_looks: 1.0")).await;
    world.earn(0).await;
    world.raise().await;
    let before = world.autonomy().await.groups[0].clone();
    let sure = ticket("sure", "card_arrival", Some(0.999));
    let case = world.handed_in(sure).await;
    assert_eq!(reason(&case), "autonomy");
    // The auditor finds it wrong: it counts, and the next cases are all audited.
    let case = world.answered_by(1, &case, "lost_card").await;
    let wrong = world.autonomy().await.groups[0].clone();
    assert_eq!(wrong.audit_errors, before.audit_errors + 1.0);
    assert_eq!(wrong.detector.unwrap().surge_left, 40);
    let level = |group: &tandem_engine::autonomy::GroupView| {
        group.certificate.as_ref().unwrap().levels.last().unwrap().error.unwrap()
    };
    assert!(level(&wrong) > level(&before));
    // A second one finds it right: a tie counts as wrong. A third one, too: now it is right.
    let case = world.answered_by(2, &case, "card_arrival").await;
    assert_eq!(level(&world.autonomy().await.groups[0]), level(&wrong));
    let case = world.answered_by(3, &case, "card_arrival").await;
    // Statistics are shared for a moment.
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert!(look(&case).is_none() && !case.state.finding.as_ref().unwrap().wrong());
    let after = world.autonomy().await;
    assert_eq!(after.groups[0].audit_errors, before.audit_errors);
    assert!(level(&after.groups[0]) < level(&wrong));
    assert_eq!(after.realised.unwrap().estimate, Some(0.0));
    // The alarm forgets nothing.
    assert_eq!(after.groups[0].detector.unwrap().evidence, wrong.detector.unwrap().evidence);
    let people = after.people.unwrap();
    assert_eq!((people.errors, people.missed), (0, 0), "no error that two persons saw");
}

async fn what_is_taken_back_counts_as_wrong_until_it_is_judged_anew(kind: Kind) {
    let world = World::new(kind).await;
    world.put(&earned("")).await;
    world.earn(0).await;
    world.raise().await;
    let errors = |view: &AutonomyView| {
        let certificate = view.groups[0].certificate.as_ref().unwrap();
        certificate.levels.last().unwrap().error.unwrap()
    };
    let case = world.handed_in(ticket("sure", "card_arrival", Some(0.999))).await;
    let case = world.answered_by(1, &case, "card_arrival").await;
    let before = world.autonomy().await;
    let judgment = tandem_domain::JudgmentId { case: case.core.id, n: 1 };
    world.engine.retract(&reviewer(1), judgment, None).await.unwrap();
    let back = world.autonomy().await;
    assert!(errors(&back) > errors(&before));
    assert_eq!(back.groups[0].certificate.as_ref().unwrap().overdue, 1);
    let case = world.get(case.core.id).await;
    let audit = case.state.tasks.iter().find(|task| task.purpose == Purpose::Audit).unwrap();
    assert!(audit.open && case.state.finding.is_none());
    // Whoever took it back is not asked again; another person is, and it counts as they say.
    let said = tandem_engine::Said {
        claim: None,
        judgment: says(Verdict::Answer, Some("card_arrival")),
        assertion: None,
    };
    let again = world.engine.judge(&reviewer(1), case.core.id, said, None).await;
    assert_eq!(code(again), "not_eligible");
    world.answered_by(2, &case, "card_arrival").await;
    let after = world.autonomy().await;
    assert_eq!(errors(&after), errors(&before));
    assert_eq!(after.groups[0].certificate.as_ref().unwrap().overdue, 0);
    // A review that is opened again is evidence only once it is decided again.
    let below = world.handed_in(ticket("unsure", "card_arrival", Some(0.3))).await;
    let below = world.answered_by(1, &below, "card_arrival").await;
    let overdue = |view: &AutonomyView| view.groups[0].certificate.as_ref().unwrap().overdue;
    world.engine.reopen(&orchestrator(7), below.core.id, "look again", None).await.unwrap();
    assert_eq!(overdue(&world.autonomy().await), 1);
    world.answered_by(2, &below, "card_arrival").await;
    assert_eq!(overdue(&world.autonomy().await), 0);
}

async fn groups_have_the_certainty_together_or_each_by_itself(kind: Kind) {
    for together in [false, true] {
        let world = World::new(kind).await;
        world.put(&earned(&format!(", by: class, together: {together}"))).await;
        for n in 0..=WARM_UP {
            for intent in ["card_arrival", "other"] {
                let mut submission = nth(n);
                submission.input = serde_json::json!({"text": format!("{intent} {n}")});
                submission.proposal.as_mut().unwrap().output = crate::common::answer(intent);
                world.handed_in(submission).await;
            }
        }
        let view = world.autonomy().await;
        assert_eq!((view.together, view.groups.len()), (together, 2));
        let began: Vec<_> = view
            .history
            .iter()
            .rev()
            .filter(|line| line.kind == "autonomy.epoch_began")
            .map(|line| (line.data["epoch"].as_u64(), line.data["spends"].as_u64()))
            .collect();
        let spends = if together { [1, 2] } else { [1, 1] };
        assert_eq!(began, [(Some(1), Some(spends[0])), (Some(2), Some(spends[1]))]);
    }
}

async fn evidence_is_earned_before_the_policy_is_enforced(kind: Kind) {
    let world = World::new(kind).await;
    let file =
        |enforce: bool| earned("").replace("review:", &format!("enforce: {enforce}\nreview:"));
    world.put(&file(false)).await;
    let (mut n, mut reviewed) = (0, 0);
    loop {
        let case = world.handed_in(nth(n)).await;
        let route = case.state.route.as_ref().unwrap();
        assert_eq!(route.would_be, Some(RouteTo::Review), "{route:?}");
        reviewed += usize::from(route.to == RouteTo::Review);
        // Everybody looked at says it is right: the audit rate is 1.
        world.answered(&case, "card_arrival").await;
        n += 1;
        if n % 20 == 0 && world.autonomy().await.groups[0].proposal.is_some() {
            break;
        }
        assert!(n < 1_500, "{:?}", world.autonomy().await);
    }
    assert!(reviewed > 0 && reviewed < n / 2, "{reviewed} of {n}");
    let view = world.autonomy().await;
    assert_eq!((view.enforced, view.groups[0].automatic), (false, 0));
    world.raise().await;
    // Signed, it says what would pass; what should be reviewed still passes.
    let sure = world.handed_in(ticket("sure", "card_arrival", Some(0.999))).await;
    assert_eq!(sure.state.route.as_ref().unwrap().would_be, Some(RouteTo::Auto));
    let mut passed = 0;
    for n in 0..40 {
        let text = format!("unsure {n}");
        let case = world.handed_in(ticket(&text, "card_arrival", Some(0.1))).await;
        let route = case.state.route.as_ref().unwrap();
        assert_eq!(route.would_be, Some(RouteTo::Review));
        passed += u32::from(route.to == RouteTo::Auto);
    }
    assert!(passed > 20, "{passed}");
    // Enforced, the same evidence acts.
    world.put(&file(true)).await;
    let view = world.autonomy().await;
    assert_eq!((view.enforced, view.groups[0].standing, view.groups[0].epoch), (true, "acting", 1));
    let sure = world.handed_in(ticket("sure again", "card_arrival", Some(0.999))).await;
    let route = sure.state.route.as_ref().unwrap();
    assert_eq!((route.to, route.would_be, reason(&sure)), (RouteTo::Auto, None, "autonomy"));
    let below = world.handed_in(ticket("unsure again", "card_arrival", Some(0.1))).await;
    assert_eq!(below.state.route.as_ref().unwrap().to, RouteTo::Review);
}

async fn a_halt_stops_standing_orders(kind: Kind) {
    let world = World::new(kind).await;
    world.put(&earned("")).await;
    let (_, ada) = crate::queues::account(&world, "ada", Role::Orchestrator).await;
    let (_, bob) = crate::queues::account(&world, "bob", Role::Orchestrator).await;
    let expires_at =
        tandem_domain::Timestamp(crate::common::START + 86_400 * crate::common::SECOND);
    let spec = tandem_engine::autonomy::OrderSpec { max_coverage: 1.0, expires_at };
    for who in [&ada, &bob] {
        world.engine.order_autonomy(who, "tickets", spec, "as agreed").await.unwrap();
    }
    world.engine.halt(&ada, Some("tickets"), "smoke", None).await.unwrap();
    // What comes in under a halt is no evidence, so nothing is certified that an order could raise.
    for n in 0..5 {
        let case = world.handed_in(nth(n)).await;
        assert_eq!(case.state.route.as_ref().unwrap().to, RouteTo::Review);
        world.answered(&case, "card_arrival").await;
    }
    let view = world.autonomy().await;
    assert_eq!((view.groups[0].standing, view.groups[0].gathered), ("warming_up", 0));
    assert!(view.order.is_some());
}
