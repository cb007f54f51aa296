//! Widening what the machine may do takes two natural persons.

use serde_json::json;
use tandem_domain::roles::Role;
use tandem_engine::LoopScope;
use tandem_testkit::{TestApp, tickets};

fn at(confidence: f64) -> String {
    tickets(
        "tickets",
        &format!(
            "coverage: selective\npolicy: {{ confidence: {{ auto_at: {confidence}, audit_rate: 0.1 }} }}\n"
        ),
    )
}

#[tokio::test]
async fn one_person_proposes_and_another_publishes() {
    let app = TestApp::new().await;
    let (_, person, ada) =
        app.account("ada@example.org", LoopScope::All, Role::Orchestrator, None).await;
    let (_, _, twin) =
        app.account("ada@other.org", LoopScope::All, Role::Orchestrator, Some(person)).await;
    let (_, bob) = app.person("bob@example.org", LoopScope::All, Role::Orchestrator).await;
    ada.put_yaml("/v1/loops/tickets", &at(0.9)).await.expect(201);

    // Narrowing needs one person only, and holds at once.
    ada.put_yaml("/v1/loops/tickets", &at(0.95)).await.expect(200);
    let proposed = ada.put_yaml("/v1/loops/tickets", &at(0.8)).await.expect(202);
    let view = &proposed["loop"];
    assert_eq!((&view["version"], &view["head"]), (&json!(3), &json!(2)));
    assert_eq!(view["versions"][0]["state"], "proposed");
    assert_eq!(view["widens"], json!(["the confidence threshold falls from 0.95 to 0.8"]));

    let publish = "/v1/loops/tickets/versions/3/publish";
    for same in [&ada, &twin] {
        let refused = same.post(publish, json!({"reason": "I am sure"})).await.problem();
        assert_eq!(refused, (409, "second_person_needed".to_owned()));
    }
    let machine = app.machine(LoopScope::All, Role::Admin).await;
    let refused = machine.post(publish, json!({"reason": ""})).await.problem();
    assert_eq!(refused, (403, "forbidden".to_owned()));
    assert_eq!(ada.get("/v1/loops/tickets").await.expect(200)["version"], 2);

    let published = bob.post(publish, json!({"reason": "I looked too"})).await.expect(200);
    assert_eq!((&published["head"], &published["widens"]), (&json!(3), &json!([])));
    let versions = &published["versions"][0];
    assert_eq!(
        (&versions["state"], &versions["reason"]),
        (&json!("published"), &json!("I looked too"))
    );
    assert!(
        versions["proposed_by"].is_string() && versions["proposed_by"] != versions["published_by"]
    );
    assert_eq!(bob.post(publish, json!({"reason": ""})).await.problem().1, "not_a_draft");
}

#[tokio::test]
async fn a_machine_hands_in_a_draft_that_two_persons_publish() {
    let app = TestApp::new().await;
    app.publish(&at(0.9)).await;
    let machine = app.machine(LoopScope::All, Role::Admin).await;
    let kept = machine.put_yaml("/v1/loops/tickets", &at(0.5)).await.expect(202);
    assert_eq!(kept["loop"]["versions"][0]["state"], "draft");
    let (_, ada) = app.person("ada@example.org", LoopScope::All, Role::Orchestrator).await;
    let (_, bob) = app.person("bob@example.org", LoopScope::All, Role::Orchestrator).await;
    let publish = "/v1/loops/tickets/versions/2/publish";
    ada.post(publish, json!({"reason": "yes"})).await.expect(202);
    let view = bob.post(publish, json!({"reason": "yes"})).await.expect(200);
    assert_eq!(view["head"], 2);
}

/// What was proposed over one version may no longer widen, or widen more, over the next.
#[tokio::test]
async fn what_widens_is_judged_against_the_version_in_force() {
    let app = TestApp::new().await;
    app.publish(&at(0.9)).await;
    let (_, ada) = app.person("ada@example.org", LoopScope::All, Role::Orchestrator).await;
    ada.put_yaml("/v1/loops/tickets?draft=true", &at(0.85)).await.expect(200);
    ada.post("/v1/loops/tickets/versions/2/publish", json!({"reason": ""})).await.expect(202);
    let (_, bob) = app.person("bob@example.org", LoopScope::All, Role::Orchestrator).await;
    bob.put_yaml("/v1/loops/tickets", &at(0.7)).await.expect(202);
    ada.post("/v1/loops/tickets/versions/3/publish", json!({"reason": ""})).await.expect(200);
    // Over 0.7, 0.85 widens nothing any more: one person is enough.
    let view = ada.post("/v1/loops/tickets/versions/2/publish", json!({"reason": ""})).await;
    assert_eq!(view.expect(200)["head"], 2);
}
