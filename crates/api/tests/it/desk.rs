//! The desk over HTTP: capacity, seats by name, and absences that the delegate accepts.

use serde_json::json;
use tandem_domain::roles::Role;
use tandem_engine::LoopScope;
use tandem_testkit::{TestApp, case, tickets};

#[tokio::test]
async fn a_desk_says_what_it_can_do_and_who_holds_what() {
    let app = TestApp::new().await;
    let review = "review: { undo: 0s, overload: [audits], \
                  capacity: { wait: 1h, look: 60s, queues: { default: { hours: 2 } } } }\n";
    app.publish(&tickets("tickets", review)).await;
    let admin = app.machine(LoopScope::All, Role::Admin).await;
    let (ada, reviewer) = app.person("ada@example.org", LoopScope::All, Role::Reviewer).await;
    for _ in 0..7 {
        admin.post("/v1/loops/tickets/cases", case(0.5)).await.expect(201);
    }
    app.engine.look_at_alerts().await.unwrap();
    let desk = admin.get("/v1/loops/tickets/stats").await.expect(200);
    let capacity = &desk["queues"][0]["capacity"];
    // Two hours of a minute each are 120 looks a day, five an hour: seven looks are 84 minutes.
    assert_eq!((&capacity["source"], &capacity["wait_s"]), (&json!("said"), &json!(5_040.0)));
    assert_eq!(capacity["gives_way"], json!(["audits"]));
    assert!(capacity["overloaded_at"].is_string());
    assert_eq!(desk["alerts"], json!([]));
    assert_eq!(reviewer.get("/v1/loops/tickets/stats").await.problem().0, 403);
    reviewer.post("/v1/claims", json!({"limit": 2})).await.expect(201);
    let seats = admin.get("/v1/queues/seats").await.expect(200);
    assert_eq!(seats["items"][0]["member"], json!(ada.to_string()));
    assert_eq!(seats["items"][0]["seats"], 2);
    let bad = tickets(
        "tickets",
        "review: { capacity: { wait: 1h, queues: { nowhere: { hours: 2 } } } }\n",
    );
    let reply = admin.put_yaml("/v1/loops/tickets", &bad).await;
    assert_eq!(reply.problem().0, 422);
    assert!(reply.text().contains("/review/capacity/queues/nowhere"), "{}", reply.text());
}

#[tokio::test]
async fn nobody_stands_in_before_they_said_yes() {
    let app = TestApp::new().await;
    app.publish(&tickets("tickets", "review: { undo: 0s }\n")).await;
    let (ada, away) = app.person("ada@example.org", LoopScope::All, Role::Reviewer).await;
    let (bob, deputy) = app.person("bob@example.org", LoopScope::All, Role::Auditor).await;
    let path = format!("/v1/members/{ada}/absence");
    let until = "2099-01-01T00:00:00Z";
    let said = away.post(&path, json!({"until": until, "delegate": bob})).await.expect(200);
    assert_eq!(said["accepted_at"], json!(null));
    let claim = json!({"limit": 1});
    assert_eq!(deputy.post("/v1/claims", claim.clone()).await.problem().0, 403);
    let asked = deputy.get("/v1/absences").await.expect(200)["items"][0].clone();
    assert_eq!((&asked["member"], &asked["takes_passkey"]), (&json!(ada), &json!(false)));
    let accept = format!("{path}/accept");
    let stale = deputy.post(&accept, json!({"digest": "00"})).await;
    assert_eq!(stale.problem(), (409, "seen_mismatch".to_owned()));
    let own = away.post(&accept, json!({"digest": asked["digest"]})).await;
    assert_eq!(own.problem().0, 404, "nobody says yes for somebody else");
    let done = deputy.post(&accept, json!({"digest": asked["digest"]})).await.expect(200);
    assert!(done["accepted_at"].is_string());
    deputy.post("/v1/claims", claim.clone()).await.expect(201);
    assert_eq!(deputy.post(&format!("{path}/decline"), json!({})).await.status.as_u16(), 204);
    assert_eq!(deputy.post("/v1/claims", claim).await.problem().0, 403);
    assert_eq!(away.get(&path).await.expect(200)["until"], json!(null));
}
