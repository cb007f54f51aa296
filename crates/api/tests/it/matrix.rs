//! Every route, every role, one's own loop and another: who gets in, from one table.
//!
//! The routes come from the OpenAPI document; one that has no row here fails the test.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tandem_domain::roles::Role;
use tandem_engine::LoopScope;
use tandem_testkit::{Client, Reply, TestApp, by_hand, case};

/// Initials of roles: submitter, reviewer, arbiter, orchestrator, auditor (`u`), admin (`m`).
const INITIALS: [(char, Role); 6] = [
    ('s', Role::Submitter),
    ('r', Role::Reviewer),
    ('a', Role::Arbiter),
    ('o', Role::Orchestrator),
    ('u', Role::Auditor),
    ('m', Role::Admin),
];

/// Route, who may, and a body that is good enough to get as far as the check.
fn table() -> Vec<(&'static str, &'static str, Value)> {
    let no = Value::Null;
    let empty = json!({});
    let digest = json!({"digest": "00", "consumer": "test"});
    let outcome = json!({"source": "user", "occurred_at": "2026-01-01T00:00:00Z"});
    let outcome_by_key =
        json!({"source": "user", "occurred_at": "2026-01-01T00:00:00Z", "key": "KEY"});
    let proposal = json!({"output": {"intent": "other"}, "confidence": 0.5});
    vec![
        ("POST /v1/loops/{loop}/cases", "som", case(0.5)),
        ("POST /v1/loops/{loop}/cases/batch", "som", case(0.5)),
        ("GET /v1/loops/{loop}/cases", "sraoum", no.clone()),
        ("GET /v1/cases/{id}", "sraoum", no.clone()),
        ("POST /v1/cases/{id}/proposals", "som", proposal),
        ("POST /v1/cases/{id}/cancel", "som", empty.clone()),
        ("POST /v1/cases/{id}/reopen", "aom", json!({"reason": "again"})),
        (
            "POST /v1/cases/{id}/appeal",
            "sraom",
            json!({"by": "cust_1", "statement": "it is wrong"}),
        ),
        ("POST /v1/cases/{id}/appeal/withdraw", "sraom", empty.clone()),
        ("POST /v1/cases/{id}/veto", "raom", empty.clone()),
        ("POST /v1/cases/{id}/consume", "som", digest),
        ("GET /v1/grants/key", "sraoum", no.clone()),
        ("POST /v1/cases/{id}/judgments", "ram", json!({"verdict": "approve"})),
        ("POST /v1/cases/{id}/outcomes", "sraom", outcome),
        ("GET /v1/cases/{id}/outcomes", "sraoum", no.clone()),
        ("POST /v1/loops/{loop}/outcomes", "sraom", outcome_by_key),
        ("GET /v1/cases/{id}/comments", "raoum", no.clone()),
        ("POST /v1/cases/{id}/comments", "raom", json!({"body": "a remark"})),
        ("GET /v1/cases/{id}/messages", "sraoum", no.clone()),
        ("POST /v1/cases/{id}/messages", "sraom", json!({"body": "hello"})),
        ("POST /v1/cases/{id}/take-over", "ram", empty.clone()),
        ("POST /v1/cases/{id}/hand-back", "raom", json!({"note": "go on"})),
        ("GET /v1/cases/{id}/timeline", "raoum", no.clone()),
        ("POST /v1/claims", "ram", json!({"case": "CASE"})),
        // Everybody may list the claims they hold: for most that is none.
        ("GET /v1/claims", "sraoum", no.clone()),
        ("POST /v1/claims/{id}/renew", "ram", json!({"token": 1})),
        ("DELETE /v1/claims/{id}", "raom", no.clone()),
        ("POST /v1/judgments/{id}/undo", "ram", empty.clone()),
        ("POST /v1/judgments/{id}/retract", "raom", empty.clone()),
        ("POST /v1/runs", "som", json!({"loop": "LOOP", "goal": "tidy up"})),
        ("GET /v1/runs", "sraoum", no.clone()),
        ("GET /v1/runs/fleet", "sraoum", no.clone()),
        ("GET /v1/runs/{id}", "sraoum", no.clone()),
        ("GET /v1/runs/{id}/gates", "sraoum", no.clone()),
        ("POST /v1/runs/{id}/heartbeat", "som", empty.clone()),
        ("POST /v1/runs/{id}/steps", "som", json!({"steps": [{"kind": "plan", "name": "think"}]})),
        ("GET /v1/runs/{id}/steps", "sraoum", no.clone()),
        ("GET /v1/runs/{id}/controls", "sraoum", no.clone()),
        ("POST /v1/runs/{id}/finish", "som", empty.clone()),
        ("POST /v1/runs/{id}/control", "raom", json!({"kind": "pause", "reason": "wait"})),
        ("POST /v1/runs/control", "raom", json!({"kind": "pause", "reason": "wait"})),
        ("POST /v1/runs/{id}/alerts/clear", "om", json!({"kind": "lost", "reason": "seen"})),
        ("GET /v1/queues", "raoum", no.clone()),
        ("GET /v1/alerts", "oum", no.clone()),
        ("GET /v1/queues/seats", "om", no.clone()),
        (
            "POST /v1/queues/pause",
            "om",
            json!({"loop": "LOOP", "queue": "default", "reason": "lunch"}),
        ),
        (
            "POST /v1/queues/resume",
            "om",
            json!({"loop": "LOOP", "queue": "default", "reason": "back"}),
        ),
        (
            "POST /v1/queues/release",
            "om",
            json!({"loop": "LOOP", "member": "MEMBER", "reason": "x"}),
        ),
        (
            "POST /v1/queues/bulk",
            "om",
            json!({"loop": "LOOP", "change": {"kind": "release"}, "dry_run": true}),
        ),
        ("GET /v1/queues/bulk/{id}", "oum", no.clone()),
        ("POST /v1/cases/{id}/transfer", "om", json!({"queue": "default", "reason": "theirs"})),
        ("POST /v1/cases/{id}/priority", "om", json!({"priority": 7, "reason": "urgent"})),
        ("GET /v1/loops", "sraoum", no.clone()),
        ("GET /v1/loops/{loop}", "sraoum", no.clone()),
        ("PUT /v1/loops/{loop}", "om", no.clone()),
        ("POST /v1/loops/{loop}/versions/{version}/publish", "om", json!({"reason": "x"})),
        ("POST /v1/loops/{loop}/dry-run", "oum", empty.clone()),
        ("GET /v1/events", "raoum", no.clone()),
        ("GET /v1/ledger/checkpoint", "sraoum", no.clone()),
        ("GET /v1/ledger/entries", "oum", no.clone()),
        ("GET /v1/ledger/proof", "oum", no.clone()),
        ("GET /v1/ledger/consistency", "oum", no.clone()),
        ("POST /v1/ledger/verify", "oum", empty.clone()),
        ("GET /v1/loops/{loop}/live", "oum", no.clone()),
        ("GET /v1/loops/{loop}/stats/errors", "oum", no.clone()),
        ("GET /v1/loops/{loop}/stats", "oum", no.clone()),
        ("GET /v1/loops/{loop}/held", "raoum", no.clone()),
        ("GET /v1/loops/{loop}/stats/queue", "oum", no.clone()),
        ("GET /v1/loops/{loop}/stats/time", "oum", no.clone()),
        ("GET /v1/loops/{loop}/stats/appeals", "oum", no.clone()),
        ("GET /v1/loops/{loop}/stats/learning", "oum", no.clone()),
        ("GET /v1/loops/{loop}/stats/quality", "oum", no.clone()),
        ("GET /v1/loops/{loop}/stats/autonomy", "oum", no.clone()),
        (
            "POST /v1/loops/{loop}/autonomy/raise",
            "om",
            json!({"epoch": 1, "level": 0, "reason": "x"}),
        ),
        ("POST /v1/loops/{loop}/autonomy/lower", "om", json!({"reason": "x"})),
        (
            "POST /v1/loops/{loop}/autonomy/order",
            "om",
            json!({"max_coverage": 0.5, "expires_at": "2026-02-01T00:00:00Z", "reason": "x"}),
        ),
        ("DELETE /v1/loops/{loop}/autonomy/order", "om", no.clone()),
        ("GET /v1/loops/{loop}/chain", "oum", no.clone()),
        (
            "POST /v1/loops/{loop}/suggest",
            "raom",
            json!({"case": "CASE", "field": "note", "text": "x"}),
        ),
        ("POST /v1/loops/{loop}/chain/test", "om", json!({"input": {"text": "x"}})),
        ("GET /v1/loops/{loop}/models", "oum", no.clone()),
        ("POST /v1/loops/{loop}/models/train", "om", empty.clone()),
        ("POST /v1/loops/{loop}/models/{version}/promote", "om", empty.clone()),
        ("POST /v1/loops/{loop}/models", "om", json!({"name": "intent@8", "kind": "external"})),
        ("POST /v1/loops/{loop}/models/{version}/demote", "om", empty.clone()),
        ("POST /v1/loops/{loop}/models/{version}/retire", "om", empty.clone()),
        ("POST /v1/loops/{loop}/models/{version}/evaluation", "om", json!({"predictions": []})),
        ("GET /v1/loops/{loop}/evaluation-sets", "oum", no.clone()),
        ("POST /v1/loops/{loop}/evaluation-sets", "om", json!({"name": "first"})),
        ("GET /v1/loops/{loop}/evaluation-sets/{set}/cases", "oum", no.clone()),
        ("GET /v1/jobs/{id}", "oum", no.clone()),
        ("GET /v1/loops/{loop}/exports/{kind}", "oum", no.clone()),
        ("GET /v1/loops/{loop}/exports/{kind}/manifest", "oum", no.clone()),
        ("POST /v1/media", "sraom", no.clone()),
        ("GET /v1/media/{id}", "sraoum", no.clone()),
        (
            "POST /v1/loops/{loop}/standing-grants",
            "raom",
            json!({
                "tool": "x", "max_count": 1, "until": "2026-02-01T00:00:00Z", "reason": "x",
                "when": "true",
            }),
        ),
        ("GET /v1/standing-grants", "raoum", no.clone()),
        ("GET /v1/standing-grants/{id}", "raoum", no.clone()),
        ("GET /v1/standing-grants/{id}/uses", "raoum", no.clone()),
        ("POST /v1/standing-grants/{id}/sign", "raom", json!({"digest": "00"})),
        ("POST /v1/standing-grants/{id}/revoke", "raom", json!({"reason": "x"})),
        (
            "POST /v1/loops/{loop}/batches",
            "ram",
            json!({"tool": "x", "cases": [{"case": "CASE", "digest": "00"}]}),
        ),
        (
            "POST /v1/loops/{loop}/batches/challenge",
            "ram",
            json!({"tool": "refund", "cases": [{"case": "CASE", "digest": "00"}]}),
        ),
        ("GET /v1/loops/{loop}/batches", "raoum", no.clone()),
        ("GET /v1/batches/{id}", "raoum", no.clone()),
        ("GET /v1/passkeys", "raom", no.clone()),
        ("DELETE /v1/passkeys/{id}", "raom", no.clone()),
        ("POST /v1/cases/{id}/sign-off", "ram", json!({"verdict": "approve", "seen": "00"})),
        ("GET /v1/halt", "sraoum", no.clone()),
        ("POST /v1/resume", "om", json!({"reason": "over", "scope": "LOOP"})),
        ("POST /v1/halt", "raom", json!({"reason": "stop", "scope": "LOOP"})),
        ("GET /v1/session", "sraoum", no.clone()),
        ("GET /v1/members", "um", no.clone()),
        (
            "POST /v1/members",
            "m",
            json!({"name": "N", "email": "EMAIL", "password": "long enough password"}),
        ),
        ("PATCH /v1/members/{id}", "m", json!({"name": "Renamed"})),
        ("POST /v1/members/{id}/signin-link", "m", empty.clone()),
        // Everybody may see who asks them to stand in: for most that is nobody.
        ("GET /v1/absences", "sraoum", no.clone()),
        ("POST /v1/members/{id}/absence/challenge", "sraoum", json!({"digest": "00"})),
        ("POST /v1/members/{id}/absence/accept", "sraoum", json!({"digest": "00"})),
        ("POST /v1/members/{id}/absence/decline", "sraoum", empty.clone()),
        ("GET /v1/members/{id}/absence", "um", no.clone()),
        ("POST /v1/members/{id}/absence", "m", json!({})),
        ("GET /v1/persons/changes", "um", no.clone()),
        (
            "POST /v1/persons/changes",
            "m",
            json!({"kind": "split", "member": "MEMBER", "reason": "x"}),
        ),
        ("POST /v1/persons/changes/{id}/confirm", "m", no.clone()),
        ("POST /v1/persons/changes/{id}/decline", "m", no.clone()),
        ("GET /v1/keys", "um", no.clone()),
        ("POST /v1/keys", "m", json!({"name": "k", "roles": [{"loop": "*", "role": "auditor"}]})),
        ("POST /v1/keys/{id}/aws", "m", no.clone()),
        ("DELETE /v1/keys/{id}", "m", no.clone()),
        ("GET /v1/members/me/notifications", "sraoum", no.clone()),
        ("PUT /v1/members/me/notifications", "sraoum", empty.clone()),
        ("GET /v1/members/me/notifications/feed", "sraoum", no.clone()),
        ("POST /v1/members/me/notifications/read", "sraoum", empty.clone()),
        ("GET /v1/members/me/slack", "sraoum", no.clone()),
        ("DELETE /v1/members/me/slack", "sraoum", no.clone()),
        ("GET /v1/notifications/channels", "sraoum", no.clone()),
        ("POST /v1/notifications/channels/{id}/test", "sraoum", empty.clone()),
        ("GET /v1/webhooks", "m", no.clone()),
        ("POST /v1/webhooks", "m", json!({"url": "http://127.0.0.1:9/hook"})),
        ("GET /v1/webhooks/{id}", "m", no.clone()),
        ("PATCH /v1/webhooks/{id}", "m", json!({"paused": true})),
        ("POST /v1/webhooks/{id}/test", "m", empty.clone()),
        ("POST /v1/webhooks/{id}/rotate", "m", empty.clone()),
        ("POST /v1/webhooks/{id}/replay", "m", json!({"since": "2026-01-01T00:00:00Z"})),
        ("GET /v1/webhooks/{id}/deliveries", "m", no.clone()),
        ("DELETE /v1/webhooks/{id}", "m", no.clone()),
        ("GET /v1/channels", "m", no.clone()),
        ("GET /v1/channels/kinds", "m", no.clone()),
        ("POST /v1/channels", "m", channel("another")),
        ("GET /v1/channels/{id}", "m", no.clone()),
        ("PATCH /v1/channels/{id}", "m", json!({"paused": true})),
        ("POST /v1/channels/{id}/test", "m", json!({})),
        ("GET /v1/channels/{id}/messages", "m", no.clone()),
        ("POST /v1/channels/{id}/replay", "m", json!({"since": "2026-01-01T00:00:00Z"})),
        // Whoever may is told that no case has the ticket, which is of no loop.
        ("POST /v1/channels/{id}/sync", "som", json!({"ticket": {"id": 1, "status": "new"}})),
        ("DELETE /v1/channels/{id}", "m", no),
    ]
}

/// A help desk that is nowhere.
fn channel(name: &str) -> Value {
    json!({"name": name, "kind": "helpdesk", "direction": "out", "desk": {
        "create": {"method": "POST", "url": "http://127.0.0.1:9/tickets"}, "id_at": "/ticket/id",
        "sync": {"ticket_at": "/ticket/id", "status_at": "/ticket/status"}}})
}

/// Without credentials, of a browser's session only, or not there without the demonstration.
const ELSEWHERE: [&str; 20] = [
    "POST /v1/notifications/open",
    "POST /v1/members/me/slack",
    "POST /v1/members/me/slack/confirm",
    "POST /v1/slack/interactions",
    "POST /v1/passkeys",
    "POST /v1/passkeys/options",
    "GET /healthz",
    "GET /readyz",
    "GET /metrics",
    "GET /openapi.json",
    "GET /docs",
    "POST /v1/session",
    "POST /v1/session/link",
    "DELETE /v1/session",
    "GET /v1/demo",
    "POST /v1/demo/forge",
    "POST /v1/demo/plug",
    "POST /v1/demo/fool",
    "GET /v1/demo/fool",
    "POST /v1/demo/shift",
];

#[test]
fn every_route_has_a_row() {
    let document = tandem_api::openapi();
    let document: Value = serde_json::to_value(&document).unwrap();
    let mut routes = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            routes.insert(format!("{} {path}", method.to_uppercase()));
        }
    }
    let mut rows: BTreeSet<String> =
        table().into_iter().map(|(route, _, _)| route.to_owned()).collect();
    rows.extend(ELSEWHERE.iter().filter(|route| !route.is_empty()).map(|&r| r.to_owned()));
    assert_eq!(routes, rows);
}

struct World {
    app: TestApp,
    admin: Client,
    owner: Client,
    member: String,
}

impl World {
    async fn new() -> Self {
        let app = TestApp::new().await;
        app.publish(&by_hand("mine")).await;
        app.publish(&by_hand("theirs")).await;
        let admin = app.machine(LoopScope::All, Role::Admin).await;
        let (id, owner) = app.person("owner@example.org", LoopScope::All, Role::Submitter).await;
        Self { app, admin, owner, member: id.to_string() }
    }

    /// Fills a route with things that are there and sends it.
    async fn send(&self, client: &Client, route: &str, of_loop: &str, body: &Value) -> Reply {
        let key = format!("k-{}", self.app.engine.accounts().now().0);
        self.app.advance(1);
        let mut new = case(0.5);
        new["key"] = json!(key);
        // Submitters own the cases they ask for; everybody else looks at somebody else's.
        let submitted = client.post(&format!("/v1/loops/{of_loop}/cases"), new.clone()).await;
        let submitted = if submitted.status.is_success() {
            submitted
        } else {
            self.owner.post(&format!("/v1/loops/{of_loop}/cases"), new).await
        };
        let id = submitted.expect(201)["id"].as_str().unwrap().to_owned();
        let inner = id.trim_start_matches("case_");
        let (method, path) = route.split_once(' ').unwrap();
        let noun = path.split('/').nth(2).unwrap_or_default();
        let id_of_noun = match noun {
            "claims" => format!("clm_{inner}-1"),
            "judgments" => format!("jdg_{inner}-1"),
            "members" => self.member.clone(),
            "keys" => {
                self.make(
                    "/v1/keys",
                    json!({"name": "k", "roles": [{"loop": "*", "role": "auditor"}]}),
                )
                .await
            }
            "media" => {
                let reply = self.admin.send("POST", "/v1/media", "bytes").await;
                reply.expect(201)["id"].as_str().unwrap().to_owned()
            }
            "webhooks" => {
                self.make("/v1/webhooks", json!({"url": "http://127.0.0.1:9/hook"})).await
            }
            "channels" => {
                let name = format!("desk {}", self.app.engine.accounts().now().0);
                self.make("/v1/channels", channel(&name)).await
            }
            "runs" => {
                let new = json!({"loop": of_loop, "goal": "tidy up"});
                let begun = client.post("/v1/runs", new.clone()).await;
                let begun = if begun.status.is_success() {
                    begun
                } else {
                    self.owner.post("/v1/runs", new).await
                };
                begun.expect(201)["id"].as_str().unwrap().to_owned()
            }
            "standing-grants" => "stg_00000000000000000000000000".to_owned(),
            "batches" => "bat_00000000000000000000000000".to_owned(),
            "persons" => "pch_00000000000000000000000000".to_owned(),
            "notifications" => "app".to_owned(),
            "passkeys" => "pky_00000000000000000000000000".to_owned(),
            "jobs" => "job_00000000000000000000000000".to_owned(),
            "queues" => "blk_00000000000000000000000000".to_owned(),
            _ => id.clone(),
        };
        let path = path
            .replace("{loop}", of_loop)
            .replace("{id}", &id_of_noun)
            .replace("{version}", if route.contains("/models/") { "99" } else { "1" })
            .replace("{set}", "1")
            .replace("{kind}", "decisions");
        let path = match route {
            "GET /v1/ledger/entries" => format!("{path}?from=0&to=1"),
            "GET /v1/ledger/proof" => format!("{path}?leaf=0&size=1"),
            "GET /v1/ledger/consistency" => format!("{path}?from=1&to=1"),
            _ => path,
        };
        if route.starts_with("PUT /v1/loops") {
            return client.put_yaml(&path, &by_hand(of_loop)).await;
        }
        if route == "GET /v1/events" {
            let response = client.open(method, &path, "").await;
            // The stream of those who may goes on for ever: its head is enough.
            if response.status().is_success() {
                let (parts, _) = response.into_parts();
                return Reply {
                    status: parts.status,
                    headers: parts.headers,
                    body: axum::body::Bytes::default(),
                };
            }
            return client.get(&path).await;
        }
        if body.is_null() {
            return client.send(method, &path, "").await;
        }
        let text = body
            .to_string()
            .replace("CASE", &id)
            .replace("MEMBER", &self.member)
            .replace("LOOP", of_loop)
            .replace("KEY", &key)
            .replace("MEMBER", &self.member)
            .replace("EMAIL", &format!("{key}@example.org"));
        let body: Value = serde_json::from_str(&text).unwrap();
        match method {
            "PATCH" => client.patch(&path, body).await,
            "PUT" => client.put(&path, body).await,
            _ => client.post(&path, body).await,
        }
    }

    async fn make(&self, path: &str, body: Value) -> String {
        self.admin.post(path, body).await.expect(201)["id"].as_str().unwrap().to_owned()
    }
}

/// Whether a reply says that the caller's roles are not enough.
fn refused(reply: &Reply) -> bool {
    let forbidden = reply.status.as_u16() == 403 && reply.json()["code"] == "forbidden";
    forbidden || reply.status.as_u16() == 404
}

/// Routes whose resource is not there in this world: 404 comes after the check, 403 from it.
fn absent(route: &str) -> bool {
    ["GET /v1/jobs/{id}", "GET /v1/queues/bulk/{id}", "GET /v1/ledger/checkpoint"].contains(&route)
        || route.contains("/models/{version}/")
        || route.contains("/evaluation-sets/{set}/")
        || route.contains("/alerts/clear")
        || route.contains("/standing-grants/{id}")
        || route.contains("/changes/{id}")
        || route.contains("/passkeys/{id}")
        || route.contains("/channels/{id}/sync")
        || route.contains("/batches/{id}")
        || route.contains("/absence/")
        || route.contains("/claims/{id}")
        || route.contains("/judgments/{id}")
}

#[tokio::test]
async fn roles_get_in_where_the_table_says() {
    let world = World::new().await;
    let mut wrong = Vec::new();
    for (initial, role) in INITIALS {
        let email = format!("{role}@example.org");
        let (_, client) = world.app.person(&email, LoopScope::All, role).await;
        for (route, allowed, body) in table() {
            if absent(route) {
                continue;
            }
            let reply = world.send(&client, route, "mine", &body).await;
            if refused(&reply) == allowed.contains(initial) || reply.status.is_server_error() {
                wrong.push(format!("{role}: {route}: {} {}", reply.status, reply.text()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn what_is_not_there_is_forbidden_or_not_found_by_role() {
    let world = World::new().await;
    let mut wrong = Vec::new();
    for (initial, role) in INITIALS {
        let email = format!("{role}@example.org");
        let (_, client) = world.app.person(&email, LoopScope::All, role).await;
        for (route, allowed, body) in table() {
            if !absent(route) || route == "GET /v1/jobs/{id}" {
                continue;
            }
            let reply = world.send(&client, route, "mine", &body).await;
            let forbidden = reply.status.as_u16() == 403 && reply.json()["code"] == "forbidden";
            if forbidden == allowed.contains(initial)
                || reply.status.is_success() && !allowed.contains(initial)
            {
                wrong.push(format!("{role}: {route}: {} {}", reply.status, reply.text()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn roles_in_one_loop_open_no_other() {
    let world = World::new().await;
    let mut wrong = Vec::new();
    for (_, role) in INITIALS {
        let email = format!("{role}@example.org");
        let scope = LoopScope::Named("mine".to_owned());
        let (_, client) = world.app.person(&email, scope, role).await;
        for (route, _, body) in table() {
            let of_loop = ["{loop}", "/cases/", "/claims/", "/judgments/", "/runs/{id}"];
            let claims = route == "POST /v1/claims";
            if !claims && !of_loop.iter().any(|part| route.contains(part)) {
                continue;
            }
            let reply = world.send(&client, route, "theirs", &body).await;
            // Asking for a case of another loop finds nothing to claim.
            let nothing = claims && reply.json()["claims"] == json!([]);
            if !refused(&reply) && !nothing {
                wrong.push(format!("{role}: {route}: {} {}", reply.status, reply.text()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn nobody_gets_in_without_credentials() {
    let world = World::new().await;
    for (route, _, body) in table() {
        let reply = world.send(&world.app.client, route, "mine", &body).await;
        assert_eq!(reply.problem(), (401, "unauthenticated".to_owned()), "{route}");
        let wrong = world.app.client.with("authorization", "Bearer tdm_wrong");
        let reply = world.send(&wrong, route, "mine", &body).await;
        assert_eq!(reply.problem(), (401, "unauthenticated".to_owned()), "{route}");
    }
}
