//! The live conversation, words that go with a decision, and what stands in while a case waits.

use serde_json::json;
use tandem_domain::roles::Role;
use tandem_engine::LoopScope;
use tandem_testkit::{TestApp, case, tickets};

#[tokio::test]
async fn a_conversation_from_hand_over_to_hand_back() {
    let app = TestApp::new().await;
    app.publish(&tickets("tickets", "review: { undo: 0s }\ninterim: { intent: other }\n")).await;
    let agent = app.machine(LoopScope::All, Role::Submitter).await;
    let (ada, reviewer) = app.person("ada@example.org", LoopScope::All, Role::Reviewer).await;
    let mut new = case(0.5);
    new["requested_human"] = json!(true);
    new["transcript"] = json!([{"from": "subject", "text": "my card?"}]);
    new["attempted"] = json!("looked it up");
    let made = agent.post("/v1/loops/tickets/cases?wait=10ms", new).await.expect(202);
    assert_eq!(made["interim"], json!({"output": {"intent": "other"}, "decided": false}));
    assert_eq!((&made["decision"], &made["turn"]["holder"]), (&json!(null), &json!("agent")));
    let id = made["id"].as_str().unwrap().to_owned();
    let claims = reviewer.post("/v1/claims", json!({"case": id})).await.expect(201);
    let shown = &claims["claims"][0]["case"];
    assert_eq!(shown["transcript"][0]["text"], "my card?");
    assert_eq!(shown["attempted"], "looked it up");
    let messages = format!("/v1/cases/{id}/messages");
    let hello = json!({"id": "m1", "body": "hello"});
    let first = agent.post(&messages, hello.clone()).await.expect(201);
    assert_eq!((&first["from"], &first["n"]), (&json!("agent"), &json!(1)));
    assert_eq!(agent.post(&messages, hello).await.expect(200)["id"], first["id"]);
    let taken = reviewer.post(&format!("/v1/cases/{id}/take-over"), json!({})).await.expect(200);
    assert_eq!(taken["turn"]["member"], json!(ada.to_string()));
    let refused = agent.post(&messages, json!({"body": "I know"})).await;
    assert_eq!(refused.problem(), (409, "taken_over".to_owned()));
    agent.post(&messages, json!({"from": "subject", "body": "thanks"})).await.expect(201);
    reviewer.post(&messages, json!({"body": "it is on its way"})).await.expect(201);
    let back = format!("/v1/cases/{id}/hand-back");
    assert_eq!(reviewer.post(&back, json!({"note": ""})).await.problem().0, 422);
    reviewer.post(&back, json!({"note": "told them"})).await.expect(200);
    let read = agent.get(&format!("{messages}?after=1")).await.expect(200);
    let from: Vec<_> =
        read["items"].as_array().unwrap().iter().map(|m| m["from"].clone()).collect();
    assert_eq!(from, ["subject", "person", "note"]);
    assert!(read["items"][1].get("member").is_none(), "submitters are not told who reviews");
}

#[tokio::test]
async fn words_are_refused_where_they_cannot_be_filled_in() {
    let app = TestApp::new().await;
    let admin = app.machine(LoopScope::All, Role::Admin).await;
    let bad = tickets("tickets", "notice: { template: \"It is {answer.intnt}\" }\n");
    let reply = admin.put_yaml("/v1/loops/tickets", &bad).await;
    assert_eq!(reply.problem().0, 422);
    assert!(reply.text().contains("/notice/template"), "{}", reply.text());
    let bad = tickets("tickets", "interim: { intent: nonsense }\n");
    assert!(admin.put_yaml("/v1/loops/tickets", &bad).await.text().contains("/interim"));
}

#[tokio::test]
async fn a_held_decision_tells_nobody() {
    let app = TestApp::new().await;
    app.publish(&tickets("tickets", "notice: { template: \"It is {answer.intent}\" }\n")).await;
    let agent = app.machine(LoopScope::All, Role::Submitter).await;
    let (_, reviewer) = app.person("r@example.org", LoopScope::All, Role::Reviewer).await;
    let made = agent.post("/v1/loops/tickets/cases", case(0.5)).await.expect(201);
    let path = format!("/v1/cases/{}", made["id"].as_str().unwrap());
    let body = json!({"verdict": "approve", "rationale": "clear", "notice": "Your card comes."});
    reviewer.post(&format!("{path}/judgments"), body).await.expect(201);
    assert!(reviewer.get(&path).await.expect(200)["decision"].get("notice").is_none());
    app.pass(11_000_000).await;
    let decision = agent.get(&path).await.expect(200)["decision"].clone();
    assert_eq!(decision["notice"], "Your card comes.");
    assert_eq!(decision["rationale"], "clear");
}
