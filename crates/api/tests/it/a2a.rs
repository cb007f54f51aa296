//! A2A: streams that are closed, tasks that are gone, messages that are too large.

use std::time::Duration;

use axum::body::Body;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tandem_domain::roles::Role;
use tandem_engine::LoopScope;
use tandem_testkit::{Client, TestApp, by_hand};

use crate::dialects::judge;

const SEND: &str = "/compat/a2a/tickets/message:send";

fn message(id: &str, text: &str) -> Value {
    json!({"message": {"messageId": id, "role": "ROLE_USER", "parts": [{"text": text}]}})
}

async fn subscribed(agent: &Client, task: &str) -> Body {
    let path = format!("/compat/a2a/tasks/{task}:subscribe");
    let response = agent.open("POST", &path, "").await;
    assert_eq!(response.status().as_u16(), 200);
    response.into_body()
}

/// What comes next on a stream; `None` at its end.
async fn next(body: &mut Body) -> Option<Value> {
    let frame = tokio::time::timeout(Duration::from_mins(1), body.frame()).await;
    let frame = frame.expect("a frame in time")?.unwrap();
    let text = std::str::from_utf8(frame.data_ref().unwrap()).unwrap().to_owned();
    let data = text.lines().find_map(|line| line.strip_prefix("data: "));
    Some(serde_json::from_str(data.unwrap_or("null")).unwrap())
}

#[tokio::test]
async fn a_stream_that_was_closed_is_subscribed_to_again() {
    let app = TestApp::new().await;
    app.publish(&by_hand("tickets")).await;
    let agent = app.machine(LoopScope::All, Role::Submitter).await.with("a2a-version", "1.0");
    let (_, person) = app.person("r@example.org", LoopScope::All, Role::Reviewer).await;
    let sent = agent.post(SEND, message("m-1", "hello")).await.expect(200);
    let task = sent["task"]["id"].as_str().unwrap();
    let mut first = subscribed(&agent, task).await;
    let seen = next(&mut first).await.unwrap();
    assert_eq!(seen["task"]["status"]["state"], "TASK_STATE_INPUT_REQUIRED", "{seen}");
    drop(first);
    // Whoever leaves cancels nothing.
    let path = format!("/compat/a2a/tasks/{task}");
    let waiting = agent.get(&path).await.expect(200);
    assert_eq!(waiting["status"]["state"], "TASK_STATE_INPUT_REQUIRED");
    let mut second = subscribed(&agent, task).await;
    let seen = next(&mut second).await.unwrap();
    assert_eq!(seen["task"]["id"], task, "it begins with the task as it is: {seen}");
    let said = json!({"verdict": "answer", "answer": {"intent": "other"}});
    judge(&person, "tickets", said).await.expect(201);
    let mut last = Value::Null;
    while let Some(told) = next(&mut second).await {
        if !told.is_null() {
            last = told;
        }
    }
    assert_eq!(last["statusUpdate"]["status"]["state"], "TASK_STATE_COMPLETED", "{last}");
    let over = agent.post(&format!("{path}:subscribe"), json!({})).await.expect(400);
    assert_eq!(over["error"]["details"][0]["reason"], "UNSUPPORTED_OPERATION");
}

#[tokio::test]
async fn a_message_to_a_task_that_is_gone_is_no_new_task() {
    let app = TestApp::new().await;
    app.publish(&by_hand("tickets")).await;
    let agent = app.machine(LoopScope::All, Role::Submitter).await.with("a2a-version", "1.0");
    let stranger = app.machine(LoopScope::All, Role::Submitter).await.with("a2a-version", "1.0");
    let sent = agent.post(SEND, message("m-1", "hello")).await.expect(200);
    let about = |id: &str, task: &str| {
        let mut about = message(id, "are you there?");
        about["message"]["taskId"] = json!(task);
        about
    };
    for gone in ["case_00000000-0000-7000-8000-000000000000", "task-1"] {
        let refused = agent.post(SEND, about("m-2", gone)).await.expect(404);
        assert_eq!(refused["error"]["details"][0]["reason"], "TASK_NOT_FOUND", "{gone}");
    }
    // To whoever may not see it, it is gone as well.
    let own = sent["task"]["id"].as_str().unwrap();
    let refused = stranger.post(SEND, about("m-3", own)).await.expect(404);
    assert_eq!(refused["error"]["details"][0]["reason"], "TASK_NOT_FOUND");
    let admin = app.machine(LoopScope::All, Role::Admin).await;
    let cases = admin.get("/v1/loops/tickets/cases").await.expect(200);
    assert_eq!(cases["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_message_of_five_megabytes_is_refused_as_too_large() {
    let app = TestApp::new().await;
    app.publish(&by_hand("tickets")).await;
    let agent = app.machine(LoopScope::All, Role::Submitter).await.with("a2a-version", "1.0");
    let large = message("m-1", &"x".repeat(5_000_000));
    let refused = agent.post(SEND, large.clone()).await.expect(400);
    assert_eq!(refused["error"]["details"][0]["reason"], "INVALID_PARAMS", "{refused}");
    let said = refused["error"]["message"].as_str().unwrap();
    assert!(said.contains("larger than"), "{said}");
    let rpc = json!({"jsonrpc": "2.0", "id": 1, "method": "SendMessage", "params": large});
    let refused = agent.post("/compat/a2a/rpc", rpc).await.expect(200);
    assert_eq!(refused["error"]["code"], -32602, "{refused}");
    let said = refused["error"]["message"].as_str().unwrap();
    assert!(said.contains("larger than"), "{said}");
}
