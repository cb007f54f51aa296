//! Agents that ask people over MCP: every way of waiting, and everything that may go wrong meanwhile.

use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use serde_json::{Value, json};
use tandem_domain::roles::Role;
use tandem_engine::LoopScope;
use tandem_testkit::{Client, Reply, TestApp, by_hand};

const REFUNDS: &str = r"loop: refunds
input: { order: { kind: text } }
answer:
  refund:
    kind: action
    tools:
      refund:
        schema:
          type: object
          required: [order, amount]
          additionalProperties: false
          properties: { order: { type: string }, amount: { type: number, minimum: 0 } }
reject_reasons: [not_due]
review: { undo: 0s }
";
const NEW: &str = "2026-07-28";
const OLD: &str = "2025-11-25";

/// A server whose calls are held briefly, with an agent and a person who reviews.
struct World {
    app: TestApp,
    agent: Client,
    person: Client,
}

impl World {
    async fn new(hold: Duration) -> Self {
        let app = TestApp::builder().config(|config| config.mcp_hold = hold).start().await;
        app.engine.reached_at("https://tandem.example.org").unwrap();
        app.publish(REFUNDS).await;
        app.publish(&by_hand("tickets")).await;
        let agent = app.machine(LoopScope::All, Role::Submitter).await;
        let (_, person) = app.person("r@example.org", LoopScope::All, Role::Reviewer).await;
        Self { app, agent, person }
    }

    /// The verdict on the only case of a loop that waits.
    async fn judge(&self, verdict: Value) -> Value {
        let claims = json!({"limit": 1, "loops": ["refunds", "tickets"]});
        let claimed = self.person.post("/v1/claims", claims).await.expect(201);
        let claim = &claimed["claims"][0];
        let mut body = verdict;
        body["claim"] = claim["id"].clone();
        body["token"] = claim["token"].clone();
        if let Some(seen) = claim["proposal"]["digest"].as_str() {
            body["seen"] = seen.into();
        }
        let path = format!("/v1/cases/{}/judgments", claim["case"]["id"].as_str().unwrap());
        self.person.post(&path, body).await.expect(201)
    }

    /// Waits until so many calls wait.
    async fn parked(&self, calls: usize) {
        let end = Instant::now() + Duration::from_mins(5);
        while self.app.engine.waiting() < calls {
            assert!(Instant::now() < end, "no call waits");
            tokio::task::yield_now().await;
        }
    }

    /// The verdict, as soon as a call waits.
    async fn judge_once_parked(&self, verdict: Value) -> Value {
        self.parked(1).await;
        self.judge(verdict).await
    }

    async fn cases(&self, name: &str) -> usize {
        let admin = self.app.machine(LoopScope::All, Role::Admin).await;
        let page = admin.get(&format!("/v1/loops/{name}/cases")).await.expect(200);
        page["items"].as_array().unwrap().len()
    }
}

fn accepting(client: &Client) -> Client {
    client.with("accept", "application/json, text/event-stream")
}

/// A message of the older revisions.
async fn old(client: &Client, method: &str, params: Value) -> Reply {
    let client = accepting(client).with("mcp-protocol-version", OLD);
    let body = json!({"jsonrpc": "2.0", "id": 7, "method": method, "params": params});
    client.post("/mcp", body).await
}

/// A message of the newest revision, by a client with these capabilities.
async fn new(client: &Client, method: &str, mut params: Value, can: Value) -> Reply {
    let name = params["name"].as_str().or(params["taskId"].as_str()).unwrap_or_default().to_owned();
    params["_meta"]["io.modelcontextprotocol/protocolVersion"] = NEW.into();
    params["_meta"]["io.modelcontextprotocol/clientInfo"] = json!({"name": "t", "version": "1"});
    params["_meta"]["io.modelcontextprotocol/clientCapabilities"] = can;
    let mut client = accepting(client).with("mcp-protocol-version", NEW).with("mcp-method", method);
    if !name.is_empty() {
        client = client.with("mcp-name", &name);
    }
    client
        .post("/mcp", json!({"jsonrpc": "2.0", "id": 7, "method": method, "params": params}))
        .await
}

fn refund(amount: f64) -> Value {
    json!({
        "name": "request_approval",
        "arguments": {"loop": "refunds", "tool": "refund", "arguments": {"order": "A-17", "amount": amount}},
    })
}

fn tasks() -> Value {
    json!({"extensions": {"io.modelcontextprotocol/tasks": {}}})
}

/// What a tool gave back.
fn shown(reply: &Reply) -> Value {
    let message = reply.expect(200);
    assert_eq!(message["id"], 7, "{message}");
    let result = &message["result"];
    let text: Value =
        serde_json::from_str(result["content"][0]["text"].as_str().expect("text")).unwrap();
    assert_eq!(text, result["structuredContent"]);
    text
}

fn approve() -> Value {
    json!({"verdict": "approve"})
}

fn later() -> Duration {
    Duration::from_mins(10)
}

#[tokio::test]
async fn an_approved_call_comes_back_with_its_signed_grant() {
    let world = World::new(later()).await;
    let (reply, _) = tokio::join!(old(&world.agent, "tools/call", refund(24.0)), async {
        world.judge_once_parked(approve()).await
    });
    let shown = shown(&reply);
    assert_eq!(shown["status"], "approved");
    assert_eq!(shown["arguments"], json!({"order": "A-17", "amount": 24}));
    assert_eq!(shown["tool"], "refund");
    let note = shown["grant"]["note"].as_str().unwrap();
    assert!(note.starts_with("tandem-grant/v1\n"), "{note}");
    assert_eq!(shown["grant"]["digest"], shown["decision"]["digest"]);
    // The same call again is the same request and the same grant.
    let again = self::shown(&old(&world.agent, "tools/call", refund(24.0)).await);
    assert_eq!(again["grant"], shown["grant"]);
    assert_eq!(world.cases("refunds").await, 1);
    // What became of it is told by its request, and by nobody else.
    let told = json!({"name": "report_step", "arguments": {
        "kind": "tool_call", "name": "refund", "request_id": shown["request_id"]}});
    let stranger = world.app.machine(LoopScope::All, Role::Submitter).await;
    let refused = self::shown(&old(&stranger, "tools/call", told.clone()).await);
    assert_eq!(refused["error"]["code"], "not_found", "{refused}");
    let path = format!("/v1/cases/{}", shown["request_id"].as_str().unwrap());
    let seen = world.agent.get(&path).await.expect(200);
    assert!(seen["decision"]["gate"]["execution"].is_null(), "{seen}");
    assert_eq!(self::shown(&old(&world.agent, "tools/call", told).await)["status"], "ok");
    assert_eq!(
        world.agent.get(&path).await.expect(200)["decision"]["gate"]["execution"],
        "succeeded"
    );
}

#[tokio::test]
async fn an_edit_comes_back_as_what_may_run() {
    let world = World::new(later()).await;
    let edit = json!({"verdict": "modify", "answer":
        {"refund": {"tool": "refund", "arguments": {"order": "A-17", "amount": 20.0}}}});
    let (reply, _) =
        tokio::join!(old(&world.agent, "tools/call", refund(24.0)), world.judge_once_parked(edit));
    let shown = shown(&reply);
    assert_eq!((&shown["status"], &shown["arguments"]["amount"]), (&json!("modified"), &json!(20)));
}

#[tokio::test]
async fn an_edit_that_others_approve_is_told_as_one() {
    let world = World::new(Duration::from_millis(1)).await;
    let two = "review: { undo: 0s, approvals: { of: reviewer, count: 2 } }";
    world.app.publish(&REFUNDS.replace("review: { undo: 0s }", two)).await;
    let asked = shown(&old(&world.agent, "tools/call", refund(24.0)).await);
    assert_eq!(asked["status"], "pending", "{asked}");
    let edit = json!({"verdict": "modify", "answer":
        {"refund": {"tool": "refund", "arguments": {"order": "A-17", "amount": 20.0}}}});
    world.judge(edit).await;
    let mut world = world;
    for name in ["s@example.org", "t@example.org"] {
        world.person = world.app.person(name, LoopScope::All, Role::Reviewer).await.1;
        world.judge(approve()).await;
    }
    let told = shown(&old(&world.agent, "tools/call", refund(24.0)).await);
    assert_eq!((&told["status"], &told["arguments"]["amount"]), (&json!("modified"), &json!(20)));
    assert_eq!(told["message"], "Approved with changes; only these count.");
}

#[tokio::test]
async fn whoever_decides_an_appeal_blind_sees_no_decision() {
    let world = World::new(later()).await;
    let more = "review: { undo: 0s, rationale: required }\n\
                appeals: { window: 30d, deadline: 5d, reviewers: reviewer }\n";
    world.app.publish(&tandem_testkit::tickets("contested", more)).await;
    let made = world.agent.post("/v1/loops/contested/cases", tandem_testkit::case(0.5)).await;
    let id = made.expect(201)["id"].as_str().unwrap().to_owned();
    let said = json!({"verdict": "approve", "rationale": "clear-cut"});
    world.person.post(&format!("/v1/cases/{id}/judgments"), said).await.expect(201);
    let (_, second) = world.app.person("s@example.org", LoopScope::All, Role::Reviewer).await;
    let look = || json!({"name": "get_request", "arguments": {"request_id": id}});
    let seen = shown(&old(&second, "tools/call", look()).await);
    assert_eq!(seen["decision"]["outcome"], "approved");
    let appeal = json!({"by": "cust_991", "statement": "It was stolen."});
    world.agent.post(&format!("/v1/cases/{id}/appeal"), appeal).await.expect(201);
    let seen = shown(&old(&second, "tools/call", look()).await);
    assert_eq!((&seen["status"], &seen["decision"]), (&json!("pending"), &Value::Null), "{seen}");
    assert!(!seen.to_string().contains("card_arrival"), "{seen}");
    let whole = shown(&old(&world.agent, "tools/call", look()).await);
    assert_eq!(whole["decision"]["outcome"], "approved");
}

#[tokio::test]
async fn what_is_not_approved_has_no_grant_and_no_arguments() {
    let world = World::new(later()).await;
    for (amount, verdict, status) in [
        (1.0, json!({"verdict": "reject", "reasons": ["not_due"]}), "rejected"),
        (
            2.0,
            json!({"verdict": "answer", "answer": {"refund": {"respond": "paid on Monday"}}}),
            "answered",
        ),
    ] {
        let (reply, _) = tokio::join!(
            old(&world.agent, "tools/call", refund(amount)),
            world.judge_once_parked(verdict)
        );
        let shown = shown(&reply);
        assert_eq!(shown["status"], status, "{shown}");
        assert!(shown.get("grant").is_none() && shown.get("arguments").is_none(), "{shown}");
        if status == "answered" {
            assert_eq!(shown["respond"], "paid on Monday");
        }
    }
}

#[tokio::test]
async fn a_reviewer_who_wants_changes_gets_a_changed_call() {
    let world = World::new(later()).await;
    let wanted = json!({"verdict": "request_changes", "comment": "half of it"});
    let (reply, _) = tokio::join!(
        old(&world.agent, "tools/call", refund(24.0)),
        world.judge_once_parked(wanted)
    );
    let shown = shown(&reply);
    assert_eq!(
        (&shown["status"], &shown["changes_wanted"]["note"]),
        (&json!("changes_requested"), &json!("half of it"))
    );
    let mut half = refund(12.0);
    half["arguments"]["request_id"] = shown["request_id"].clone();
    let (reply, _) =
        tokio::join!(old(&world.agent, "tools/call", half), world.judge_once_parked(approve()));
    let done = self::shown(&reply);
    assert_eq!((&done["request_id"], &done["status"]), (&shown["request_id"], &json!("approved")));
    assert_eq!(done["arguments"]["amount"], 12);
}

#[tokio::test]
async fn a_question_comes_back_with_the_answer() {
    let world = World::new(later()).await;
    let ask = json!({"name": "ask_human", "arguments": {"loop": "tickets", "question": "Which is it?",
        "suggestion": {"intent": "other"}, "confidence": 0.99}});
    let answer = json!({"verdict": "answer", "answer": {"intent": "lost_card"}});
    let (reply, _) =
        tokio::join!(old(&world.agent, "tools/call", ask), world.judge_once_parked(answer));
    let shown = shown(&reply);
    assert_eq!(shown["answer"], json!({"intent": "lost_card"}), "{shown}");
}

#[tokio::test]
async fn an_old_client_gets_pending_before_its_deadline_and_waits_on() {
    let world = World::new(Duration::from_millis(60)).await;
    let begun = Instant::now();
    let shown = shown(&old(&world.agent, "tools/call", refund(24.0)).await);
    assert!(begun.elapsed() >= Duration::from_millis(60));
    assert_eq!(shown["status"], "pending");
    assert!(shown["next"].as_str().unwrap().contains("wait_for_decision"));
    let id = shown["request_id"].clone();
    assert_eq!(
        shown["review_url"],
        format!("https://tandem.example.org/cases/{}", id.as_str().unwrap())
    );
    world.judge(approve()).await;
    // A look takes nothing; waiting takes the grant.
    let look = json!({"name": "get_request", "arguments": {"request_id": id}});
    let looked = self::shown(&old(&world.agent, "tools/call", look).await);
    assert_eq!((&looked["status"], looked.get("grant")), (&json!("approved"), None));
    assert!(!looked.to_string().contains("A-17"), "what may run comes with its grant: {looked}");
    let wait = json!({"name": "wait_for_decision", "arguments": {"request_id": id}});
    let done = self::shown(&old(&world.agent, "tools/call", wait).await);
    assert!(done["grant"]["note"].is_string(), "{done}");
}

#[tokio::test]
async fn progress_comes_on_the_stream_of_the_call() {
    let world = World::new(Duration::from_millis(60)).await;
    let mut call = refund(24.0);
    call["_meta"] = json!({"progressToken": "p-1"});
    let reply = old(&world.agent, "tools/call", call).await;
    assert_eq!(reply.header("content-type"), "text/event-stream");
    let messages = events(&reply.text());
    assert_eq!(messages[0]["method"], "notifications/progress");
    assert_eq!(messages[0]["params"]["progressToken"], "p-1");
    let last = messages.last().unwrap();
    assert_eq!(last["result"]["structuredContent"]["status"], "pending");
}

fn events(text: &str) -> Vec<Value> {
    let data = text.lines().filter_map(|line| line.strip_prefix("data: "));
    data.map(|data| serde_json::from_str(data).unwrap()).collect()
}

#[tokio::test]
async fn a_new_client_is_sent_round_with_a_sealed_state_and_at_last_gets_pending() {
    let world = World::new(Duration::from_millis(20)).await;
    let mut call = refund(24.0);
    for round in 1..=8 {
        let reply = new(&world.agent, "tools/call", call.clone(), json!({})).await.expect(200);
        assert_eq!(reply["result"]["resultType"], "input_required", "round {round}: {reply}");
        assert!(reply["result"].get("inputRequests").is_none());
        call["requestState"] = reply["result"]["requestState"].clone();
    }
    let last = new(&world.agent, "tools/call", call.clone(), json!({})).await;
    assert_eq!(shown(&last)["status"], "pending");
    assert_eq!(world.cases("refunds").await, 1);
    world.judge(approve()).await;
    let done = new(&world.agent, "tools/call", call, json!({})).await;
    assert_eq!(shown(&done)["status"], "approved");
    assert_eq!(done.json()["result"]["resultType"], "complete");
}

#[tokio::test]
async fn states_that_are_forged_foreign_or_old_open_nothing() {
    let world = World::new(Duration::from_millis(20)).await;
    let reply = new(&world.agent, "tools/call", refund(24.0), json!({})).await.expect(200);
    let state = reply["result"]["requestState"].as_str().unwrap().to_owned();
    world.judge(approve()).await;
    let with = |amount: f64, state: &str| {
        let mut call = refund(amount);
        call["requestState"] = state.into();
        call
    };
    let forged = format!("{}A", &state[..state.len() - 2]);
    let (body, code) = state.split_once('.').unwrap();
    let other = world.app.machine(LoopScope::All, Role::Submitter).await;
    for (client, call, code) in [
        (&world.agent, with(24.0, &forged), "forged_state"),
        (&world.agent, with(24.0, "x"), "forged_state"),
        (&world.agent, with(24.0, &format!("{}.{code}", body.to_uppercase())), "forged_state"),
        (&world.agent, with(999.0, &state), "foreign_state"),
        (&other, with(24.0, &state), "foreign_state"),
    ] {
        let reply = new(client, "tools/call", call, json!({})).await.expect(200);
        assert_eq!(
            (&reply["error"]["code"], &reply["error"]["data"]["code"]),
            (&json!(-32_602), &json!(code)),
            "{reply}"
        );
    }
    world.app.advance(16 * 60 * 1_000_000);
    let reply = new(&world.agent, "tools/call", with(24.0, &state), json!({})).await.expect(200);
    assert_eq!(reply["error"]["data"]["code"], "expired_state");
    // Nothing is lost: the same call without a state attaches by its key.
    let done = new(&world.agent, "tools/call", refund(24.0), json!({})).await;
    assert_eq!(shown(&done)["status"], "approved");
    assert_eq!(world.cases("refunds").await, 1);
}

#[tokio::test]
async fn a_client_that_opens_addresses_is_shown_where_people_decide_and_never_a_form() {
    let world = World::new(Duration::from_millis(20)).await;
    let can = json!({"elicitation": {"form": {}, "url": {}}});
    let reply = new(&world.agent, "tools/call", refund(24.0), can.clone()).await.expect(200);
    let asked = &reply["result"]["inputRequests"]["approval"];
    assert_eq!(
        (&asked["method"], &asked["params"]["mode"]),
        (&json!("elicitation/create"), &json!("url"))
    );
    let url = asked["params"]["url"].as_str().unwrap();
    assert!(url.starts_with("https://tandem.example.org/cases/case_"), "{url}");
    let mut call = refund(24.0);
    call["requestState"] = reply["result"]["requestState"].clone();
    call["inputResponses"] = json!({"approval": {"action": "accept"}});
    let held = new(&world.agent, "tools/call", call, can).await.expect(200);
    assert!(held["result"].get("inputRequests").is_none(), "asked once: {held}");
    // Whoever accepts a form decides nothing: only forms are declared, none is sent.
    let forms = json!({"elicitation": {"form": {}}});
    let reply = new(&world.agent, "tools/call", refund(25.0), forms).await.expect(200);
    assert!(reply["result"].get("inputRequests").is_none(), "{reply}");

    // The same for a client with sessions: what it declared is sealed into the session.
    let params = json!({"protocolVersion": OLD, "capabilities": {"elicitation": {"url": {}}},
        "clientInfo": {"name": "t", "version": "1"}});
    let opened = old(&world.agent, "initialize", params).await;
    assert_eq!(opened.expect(200)["result"]["protocolVersion"], OLD);
    let session = opened.header("mcp-session-id").to_owned();
    let client = world.agent.with("mcp-session-id", &session);
    let messages = events(&old(&client, "tools/call", refund(26.0)).await.text());
    assert_eq!(messages[0]["method"], "elicitation/create");
    assert_eq!(messages[0]["params"]["mode"], "url");
    let answer = json!({"jsonrpc": "2.0", "id": messages[0]["id"], "result": {"action": "accept"}});
    assert_eq!(accepting(&client).post("/mcp", answer).await.status, 202);
    assert_eq!(messages.last().unwrap()["result"]["structuredContent"]["status"], "pending");
    let stranger = world.app.machine(LoopScope::All, Role::Submitter).await;
    let stolen = stranger.with("mcp-session-id", &session);
    assert_eq!(old(&stolen, "tools/list", json!({})).await.status, 404);
}

#[tokio::test]
async fn a_task_is_a_case() {
    let world = World::new(later()).await;
    let reply = new(&world.agent, "tools/call", refund(24.0), tasks()).await.expect(200);
    let task = &reply["result"];
    assert_eq!(
        (&task["resultType"], &task["status"], &task["ttlMs"]),
        (&json!("task"), &json!("working"), &Value::Null)
    );
    let named = json!({"taskId": task["taskId"]});
    let got = new(&world.agent, "tasks/get", named.clone(), tasks()).await.expect(200);
    assert_eq!(
        (&got["result"]["status"], &got["result"]["resultType"]),
        (&json!("working"), &json!("complete"))
    );
    let updated = new(
        &world.agent,
        "tasks/update",
        json!({"taskId": task["taskId"],
        "inputResponses": {"x": {}}}),
        tasks(),
    )
    .await
    .expect(200);
    assert_eq!(updated["result"]["resultType"], "complete");
    world.judge(approve()).await;
    let done = new(&world.agent, "tasks/get", named.clone(), tasks()).await.expect(200);
    assert_eq!(done["result"]["status"], "completed");
    let result = &done["result"]["result"]["structuredContent"];
    assert!(result["grant"]["note"].is_string(), "{done}");
    // A client that leaves the name of the task out of its headers is served, one without the extension is not.
    let bare =
        accepting(&world.agent).with("mcp-protocol-version", NEW).with("mcp-method", "tasks/get");
    let meta = json!({"io.modelcontextprotocol/protocolVersion": NEW,
        "io.modelcontextprotocol/clientCapabilities": tasks()});
    let body = json!({"jsonrpc": "2.0", "id": 7, "method": "tasks/get",
        "params": {"taskId": task["taskId"], "_meta": meta}});
    assert_eq!(bare.post("/mcp", body).await.expect(200)["result"]["status"], "completed");
    let refused = new(&world.agent, "tasks/get", named.clone(), json!({})).await.expect(400);
    assert_eq!(refused["error"]["code"], -32_021);
    let other = world.app.machine(LoopScope::All, Role::Submitter).await;
    let foreign = new(&other, "tasks/get", named, tasks()).await.expect(200);
    assert_eq!(foreign["error"]["code"], -32_602);
    let unknown = new(&world.agent, "tasks/get", json!({"taskId": "nothing"}), tasks()).await;
    assert_eq!(unknown.expect(200)["error"]["code"], -32_602);
}

#[tokio::test]
async fn a_cancelled_task_is_a_withdrawn_request() {
    let world = World::new(later()).await;
    let reply = new(&world.agent, "tools/call", refund(24.0), tasks()).await.expect(200);
    let named = json!({"taskId": reply["result"]["taskId"]});
    new(&world.agent, "tasks/cancel", named.clone(), tasks()).await.expect(200);
    let got = new(&world.agent, "tasks/get", named, tasks()).await.expect(200);
    assert_eq!(got["result"]["status"], "cancelled");
    let shown = shown(&old(&world.agent, "tools/call", refund(24.0)).await);
    assert_eq!(shown["status"], "cancelled");
    let mut anew = refund(24.0);
    anew["arguments"]["idempotency_key"] = "second try".into();
    let reply = new(&world.agent, "tools/call", anew, tasks()).await.expect(200);
    assert_eq!(reply["result"]["status"], "working");
}

#[tokio::test]
async fn a_listener_hears_of_a_decided_task() {
    let world = World::new(later()).await;
    let reply = new(&world.agent, "tools/call", refund(24.0), tasks()).await.expect(200);
    let task = reply["result"]["taskId"].clone();
    let meta = json!({"io.modelcontextprotocol/protocolVersion": NEW,
        "io.modelcontextprotocol/clientCapabilities": tasks()});
    let body = json!({"jsonrpc": "2.0", "id": "s", "method": "subscriptions/listen",
        "params": {"notifications": {"taskIds": [task]}, "_meta": meta}});
    let client = accepting(&world.agent)
        .with("mcp-protocol-version", NEW)
        .with("mcp-method", "subscriptions/listen")
        .with("content-type", "application/json");
    let response = client.open("POST", "/mcp", body.to_string()).await;
    let mut stream = response.into_body().into_data_stream();
    let mut next = async || {
        loop {
            let piece = tokio::time::timeout(Duration::from_mins(1), stream.next()).await.unwrap();
            let told = events(&String::from_utf8_lossy(&piece.unwrap().unwrap()));
            // A sign that the stream lives is no event.
            if let Some(first) = told.into_iter().next() {
                return first;
            }
        }
    };
    let first = next().await;
    assert_eq!(first["method"], "notifications/subscriptions/acknowledged");
    assert_eq!(first["params"]["notifications"]["taskIds"], json!([task]));
    // A stream is waited for by whoever reads it.
    let (told, _) = tokio::join!(next(), world.judge_once_parked(approve()));
    assert_eq!(
        (&told["method"], &told["params"]["status"]),
        (&json!("notifications/tasks"), &json!("completed"))
    );
    assert_eq!(told["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"], "s");
}

#[tokio::test]
async fn a_client_that_leaves_detaches_and_the_same_call_attaches() {
    let world = World::new(Duration::from_mins(10)).await;
    let mut call = refund(24.0);
    call["_meta"] = json!({"progressToken": 1});
    let body = json!({"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": call});
    let client = accepting(&world.agent).with("content-type", "application/json");
    let response = client.open("POST", "/mcp", body.to_string()).await;
    let mut stream = response.into_body().into_data_stream();
    stream.next().await.unwrap().unwrap();
    drop(stream);
    // Nobody waits, and the request stands.
    let deadline = Instant::now() + Duration::from_mins(1);
    while world.app.engine.waiting() > 0 {
        assert!(Instant::now() < deadline, "whoever left is still waited for");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    world.judge(approve()).await;
    let shown = shown(&old(&world.agent, "tools/call", refund(24.0)).await);
    assert_eq!(shown["status"], "approved");
    assert_eq!(world.cases("refunds").await, 1);
}

#[tokio::test]
async fn two_that_wait_for_one_call_get_one_grant() {
    let world = World::new(later()).await;
    let (one, two, _) = tokio::join!(
        old(&world.agent, "tools/call", refund(24.0)),
        old(&world.agent, "tools/call", refund(24.0)),
        async {
            world.parked(2).await;
            world.judge(approve()).await
        }
    );
    assert_eq!(shown(&one)["grant"], shown(&two)["grant"]);
    assert_eq!(world.cases("refunds").await, 1);
}

#[tokio::test]
async fn a_halt_opens_no_gate_and_loses_nothing() {
    let world = World::new(Duration::from_millis(60)).await;
    shown(&old(&world.agent, "tools/call", refund(24.0)).await);
    world.judge(approve()).await;
    let halt = json!({"scope": "refunds", "reason": "smoke"});
    world.person.post("/v1/halt", halt).await;
    let reply = old(&world.agent, "tools/call", refund(24.0)).await;
    let refused = shown(&reply);
    assert_eq!(reply.json()["result"]["isError"], true);
    assert_eq!(
        (&refused["status"], &refused["error"]["code"]),
        (&json!("error"), &json!("halted"))
    );
    assert!(refused.get("grant").is_none() && refused.get("arguments").is_none());
    assert!(refused["request_id"].is_string());
    let (_, owner) = world.app.person("o@example.org", LoopScope::All, Role::Orchestrator).await;
    owner.post("/v1/resume", json!({"scope": "refunds", "reason": "out"})).await;
    assert_eq!(shown(&old(&world.agent, "tools/call", refund(24.0)).await)["status"], "approved");
}

#[tokio::test]
async fn mistakes_are_told_in_the_shape_of_the_protocol() {
    let world = World::new(Duration::from_millis(20)).await;
    let agent = accepting(&world.agent);
    // No key, a bad one, somebody who may not.
    let bare = json!({"jsonrpc": "2.0", "id": 7, "method": "tools/list"});
    for client in [&world.app.client, &world.app.client.with("authorization", "Bearer tdm_nobody")]
    {
        let reply = accepting(client).post("/mcp", bare.clone()).await;
        assert_eq!(reply.expect(401)["error"]["data"]["code"], "unauthenticated");
        assert_eq!(reply.header("www-authenticate"), "Bearer");
    }
    let auditor = world.app.machine(LoopScope::All, Role::Auditor).await;
    let refused = shown(&old(&auditor, "tools/call", refund(1.0)).await);
    assert_eq!(refused["error"]["code"], "forbidden");
    // What is no message, or too much of one.
    for (body, status, code) in [
        ("nonsense".to_owned(), 400, -32_700),
        ("[]".to_owned(), 400, -32_600),
        (json!({"id": 1, "method": "ping"}).to_string(), 400, -32_600),
        (json!({"jsonrpc": "2.0", "id": 1, "method": "ping", "params": [1]}).to_string(), 200, -32_602),
        (json!({"jsonrpc": "2.0", "id": 1, "method": "nothing"}).to_string(), 200, -32_601),
        (json!({"jsonrpc": "2.0", "id": 1, "method": "ping", "params": {"x": "y".repeat(3 << 20)}}).to_string(), 413, -32_600),
    ] {
        let client = agent.with("content-type", "application/json");
        let reply = client.send("POST", "/mcp", body).await;
        assert_eq!(reply.expect(status)["error"]["code"], code, "{}", reply.text());
    }
    // Revisions and headers.
    let unknown = agent.with("mcp-protocol-version", "2031-01-01");
    let reply = unknown.post("/mcp", bare.clone()).await.expect(400);
    assert_eq!(reply["error"]["code"], -32_022);
    assert!(reply["error"]["data"]["supported"].as_array().unwrap().contains(&json!(NEW)));
    let meta = json!({"_meta": {"io.modelcontextprotocol/protocolVersion": NEW,
        "io.modelcontextprotocol/clientCapabilities": {}}});
    let contradicts = agent.with("mcp-protocol-version", OLD).with("mcp-method", "tools/list");
    let body = json!({"jsonrpc": "2.0", "id": 7, "method": "tools/list", "params": meta});
    assert_eq!(contradicts.post("/mcp", body.clone()).await.expect(400)["error"]["code"], -32_020);
    let nameless = agent.with("mcp-protocol-version", NEW).with("mcp-method", "tools/call");
    assert_eq!(nameless.post("/mcp", body).await.expect(400)["error"]["code"], -32_020);
    assert_eq!(
        new(&world.agent, "ping", json!({}), json!({})).await.expect(404)["error"]["code"],
        -32_601
    );
    assert_eq!(
        new(&world.agent, "initialize", json!({}), json!({})).await.expect(404)["error"]["code"],
        -32_601
    );
    let page = agent.with("origin", "https://evil.example.com");
    assert_eq!(
        page.post("/mcp", bare.clone()).await.expect(403)["error"]["data"]["code"],
        "cross_site"
    );
    for origin in ["http://localhost:5173", "https://tandem.example.org"] {
        agent.with("origin", origin).post("/mcp", bare.clone()).await.expect(200);
    }
    assert_eq!(agent.get("/mcp").await.status, 405);
    assert_eq!(agent.delete("/mcp").await.status, 405);
    assert_eq!(world.cases("refunds").await, 0);
}

#[tokio::test]
async fn mistakes_of_a_model_are_results_that_it_can_mend() {
    let world = World::new(Duration::from_millis(20)).await;
    let call = |tool: &str, arguments: Value| json!({"name": tool, "arguments": arguments});
    for (call, code, path) in [
        (
            call("request_approval", json!({"loop": "refunds", "tool": "refund"})),
            "invalid_input",
            "",
        ),
        (
            call(
                "request_approval",
                json!({"loop": "refunds", "tool": "refund", "arguments": {"order": "A-17"}}),
            ),
            "invalid_answer",
            "/arguments",
        ),
        (
            call("request_approval", json!({"loop": "gone", "tool": "refund", "arguments": {}})),
            "not_found",
            "",
        ),
        (
            call(
                "request_approval",
                json!({"loop": "refunds", "tool": "x", "arguments": {}, "oops": 1}),
            ),
            "invalid_input",
            "/oops",
        ),
        (call("ask_human", json!({"question": "?"})), "invalid_input", "/loop"),
        (
            call("wait_for_decision", json!({"request_id": "case_00000000000000000000000000"})),
            "not_found",
            "",
        ),
        (
            call("wait_for_decision", json!({"request_id": "nothing"})),
            "invalid_input",
            "/request_id",
        ),
        (call("report_step", json!({"kind": "plan", "name": "think"})), "invalid_input", "/goal"),
    ] {
        let reply = old(&world.agent, "tools/call", call.clone()).await;
        let shown = shown(&reply);
        assert_eq!(reply.json()["result"]["isError"], true, "{call}");
        assert_eq!(shown["error"]["code"], code, "{call}: {shown}");
        if !path.is_empty() {
            assert_eq!(shown["error"]["path"], path, "{call}: {shown}");
        }
    }
    let reply = old(&world.agent, "tools/call", call("fly", json!({}))).await.expect(200);
    assert_eq!(reply["error"]["code"], -32_602);
}

#[tokio::test]
async fn the_tools_say_what_they_take_and_which_loops_there_are() {
    let world = World::new(later()).await;
    let listed = old(&world.agent, "tools/list", json!({})).await.expect(200);
    assert!(listed["result"].get("resultType").is_none(), "older clients know no such field");
    let tools = listed["result"]["tools"].as_array().unwrap();
    let names: Vec<_> = tools.iter().map(|tool| tool["name"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        [
            "request_approval",
            "ask_human",
            "wait_for_decision",
            "get_request",
            "cancel_request",
            "report_step"
        ]
    );
    for tool in tools {
        assert_eq!(tool["inputSchema"]["type"], "object");
        assert_eq!(tool["outputSchema"]["type"], "object");
        assert!(tool["description"].as_str().unwrap().len() > 60);
    }
    let of = &tools[0]["inputSchema"]["properties"]["loop"];
    assert_eq!(of["enum"], json!(["refunds"]));
    assert!(of["description"].as_str().unwrap().contains("refund(amount, order)"), "{of}");
    let found = new(&world.agent, "server/discover", json!({}), json!({})).await.expect(200);
    assert_eq!(found["result"]["supportedVersions"][0], NEW);
    let listed = new(&world.agent, "tools/list", json!({}), json!({})).await.expect(200);
    assert_eq!(
        (&listed["result"]["cacheScope"], &listed["result"]["resultType"]),
        (&json!("private"), &json!("complete"))
    );
    let params = json!({"protocolVersion": "1999-01-01", "capabilities": {}});
    let opened = old(&world.agent, "initialize", params).await;
    assert_eq!(opened.expect(200)["result"]["protocolVersion"], OLD);
    assert_eq!(opened.header("mcp-session-id"), "");
}

#[tokio::test]
async fn a_run_is_told_what_people_order() {
    let world = World::new(Duration::from_millis(60)).await;
    let step = |more: Value| {
        let mut arguments = json!({"kind": "tool_call", "name": "search", "input": {"q": 1}});
        arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"name": "report_step", "arguments": arguments})
    };
    let first = shown(
        &old(
            &world.agent,
            "tools/call",
            step(json!({"loop": "refunds", "goal": "tidy", "idempotency_key": "k"})),
        )
        .await,
    );
    assert_eq!(first["status"], "ok", "{first}");
    let run = first["run_id"].as_str().unwrap().to_owned();
    // A repeated report begins no second run and reports no second step.
    let again = shown(
        &old(
            &world.agent,
            "tools/call",
            step(json!({"loop": "refunds", "goal": "tidy", "idempotency_key": "k"})),
        )
        .await,
    );
    assert_eq!(again["run_id"], json!(run));
    let steps = world.agent.get(&format!("/v1/runs/{run}/steps")).await.expect(200);
    assert_eq!(steps["items"].as_array().unwrap().len(), 1, "{steps}");
    let order = json!({"kind": "pause", "reason": "wait"});
    world.person.post(&format!("/v1/runs/{run}/control"), order).await;
    let told = shown(&old(&world.agent, "tools/call", step(json!({"run": run}))).await);
    assert_eq!(
        (&told["status"], &told["run"]["controls"][0]["kind"]),
        (&json!("orders"), &json!("pause")),
        "{told}"
    );
    // Its gate is shut until it obeys, and says so.
    let mut gate = refund(24.0);
    gate["arguments"]["run"] = run.into();
    let shut = shown(&old(&world.agent, "tools/call", gate).await);
    assert_eq!(shut["error"]["code"], "run_not_running", "{shut}");
    assert_eq!(shut["error"]["run"]["controls"][0]["kind"], "pause");
}

#[tokio::test]
async fn withdrawing_is_asked_for_and_never_happens_by_itself() {
    let world = World::new(Duration::from_millis(20)).await;
    let id = shown(&old(&world.agent, "tools/call", refund(24.0)).await)["request_id"].clone();
    let cancel =
        json!({"name": "cancel_request", "arguments": {"request_id": id, "reason": "done"}});
    for _ in 0..2 {
        let shown = shown(&old(&world.agent, "tools/call", cancel.clone()).await);
        assert_eq!(shown["status"], "cancelled");
    }
    let other = world.app.machine(LoopScope::All, Role::Submitter).await;
    let foreign = shown(&old(&other, "tools/call", cancel).await);
    assert_eq!(foreign["error"]["code"], "not_found");
}

#[tokio::test]
async fn a_key_that_names_another_request_is_refused() {
    let world = World::new(Duration::from_millis(20)).await;
    let keyed = |amount: f64| {
        let mut call = refund(amount);
        call["arguments"]["idempotency_key"] = "ticket-1".into();
        call
    };
    shown(&old(&world.agent, "tools/call", keyed(1.0)).await);
    let other = shown(&old(&world.agent, "tools/call", keyed(2.0)).await);
    assert_eq!(other["error"]["code"], "key_conflict", "{other}");
    assert_eq!(world.cases("refunds").await, 1);
}
