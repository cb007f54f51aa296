//! The chain against real servers: who proposes, who is passed over, and that no case is ever stuck.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tandem_domain::case::{Case, Status, Verdict};
use tandem_engine::chain::Secret;
use tandem_engine::{EngineConfig, EngineError, Principal, Submission};
use tandem_policy::Format;
use tokio::sync::Notify;

use crate::common::{
    Kind, SECOND, World, answer, code, machine, output, reviewer, says as judged, selective,
    ticket, tickets,
};
use crate::on_both;
use crate::server::{Says, Server};

on_both! {
    a_link_outside_proposes_and_the_policy_routes,
    each_failure_passes_on_and_is_told,
    what_died_while_it_asked_is_asked_again,
    an_answer_that_comes_too_late_changes_nothing,
    a_case_is_cancelled_while_it_waits,
    a_halt_lets_no_proposal_of_a_chain_pass,
    a_new_version_leaves_waiting_cases_under_the_old_one,
    people_take_over_when_nobody_answers_in_time,
    at_most_so_many_are_asked_at_a_time,
    models_check_before_the_route,
    a_check_passes_a_link_over,
    earned_autonomy_hears_of_what_a_chain_proposes,
    what_a_person_sends_back_is_proposed_anew_by_its_link,
    what_nobody_revises_goes_back_to_people,
    a_guardrail_sends_back_before_the_next_link_is_asked,
}

fn open(config: &mut EngineConfig) {
    config.chain.guard.allow_private = true;
    config.chain.pause = Duration::from_millis(300);
    let secret = Secret { value: "Bearer hush".to_owned(), only: None };
    config.chain.secrets.insert("HUSH".to_owned(), secret);
}

fn with_chain(links: &str) -> String {
    format!(
        "{}chain:\n{links}",
        selective().replace("review: { undo: 0s }", "review: { undo: 0s, propose_within: 60s }")
    )
}

fn says(intent: &str, confidence: f64) -> Value {
    json!({"output": {"intent": intent}, "confidence": confidence, "model": "remote@3"})
}

fn bare(text: &str) -> Submission {
    Submission { input: json!({"text": text}), ..Submission::default() }
}

async fn submit(world: &World) -> Case {
    world.engine.submit(&machine(), "tickets", bare("where is my card"), None).await.unwrap().case
}

async fn ask(world: &World) -> usize {
    world.engine.ask_chains_due().await.unwrap()
}

fn outcomes(case: &Case) -> Vec<&'static str> {
    let tries = case.state.chain.iter().flat_map(|chain| &chain.tries);
    tries.map(|tried| tried.outcome.as_str()).collect()
}

fn reason(case: &Case) -> String {
    case.state.route.as_ref().unwrap().reasons[0].code.clone()
}

async fn a_link_outside_proposes_and_the_policy_routes(kind: Kind) {
    let world = World::with(kind, open).await;
    let server = Server::new(|_| Says::Json(200, says("lost_card", 0.95))).await;
    let links = format!(
        "  - {{ rule: {{ when: \"input.text.contains('never')\", output: {{ intent: other }} }} }}\n  \
         - {{ http: \"{}\", headers_from: {{ Authorization: HUSH }}, min_confidence: 0.7 }}\n",
        server.url("/predict")
    );
    world.put(&with_chain(&links)).await;
    let case = submit(&world).await;
    assert_eq!(case.state.status, Status::WaitingForProposal);
    assert!(case.state.route.is_none());
    assert_eq!(ask(&world).await, 1);
    let case = world.get(case.core.id).await;
    assert_eq!(case.state.status, Status::Decided);
    assert_eq!(output(&case), Some(json!({"intent": "lost_card"})));
    assert_eq!(outcomes(&case), ["no_answer", "proposed"]);
    assert_eq!(case.state.proposals[0].model.as_deref(), Some("remote@3"));
    let asked = server.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].headers["authorization"], "Bearer hush");
    assert_eq!(asked[0].body["input"]["text"], "where is my card");
    assert_eq!(asked[0].body["case"], case.core.id.to_string());
    assert_eq!(asked[0].body["answer"]["properties"]["intent"]["enum"][1], "lost_card");
    assert_eq!(ask(&world).await, 0, "nothing is left to ask");
    // What is unsure by the policy goes to people with the proposal.
    server.now(|_| Says::Json(200, says("lost_card", 0.8)));
    let case = submit(&world).await;
    ask(&world).await;
    let case = world.get(case.core.id).await;
    assert_eq!((case.state.status, reason(&case).as_str()), (Status::Queued, "low_confidence"));
    let view = world.engine.chain(&machine(), "tickets").await.unwrap();
    assert_eq!((view.waiting, view.links[1].calls, view.links[1].answered), (0, 2, Some(1.0)));
    assert!(view.links[1].p50_ms.is_some() && view.links[1].breaker.as_deref() == Some("closed"));
    assert!(!format!("{view:?}").contains("hush"));
    let asker = machine();
    let tried = world.engine.try_chain(&asker, "tickets", json!({"text": "never"}), Vec::new());
    let tried = tried.await.unwrap();
    let found: Vec<_> = tried.iter().map(|tried| tried.outcome.as_str()).collect();
    assert_eq!(found, ["proposed", "proposed"], "a try asks every link");
}

async fn each_failure_passes_on_and_is_told(kind: Kind) {
    let world = World::with(kind, open).await;
    let server = Server::new(|asked| match asked.path.as_str() {
        "/500" => Says::Json(500, json!({"error": "no"})),
        "/hang" => Says::Nothing,
        "/flood" => Says::Flood,
        "/words" => Says::Raw(200, "content-length: 5\r\n\r\nwords".to_owned()),
        "/shape" => Says::Json(200, json!({"answer": 1})),
        "/misfit" => Says::Json(200, says("no_such_intent", 0.99)),
        "/redirect" => {
            let to = "location: http://169.254.169.254/latest\r\ncontent-length: 0\r\n\r\n";
            Says::Raw(302, to.to_owned())
        }
        "/pii" => Says::Json(200, says("other", 0.99)),
        _ => Says::Json(200, says("lost_card", 0.5)),
    })
    .await;
    let paths =
        ["/500", "/hang", "/flood", "/words", "/shape", "/misfit", "/redirect", "/pii", "/unsure"];
    let mut links: Vec<String> = paths
        .iter()
        .map(|path| {
            let url = server.url(path);
            // Only who never answers is given up soon.
            let timeout = if *path == "/hang" { "timeout: 300ms, " } else { "" };
            format!("  - {{ http: \"{url}\", {timeout}min_confidence: 0.7 }}\n")
        })
        .collect();
    links.push("  - { http: \"http://127.0.0.1:9/\", timeout: 2s }\n".to_owned());
    links.push("  - { http: \"https://169.254.169.254/\" }\n  - { human: true }\n".to_owned());
    let file = with_chain(&links.concat()).replace(
        "policy: { ",
        "policy: { guardrails: [{ name: not_other, check: cel, \
         must: \"proposal.output.intent != 'other'\", on_fail: block }], ",
    );
    world.put(&file).await;
    let case = submit(&world).await;
    assert_eq!(ask(&world).await, 1);
    let case = world.get(case.core.id).await;
    let want = [
        "status",
        "timeout",
        "too_large",
        "bad_answer",
        "bad_answer",
        "misfit",
        "status",
        "guardrail",
        "low_confidence",
        "unreachable",
        "forbidden",
    ];
    assert_eq!(outcomes(&case), want);
    assert_eq!((case.state.status, reason(&case).as_str()), (Status::Queued, "no_proposal"));
    let tries = &case.state.chain.as_ref().unwrap().tries;
    assert_eq!(tries[8].output, Some(answer("lost_card")), "what was too unsure is kept");
    assert!(tries[6].why.as_ref().unwrap().contains("redirects"));
    let asked = server.asked();
    assert!(asked.iter().all(|asked| !asked.path.contains("latest")));
    assert_eq!(ask(&world).await, 0);
}

async fn what_died_while_it_asked_is_asked_again(kind: Kind) {
    let world = World::with(kind, open).await;
    let server = Server::new(|_| Says::Nothing).await;
    world
        .put(&with_chain(&format!("  - {{ http: \"{}\", timeout: 50s }}\n", server.url("/"))))
        .await;
    let case = submit(&world).await;
    let engine = world.engine.clone();
    let dying = tokio::spawn(async move { engine.ask_chains_due().await });
    until(|| !server.asked().is_empty()).await;
    dying.abort();
    drop(dying.await);
    server.now(|_| Says::Json(200, says("lost_card", 0.95)));
    assert_eq!(ask(&world).await, 0, "whoever died still holds the lease");
    world.advance(31 * SECOND);
    assert_eq!(ask(&world).await, 1);
    let case = world.get(case.core.id).await;
    assert_eq!((case.state.status, outcomes(&case)), (Status::Decided, vec!["proposed"]));
    assert_eq!(server.asked().len(), 2);
    // A server that starts takes up what waits: its worker is told nothing else.
    server.now(|_| Says::Nothing);
    let waiting = submit(&world).await;
    let (store, engine) = (world.store.clone(), world.engine.clone());
    engine.shutdown().await;
    server.now(|_| Says::Json(200, says("other", 0.95)));
    let next = crate::common::start(store, |config| {
        open(config);
        config.workers = true;
    })
    .await;
    let begun = Instant::now();
    loop {
        let case = next.get(&machine(), waiting.core.id).await.unwrap();
        if case.state.status == Status::Decided {
            break;
        }
        assert!(begun.elapsed() < Duration::from_mins(1), "{:?}", case.state.status);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    next.shutdown().await;
}

async fn until(done: impl Fn() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < Duration::from_mins(1), "it does not come");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn an_answer_that_comes_too_late_changes_nothing(kind: Kind) {
    let world = World::with(kind, open).await;
    let let_go = Arc::new(Notify::new());
    let held = Arc::clone(&let_go);
    let says = move |_: &_| Says::Held(Arc::clone(&held), says("lost_card", 0.95));
    let server = Server::new(says).await;
    world.put(&with_chain(&format!("  - {{ http: \"{}\" }}\n", server.url("/")))).await;
    let case = submit(&world).await;
    let engine = world.engine.clone();
    let asking = tokio::spawn(async move { engine.ask_chains_due().await });
    until(|| !server.asked().is_empty()).await;
    let own = ticket("", "card_arrival", Some(0.95)).proposal.unwrap();
    let proposed = world.engine.propose(&machine(), case.core.id, own, false, None).await.unwrap();
    assert_eq!(proposed.state.status, Status::Decided);
    let_go.notify_one();
    asking.await.unwrap().unwrap();
    let case = world.get(case.core.id).await;
    assert_eq!(output(&case), Some(json!({"intent": "card_arrival"})));
    assert_eq!((case.state.revision, case.state.proposals.len()), (proposed.state.revision, 1));
    assert_eq!(world.engine.chain(&machine(), "tickets").await.unwrap().waiting, 0);
}

async fn a_case_is_cancelled_while_it_waits(kind: Kind) {
    let world = World::with(kind, open).await;
    let server = Server::new(|_| Says::Json(200, says("lost_card", 0.95))).await;
    world.put(&with_chain(&format!("  - {{ http: \"{}\" }}\n", server.url("/")))).await;
    let case = submit(&world).await;
    let case = world.engine.cancel(&machine(), case.core.id, None).await.unwrap();
    assert_eq!(case.state.status, Status::Cancelled);
    ask(&world).await;
    assert!(server.asked().is_empty(), "nobody is asked any more");
    world.pass(100 * SECOND).await;
    assert_eq!(world.get(case.core.id).await.state.revision, case.state.revision);
    assert_eq!(world.engine.chain(&machine(), "tickets").await.unwrap().waiting, 0);
}

async fn a_halt_lets_no_proposal_of_a_chain_pass(kind: Kind) {
    let world = World::with(kind, open).await;
    let server = Server::new(|_| Says::Json(200, says("lost_card", 0.99))).await;
    world.put(&with_chain(&format!("  - {{ http: \"{}\" }}\n", server.url("/")))).await;
    let case = submit(&world).await;
    world.engine.halt(&machine(), None, "stop", None).await.unwrap();
    ask(&world).await;
    let case = world.get(case.core.id).await;
    assert_eq!((case.state.status, reason(&case).as_str()), (Status::Queued, "halted"));
}

async fn a_new_version_leaves_waiting_cases_under_the_old_one(kind: Kind) {
    let world = World::with(kind, open).await;
    let old = Server::new(|_| Says::Json(200, says("lost_card", 0.95))).await;
    let new = Server::new(|_| Says::Json(200, says("other", 0.95))).await;
    world.put(&with_chain(&format!("  - {{ http: \"{}\" }}\n", old.url("/")))).await;
    let first = submit(&world).await;
    world.put(&with_chain(&format!("  - {{ http: \"{}\" }}\n", new.url("/")))).await;
    let second = submit(&world).await;
    ask(&world).await;
    let (first, second) = (world.get(first.core.id).await, world.get(second.core.id).await);
    assert_eq!(output(&first), Some(json!({"intent": "lost_card"})));
    assert_eq!(output(&second), Some(json!({"intent": "other"})));
    assert_eq!((first.core.loop_version, second.core.loop_version), (1, 2));
    assert_eq!((old.asked().len(), new.asked().len()), (1, 1));
}

async fn people_take_over_when_nobody_answers_in_time(kind: Kind) {
    let world = World::with(kind, open).await;
    let server = Server::new(|_| Says::Json(200, says("lost_card", 0.95))).await;
    world.put(&with_chain(&format!("  - {{ http: \"{}\" }}\n", server.url("/")))).await;
    let case = submit(&world).await;
    // No worker is there: the timer alone has to do.
    world.pass(61 * SECOND).await;
    let case = world.get(case.core.id).await;
    assert_eq!((case.state.status, reason(&case).as_str()), (Status::Queued, "no_proposal"));
    assert_eq!(outcomes(&case), ["timeout"]);
    ask(&world).await;
    assert!(server.asked().is_empty());
    assert_eq!(world.get(case.core.id).await.state.revision, case.state.revision);
}

async fn at_most_so_many_are_asked_at_a_time(kind: Kind) {
    let world = World::with(kind, |config| {
        open(config);
        config.chain.in_flight = 8;
    })
    .await;
    let server =
        Server::new(|_| Says::Slow(Duration::from_millis(20), says("lost_card", 0.95))).await;
    world.put(&with_chain(&format!("  - {{ http: \"{}\" }}\n", server.url("/")))).await;
    let mut cases = Vec::new();
    for _ in 0..100 {
        cases.push(submit(&world).await.core.id);
    }
    assert_eq!(ask(&world).await, 100);
    let most = server.most.load(Ordering::SeqCst);
    assert!((2..=8).contains(&most), "{most} at a time");
    for id in cases {
        assert_eq!(world.get(id).await.state.status, Status::Decided);
    }
    assert_eq!(server.asked().len(), 100);
}

fn checked(server: &Server, more: &str) -> String {
    selective().replace(
        "policy: { ",
        &format!(
            "policy: {{ guardrails: [{{ name: toxic, check: model, http: \"{}\", \
             when: \"score > 0.5\", on_fail: review{more} }}], ",
            server.url("/check")
        ),
    )
}

async fn models_check_before_the_route(kind: Kind) {
    let world = World::with(kind, open).await;
    let server = Server::new(|_| Says::Json(200, json!({"score": 0.1}))).await;
    world.put(&checked(&server, "")).await;
    let case = world.submit("tickets", Some(0.95)).await;
    assert_eq!(case.state.status, Status::WaitingForProposal, "nothing passes unchecked");
    ask(&world).await;
    let good = world.get(case.core.id).await;
    assert_eq!((good.state.status, reason(&good).as_str()), (Status::Decided, "confidence"));
    assert_eq!(server.asked()[0].body["output"], json!({"intent": "card_arrival"}));
    server.now(|_| Says::Json(200, json!({"score": 0.9})));
    let case = world.submit("tickets", Some(0.95)).await;
    ask(&world).await;
    let bad = world.get(case.core.id).await;
    assert_eq!((bad.state.status, reason(&bad).as_str()), (Status::Queued, "guardrail"));
    // A model that cannot be asked is no reason to pass.
    server.now(|_| Says::Json(500, json!({})));
    let case = world.submit("tickets", Some(0.95)).await;
    ask(&world).await;
    let unasked = world.get(case.core.id).await;
    assert_eq!((unasked.state.status, reason(&unasked).as_str()), (Status::Queued, "guardrail"));
    world.put(&checked(&server, ", on_error: block")).await;
    let case = world.submit("tickets", Some(0.95)).await;
    ask(&world).await;
    let blocked = world.get(case.core.id).await;
    assert_eq!(blocked.state.live_decision().unwrap().outcome.as_str(), "blocked");
    // Nor is one that never answers: the timer blocks as the file says.
    let case = world.submit("tickets", Some(0.95)).await;
    world.pass(121 * SECOND).await;
    let late = world.get(case.core.id).await;
    assert_eq!(late.state.live_decision().unwrap().outcome.as_str(), "blocked");
}

async fn a_check_passes_a_link_over(kind: Kind) {
    let world = World::with(kind, open).await;
    let server = Server::new(|asked| match asked.path.as_str() {
        "/check" if asked.body["output"]["intent"] == "other" => {
            Says::Json(200, json!({"score": 1}))
        }
        "/check" => Says::Json(200, json!({"score": 0})),
        "/first" => Says::Json(200, says("other", 0.95)),
        _ => Says::Json(200, says("lost_card", 0.95)),
    })
    .await;
    let links = format!(
        "chain:\n  - {{ rule: {{ when: \"true\", output: {{ intent: other }}, confidence: 1.0 }} }}\n  \
         - {{ http: \"{}\" }}\n  - {{ http: \"{}\" }}\n",
        server.url("/first"),
        server.url("/second")
    );
    world.put(&format!("{}{links}", checked(&server, ""))).await;
    let case = submit(&world).await;
    assert_eq!(case.state.status, Status::WaitingForProposal);
    ask(&world).await;
    let case = world.get(case.core.id).await;
    assert_eq!(output(&case), Some(json!({"intent": "lost_card"})));
    let want = ["guardrail", "guardrail", "guardrail", "guardrail", "proposed", "proposed"];
    assert_eq!(outcomes(&case), want, "each link, and its check");
}

async fn earned_autonomy_hears_of_what_a_chain_proposes(kind: Kind) {
    let world = World::with(kind, open).await;
    let server = Server::new(|_| Says::Json(200, says("lost_card", 0.95))).await;
    let file = tickets(&format!(
        "coverage: selective\npolicy: {{ autonomy: {{ target_error: 0.1 }} }}\nchain:\n  \
         - {{ http: \"{}\" }}\n",
        server.url("/")
    ));
    world.put(&file).await;
    let case = submit(&world).await;
    ask(&world).await;
    let case = world.get(case.core.id).await;
    assert_eq!((case.state.status, reason(&case).as_str()), (Status::Queued, "warming_up"));
}

/// A reviewer sends the proposal back, and says why.
async fn send_back(world: &World, who: &Principal) -> Result<(), EngineError> {
    let claim = world.claim(who).await.unwrap();
    let mut judgment = judged(Verdict::RequestChanges, None);
    judgment.comment = Some("it was stolen, not lost".to_owned());
    world.judge(who, &claim, judgment).await.map(drop)
}

async fn what_a_person_sends_back_is_proposed_anew_by_its_link(kind: Kind) {
    let world = World::with(kind, open).await;
    let server = Server::new(|asked| match asked.body.get("revision") {
        None => Says::Json(200, says("lost_card", 0.5)),
        Some(_) => Says::Json(200, says("other", 0.6)),
    })
    .await;
    world.put(&with_chain(&format!("  - {{ http: \"{}\" }}\n", server.url("/")))).await;
    let case = submit(&world).await;
    ask(&world).await;
    send_back(&world, &reviewer(1)).await.unwrap();
    let waits = world.get(case.core.id).await;
    assert_eq!((waits.state.status, waits.state.attempts), (Status::WaitingForProposal, 1));
    assert_eq!(ask(&world).await, 1);
    let case = world.get(case.core.id).await;
    assert_eq!((case.state.status, case.state.proposals.len()), (Status::Queued, 2));
    assert_eq!(case.state.current_proposal().unwrap().output, answer("other"));
    let revision = &server.asked()[1].body["revision"];
    let want = json!({
        "attempt": 1, "output": {"intent": "lost_card"}, "note": "it was stolen, not lost",
    });
    assert_eq!(*revision, want);
    // Once more, then it is the person's turn.
    send_back(&world, &reviewer(1)).await.unwrap();
    ask(&world).await;
    assert_eq!(server.asked()[2].body["revision"]["attempt"], 2);
    assert_eq!(code(send_back(&world, &reviewer(1)).await), "invalid_verdict");
    // What somebody else proposes meanwhile is theirs to revise.
    let case = submit(&world).await;
    ask(&world).await;
    let own = ticket("", "card_arrival", Some(0.5)).proposal.unwrap();
    world.engine.propose(&machine(), case.core.id, own, false, None).await.unwrap();
    send_back(&world, &reviewer(2)).await.unwrap();
    assert_eq!(ask(&world).await, 0, "the link did not make that one");
}

async fn what_nobody_revises_goes_back_to_people(kind: Kind) {
    let world = World::with(kind, open).await;
    let server = Server::new(|_| Says::Json(200, says("lost_card", 0.5))).await;
    world.put(&with_chain(&format!("  - {{ http: \"{}\" }}\n", server.url("/")))).await;
    for late in [false, true] {
        server.now(|_| Says::Json(200, says("lost_card", 0.5)));
        let case = submit(&world).await;
        ask(&world).await;
        send_back(&world, &reviewer(1)).await.unwrap();
        server.now(|_| Says::Json(500, json!({"error": "no"})));
        if late {
            world.pass(61 * SECOND).await;
        } else {
            ask(&world).await;
        }
        let back = world.get(case.core.id).await;
        assert_eq!((back.state.status, back.state.proposals.len()), (Status::Queued, 1));
        assert!(back.state.live_decision().is_none());
        let claim = world.claim(&reviewer(1)).await.unwrap();
        assert_eq!(claim.case.core.id, case.core.id, "whoever sent it back may look again");
        world.judge(&reviewer(1), &claim, judged(Verdict::Approve, None)).await.unwrap();
        let before = server.asked().len();
        ask(&world).await;
        assert_eq!(server.asked().len(), before, "nobody is asked about what is decided");
    }
}

async fn a_guardrail_sends_back_before_the_next_link_is_asked(kind: Kind) {
    let world = World::with(kind, open).await;
    let server = Server::new(|asked| match asked.path.as_str() {
        "/stubborn" => Says::Json(200, says("other", 0.95)),
        _ if asked.body.get("revision").is_none() => Says::Json(200, says("other", 0.95)),
        _ => Says::Json(200, says("lost_card", 0.95)),
    })
    .await;
    let guard = "policy: { guardrails: [{ name: not_other, check: deny, words: [other], looks_at: output, \
                 on_fail: revise }], confidence";
    let chain = |links: &str| with_chain(links).replace("policy: { confidence", guard);
    let (stubborn, docile) = (server.url("/stubborn"), server.url("/docile"));
    let links = format!("  - {{ http: \"{stubborn}\" }}\n  - {{ http: \"{docile}\" }}\n");
    world.put(&chain(&links)).await;
    let case = submit(&world).await;
    ask(&world).await;
    let case = world.get(case.core.id).await;
    assert_eq!(output(&case), Some(json!({"intent": "lost_card"})));
    let want = ["guardrail", "guardrail", "guardrail", "guardrail", "proposed"];
    assert_eq!(outcomes(&case), want, "twice more the first, once more the second");
    let note = server.asked()[1].body["revision"]["note"].clone();
    assert!(note.as_str().unwrap().starts_with("not_other: "), "{note}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_that_fails_is_left_alone() {
    let world = World::with(Kind::Sqlite, |config| {
        open(config);
        config.chain.pause = Duration::from_hours(1);
    })
    .await;
    let server = Server::new(|_| Says::Json(503, json!({}))).await;
    world.put(&with_chain(&format!("  - {{ http: \"{}\" }}\n", server.url("/")))).await;
    for _ in 0..7 {
        submit(&world).await;
        ask(&world).await;
    }
    assert_eq!(server.asked().len(), 5, "five failures in a row open the breaker");
    let view = world.engine.chain(&machine(), "tickets").await.unwrap();
    assert_eq!(view.links[0].breaker.as_deref(), Some("open"));
    assert_eq!(view.links[0].outcomes["breaker_open"], 2);
    assert_eq!(view.links[0].last_failure.as_ref().unwrap().outcome.as_str(), "breaker_open");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_that_was_left_alone_is_tried_again() {
    let world = World::with(Kind::Sqlite, |config| {
        open(config);
        config.chain.pause = Duration::from_millis(1);
    })
    .await;
    let server = Server::new(|_| Says::Json(503, json!({}))).await;
    world.put(&with_chain(&format!("  - {{ http: \"{}\" }}\n", server.url("/")))).await;
    for _ in 0..5 {
        submit(&world).await;
        ask(&world).await;
    }
    server.now(|_| Says::Json(200, says("lost_card", 0.95)));
    let begun = Instant::now();
    loop {
        let view = world.engine.chain(&machine(), "tickets").await.unwrap();
        if view.links[0].breaker.as_deref() == Some("half_open") {
            break;
        }
        assert!(begun.elapsed() < Duration::from_mins(1), "{:?}", view.links[0].breaker);
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let case = submit(&world).await;
    ask(&world).await;
    assert_eq!(world.get(case.core.id).await.state.status, Status::Decided);
    let view = world.engine.chain(&machine(), "tickets").await.unwrap();
    assert_eq!(view.links[0].breaker.as_deref(), Some("closed"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn private_addresses_are_not_reached_unless_allowed() {
    let world = World::new(Kind::Sqlite).await;
    let server = Server::new(|_| Says::Json(200, says("lost_card", 0.95))).await;
    world.put(&with_chain(&format!("  - {{ http: \"{}\" }}\n", server.url("/")))).await;
    let case = submit(&world).await;
    ask(&world).await;
    let case = world.get(case.core.id).await;
    assert_eq!((case.state.status, outcomes(&case)), (Status::Queued, vec!["forbidden"]));
    let tries = &case.state.chain.as_ref().unwrap().tries;
    assert!(tries[0].why.as_ref().unwrap().contains("--model-allow-private"));
    assert!(server.asked().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_openai_interface_proposes_with_the_confidence_of_its_tokens() {
    let world = World::with(Kind::Sqlite, open).await;
    let content = "{\"intent\":\"lost_card\"}";
    let tokens: Vec<Value> =
        [("{\"intent\":\"", 0.0), ("lost", -0.02), ("_card", -0.02), ("\"}", 0.0)]
            .iter()
            .map(|(token, logprob)| json!({"token": token, "logprob": logprob}))
            .collect();
    let server = Server::new(move |_| {
        Says::Json(
            200,
            json!({
                "model": "qwen-7", "usage": {"prompt_tokens": 120, "completion_tokens": 6},
                "choices": [{"message": {"content": content}, "logprobs": {"content": tokens}}],
            }),
        )
    })
    .await;
    let links = format!(
        "  - {{ openai: {{ url: \"{}\", model: qwen, prompt: \"Which? {{{{input.text}}}}\", key: HUSH, \
         price: {{ input: 1.0, output: 2.0 }} }}, min_confidence: 0.9 }}\n",
        server.url("/v1")
    );
    world.put(&with_chain(&links)).await;
    let case = submit(&world).await;
    ask(&world).await;
    let case = world.get(case.core.id).await;
    assert_eq!(case.state.status, Status::Decided, "{:?}", case.state.chain);
    let tried = &case.state.chain.as_ref().unwrap().tries[0];
    assert!((tried.confidence.unwrap() - (-0.04_f64).exp()).abs() < 1e-9);
    let usage = tried.usage.unwrap();
    assert_eq!((usage.input_tokens, usage.output_tokens), (120, 6));
    assert!((usage.cost.unwrap() - 132e-6).abs() < 1e-12);
    let asked = &server.asked()[0];
    assert_eq!(asked.path, "/v1/chat/completions");
    assert!(asked.body["messages"][1]["content"].as_str().unwrap().contains("Which? where is my"));
    let schema = &asked.body["response_format"]["json_schema"]["schema"];
    assert_eq!(schema["properties"]["intent"]["enum"][2], "other");
    // An interface that knows no schemas is asked again without, and its words are read.
    server.now(|asked| {
        if asked.body.get("response_format").is_some() {
            return Says::Json(400, json!({"error": "unknown field"}));
        }
        let content = "Here you are:\n```json\n{\"intent\": \"other\"}\n```";
        Says::Json(200, json!({"choices": [{"message": {"content": content}}]}))
    });
    let case = submit(&world).await;
    ask(&world).await;
    let case = world.get(case.core.id).await;
    assert_eq!(outcomes(&case), ["low_confidence"], "no token, no confidence");
    let tried = &case.state.chain.as_ref().unwrap().tries[0];
    assert_eq!((tried.output.clone(), tried.confidence), (Some(answer("other")), None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_openai_interface_hears_what_was_wrong() {
    let world = World::with(Kind::Sqlite, open).await;
    let server = Server::new(|_| {
        let content = "{\"intent\":\"lost_card\"}";
        Says::Json(200, json!({"choices": [{"message": {"content": content}}]}))
    })
    .await;
    let url = server.url("/v1");
    let links =
        format!("  - {{ openai: {{ url: \"{url}\", model: qwen, prompt: \"Which?\" }} }}\n");
    world.put(&with_chain(&links)).await;
    submit(&world).await;
    ask(&world).await;
    send_back(&world, &reviewer(1)).await.unwrap();
    ask(&world).await;
    let asked = server.asked();
    let messages = asked[1].body["messages"].as_array().unwrap();
    assert_eq!(messages[2], json!({"role": "assistant", "content": "{\"intent\":\"lost_card\"}"}));
    assert!(messages[3]["content"].as_str().unwrap().contains("it was stolen, not lost"));
    assert_eq!(asked[0].body["messages"].as_array().unwrap()[..], messages[..2]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_label_studio_backend_is_set_up_once_and_predicts() {
    let world = World::with(Kind::Sqlite, open).await;
    let server = Server::new(|asked| match asked.path.as_str() {
        "/health" => Says::Json(200, json!({"status": "UP", "model_class": "M"})),
        "/setup" => Says::Json(200, json!({"model_version": "m1"})),
        _ => Says::Json(
            200,
            json!({"results": [{"model_version": "m1", "score": 0.97, "result": [
                {"id": "c1", "from_name": "intent", "to_name": "text", "type": "choices",
                 "value": {"choices": ["lost_card"]}}]}]}),
        ),
    })
    .await;
    let config = "<View><Text name='text' value='$text'/><Choices name='intent' toName='text'>\
                  <Choice value='lost_card'/><Choice value='other'/></Choices></View>";
    let links = format!(
        "  - {{ label_studio: {{ url: \"{}\", config: \"{config}\" }} }}\n",
        server.url("")
    );
    world.put(&with_chain(&links)).await;
    for _ in 0..2 {
        let case = submit(&world).await;
        ask(&world).await;
        let case = world.get(case.core.id).await;
        assert_eq!(output(&case), Some(json!({"intent": "lost_card"})), "{:?}", case.state.chain);
        assert_eq!(case.state.proposals[0].model.as_deref(), Some("m1"));
    }
    let paths: Vec<String> = server.asked().into_iter().map(|asked| asked.path).collect();
    assert_eq!(paths, ["/health", "/setup", "/predict", "/predict"]);
    assert_eq!(server.asked()[2].body["tasks"][0]["data"]["text"], "where is my card");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_with_a_chain_is_told_at_publish() {
    let world = World::with(Kind::Sqlite, |config| {
        open(config);
        let only = Some("https://api.example:443".to_owned());
        let secret = Secret { value: "x".to_owned(), only };
        config.chain.secrets.insert("BOUND".to_owned(), secret);
    })
    .await;
    let openai =
        |more: &str| format!("{{ openai: {{ url: \"https://a.example/v1\", model: m, {more} }} }}");
    let studio = |config: &str| {
        format!("{{ label_studio: {{ url: \"https://a.example\", config: \"{config}\" }} }}")
    };
    for (link, path, what) in [
        ("{ http: \"ftp://a.example\" }".to_owned(), "/chain/0/http", "http"),
        (
            "{ http: \"https://a.example\", headers_from: { X-Key: HUSHH } }".to_owned(),
            "/chain/0/headers_from/X-Key",
            "HUSHH",
        ),
        (
            "{ http: \"https://a.example\", headers_from: { X-Key: BOUND } }".to_owned(),
            "/chain/0/headers_from/X-Key",
            "alone",
        ),
        (
            "{ http: \"https://a.example\", headers_from: { Host: HUSH } }".to_owned(),
            "/chain/0/headers_from/Host",
            "no header",
        ),
        (openai("prompt: \"{{input.txt}}\""), "/chain/0/openai/prompt", "input.txt"),
        (openai("prompt: \"{{output}}\""), "/chain/0/openai/prompt", "no output yet"),
        (openai("prompt: \"x\", key: NONE"), "/chain/0/openai/key", "NONE"),
        (studio("<View>"), "/chain/0/label_studio/config", "not closed"),
        (
            studio("<View><Rating name='intent'/></View>"),
            "/chain/0/label_studio/config",
            "does not fit",
        ),
        (
            "{ rule: { when: \"input.txt == 'a'\", output: { intent: other } } }".to_owned(),
            "/chain/0/rule/when",
            "txt",
        ),
        (
            "{ rule: { when: \"proposal.by == 'a'\", output: { intent: other } } }".to_owned(),
            "/chain/0/rule/when",
            "no proposal yet",
        ),
        (
            "{ rule: { when: \"true\", output: { intent: none } } }".to_owned(),
            "/chain/0/rule/output/intent",
            "none",
        ),
        ("{ human: true }\n  - { http: \"https://a.example\" }".to_owned(), "/chain/0", "last"),
        ("{ http: \"https://a.example\", human: true }".to_owned(), "/chain/0", "not 2"),
        ("{ model: live }".to_owned(), "/chain/0/model", "learns nothing"),
    ] {
        let file = with_chain(&format!("  - {link}\n"));
        let put = world.engine.put_loop(&machine(), "tickets", file, Format::Yaml, false, "").await;
        let Err(EngineError::Invalid { problems, .. }) = put else { panic!("{link} is taken") };
        let problem = problems.first().unwrap();
        assert_eq!(problem.path, path, "{problem:?}");
        assert!(problem.message.contains(what), "{problem:?}");
        assert!(problem.line > 0, "{problem:?}");
    }
    let file = selective().replace(
        "policy: { ",
        "policy: { guardrails: [{ name: t, check: model, http: \"https://a.example\", when: \"scor > 1\", on_fail: block }], ",
    );
    let put = world.engine.put_loop(&machine(), "tickets", file, Format::Yaml, false, "").await;
    assert_eq!(code(put), "invalid_loop");
}
