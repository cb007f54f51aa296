//! Members, keys and what they may do.

use std::time::{Duration, Instant};

use serde_json::json;
use tandem_domain::Timestamp;
use tandem_domain::roles::Role;
use tandem_engine::LoopScope;
use tandem_engine::accounts::NewKey;
use tandem_testkit::{START, TestApp, by_hand, case};

const SECOND: i64 = 1_000_000;

#[tokio::test]
async fn a_key_ends_when_it_expires() {
    let app = TestApp::new().await;
    let new = NewKey {
        name: "short".to_owned(),
        grants: vec![(LoopScope::All, Role::Auditor)],
        expires_at: Some(Timestamp(START + 60 * SECOND)),
        ..NewKey::default()
    };
    let client = app.with_key(new).await;
    client.get("/v1/loops").await.expect(200);
    app.advance(59 * SECOND);
    client.get("/v1/loops").await.expect(200);
    app.advance(SECOND);
    assert_eq!(client.get("/v1/loops").await.problem().0, 401);
}

#[tokio::test]
async fn a_revoked_key_is_dead_at_once_and_its_secret_is_never_shown_again() {
    let app = TestApp::new().await;
    let admin = app.machine(LoopScope::All, Role::Admin).await;
    let body = json!({"name": "k", "roles": [{"loop": "*", "role": "auditor"}]});
    let made = admin.post("/v1/keys", body).await.expect(201);
    let secret = made["secret"].as_str().unwrap();
    assert!(secret.starts_with("tdm_") && secret.len() == 47, "{secret}");
    let client = app.client.with("authorization", &format!("Bearer {secret}"));
    client.get("/v1/keys").await.expect(200);
    let listed = admin.get("/v1/keys").await;
    assert!(!listed.text().contains(secret));
    let path = format!("/v1/keys/{}", made["id"].as_str().unwrap());
    assert_eq!(admin.delete(&path).await.status.as_u16(), 204);
    assert_eq!(client.get("/v1/keys").await.problem(), (401, "unauthenticated".to_owned()));
    assert_eq!(admin.delete(&path).await.status.as_u16(), 204);
}

#[tokio::test]
async fn the_first_key_is_set_once() {
    let app = TestApp::new().await;
    let accounts = app.engine.accounts();
    let secret = "tdm_first-admin-key-0123456789";
    assert!(accounts.bootstrap("short").await.is_err());
    assert!(accounts.bootstrap(secret).await.unwrap().is_some());
    assert!(accounts.bootstrap("tdm_second-admin-key-0123456789").await.unwrap().is_none());
    let client = app.client.with("authorization", &format!("Bearer {secret}"));
    client.get("/v1/keys").await.expect(200);
}

#[tokio::test]
async fn scopes_limit_a_key_below_its_roles() {
    let app = TestApp::new().await;
    app.publish(&by_hand("tickets")).await;
    let new = NewKey {
        name: "only submits".to_owned(),
        grants: vec![(LoopScope::All, Role::Admin)],
        scopes: vec!["submit".to_owned()],
        ..NewKey::default()
    };
    let client = app.with_key(new).await;
    client.post("/v1/loops/tickets/cases", case(0.5)).await.expect(201);
    assert_eq!(client.get("/v1/keys").await.problem(), (403, "forbidden".to_owned()));
}

#[tokio::test]
async fn nobody_changes_their_own_rights() {
    let app = TestApp::new().await;
    let (id, admin) = app.person("ada@example.org", LoopScope::All, Role::Admin).await;
    let path = format!("/v1/members/{id}");
    let more =
        json!({"roles": [{"loop": "*", "role": "admin"}, {"loop": "*", "role": "reviewer"}]});
    assert_eq!(admin.patch(&path, more.clone()).await.problem(), (403, "forbidden".to_owned()));
    admin.patch(&path, json!({"name": "Ada L."})).await.expect(200);
    let (_, other) = app.person("bob@example.org", LoopScope::All, Role::Admin).await;
    let changed = other.patch(&path, more).await.expect(200);
    assert_eq!(changed["roles"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_disabled_member_is_out_with_all_keys() {
    let app = TestApp::new().await;
    let admin = app.machine(LoopScope::All, Role::Admin).await;
    let (id, client) = app.person("eve@example.org", LoopScope::All, Role::Auditor).await;
    client.get("/v1/loops").await.expect(200);
    admin.patch(&format!("/v1/members/{id}"), json!({"disabled": true})).await.expect(200);
    assert_eq!(client.get("/v1/loops").await.problem().0, 401);
    admin.patch(&format!("/v1/members/{id}"), json!({"disabled": false})).await.expect(200);
    client.get("/v1/loops").await.expect(200);
}

#[tokio::test]
async fn two_accounts_of_one_person_are_one_pair_of_eyes() {
    let app = TestApp::new().await;
    app.publish(&by_hand("tickets")).await;
    let all = LoopScope::All;
    let (_, person, submits) =
        app.account("a@example.org", all.clone(), Role::Submitter, None).await;
    let (_, _, reviews) =
        app.account("b@example.org", all.clone(), Role::Reviewer, Some(person)).await;
    let made = submits.post("/v1/loops/tickets/cases", case(0.5)).await.expect(201);
    let path = format!("/v1/cases/{}/judgments", made["id"].as_str().unwrap());
    let approve = json!({"verdict": "approve"});
    let refused = reviews.post(&path, approve.clone()).await;
    assert_eq!(refused.problem(), (403, "not_eligible".to_owned()));
    let (_, other) = app.person("c@example.org", all, Role::Reviewer).await;
    other.post(&path, approve).await.expect(201);
}

#[tokio::test]
async fn changes_of_rights_are_events_without_names() {
    let app = TestApp::new().await;
    let admin = app.machine(LoopScope::All, Role::Admin).await;
    // A name of letters that no id has.
    let body = json!({"name": "Lucille", "email": "lucille@example.org"});
    let member = admin.post("/v1/members", body).await.expect(201);
    let path = format!("/v1/members/{}", member["id"].as_str().unwrap());
    let roles = json!({"roles": [{"loop": "tickets", "role": "reviewer"}]});
    admin.patch(&path, roles).await.expect(200);
    let begun = Instant::now();
    // On PostgreSQL the sealer follows the commit; what is not sealed yet is no entry.
    let (entries, changed) = loop {
        let entries = admin.get("/v1/ledger/entries?from=0&to=100").await;
        let items = entries.json()["items"].clone();
        let mut items = items.as_array().unwrap().iter();
        if let Some(item) = items.find(|item| item["event"]["kind"] == "member.changed") {
            let changed = item.clone();
            break (entries, changed);
        }
        assert!(begun.elapsed() < Duration::from_mins(1), "never sealed: {}", entries.text());
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert!(!entries.text().to_lowercase().contains("lucille"), "{}", entries.text());
    assert_eq!(changed["event"]["data"]["added"], json!(["tickets/reviewer"]));
}

#[tokio::test]
async fn a_replay_makes_nothing_twice_and_shows_no_secret_again() {
    let app = TestApp::new().await;
    let admin = app.machine(LoopScope::All, Role::Admin).await.with("idempotency-key", "once");
    let admin = admin.with("host", "tandem.example");
    let key = json!({"name": "k", "roles": [{"loop": "*", "role": "auditor"}]});
    let member = json!({"name": "G", "email": "g@example.org"});
    for (path, body, secret) in
        [("/v1/keys", key, "secret"), ("/v1/members", member, "signin_link")]
    {
        let made = admin.post(path, body.clone()).await.expect(201);
        let again = admin.post(path, body).await;
        assert_eq!(again.json()["id"], made["id"]);
        assert!(made[secret].is_string());
        assert_eq!(again.json().get(secret), None);
        let other = admin.post(path, json!({"name": "x", "email": "x@example.org"})).await;
        assert!(matches!(other.status.as_u16(), 409 | 422), "{}", other.text());
    }
}

#[tokio::test]
async fn an_address_is_taken_once() {
    let app = TestApp::new().await;
    let admin = app.machine(LoopScope::All, Role::Admin).await;
    let body = json!({"name": "G", "email": "g@example.org"});
    admin.post("/v1/members", body.clone()).await.expect(201);
    let again = json!({"name": "G", "email": " G@Example.org "});
    assert_eq!(admin.post("/v1/members", again).await.problem(), (409, "email_taken".to_owned()));
    let bad = json!({"name": "G", "email": "nobody"});
    let reply = admin.post("/v1/members", bad).await;
    assert_eq!((reply.problem().0, reply.json()["path"].clone()), (422, json!("/email")));
}
