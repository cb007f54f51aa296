//! The co-pilot against real servers: what is suggested, to whom, and who is said to have written what.

use std::time::Duration;

use serde_json::{Value, json};
use tandem_domain::CaseId;
use tandem_domain::case::Verdict;
use tandem_domain::command::NewJudgment;
use tandem_domain::provenance::{Author, AuthorSpan, Tally, Written};
use tandem_engine::copilot::{About, Offered, Wanted, Wish};
use tandem_engine::exports::{ExportFormat, ExportKind, ExportRequest, Shape};
use tandem_engine::{ClaimView, EngineConfig, EngineError, Principal, Submission};

use crate::common::{Kind, SECOND, World, code, machine, reviewer, says};
use crate::on_both;
use crate::server::{Asked, Says, Server};

on_both! {
    words_are_suggested_and_a_judgment_says_who_wrote_what,
    a_revision_comes_as_hunks,
    a_link_that_fails_is_passed_over,
    only_who_is_at_work_on_a_case_is_helped,
    bounds_hold,
    what_was_copied_is_counted_whatever_is_claimed,
}

fn open(config: &mut EngineConfig) {
    config.chain.guard.allow_private = true;
}

fn replies(chain: &str, more: &str) -> String {
    format!(
        "loop: replies\ninput: {{ text: {{ kind: text }}, photo: {{ kind: image, required: false }} }}\n\
         answer:\n  reply: {{ kind: text, max_length: 300 }}\n  tone: {{ kind: text, required: false }}\n\
         guidelines: Never promise a refund.\nreview: {{ undo: 0s, lease: 60s }}\n\
         copilot: {{ instruction: Sign as Kim., fields: [reply]{more} }}\nchain:\n{chain}"
    )
}

fn openai(server: &Server) -> String {
    format!(
        "  - {{ name: writer, openai: {{ url: \"{}\", model: small, prompt: Answer }} }}\n",
        server.url("/v1")
    )
}

/// What a chat completion says.
fn completion(content: &Value) -> Says {
    Says::Json(
        200,
        json!({
            "model": "small@2026-01", "usage": {"prompt_tokens": 9, "completion_tokens": 4},
            "choices": [{"message": {"content": content.to_string()}, "finish_reason": "stop"}],
        }),
    )
}

fn offers(texts: &[&str]) -> Says {
    completion(&json!({"suggestions": texts}))
}

/// A world with a case that reviewer 1 has claimed.
async fn at_work(kind: Kind, file: &str) -> (World, ClaimView) {
    let world = World::with(kind, open).await;
    world.put(file).await;
    // A rule proposes, so that nothing waits for a model outside.
    let case = Submission {
        input: json!({"text": "where is my card?", "photo": {"width": 1, "height": 1, "pixels": [0.5]}}),
        proposal: Some(tandem_domain::command::NewProposal {
            output: json!({"reply": "Hello."}).as_object().cloned().unwrap(),
            model: Some("first@1".to_owned()),
            confidence: std::collections::BTreeMap::new(),
            probabilities: std::collections::BTreeMap::new(),
            evidence: Vec::new(),
            by: String::new(),
        }),
        ..Submission::default()
    };
    world.engine.submit(&machine(), "replies", case, None).await.unwrap();
    let claim = world.claim(&reviewer(1)).await.unwrap();
    (world, claim)
}

fn wanted(case: CaseId, text: &str, kind: Wish) -> Wanted {
    let end = text.chars().count();
    Wanted {
        about: About::Case(case),
        field: "reply".to_owned(),
        text: text.to_owned(),
        from: end,
        to: end,
        kind,
        instruction: None,
        count: 1,
    }
}

async fn suggest(world: &World, who: &Principal, wanted: Wanted) -> Result<Offered, EngineError> {
    world.engine.suggest(who, "replies", wanted).await
}

fn told(asked: &Asked) -> String {
    asked.body["messages"][1]["content"].as_str().unwrap().to_owned()
}

fn judgment(reply: &str, spans: Vec<AuthorSpan>) -> NewJudgment {
    let claimed = [("reply".to_owned(), spans)].into_iter().filter(|(_, all)| !all.is_empty());
    NewJudgment {
        answer: json!({"reply": reply}).as_object().cloned(),
        written: Written { claimed: claimed.collect(), suggested: Vec::new() },
        ..says(Verdict::Answer, None)
    }
}

fn human(from: usize, to: usize) -> AuthorSpan {
    AuthorSpan { from, to, by: Author::Human, model: None, suggestion: None }
}

async fn export(world: &World, kind: ExportKind, max_ai_share: Option<f64>) -> Vec<Value> {
    let (format, shape) = (ExportFormat::Jsonl, Shape::Trl);
    let request = ExportRequest { kind, format, shape, until: None, max_ai_share };
    let mut export = world.engine.export(&machine(), "replies", request).await.unwrap();
    let mut bytes = Vec::new();
    while let Some(chunk) = export.next().await {
        bytes.extend(chunk.unwrap());
    }
    let text = String::from_utf8(bytes).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

async fn words_are_suggested_and_a_judgment_says_who_wrote_what(kind: Kind) {
    let server = Server::new(|_| offers(&[" Kim here,", " and thank you."])).await;
    let (world, claim) = at_work(kind, &replies(&openai(&server), "")).await;
    let id = claim.case.core.id;
    let ask = Wanted { count: 2, ..wanted(id, "Hi", Wish::Continue) };
    let offered = suggest(&world, &reviewer(1), ask).await.unwrap();
    assert_eq!(
        (offered.link.as_str(), offered.model.as_deref()),
        ("writer", Some("small@2026-01"))
    );
    let words: Vec<_> = offered.suggestions.iter().map(|one| one.text.as_str()).collect();
    assert_eq!(words, [" Kim here,", " and thank you."]);
    assert_eq!((offered.suggestions[0].from, offered.suggestions[0].to), (2, 2));
    let prompt = told(&server.asked()[0]);
    for part in ["Never promise", "Sign as Kim.", "where is my card?", "Hi<cursor/>"] {
        assert!(prompt.contains(part), "{part}: {prompt}");
    }
    assert!(!prompt.contains("pixels"), "pictures are not told in words");
    let figures = world.engine.chain(&machine(), "replies").await.unwrap();
    assert_eq!((figures.links[0].calls, figures.links[0].input_tokens), (1, 9));

    let model = AuthorSpan {
        by: Author::Model,
        model: Some("small@2026-01".to_owned()),
        suggestion: offered.suggestions[0].id,
        ..human(2, 12)
    };
    let spans = vec![human(0, 2), model, human(12, 17)];
    let bad = judgment("Hi Kim here, wait", vec![human(0, 3)]);
    let refused = world.judge(&reviewer(1), &claim, bad).await.unwrap_err();
    assert_eq!(refused.code(), "invalid_provenance");
    let said = judgment("Hi Kim here, wait", spans.clone());
    let judged = world.judge(&reviewer(1), &claim, said).await.unwrap();
    let kept = &judged.case.state.judgments[0].provenance["reply"];
    assert_eq!(kept, &spans);

    // The ledger holds that there was a suggestion, never its words; and it verifies.
    let timeline = world.engine.timeline(&machine(), id).await.unwrap();
    let shown = format!("{timeline:?}");
    assert_eq!(shown.matches("case.suggested").count(), 2, "{shown}");
    assert!(!shown.contains("Kim here"), "{shown}");

    let rows = export(&world, ExportKind::Judgments, None).await;
    assert!((rows[0]["ai_share"].as_f64().unwrap() - 10.0 / 17.0).abs() < 1e-12);
    assert_eq!(rows[0]["provenance"]["reply"][1]["by"], "model");
    for kind in
        [ExportKind::Judgments, ExportKind::Examples, ExportKind::Sft, ExportKind::Preferences]
    {
        assert_eq!(export(&world, kind, Some(0.6)).await.len(), 1, "{kind:?}");
        assert_eq!(export(&world, kind, Some(0.5)).await.len(), 0, "{kind:?}");
    }
    let example = &export(&world, ExportKind::Sft, None).await[0];
    assert_eq!(example["provenance"]["reply"][1]["model"], "small@2026-01");
}

async fn a_revision_comes_as_hunks(kind: Kind) {
    let server = Server::new(|_| offers(&["Dear Ms. Lee, we have it."])).await;
    let (world, claim) = at_work(kind, &replies(&openai(&server), "")).await;
    let text = "Hello! Dear Mr. Lee, we got it.";
    let ask = Wanted {
        from: 7,
        to: 31,
        instruction: Some("say it in good English".to_owned()),
        ..wanted(claim.case.core.id, text, Wish::Revise)
    };
    let offered = suggest(&world, &reviewer(1), ask).await.unwrap();
    let offer = &offered.suggestions[0];
    assert_eq!((offer.from, offer.to), (7, 31));
    let hunks: Vec<_> = offer.hunks.iter().map(|h| (h.from, h.to, h.text.as_str())).collect();
    assert_eq!(hunks, [(12, 14, "Ms"), (24, 27, "have")]);
    let prompt = told(&server.asked()[0]);
    assert!(prompt.contains("say it in good English"), "{prompt}");
    assert!(prompt.contains("Hello! <selection>Dear Mr. Lee, we got it.</selection>"), "{prompt}");
    // What is the same as before is no suggestion, and an empty text has nothing to revise.
    let same = wanted(claim.case.core.id, "Dear Ms. Lee, we have it.", Wish::Revise);
    assert_eq!(code(suggest(&world, &reviewer(1), same).await), "no_suggestion");
    let empty = wanted(claim.case.core.id, " ", Wish::Revise);
    assert_eq!(code(suggest(&world, &reviewer(1), empty).await), "invalid_input");
    // What a revision repeats of a person's own text stays theirs; what it adds is the model's.
    let own = "Dear Mr. Lee, we have got it and will see to it at once.";
    server.now(|_| offers(&["Dear Ms. Lee, we have got it and will see to it at once."]));
    let ask = wanted(claim.case.core.id, own, Wish::Revise);
    let offer = suggest(&world, &reviewer(1), ask).await.unwrap().suggestions.remove(0);
    let taken = own.replace("Mr", "Ms");
    let length = taken.chars().count();
    let by = AuthorSpan { by: Author::Model, suggestion: offer.id, ..human(5, 7) };
    let spans = vec![human(0, 5), by, human(7, length)];
    let judged = world.judge(&reviewer(1), &claim, judgment(&taken, spans)).await.unwrap();
    let tally = Tally::of(&judged.case.state.judgments[0].provenance);
    assert_eq!((tally.model, tally.human), (2, length - 2));
}

async fn a_link_that_fails_is_passed_over(kind: Kind) {
    let broken = Server::new(|_| Says::Json(500, json!({}))).await;
    let plain = Server::new(|asked| {
        assert_eq!(asked.body["suggest"]["before"], "Hi");
        Says::Json(200, json!({"suggestions": [" there"], "model": "own@1"}))
    })
    .await;
    let chain = format!(
        "{}  - {{ rule: {{ when: \"false\", output: {{ reply: x }} }} }}\n  - {{ http: \"{}\" }}\n",
        openai(&broken),
        plain.url("/write")
    );
    let (world, claim) = at_work(kind, &replies(&chain, ", timeout: 10s")).await;
    let ask = || wanted(claim.case.core.id, "Hi", Wish::Continue);
    let offered = suggest(&world, &reviewer(1), ask()).await.unwrap();
    assert_eq!((offered.link.as_str(), offered.model.as_deref()), ("http-3", Some("own@1")));
    // An interface without schemas may answer in plain words.
    broken.now(|_| {
        let message = json!({"content": " you, friend"});
        Says::Json(200, json!({"choices": [{"message": message}]}))
    });
    let offered = suggest(&world, &reviewer(1), ask()).await.unwrap();
    assert_eq!(
        (offered.link.as_str(), offered.suggestions[0].text.as_str()),
        ("writer", " you, friend")
    );
    // Nobody has words: it is said who was asked, and nothing is kept.
    broken.now(|_| Says::Nothing);
    plain.now(|_| Says::Json(200, json!({"suggestions": ["", " "]})));
    let begun = std::time::Instant::now();
    let error = suggest(&world, &reviewer(1), ask()).await.unwrap_err();
    assert_eq!(error.code(), "no_suggestion");
    assert!(error.to_string().contains("writer: no answer within"), "{error}");
    assert!(begun.elapsed() < Duration::from_mins(1), "the whole is bounded");
    let timeline = world.engine.timeline(&machine(), claim.case.core.id).await.unwrap();
    assert_eq!(format!("{timeline:?}").matches("case.suggested").count(), 2);
}

async fn only_who_is_at_work_on_a_case_is_helped(kind: Kind) {
    let server = Server::new(|_| offers(&[" there"])).await;
    let (world, claim) = at_work(kind, &replies(&openai(&server), "")).await;
    let id = claim.case.core.id;
    let ask = || wanted(id, "Hi", Wish::Continue);
    assert_eq!(code(suggest(&world, &reviewer(2), ask()).await), "claim_lost");
    let mut submitter = reviewer(3);
    submitter.grants[0].1 = tandem_domain::roles::Role::Submitter;
    assert_eq!(code(suggest(&world, &submitter, ask()).await), "forbidden");
    suggest(&world, &machine(), ask()).await.unwrap();
    // A try needs no case, keeps nothing, and is for who may change the loop.
    let about = || About::Input(json!({"text": "where is it?"}));
    let tried = suggest(&world, &machine(), Wanted { about: about(), ..ask() }).await.unwrap();
    assert_eq!(tried.suggestions[0].id, None);
    let denied = suggest(&world, &reviewer(1), Wanted { about: about(), ..ask() }).await;
    assert_eq!(code(denied), "forbidden");
    let bad = About::Input(json!({"txt": 1}));
    assert_eq!(
        code(suggest(&world, &machine(), Wanted { about: bad, ..ask() }).await),
        "invalid_input"
    );
    // A lease that ran out helps nobody any more.
    world.pass(61 * SECOND).await;
    assert_eq!(code(suggest(&world, &reviewer(1), ask()).await), "claim_lost");

    // What is judged blind is judged unaided, by whoever asks.
    let blind = replies(&openai(&server), "").replace("lease: 60s", "lease: 60s, blind_rate: 1.0");
    let (world, claim) = at_work(kind, &blind).await;
    let asked = server.asked().len();
    let ask = || wanted(claim.case.core.id, "Hi", Wish::Continue);
    assert_eq!(code(suggest(&world, &reviewer(1), ask()).await), "blind");
    assert_eq!(code(suggest(&world, &machine(), ask()).await), "blind");
    assert_eq!(server.asked().len(), asked);
    // A loop without one says so.
    world.put(&crate::common::by_hand()).await;
    let case = world.submit("tickets", None).await;
    let (asker, ask) = (machine(), wanted(case.core.id, "", Wish::Continue));
    assert_eq!(code(world.engine.suggest(&asker, "tickets", ask).await), "no_copilot");
}

async fn bounds_hold(kind: Kind) {
    let server = Server::new(|_| offers(&[" there"])).await;
    let (world, claim) = at_work(kind, &replies(&openai(&server), "")).await;
    let ask = || wanted(claim.case.core.id, "Hi", Wish::Continue);
    let long = "x".repeat(301);
    for (wrong, path) in [
        (Wanted { field: "tone".to_owned(), ..ask() }, "/field"),
        (Wanted { from: 0, to: 301, text: long, ..ask() }, "/text"),
        (Wanted { from: 2, to: 1, ..ask() }, "/selection"),
        (Wanted { to: 3, ..ask() }, "/selection"),
        (Wanted { count: 4, ..ask() }, "/count"),
        (Wanted { instruction: Some("x".repeat(2_001)), ..ask() }, "/instruction"),
    ] {
        let error = suggest(&world, &reviewer(1), wrong).await.unwrap_err();
        assert!(
            matches!(&error, EngineError::Invalid { path: Some(p), .. } if p == path),
            "{error:?}"
        );
    }
    assert!(server.asked().is_empty());
    // What does not fit the field is not offered.
    let full = "y".repeat(297);
    let error =
        suggest(&world, &reviewer(1), wanted(claim.case.core.id, &full, Wish::Continue)).await;
    assert_eq!(code(error), "no_suggestion");
    let mut passed = 0;
    while suggest(&world, &reviewer(1), ask()).await.is_ok() {
        passed += 1;
    }
    assert_eq!(passed, 19, "twenty at once, one of which did not fit");
    assert_eq!(code(suggest(&world, &reviewer(1), ask()).await), "busy");
    suggest(&world, &machine(), ask()).await.unwrap();
    world.advance(2 * SECOND);
    suggest(&world, &reviewer(1), ask()).await.unwrap();
}

async fn what_was_copied_is_counted_whatever_is_claimed(kind: Kind) {
    let server = Server::new(|_| offers(&[" we have sent you a new card today."])).await;
    let (world, claim) = at_work(kind, &replies(&openai(&server), "")).await;
    let id = claim.case.core.id;
    suggest(&world, &reviewer(1), wanted(id, "Hi,", Wish::Continue)).await.unwrap();
    let text = "Hi, we have sent you a new card today. Kim";
    let length = text.chars().count();
    let said = judgment(text, vec![human(0, length)]);
    let judged = world.judge(&reviewer(1), &claim, said).await.unwrap();
    let tally = Tally::of(&judged.case.state.judgments[0].provenance);
    assert_eq!((tally.model, tally.human), (35, length - 35));
    // An approved proposal is the model's that proposed; nobody has to say so.
    let case = Submission {
        input: json!({"text": "hello?"}),
        proposal: Some(tandem_domain::command::NewProposal {
            output: json!({"reply": "Hello."}).as_object().cloned().unwrap(),
            model: Some("first@1".to_owned()),
            confidence: std::collections::BTreeMap::new(),
            probabilities: std::collections::BTreeMap::new(),
            evidence: Vec::new(),
            by: String::new(),
        }),
        ..Submission::default()
    };
    world.engine.submit(&machine(), "replies", case, None).await.unwrap();
    let claim = world.claim(&reviewer(1)).await.unwrap();
    let judged = world.judge(&reviewer(1), &claim, says(Verdict::Approve, None)).await.unwrap();
    let kept = &judged.case.state.judgments[0].provenance["reply"];
    assert_eq!(
        (kept[0].to, kept[0].by, kept[0].model.as_deref()),
        (6, Author::Model, Some("first@1"))
    );
}
