//! Models from outside: registered, watched in the shadow, measured on a frozen set, promoted.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tandem_connect::{CloudEvent, Sink, SinkError};
use tandem_domain::case::{Case, Verdict};
use tandem_domain::command::NewProposal;
use tandem_domain::loops::RouteTo;
use tandem_domain::policy::{self, ModelStage};
use tandem_domain::roles::Role;
use tandem_engine::exports::{ExportFormat, ExportKind, ExportRequest, Shape};
use tandem_engine::learning::{ModelView, Outside, OutsideKind, Prediction, Prompt};
use tandem_engine::ledger::EventQuery;
use tandem_engine::outbox::Outlet;
use tandem_engine::{EngineError, LoopScope, Principal, Said};
use tandem_ledger::note::SigningKey;

use crate::common::{Kind, World, answer, blocking, code, machine, reviewer, says, start, ticket};

/// A loop that a trainer outside learns from.
fn outside(more: &str) -> String {
    crate::common::tickets(&format!(
        "coverage: selective\npolicy: {{ confidence: {{ auto_at: 0.9, audit_rate: 0.0 }} }}\n\
         review: {{ undo: 0s }}\nlearner: {{ kind: external, retrain: {{ every: 5 }} }}\n{more}"
    ))
}

fn external(name: &str) -> Outside {
    Outside {
        name: name.to_owned(),
        kind: OutsideKind::External,
        metadata: serde_json::Map::new(),
        metrics: serde_json::Map::new(),
        artefact: None,
        prompt: None,
        trained_on: 0,
    }
}

fn with_role(n: u8, role: Role) -> Principal {
    Principal { grants: vec![(LoopScope::All, role)], ..reviewer(n) }
}

fn said_by(model: &str, intent: &str) -> NewProposal {
    let mut proposal = ticket("", intent, Some(0.95)).proposal.unwrap();
    proposal.model = Some(model.to_owned());
    proposal
}

impl World {
    async fn register(&self, name: &str) -> ModelView {
        let made = self.engine.register_model(&OWNER, "tickets", external(name), None).await;
        made.unwrap().0
    }

    async fn model(&self, name: &str) -> ModelView {
        let models = self.engine.models(&OWNER, "tickets").await.unwrap();
        models.into_iter().find(|model| model.name == name).unwrap()
    }

    async fn promote(&self, name: &str) -> Result<ModelView, EngineError> {
        self.engine.promote(&OWNER, "tickets", name, ("", false), None).await
    }

    async fn hand_in(&self, text: &str, model: &str, intent: &str) -> Case {
        let mut new = ticket(text, intent, Some(0.95));
        new.proposal = Some(said_by(model, intent));
        self.engine.submit(&OWNER, "tickets", new, None).await.unwrap().case
    }

    async fn shadow(&self, case: &Case, model: &str, intent: &str) {
        let said = said_by(model, intent);
        self.engine.propose(&OWNER, case.core.id, said, true, None).await.unwrap();
    }

    async fn answers(&self, case: &Case, intent: &str) {
        let said =
            Said { claim: None, judgment: says(Verdict::Answer, Some(intent)), assertion: None };
        self.engine.judge(&reviewer(1), case.core.id, said, None).await.unwrap();
    }

    /// Reviews until at least `wanted` cases are held out; every third is a lost card.
    async fn held_out(&self, wanted: usize) -> usize {
        let mut n = 0;
        loop {
            let rows = self.export().await;
            if rows.iter().filter(|row| row["held_out"] == true).count() >= wanted {
                return n;
            }
            for _ in 0..10 {
                let case = self.hand_in(&format!("ticket {n}"), "nobody@1", "other").await;
                self.answers(&case, truth(n)).await;
                n += 1;
            }
        }
    }

    async fn export(&self) -> Vec<serde_json::Value> {
        let request = ExportRequest {
            kind: ExportKind::Examples,
            format: ExportFormat::Jsonl,
            shape: Shape::default(),
            until: None,
            max_ai_share: None,
        };
        let mut export = self.engine.export(&OWNER, "tickets", request).await.unwrap();
        let mut text = Vec::new();
        while let Some(chunk) = export.next().await {
            text.extend(chunk.unwrap());
        }
        let lines = std::str::from_utf8(&text).unwrap().lines();
        lines.map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

fn truth(n: usize) -> &'static str {
    if n.is_multiple_of(3) { "lost_card" } else { "card_arrival" }
}

async fn only_a_promoted_model_acts(kind: Kind) {
    let world = World::new(kind).await;
    world.put(&outside("")).await;
    let stranger = world.hand_in("a", "intent@7", "card_arrival").await;
    let route = stranger.state.route.clone().unwrap();
    assert_eq!(route.to, RouteTo::Review);
    assert_eq!(route.reasons[0].code, "model_not_live");
    assert_eq!(route.reasons[0].name.as_deref(), Some("unregistered"));

    let made = world.register("intent@7").await;
    assert_eq!((made.version, made.stage.as_str(), made.kind.as_str()), (1, "shadow", "external"));
    let again = world.engine.register_model(&OWNER, "tickets", external("intent@7"), None);
    assert!(!again.await.unwrap().1, "the same registration is the same model");
    let other = Outside { trained_on: 7, ..external("intent@7") };
    let clash = world.engine.register_model(&OWNER, "tickets", other, None).await;
    assert_eq!(code(clash), "model_exists");
    let shadowed = world.hand_in("b", "intent@7", "card_arrival").await.state.route.unwrap();
    assert_eq!(shadowed.reasons[0].name.as_deref(), Some("shadow"));

    world.promote("intent@7").await.unwrap();
    let passed = world.hand_in("c", "intent@7", "card_arrival").await;
    let route = passed.state.route.clone().unwrap();
    assert_eq!(
        (route.to, route.facts.model.as_ref().unwrap().stage),
        (RouteTo::Auto, ModelStage::Live)
    );

    // What was recorded routes the same again.
    for case in [&stranger, &passed] {
        let handle = world.engine.loop_of(case).await.unwrap();
        let recorded = case.state.route.clone().unwrap();
        let again = policy::route(
            handle.spec(),
            recorded.loop_version,
            recorded.epoch,
            recorded.facts.clone(),
            handle.draws(case.core.id),
        );
        assert_eq!(again, recorded);
    }

    world.register("intent@8").await;
    let moved = world.promote("intent@8").await.unwrap();
    assert_eq!(
        (moved.stage.as_str(), world.model("intent@7").await.stage.as_str()),
        ("live", "retired")
    );
    let old = world.hand_in("d", "intent@7", "card_arrival").await.state.route.unwrap();
    assert_eq!((old.to, old.reasons[0].name.as_deref()), (RouteTo::Review, Some("retired")));
    let back = world.engine.demote(&OWNER, "tickets", "intent@8", ("it drifts", false), None);
    let back = back.await.unwrap();
    assert_eq!((back.stage.as_str(), back.note.unwrap().reason.as_str()), ("shadow", "it drifts"));
    assert_eq!(
        world.hand_in("e", "intent@8", "other").await.state.route.unwrap().to,
        RouteTo::Review
    );
}

async fn a_prompt_carries_its_text_and_names_are_checked(kind: Kind) {
    let world = World::new(kind).await;
    world.put(&outside("on_new_model: full_review\n")).await;
    let register = |new: Outside| world.engine.register_model(&OWNER, "tickets", new, None);
    let who = reviewer(1);
    let refused = world.engine.register_model(&who, "tickets", external("a@1"), None).await;
    assert_eq!(code(refused), "forbidden");
    for name in ["", "3", "tickets@3", "a b", "a/b"] {
        assert_eq!(code(register(external(name)).await), "invalid_model", "{name}");
    }
    let prompt = Outside { kind: OutsideKind::Prompt, ..external("triage@3") };
    assert_eq!(code(register(prompt.clone()).await), "invalid_model");
    let template = "Which intent has {{text}}?".to_owned();
    let prompt =
        Outside { prompt: Some(Prompt { template, parameters: serde_json::Map::new() }), ..prompt };
    let (made, new) = register(prompt.clone()).await.unwrap();
    assert!(new && made.stage == "canary");
    assert_eq!(made.outside.as_ref(), Some(&prompt));
    // A canary is reviewed although it is sure of itself.
    let route = world.hand_in("a", "triage@3", "other").await.state.route.unwrap();
    assert_eq!((route.to, route.reasons[0].name.as_deref()), (RouteTo::Review, Some("canary")));
}

async fn shadows_are_counted_against_what_people_found(kind: Kind) {
    let world = World::new(kind).await;
    world.put(&outside("on_new_model: shadow_first\n")).await;
    world.register("live@1").await;
    world.promote("live@1").await.unwrap();
    world.register("next@2").await;
    // Unsure enough to be reviewed: the live model is right twice, the candidate three times.
    let said = [
        ("card_arrival", "card_arrival"),
        ("other", "card_arrival"),
        ("other", "card_arrival"),
        ("card_arrival", "other"),
    ];
    let mut cases = Vec::new();
    for (n, (live, next)) in said.into_iter().enumerate() {
        let mut new = ticket(&format!("t{n}"), live, Some(0.5));
        new.proposal.as_mut().unwrap().model = Some("live@1".to_owned());
        let case = world.engine.submit(&OWNER, "tickets", new, None).await.unwrap().case;
        world.shadow(&case, "next@2", "other").await;
        world.shadow(&case, "next@2", next).await;
        let now = world.get(case.core.id).await;
        assert_eq!(now.state.current_proposal().unwrap().model.as_deref(), Some("live@1"));
        world.advance(1);
        world.answers(&case, "card_arrival").await;
        // Whoever proposes after the answer knows it.
        world.advance(1);
        world.shadow(&case, "late@1", "card_arrival").await;
        cases.push(case);
    }
    let shadow = world.model("next@2").await.shadow.unwrap();
    assert_eq!((shadow.right.n, shadow.cases, shadow.candidate, shadow.current), (4, 4, 2, 1));
    assert_eq!((shadow.against.as_deref(), shadow.difference), (Some("live@1"), Some(0.25)));
    assert!((shadow.right.estimate - 0.75).abs() < 1e-12 && shadow.p_better > 0.05);
    world.register("late@1").await;
    assert_eq!(world.model("late@1").await.shadow, None);

    // A case that is decided anew counts once, with the new answer.
    world.engine.reopen(&OWNER, cases[3].core.id, "wrong", None).await.unwrap();
    world.advance(1);
    world.answers(&cases[3], "other").await;
    let shadow = world.model("next@2").await.shadow.unwrap();
    assert_eq!((shadow.right.n, shadow.candidate, shadow.current), (4, 3, 0));

    let nameless = NewProposal { model: None, ..said_by("", "other") };
    let refused = world.engine.propose(&OWNER, cases[0].core.id, nameless, true, None).await;
    assert_eq!(code(refused), "invalid_input");
}

async fn nothing_unmeasured_is_promoted_where_a_set_is_frozen(kind: Kind) {
    let key = SigningKey::from_seed("tandem.example/models", &[7; 32]).unwrap();
    let world = World::with(kind, |config| config.checkpoint_key = Some(key)).await;
    world.put(&outside("")).await;
    world.register("old@1").await;
    world.promote("old@1").await.unwrap();
    let early = world.engine.freeze_evaluation(&OWNER, "tickets", "first", None, None).await;
    assert_eq!(code(early), "too_few_held_out");
    world.held_out(10).await;
    let held =
        |rows: &[serde_json::Value]| rows.iter().filter(|row| row["held_out"] == true).count();
    let before = world.export().await;
    let freeze = world.engine.freeze_evaluation(&OWNER, "tickets", "first", Some(10), None);
    let set = freeze.await.unwrap();
    assert_eq!((set.set, set.size, set.digest.len()), (1, 10, 64));
    let after = world.export().await;
    assert_eq!(held(&after) + 10, held(&before), "frozen cases leave the exports");

    world.register("new@2").await;
    assert_eq!(world.model("new@2").await.refusal, Some("not_evaluated"));
    assert_eq!(code(world.promote("new@2").await), "not_evaluated");

    let asked = world.engine.evaluation_cases(&OWNER, "tickets", 1, None, 100).await.unwrap();
    let intents: BTreeMap<_, _> = asked
        .0
        .iter()
        .map(|asked| {
            let text = asked.input["text"].as_str().unwrap();
            let n: usize = text.rsplit(' ').next().unwrap().parse().unwrap();
            (asked.case, truth(n))
        })
        .collect();
    assert_eq!(intents.len(), 10);
    let predict = |wrong: usize| -> Vec<Prediction> {
        let each = intents.iter().enumerate();
        each.map(|(at, (case, truth))| Prediction {
            case: *case,
            output: answer(if at < wrong { "other" } else { truth }),
            probabilities: BTreeMap::new(),
        })
        .collect()
    };
    let push = |name: &'static str, said: Vec<Prediction>| {
        world.engine.evaluate_model(&OWNER, "tickets", name, said, None)
    };
    assert_eq!(code(push("new@2", predict(0)[1..].to_vec()).await), "invalid_predictions");
    let twice = [predict(0), predict(0)[..1].to_vec()].concat();
    assert_eq!(code(push("new@2", twice).await), "invalid_predictions");
    push("old@1", predict(6)).await.unwrap();
    let scored = push("new@2", predict(1)).await.unwrap();
    let score = scored.score.unwrap();
    assert!((score.accuracy.estimate - 0.9).abs() < 1e-12 && score.accuracy.n == 10);
    let compared = scored.compared.unwrap();
    assert_eq!((compared.against.as_str(), compared.candidate, compared.current), ("old@1", 5, 0));
    assert!((compared.p_value - 2.0 / 32.0).abs() < 1e-12);
    assert_eq!(code(push("new@2", predict(0)).await), "already_scored");
    assert_eq!(world.promote("new@2").await.unwrap().stage, "live");

    // What is live is measured well enough only once the frozen set says so.
    assert_eq!(world.model("new@2").await.refusal, None);
    world.register("rash@3").await;
    let force = |who: Principal, why: &'static str| {
        let engine = world.engine.clone();
        async move { engine.promote(&who, "tickets", "rash@3", (why, true), None).await }
    };
    assert_eq!(code(force(with_role(3, Role::Orchestrator), "hurry").await), "forbidden");
    assert_eq!(code(force(with_role(4, Role::Admin), " ").await), "reason_required");
    let forced = force(with_role(4, Role::Admin), "the old one is down").await.unwrap();
    assert_eq!(forced.note.unwrap().reason, "the old one is down");
    // Every registration, move and score is in the ledger, and the rows are what it says.
    let kinds = ["model.registered", "model.promoted", "model.evaluated", "evaluation.frozen"];
    let mut counts = [0; 4];
    for _ in 0..2_400 {
        let query =
            EventQuery { kinds: kinds.map(str::to_owned).to_vec(), ..EventQuery::default() };
        let (events, _) = world.engine.events(&OWNER, query, 0, 100).await.unwrap();
        counts = kinds.map(|kind| events.iter().filter(|event| event.kind == kind).count());
        if counts == [3, 3, 2, 1] {
            break;
        }
        // PostgreSQL seals a moment later.
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    assert_eq!(counts, [3, 3, 2, 1]);
    world.engine.checkpoint_now().await.unwrap();
    let report = world.engine.verify_live(&OWNER).await.unwrap();
    assert!(report.problems.is_empty(), "{:?}", report.problems);
}

static OWNER: std::sync::LazyLock<Principal> = std::sync::LazyLock::new(machine);

/// Keeps what it is given; fails as often as it is told to first.
#[derive(Clone, Default)]
struct Kept {
    events: Arc<Mutex<Vec<CloudEvent>>>,
    failures: Arc<Mutex<u32>>,
}

impl Sink for Kept {
    fn deliver(&mut self, messages: &[CloudEvent]) -> Result<(), SinkError> {
        self.events.lock().unwrap().extend_from_slice(messages);
        let mut left = self.failures.lock().unwrap();
        if *left > 0 {
            *left -= 1;
            let source = std::io::Error::other("the other side is down");
            return Err(SinkError { sink: self.describe(), source });
        }
        Ok(())
    }

    fn describe(&self) -> String {
        "kept".to_owned()
    }
}

impl Kept {
    fn told(&self) -> Vec<CloudEvent> {
        let events = self.events.lock().unwrap();
        events.iter().filter(|event| event.kind == "tandem.examples.ready").cloned().collect()
    }

    async fn wait(&self, wanted: usize) -> Vec<CloudEvent> {
        for _ in 0..4_800 {
            if self.told().len() >= wanted {
                break;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        self.told()
    }
}

async fn a_trainer_is_told_once_of_the_same_examples(kind: Kind) {
    let kept = Kept::default();
    *kept.failures.lock().unwrap() = 1;
    let sink = kept.clone();
    let adjust = move |config: &mut tandem_engine::EngineConfig| {
        config.workers = true;
        config.sinks = vec![Outlet {
            topics: vec!["examples.ready".to_owned()],
            ..Outlet::new("kept", sink.clone())
        }];
    };
    let mut world = World::with(kind, adjust.clone()).await;
    world.put(&outside("")).await;
    for n in 0..5 {
        let case = world.hand_in(&format!("t{n}"), "intent@7", "other").await;
        world.answers(&case, truth(n)).await;
    }
    kept.wait(1).await;
    // The delivery that failed comes again, as the same message. When the failure is written down is not known
    // here: time goes on until it has been.
    for _ in 0..2_400 {
        if kept.told().len() > 1 {
            break;
        }
        world.advance(3_000_000);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let told = kept.wait(2).await;
    assert_eq!(told.len(), 2);
    assert_eq!(told[0].id, told[1].id);
    let manifest = &told[1].data;
    assert_eq!((told[1].subject.as_str(), &manifest["sequence"]), ("tickets", &1.into()));
    assert_eq!((&manifest["examples"], &manifest["counts"]["labelled"]), (&5.0.into(), &5.into()));
    let request = ExportRequest {
        kind: ExportKind::Examples,
        format: ExportFormat::Jsonl,
        shape: Shape::default(),
        until: Some(serde_json::from_value(manifest["until"].clone()).unwrap()),
        max_ai_share: None,
    };
    let again = world.engine.export_manifest(&OWNER, "tickets", request).await.unwrap();
    assert_eq!(manifest["export"]["sha256"], again.sha256);

    world.engine.shutdown().await;
    world.engine = start(world.store.clone(), adjust).await;
    for n in 5..9 {
        let case = world.hand_in(&format!("t{n}"), "intent@7", "other").await;
        world.answers(&case, truth(n)).await;
    }
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(kept.told().len(), 2, "four more are not enough, and five were told of");
    let case = world.hand_in("t9", "intent@7", "other").await;
    world.answers(&case, "other").await;
    let told = kept.wait(3).await;
    assert_eq!((told.len(), &told[2].data["sequence"]), (3, &2.into()));
    assert_eq!(told[2].data["new_examples"], 5.0);
    let store = world.engine.store().clone();
    world.engine.shutdown().await;
    blocking(move || drop(store)).await;
}

crate::on_both!(
    only_a_promoted_model_acts,
    a_prompt_carries_its_text_and_names_are_checked,
    shadows_are_counted_against_what_people_found,
    nothing_unmeasured_is_promoted_where_a_set_is_frozen,
    a_trainer_is_told_once_of_the_same_examples,
);
