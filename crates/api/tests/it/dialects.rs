//! Dialects over both databases; their own clients are in `sdk/python/tests`.

use axum::body::Body;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tandem_domain::roles::Role;
use tandem_engine::LoopScope;
use tandem_testkit::{Client, Reply, TestApp, by_hand};

const DAY: &str = "20260101";
const TIME: &str = "20260101T000000Z";
pub(crate) const ARN: &str = "arn:aws:sagemaker:eu-west-1:123456789012:flow-definition/tickets";

/// A signer of requests, written from the description of Signature Version 4.
#[derive(Clone)]
pub(crate) struct Aws {
    client: Client,
    id: String,
    secret: String,
    time: &'static str,
    /// The operation, where it is in a header.
    target: Option<String>,
}

impl Aws {
    pub(crate) async fn new(app: &TestApp, role: Role) -> Self {
        Self::with(app, json!([{"loop": "*", "role": role.as_str()}])).await
    }

    pub(crate) async fn with(app: &TestApp, roles: Value) -> Self {
        Self::of(app, json!({"name": "aws", "roles": roles})).await
    }

    async fn of(app: &TestApp, key: Value) -> Self {
        let admin = app.machine(LoopScope::All, Role::Admin).await;
        let key = admin.post("/v1/keys", key).await.expect(201);
        Self::pair(app, &admin, &key).await
    }

    /// The pair of a key that is there.
    async fn pair(app: &TestApp, admin: &Client, key: &Value) -> Self {
        let path = format!("/v1/keys/{}/aws", key["id"].as_str().unwrap());
        let pair = admin.post(&path, json!({})).await.expect(200);
        let text = |name: &str| pair[name].as_str().unwrap().to_owned();
        let (id, secret) = (text("access_key_id"), text("secret_access_key"));
        Self { client: app.client.clone(), id, secret, time: TIME, target: None }
    }

    /// An operation of `sagemaker`.
    pub(crate) async fn control(&self, operation: &str, body: &Value) -> Reply {
        let mut signer = self.clone();
        signer.target = Some(format!("SageMaker.{operation}"));
        signer.send("sagemaker", "POST", "/compat/a2i", &body.to_string()).await
    }

    pub(crate) async fn send(&self, service: &str, method: &str, path: &str, body: &str) -> Reply {
        self.forged(service, method, path, body, body).await
    }

    /// Signs one body and sends another.
    async fn forged(
        &self,
        service: &str,
        method: &str,
        path: &str,
        signed: &str,
        sent: &str,
    ) -> Reply {
        let hash = |text: &str| hex::encode(Sha256::digest(text.as_bytes()));
        let mut headers = format!("host:tandem\nx-amz-date:{}\n", self.time);
        let mut names = "host;x-amz-date".to_owned();
        let mut client = self.client.with("host", "tandem").with("x-amz-date", self.time);
        if let Some(target) = &self.target {
            headers = format!("{headers}x-amz-target:{target}\n");
            names += ";x-amz-target";
            client = client.with("x-amz-target", target);
        }
        let canonical = format!("{method}\n{path}\n\n{headers}\n{names}\n{}", hash(signed));
        let scope = format!("{DAY}/eu-west-1/{service}/aws4_request");
        let text = format!("AWS4-HMAC-SHA256\n{}\n{scope}\n{}", self.time, hash(&canonical));
        let mut key = format!("AWS4{}", self.secret).into_bytes();
        for part in [DAY, "eu-west-1", service, "aws4_request", &text] {
            let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
            mac.update(part.as_bytes());
            key = mac.finalize().into_bytes().to_vec();
        }
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={}",
            self.id,
            hex::encode(key)
        );
        let client = client.with("authorization", &authorization);
        client.send(method, path, Body::from(sent.to_owned())).await
    }
}

pub(crate) fn start(name: &str, text: &str) -> String {
    let content = json!({ "text": text }).to_string();
    json!({
        "HumanLoopName": name, "FlowDefinitionArn": ARN, "HumanLoopInput": {"InputContent": content},
    })
    .to_string()
}

pub(crate) const LOOPS: &str = "/compat/a2i/human-loops";

pub(crate) async fn judge(person: &Client, of_loop: &str, said: Value) -> Reply {
    let claims = person.post("/v1/claims", json!({"loops": [of_loop]})).await.expect(201);
    let claim = &claims["claims"][0];
    let mut said = said;
    said["claim"] = claim["id"].clone();
    said["token"] = claim["token"].clone();
    if let Some(seen) = claim["proposal"]["digest"].as_str() {
        said["seen"] = seen.into();
    }
    let path = format!("/v1/cases/{}/judgments", claim["case"]["id"].as_str().unwrap());
    person.post(&path, said).await
}

#[tokio::test]
async fn a_human_loop_from_start_to_output() {
    let app = TestApp::new().await;
    app.publish(&by_hand("tickets")).await;
    let aws = Aws::new(&app, Role::Submitter).await;
    let (_, person) = app.person("r@example.org", LoopScope::All, Role::Reviewer).await;
    let service = "sagemaker";
    for _ in 0..2 {
        let started = aws.send(service, "POST", LOOPS, &start("one", "hello")).await.expect(200);
        let arn = "arn:aws:sagemaker:eu-west-1:123456789012:human-loop/one";
        assert_eq!(started, json!({ "HumanLoopArn": arn }));
    }
    let other = aws.send(service, "POST", LOOPS, &start("one", "other")).await;
    assert_eq!(
        (other.status.as_u16(), other.header("x-amzn-errortype")),
        (409, "ConflictException")
    );
    let one = format!("{LOOPS}/one");
    let waiting = aws.send(service, "GET", &one, "").await.expect(200);
    assert_eq!(waiting["HumanLoopStatus"], "InProgress");
    let early = aws.send(service, "DELETE", &one, "").await;
    assert_eq!(early.header("x-amzn-errortype"), "ValidationException");
    let said = json!({"verdict": "answer", "answer": {"intent": "other"}, "elapsed_ms": 2500});
    judge(&person, "tickets", said).await.expect(201);
    let done = aws.send(service, "GET", &one, "").await.expect(200);
    let uri = done["HumanLoopOutput"]["OutputS3Uri"].as_str().unwrap();
    assert_eq!(uri, "s3://tandem/tickets/2026/01/01/00/00/00/one/output.json");
    let path = uri.replace("s3:/", "/compat/a2i");
    let output = aws.send("s3", "GET", &path, "").await.expect(200);
    assert_eq!(output["humanAnswers"][0]["answerContent"], json!({"intent": "other"}));
    assert_eq!(output["humanAnswers"][0]["timeSpentInSeconds"], 2.5);
    let stranger = Aws::new(&app, Role::Submitter).await;
    let hidden = stranger.send("s3", "GET", &path, "").await;
    assert!(hidden.text().contains("<Code>NoSuchKey</Code>"), "{}", hidden.text());
    aws.send(service, "DELETE", &one, "").await.expect(200);
    let gone = aws.send(service, "GET", &one, "").await;
    assert_eq!(gone.header("x-amzn-errortype"), "ResourceNotFoundException");
    assert_eq!(aws.send("s3", "GET", &path, "").await.status.as_u16(), 404);
}

#[tokio::test]
async fn a_signature_is_over_these_bytes_now_for_this_service() {
    let app = TestApp::new().await;
    app.publish(&by_hand("tickets")).await;
    let aws = Aws::new(&app, Role::Submitter).await;
    let kind = |reply: Reply| reply.header("x-amzn-errortype").to_owned();
    let (honest, other) = (start("one", "honest"), start("one", "forged"));
    let forged = aws.forged("sagemaker", "POST", LOOPS, &honest, &other).await;
    assert_eq!(kind(forged), "InvalidSignatureException");
    let elsewhere = aws.send("s3", "POST", LOOPS, &honest).await;
    assert_eq!(kind(elsewhere), "IncompleteSignatureException");
    let unsigned = app.client.with("host", "tandem").send("POST", LOOPS, honest.clone()).await;
    assert_eq!(kind(unsigned), "MissingAuthenticationTokenException");
    app.advance(16 * 60 * 1_000_000);
    assert_eq!(
        kind(aws.send("sagemaker", "POST", LOOPS, &honest).await),
        "InvalidSignatureException"
    );
    let later = Aws { time: "20260101T001600Z", ..aws };
    later.send("sagemaker", "POST", LOOPS, &honest).await.expect(200);
}

async fn last_used(app: &TestApp, admin: &Client, key: &Value) -> Value {
    app.engine.accounts().flush_used().await.unwrap();
    let keys = admin.get("/v1/keys").await.expect(200);
    let mut keys = keys["items"].as_array().unwrap().iter();
    keys.find(|found| found["id"] == key["id"]).unwrap()["last_used_at"].clone()
}

#[tokio::test]
async fn whoever_knows_an_access_key_id_locks_no_key_out() {
    let slow = |config: &mut tandem_api::ApiConfig| (config.rate, config.burst) = (0.01, 20.0);
    let app = TestApp::builder().config(slow).start().await;
    app.publish(&by_hand("tickets")).await;
    let admin = app.machine(LoopScope::All, Role::Admin).await;
    let roles = json!([{"loop": "*", "role": "submitter"}]);
    let key = admin.post("/v1/keys", json!({"name": "aws", "roles": roles})).await.expect(201);
    let honest = Aws::pair(&app, &admin, &key).await;
    let forger = Aws { secret: "unknown".to_owned(), ..honest.clone() };
    let one = format!("{LOOPS}/one");
    for _ in 0..30 {
        let forged = forger.send("sagemaker", "GET", &one, "").await;
        assert_eq!(forged.header("x-amzn-errortype"), "InvalidSignatureException");
    }
    assert_eq!(last_used(&app, &admin, &key).await, Value::Null);
    let bearer = format!("Bearer {}", key["secret"].as_str().unwrap());
    let bearer = app.client.with("authorization", &bearer);
    honest.send("sagemaker", "POST", LOOPS, &start("one", "hello")).await.expect(200);
    // What is large waits until the forger is slower.
    let large = honest.send("sagemaker", "POST", LOOPS, &start("two", &"x".repeat(70_000))).await;
    assert_eq!(large.header("x-amzn-errortype"), "ThrottlingException");
    assert_ne!(last_used(&app, &admin, &key).await, Value::Null);
    bearer.get("/v1/loops/tickets").await.expect(200);
    // And what the key signed counts as ever.
    let mut counted = 0;
    while honest.send("sagemaker", "GET", &one, "").await.status.is_success() {
        counted += 1;
    }
    assert!(counted < 20, "{counted}");
}

#[tokio::test]
async fn what_is_fetched_has_no_body() {
    let app = TestApp::new().await;
    let aws = Aws::new(&app, Role::Submitter).await;
    let path = "/compat/a2i/bucket/key/output.json";
    assert_eq!(aws.send("s3", "GET", path, &"x".repeat(2_000)).await.status.as_u16(), 413);
    assert_eq!(aws.send("s3", "GET", path, "").await.status.as_u16(), 404);
}

#[tokio::test]
async fn what_fails_on_the_way_can_be_asked_again() {
    let app = TestApp::new().await;
    app.publish(&by_hand("tickets")).await;
    let aws = Aws::new(&app, Role::Submitter).await;
    let wrong = json!({
        "HumanLoopName": "one", "FlowDefinitionArn": ARN,
        "HumanLoopInput": {"InputContent": "{\"nothing\": 1}"},
    });
    let refused = aws.send("sagemaker", "POST", LOOPS, &wrong.to_string()).await;
    assert_eq!(refused.header("x-amzn-errortype"), "ValidationException");
    aws.send("sagemaker", "POST", LOOPS, &start("one", "hello")).await.expect(200);
}

#[tokio::test]
async fn a_name_is_burnt_by_no_request_that_came_to_nothing() {
    let app = TestApp::new().await;
    app.publish(&by_hand("tickets")).await;
    app.publish(APPROVALS).await;
    let aws = Aws::new(&app, Role::Submitter).await;
    let wrong = json!({
        "HumanLoopName": "one", "FlowDefinitionArn": ARN,
        "HumanLoopInput": {"InputContent": "{\"nothing\": 1}"},
    });
    // A first request took the name and died before its case was written.
    let by = app.engine.accounts().by_access_key(&aws.id).await.unwrap();
    let died = tandem_engine::named::NewName {
        kind: tandem_engine::named::Kind::HumanLoop,
        name: "one".to_owned(),
        parent: "tickets".to_owned(),
        loop_name: "tickets".to_owned(),
        content: b"tickets\0{\"nothing\": 1}".to_vec(),
        document: json!({}),
    };
    assert!(app.engine.take_name(&by, died).await.unwrap().1);
    let refused = aws.send("sagemaker", "POST", LOOPS, &wrong.to_string()).await;
    assert_eq!(refused.header("x-amzn-errortype"), "ValidationException");
    aws.send("sagemaker", "POST", LOOPS, &start("one", "hello")).await.expect(200);
    // What is refused beside a case takes its name from nobody.
    let agent = app.machine(LoopScope::All, Role::Submitter).await;
    let other = app.machine(LoopScope::All, Role::Submitter).await;
    let base = "/compat/humanlayer/v1/function_calls";
    let call =
        |run: &str| json!({"run_id": run, "call_id": "c-1", "spec": {"fn": "f", "kwargs": {}}});
    agent.post(base, call("r")).await.expect(200);
    assert_eq!(other.post(base, call("s")).await.status.as_u16(), 409);
    agent.get(&format!("{base}/c-1")).await.expect(200);
}

/// Of requests of one name at once, some refused, whichever made a case finds it by its name.
#[tokio::test]
async fn a_case_keeps_its_name_beside_requests_that_are_refused() {
    let app = TestApp::new().await;
    app.publish(&APPROVALS.replace("state: { kind: json", "state: { kind: text")).await;
    let agent = app.machine(LoopScope::All, Role::Submitter).await;
    let base = "/compat/humanlayer/v1/function_calls";
    for round in 0..20 {
        // The call is the same; the state of one is no text, and another's makes another case.
        let call = |state: Value| {
            json!({"run_id": "r", "call_id": format!("c-{round}"),
            "spec": {"fn": "f", "kwargs": {}, "state": state}})
        };
        let (refused, one, again, other) = tokio::join!(
            agent.post(base, call(json!(5))),
            agent.post(base, call(json!("one"))),
            agent.post(base, call(json!(5))),
            agent.post(base, call(json!("other")))
        );
        for reply in [refused, one, again, other] {
            let status = reply.status.as_u16();
            assert!([200, 409, 422].contains(&status), "{}", reply.text());
        }
        agent.get(&format!("{base}/c-{round}")).await.expect(200);
    }
}

#[tokio::test]
async fn listing_is_in_pages_of_what_one_may_see() {
    let app = TestApp::new().await;
    app.publish(&by_hand("tickets")).await;
    let (mine, theirs) =
        (Aws::new(&app, Role::Submitter).await, Aws::new(&app, Role::Submitter).await);
    for (aws, name) in [(&mine, "a"), (&theirs, "b"), (&mine, "c")] {
        aws.send("sagemaker", "POST", LOOPS, &start(name, name)).await.expect(200);
        app.advance(1);
    }
    // The signer signs no query; the pages over HTTP are read in Python.
    let query = tandem_engine::named::NameQuery { limit: 1, ..Default::default() };
    let by = app.engine.accounts().by_access_key(&mine.id).await.unwrap();
    let kind = tandem_engine::named::Kind::HumanLoop;
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let wanted = tandem_engine::named::NameQuery { after, ..query.clone() };
        let page = app.engine.names(&by, kind, wanted).await.unwrap();
        seen.extend(page.items.into_iter().map(|(name, _)| name.name));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, ["a", "c"]);
}

pub(crate) fn flow(name: &str, of_loop: &str, output: &str) -> Value {
    json!({
        "FlowDefinitionName": name,
        "OutputConfig": {"S3OutputPath": output},
        "RoleArn": "arn:aws:iam::123456789012:role/a2i",
        "Tags": [{"Key": "tandem:loop", "Value": of_loop}],
    })
}

#[tokio::test]
async fn a_key_of_one_loop_names_no_flow_after_another() {
    let app = TestApp::new().await;
    app.engine.reached_at("https://tandem.example.org").unwrap();
    app.publish(&by_hand("tickets")).await;
    app.publish(&by_hand("mine")).await;
    let all = Aws::new(&app, Role::Orchestrator).await;
    let mine = Aws::with(&app, json!([{"loop": "mine", "role": "orchestrator"}])).await;
    let create = "CreateFlowDefinition";
    let taken = mine.control(create, &flow("tickets", "mine", "s3://answers")).await;
    assert_eq!(taken.expect(400)["__type"], "AccessDeniedException");
    let elsewhere = flow("mine", "mine", "https://evil.example/compat/a2i/x");
    assert_eq!(mine.control(create, &elsewhere).await.expect(400)["__type"], "ValidationException");
    let here = "https://tandem.example.org/compat/a2i/x";
    mine.control(create, &flow("mine", "mine", here)).await.expect(200);
    all.send("sagemaker", "POST", LOOPS, &start("one", "hello")).await.expect(200);
    let admin = app.machine(LoopScope::All, Role::Admin).await;
    let got = admin.get("/v1/loops/tickets/cases").await.expect(200);
    assert_eq!(got["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_flow_is_the_same_for_every_key() {
    let app = TestApp::new().await;
    app.publish(&by_hand("tickets")).await;
    app.publish(&by_hand("other")).await;
    let owner = Aws::new(&app, Role::Orchestrator).await;
    let moved = flow("tickets", "other", "s3://answers");
    owner.control("CreateFlowDefinition", &moved).await.expect(200);
    let roles = json!([{"loop": "*", "role": "submitter"}]);
    let key = json!({"name": "blind", "roles": roles, "scopes": ["submit"]});
    let blind = Aws::of(&app, key).await;
    let one_loop = Aws::with(&app, json!([{"loop": "tickets", "role": "submitter"}])).await;
    blind.send("sagemaker", "POST", LOOPS, &start("one", "hello")).await.expect(200);
    let elsewhere = one_loop.send("sagemaker", "POST", LOOPS, &start("two", "hello")).await;
    assert_eq!(elsewhere.header("x-amzn-errortype"), "AccessDeniedException");
    let admin = app.machine(LoopScope::All, Role::Admin).await;
    for (name, count) in [("other", 1), ("tickets", 0)] {
        let got = admin.get(&format!("/v1/loops/{name}/cases")).await.expect(200);
        assert_eq!(got["items"].as_array().unwrap().len(), count, "{name}");
    }
}

pub(crate) const APPROVALS: &str =
    include_str!("../../../../examples/loops/humanlayer-approvals.yaml");

#[tokio::test]
async fn a_call_is_approved_once_and_rejected_in_words() {
    let app = TestApp::new().await;
    app.publish(APPROVALS).await;
    let agent = app.machine(LoopScope::All, Role::Submitter).await;
    let (_, person) = app.person("r@example.org", LoopScope::All, Role::Reviewer).await;
    let call = |id: &str, x: u32| json!({"run_id": "r", "call_id": id, "spec": {"fn": "multiply", "kwargs": {"x": x}}});
    let base = "/compat/humanlayer/v1/function_calls";
    for _ in 0..2 {
        let added = agent.post(base, call("c-1", 1)).await.expect(200);
        assert_eq!(added["status"]["approved"], Value::Null);
    }
    assert_eq!(agent.post(base, call("c-1", 2)).await.problem().1, "name_taken");
    judge(&person, "humanlayer-approvals", json!({"verdict": "approve"})).await.expect(201);
    let path = format!("{base}/c-1");
    // Sealed within a moment on PostgreSQL; until then nothing is said.
    let approved = loop {
        let told = agent.get(&path).await.expect(200);
        if told["status"]["approved"] != Value::Null {
            break told;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    };
    assert_eq!(approved["status"]["approved"], true);
    assert_eq!(approved["spec"]["kwargs"], json!({"x": 1}));
    app.advance(6 * 60 * 1_000_000);
    let later = agent.get(&path).await.expect(200);
    assert_eq!(later["status"]["approved"], false, "an approval opens once: {later}");
    agent.post(base, call("c-2", 1)).await.expect(200);
    judge(&person, "humanlayer-approvals", json!({"verdict": "reject"})).await.expect(201);
    let rejected = agent.get(&format!("{base}/c-2")).await.expect(200);
    assert_eq!(rejected["status"]["approved"], false);
    assert_eq!(rejected["status"]["comment"], "Rejected without a comment.");
    let stranger = app.machine(LoopScope::All, Role::Submitter).await;
    assert_eq!(stranger.get(&path).await.status.as_u16(), 404);
    assert_eq!(app.client.get(&path).await.problem().0, 401);
}

/// What the SDK is told in the end. On PostgreSQL a decision is sealed within a moment; until then
/// nothing is said.
async fn told(agent: &Client, path: &str) -> Value {
    loop {
        let told = agent.get(path).await.expect(200);
        if told["status"]["approved"] != Value::Null {
            return told;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

const TRANSFERS: &str = r"loop: transfers
input: { run_id: { kind: text } }
answer:
  transfer:
    kind: action
    tools:
      transfer:
        schema:
          type: object
          required: [amount]
          additionalProperties: false
          properties: { amount: { type: number, minimum: 0 } }
review: { undo: 0s, approvals: { of: reviewer, count: 2 } }
";

#[tokio::test]
async fn only_what_the_agent_runs_is_approved() {
    let app = TestApp::new().await;
    app.publish(APPROVALS).await;
    app.publish(TRANSFERS).await;
    let agent = app.machine(LoopScope::All, Role::Submitter).await;
    let mut people = Vec::new();
    for name in ["a", "b", "c"] {
        people.push(
            app.person(&format!("{name}@example.org"), LoopScope::All, Role::Reviewer).await.1,
        );
    }
    // A reviewer edits, two others approve the edit: the SDK would run what it asked for.
    let base = "/compat/humanlayer/loops/transfers/v1/function_calls";
    let call = json!({"run_id": "r", "call_id": "t-1",
        "spec": {"fn": "transfer", "kwargs": {"amount": 900}}});
    agent.post(base, call).await.expect(200);
    let edit = json!({"verdict": "modify", "answer":
        {"transfer": {"tool": "transfer", "arguments": {"amount": 9}}}});
    judge(&people[0], "transfers", edit).await.expect(201);
    for person in &people[1..] {
        judge(person, "transfers", json!({"verdict": "approve"})).await.expect(201);
    }
    let edited = told(&agent, &format!("{base}/t-1")).await;
    assert_eq!(edited["status"]["approved"], false, "{edited}");
    assert!(edited["status"]["comment"].as_str().unwrap().contains("{\"amount\":9"), "{edited}");
    // A reviewer wants changes, and what is proposed then is approved.
    let base = "/compat/humanlayer/v1/function_calls";
    let call = json!({"run_id": "r", "call_id": "c-1",
        "spec": {"fn": "multiply", "kwargs": {"x": 1}}});
    agent.post(base, call).await.expect(200);
    let wanted = json!({"verdict": "request_changes", "comment": "smaller"});
    let judged = judge(&people[0], "humanlayer-approvals", wanted).await.expect(201);
    let path = format!("/v1/cases/{}/proposals", judged["case"]["id"].as_str().unwrap());
    let proposal = json!({"output": {"call": {"fn": "multiply", "kwargs": {"x": 0}}}});
    let orchestrator = app.machine(LoopScope::All, Role::Orchestrator).await;
    let proposed = orchestrator.post(&path, proposal).await;
    assert!(proposed.status.is_success(), "{}", proposed.text());
    judge(&people[1], "humanlayer-approvals", json!({"verdict": "approve"})).await.expect(201);
    let changed = told(&agent, &format!("{base}/c-1")).await;
    assert_eq!(changed["status"]["approved"], false, "{changed}");
    assert!(changed["status"]["comment"].as_str().unwrap().contains("{\"x\":0}"), "{changed}");
}

#[tokio::test]
async fn nobody_but_the_asker_is_told_yes() {
    let app = TestApp::new().await;
    app.publish(APPROVALS).await;
    let agent = app.machine(LoopScope::All, Role::Submitter).await;
    let other = app.machine(LoopScope::All, Role::Submitter).await;
    let orchestrator = app.machine(LoopScope::All, Role::Orchestrator).await;
    let (_, person) = app.person("r@example.org", LoopScope::All, Role::Reviewer).await;
    let base = "/compat/humanlayer/v1/function_calls";
    let call = json!({"run_id": "r", "call_id": "c-1",
        "spec": {"fn": "multiply", "kwargs": {"x": 1}}});
    agent.post(base, call.clone()).await.expect(200);
    let path = format!("{base}/c-1");
    let respond = "/compat/humanlayer/v1/agent/function_calls/c-1/respond";
    let said = person.post(respond, json!({"approved": true, "comment": "for you"})).await;
    assert_eq!(said.expect(200)["status"]["approved"], Value::Null);
    for reader in [&person, &orchestrator] {
        let seen = reader.get(&path).await.expect(200);
        assert_eq!(seen["status"]["approved"], Value::Null, "{seen}");
    }
    // The same call by another key is not theirs: it learns nothing of what was said.
    assert_eq!(other.post(base, call).await.problem(), (409, "name_taken".to_owned()));
    let told = told(&agent, &path).await;
    assert_eq!(
        (&told["status"]["approved"], &told["status"]["comment"]),
        (&json!(true), &json!("for you"))
    );
    let again = agent.get(&path).await.expect(200);
    assert_eq!(again["status"]["approved"], true);
}

#[tokio::test]
async fn an_answer_from_outside_is_no_persons() {
    let app = TestApp::new().await;
    app.publish(&by_hand("tickets")).await;
    let aws = Aws::new(&app, Role::Orchestrator).await;
    let owner = app.machine(LoopScope::All, Role::Submitter).await;
    let case = json!({"input": {"text": "hello"}});
    let case = owner.post("/v1/loops/tickets/cases", case).await.expect(201);
    let by = app.engine.accounts().by_access_key(&aws.id).await.unwrap();
    assert!(by.reviewer(Some("tickets")).is_err(), "a machine's key reviews nothing");
    let path = format!("/v1/cases/{}", case["id"].as_str().unwrap());
    assert_eq!(owner.get(&path).await.expect(200)["status"], "queued");
    // Unsigned, or of no known operation, nothing is done.
    let target = app.client.with("x-amz-target", "AWSStepFunctions.SendTaskSuccess");
    let body = json!({"taskToken": case["id"], "output": "{\"intent\": \"other\"}"}).to_string();
    let unsigned = target.with("host", "tandem").send("POST", "/compat/stepfunctions", body).await;
    assert_eq!(unsigned.expect(400)["__type"], "MissingAuthenticationTokenException");
    let unknown = aws.send("states", "POST", "/compat/stepfunctions", "{}").await;
    assert_eq!(unknown.expect(400)["__type"], "UnknownOperationException");
    let seen = owner.get(&path).await.expect(200);
    assert_eq!((&seen["status"], &seen["decision"]), (&json!("queued"), &Value::Null));
}

/// Of what a task gave back, as much as the service takes and no more; of what is larger nothing is read.
#[tokio::test]
async fn an_output_is_as_long_as_the_service_takes() {
    let app = TestApp::new().await;
    app.publish(&by_hand("tickets")).await;
    let aws = Aws::new(&app, Role::Orchestrator).await;
    let owner = app.machine(LoopScope::All, Role::Submitter).await;
    let case = json!({"input": {"text": "hello"}});
    let case = owner.post("/v1/loops/tickets/cases", case).await.expect(201);
    let mut sfn = aws.clone();
    sfn.target = Some("AWSStepFunctions.SendTaskSuccess".to_owned());
    let send = async |output: String| {
        let body = json!({"taskToken": case["id"], "output": output}).to_string();
        sfn.send("states", "POST", "/compat/stepfunctions", &body).await
    };
    let padded = |count: usize| {
        let output = "{\"intent\": \"other\"}";
        format!("{output}{}", " ".repeat(count - output.len()))
    };
    let over = send(padded(262_145)).await.expect(400);
    assert_eq!(over["__type"], "InvalidOutput", "{over}");
    let whole = send(padded(2 << 20)).await;
    let status = whole.status.as_u16();
    assert_eq!(whole.json()["__type"], "RequestEntityTooLargeException", "{status}");
    let path = format!("/v1/cases/{}", case["id"].as_str().unwrap());
    assert_eq!(owner.get(&path).await.expect(200)["proposals"], json!([]));
    send(padded(262_144)).await.expect(200);
    assert_eq!(owner.get(&path).await.expect(200)["proposals"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_task_is_a_case() {
    let app = TestApp::new().await;
    app.publish(&by_hand("tickets")).await;
    let agent = app.machine(LoopScope::All, Role::Submitter).await.with("a2a-version", "1.0");
    let (_, person) = app.person("r@example.org", LoopScope::All, Role::Reviewer).await;
    let message = |id: &str, text: &str| json!({"message": {"messageId": id, "role": "ROLE_USER", "parts": [{"text": text}]}});
    let send = "/compat/a2a/tickets/message:send";
    let sent = agent.post(send, message("m-1", "hello")).await.expect(200);
    assert_eq!(sent["task"]["status"]["state"], "TASK_STATE_INPUT_REQUIRED");
    let again = agent.post(send, message("m-1", "hello")).await.expect(200);
    assert_eq!(again["task"]["id"], sent["task"]["id"]);
    let other = agent.post(send, message("m-1", "other")).await.expect(400);
    assert_eq!(other["error"]["details"][0]["reason"], "UNSUPPORTED_OPERATION");
    let said = json!({"verdict": "answer", "answer": {"intent": "other"}});
    judge(&person, "tickets", said).await.expect(201);
    let path = format!("/compat/a2a/tasks/{}", sent["task"]["id"].as_str().unwrap());
    let done = agent.get(&path).await.expect(200);
    assert_eq!(done["status"]["state"], "TASK_STATE_COMPLETED");
    assert_eq!(done["artifacts"][0]["parts"][0]["data"]["output"], json!({"intent": "other"}));
    let cancel = agent.post(&format!("{path}:cancel"), json!({})).await.expect(400);
    assert_eq!(cancel["error"]["details"][0]["reason"], "TASK_NOT_CANCELABLE");
    let rpc = json!({"jsonrpc": "2.0", "id": 7, "method": "Nothing", "params": {}});
    let unknown = agent.post("/compat/a2a/rpc", rpc).await.expect(200);
    assert_eq!((&unknown["id"], &unknown["error"]["code"]), (&json!(7), &json!(-32601)));
    let card = app.client.with("host", "t:1").get("/.well-known/agent-card.json").await.expect(200);
    assert_eq!(card["supportedInterfaces"][1]["url"], "http://t:1/compat/a2a");
    assert_eq!(app.client.get(&path).await.status.as_u16(), 401);
}

/// What somebody who shall look at a decided case as if nobody had sees of it in every dialect.
#[tokio::test]
async fn what_must_look_undecided_does_in_every_dialect() {
    let app = TestApp::new().await;
    let policy = "coverage: selective\nreview: { undo: 0s }\n\
                  policy: { confidence: { auto_at: 0.9, audit_rate: 1.0 } }\n";
    app.publish(&tandem_testkit::tickets("tickets", policy)).await;
    let agent = app.machine(LoopScope::All, Role::Submitter).await.with("a2a-version", "1.0");
    let (member, person) = app.person("r@example.org", LoopScope::All, Role::Reviewer).await;
    let person = person.with("a2a-version", "1.0");
    let data = json!({"input": {"text": "hello"},
        "proposal": {"output": {"intent": "lost_card"}, "confidence": 0.95, "model": "m@1"}});
    let message = json!({"message": {"messageId": "m-1", "parts": [{"data": data}]}});
    let sent = agent.post("/compat/a2a/tickets/message:send", message).await.expect(200);
    assert_eq!(sent["task"]["status"]["state"], "TASK_STATE_COMPLETED");
    let path = format!("/compat/a2a/tasks/{}", sent["task"]["id"].as_str().unwrap());
    let seen = person.get(&path).await.expect(200);
    assert_eq!(seen["status"]["state"], "TASK_STATE_INPUT_REQUIRED", "{seen}");
    assert_eq!(seen["artifacts"], json!([]));
    let listed = person.get("/compat/a2a/tickets/tasks").await.expect(200);
    assert_eq!(listed["tasks"][0]["status"]["state"], "TASK_STATE_INPUT_REQUIRED");
    // Amazon A2I, by the key of the person who reviews and of the machine that asked.
    let aws = Aws::new(&app, Role::Submitter).await;
    let content = json!({"text": "hello", "tandem": {"proposal": data["proposal"]}}).to_string();
    let started = json!({"HumanLoopName": "one", "FlowDefinitionArn": ARN,
        "HumanLoopInput": {"InputContent": content}});
    aws.send("sagemaker", "POST", LOOPS, &started.to_string()).await.expect(200);
    let one = format!("{LOOPS}/one");
    let done = aws.send("sagemaker", "GET", &one, "").await.expect(200);
    let uri = done["HumanLoopOutput"]["OutputS3Uri"].as_str().unwrap();
    let auditing = Aws::of(&app, json!({"name": "of r", "member": member})).await;
    let seen = auditing.send("sagemaker", "GET", &one, "").await.expect(200);
    assert_eq!(seen["HumanLoopStatus"], "InProgress", "{seen}");
    let output = uri.replace("s3:/", "/compat/a2i");
    assert_eq!(auditing.send("s3", "GET", &output, "").await.status.as_u16(), 404);
    aws.send("s3", "GET", &output, "").await.expect(200);
}

#[tokio::test]
async fn a_blind_review_is_blind_to_calls_as_well() {
    let app = TestApp::new().await;
    app.publish(&APPROVALS.replace("  undo: 0s", "  undo: 0s\n  blind_rate: 1.0")).await;
    let agent = app.machine(LoopScope::All, Role::Submitter).await;
    let (_, person) = app.person("r@example.org", LoopScope::All, Role::Reviewer).await;
    let base = "/compat/humanlayer/v1/function_calls";
    let call = json!({"run_id": "r", "call_id": "c-1",
        "spec": {"fn": "multiply", "kwargs": {"x": 1}}});
    let added = agent.post(base, call).await.expect(200);
    assert_eq!(added["spec"]["kwargs"], json!({"x": 1}));
    let seen = person.get(&format!("{base}/c-1")).await.expect(200);
    assert_eq!((&seen["spec"]["fn"], &seen["spec"]["kwargs"]), (&json!(""), &json!({})));
}

#[tokio::test]
async fn a_message_about_a_task_is_done_once() {
    let app = TestApp::new().await;
    app.publish(&tandem_testkit::tickets("tickets", "review: { undo: 0s, reviewers: 2 }\n")).await;
    let agent = app.machine(LoopScope::All, Role::Submitter).await.with("a2a-version", "1.0");
    let people = [
        app.person("r@example.org", LoopScope::All, Role::Reviewer).await.1,
        app.person("s@example.org", LoopScope::All, Role::Reviewer).await.1,
    ];
    let send = "/compat/a2a/tickets/message:send";
    let message = |id: &str, parts: Value| json!({"message": {"messageId": id, "parts": parts}});
    let sent = agent.post(send, message("m-1", json!([{"text": "hello"}]))).await.expect(200);
    let task = sent["task"]["id"].as_str().unwrap().to_owned();
    let about = |id: &str, parts: Value| {
        let mut message = message(id, parts);
        message["message"]["taskId"] = json!(task);
        message
    };
    let case = || async {
        let admin = app.machine(LoopScope::All, Role::Auditor).await;
        admin.get(&format!("/v1/cases/{task}")).await.expect(200)
    };
    let proposal =
        json!([{"data": {"proposal": {"output": {"intent": "other"}}}}, {"text": "so?"}]);
    for id in ["", &"x".repeat(129)] {
        let refused = agent.post(send, about(id, proposal.clone())).await;
        assert_eq!(refused.expect(400)["error"]["details"][0]["reason"], "INVALID_PARAMS");
    }
    // What is refused as a whole writes no half.
    let long = json!([proposal[0], {"text": "x".repeat(16_385)}]);
    assert_eq!(agent.post(send, about("m-0", long)).await.status.as_u16(), 400);
    assert_eq!(case().await["proposals"], json!([]));
    agent.post(send, about("m-2", proposal.clone())).await.expect(200);
    judge(&people[0], "tickets", json!({"verdict": "approve"})).await.expect(201);
    agent.post(send, about("m-2", proposal.clone())).await.expect(200);
    let seen = case().await;
    assert_eq!(seen["proposals"].as_array().unwrap().len(), 1, "{seen}");
    assert_eq!(seen["progress"]["have"], 1, "the approval stands: {seen}");
    let other = json!([{"data": {"proposal": {"output": {"intent": "lost_card"}}}}]);
    assert_eq!(agent.post(send, about("m-2", other)).await.status.as_u16(), 400);
    let words = json!([{"text": "are you there?"}]);
    agent.post(send, about("m-3", words.clone())).await.expect(200);
    // A judgment by a member's key, sent twice, and everything again when it is over.
    let judging = people[1].with("a2a-version", "1.0");
    let verdict = json!([{"data": {"verdict": "approve"}}]);
    for _ in 0..2 {
        let done = judging.post(send, about("m-4", verdict.clone())).await.expect(200);
        assert_eq!(done["task"]["status"]["state"], "TASK_STATE_COMPLETED");
    }
    agent.post(send, about("m-2", proposal)).await.expect(200);
    agent.post(send, about("m-3", words.clone())).await.expect(200);
    let late = agent.post(send, about("m-5", words)).await.expect(400);
    assert_eq!(late["error"]["details"][0]["reason"], "UNSUPPORTED_OPERATION");
}
