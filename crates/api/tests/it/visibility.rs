//! Who sees what of a case.

use serde_json::{Value, json};
use tandem_domain::roles::Role;
use tandem_engine::LoopScope;
use tandem_testkit::{Client, TestApp, case, tickets};

struct World {
    app: TestApp,
    submitter: Client,
    reviewer: Client,
    auditor: Client,
}

async fn world(more: &str) -> World {
    let app = TestApp::new().await;
    app.publish(&tickets("tickets", more)).await;
    let submitter = app.machine(LoopScope::All, Role::Submitter).await;
    let (_, reviewer) = app.person("r@example.org", LoopScope::All, Role::Reviewer).await;
    let auditor = app.machine(LoopScope::All, Role::Auditor).await;
    World { app, submitter, reviewer, auditor }
}

impl World {
    async fn submit(&self, confidence: f64) -> String {
        let mut case = case(confidence);
        case["group"] = json!({"region": "north-by-northwest"});
        let made = self.submitter.post("/v1/loops/tickets/cases", case).await.expect(201);
        made["id"].as_str().unwrap().to_owned()
    }

    async fn claim(&self) -> Value {
        let claims = self.reviewer.post("/v1/claims", json!({})).await.expect(201);
        claims["claims"][0].clone()
    }

    async fn judge(&self, claim: &Value, body: Value) -> Value {
        let path = format!("/v1/cases/{}/judgments", claim["case"]["id"].as_str().unwrap());
        let mut body = body;
        body["claim"] = claim["id"].clone();
        body["token"] = claim["token"].clone();
        self.reviewer.post(&path, body).await.expect(201)
    }
}

#[tokio::test]
async fn a_blind_proposal_is_in_no_response_before_the_judgment() {
    let world = world("review: { undo: 0s, blind_rate: 1.0 }\n").await;
    let id = world.submit(0.5).await;
    let claim = world.claim().await;
    assert_eq!(claim["blind"], true);
    assert_eq!(claim["proposal"], Value::Null);
    let claims = world.reviewer.get("/v1/claims").await;
    let case = world.reviewer.get(&format!("/v1/cases/{id}")).await;
    let list = world.reviewer.get("/v1/loops/tickets/cases").await;
    let timeline = world.reviewer.get(&format!("/v1/cases/{id}/timeline")).await;
    for reply in [claims, case, list, timeline] {
        assert_eq!(reply.status.as_u16(), 200, "{}", reply.text());
        assert!(!reply.text().contains("card_arrival"), "{}", reply.text());
    }
    assert!(!claim.to_string().contains("card_arrival"), "{claim}");
    // An admin who could judge is no exception; an auditor, who cannot, sees everything.
    let (_, admin) = world.app.person("a@example.org", LoopScope::All, Role::Admin).await;
    let seen = admin.get(&format!("/v1/cases/{id}")).await;
    assert!(!seen.text().contains("card_arrival"), "{}", seen.text());
    let seen = world.auditor.get(&format!("/v1/cases/{id}")).await;
    assert!(seen.text().contains("card_arrival"));
    let answer = json!({"verdict": "answer", "answer": {"intent": "lost_card"}});
    let judged = world.judge(&claim, answer).await;
    assert_eq!(judged["case"]["proposal"]["output"]["intent"], "card_arrival");
    assert_eq!(judged["case"]["decision"]["outcome"], "modified");
}

#[tokio::test]
async fn reviewers_see_neither_groups_nor_purposes() {
    let world = world("review: { undo: 0s }\n").await;
    let id = world.submit(0.5).await;
    let claim = world.claim().await;
    assert!(!claim.to_string().contains("north-by-northwest"), "{claim}");
    assert!(!claim.to_string().contains("purpose"), "{claim}");
    let seen = world.auditor.get(&format!("/v1/cases/{id}")).await.expect(200);
    assert_eq!(seen["group"]["region"], "north-by-northwest");
    assert_eq!(seen["tasks"][0]["purpose"], "decide");
}

#[tokio::test]
async fn an_audit_looks_like_any_other_case() {
    let policy = "coverage: selective\nreview: { undo: 0s }\n\
                  policy: { confidence: { auto_at: 0.9, audit_rate: 1.0 } }\n";
    let world = world(policy).await;
    let id = world.submit(0.95).await;
    let claim = world.claim().await;
    assert_eq!(claim["case"]["id"], json!(id));
    assert_eq!(claim["case"]["status"], "claimed");
    assert_eq!(claim["case"]["decision"], Value::Null);
    assert_eq!(claim["case"]["decisions"], json!([]));
    assert_eq!(claim["case"]["route"]["to"], "review");
    for word in ["audit", "machine", "\"auto\"", "effective"] {
        assert!(!claim.to_string().contains(word), "{word} in {claim}");
    }
    let seen = world.submitter.get(&format!("/v1/cases/{id}")).await.expect(200);
    assert_eq!(seen["status"], "decided");
    assert_eq!(seen["route"].get("audit"), None);
    let seen = world.auditor.get(&format!("/v1/cases/{id}")).await.expect(200);
    assert_eq!(seen["route"]["audit"], true);
}

#[tokio::test]
async fn a_second_look_looks_like_any_other_case_and_not_at_all_to_whoever_judged_it() {
    let policy = "coverage: selective\nreview: { undo: 0s }\n\
                  policy: { autonomy: { target_error: 0.1, second_looks: 1.0 } }\n";
    let world = world(policy).await;
    for n in 0..200 {
        let mut warm = case(0.5 + f64::from(n) / 500.0);
        warm["input"]["text"] = json!(format!("warm {n}"));
        world.submitter.post("/v1/loops/tickets/cases", warm).await.expect(201);
    }
    let mut first = case(0.7);
    first["priority"] = json!(9);
    let made = world.submitter.post("/v1/loops/tickets/cases", first).await.expect(201);
    let path = format!("/v1/cases/{}", made["id"].as_str().unwrap());
    let claim = world.claim().await;
    assert_eq!(claim["case"]["id"], made["id"]);
    world.judge(&claim, json!({"verdict": "approve"})).await;
    // Whoever judged it sees it decided, and gets other work.
    let own = world.reviewer.get(&path).await.expect(200);
    assert_eq!(
        (&own["status"], &own["decision"]["outcome"]),
        (&json!("decided"), &json!("approved"))
    );
    assert_ne!(world.claim().await["case"]["id"], made["id"]);
    // Another one gets it as if nobody had.
    let (_, other) = world.app.person("o@example.org", LoopScope::All, Role::Reviewer).await;
    let claims = other.post("/v1/claims", json!({})).await.expect(201);
    let claim = &claims["claims"][0];
    assert_eq!(claim["case"]["id"], made["id"]);
    assert_eq!((&claim["blind"], &claim["case"]["status"]), (&json!(true), &json!("claimed")));
    for word in ["cross_check", "decided", "effective", "approve", "card_arrival"] {
        let shown = claim["case"].to_string() + &claim["reasons"].to_string();
        assert!(!shown.contains(word), "{word} in {shown}");
    }
    let reply = other.get(&path).await;
    let seen = reply.text();
    assert!(!seen.contains("cross_check") && !seen.contains("card_arrival"), "{seen}");
    let reply = other.get(&format!("{path}/timeline")).await;
    let timeline = reply.text();
    assert!(!timeline.contains("look."), "{timeline}");
    let auditor = world.auditor.get(&path).await.expect(200);
    assert_eq!(auditor["tasks"][1]["purpose"], "cross_check");
    let stats = world.auditor.get("/v1/loops/tickets/stats/autonomy").await.expect(200);
    assert_eq!((&stats["people"]["waiting"], &stats["people"]["looks"]), (&json!(1), &json!(0)));
    let body = json!({
        "claim": claim["id"], "token": claim["token"],
        "verdict": "answer", "answer": {"intent": "card_arrival"},
    });
    let judged = other.post(&format!("{path}/judgments"), body).await.expect(201);
    assert_eq!(judged["case"]["status"], "decided");
    let stats = world.auditor.get("/v1/loops/tickets/stats/autonomy").await.expect(200);
    assert_eq!((&stats["people"]["waiting"], &stats["people"]["looks"]), (&json!(0), &json!(1)));
    assert_eq!(stats["history"][0]["by"]["kind"], "machine");
}

#[tokio::test]
async fn submitters_do_not_see_held_decisions() {
    let world = world("review: { undo: 10s }\n").await;
    let id = world.submit(0.5).await;
    let claim = world.claim().await;
    world.judge(&claim, json!({"verdict": "approve"})).await;
    let path = format!("/v1/cases/{id}");
    let seen = world.submitter.get(&path).await.expect(200);
    assert_eq!((&seen["status"], &seen["decision"]), (&json!("held"), &Value::Null));
    assert_eq!(world.reviewer.get(&path).await.expect(200)["decision"]["state"], "held");
    world.app.pass(11_000_000).await;
    let seen = world.submitter.get(&path).await.expect(200);
    assert_eq!(seen["decision"]["state"], "effective");
}

#[tokio::test]
async fn judgments_of_others_are_hidden_from_reviewers() {
    let world = world("review: { undo: 0s, reviewers: 2 }\n").await;
    let id = world.submit(0.5).await;
    let claim = world.claim().await;
    world.judge(&claim, json!({"verdict": "approve", "comment": "looks right"})).await;
    let (_, other) = world.app.person("o@example.org", LoopScope::All, Role::Reviewer).await;
    let seen = other.get(&format!("/v1/cases/{id}")).await;
    assert!(!seen.text().contains("looks right"), "{}", seen.text());
    let own = world.reviewer.get(&format!("/v1/cases/{id}")).await.expect(200);
    assert_eq!(own["judgments"][0]["comment"], "looks right");
}

#[tokio::test]
async fn submitters_see_their_own_cases_only() {
    let world = world("review: { undo: 0s }\n").await;
    let id = world.submit(0.5).await;
    let other = world.app.machine(LoopScope::All, Role::Submitter).await;
    assert_eq!(other.get(&format!("/v1/cases/{id}")).await.problem().0, 404);
    let listed = other.get("/v1/loops/tickets/cases").await.expect(200);
    assert_eq!(listed["items"], json!([]));
    let refused = other.post(&format!("/v1/cases/{id}/cancel"), json!({})).await;
    assert!(matches!(refused.status.as_u16(), 403 | 404), "{}", refused.text());
}
