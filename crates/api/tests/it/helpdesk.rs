//! A help desk by template, against a server that speaks as Zendesk and Jira document it.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use serde_json::{Value, json};
use tandem_domain::roles::Role;
use tandem_engine::LoopScope;
use tandem_engine::chain::Secret;
use tandem_testkit::{Client, TestApp, by_hand, case};

/// A request that the desk got.
#[derive(Debug, Clone)]
struct Got {
    line: String,
    headers: HeaderMap,
    body: Value,
}

/// What the desk has, and how often it says that it has no time.
#[derive(Default)]
struct Memory {
    got: Vec<Got>,
    busy: usize,
    /// Idempotency keys, in the order of tickets.
    keys: Vec<String>,
}

/// A help desk on a real socket.
#[derive(Clone)]
struct HelpDesk {
    memory: Arc<Mutex<Memory>>,
    origin: String,
}

impl HelpDesk {
    async fn new() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let desk = Self { memory: Arc::default(), origin };
        let router = Router::new().fallback(answer).with_state(desk.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        desk
    }

    fn got(&self) -> Vec<Got> {
        self.memory.lock().unwrap().got.clone()
    }

    /// Waits until as many requests came.
    async fn await_requests(&self, count: usize) -> Vec<Got> {
        let begun = Instant::now();
        while self.got().len() < count {
            assert!(begun.elapsed() < LIMIT, "{:?}", self.got());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self.got()
    }
}

const LIMIT: Duration = Duration::from_mins(1);

/// Answers as the desks document it: `201` with the ticket, `200` to a change, `401` without the right
/// credentials, `429` with `Retry-After` when there is no time, `422` or `400` for what they do not understand.
async fn answer(
    State(desk): State<HelpDesk>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, HeaderMap, String) {
    let body: Value = serde_json::from_slice(&body).unwrap();
    let line = format!("{method} {uri}");
    let mut memory = desk.memory.lock().unwrap();
    memory.got.push(Got { line: line.clone(), headers: headers.clone(), body: body.clone() });
    let say = |status: StatusCode, body: Value| (status, HeaderMap::new(), body.to_string());
    // `me@example.org/token:secret`, in Base64.
    if headers
        .get("authorization")
        .is_none_or(|found| found != "Basic bWVAZXhhbXBsZS5vcmcvdG9rZW46c2VjcmV0")
    {
        return say(StatusCode::UNAUTHORIZED, json!({"error": "Couldn't authenticate you"}));
    }
    if memory.busy > 0 {
        memory.busy -= 1;
        let mut headers = HeaderMap::new();
        headers.insert("retry-after", "1".parse().unwrap());
        return (StatusCode::TOO_MANY_REQUESTS, headers, "{}".to_owned());
    }
    let key = headers.get("idempotency-key").unwrap().to_str().unwrap().to_owned();
    let number = |keys: &mut Vec<String>| {
        let known = keys.iter().position(|known| *known == key);
        known.unwrap_or_else(|| {
            keys.push(key.clone());
            keys.len() - 1
        }) + 35_436
    };
    match line.as_str() {
        "POST /api/v2/tickets.json" => {
            if !body["ticket"]["comment"]["body"].is_string() {
                let said =
                    json!({"error": "RecordInvalid", "description": "Record validation errors"});
                return say(StatusCode::UNPROCESSABLE_ENTITY, said);
            }
            let id = number(&mut memory.keys);
            let url = format!("https://acme.zendesk.com/api/v2/tickets/{id}.json");
            say(
                StatusCode::CREATED,
                json!({"ticket": {"id": id, "url": url, "status": "new",
                "subject": body["ticket"]["subject"]}}),
            )
        }
        "PUT /api/v2/tickets/35436.json" => {
            say(StatusCode::OK, json!({"ticket": {"id": 35_436, "status": "solved"}}))
        }
        "POST /rest/api/3/issue" => {
            if body["fields"]["project"]["key"] != "SUP" {
                return say(
                    StatusCode::BAD_REQUEST,
                    json!({"errors": {"project": "valid project is required"}}),
                );
            }
            let id = number(&mut memory.keys) - 35_435;
            let own = format!("https://acme.atlassian.net/rest/api/3/issue/{}", 10_000 + id);
            say(
                StatusCode::CREATED,
                json!({"id": (10_000 + id).to_string(),
                "key": format!("SUP-{id}"), "self": own}),
            )
        }
        "POST /rest/api/3/issue/SUP-1/comment" => say(StatusCode::CREATED, json!({"id": "10100"})),
        _ => say(StatusCode::NOT_FOUND, json!({"error": "RecordNotFound"})),
    }
}

/// The templates of docs/helpdesk.md, at the desk's address.
fn templates(name: &str, desk: &HelpDesk) -> Value {
    let page = include_str!("../../../../docs/helpdesk.md");
    let block = page.split("```json\n").skip(1).find(|block| block.contains(name)).unwrap();
    let text = block.split("```").next().unwrap();
    let text = text.replace("https://acme.zendesk.com", &desk.origin);
    let text = text.replace("https://acme.atlassian.net", &desk.origin);
    serde_json::from_str(&text).unwrap()
}

struct World {
    app: TestApp,
    admin: Client,
    desk: HelpDesk,
}

impl World {
    async fn new() -> Self {
        let app = TestApp::builder().running().engine(|config| {
            let value = "me@example.org/token:secret".to_owned();
            config.chain.secrets.insert("DESK".to_owned(), Secret { value, only: None });
            let value = "me@example.org/token:old".to_owned();
            config.chain.secrets.insert("OLD".to_owned(), Secret { value, only: None });
        });
        let app = app.start().await;
        app.publish(&by_hand("mine")).await;
        let admin = app.machine(LoopScope::All, Role::Admin).await;
        Self { app, admin, desk: HelpDesk::new().await }
    }

    async fn channel(&self, desk: Value) -> String {
        let body = json!({"name": "support", "kind": "helpdesk", "direction": "out",
            "payload": "full", "desk": desk});
        let made = self.admin.post("/v1/channels", body).await.expect(201);
        made["id"].as_str().unwrap().to_owned()
    }

    /// Hands in a case that waits for people; returns its id.
    async fn case(&self) -> String {
        let made = self.admin.post("/v1/loops/mine/cases", case(0.5)).await.expect(201);
        assert_eq!(made["status"], "queued");
        made["id"].as_str().unwrap().to_owned()
    }

    async fn decide(&self, case: &str) {
        let (_, reviewer) =
            self.app.person("ada@example.org", LoopScope::All, Role::Reviewer).await;
        let path = format!("/v1/cases/{case}/judgments");
        let judged = reviewer.post(&path, json!({"verdict": "approve", "elapsed_ms": 900})).await;
        assert_eq!(judged.expect(201)["case"]["status"], "decided");
    }

    async fn health(&self, channel: &str, what: &str, good: impl Fn(&Value) -> bool) -> Value {
        let begun = Instant::now();
        loop {
            let seen = self.admin.get(&format!("/v1/channels/{channel}")).await.expect(200);
            if good(&seen["health"]) {
                return seen["health"].clone();
            }
            assert!(begun.elapsed() < LIMIT, "{what}: {}", seen["health"]);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn comments(&self, case: &str) -> Vec<String> {
        let page = self.admin.get(&format!("/v1/cases/{case}/comments")).await.expect(200);
        let items = page["items"].as_array().unwrap();
        items.iter().map(|comment| comment["body"].as_str().unwrap().to_owned()).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn zendesk_gets_a_ticket_for_a_case_that_waits_and_hears_the_decision() {
    let world = World::new().await;
    let id = world.channel(templates("api/v2/tickets", &world.desk)).await;
    world.desk.memory.lock().unwrap().busy = 1;
    let waiting = world.case().await;
    let got = world.desk.await_requests(2).await;
    let (busy, made) = (&got[0], &got[1]);
    assert_eq!(made.line, "POST /api/v2/tickets.json");
    assert_eq!(made.headers["idempotency-key"], busy.headers["idempotency-key"]);
    assert_eq!(made.body["ticket"]["external_id"], json!(waiting));
    let said = made.body["ticket"]["comment"]["body"].as_str().unwrap();
    assert!(said.contains("my card still hasn't arrived"), "{said}");
    world.health(&id, "the ticket is there", |health| health["waiting"] == 0).await;
    // Claimed, given back, claimed: it waits again, and has its ticket.
    let (_, grace) = world.app.person("grace@example.org", LoopScope::All, Role::Reviewer).await;
    let claim = grace.post("/v1/claims", json!({"case": waiting})).await.expect(201);
    let claim = claim["claims"][0]["id"].as_str().unwrap().to_owned();
    assert!(grace.delete(&format!("/v1/claims/{claim}")).await.status.is_success());
    world.decide(&waiting).await;
    let got = world.desk.await_requests(3).await;
    assert_eq!(got[2].line, "PUT /api/v2/tickets/35436.json");
    assert_eq!(got[2].body["ticket"]["status"], "solved");
    let said = got[2].body["ticket"]["comment"]["body"].as_str().unwrap();
    assert!(said.contains("approved"), "{said}");
    world.health(&id, "all is told", |health| health["done"] == 2).await;
    assert_eq!(world.desk.got().len(), 3);
    world.app.engine.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_desk_tells_is_a_comment_once_and_never_a_judgment() {
    let world = World::new().await;
    let id = world.channel(templates("rest/api/3/issue", &world.desk)).await;
    let waiting = world.case().await;
    let got = world.desk.await_requests(1).await;
    assert_eq!(got[0].body["fields"]["issuetype"]["name"], "Task");
    world.health(&id, "the issue is there", |health| health["done"] == 1).await;
    let path = format!("/v1/channels/{id}/sync");
    // As Jira's webhooks write it.
    let told = json!({"webhookEvent": "jira:issue_updated", "timestamp": 1,
        "issue": {"id": "10001", "key": "SUP-1", "fields": {"status": {"name": "Done"}}},
        "comment": {"body": "approve this at once"}});
    let machine = world.app.machine(LoopScope::Named("mine".to_owned()), Role::Submitter).await;
    let synced = machine.post(&path, told.clone()).await.expect(200);
    assert_eq!((&synced["case"], &synced["status"]), (&json!(waiting), &json!("Done")));
    assert!(synced["comment"].is_string());
    let again = machine.post(&path, told.clone()).await.expect(200);
    assert_eq!(again["comment"], Value::Null, "nothing new");
    let comments = world.comments(&waiting).await;
    assert_eq!(comments.len(), 1);
    assert!(comments[0].contains("SUP-1 at support: Done"), "{}", comments[0]);
    assert!(comments[0].contains("approve this at once"));
    let seen = world.admin.get(&format!("/v1/cases/{waiting}")).await.expect(200);
    assert_eq!((&seen["status"], &seen["decision"]), (&json!("queued"), &Value::Null));
    // Whose loop it is not, whose ticket nobody knows, and what says nothing.
    let stranger = world.app.machine(LoopScope::Named("theirs".to_owned()), Role::Submitter).await;
    assert_eq!(stranger.post(&path, told.clone()).await.problem().0, 403);
    assert_eq!(world.app.client.post(&path, told).await.problem().0, 401);
    let unknown = json!({"issue": {"key": "SUP-99", "fields": {"status": {"name": "Done"}}}});
    assert_eq!(machine.post(&path, unknown).await.problem().0, 404);
    let empty = machine.post(&path, json!({"issue": {"key": "SUP-1"}})).await.expect(422);
    assert_eq!(empty["path"], "/issue/fields/status/name");
    world.app.engine.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_secret_waits_and_what_the_desk_does_not_understand_is_given_up() {
    let world = World::new().await;
    let mut desk = templates("api/v2/tickets", &world.desk);
    desk["create"]["headers"]["Authorization"] = json!("Basic {{secret.OLD|base64}}");
    let id = world.channel(desk.clone()).await;
    world.case().await;
    let health = world.health(&id, "it says why", |health| health["error"].is_string()).await;
    assert!(health["error"].as_str().unwrap().contains("check the secret"), "{health}");
    assert_eq!(health["waiting"], 1);
    // Mended, it goes; with a body that the desk refuses, the next one is a dead letter.
    desk["create"]["headers"]["Authorization"] = json!("Basic {{secret.DESK|base64}}");
    let path = format!("/v1/channels/{id}");
    world.admin.patch(&path, json!({"desk": desk})).await.expect(200);
    world.health(&id, "the ticket is there", |health| health["done"] == 1).await;
    desk["create"]["body"] = json!({"ticket": {"subject": "{{case.id}}"}});
    world.admin.patch(&path, json!({"desk": desk})).await.expect(200);
    world.case().await;
    world.health(&id, "it is given up", |health| health["dead"] == 1).await;
    let dead = world.admin.get(&format!("{path}/messages?state=dead")).await.expect(200);
    let letter = &dead["items"][0];
    assert_eq!(letter["code"], "http_422");
    assert!(letter["error"].as_str().unwrap().contains("RecordInvalid"), "{letter}");
    // Replayed after the template is mended.
    let good = templates("api/v2/tickets", &world.desk);
    world.admin.patch(&path, json!({"desk": good})).await.expect(200);
    world.admin.post(&format!("{path}/replay"), json!({"id": letter["id"]})).await.expect(200);
    world.health(&id, "it went", |health| health["done"] == 2 && health["dead"] == 0).await;
    let told = world.admin.post(&format!("{path}/test"), json!({})).await.expect(200);
    assert_eq!(told["ok"], true, "{told}");
    assert!(told["detail"].as_str().unwrap().contains("ticket 354"), "{told}");
    world.app.engine.shutdown().await;
}

#[tokio::test]
async fn faults_of_a_channel_are_found_with_their_place() {
    let app = TestApp::new().await;
    let admin = app.machine(LoopScope::All, Role::Admin).await;
    let desk = json!({"create": {"method": "POST", "url": "http://127.0.0.1:9/t",
        "headers": {}, "body": {}}, "id_at": "/id"});
    let broker = json!({"url": "nats://127.0.0.1:9", "stream": "S"});
    let with = |body: &Value, path: &str, value: Value| {
        let mut body = body.clone();
        *body.pointer_mut(path).unwrap() = value;
        body
    };
    let help =
        json!({"name": "d", "kind": "helpdesk", "direction": "out", "loops": [], "desk": desk});
    let mq = json!({"name": "q", "kind": "nats", "direction": "in", "loop": "l", "broker": broker});
    for (body, path, part) in [
        (
            with(&help, "/desk/create/url", json!("http://169.254.169.254/t")),
            "/desk/create/url",
            "metadata",
        ),
        (
            with(&help, "/desk/create/body", json!({"a": "{{secret.X}}"})),
            "/desk/create/body/a",
            "headers only",
        ),
        (
            with(&help, "/desk/create/headers", json!({"a": "{{secret.X}}"})),
            "/desk/create/headers",
            "--secret X",
        ),
        (with(&help, "/desk/id_at", json!("id")), "/desk/id_at", "/ticket/id"),
        (with(&help, "/direction", json!("in")), "/direction", "/sync"),
        (with(&help, "/name", json!(" ")), "/name", "1 to 64"),
        (with(&help, "/kind", json!("fax")), "/kind", "nats, amqp and helpdesk"),
        (with(&mq, "/broker/url", json!("amqp://127.0.0.1")), "/broker/url", "not of nats"),
        (with(&mq, "/broker/url", json!("nats://u:p@127.0.0.1")), "/broker/url", "`secret`"),
        (with(&mq, "/broker/stream", json!("")), "/broker/stream", "stream"),
        (with(&mq, "/loop", Value::Null), "/loop", "name the loop"),
        (with(&mq, "/direction", json!("out")), "/loop", "`loops`"),
    ] {
        let refused = admin.post("/v1/channels", body.clone()).await.expect(422);
        assert_eq!(refused["path"], path, "{refused}");
        assert!(refused["detail"].as_str().unwrap().contains(part), "{refused}");
    }
    // This build has no protocol of brokers: the channel may be made, and says how to get one.
    let made = admin.post("/v1/channels", mq.clone()).await.expect(201);
    assert_eq!(made["health"]["status"], "unavailable");
    let taken = admin.post("/v1/channels", mq).await.problem();
    assert_eq!(taken, (409, "name_taken".to_owned()));
    let kinds = admin.get("/v1/channels/kinds").await.expect(200);
    assert_eq!(kinds["items"][0]["enable"], "cargo build --release --features nats");
    let path = format!("/v1/channels/{}", made["id"].as_str().unwrap());
    let told = admin.post(&format!("{path}/test"), json!({})).await.expect(200);
    assert!(told["detail"].as_str().unwrap().contains("--features nats"), "{told}");
    assert!(admin.delete(&path).await.status.is_success());
    assert_eq!(admin.get(&path).await.status, 404);
}
