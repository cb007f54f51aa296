//! Live events: resuming, filters, and what reviewers get.

use std::time::Duration;

use axum::body::Body;
use http_body_util::BodyExt;
use serde_json::Value;
use tandem_domain::roles::Role;
use tandem_engine::LoopScope;
use tandem_testkit::{Client, TestApp, by_hand, case};

/// A stream that stands: it has said its first word, and misses nothing from now on.
struct Standing {
    body: Body,
    text: String,
}

impl Standing {
    async fn open(client: &Client, path: &str) -> Self {
        let response = client.open("GET", path, "").await;
        assert_eq!(response.status().as_u16(), 200);
        let mut standing = Self { body: response.into_body(), text: String::new() };
        standing.read().await;
        standing
    }

    async fn read(&mut self) {
        let frame = tokio::time::timeout(Duration::from_mins(1), self.body.frame()).await;
        let frame = frame.unwrap_or_else(|_| panic!("only {}", self.text));
        let frame = frame.expect("a frame").unwrap();
        self.text.push_str(std::str::from_utf8(frame.data_ref().unwrap()).unwrap());
    }
}

/// Reads a stream until it holds `count` events: ids, kinds and data.
async fn events(client: &Client, path: &str, count: usize) -> Vec<(u64, String, Value)> {
    of(Standing::open(client, path).await, count).await
}

async fn of(mut standing: Standing, count: usize) -> Vec<(u64, String, Value)> {
    while standing.text.matches("\ndata: ").count() < count || !standing.text.ends_with("\n\n") {
        standing.read().await;
    }
    let text = standing.text;
    let blocks = text.split("\n\n").filter(|block| block.starts_with("id: "));
    let read = |block: &str| {
        let field = |name: &str| {
            let line = block.lines().find_map(|line| line.strip_prefix(name)).unwrap();
            line.to_owned()
        };
        (
            field("id: ").parse().unwrap(),
            field("event: "),
            serde_json::from_str(&field("data: ")).unwrap(),
        )
    };
    blocks.map(read).collect()
}

async fn world() -> (TestApp, Client) {
    let app = TestApp::new().await;
    app.publish(&by_hand("a")).await;
    app.publish(&by_hand("b")).await;
    let client = app.machine(LoopScope::All, Role::Admin).await;
    for of_loop in ["a", "b", "a"] {
        client.post(&format!("/v1/loops/{of_loop}/cases"), case(0.5)).await.expect(201);
    }
    (app, client)
}

#[tokio::test]
async fn a_stream_resumes_where_it_was_cut() {
    let (_app, client) = world().await;
    let all = events(&client, "/v1/events?kind=case.submitted", 3).await;
    assert_eq!(all.len(), 3);
    assert!(all.windows(2).all(|pair| pair[0].0 < pair[1].0));
    let (cut, _, _) = all[0];
    let rest = client.with("last-event-id", &cut.to_string());
    assert_eq!(events(&rest, "/v1/events?kind=case.submitted", 2).await, all[1..]);
    let path = format!("/v1/events?kind=case.submitted&after={cut}");
    assert_eq!(events(&client, &path, 2).await, all[1..]);
}

#[tokio::test]
async fn what_happens_later_arrives_by_itself() {
    let (_app, client) = world().await;
    // Later than what is sealed: PostgreSQL seals a moment after the commit.
    events(&client, "/v1/events?kind=case.submitted", 3).await;
    let path = "/v1/events?from=latest&loop=b&kind=case.submitted";
    let standing = Standing::open(&client, path).await;
    client.post("/v1/loops/a/cases", case(0.5)).await.expect(201);
    let made = client.post("/v1/loops/b/cases", case(0.5)).await.expect(201);
    let seen = of(standing, 1).await;
    assert_eq!(seen[0].2["case"], made["id"]);
    assert_eq!(seen[0].2["loop"], "b");
}

#[tokio::test]
async fn reviewers_get_hints_of_their_loops_without_data() {
    let (app, _) = world().await;
    let scope = LoopScope::Named("a".to_owned());
    let (_, reviewer) = app.person("r@example.org", scope, Role::Reviewer).await;
    for (_, kind, event) in events(&reviewer, "/v1/events", 2).await {
        assert_eq!(event["loop"], "a", "{kind}");
        assert_eq!(event.get("data"), None, "{kind}");
    }
}

#[tokio::test]
async fn quiet_streams_beat() {
    let app = TestApp::builder()
        .config(|config| config.heartbeat = Duration::from_millis(20))
        .start()
        .await;
    let client = app.machine(LoopScope::All, Role::Auditor).await;
    let mut body = client.open("GET", "/v1/events?from=latest", "").await.into_body();
    let mut text = String::new();
    while !text.contains(": heartbeat\n\n") {
        let frame = tokio::time::timeout(Duration::from_mins(1), body.frame()).await.unwrap();
        text.push_str(std::str::from_utf8(frame.unwrap().unwrap().data_ref().unwrap()).unwrap());
    }
}

#[tokio::test]
async fn a_stream_that_cannot_be_is_refused_with_a_status() {
    let (_app, client) = world().await;
    assert_eq!(client.get("/v1/events?loop=nope").await.problem().0, 404);
    assert_eq!(client.get("/v1/events?from=first").await.problem().0, 422);
    assert_eq!(client.get("/v1/events?nope=1").await.problem().0, 422);
    let bad = client.with("last-event-id", "x").get("/v1/events").await;
    assert_eq!(bad.problem().0, 422);
}
