//! Autonomy is earned by evidence, signed by a person, and lost by itself.

use tandem_domain::case::{Case, Verdict};
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
        let said =
            tandem_engine::Said { claim: None, judgment: says(Verdict::Answer, Some(intent)) };
        self.engine.judge(&reviewer(1), case.core.id, said, None).await.unwrap();
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
