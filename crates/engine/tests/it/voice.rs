//! The live conversation over real databases: whose turn it is, and what stays shut meanwhile.

use std::time::Duration;

use tandem_domain::CaseId;
use tandem_domain::case::{Speaker, Verdict};
use tandem_domain::command::NewJudgment;
use tandem_engine::EngineError;
use tandem_engine::cases::{NewUtterance, Utterance};
use tandem_engine::runs::NewRun;
use tandem_engine::{ClaimRequest, Principal, Submission};
use tandem_ledger::note::SigningKey;

use crate::common::{
    Kind, SECOND, World, answer, by_hand, code, machine, reviewer, says, ticket, tickets,
};
use crate::on_both;
use crate::proof::sealed;

on_both! {
    what_is_said_is_ordered_and_said_once,
    the_turn_is_taken_kept_and_given_back,
    a_run_stays_shut_while_a_person_has_the_turn,
    what_was_said_verifies,
    an_effective_decision_releases_its_notice,
}

async fn world(kind: Kind) -> World {
    World::with(kind, |config| {
        let key = SigningKey::from_seed("tandem.example/log", &[7; 32]).unwrap();
        config.checkpoint_key = Some(key);
    })
    .await
}

async fn say(
    world: &World,
    who: &Principal,
    case: CaseId,
    speaker: Speaker,
    (id, body): (&str, &str),
) -> Result<Utterance, EngineError> {
    let new = NewUtterance {
        client_id: Some(id.to_owned()),
        speaker: Some(speaker),
        body: body.to_owned(),
    };
    world.engine.say(who, case, new, None).await.map(|(said, _)| said)
}

async fn read(world: &World, case: CaseId, after: u64) -> Vec<String> {
    let found = world.engine.conversation(&machine(), case, after, Duration::ZERO).await.unwrap();
    found.said.into_iter().map(|said| format!("{}:{}", said.speaker.as_str(), said.body)).collect()
}

async fn what_is_said_is_ordered_and_said_once(kind: Kind) {
    let world = world(kind).await;
    world.put(&by_hand()).await;
    let case = world.submit("tickets", None).await.core.id;
    let (agent, ada) = (machine(), reviewer(1));
    let first = say(&world, &agent, case, Speaker::Agent, ("a", "hello")).await.unwrap();
    let second = say(&world, &ada, case, Speaker::Person, ("a", "good day")).await.unwrap();
    assert_eq!((first.n, second.n), (1, 2));
    let again = say(&world, &agent, case, Speaker::Agent, ("a", "hello")).await.unwrap();
    assert_eq!(again, first);
    let other = say(&world, &agent, case, Speaker::Agent, ("a", "other words")).await;
    assert_eq!(code(other), "key_conflict");
    assert_eq!(read(&world, case, 0).await, ["agent:hello", "person:good day"]);
    assert_eq!(read(&world, case, 1).await, ["person:good day"]);
    let note = say(&world, &ada, case, Speaker::Note, ("b", "x")).await;
    assert_eq!(code(note), "invalid_input");
    let relayed = say(&world, &ada, case, Speaker::Subject, ("c", "x")).await;
    assert_eq!(code(relayed), "forbidden");
    let long = "x".repeat(20_000);
    assert_eq!(code(say(&world, &ada, case, Speaker::Person, ("d", &long)).await), "invalid_input");
}

async fn the_turn_is_taken_kept_and_given_back(kind: Kind) {
    let world = world(kind).await;
    world.put(&by_hand()).await;
    let case = world.submit("tickets", None).await.core.id;
    let (agent, ada, grace) = (machine(), reviewer(1), reviewer(2));
    assert_eq!(code(world.engine.take_over(&ada, case, None).await), "claim_lost");
    let request = ClaimRequest { case: Some(case), ..ClaimRequest::default() };
    world.engine.claim(&ada, request, None).await.unwrap();
    let (engine, asker) = (world.engine.clone(), agent.clone());
    let parked = tokio::spawn(async move {
        engine.conversation(&asker, case, 0, Duration::from_mins(10)).await.unwrap()
    });
    while world.engine.waiting() == 0 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    // Registered is not yet read: whoever reads after the turn was taken sees nothing move.
    let mut parked = parked;
    let mut woken = None;
    for _ in 0..30 {
        world.engine.take_over(&ada, case, None).await.unwrap();
        if let Ok(told) = tokio::time::timeout(Duration::from_secs(2), &mut parked).await {
            woken = told.ok();
            break;
        }
        world.engine.hand_back(&ada, case, "not seen".to_owned(), None).await.unwrap();
    }
    let woken = woken.expect("whoever waits is told that the turn was taken");
    assert!(woken.said.is_empty() && woken.taken_over.is_some());
    assert_eq!(code(say(&world, &agent, case, Speaker::Agent, ("1", "me")).await), "taken_over");
    assert_eq!(code(say(&world, &grace, case, Speaker::Person, ("1", "me")).await), "taken_over");
    say(&world, &agent, case, Speaker::Subject, ("2", "is anybody there")).await.unwrap();
    say(&world, &ada, case, Speaker::Person, ("1", "yes")).await.unwrap();
    assert_eq!(
        code(world.engine.hand_back(&grace, case, "x".to_owned(), None).await),
        "taken_over"
    );
    world.engine.hand_back(&ada, case, "refund agreed".to_owned(), None).await.unwrap();
    say(&world, &agent, case, Speaker::Agent, ("3", "thanks")).await.unwrap();
    let all = ["subject:is anybody there", "person:yes", "note:refund agreed", "agent:thanks"];
    let mut told = read(&world, case, 0).await;
    told.retain(|said| said != "note:not seen");
    assert_eq!(told, all);
    // A case that is over has nobody's turn.
    world.engine.take_over(&ada, case, None).await.unwrap();
    world.engine.cancel(&agent, case, None).await.unwrap();
    assert!(world.get(case).await.state.taken_over.is_none());
}

async fn a_run_stays_shut_while_a_person_has_the_turn(kind: Kind) {
    let world = world(kind).await;
    world.put(&by_hand()).await;
    let (agent, ada) = (machine(), reviewer(1));
    let new = NewRun { goal: "tidy".to_owned(), ..NewRun::default() };
    let run = world.engine.start_run(&agent, "tickets", new, None).await.unwrap().run.core.id;
    let gate = |text: &str| Submission {
        run: Some(run.to_string()),
        ..ticket(text, "card_arrival", Some(0.5))
    };
    let first = world.engine.submit(&agent, "tickets", gate("one"), None).await.unwrap().case;
    let claim = world.claim(&ada).await.unwrap();
    world.judge(&ada, &claim, says(Verdict::Approve, None)).await.unwrap();
    world.pass(SECOND).await;
    let talk = world.engine.submit(&agent, "tickets", gate("two"), None).await.unwrap().case;
    world.claim(&ada).await.unwrap();
    world.engine.take_over(&ada, talk.core.id, None).await.unwrap();
    sealed(&world).await;
    let id = first.core.id;
    let digest = world.get(id).await.state.live_decision().unwrap().digest.clone();
    let consume = || world.engine.consume(&agent, id, digest.clone(), "test".to_owned(), None);
    assert_eq!(code(consume().await), "taken_over");
    world.engine.hand_back(&ada, talk.core.id, "go on".to_owned(), None).await.unwrap();
    consume().await.unwrap();
}

async fn what_was_said_verifies(kind: Kind) {
    let world = world(kind).await;
    world.put(&by_hand()).await;
    let case = world.submit("tickets", None).await.core.id;
    say(&world, &machine(), case, Speaker::Agent, ("a", "a secret of the subject")).await.unwrap();
    sealed(&world).await;
    let entries = world.engine.ledger_entries(&Principal::system("default"), 0, 100).await.unwrap();
    let text = format!("{entries:?}");
    assert!(text.contains("message.posted") && !text.contains("a secret of the subject"));
    world.engine.checkpoint_now().await.unwrap();
    let report = world.engine.verify_live(&machine()).await.unwrap();
    assert_eq!(report.problems, [], "{report:#?}");
    // A version of the loop, the case with its content, and what was said.
    assert_eq!(report.rows, 1 + 2 + 1);
}

async fn an_effective_decision_releases_its_notice(kind: Kind) {
    let world = world(kind).await;
    world
        .put(&tickets(
            "review: { undo: 10s, rationale: required }\n\
             notice: { template: \"We take it as {answer.intent}: {outcome}.\", required: true }\n\
             interim: { intent: other }\n",
        ))
        .await;
    let ada = reviewer(1);
    let case = world.submit("tickets", None).await.core.id;
    assert_eq!(world.get(case).await.core.interim, Some(answer("other")));
    let claim = world.claim(&ada).await.unwrap();
    let bare = world.judge(&ada, &claim, says(Verdict::Approve, None)).await;
    assert_eq!(code(bare), "invalid_verdict");
    let unworded = NewJudgment { rationale: Some("why".to_owned()), ..says(Verdict::Reject, None) };
    assert_eq!(code(world.judge(&ada, &claim, unworded).await), "invalid_verdict");
    let said = NewJudgment {
        rationale: Some("the text says so".to_owned()),
        ..says(Verdict::Approve, None)
    };
    world.judge(&ada, &claim, said).await.unwrap();
    world.pass(11 * SECOND).await;
    let decision = world.get(case).await.state.live_decision().unwrap().clone();
    assert_eq!(decision.rationale.as_deref(), Some("the text says so"));
    assert_eq!(decision.notice.as_deref(), Some("We take it as card_arrival: approved."));
}
