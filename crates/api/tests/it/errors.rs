//! Bad input and faults: each class with its status, code and path, and nothing stored.

use serde_json::{Value, json};
use tandem_domain::roles::Role;
use tandem_engine::LoopScope;
use tandem_testkit::{Client, TestApp, by_hand, case, on_postgres, selective};

const CASES: &str = "/v1/loops/tickets/cases";

async fn world() -> (TestApp, Client) {
    let app = TestApp::new().await;
    app.publish(&by_hand("tickets")).await;
    let client = app.machine(LoopScope::All, Role::Submitter).await;
    (app, client)
}

/// Sends a case as text; returns status, code and path.
async fn refused(client: &Client, body: &str) -> (u16, String, String) {
    let json = client.with("content-type", "application/json");
    let reply = json.send("POST", CASES, body.to_owned()).await;
    let (status, code) = reply.problem();
    (status, code, reply.json()["path"].as_str().unwrap_or("-").to_owned())
}

fn changed(change: impl FnOnce(&mut Value)) -> String {
    let mut case = case(0.5);
    change(&mut case);
    case.to_string()
}

#[tokio::test]
async fn bad_cases_are_422_with_code_and_path_and_nothing_is_stored() {
    let (_app, client) = world().await;
    let cases = [
        ("{\"input\": ".to_owned(), "invalid_json", "/input"),
        ("nonsense".to_owned(), "invalid_json", ""),
        ("[]".to_owned(), "invalid_input", ""),
        (changed(|c| c["extra"] = json!(1)), "invalid_input", "/extra"),
        ("{\"tags\": []}".to_owned(), "invalid_input", ""),
        (changed(|c| c["input"] = json!({})), "invalid_input", "/input/text"),
        (changed(|c| c["input"]["more"] = json!(1)), "invalid_input", "/input/more"),
        (changed(|c| c["input"]["text"] = json!(7)), "invalid_input", "/input/text"),
        (
            changed(|c| c["proposal"]["output"]["intent"] = json!("nope")),
            "invalid_answer",
            "/proposal/output/intent",
        ),
        (
            changed(|c| c["proposal"]["confidence"] = json!(1.5)),
            "invalid_confidence",
            "/proposal/confidence",
        ),
        (
            changed(|c| c["proposal"]["confidence"] = json!("high")),
            "invalid_input",
            "/proposal/confidence",
        ),
        (case(0.5).to_string().replace("0.5", "NaN"), "invalid_json", "/proposal/confidence"),
        (case(0.5).to_string().replace("0.5", "1e999"), "invalid_json", "/proposal/confidence"),
        (
            changed(|c| {
                c["proposal"]["probabilities"] =
                    json!({"intent": {"card_arrival": 0.9, "other": 0.9}});
            }),
            "invalid_confidence",
            "/proposal/probabilities/intent",
        ),
        (
            changed(|c| c["proposal"]["probabilities"] = json!({"intent": {"nope": 0.1}})),
            "invalid_confidence",
            "/proposal/probabilities/intent/nope",
        ),
        (changed(|c| c["priority"] = json!(300)), "invalid_input", "/priority"),
        (changed(|c| c["deadline"] = json!("tomorrow")), "invalid_input", "/deadline"),
    ];
    let mut wrong = Vec::new();
    for (body, code, path) in cases {
        let got = refused(&client, &body).await;
        if got != (422, code.to_owned(), path.to_owned()) {
            wrong.push(format!("{body}: {got:?}, expected {code} at {path}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let listed = client.get(CASES).await.expect(200);
    assert_eq!(listed["items"], json!([]));
}

#[tokio::test]
async fn malformed_json_tells_line_and_column() {
    let (_app, client) = world().await;
    let json = client.with("content-type", "application/json");
    let reply = json.send("POST", CASES, "{\n  \"input\": {\"text\": nul}\n}").await;
    insta::assert_json_snapshot!(reply.json(), @r#"
    {
      "code": "invalid_json",
      "detail": "expected ident at line 2 column 24",
      "path": "/input/text",
      "problems": [
        {
          "code": "invalid_json",
          "column": 24,
          "line": 2,
          "message": "expected ident",
          "path": "/input/text"
        }
      ],
      "status": 422,
      "title": "Unprocessable Entity",
      "type": "about:blank"
    }
    "#);
}

#[tokio::test]
async fn a_bad_rule_is_422_with_line_column_and_reason() {
    let (app, _) = world().await;
    let admin = app.machine(LoopScope::All, Role::Admin).await;
    let source = by_hand("tickets")
        + "policy:\n  rules:\n    - { name: big, when: \"input.amount > \", route: review }\n";
    let reply = admin.put_yaml("/v1/loops/tickets", &source).await;
    assert_eq!(reply.status.as_u16(), 422, "{}", reply.text());
    let fault = reply.json()["problems"][0].clone();
    assert_eq!((&fault["line"], &fault["code"]), (&json!(7), &json!("bad_rule")), "{fault}");
    assert!(fault["column"].as_u64().unwrap() > 1);
    assert!(!fault["message"].as_str().unwrap().is_empty());
    let shown = admin.get("/v1/loops/tickets").await.expect(200);
    assert_eq!(shown["version"], 1);
}

#[tokio::test]
async fn the_same_key_with_another_body_is_409() {
    let (_app, client) = world().await;
    let keyed = |text: &str| {
        let mut case = case(0.5);
        case["key"] = json!("ticket-1");
        case["input"]["text"] = json!(text);
        case
    };
    let first = client.post(CASES, keyed("one")).await.expect(201);
    let again = client.post(CASES, keyed("one")).await.expect(200);
    assert_eq!(first["id"], again["id"]);
    let other = client.post(CASES, keyed("two")).await;
    assert_eq!(other.problem().0, 409);
    assert_eq!(other.json()["resource"], first["id"]);
}

#[tokio::test]
async fn an_idempotency_key_replays_and_refuses_another_body() {
    let (_app, client) = world().await;
    let keyed = client.with("idempotency-key", "abc");
    let first = keyed.post(CASES, case(0.5)).await.expect(201);
    let again = keyed.post(CASES, case(0.5)).await.expect(200);
    assert_eq!(first["id"], again["id"]);
    let other = keyed.post(CASES, case(0.6)).await;
    assert_eq!(other.problem(), (409, "idempotency_conflict".to_owned()));
    let listed = client.get(CASES).await.expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    let long = client.with("idempotency-key", &"x".repeat(201)).post(CASES, case(0.5)).await;
    assert_eq!(long.problem().0, 422);
}

#[tokio::test]
async fn lost_leases_and_stale_tokens_are_409() {
    let (app, client) = world().await;
    client.post(CASES, case(0.5)).await.expect(201);
    let (_, first) = app.person("one@example.org", LoopScope::All, Role::Reviewer).await;
    let (_, second) = app.person("two@example.org", LoopScope::All, Role::Reviewer).await;
    let claims = first.post("/v1/claims", json!({})).await.expect(201);
    let claim = claims["claims"][0].clone();
    let path = format!("/v1/cases/{}/judgments", claim["case"]["id"].as_str().unwrap());
    let body = |token: u64| json!({"claim": claim["id"], "token": token, "verdict": "approve"});
    let token = claim["token"].as_u64().unwrap();
    let stale = first.post(&path, body(token + 1)).await;
    assert_eq!(stale.problem(), (409, "stale_token".to_owned()));
    app.pass(61_000_000).await;
    let taken = second.post("/v1/claims", json!({})).await.expect(201);
    assert_eq!(taken["claims"].as_array().unwrap().len(), 1);
    assert_eq!(first.post(&path, body(token)).await.problem(), (409, "claim_lost".to_owned()));
}

#[tokio::test]
async fn oversized_bodies_are_413_and_other_types_415() {
    let (_app, client) = world().await;
    let mut large = case(0.5);
    large["input"]["text"] = json!("x".repeat(2 << 20));
    assert_eq!(client.post(CASES, large).await.problem(), (413, "too_large".to_owned()));
    let form = client.with("content-type", "application/x-www-form-urlencoded");
    assert_eq!(form.send("POST", CASES, "a=b").await.problem().0, 415);
}

#[tokio::test]
async fn a_full_disk_is_507_and_reads_go_on() {
    if on_postgres() {
        println!("skipped: the bound on the size is the embedded database's");
        return;
    }
    let app = TestApp::builder().max_bytes(4_000_000).start().await;
    app.publish(&by_hand("tickets")).await;
    let client = app.machine(LoopScope::All, Role::Submitter).await;
    let mut large = case(0.5);
    large["input"]["text"] = json!("x".repeat(15_000));
    for _ in 0..1_000 {
        let reply = client.post(CASES, large.clone()).await;
        if !reply.status.is_success() {
            assert_eq!(reply.problem(), (507, "disk_full".to_owned()));
            client.get(CASES).await.expect(200);
            return;
        }
    }
    panic!("the disk never filled");
}

#[tokio::test]
async fn with_a_full_disk_a_halt_is_in_force() {
    if on_postgres() {
        println!("skipped: the bound on the size is the embedded database's");
        return;
    }
    let app = TestApp::builder().max_bytes(4_000_000).start().await;
    app.publish(&selective("tickets")).await;
    let client = app.machine(LoopScope::All, Role::Orchestrator).await;
    let passed = client.post(CASES, case(0.99)).await.expect(201);
    let id = passed["id"].as_str().unwrap().to_owned();
    let digest = passed["decision"]["digest"].as_str().unwrap().to_owned();
    let mut large = case(0.5);
    let mut full = false;
    // First large rows, then small ones into what is left.
    for size in [15_000, 100] {
        large["input"]["text"] = json!("x".repeat(size));
        full = false;
        for _ in 0..3_000 {
            if client.post(CASES, large.clone()).await.status.as_u16() == 507 {
                full = true;
                break;
            }
        }
    }
    assert!(full, "the disk never filled");
    client.post("/v1/halt", json!({"reason": "smoke"})).await.expect(200);
    let listed = client.get("/v1/halt").await.expect(200);
    assert!(listed["items"].as_array().unwrap().iter().any(|row| row["halted"] == true));
    let body = json!({"digest": digest, "consumer": "ci"});
    let opened = client.post(&format!("/v1/cases/{id}/consume"), body).await;
    assert_eq!(opened.problem(), (409, "halted".to_owned()));
    // A page may be left, but none of the room that was opened for the halt.
    large["input"]["text"] = json!("x".repeat(15_000));
    assert_eq!(client.post(CASES, large).await.status.as_u16(), 507, "nobody else has the room");
}

#[tokio::test]
async fn too_many_requests_are_429_with_retry_after() {
    let app =
        TestApp::builder().config(|config| (config.rate, config.burst) = (0.01, 3.0)).start().await;
    let client = app.machine(LoopScope::All, Role::Auditor).await;
    let mut last = client.get("/v1/loops").await;
    for _ in 0..3 {
        last = client.get("/v1/loops").await;
    }
    assert_eq!(last.problem(), (429, "rate_limited".to_owned()));
    let after: u64 = last.header("retry-after").parse().unwrap();
    assert!((1..=100).contains(&after), "{after}");
}

#[tokio::test]
async fn what_is_not_there_is_404_and_other_methods_405() {
    let (_app, client) = world().await;
    for path in ["/v1/cases/case_zzz", "/v1/nothing", "/v1/loops/nope"] {
        assert_eq!(client.get(path).await.problem(), (404, "not_found".to_owned()), "{path}");
    }
    let reply = client.send("PUT", "/v1/queues", "").await;
    assert_eq!(reply.problem(), (405, "method_not_allowed".to_owned()));
    let reply = client.get("/v1/loops/tickets/cases?limit=501").await;
    assert_eq!((reply.problem().0, reply.json()["path"].clone()), (422, json!("?limit")));
}

#[tokio::test]
async fn parquet_is_406_with_a_hint() {
    let (app, _) = world().await;
    let auditor = app.machine(LoopScope::All, Role::Auditor).await;
    let reply = auditor.get("/v1/loops/tickets/exports/decisions?format=parquet").await;
    assert_eq!(reply.problem(), (406, "not_acceptable".to_owned()));
    let rows = auditor.get("/v1/loops/tickets/exports/decisions?format=csv").await;
    assert_eq!(rows.status.as_u16(), 200);
}
