//! Batches: bad lines come back by number, good ones are stored.

use serde_json::{Value, json};
use tandem_domain::roles::Role;
use tandem_engine::LoopScope;
use tandem_testkit::{Client, Reply, TestApp, case, selective};

async fn world() -> (TestApp, Client) {
    let app = TestApp::new().await;
    app.publish(&selective("tickets")).await;
    let client = app.machine(LoopScope::All, Role::Submitter).await;
    (app, client)
}

async fn send(client: &Client, lines: &[String]) -> Vec<Value> {
    let reply = client.send("POST", "/v1/loops/tickets/cases/batch", lines.join("\n")).await;
    results(&reply)
}

fn results(reply: &Reply) -> Vec<Value> {
    assert_eq!(reply.status.as_u16(), 200, "{}", reply.text());
    assert_eq!(reply.header("content-type"), "application/x-ndjson");
    reply.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn good_lines_are_stored_and_bad_ones_named() {
    let (_app, client) = world().await;
    let mut unknown = case(0.5);
    unknown["proposal"]["output"]["intent"] = json!("nonsense");
    let lines = [
        case(0.95).to_string(),
        "{\"input\": nope}".to_owned(),
        String::new(),
        unknown.to_string(),
        json!({"input": {"text": "x"}, "extra": 1}).to_string(),
        case(0.5).to_string(),
    ];
    let results = send(&client, &lines).await;
    let brief: Vec<_> = results
        .iter()
        .map(|result| {
            let error = &result["error"];
            json!([result["line"], result["route"]["to"], error["code"], error["path"]])
        })
        .collect();
    let expected = json!([
        [1, "auto", null, null],
        [2, null, "invalid_json", "/input"],
        [4, null, "invalid_answer", "/proposal/output/intent"],
        [5, null, "invalid_input", "/extra"],
        [6, "review", null, null],
    ]);
    assert_eq!(json!(brief), expected);
    let listed = client.get("/v1/loops/tickets/cases").await.expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn results_are_in_order_over_many_chunks() {
    let (_app, client) = world().await;
    let lines: Vec<_> = (0..3_500)
        .map(|n| {
            let mut case = case(if n % 2 == 0 { 0.95 } else { 0.5 });
            case["key"] = json!(format!("k{n}"));
            case.to_string()
        })
        .collect();
    let results = send(&client, &lines).await;
    assert_eq!(results.len(), 3_500);
    for (at, result) in results.iter().enumerate() {
        assert_eq!(result["line"], json!(at + 1));
        assert_eq!(result["route"]["to"], if at % 2 == 0 { "auto" } else { "review" });
    }
    // The same batch again is the same cases.
    let again = send(&client, &lines).await;
    assert!(results.iter().zip(&again).all(|(a, b)| a["id"] == b["id"]));
}

#[tokio::test]
async fn history_comes_in_decided_and_marked() {
    let (_app, client) = world().await;
    let mut row = case(0.5);
    row["decision"] = json!({"output": {"intent": "lost_card"}});
    row["at"] = json!("2025-06-01T00:00:00Z");
    let results = send(&client, &[row.to_string()]).await;
    assert_eq!(results[0]["status"], "decided", "{results:?}");
    let path = format!("/v1/cases/{}", results[0]["id"].as_str().unwrap());
    let case = client.get(&path).await.expect(200);
    assert_eq!((&case["imported"], &case["decision"]["by"]), (&json!(true), &json!("import")));
    row.as_object_mut().unwrap().remove("at");
    let results = send(&client, &[row.to_string()]).await;
    assert_eq!(results[0]["error"]["path"], "/at");
}

#[tokio::test]
async fn a_line_may_not_be_endless_but_a_batch_may_be_long() {
    let app = TestApp::builder().config(|config| config.line_limit = 2_000).start().await;
    app.publish(&selective("tickets")).await;
    let client = app.machine(LoopScope::All, Role::Submitter).await;
    let mut long = case(0.5);
    long["input"]["text"] = json!("x".repeat(5_000));
    let lines = [case(0.5).to_string(), long.to_string(), case(0.5).to_string()];
    let results = send(&client, &lines).await;
    assert_eq!(results[1]["error"]["code"], "too_large");
    assert!(results[0]["id"].is_string() && results[2]["id"].is_string());
}

#[tokio::test]
async fn a_batch_as_a_whole_is_refused_with_a_status() {
    let (_app, client) = world().await;
    let reply = client.send("POST", "/v1/loops/nope/cases/batch", "{}").await;
    assert_eq!(reply.problem(), (404, "not_found".to_owned()));
}
