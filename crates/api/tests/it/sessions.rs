//! Browser sessions: cookies, tokens against cross-site requests, links, guessing.

use serde_json::{Value, json};
use tandem_domain::roles::Role;
use tandem_engine::LoopScope;
use tandem_testkit::{Client, Reply, TestApp};

const PASSWORD: &str = "correct horse battery";

async fn with_member() -> TestApp {
    let app = TestApp::new().await;
    let admin = app.machine(LoopScope::All, Role::Admin).await;
    let body = json!({
        "name": "Ada", "email": "ada@example.org", "password": PASSWORD,
        "roles": [{"loop": "*", "role": "admin"}],
    });
    admin.post("/v1/members", body).await.expect(201);
    app
}

async fn sign_in(client: &Client, password: &str) -> Reply {
    let body = json!({"email": "ada@example.org", "password": password});
    client.post("/v1/session", body).await
}

/// The cookie's `name=value`, and the session's token.
fn opened(reply: &Reply) -> (String, String) {
    let body = reply.expect(201);
    let cookie = reply.header("set-cookie");
    assert!(cookie.contains("; HttpOnly; SameSite=Strict"), "{cookie}");
    let pair = cookie.split(';').next().unwrap().to_owned();
    (pair, body["csrf"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_session_reads_by_cookie_and_changes_with_its_token_only() {
    let app = with_member().await;
    let (cookie, csrf) = opened(&sign_in(&app.client, PASSWORD).await);
    let browser = app.client.with("cookie", &cookie);
    let session = browser.get("/v1/session").await.expect(200);
    assert_eq!(session["member"]["email"], "ada@example.org");
    assert_eq!(session["csrf"], json!(csrf));
    let new = json!({"name": "k", "roles": [{"loop": "*", "role": "auditor"}]});
    let refused = browser.post("/v1/keys", new.clone()).await;
    assert_eq!(refused.problem(), (403, "csrf".to_owned()));
    let wrong = browser.with("x-csrf-token", "wrong").post("/v1/keys", new.clone()).await;
    assert_eq!(wrong.problem(), (403, "csrf".to_owned()));
    browser.with("x-csrf-token", &csrf).post("/v1/keys", new).await.expect(201);
}

#[tokio::test]
async fn signing_in_again_ends_the_session_before() {
    let app = with_member().await;
    let (first, _) = opened(&sign_in(&app.client, PASSWORD).await);
    let browser = app.client.with("cookie", &first);
    let (second, csrf) = opened(&sign_in(&browser, PASSWORD).await);
    assert_ne!(first, second);
    assert_eq!(browser.get("/v1/session").await.problem().0, 401);
    let browser = app.client.with("cookie", &second).with("x-csrf-token", &csrf);
    let out = browser.delete("/v1/session").await;
    assert_eq!(out.status.as_u16(), 204);
    assert!(out.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(browser.get("/v1/session").await.problem().0, 401);
}

#[tokio::test]
async fn a_session_ends_after_a_working_day() {
    let app = with_member().await;
    let (cookie, _) = opened(&sign_in(&app.client, PASSWORD).await);
    let browser = app.client.with("cookie", &cookie);
    app.advance(12 * 3_600 * 1_000_000 - 1);
    browser.get("/v1/session").await.expect(200);
    app.advance(1);
    assert_eq!(browser.get("/v1/session").await.problem().0, 401);
}

#[tokio::test]
async fn requests_of_other_sites_are_refused_before_anything_else() {
    let app = with_member().await;
    let here = app.client.with("host", "tandem.example");
    let there = here.with("origin", "https://evil.example");
    assert_eq!(sign_in(&there, PASSWORD).await.problem(), (403, "cross_site".to_owned()));
    let there = here.with("sec-fetch-site", "cross-site");
    assert_eq!(sign_in(&there, PASSWORD).await.problem(), (403, "cross_site".to_owned()));
    let same = here.with("origin", "https://tandem.example");
    sign_in(&same, PASSWORD).await.expect(201);
}

#[tokio::test]
async fn guessing_is_slowed_and_tells_nothing() {
    let app = with_member().await;
    let known = sign_in(&app.client, "wrong password").await;
    let body = json!({"email": "nobody@example.org", "password": "wrong password"});
    let unknown = app.client.post("/v1/session", body).await;
    assert_eq!(known.problem(), (401, "unauthenticated".to_owned()));
    assert_eq!(known.json(), unknown.json());
    let mut last = known;
    for _ in 0..8 {
        last = sign_in(&app.client, "wrong password").await;
    }
    assert_eq!(last.problem(), (429, "busy".to_owned()));
    assert!(last.header("retry-after").parse::<u64>().unwrap() > 0);
    // Not even the right one is tried while the bucket is empty; later it is.
    assert_eq!(sign_in(&app.client, PASSWORD).await.status.as_u16(), 429);
    app.advance(31_000_000);
    sign_in(&app.client, PASSWORD).await.expect(201);
}

#[tokio::test]
async fn a_link_works_once_and_not_after_three_days() {
    let app = TestApp::new().await;
    let admin = app.machine(LoopScope::All, Role::Admin).await;
    let add = |email: &str| {
        let body = json!({"name": "L", "email": email, "roles": []});
        let admin = admin.clone();
        async move { admin.post("/v1/members", body).await.expect(201) }
    };
    let token = |member: &Value| {
        let link = member["signin_link"].as_str().unwrap();
        json!({"token": link.strip_prefix("/signin/").unwrap()})
    };
    let first = add("one@example.org").await;
    // Fetching the link's page uses nothing up.
    let page = app.client.get(first["signin_link"].as_str().unwrap()).await;
    assert_eq!(page.status.as_u16(), 200);
    opened(&app.client.post("/v1/session/link", token(&first)).await);
    assert_eq!(app.client.post("/v1/session/link", token(&first)).await.problem().0, 401);
    let late = add("two@example.org").await;
    app.advance(3 * 24 * 3_600 * 1_000_000);
    assert_eq!(app.client.post("/v1/session/link", token(&late)).await.problem().0, 401);
}

#[tokio::test]
async fn every_answer_tells_browsers_what_not_to_do() {
    let app = TestApp::new().await;
    for path in ["/", "/healthz", "/v1/loops", "/nothing.js", "/docs"] {
        let reply = app.client.get(path).await;
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(reply.header("x-frame-options"), "DENY", "{path}");
        let policy = reply.header("content-security-policy");
        assert!(policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe-inline") && !policy.contains("unsafe-eval"), "{policy}");
    }
    let nonce = |reply: &Reply| {
        let policy = reply.header("content-security-policy").to_owned();
        let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap().to_owned();
        assert!(reply.text().contains(&nonce));
        nonce
    };
    let first = nonce(&app.client.get("/").await);
    assert_ne!(first, nonce(&app.client.get("/loops/tickets").await));
}
