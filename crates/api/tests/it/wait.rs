//! Waiting for decisions.

use std::time::{Duration, Instant};

use serde_json::json;
use tandem_domain::roles::Role;
use tandem_engine::LoopScope;
use tandem_testkit::{TestApp, by_hand, case, selective};

#[tokio::test]
async fn an_automatic_decision_comes_at_once() {
    let app = TestApp::new().await;
    app.publish(&selective("tickets")).await;
    let client = app.machine(LoopScope::All, Role::Submitter).await;
    let made = client.post("/v1/loops/tickets/cases?wait=30s", case(0.95)).await.expect(201);
    assert_eq!(made["status"], "decided");
    assert_eq!(made["decision"]["by"], "machine");
}

#[tokio::test]
async fn a_parked_caller_is_woken_by_the_judgment() {
    let app = TestApp::new().await;
    app.publish(&by_hand("tickets")).await;
    let client = app.machine(LoopScope::All, Role::Submitter).await;
    let (_, reviewer) = app.person("r@example.org", LoopScope::All, Role::Reviewer).await;
    let made = client.post("/v1/loops/tickets/cases", case(0.5)).await.expect(201);
    let id = made["id"].as_str().unwrap().to_owned();
    let (waiter, path) = (client.clone(), format!("/v1/cases/{id}?wait=120s"));
    let parked = tokio::spawn(async move { waiter.get(&path).await });
    let end = Instant::now() + Duration::from_mins(1);
    while app.engine.waiting() == 0 {
        assert!(Instant::now() < end, "nobody waits");
        tokio::task::yield_now().await;
    }
    let path = format!("/v1/cases/{id}/judgments");
    reviewer.post(&path, json!({"verdict": "approve"})).await.expect(201);
    let woken = tokio::time::timeout(Duration::from_mins(1), parked).await.unwrap().unwrap();
    assert_eq!(woken.expect(200)["decision"]["outcome"], "approved");
}

#[tokio::test]
async fn a_wait_that_runs_out_is_202_with_the_case() {
    let app = TestApp::new().await;
    app.publish(&by_hand("tickets")).await;
    let client = app.machine(LoopScope::All, Role::Submitter).await;
    let started = Instant::now();
    let made = client.post("/v1/loops/tickets/cases?wait=50ms", case(0.5)).await.expect(202);
    assert!(started.elapsed() >= Duration::from_millis(50));
    assert_eq!(made["status"], "queued");
    let path = format!("/v1/cases/{}?wait=1ms", made["id"].as_str().unwrap());
    client.get(&path).await.expect(202);
}

#[tokio::test]
async fn waits_have_a_limit() {
    let app = TestApp::new().await;
    app.publish(&by_hand("tickets")).await;
    let client = app.machine(LoopScope::All, Role::Submitter).await;
    let reply = client.post("/v1/loops/tickets/cases?wait=1h", case(0.5)).await;
    assert_eq!((reply.problem().0, reply.json()["path"].clone()), (422, json!("?wait")));
    let reply = client.post("/v1/loops/tickets/cases?wait=soon", case(0.5)).await;
    assert_eq!(reply.problem(), (422, "invalid_query".to_owned()));
}
